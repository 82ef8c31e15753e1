"""JPEG as bytes (ITU-T T.81): where pictures begin and end in a stream, and what their headers say.

Nothing here decodes. The splitter walks markers and lengths, so a thumbnail inside an APP1 segment, a 0xFF
inside compressed data or the text between two parts of a multipart stream never looks like a picture.
"""

import re
from dataclasses import dataclass

from agora_cli.errors import InputError

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
MAX_PICTURE_BYTES = 256 * 1024 * 1024

_START = SOI + b"\xff"
_SOS, _DNL_HEIGHT = 0xDA, 0
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_FRAME_HEADERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Inside compressed data 0xFF is followed by 0x00 (stuffing), a restart marker or another 0xFF (fill).
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PROCESSES = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive", 0xC3: "lossless"}
_ORIENTATION_TAG = 0x0112


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """What a picture's headers say: stored size in pixels, EXIF orientation, 1 (upright) to 8, and coding process."""

    width: int
    height: int
    orientation: int = 1
    process: str = "baseline"


class JpegSplitter:
    """Cut a stream of bytes into whole JPEG pictures, however it arrives.

    `broken` holds the byte offsets of pictures that were cut or damaged and left out. Invariant: `_start` is
    where the picture in progress begins in `_buffer`, or -1 between pictures; `_at` is what to look at next.
    """

    def __init__(self) -> None:
        self.broken: list[int] = []
        self._buffer = bytearray()
        self._offset = 0  # of _buffer[0] in the stream
        self._start = -1
        self._at = 0
        self._in_scan = False
        self._whole: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; return the pictures that they complete."""
        self._buffer += data
        while self._advance():
            pass
        self._forget()
        whole, self._whole = self._whole, []
        return whole

    def finish(self) -> None:
        """Say that the stream has ended: a picture in progress is broken."""
        if self._start >= 0:
            self._break_off(len(self._buffer))

    def _advance(self) -> bool:
        """Move past one thing; False when that needs more bytes."""
        if self._start < 0:
            return self._find_start()
        if len(self._buffer) - self._start > MAX_PICTURE_BYTES:
            self._break_off(self._at)
            return True
        return self._find_end_of_scan() if self._in_scan else self._pass_marker()

    def _find_start(self) -> bool:
        self._start = self._buffer.find(_START, self._at)
        if self._start < 0:
            self._at = max(self._at, len(self._buffer) - len(_START) + 1)
            return False
        self._at = self._start + len(SOI)
        return True

    def _find_end_of_scan(self) -> bool:
        match = _END_OF_SCAN.search(self._buffer, self._at)
        if match is None:
            self._at = max(self._at, len(self._buffer) - 1)
            return False
        self._at = match.start()
        self._in_scan = False
        return True

    def _pass_marker(self) -> bool:
        buffer, at = self._buffer, self._at
        if len(buffer) < at + 2:
            return False
        marker = buffer[at + 1]
        if buffer[at] != 0xFF or marker == 0 or 0x02 <= marker <= 0xBF:
            self._break_off(at)
        elif marker == 0xFF:
            self._at += 1
        elif marker == SOI[1]:
            self._break_off(at)
        elif marker == EOI[1]:
            self._at += 2
            self._whole.append(bytes(buffer[self._start : self._at]))
            self._start = -1
        elif marker in _STANDALONE:
            self._at += 2
        else:
            return self._pass_segment(marker)
        return True

    def _pass_segment(self, marker: int) -> bool:
        buffer, at = self._buffer, self._at
        if len(buffer) < at + 4:
            return False
        length = int.from_bytes(buffer[at + 2 : at + 4], "big")
        if length < 2:
            self._break_off(at)
            return True
        if len(buffer) < at + 2 + length:
            return False
        self._at = at + 2 + length
        self._in_scan = marker == _SOS
        return True

    def _break_off(self, at: int) -> None:
        """Leave out the picture in progress; the next one begins at `at` or later."""
        self.broken.append(self._offset + self._start)
        self._start, self._at, self._in_scan = -1, at, False

    def _forget(self) -> None:
        done = self._at if self._start < 0 else self._start
        del self._buffer[:done]
        self._offset += done
        self._at -= done
        self._start = -1 if self._start < 0 else 0


def whole_picture(data: bytes) -> bytes | None:
    """Return the complete picture that `data` begins with, None where it is cut.

    What follows it, a telephone's video for instance, is left out, whatever that looks like.
    """
    pictures = JpegSplitter().feed(data)
    return pictures[0] if pictures and data.startswith(pictures[0]) else None


def read_header(data: bytes) -> JpegHeader:
    """Read the size and orientation of the picture that `data` begins with.

    Raises InputError, with the byte offset, where it is no JPEG or ends before its frame header (T.81 B.2.2).
    """
    if data[:2] != SOI:
        raise InputError("jpeg", f"expected a JPEG (ff d8) at byte 0, got {data[:2].hex(' ') or 'nothing'}")
    at, orientation = 2, 1
    while at + 4 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF:
            raise InputError("jpeg", f"expected a JPEG marker (ff) at byte {at}, got {data[at]:02x}")
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if marker in _FRAME_HEADERS and len(body) >= 5:
            height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            if not width or height == _DNL_HEIGHT:
                raise InputError("jpeg", f"expected a picture size at byte {at + 5}, got {width}x{height}")
            return JpegHeader(width, height, orientation, process_of(marker))
        if marker == 0xE1 and body[:6] == b"Exif\0\0":
            orientation = exif_orientation(body[6:])
        if marker in (_SOS, EOI[1]) or length < 2:
            break
        at += 2 + length
    raise InputError("jpeg", f"expected a JPEG frame header, none before byte {at}")


def process_of(marker: int) -> str:
    """Return the coding process that a frame header's marker names (T.81 table B.1)."""
    return _PROCESSES.get(marker, "arithmetic or hierarchical")


def exif_orientation(tiff: bytes) -> int:
    """Return the orientation that a TIFF header's first directory has (EXIF 2.32 4.6.4), 1 where it has none."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(tiff[:4])
    if order is None:
        return 1

    def number(start: int, size: int) -> int:
        return int.from_bytes(tiff[start : start + size], "little" if order == "little" else "big")

    directory = number(4, 4)
    for entry in range(directory + 2, directory + 2 + 12 * number(directory, 2), 12):
        if entry + 12 > len(tiff):
            break
        if number(entry, 2) == _ORIENTATION_TAG:
            value = number(entry + 8, 2)
            return value if 1 <= value <= 8 else 1
    return 1
