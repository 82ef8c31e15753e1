"""What an MP4 says itself that its tracks are, for those that FFmpeg has no name for."""

import struct
from collections.abc import Iterator
from pathlib import Path

_MAX_MOOV_BYTES = 64 * 1024 * 1024
_WORDS = {
    "ac-4": "AC-4",
    "mha1": "MPEG-H 3D Audio",
    "mha2": "MPEG-H 3D Audio",
    "mhm1": "MPEG-H 3D Audio",
    "mhm2": "MPEG-H 3D Audio",
    "stpp": "TTML subtitles",
    "wvtt": "WebVTT subtitles",
    "tx3g": "timed text",
    "tmcd": "time code",
    "mett": "timed metadata",
    "rtp ": "RTP hints",
}


def sample_entries(path: Path) -> list[str]:
    """Return what the first sample entry of each track says, in the order of tracks (ISO/IEC 14496-12 8.5.2).

    A code that is not known is given as it is, in quotes; [] where the file is no MP4 or has no index.
    """
    with path.open("rb") as file:
        end, at = path.stat().st_size, 0
        while at + 8 <= end:
            file.seek(at)
            size, kind, header = _box_head(file.read(16))
            if kind == b"moov":
                file.seek(at + header)
                return [_entry(track) for name, track in _boxes(file.read(min(size - header, _MAX_MOOV_BYTES)))
                        if name == b"trak"]  # fmt: skip
            if size < 8:
                break
            at += size
    return []


def _entry(track: bytes) -> str:
    data = track
    for wanted in (b"mdia", b"minf", b"stbl", b"stsd"):
        data = next((body for name, body in _boxes(data) if name == wanted), b"")
    code = data[12:16].decode("latin-1")  # version and flags, number of entries, size of the first
    return _WORDS.get(code, f"'{code}'") if len(code) == 4 else "unknown"


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (kind, body) of boxes that follow each other, as far as they are whole."""
    at = 0
    while at + 8 <= len(data):
        size, kind, header = _box_head(data[at : at + 16])
        if size < header:
            return
        yield kind, data[at + header : at + size]
        at += size


def _box_head(head: bytes) -> tuple[int, bytes, int]:
    """Return (size, kind, bytes of the header); a size of 0 is not followed: such a box is the last."""
    size, kind = struct.unpack(">I4s", head[:8])
    if size == 1 and len(head) == 16:
        return int.from_bytes(head[8:16], "big"), kind, 16
    return size, kind, 8
