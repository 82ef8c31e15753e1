"""Open a container and choose what to send of it; say in one line why it cannot be."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agora_cli.errors import InputError, UsageError
from agora_cli.media.audio_file import reason
from agora_cli.media.byte_input import ByteInput
from agora_cli.media.elementary import starts_like_annexb
from agora_cli.media.signature import SIGNATURE_BYTES, Kind, identify

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

# Kinds that hold no tracks to send; raw streams are sent by other commands.
_PICTURES: tuple[Kind, ...] = ("jpeg", "png")
# What FFmpeg may take a file without a known signature for: raw bytes look like many of its other formats.
_OTHER_FORMATS = frozenset({"mpegts", "mpeg", "avi", "flv", "asf"})
_ATTACHED_PICTURE = 0x0400  # AV_DISPOSITION_ATTACHED_PIC: the cover of an album
_MAX_BOXES = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tracks: `numbers` are those that inspect shows, from 1; none given takes the first of each kind."""

    video: bool = True
    audio: bool = True
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tracks:
    """The tracks to send, at least one, and notes on what was left out."""

    video: "VideoStream | None"
    audio: "AudioStream | None"
    notes: tuple[str, ...] = ()


def open_container_file(source: ByteInput) -> "InputContainer":
    """Open a file or a pipe with FFmpeg. Raises InputError that says what it is instead, or what it lacks."""
    import av

    kind = _check_signature(source)
    try:
        container = av.open(source.name if source.is_file else source, mode="r")
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


def choose_tracks(container: "InputContainer", wanted: Wanted, name: str) -> Tracks:
    """Return the wanted tracks of a container. Raises InputError when one is missing, UsageError for a wrong number."""
    streams = list(container.streams)
    for number in wanted.numbers:
        if not 1 <= number <= len(streams) or streams[number - 1].type not in ("video", "audio"):
            raise UsageError(
                "track", f"--track {number}: {name} has no such picture or sound (agora inspect shows them)"
            )
    chosen = [streams[number - 1] for number in wanted.numbers]
    notes: list[str] = []
    video: VideoStream | None = _one("video", wanted.video, chosen, streams, notes, name)
    audio: AudioStream | None = _one("audio", wanted.audio, chosen, streams, notes, name)
    if wanted.video and video is None:
        hint = "--audioOnly sends its sound" if audio is not None else None
        raise InputError("no-video", f"{name}: no picture in it", hint)
    if not wanted.video and audio is None:
        raise InputError("no-sound", f"{name}: no sound in it")
    return Tracks(video, audio, tuple(notes))


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


def check_complete(container: "InputContainer", name: str) -> None:
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


def check_packet(container: "InputContainer", packet: Any, name: str) -> None:
    """Raise InputError when the file ends inside a packet: FFmpeg hands on what there is."""
    if packet.is_corrupt and packet.pos and packet.pos + packet.size >= container.size > 0:
        raise InputError("cut-file", f"{name} is cut inside the packet at byte {packet.pos}")


def is_encrypted(packet: Any) -> bool:
    """Tell whether a packet is encrypted (ISO/IEC 23001-7, common encryption)."""
    return bool(packet.has_sidedata("encryption_info"))


def _check_signature(source: ByteInput) -> Kind:
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


def _one(kind: str, wanted: bool, chosen: list[Any], streams: list[Any], notes: list[str], name: str) -> Any:
    """Return the chosen stream of a kind, else the first; None when none is wanted or there."""
    if not wanted:
        return None
    for stream in chosen:
        if stream.type == kind:
            return stream
    fit = [stream for stream in streams if stream.type == kind and not stream.disposition & _ATTACHED_PICTURE]
    if not fit:
        return None
    if len(fit) > 1:
        numbers = ", ".join(str(stream.index + 1) for stream in fit)
        kind_name = "picture" if kind == "video" else "sound"
        notes.append(f"{name}: {kind_name} tracks {numbers}; track {fit[0].index + 1} is sent (--track N chooses)")
    return fit[0]
