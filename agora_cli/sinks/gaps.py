"""Media that did not come, in seconds: what is missing by the sender's clock, and when it came late by ours."""

from typing import Any

from agora_cli.events import MediaReceived
from agora_cli.frames import MICROSECONDS

# What comes so much later than the unit before it promised stood still on its way, or in its sender.
STALL_US = 500_000
GAP_NAMES = ("startsAt", "gaps", "missingSeconds", "stalls", "stalledSeconds")


class Gaps:
    """The holes in one user's media of one kind.

    Missing is what the engine counted as lost: its time is that between the units beside it. What came late, or
    after a later one, stays missing: its place is taken. Before our own join nothing is missing; `starts_us` says
    where in the sender's media we came in.
    """

    def __init__(self) -> None:
        self.units = self.missing_units = 0
        self.count = self.missing_us = 0
        self.stalls = self.stalled_us = 0
        self.starts_us = 0
        self._epoch: int | None = None
        self._start_us = self._end_us = self._at_us = 0

    def take(self, event: MediaReceived, start_us: int, length_us: int | None) -> None:
        """Take a unit that begins at `start_us` of its sender's clock; a length of None is that of the last step."""
        self.units += 1
        if event.epoch != self._epoch:
            self._begin(event, start_us, length_us or 0)
            return
        step_us = start_us - self._start_us
        if length_us is None:
            length_us = max(0, step_us // (event.lost + 1)) if event.lost >= 0 else 0
        if event.lost > 0:
            self._miss(event.lost, max(0, start_us - self._end_us) or event.lost * length_us)
        waited_us = event.at_us - self._at_us - max(0, step_us)
        if waited_us > STALL_US:
            self.stalls += 1
            self.stalled_us += waited_us
        self._at_us = event.at_us
        self._start_us = max(self._start_us, start_us)
        self._end_us = max(self._end_us, start_us + length_us)

    @property
    def missing_share(self) -> float:
        """Return how much of the units is missing, 0..1."""
        return self.missing_units / max(1, self.units + self.missing_units)

    def figures(self) -> dict[str, Any]:
        """Return what --json says of it, in seconds."""
        times = [round(time_us / MICROSECONDS, 6) for time_us in (self.starts_us, self.missing_us, self.stalled_us)]
        values = (times[0], self.count, times[1], self.stalls, times[2])
        return dict(zip(GAP_NAMES, values, strict=True))

    def lines(self, kind: str) -> list[str]:
        """Return what a person should know, a line each; `kind` is what it is of: sound or picture."""
        told = []
        if self.starts_us > 0:
            told.append(f"the first {self.starts_us / MICROSECONDS:.2f} s of its {kind} went out before we joined")
        if self.count:
            places = "1 place" if self.count == 1 else f"{self.count} places"
            told.append(f"{self.missing_us / MICROSECONDS:.2f} s of {kind} missing in {places}")
        if self.stalls:
            times = "once" if self.stalls == 1 else f"{self.stalls} times"
            told.append(f"{kind} stood still {times}, {self.stalled_us / MICROSECONDS:.1f} s in all")
        return told

    def _begin(self, event: MediaReceived, start_us: int, length_us: int) -> None:
        if event.before and self._epoch is None:
            self.starts_us = start_us
        if event.lost > 0:
            self._miss(event.lost, event.lost * length_us)
        self._epoch, self._at_us = event.epoch, event.at_us
        self._start_us, self._end_us = start_us, start_us + length_us

    def _miss(self, units: int, time_us: int) -> None:
        self.missing_units += units
        self.count += 1
        self.missing_us += time_us
