"""Have something happen after all that came before it: through every lane that media take to the reader.

A lane is one subscription: a ring that zenoh fills and a thread of ours that empties it. A fence is a sample that
we put to ourselves in each lane; it has passed a lane when the thread meets it. A flood may push it out of the ring:
then as many samples came behind it as the ring holds, and once the thread has taken so many it has passed as well.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class FenceLane:
    """One subscription: the key under which it hears us, what its ring holds, and how many samples were taken."""

    key: str
    capacity: int
    taken: int = 0
    pending: dict[int, int] = field(default_factory=dict)


class Fences:
    """The fences of one receiver; `lock` is held for moments only, actions run without it on some lane's thread."""

    def __init__(self) -> None:
        self.lanes: list[FenceLane] = []
        self._lock = threading.Lock()
        self._actions: dict[int, tuple[int, Callable[[], None]]] = {}
        # Not to be guessed: a fence that somebody else sends must not open ours before its time.
        self._next = secrets.randbelow(1 << 31)

    def raise_one(self, action: Callable[[], None]) -> int:
        """Return the number of a new fence, to be put into every lane; `action` is called when all have passed it."""
        with self._lock:
            self._next += 1
            self._actions[self._next] = (len(self.lanes), action)
            for lane in self.lanes:
                lane.pending[self._next] = lane.taken + lane.capacity
            return self._next

    def meet(self, lane: FenceLane, number: int) -> None:
        """Take note that a lane's thread met a fence, and with it all older ones; a forged number opens nothing."""
        if number in lane.pending:
            self._pass(lane, lambda pending, due: pending <= number)

    def take(self, lane: FenceLane) -> None:
        """Take note that a lane's thread took a sample."""
        lane.taken += 1
        if lane.pending:
            self._pass(lane, lambda pending, due: due <= lane.taken)

    def _pass(self, lane: FenceLane, has_passed: Callable[[int, int], bool]) -> None:
        ready: list[Callable[[], None]] = []
        with self._lock:
            for number in [number for number, due in lane.pending.items() if has_passed(number, due)]:
                del lane.pending[number]
                left, action = self._actions[number]
                if left > 1:
                    self._actions[number] = (left - 1, action)
                else:
                    del self._actions[number]
                    ready.append(action)
        for action in ready:
            action()
