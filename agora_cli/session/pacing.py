"""Send each unit at its moment: absolute deadlines on a monotonic clock.

A deadline is computed from the first unit's, never from the previous one's, so that the error of one sleep
cannot add up (the SDK's samples drift 0.6 s a minute that way). When the input itself stalls (a live pipe
pauses, the process is stopped with Ctrl-Z) by more than MAX_BEHIND_US, the deadlines move with it: a burst
that catches up would only overflow the receivers.
"""

from fractions import Fraction

from agora_cli.clock import Clock, Stop

LATE_US = 10_000
MAX_BEHIND_US = 500_000
NAP_US = 50_000


class Pacer:
    """Wait for the moment of each unit. `speed` 2 is twice as fast; 0 never waits.

    With `ahead_us` each unit goes that long before its moment, all of the first `ahead_us` at once: for an
    engine that plays what it is given by a clock of its own, and would run dry at the least delay.
    """

    def __init__(
        self, clock: Clock, speed: Fraction = Fraction(1), stop: Stop | None = None, ahead_us: int = 0
    ) -> None:
        if speed < 0:
            raise ValueError(f"speed must be 0 or more, got {speed}")
        self.late = 0
        self.speed = speed
        self._clock = clock
        self._stop = stop or Stop()
        self._origin_us: int | None = None
        self._first_us = 0
        self._ahead_us = ahead_us

    @property
    def stopped(self) -> bool:
        """Tell whether the stop was asked for."""
        return self._stop.is_set()

    def now_us(self) -> int:
        """Return the time of the clock that it paces by."""
        return self._clock.now_us()

    def wait(self, send_us: int) -> bool:
        """Return True at the moment of a unit whose place on the media clock is `send_us`, False on a stop.

        The first unit's moment is now. A unit more than LATE_US behind its moment is counted in `late`.
        """
        if self.speed == 0:
            return not self._stop.is_set()
        now_us = self._clock.now_us()
        if self._origin_us is None:
            self._origin_us, self._first_us = now_us, send_us
        due_us = self._origin_us + int((send_us - self._first_us) / self.speed)
        behind_us = now_us - due_us
        if behind_us > LATE_US:
            self.late += 1
            if behind_us > MAX_BEHIND_US:
                self._origin_us += behind_us
        while behind_us < -self._ahead_us and not self._stop.is_set():
            self._clock.sleep_us(min(-behind_us - self._ahead_us, NAP_US))
            behind_us = self._clock.now_us() - due_us
        return not self._stop.is_set()
