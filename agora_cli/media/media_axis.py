"""One axis for the sound and picture of one user, across restarts of its clock."""

from dataclasses import dataclass


@dataclass(slots=True)
class MediaAxis:
    """Map (epoch, pts, arrival) to microseconds from the axis's origin; both tracks of a user share it.

    The first epoch keeps its own clock, shifted so that `origin_us` of it is 0; a later one is placed by
    the arrival of its first unit, and goes on by its own clock from there.
    """

    origin_us: int
    _epoch: int | None = None
    _shift_us: int = 0
    _first_at_us: int = 0

    def place(self, epoch: int, time_us: int, at_us: int) -> int:
        """Return where `time_us` of the sender's media clock is on the axis; `at_us` is when it arrived."""
        if epoch != self._epoch:
            if self._epoch is None:
                self._shift_us, self._first_at_us = -self.origin_us, at_us
            else:
                self._shift_us = at_us - self._first_at_us - time_us
            self._epoch = epoch
        return time_us + self._shift_us
