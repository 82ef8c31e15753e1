"""media/tick_clock.py: exact times, wraps and carelessness."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.sources.container.clock import TickClock


@given(st.integers(-(2**40), 2**40), st.integers(1, 10**6), st.integers(1, 10**6), st.integers(-(10**12), 10**12))
def test_times_are_rounded_down_once(ticks: int, numerator: int, denominator: int, shift_us: int) -> None:
    base = Fraction(numerator, denominator)
    assert TickClock(base, shift_us).us(ticks) == (ticks * base * 1_000_000) // 1 + shift_us


def test_a_day_of_29_97_is_exact() -> None:
    clock = TickClock(Fraction(1, 30_000), 0)
    pictures = 24 * 3600 * 30_000 // 1001
    assert clock.us(pictures * 1001) == pictures * 1001 * 1_000_000 // 30_000


@pytest.mark.parametrize("bits", [16, 32, 33])
@given(steps=st.lists(st.integers(1, 3000), min_size=1, max_size=60))
def test_a_clock_that_wraps_goes_on(bits: int, steps: list[int]) -> None:
    """The step over the wrap is not known: the one before it is taken, so only that one may be off."""
    clock = TickClock(Fraction(1, 1000), 0)
    true = 2**bits - 20_000
    last = 0
    for step in steps:
        ticks, correction = clock.continued(true % 2**bits, 40)
        assert ticks == true % 2**bits + correction
        assert ticks >= last
        assert bool(correction) == (true >= 2**bits)
        last = ticks
        true += step


def test_equal_steps_over_a_wrap_leave_no_trace() -> None:
    clock = TickClock(Fraction(1, 1000), 0)
    times = [clock.continued((65_000 + 40 * n) % 65_536, 40)[0] for n in range(4000)]
    assert times == [65_000 + 40 * n for n in range(4000)]


def test_times_that_go_back_a_little_are_held() -> None:
    clock = TickClock(Fraction(1, 1000), 0)
    assert [clock.continued(ticks, 40) for ticks in (0, 40, 30, 80)] == [(0, 0), (40, 0), (40, 0), (80, 0)]


def test_missing_times_are_counted_on() -> None:
    clock = TickClock(Fraction(1, 1000), 0)
    assert [clock.continued(ticks, 20)[0] for ticks in (None, None, 100, None)] == [0, 20, 100, 120]
    bare = TickClock(Fraction(1, 1000), 0)
    assert [bare.continued(None, 0)[0] for _ in range(3)] == [0, 1, 2]
