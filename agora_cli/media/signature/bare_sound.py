"""Recognise compressed sound that has no file format around it, by frame headers that lead to each other."""

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

BareKind = Literal["mp3", "aac", "ac3", "loas"]

# What all frames of a stream have in common, bytes to the next header.
Frame: TypeAlias = tuple[tuple[int, ...], int]

# One frame may be chance (raw samples near -1 look like headers), two that fit are not.
FRAMES_AT_THE_START, FRAMES_BEHIND_JUNK = 2, 4
_MPEG1_KBPS = {
    3: (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),  # layer I
    2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_MPEG2_KBPS = {
    3: (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    1: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = (44100, 48000, 32000)
_AC3_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
_AC3_RATES_HZ = (48000, 44100, 32000)
_E_AC3_MIN_ID, _E_AC3_MAX_ID = 11, 16
_HEADER_BYTES = 8
_SYNC = re.compile(rb"\xff[\xe2-\xff]|\x0b\x77|\x56[\xe0-\xff]")


def bare_sound(head: bytes) -> BareKind | None:
    """Return what stream of sound `head` begins with, or has behind some junk; None where no frames lead on.

    Two frames at the very start are enough, four elsewhere; zeros before them do not count. The end of `head` right
    behind a frame counts as a frame. MPEG-1 and -2 layers I to III are "mp3", AC-3 and E-AC-3 are "ac3".
    """
    start = len(head) - len(head.lstrip(b"\0"))
    for match in _SYNC.finditer(head, start):
        needed = FRAMES_AT_THE_START if match.start() == start else FRAMES_BEHIND_JUNK
        for kind, read in _READERS.items():
            if _leads_on(head, match.start(), read, needed):
                return kind
    return None


def could_be_bare(head: bytes) -> bool:
    """Tell whether `head`, however short, begins like a frame, so that more of the input would tell."""
    return _SYNC.match(head) is not None and any(read(head, 0) for read in _READERS.values())


def _leads_on(head: bytes, at: int, read: Callable[[bytes, int], Frame | None], needed: int) -> bool:
    """Tell whether `needed` frames of one stream follow each other from `at`."""
    first = read(head, at)
    if first is None or head[at + 4 : at + 8] == head[at : at + 4]:  # a held sample pair looks like a header for ever
        return False
    key, length = first
    for _ in range(needed - 1):
        at += length
        if at == len(head):
            return True
        following = read(head, at)
        if following is None or following[0] != key:
            return False
        length = following[1]
    return True


def _mpeg_frame(data: bytes, at: int) -> Frame | None:
    """Read a header of ISO/IEC 11172-3 clause 2.4.2.3, or of its half and quarter rates; free format is none."""
    head = data[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3  # version: 3 is MPEG-1, 2 is MPEG-2, 0 is 2.5
    bitrate, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 0 or bitrate in (0, 15) or rate == 3 or head[3] & 3 == 2:
        return None
    bps = (_MPEG1_KBPS if version == 3 else _MPEG2_KBPS)[layer][bitrate - 1] * 1000
    rate_hz = _RATES_HZ[rate] >> {3: 0, 2: 1, 0: 2}[version]
    if layer == 3:
        length = (12 * bps // rate_hz + padding) * 4
    else:
        length = (72 if layer == 1 and version != 3 else 144) * bps // rate_hz + padding
    return (version, layer, rate), length


def _adts_frame(data: bytes, at: int) -> Frame | None:
    """Read a header of ISO/IEC 13818-7 clause 6.2."""
    head = data[at : at + 7]
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return None
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return ((head[1], head[2] & 0xFD, head[3] & 0xC0), length) if length > 7 else None


def _ac3_frame(data: bytes, at: int) -> Frame | None:
    """Read a header of ETSI TS 102 366 clause 4.4.1 or, for Enhanced AC-3, E.1.3.1."""
    head = data[at : at + 6]
    if len(head) < 6 or head[:2] != b"\x0b\x77":
        return None
    version = head[5] >> 3
    if _E_AC3_MIN_ID <= version <= _E_AC3_MAX_ID:
        return (head[4] >> 6, 1), ((head[2] & 7) << 8 | head[3]) * 2 + 2
    rate, size = head[4] >> 6, head[4] & 0x3F
    if version > 10 or rate == 3 or size >= 2 * len(_AC3_KBPS):
        return None
    words = _AC3_KBPS[size >> 1] * 1000 * 96 // _AC3_RATES_HZ[rate] + (size & 1 if rate == 1 else 0)
    return (rate, 0), words * 2


def _loas_frame(data: bytes, at: int) -> Frame | None:
    """Read an AudioSyncStream header (ISO/IEC 14496-3 clause 1.7.2): AAC as broadcasters send it."""
    head = data[at : at + 3]
    if len(head) < 3 or head[0] != 0x56 or head[1] & 0xE0 != 0xE0:
        return None
    length = (head[1] & 0x1F) << 8 | head[2]
    return ((), length + 3) if length else None


_READERS: dict[BareKind, Callable[[bytes, int], Frame | None]] = {
    "mp3": _mpeg_frame,
    "aac": _adts_frame,
    "ac3": _ac3_frame,
    "loas": _loas_frame,
}
