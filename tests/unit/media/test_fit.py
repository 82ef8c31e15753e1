import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.media.fit import Fit, Placement, even, place

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
