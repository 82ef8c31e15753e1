"""media/stills/mend.py: what every viewer shows is found, and nothing else is taken for a picture."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.media.stills.mend import mended
from tests.unit.stills import jpeg, segment, smooth, strange_jpegs, turned_jpeg

PLAIN = jpeg(smooth(96, 64), quality=80)
THUMBNAIL = jpeg(smooth(24, 16, 2), quality=60)
STRANGE = strange_jpegs(PLAIN, THUMBNAIL)


def bare(data: bytes) -> bytes:
    """Return what must come out: the picture without its JFIF segment."""
    assert data[2:4] == b"\xff\xe0"
    return data[:2] + data[4 + int.from_bytes(data[4:6], "big") :]


@pytest.mark.parametrize("name", STRANGE)
def test_the_picture_is_found_whole(name: str) -> None:
    first = mended(STRANGE[name])[0]
    assert first.data == bare(PLAIN)
    assert (first.header.width, first.header.height, first.header.orientation) == (96, 64, 1)
    assert first.remark


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        ("no end", "no end of picture"),
        ("text before it", "19 bytes before it"),
        ("Photoshop, too short", "a segment of a wrong length (ff ed), junk between its segments"),
        ("Adobe, without length", "a broken segment (ff ee), junk between its segments"),
        ("motion photo", "something around it"),
    ],
)
def test_what_stood_in_the_way_is_said(name: str, remark: str) -> None:
    assert mended(STRANGE[name])[0].remark == remark


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_rows": 1}, {"subsampling": 0}])
def test_other_kinds_of_jpeg_keep_all_their_scans(options: dict[str, int]) -> None:
    plain = jpeg(smooth(96, 64), quality=80, **options)
    assert mended(plain[:2] + b"\xff\x00" + plain[2:])[0].data == bare(plain)


def test_a_good_adobe_segment_and_the_orientation_stay() -> None:
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01")
    assert adobe in mended(PLAIN[:2] + adobe + PLAIN[2:])[0].data
    assert mended(turned_jpeg(smooth(16, 16), 6))[0].header.orientation == 6


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"hello" * 99, PLAIN[:200], segment(0xDA, b"\1\1\0\0\x3f\0") * 3],
)
def test_what_has_no_frame_or_no_scan_is_none(data: bytes) -> None:
    assert mended(data) == []


def test_tables_that_lie_are_left_out() -> None:
    bad = segment(0xDB, bytes(30)) + segment(0xC4, bytes([0]) + b"\xff" * 16) + segment(0xC0, b"\x08\0\0\0\0\3")
    assert mended(PLAIN[:2] + bad + PLAIN[2:])[0].data == bare(PLAIN)


@given(st.binary(max_size=300))
def test_any_bytes_are_safe(data: bytes) -> None:
    mended(data)
    mended(b"\xff\xd8\xff" + data)


def test_cut_anywhere_and_damaged_it_is_safe() -> None:
    chance = random.Random(4)
    for data in STRANGE.values():
        for length in range(0, len(data), 41):
            mended(data[:length])
        for _ in range(20):
            broken = bytearray(data)
            for _ in range(10):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            mended(bytes(broken))


def test_many_pictures_are_bounded() -> None:
    assert len(mended(THUMBNAIL * 100)) == 16
