"""From a track's own ticks to the sender's media clock, by integers only."""

from dataclasses import dataclass, field
from fractions import Fraction

from agora_cli.frames import MICROSECONDS

# Timestamps that go back further than this have wrapped or began anew; less is a muxer's carelessness.
WRAP_S = 1


@dataclass(slots=True)
class TickClock:
    """The clock of one track in one run through a file.

    `time_base` is seconds a tick; `shift_us` is added to all times: it moves the run to its place. 29.97 pictures a
    second have a time base of 1/30000, so no time is ever rounded more than once.
    """

    time_base: Fraction
    shift_us: int
    _numerator: int = field(init=False)
    _denominator: int = field(init=False)
    _last: int | None = field(default=None, init=False)
    _step: int = field(default=0, init=False)
    _correction: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._numerator = self.time_base.numerator * MICROSECONDS
        self._denominator = self.time_base.denominator

    def us(self, ticks: int) -> int:
        """Return microseconds, rounded down."""
        return ticks * self._numerator // self._denominator + self.shift_us

    def continued(self, ticks: int | None, duration: int) -> tuple[int, int]:
        """Return (ticks, correction) of the next packet so that time never goes back.

        `ticks` is its decoding time, None when the file does not say it; `duration` its length, 0 when not known.
        The correction is what was added, and belongs to the packet's other times too. A time that wraps (16, 32 or
        33 bits) goes on behind the packet before; one that goes back by less than WRAP_S is held there.
        """
        last = self._last
        if last is None:
            following = ticks = 0 if ticks is None else ticks
        else:
            following = last + (self._step or 1)
        corrected = following if ticks is None else ticks + self._correction
        if last is not None and ticks is not None and corrected < last:
            if (last - corrected) * self.time_base >= WRAP_S:
                self._correction += following - corrected
                corrected = following
            else:
                corrected = last
        self._last = corrected
        self._step = duration or self._step
        return corrected, self._correction
