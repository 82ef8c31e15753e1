"""Planes of pictures as arrays: lines x columns of 8 bits, seen upright, without padding, painted onto another."""

import av
import numpy as np
from numpy.typing import NDArray

from agora_cli.media.fit import turned


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
