"""Pacing: 10 ms frames for 60 s, when each was sent against when it was due (asked: p99 <= 1 ms, drift 0)."""

import time

from agora_cli.clock import SystemClock
from agora_cli.session.pacing import Pacer

from .figures import percentile, table

FRAME_US = 10_000
FRAMES = 6_000


def absolute_us() -> list[float]:
    """Return the error of each frame with our pacer."""
    clock = SystemClock()
    pacer = Pacer(clock)
    errors = []
    start_us = 0
    for number in range(FRAMES):
        pacer.wait(number * FRAME_US)
        now_us = clock.now_us()
        start_us = start_us or now_us
        errors.append(float(now_us - start_us - number * FRAME_US))
    return errors


def naive_us() -> list[float]:
    """Return the error of each frame with sleep(10 ms) in a loop, as the SDK's samples pace; a tenth of the time."""
    start_us = time.monotonic_ns() // 1000
    errors = []
    for number in range(FRAMES // 10):
        errors.append(float(time.monotonic_ns() // 1000 - start_us - number * FRAME_US))
        time.sleep(FRAME_US / 1e6)
    return errors


def main() -> None:
    """Print the table."""
    rows = []
    for name, errors in (("absolute deadlines, 60 s", absolute_us()), ("sleep(0.01), 6 s", naive_us())):
        seconds = len(errors) * FRAME_US / 1e6
        drift = (sum(errors[-100:]) - sum(errors[:100])) / 100 / seconds * 60
        figures = [percentile(errors, 50), percentile(errors, 99), max(errors), drift]
        rows.append([name, *(f"{value:.0f} us" for value in figures)])
    table(["pacing", "error p50", "p99", "max", "drift a minute"], rows)
