"""When each picture of a stream without timestamps is shown, from the order in which pictures come and their POC."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Picture = TypeVar("Picture")

# No level allows more than 16 pictures to be reordered; groups of non-reference pictures can be longer.
MAX_GROUP = 64


@dataclass(frozen=True, slots=True)
class Placed(Generic[Picture]):
    """A picture with its place: `decoded` and `shown` count pictures from 0, in either order."""

    picture: Picture
    decoded: int
    shown: int


class PresentationOrder(Generic[Picture]):
    """Number pictures in the order of showing while they pass by in the order of decoding.

    A picture that is shown after all before it is an anchor; those that follow it in decoding and precede it in
    showing complete its group. When the next anchor comes, all places of the group are known, so a picture waits
    for one group at most, and not at all when its stream cannot reorder. Every number is given exactly once.
    """

    def __init__(self) -> None:
        self._group: list[tuple[tuple[int, int, int], Picture]] = []
        self._latest: tuple[int, int, int] | None = None
        self._placed = 0

    def push(
        self, run: int, epoch: int, poc: int | None, picture: Picture, reorders: bool = True
    ) -> list[Placed[Picture]]:
        """Take the next picture in decoding order, return those whose place is known now, in decoding order.

        Pictures are shown by (`run`, `epoch`, `poc`). `poc` None is a picture whose order is not known: it is
        shown after all before it. `reorders` False promises that no later picture is shown before this one.
        """
        key = (run, epoch, poc) if poc is not None else self._latest or (run, epoch, 0)
        placed: list[Placed[Picture]] = []
        if self._latest is None or poc is None or key > self._latest or len(self._group) >= MAX_GROUP:
            placed = self.flush()
            self._latest = key
        self._group.append((key, picture))
        return placed + self.flush() if not reorders else placed

    def flush(self) -> list[Placed[Picture]]:
        """Return the pictures still waiting; more may follow."""
        group, self._group = self._group, []
        shown = {index: rank for rank, index in enumerate(sorted(range(len(group)), key=lambda i: group[i][0]))}
        first = self._placed
        self._placed += len(group)
        return [Placed(picture, first + i, first + shown[i]) for i, (_, picture) in enumerate(group)]


def reorder_depth(placed: list[Placed[Picture]]) -> int:
    """Return by how many pictures the decoding of these runs ahead of their showing at most."""
    return max((place.decoded - place.shown for place in placed), default=0)
