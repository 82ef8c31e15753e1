"""How long one run of a track is."""

from fractions import Fraction


class Extent:
    """From where a track's earliest media begin in one run to where its latest end, on the track's own clock.

    `time_base` is seconds a tick; ticks may be fractions.
    """

    def __init__(self, time_base: Fraction = Fraction(1)) -> None:
        self._time_base = time_base
        self._start: int | Fraction | None = None
        self._end: int | Fraction | None = None

    def cover(self, ticks: int | Fraction, duration: int | Fraction) -> None:
        """Add media of `duration` ticks that begin at `ticks`."""
        if self._start is None or ticks < self._start:
            self._start = ticks
        if self._end is None or ticks + duration > self._end:
            self._end = ticks + duration

    @property
    def start(self) -> Fraction | None:
        """Return the seconds where the earliest media begin, None before there are any."""
        return None if self._start is None else self._start * self._time_base

    @property
    def end(self) -> Fraction | None:
        """Return the seconds where the latest media end, None before there are any."""
        return None if self._end is None else self._end * self._time_base
