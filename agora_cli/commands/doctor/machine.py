"""Checks of the machine: interpreter, disk, shared memory, clock. What is measured is handed in, so tests can."""

import platform
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from agora_cli.commands.doctor.check import Check, ok, problem, warning

OLDEST_PYTHON = (3, 10)
# The shared-memory pool of one local participant; beyond it pictures are copied through a socket.
SHM_BYTES = 64 << 20
DISK_PROBLEM_BYTES = 100 << 20
DISK_WARNING_BYTES = 1 << 30
# A recording of one 720p sender with sound, for the estimate of how much fits.
RECORDING_BYTES_PER_S = 2_200_000 // 8
# This tool was written in 2026: a clock before that makes every token look as if it came from the future.
OLDEST_CLOCK_S = 1_767_225_600
SLEEP_S = 0.002
LATE_S = 0.003


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """Tell interpreter, processor and C library."""
    library = " ".join(platform.libc_ver()).strip() or platform.system()
    text = f"{'.'.join(map(str, version))} on {platform.machine()}, {library}"
    if version < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        return problem("python", f"{text}, expected {wanted} or later", f"install Python {wanted} or later")
    return ok("python", text)


def check_disk(directory: Path, free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free) -> Check:
    """Tell how long a recording in `directory` could get."""
    left = free(directory)
    text = f"{_size(left)} free in {directory}, about {_hours(left / RECORDING_BYTES_PER_S)} of 720p video"
    fix = "make room, or record to another disk with --output"
    if left < DISK_PROBLEM_BYTES:
        return problem("disk", text, fix)
    return warning("disk", text, fix) if left < DISK_WARNING_BYTES else ok("disk", text)


def check_shared_memory(
    directory: Path = Path("/dev/shm"), free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free
) -> Check:
    """Tell whether large pictures can go through shared memory; without, the local engine is slower, not broken."""
    name = "shared memory"
    if not directory.is_dir():
        return warning(name, f"{directory} is missing: raw pictures take twice as long on the local engine")
    left = free(directory)
    text = f"{_size(left)} free in {directory}"
    if left < SHM_BYTES:
        fix = f"give it {_size(SHM_BYTES)} or more (docker run --shm-size=256m), or remove stale *.zenoh files in it"
        return warning(name, f"{text}: raw pictures take twice as long on the local engine", fix)
    return ok(name, text)


def check_clock(
    now_s: Callable[[], float] = time.time,
    monotonic_s: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Check:
    """Tell whether the date is believable (tokens need it) and how late a short sleep ends (pacing needs that)."""
    date = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now_s()))
    if now_s() < OLDEST_CLOCK_S:
        return problem(
            "clock", f"it says {date}, that is long past", "set the clock: tokens are refused by a wrong one"
        )
    late = []
    for _ in range(11):
        start = monotonic_s()
        sleep(SLEEP_S)
        late.append(monotonic_s() - start - SLEEP_S)
    late_s = statistics.median(late)
    text = f"{date}, a sleep ends {late_s * 1000:.2f} ms late"
    if late_s > LATE_S:
        return warning("clock", text, "the machine is overloaded or throttled: media will be sent unevenly")
    return ok("clock", text)


def _size(count: int) -> str:
    """Return a size with at least two digits of precision: 100 MiB, 1.5 GiB."""
    power = max((count.bit_length() - 1) // 10, 0)
    unit = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")[min(power, 5)]
    value = count / (1 << 10 * min(power, 5))
    return f"{value:.0f} {unit}" if value >= 10 or not power else f"{value:.1f} {unit}"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.0f} h" if seconds >= 7200 else f"{seconds / 60:.0f} min"
