"""One live line on a terminal: where we are, how loud, how fast, what was late or lost.

Nothing of it appears in pipes, in CI or with --quiet: a log full of carriage returns helps nobody.
"""

import os
import shutil
import sys
from typing import TextIO

from agora_cli.clock import monotonic_us
from agora_cli.frames import MICROSECONDS, PcmFrame, Unit
from agora_cli.terminal.console import Console

REFRESH_US = 100_000
METER_CELLS = 12
METER_FLOOR_DB = -60.0


class Progress:
    """Rewrites its line at most ten times a second; close() wipes it."""

    def __init__(self, console: Console, stream: TextIO = sys.stderr) -> None:
        self.active = not console.quiet and stream.isatty() and not os.environ.get("CI")
        self._stream = stream
        self._drawn_us = 0
        self._interval_bytes = 0
        self._interval_start_us = 0
        self._bitrate_bps = 0.0
        self._level_db = METER_FLOOR_DB

    def update(self, unit: Unit, media_us: int, **counts: int) -> None:
        """Take one unit in and redraw when it is time. `counts` of 0 are not shown."""
        if not self.active:
            return
        self._interval_bytes += len(unit.data)
        now_us = monotonic_us()
        if now_us - self._drawn_us < REFRESH_US:
            return
        if isinstance(unit, PcmFrame):
            from agora_cli.native.level import measure

            self._level_db = max(METER_FLOOR_DB, measure(unit.data).rms_dbfs)
        if now_us - self._interval_start_us >= MICROSECONDS:
            self._bitrate_bps = self._interval_bytes * 8e6 / (now_us - self._interval_start_us)
            self._interval_start_us, self._interval_bytes = now_us, 0
        self._drawn_us = now_us
        self._draw(media_us, counts)

    def close(self) -> None:
        """Wipe the line."""
        if self.active and self._drawn_us:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self, media_us: int, counts: dict[str, int]) -> None:
        parts = [clock_text(media_us), meter(self._level_db), f"{self._bitrate_bps / 1000:.0f} kb/s"]
        parts += [f"{name} {count}" for name, count in counts.items() if count]
        width = shutil.get_terminal_size().columns - 1
        self._stream.write("\r" + "  ".join(parts)[:width] + "\x1b[K")
        self._stream.flush()


def clock_text(media_us: int) -> str:
    """Return a position as minutes, seconds and tenths: `1:02.3`."""
    tenths = media_us // (MICROSECONDS // 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def meter(level_db: float) -> str:
    """Return a level meter of METER_CELLS cells from METER_FLOOR_DB to 0 dBFS, with the number."""
    cells = round((1 - level_db / METER_FLOOR_DB) * METER_CELLS)
    return f"[{'#' * cells}{'.' * (METER_CELLS - cells)}] {level_db:4.0f} dBFS"
