"""Open a container and choose what to send of it; say in one line why it cannot be."""

import struct
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from agora_cli.errors import InputError
from agora_cli.media.ffmpeg import reason
from agora_cli.media.signature import SIGNATURE_BYTES, FileKind, identify, starts_like_annexb
from agora_cli.sources.input import ByteInput

# Kinds that hold no tracks to send; raw streams are sent by other commands.
_PICTURES: tuple[FileKind, ...] = ("jpeg", "png")
# What FFmpeg may take a file without a known signature for: raw bytes look like many of its other formats.
_OTHER_FORMATS = frozenset({"mpegts", "mpeg", "avi", "flv", "asf"})
_MAX_BOXES = 10_000


def open_container_file(source: ByteInput, decryption_key: str = "") -> InputContainer:
    """Open a file or a pipe with FFmpeg. Raises InputError that says what it is instead, or what it lacks.

    With a key (32 hex digits) packets under common encryption with one clear key come out decrypted.
    """
    kind = _check_signature(source)
    file = source.name if source.is_file else source
    options = {"decryption_key": decryption_key} if decryption_key and kind == "mp4" else {}
    try:
        container = av.open(file, mode="r", metadata_errors="replace", options=options)
    except (av.FFmpegError, OSError) as error:
        if kind == "unknown":
            raise InputError("not-media", f"{source.name} is not a media file: {reason(error)}") from error
        if kind == "mp4" and source.is_file and not has_box(Path(source.name), b"moov"):
            raise InputError(
                "moov-missing",
                f"{source.name} has no index (moov box): the recording ended before it was written",
                hint="a fragmented MP4 or MKV survives that: agora record writes such",
            ) from error
        raise InputError("malformed-media", f"{source.name}: not readable as {kind}: {reason(error)}") from error
    if kind == "unknown" and container.format.name not in _OTHER_FORMATS:
        container.close()
        raise InputError("not-media", f"{source.name} is not a media file")
    return container


def has_box(path: Path, kind: bytes) -> bool:
    """Tell whether an ISO base media file has a top-level box of a kind (ISO/IEC 14496-12 clause 4.2)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        offset = 0
        for _ in range(_MAX_BOXES):
            file.seek(offset)
            head = file.read(16)
            if len(head) < 8:
                return False
            length, found = struct.unpack(">I4s", head[:8])
            if found == kind:
                return True
            if length == 1 and len(head) == 16:
                length = int.from_bytes(head[8:16], "big")
            if length < 8 or offset + length >= size:
                return False
            offset += length
    return False


def check_complete(container: InputContainer, name: str) -> None:
    """Raise InputError when the index promises samples behind the file's end: FFmpeg leaves them out in silence."""
    size = container.size
    for stream in container.streams:
        entries = stream.index_entries
        if size <= 0 or not len(entries):
            continue
        end = entries[-1].pos + entries[-1].size
        if end > size:
            raise InputError(
                "cut-file", f"{name} is cut at byte {size}: track {stream.index + 1} reaches to byte {end}"
            )


def check_packet(container: InputContainer, packet: Any, name: str) -> None:
    """Raise InputError when the file ends inside a packet: FFmpeg hands on what there is."""
    if packet.is_corrupt and packet.pos and packet.pos + packet.size >= container.size > 0:
        raise InputError("cut-file", f"{name} is cut inside the packet at byte {packet.pos}")


def is_encrypted(packet: Any) -> bool:
    """Tell whether a packet is encrypted (ISO/IEC 23001-7, common encryption)."""
    return bool(packet.has_sidedata("encryption_info"))


def _check_signature(source: ByteInput) -> FileKind:
    head = source.peek(SIGNATURE_BYTES)
    if not head:
        raise InputError("empty-file", f"{source.name} is empty")
    kind = identify(head)
    if kind == "text" or kind in _PICTURES:
        article = "text" if kind == "text" else f"a {kind.upper()} picture"
        raise InputError("not-media", f"{source.name} is {article}, expected MP4, MOV or MKV")
    if kind == "unknown" and starts_like_annexb(head):
        raise InputError(
            "elementary-stream",
            f"{source.name} is an elementary stream, expected MP4, MOV or MKV",
            hint=f"agora send-h264 --videoFile {source.name}",
        )
    return kind
