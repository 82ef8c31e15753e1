"""diagnostics/machine.py: each threshold, from both sides."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agora_cli.commands.doctor.machine import check_clock, check_disk, check_python, check_shared_memory

NOW_S = 1_790_000_000.0


def having(count: int) -> Callable[[Path], int]:
    return lambda _: count


@pytest.mark.parametrize(("version", "status"), [((3, 9, 19), "problem"), ((3, 10, 0), "ok"), ((3, 13, 1), "ok")])
def test_python(version: tuple[int, ...], status: str) -> None:
    check = check_python(version)
    assert check.status == status
    assert check.detail.startswith(".".join(map(str, version)))


@pytest.mark.parametrize(
    ("free", "status", "words"),
    [
        (50 << 20, "problem", "50 MiB free in /data, about 3 min of 720p video"),
        (500 << 20, "warning", "500 MiB free in /data, about 32 min of 720p video"),
        (20 << 30, "ok", "20 GiB free in /data, about 22 h of 720p video"),
        (3 << 29, "ok", "1.5 GiB free in /data, about 98 min of 720p video"),
        (0, "problem", "0 B free"),
    ],
)
def test_disk(free: int, status: str, words: str) -> None:
    check = check_disk(Path("/data"), having(free))
    assert check.status == status
    assert words in check.detail
    assert (check.fix is None) is (status == "ok")


def test_shared_memory(tmp_path: Path) -> None:
    assert check_shared_memory(tmp_path, having(64 << 20)).status == "ok"
    small = check_shared_memory(tmp_path, having((64 << 20) - 1))
    assert small.status == "warning"
    assert "--shm-size" in (small.fix or "")
    assert "is missing" in check_shared_memory(tmp_path / "none").detail


class Clock:
    """Time that passes in sleeps only, each `late_s` longer than asked."""

    def __init__(self, late_s: float) -> None:
        self.now_s = 0.0
        self.late_s = late_s

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds + self.late_s


@pytest.mark.parametrize(
    ("now_s", "late_s", "status", "words"),
    [
        (NOW_S, 0.0001, "ok", "a sleep ends 0.10 ms late"),
        (NOW_S, 0.02, "warning", "a sleep ends 20.00 ms late"),
        (0.0, 0.0, "problem", "it says 1970-01-01 00:00:00 UTC, that is long past"),
    ],
)
def test_clock(now_s: float, late_s: float, status: str, words: str) -> None:
    clock = Clock(late_s)
    check = check_clock(lambda: now_s, clock.monotonic, clock.sleep)
    assert check.status == status
    assert words in check.detail
