import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.frames import RawVideo
from agora_cli.media.encode import to_frame
from agora_cli.media.mosaic import Cell, Mosaic, cells
from tests.unit.stills import planes

EVEN = st.integers(8, 600).map(lambda half: 2 * half)


def flat(value: int, width: int = 64, height: int = 36) -> RawVideo:
    return RawVideo(0, "i420", width, height, bytes([value] * (width * height) + [128] * (width * height // 2)))


def shown(grid: Mosaic) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    picture = grid.picture(5)
    assert picture.pts_us == 5
    y, u, v = planes(picture.data, picture.width, picture.height)
    assert set(np.unique(u)) | set(np.unique(v)) <= {127, 128, 129}
    return y


@given(st.integers(1, 9), EVEN, EVEN)
def test_cells_are_even_inside_and_apart(count: int, width: int, height: int) -> None:
    taken = np.zeros((height, width), np.uint8)
    found = cells(count, width, height)
    assert len(found) == count
    for cell in found:
        assert all(value % 2 == 0 for value in (cell.x, cell.y, cell.width, cell.height))
        assert cell.x + cell.width <= width
        assert cell.y + cell.height <= height
        area = taken[cell.y : cell.y + cell.height, cell.x : cell.x + cell.width]
        assert not area.any()
        area[:] = 1


def test_three_are_two_and_one_centred() -> None:
    assert cells(3, 640, 360) == [Cell(0, 0, 320, 180), Cell(320, 0, 320, 180), Cell(160, 180, 320, 180)]


@pytest.mark.parametrize("count", range(1, 10))
def test_every_user_is_seen_in_the_order_of_coming(count: int) -> None:
    grid = Mosaic(576, 324)
    for number in range(count):
        assert grid.show(str(number), to_frame(flat(60 + 20 * number)))
    y = shown(grid)
    for number, cell in enumerate(cells(count, 576, 324)):
        middle = y[cell.y + cell.height // 2, cell.x + cell.width // 2]
        assert abs(int(middle) - (60 + 20 * number)) <= 1


def test_an_empty_grid_is_black_and_a_tenth_user_is_not_shown() -> None:
    grid = Mosaic(128, 72)
    assert set(np.unique(shown(grid))) == {16}
    assert [grid.show(str(number), to_frame(flat(99))) for number in range(10)] == [True] * 9 + [False]
    assert grid.show("3", to_frame(flat(98)))


def test_a_user_who_goes_gives_its_place() -> None:
    grid = Mosaic(128, 72)
    grid.show("a", to_frame(flat(60)))
    grid.show("b", to_frame(flat(200)))
    assert abs(int(shown(grid)[36, 96]) - 200) <= 1
    grid.remove("b")
    grid.remove("nobody")
    y = shown(grid)
    assert np.abs(y.astype(int) - 60).max() <= 1


def test_a_picture_of_another_shape_has_bars() -> None:
    grid = Mosaic(128, 72)
    grid.show("a", to_frame(flat(200, 36, 72)))
    y = shown(grid)
    assert (y[36, 4], abs(int(y[36, 64]) - 200) <= 1) == (16, True)


def test_a_smaller_picture_leaves_nothing_of_the_larger_one() -> None:
    grid = Mosaic(128, 72)
    grid.show("a", to_frame(flat(200)))
    shown(grid)
    grid.show("a", to_frame(flat(200, 36, 72)))
    assert shown(grid)[36, 4] == 16
