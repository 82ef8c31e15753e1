"""The live line of what sends: how far of how much, how long it still takes, how loud, what was late."""

from agora_cli.frames import MICROSECONDS, PcmFrame, Unit
from agora_cli.terminal.meters import METER_FLOOR_DB, Throughput, clock_text, meter, wait_text

# A source that gives nothing for longer stands still: a live pipe pauses.
QUIET_US = MICROSECONDS


class SendingLine:
    """Take what is sent, and say at any time how it stands. `total_us` is all of it, None where nobody knows."""

    def __init__(self, start_us: int, total_us: int | None) -> None:
        self._start_us = start_us
        self._total_us = total_us
        self._first_us: int | None = None
        self._last_us = start_us
        self._media_us = 0
        self._level_db: float | None = None
        self._bits = Throughput()
        self._counts: dict[str, int] = {}

    def take(self, now_us: int, unit: Unit, media_us: int, **counts: int) -> None:
        """Take a unit that was sent and how far it brought us. `counts` of 0 are not shown."""
        self._first_us = now_us if self._first_us is None else self._first_us
        self._last_us, self._media_us, self._counts = now_us, media_us, counts
        self._bits.add(now_us, len(unit.data) * 8)
        if isinstance(unit, PcmFrame):
            from agora_cli.native.level import measure

            self._level_db = max(METER_FLOOR_DB, measure(unit.data).rms_dbfs)

    def text(self, now_us: int) -> str:
        """Return the line as it is at `now_us`."""
        if self._first_us is None:
            return f"nothing sent yet, {wait_text(now_us - self._start_us)}"
        parts = [self._place(now_us)]
        if now_us - self._last_us >= QUIET_US:
            parts.append(f"no input for {(now_us - self._last_us) // MICROSECONDS} s")
        elif self._level_db is not None:
            parts.append(meter(self._level_db, 12))
        parts.append(f"{self._bits.per_second(now_us) / 1000:.0f} kb/s")
        return "  ".join(parts + [f"{name} {count}" for name, count in self._counts.items() if count])

    def _place(self, now_us: int) -> str:
        place = clock_text(self._media_us)
        if not self._total_us:
            return place
        share = min(1.0, self._media_us / self._total_us)
        assert self._first_us is not None
        left_us = (now_us - self._first_us) * (1 - share) / share if share else 0.0
        return f"{place} of {clock_text(self._total_us)}  {share:.0%}  {wait_text(round(left_us))} left"
