"""Geometry of pictures: how one of any size and orientation goes onto a canvas of even sides."""

from dataclasses import dataclass
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

Fit = Literal["contain", "cover", "stretch"]
BLACK = (0, 128, 128)  # full range


@dataclass(frozen=True, slots=True)
class Placement:
    """A picture scaled to `width` x `height`, its corner at (`x`, `y`) of the canvas: below 0 where it is cropped.

    All four are even, so that chroma planes of half the size follow exactly.
    """

    width: int
    height: int
    x: int
    y: int


def even(side: int) -> int:
    """Return a side rounded up to the next even number."""
    return side + side % 2


def place(width: int, height: int, canvas_width: int, canvas_height: int, fit: Fit) -> Placement:
    """Return where a picture of `width` x `height` goes on the canvas, whose sides are even.

    "contain" shows all of it, with bars; "cover" fills the canvas and crops; "stretch" ignores its shape.
    """
    if fit == "stretch":
        return Placement(canvas_width, canvas_height, 0, 0)
    # Compared as products: the picture is wider in shape than the canvas where this is positive.
    wider = width * canvas_height > height * canvas_width
    if wider == (fit == "contain"):
        scaled = (canvas_width, max(2, _nearest_even(height * canvas_width, width)))
    else:
        scaled = (max(2, _nearest_even(width * canvas_height, height)), canvas_height)
    x, y = ((side - part) // 4 * 2 for side, part in zip((canvas_width, canvas_height), scaled, strict=True))
    return Placement(*scaled, x, y)


def turned(orientation: int) -> bool:
    """Tell whether an EXIF orientation swaps width and height."""
    return orientation >= 5


def upright(plane: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Return a view of a stored plane (lines x columns) as it is to be shown (EXIF 2.32, tag Orientation)."""
    if turned(orientation):
        plane = plane.T
    flip_lines = orientation in (3, 4, 7, 8)
    flip_columns = orientation in (2, 3, 6, 7)
    return plane[:: -1 if flip_lines else 1, :: -1 if flip_columns else 1]


def samples(plane: av.video.plane.VideoPlane) -> NDArray[np.uint8]:
    """Return a view of an 8-bit plane of PyAV's as lines x columns, without the padding of its lines."""
    lines = np.frombuffer(memoryview(plane), np.uint8)[: plane.line_size * plane.height]
    return lines.reshape(plane.height, plane.line_size)[:, : plane.width]


def paint(canvas: NDArray[np.uint8], picture: NDArray[np.uint8], x: int, y: int) -> None:
    """Copy `picture` onto `canvas` (both lines x columns) at column `x` and line `y`, what is outside left out."""
    lines = slice(max(0, y), min(canvas.shape[0], y + picture.shape[0]))
    columns = slice(max(0, x), min(canvas.shape[1], x + picture.shape[1]))
    canvas[lines, columns] = picture[lines.start - y : lines.stop - y, columns.start - x : columns.stop - x]


def _nearest_even(numerator: int, denominator: int) -> int:
    return (numerator + denominator) // (2 * denominator) * 2
