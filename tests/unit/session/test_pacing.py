"""media/pacing.py on a clock that the test owns: exact deadlines, lateness, stalls, stops."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.clock import Stop
from agora_cli.session.pacing import LATE_US, MAX_BEHIND_US, Pacer


class FakeClock:
    """A clock whose sleeps overshoot by a fixed amount."""

    def __init__(self, overshoot_us: int = 0) -> None:
        self.time_us = 1_000_000
        self.overshoot_us = overshoot_us

    def now_us(self) -> int:
        return self.time_us

    def sleep_us(self, duration_us: int) -> None:
        assert duration_us > 0
        self.time_us += duration_us + self.overshoot_us


@given(st.integers(0, 5000), st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 3), Fraction(30, 29)]))
def test_overshoot_never_adds_up(overshoot_us: int, speed: Fraction) -> None:
    clock = FakeClock(overshoot_us)
    pacer = Pacer(clock, speed)
    for number in range(200):
        send_us = int(number * Fraction(1_000_000 * 1001, 30_000))
        assert pacer.wait(send_us)
        exact_us = 1_000_000 + int(send_us / speed)
        assert exact_us <= clock.time_us <= exact_us + overshoot_us
    assert pacer.late == 0


def test_a_minute_of_29_97_does_not_drift() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    for number in range(1800):
        pacer.wait(int(number * Fraction(1_000_000 * 1001, 30_000)))
    assert clock.time_us - 1_000_000 == int(1799 * Fraction(1_000_000 * 1001, 30_000))


def test_late_units_are_counted_and_caught_up() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    pacer.wait(0)
    clock.time_us += 20_000 + LATE_US + 1
    pacer.wait(20_000)
    assert pacer.late == 1
    pacer.wait(50_000)
    assert clock.time_us == 1_050_000


def test_a_stall_moves_the_deadlines() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    pacer.wait(0)
    clock.time_us += 10_000 + MAX_BEHIND_US + 1
    stalled_us = clock.time_us
    pacer.wait(10_000)
    assert clock.time_us == stalled_us
    pacer.wait(20_000)
    assert clock.time_us == stalled_us + 10_000


def test_speed_zero_never_sleeps() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, Fraction(0))
    assert pacer.wait(0)
    assert pacer.wait(10**12)
    assert clock.time_us == 1_000_000


def test_a_stop_ends_the_wait_within_one_nap() -> None:
    stop = Stop()

    class Stopping(FakeClock):
        def sleep_us(self, duration_us: int) -> None:
            super().sleep_us(duration_us)
            stop.set()

    clock = Stopping()
    pacer = Pacer(clock, stop=stop)
    pacer.wait(0)
    assert not pacer.wait(10_000_000)
    assert clock.time_us < 1_100_000


def test_negative_speed_is_refused() -> None:
    with pytest.raises(ValueError, match="speed must be 0 or more, got -1"):
        Pacer(FakeClock(), Fraction(-1))


def test_ahead_of_time_nothing_is_late_and_nothing_drifts() -> None:
    clock = FakeClock(overshoot_us=100)
    pacer = Pacer(clock, ahead_us=150_000)
    times = []
    for number in range(100):
        assert pacer.wait(number * 10_000)
        times.append(clock.time_us - 1_000_000)
    assert times[:16] == [0] * 16
    assert all(0 <= at - (number * 10_000 - 150_000) <= 100 for number, at in enumerate(times) if number > 15)
    assert pacer.late == 0


def test_ahead_of_time_lateness_still_counts_from_the_moment_itself() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, ahead_us=150_000)
    pacer.wait(0)
    clock.time_us += 100_000 + LATE_US
    pacer.wait(100_000)
    assert pacer.late == 0
    clock.time_us += 1
    pacer.wait(100_000)
    assert pacer.late == 1
