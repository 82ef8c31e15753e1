"""Packed planes against a naive twin; known levels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.native.ffi import NativeError, lib
from agora_cli.native.level import Plane, limit_range, measure, pack_i420, spread_plane


def squeezed(x: int, chroma: bool) -> int:
    """Say BT.601's 8-bit ranges in rational arithmetic, rounded to nearest (there are no halves)."""
    return (128 * 510 + (x - 128) * 448 + 255) // 510 if chroma else (16 * 510 + x * 438 + 255) // 510


def twin(plane: Plane, width: int, height: int, squeeze: bool, chroma: bool) -> bytes:
    """Copy sample by sample."""
    out = bytearray()
    for y in range(height):
        for x in range(width):
            value = plane.data[min(y, plane.height - 1) * plane.stride + min(x, plane.width - 1)]
            out.append(squeezed(value, chroma) if squeeze else value)
    return bytes(out)


@st.composite
def pictures(draw: st.DrawFn) -> tuple[tuple[Plane, Plane, Plane], int, int]:
    width, height = draw(st.integers(1, 37)), draw(st.integers(1, 9))
    planes = []
    for plane_width, plane_height in ((width, height), *[((width + 1) // 2, (height + 1) // 2)] * 2):
        stride = plane_width + draw(st.integers(0, 5))
        size = stride * (plane_height - 1) + plane_width
        planes.append(Plane(draw(st.binary(min_size=size, max_size=size + 9)), stride, plane_width, plane_height))
    return (planes[0], planes[1], planes[2]), width + width % 2, height + height % 2


@given(pictures(), st.booleans())
def test_packing_is_what_the_twin_does(picture: tuple[tuple[Plane, Plane, Plane], int, int], full_range: bool) -> None:
    planes, width, height = picture
    expected = b"".join(
        twin(plane, width // step, height // step, full_range, chroma)
        for plane, step, chroma in zip(planes, (1, 2, 2), (False, True, True), strict=True)
    )
    assert bytes(pack_i420(planes, width, height, full_range)) == expected


def test_every_value_is_squeezed_like_the_twin_in_place() -> None:
    both = bytearray(range(256)) * 2
    limit_range(both, 256)
    assert list(both) == [squeezed(x, False) for x in range(256)] + [squeezed(x, True) for x in range(256)]


def test_a_plane_that_is_too_short_is_refused() -> None:
    plane = Plane(bytes(4), 2, 2, 2)
    with pytest.raises(NativeError, match="input ends too early"):
        pack_i420((Plane(bytes(3), 2, 2, 2), plane, plane), 2, 2, False)
    with pytest.raises(NativeError, match="argument out of range"):
        pack_i420((Plane(bytes(9), 3, 3, 3), plane, plane), 2, 2, False)


def test_a_plane_is_spread_over_longer_lines() -> None:
    target = bytearray(8)
    spread_plane(Plane(b"abcdef", 3, 3, 2), target, 4)
    assert target == b"abccdeff"
    with pytest.raises(ValueError, match="4 x 2 bytes in a buffer of 7"):
        spread_plane(Plane(b"abcdef", 3, 3, 2), bytearray(7), 4)


def test_levels() -> None:
    assert lib.agora_level_dbov(measure(b"\x00\x80\xff\x7f" * 10).mean_square) == 0
    assert lib.agora_level_dbov(measure(bytes(100)).mean_square) == 127
    assert measure(bytes(100)).rms_dbfs == float("-inf")
