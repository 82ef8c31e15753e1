"""sources/container/extent.py"""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from agora_cli.sources.container.extent import Extent


def test_nothing_has_no_ends() -> None:
    assert (Extent().start, Extent().end) == (None, None)


@given(st.lists(st.tuples(st.integers(-100, 100), st.integers(0, 50)), min_size=1))
def test_the_earliest_begin_and_the_latest_end(pieces: list[tuple[int, int]]) -> None:
    extent = Extent(Fraction(1, 90))
    for ticks, duration in pieces:
        extent.cover(ticks, duration)
    assert extent.start == Fraction(min(ticks for ticks, _ in pieces), 90)
    assert extent.end == Fraction(max(ticks + duration for ticks, duration in pieces), 90)
