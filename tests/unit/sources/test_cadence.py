from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from agora_cli.sources.cadence import Cadence

NTSC = Fraction(30000, 1001)


def test_no_rounding_adds_up() -> None:
    cadence = Cadence(NTSC)
    times = [cadence.next_us() for _ in range(30 * 3600)]
    assert times[:3] == [0, 33366, 66733]
    assert times[-1] == int(Fraction(30 * 3600 - 1) * 1_000_000 / NTSC)


def test_a_fast_live_source_is_slowed_down_to_the_rate() -> None:
    cadence = Cadence(Fraction(10))
    assert [cadence.next_us(7_000_000 + n) for n in range(4)] == [0, 100_000, 200_000, 300_000]


def test_a_pause_of_a_live_source_stays_a_pause() -> None:
    cadence = Cadence(Fraction(10))
    arrivals = [5_000_000, 5_010_000, 7_000_000, 7_010_000, 7_300_000]
    assert [cadence.next_us(at_us) for at_us in arrivals] == [0, 100_000, 2_000_000, 2_100_000, 2_300_000]


@given(st.lists(st.integers(0, 500_000), max_size=50), st.sampled_from([NTSC, Fraction(1), Fraction(60)]))
def test_live_pictures_never_come_early_nor_closer_than_the_rate(gaps: list[int], rate: Fraction) -> None:
    cadence, at_us, last_us = Cadence(rate), 1_000, None
    for gap in gaps:
        at_us += gap
        pts_us = cadence.next_us(at_us)
        assert pts_us >= at_us - 1_000 - gaps[0]
        if last_us is not None:
            assert pts_us - last_us >= int(1_000_000 / rate)
        last_us = pts_us
