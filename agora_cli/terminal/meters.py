"""Positions, levels and rates as a person reads them at a glance."""

from agora_cli.frames import MICROSECONDS

METER_FLOOR_DB = -60.0
FIRST_US = 250_000


def clock_text(media_us: int) -> str:
    """Return a position as minutes, seconds and tenths: `1:02.3`."""
    tenths = media_us // (MICROSECONDS // 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def wait_text(waited_us: int) -> str:
    """Return how long something lasts, in whole seconds: `0:12`."""
    seconds = waited_us // MICROSECONDS
    return f"{seconds // 60}:{seconds % 60:02}"


def meter(level_db: float, cells: int) -> str:
    """Return a level meter of `cells` cells from METER_FLOOR_DB to 0 dBFS, with the number."""
    level_db = min(0.0, max(METER_FLOOR_DB, level_db))
    full = round((1 - level_db / METER_FLOOR_DB) * cells)
    return f"[{'#' * full}{'.' * (cells - full)}] {level_db:4.0f} dBFS"


class Throughput:
    """How much came in the last second or so; a time without anything brings it to 0."""

    def __init__(self) -> None:
        self._start_us: int | None = None
        self._sum = 0
        self._per_second: float | None = None

    def add(self, now_us: int, amount: int) -> None:
        """Take in what came at `now_us`."""
        self._roll(now_us)
        self._sum += amount

    def per_second(self, now_us: int) -> float:
        """Return the rate of the last whole second."""
        self._roll(now_us)
        if self._per_second is None:  # the first second is not over: what there is of it, once that says something
            elapsed_us = now_us - (self._start_us or 0)
            return self._sum * MICROSECONDS / elapsed_us if elapsed_us >= FIRST_US else 0.0
        return self._per_second

    def _roll(self, now_us: int) -> None:
        if self._start_us is None:
            self._start_us = now_us
        elapsed_us = now_us - self._start_us
        if elapsed_us >= MICROSECONDS:
            self._per_second = self._sum * MICROSECONDS / elapsed_us
            self._start_us, self._sum = now_us, 0
