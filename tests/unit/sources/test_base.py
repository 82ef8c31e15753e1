from fractions import Fraction

import pytest

from agora_cli.sources.base import Excerpt


@pytest.mark.parametrize(
    ("excerpt", "length_s", "total_us"),
    [
        (Excerpt(), Fraction(3), 3_000_000),
        (Excerpt(2, Fraction(1)), Fraction(3), 4_000_000),
        (Excerpt(1, Fraction(5)), Fraction(3), 0),
        (Excerpt(0), Fraction(3), None),
        (Excerpt(), None, None),
    ],
)
def test_how_long_all_runs_last(excerpt: Excerpt, length_s: Fraction | None, total_us: int | None) -> None:
    assert excerpt.total_us(length_s) == total_us
