"""Geometry of pictures: how one of any size and orientation goes onto a canvas of even sides."""

from dataclasses import dataclass
from typing import Literal

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


def _nearest_even(numerator: int, denominator: int) -> int:
    return (numerator + denominator) // (2 * denominator) * 2
