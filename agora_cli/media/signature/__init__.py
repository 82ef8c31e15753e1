"""Tell what a file is from its first bytes, never from its name."""

from collections.abc import Callable
from typing import Literal

from agora_cli.frames import Bytes
from agora_cli.media.signature.bare_sound import bare_sound, could_be_bare
from agora_cli.native.scan import find_start_code

# The first are enough for whatever has a signature; the second for frames and packets that lead to each other.
SIGNATURE_BYTES, PROBE_BYTES, PIPE_PROBE_BYTES = 64, 16 * 1024, 8 * 1024

FileKind = Literal[
    "wav", "flac", "ogg", "mp3", "aac", "ac3", "loas", "amr", "caf", "aiff", "au", "w64", "wavpack", "ape", "tta",
    "voc", "mp4", "matroska", "ivf", "mpegts", "mpeg", "flv", "avi", "asf", "jpeg", "png", "text", "unknown",
]  # fmt: skip

_MAGIC: tuple[tuple[int, bytes, FileKind], ...] = (
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (0, b"ID3", "mp3"),
    (0, b"#!AMR", "amr"),
    (0, b"caff\0\1", "caf"),
    (0, b".snd", "au"),
    (0, b"riff\x2e\x91\xcf\x11", "w64"),
    (0, b"wvpk", "wavpack"),
    (0, b"MAC ", "ape"),
    (0, b"TTA1", "tta"),
    (0, b"Creative Voice File\x1a", "voc"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"DKIF", "ivf"),
    (0, b"\0\0\1\xba", "mpeg"),
    (0, b"FLV\1", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    *((4, box, "mp4") for box in (b"ftyp", b"moov", b"mdat", b"styp", b"free", b"wide", b"skip", b"pnot")),
)
_RIFF: dict[bytes, FileKind] = {b"WAVE": "wav", b"AVI ": "avi"}
_FORM: dict[bytes, FileKind] = {b"AIFF": "aiff", b"AIFC": "aiff"}
# Bytes of a packet, and of what some put before each: a time (M2TS), none.
_TS_STRIDES = ((188, 0), (192, 4), (204, 0))
_TS_SYNC, _TS_PACKETS = b"\x47", 3
# ASCII without control characters but tab, line feed, carriage return.
_PRINTABLE = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0D}


def identify(head: Bytes) -> FileKind:
    """Return the kind of a file by its first bytes (PROBE_BYTES of them, or all there are).

    SIGNATURE_BYTES are enough but for MPEG-TS and for sound without a file format: those need several packets or
    frames that lead to each other. "unknown" is what raw PCM, raw video and everything else without a signature
    is. "text" needs 16 printable bytes or more: raw samples look like that with a probability below 1e-6.
    """
    head = bytes(head)
    if head[:4] in (b"RIFF", b"RF64", b"RIFX", b"BW64"):
        return "wav" if len(head) < 12 else _RIFF.get(head[8:12], "unknown")
    if head[:4] == b"FORM":
        return _FORM.get(head[8:12], "unknown")
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return kind
    first = head[:SIGNATURE_BYTES]
    if _is_mpegts(head):
        return "mpegts"
    if len(first) >= 16 and all(byte in _PRINTABLE for byte in first):
        return "text"
    return bare_sound(head) or "unknown"


def recognise(peek: Callable[[int], bytes], at_leisure: bool) -> FileKind:
    """Return the kind of an input by what `peek(size)` shows of it.

    A live pipe (not `at_leisure`) is asked for more than SIGNATURE_BYTES only when those begin like a frame or packet:
    raw sound must not wait for half a second of itself.
    """
    head = peek(SIGNATURE_BYTES)
    if at_leisure or could_be_bare(head) or _TS_SYNC in (head[:1], head[4:5]):
        head = peek(PROBE_BYTES if at_leisure else PIPE_PROBE_BYTES)
    return identify(head)


def is_framed(kind: FileKind, head: Bytes) -> bool:
    """Tell whether a kind was found by its frames alone: chance enough that a raw format which was said goes first."""
    return kind in ("mp3", "aac", "ac3", "loas") and bytes(head[:3]) != b"ID3"


def _is_mpegts(head: bytes) -> bool:
    """Tell whether transport packets follow each other (ISO/IEC 13818-1 clause 2.4.3.2), as far as `head` goes."""
    for stride, offset in _TS_STRIDES:
        syncs = head[offset : stride * 8 : stride]
        if len(syncs) >= _TS_PACKETS and syncs == _TS_SYNC * len(syncs):
            return True
    return False


def starts_like_annexb(head: Bytes) -> bool:
    """Tell whether the first bytes of a file are zeros and a start code."""
    start = find_start_code(head)
    return start >= 0 and not any(bytes(head[:start]))
