import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.media.fit import Fit, Placement, even, paint, place, upright
from tests.unit.stills import smooth

SIDE = st.integers(1, 5000)
EVEN_SIDE = st.integers(1, 2500).map(lambda half: 2 * half)


@given(SIDE, SIDE, EVEN_SIDE, EVEN_SIDE)
def test_contain_is_inside_and_cover_is_outside(width: int, height: int, canvas_width: int, canvas_height: int) -> None:
    inside = place(width, height, canvas_width, canvas_height, "contain")
    outside = place(width, height, canvas_width, canvas_height, "cover")
    assert inside.width <= canvas_width
    assert inside.height <= canvas_height
    assert outside.width >= canvas_width
    assert outside.height >= canvas_height
    for spot in (inside, outside):
        assert all(value % 2 == 0 for value in (spot.width, spot.height, spot.x, spot.y))
        assert spot.width == canvas_width or spot.height == canvas_height
        # The middle of the picture is that of the canvas, but for the rounding to even.
        assert abs(2 * spot.x + spot.width - canvas_width) <= 4
        assert abs(2 * spot.y + spot.height - canvas_height) <= 4


@pytest.mark.parametrize(
    ("fit", "expected"),
    [
        ("contain", Placement(640, 320, 0, 20)),
        ("cover", Placement(720, 360, -40, 0)),
        ("stretch", Placement(640, 360, 0, 0)),
    ],
)
def test_a_wide_picture(fit: Fit, expected: Placement) -> None:
    assert place(2000, 1000, 640, 360, fit) == expected


def test_even_rounds_up() -> None:
    assert [even(side) for side in (1, 2, 9, 10)] == [2, 2, 10, 10]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_is_what_pillow_does(orientation: int) -> None:
    from PIL import Image, ImageOps

    plane = smooth(7, 5)[:, :, 0]
    image = Image.fromarray(plane)
    image.getexif()[0x0112] = orientation
    assert np.array_equal(upright(plane, orientation), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.parametrize(("x", "y"), [(0, 0), (2, 1), (-1, -2), (3, 3), (-3, 2), (9, 9), (-9, 0)])
def test_paint_leaves_out_what_is_outside(x: int, y: int) -> None:
    canvas, picture = np.zeros((4, 5), np.uint8), np.arange(1, 13, dtype=np.uint8).reshape(3, 4)
    expected = canvas.copy()
    for line in range(3):
        for column in range(4):
            if 0 <= y + line < 4 and 0 <= x + column < 5:
                expected[y + line, x + column] = picture[line, column]
    paint(canvas, picture, x, y)
    assert np.array_equal(canvas, expected)
