"""Find the pictures in JPEG bytes that no strict reader takes, as every viewer does (ITU-T T.81 annex B).

Only what decoding needs is kept: quantisation and Huffman tables, frame header, restart interval, scans, and the
Adobe segment that tells the colour model. So a segment with a wrong length, junk between segments, a thumbnail or a
video around the picture, or a missing end do no harm. What is kept was checked by its own structure: a marker that
only happens to stand in other bytes does not pass.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from agora_cli.media.stills.jpeg import EOI, SOI, JpegHeader, exif_orientation, process_of

_DHT, _DAC, _SOS, _DQT, _DNL, _DRI, _COM = 0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE
_APP1, _APP14 = 0xE1, 0xEE
_FRAMES = set(range(0xC0, 0xD0)) - {_DHT, 0xC8, _DAC}
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}
_APPS = range(0xE0, 0xF0)
_PRECISIONS = (8, 12)
_MOST_PICTURES = 16
# What can stand behind a scan; anything else inside compressed data is damage, and the decoder's affair.
_AFTER_SCAN = re.compile(rb"\xff+[\xc4\xcc\xd8-\xdd\xe0-\xef\xfe]")


@dataclass(frozen=True, slots=True)
class Mended:
    """A picture as a whole JPEG of its own, what its headers say, and in words what stood in the way."""

    data: bytes
    header: JpegHeader
    remark: str


@dataclass(slots=True)
class _Picture:
    """What was found of one picture so far."""

    kept: list[bytes] = field(default_factory=list)
    size: tuple[int, int] | None = None
    orientation: int = 1
    process: str = ""
    scans: int = 0

    def whole(self, remark: str) -> Mended | None:
        """Return the picture, None where no frame or no scan was found."""
        if self.size is None or not self.scans:
            return None
        return Mended(b"".join((SOI, *self.kept, EOI)), JpegHeader(*self.size, self.orientation, self.process), remark)


def mended(data: bytes) -> list[Mended]:
    """Return the pictures found in `data`, the largest first (a thumbnail is smaller than what it stands for).

    Nothing is decoded; a picture can still turn out to be damaged inside its scans. [] where there is none.
    """
    found: list[Mended] = []
    remarks: list[str] = []
    picture, at = _Picture(), data.find(SOI)
    if at > 0:
        remarks.append(f"{at} bytes before it")
    while 0 <= at < len(data) and len(found) < _MOST_PICTURES:
        marker_at = data.find(b"\xff", at)
        if marker_at < 0 or marker_at + 1 >= len(data):
            break
        marker = data[marker_at + 1]
        if marker_at > at and not found:
            _note(remarks, "junk between its segments")
        at = marker_at + (1 if marker == 0xFF else 2)
        if marker in (SOI[1], EOI[1]):
            _close(picture, found, remarks)
            picture = _Picture()
        elif marker == 0 and not found:
            _note(remarks, "junk between its segments")
        elif marker > 1 and marker not in _WITHOUT_LENGTH and marker != 0xFF:
            at = _take_segment(data, marker_at, picture, remarks if not found else [])
    if picture.scans:
        _note(remarks, "no end of picture")
    _close(picture, found, remarks)
    return sorted(found, key=lambda one: -one.header.width * one.header.height)


def _close(picture: _Picture, found: list[Mended], remarks: list[str]) -> None:
    whole = picture.whole(", ".join(remarks) or "something around it")
    if whole is not None:
        found.append(whole)


def _note(remarks: list[str], remark: str) -> None:
    if remark not in remarks:
        remarks.append(remark)


def _take_segment(data: bytes, at: int, picture: _Picture, remarks: list[str]) -> int:
    """Keep a segment where it is needed and sound; return where to go on: behind it, or inside a broken one."""
    marker = data[at + 1]
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    end = at + 2 + length
    body = data[at + 4 : end]
    if length < 2 or end > len(data):
        _note(remarks, f"a broken segment (ff {marker:02x})")
        return at + 2
    if marker in _APPS or marker == _COM:
        if marker == _APP1 and body[:6] == b"Exif\0\0":
            picture.orientation = exif_orientation(body[6:])
        if marker == _APP14 and body[:5] == b"Adobe" and length == 14:
            picture.kept.append(data[at:end])
        if data[end : end + 1] != b"\xff":
            _note(remarks, f"a segment of a wrong length (ff {marker:02x})")
            return at + 4
        return end
    if not _is_sound(marker, body):
        _note(remarks, f"a broken segment (ff {marker:02x})")
        return at + 2
    if marker in _FRAMES:
        picture.size = int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
        picture.process = process_of(marker)
    if marker == _SOS:
        if picture.size is None:
            return at + 2
        match = _AFTER_SCAN.search(data, end)
        end = match.start() if match is not None else len(data)
        picture.scans += 1
    picture.kept.append(data[at:end])
    return end


def _is_sound(marker: int, body: bytes) -> bool:
    """Tell whether a segment's inside fits its length."""
    if marker in _FRAMES:
        sizes = len(body) >= 6 and int.from_bytes(body[1:3], "big") and int.from_bytes(body[3:5], "big")
        return bool(sizes) and body[0] in _PRECISIONS and 1 <= body[5] <= 4 and len(body) == 6 + 3 * body[5]
    if marker == _SOS:
        return bool(body) and 1 <= body[0] <= 4 and len(body) == 4 + 2 * body[0]
    if marker == _DQT:
        return _fills(body, lambda at: 129 if body[at] >> 4 else 65)
    if marker == _DHT:
        return _fills(body, lambda at: 17 + sum(body[at + 1 : at + 17]))
    return marker in (_DRI, _DNL) and len(body) == 2 or marker == _DAC


def _fills(body: bytes, size_at: Callable[[int], int]) -> bool:
    """Tell whether tables that each say their own size fill the body, and there is one."""
    at = 0
    while at < len(body):
        at += size_at(at)
    return at == len(body) > 0
