import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from agora_cli.errors import InputError
from agora_cli.media.stills.jpeg import JpegSplitter, exif_orientation, read_header, whole_picture
from tests.unit.stills import cut_everywhere, jpeg, jpeg_with_thumbnail, smooth, turned_jpeg

ONE = jpeg(smooth(24, 16, 1), quality=60)
TWO = jpeg(smooth(24, 16, 2), progressive=True, quality=60)
THREE = jpeg_with_thumbnail(smooth(24, 16, 3))
FOUR = jpeg(smooth(24, 16, 4), restart_marker_rows=1, quality=60)
PICTURES = [ONE, TWO, THREE, FOUR]


def multipart(pictures: list[bytes]) -> bytes:
    """Return pictures as a camera sends them over HTTP."""
    parts = [
        b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(picture), picture)
        for picture in pictures
    ]
    return b"".join(parts) + b"--frame--\r\n"


def split(*chunks: bytes) -> tuple[list[bytes], list[int]]:
    splitter = JpegSplitter()
    pictures = [picture for chunk in chunks for picture in splitter.feed(chunk)]
    splitter.finish()
    return pictures, splitter.broken


@pytest.mark.parametrize("stream", [b"".join(PICTURES), multipart(PICTURES)], ids=["concatenated", "multipart"])
def test_a_stream_is_split_whole_byte_by_byte_and_cut_anywhere(stream: bytes) -> None:
    assert split(stream) == (PICTURES, [])
    assert split(*(stream[at : at + 1] for at in range(len(stream)))) == (PICTURES, [])
    for head, tail in cut_everywhere(stream):
        assert split(head, tail) == (PICTURES, [])


def test_a_stream_that_ends_early_loses_only_what_is_cut() -> None:
    stream = ONE + TWO
    for at in range(len(stream)):
        pictures, broken = split(stream[:at])
        assert pictures == PICTURES[: (at >= len(ONE)) + (at >= len(stream))]
        # A picture in progress is known by its first three bytes.
        in_progress = at - len(ONE) if at >= len(ONE) else at
        assert broken == ([len(ONE) if at >= len(ONE) else 0] if in_progress >= 3 else [])


def test_a_picture_cut_inside_its_data_does_not_take_the_next_one_along() -> None:
    scan = ONE.index(b"\xff\xda") + 20
    for at in range(scan, len(ONE) - 2):
        assert split(ONE[:at] + TWO) == ([TWO], [0]), at


def test_a_length_that_is_none_breaks_the_picture() -> None:
    assert split(b"\xff\xd8\xff\xe0\x00\x01" + ONE) == ([ONE], [0])
    assert split(b"\xff\xd8\xff\x05" + ONE) == ([ONE], [0])


def test_fill_bytes_between_segments_are_allowed() -> None:
    padded = ONE[:2] + b"\xff\xff" + ONE[2:]
    assert split(padded) == ([padded], [])


@given(st.lists(st.sampled_from([ONE, b"\xff\xd8\xff", b"\xff\xda", b"\xff", b"\xd9", b"\0" * 7]), max_size=12))
def test_splitting_does_not_depend_on_the_cuts(parts: list[bytes]) -> None:
    stream = b"".join(parts)
    assert split(*parts) == split(stream) == split(*(stream[at : at + 1] for at in range(len(stream))))


@given(st.binary(max_size=300))
def test_any_bytes_are_safe(data: bytes) -> None:
    split(b"\xff\xd8\xff" + data)
    whole_picture(data)
    exif_orientation(b"II*\0" + data)
    try:
        read_header(b"\xff\xd8\xff" + data)
    except InputError:
        pass


def test_whole_picture_leaves_out_what_follows() -> None:
    assert whole_picture(ONE + b"trailer") == ONE
    assert whole_picture(ONE + b"\0\0\0\x18ftypmp42\xff\xd8\xff\xe0\0\1") == ONE  # a telephone's video
    assert whole_picture(ONE[:-2] + b"\xff\xd8" + ONE) is None
    for at in range(len(ONE)):
        assert whole_picture(ONE[:at]) is None


@pytest.mark.parametrize("picture", PICTURES)
def test_the_header_says_what_pillow_says(picture: bytes) -> None:
    found = read_header(picture)
    assert (found.width, found.height) == Image.open(io.BytesIO(picture)).size
    assert found.orientation == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_read(orientation: int) -> None:
    assert read_header(turned_jpeg(smooth(16, 16), orientation)).orientation == orientation


def test_the_exif_orientation_is_read_in_both_byte_orders() -> None:
    entry = (0x0112).to_bytes(2, "big") + (3).to_bytes(2, "big") + (1).to_bytes(4, "big") + b"\0\6\0\0"
    assert exif_orientation(b"MM\0*\0\0\0\x08\0\x01" + entry) == 6
    assert exif_orientation(b"MM\0*\0\0\0\x08\0\x01" + entry[:-4] + b"\0\x63\0\0") == 1
    assert exif_orientation(b"MM\0*\0\0\0\x08\0\xff" + entry[:5]) == 1
    assert exif_orientation(b"") == 1


def test_a_cut_header_says_where() -> None:
    frame = ONE.index(b"\xff\xc0")
    for at in range(2, frame + 9):
        with pytest.raises(InputError, match=r"expected a JPEG frame header, none before byte \d+"):
            read_header(ONE[:at])
    with pytest.raises(InputError, match="got 89 50"):
        read_header(b"\x89PNG")
    with pytest.raises(InputError, match=r"expected a JPEG marker \(ff\) at byte 2, got 00"):
        read_header(b"\xff\xd8\x00\x00\x00\x00")
    with pytest.raises(InputError, match="expected a picture size at byte"):
        read_header(ONE[: frame + 5] + b"\0\0" + ONE[frame + 7 :])
