"""When pictures that carry no time of their own are shown."""

from fractions import Fraction

from agora_cli.frames import MICROSECONDS


class Cadence:
    """Give each picture its place on the media clock.

    Pictures that lay there come exactly one frame interval apart, counted from the first so that no rounding
    adds up. A live one (`at_us` is when it was complete) comes when it came, but never closer than that: a
    source faster than the rate is slowed down, one that pauses leaves the gap that there was.
    """

    def __init__(self, frame_rate: Fraction) -> None:
        self._frame_rate = frame_rate
        self._count = 0
        self._origin_us = 0
        self._arrival_us = 0

    def next_us(self, at_us: int | None = None) -> int:
        """Return the next picture's pts in microseconds."""
        if at_us is not None:
            if self._count == 0:
                self._arrival_us = at_us
            came_us = at_us - self._arrival_us
            if came_us > self._origin_us + self._offset_us():
                self._origin_us, self._count = came_us, 0
        pts_us = self._origin_us + self._offset_us()
        self._count += 1
        return pts_us

    def _offset_us(self) -> int:
        return int(self._count * MICROSECONDS / self._frame_rate)
