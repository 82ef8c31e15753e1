"""Several users' pictures side by side on one canvas."""

from dataclasses import dataclass

import av
import numpy as np

from agora_cli.frames import RawVideo
from agora_cli.media.encode import conformed
from agora_cli.media.fit import place
from agora_cli.media.planes import paint, samples

MAX_TILES = 9
_BLACK = (16, 128, 128)  # limited range


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of the canvas, all four numbers even."""

    x: int
    y: int
    width: int
    height: int


def cells(count: int, width: int, height: int) -> list[Cell]:
    """Return where 1 to 9 pictures go on a canvas with even sides: in lines, as square as can be, centred.

    1; 2 beside each other; up to 4 in two lines of two; up to 6 in two lines of three; up to 9 in three.
    A last line that is not full is centred.
    """
    columns = next(number for number in (1, 2, 3) if number * number >= count)
    lines = -(-count // columns)
    cell_width, cell_height = width // columns // 2 * 2, height // lines // 2 * 2
    found = []
    for number in range(count):
        line, column = divmod(number, columns)
        in_line = min(columns, count - line * columns)
        x = (width - in_line * cell_width) // 4 * 2 + column * cell_width
        y = (height - lines * cell_height) // 4 * 2 + line * cell_height
        found.append(Cell(x, y, cell_width, cell_height))
    return found


class Mosaic:
    """Keep each user's latest picture and compose them, in the order in which the users came.

    Invariant: `_planes` (Y, U, V; lines x columns) shows all pictures but those in `_changed`.
    """

    def __init__(self, width: int, height: int) -> None:
        """Make a black canvas; sides are even, in pixels."""
        self._width, self._height = width, height
        self._latest: dict[str, av.VideoFrame] = {}
        self._changed: set[str] = set()
        self._planes = [
            np.full((height // step, width // step), black, np.uint8)
            for black, step in zip(_BLACK, (1, 2, 2), strict=True)
        ]

    def show(self, user: str, frame: av.VideoFrame) -> bool:
        """Take a user's next picture; False where nine others are shown already."""
        before = self._latest.get(user)
        if before is None and len(self._latest) == MAX_TILES:
            return False
        self._latest[user] = frame
        self._changed.add(user)
        if before is None or (before.width, before.height) != (frame.width, frame.height):
            self._redraw()
        return True

    def remove(self, user: str) -> None:
        """Give the user's place to the others."""
        if self._latest.pop(user, None) is not None:
            self._changed.discard(user)
            self._redraw()

    def picture(self, pts_us: int) -> RawVideo:
        """Return what the canvas shows now."""
        tiles = cells(len(self._latest), self._width, self._height) if self._latest else []
        for user, cell in zip(self._latest, tiles, strict=True):
            if user in self._changed:
                self._draw(self._latest[user], cell)
        self._changed.clear()
        data = np.concatenate([plane.ravel() for plane in self._planes]).data
        return RawVideo(pts_us, "i420", self._width, self._height, data)

    def _redraw(self) -> None:
        """Clear the canvas: pictures move, or one of another shape would leave its bars unpainted."""
        for plane, black in zip(self._planes, _BLACK, strict=True):
            plane[:] = black
        self._changed = set(self._latest)

    def _draw(self, frame: av.VideoFrame, cell: Cell) -> None:
        spot = place(frame.width, frame.height, cell.width, cell.height, "contain")
        scaled = conformed(frame, spot.width, spot.height)
        for canvas, plane, step in zip(self._planes, scaled.planes, (1, 2, 2), strict=True):
            paint(canvas, samples(plane), (cell.x + spot.x) // step, (cell.y + spot.y) // step)
