"""rtm/limits.py: each limit at its edge, with Agora's number."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.errors import AgoraError
from agora_cli.rtm import limits
from tests.rtm_numbers import number_of


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (lambda: limits.check_user(""), -10006),
        (lambda: limits.check_user("x" * 65), -10006),
        (lambda: limits.check_user("a\0b"), -10006),
        (lambda: limits.check_user("ü"), -10006),
        (lambda: limits.check_user("\udcff"), -10006),
        (lambda: limits.check_message_channel(""), -10008),
        (lambda: limits.check_message_channel("x" * 64), -10008),
        (lambda: limits.check_message_channel("a\0b"), -10008),
        (lambda: limits.check_message_channel("a/b"), -10008),
        (lambda: limits.check_message_channel("\udcff"), -10008),
        (lambda: limits.check_message(b""), -11009),
        (lambda: limits.check_message(bytes(32769)), -11010),
        (lambda: limits.check_metadata({"": "v"}), -12009),
        (lambda: limits.check_metadata({"k" * 33: "v"}), -12011),
        (lambda: limits.check_metadata({"k": "v" * 8193}), -12012),
        (lambda: limits.check_states({str(i): "" for i in range(33)}), -13005),
        (lambda: limits.check_states({"a\0": ""}), -13006),
        (lambda: limits.check_states({"k": "v" * 257}), -13009),
        (lambda: limits.check_lock("", 10), -14005),
        (lambda: limits.check_lock("l" * 33, 10), -14005),
        (lambda: limits.check_lock("l", 0.5), -10014),
        (lambda: limits.check_lock("l", 301), -10014),
    ],
)
def test_beyond_a_limit(check: Callable[[], object], number: int) -> None:
    with pytest.raises(AgoraError) as caught:
        check()
    assert number_of(caught.value) == number


def test_at_the_limits() -> None:
    assert limits.check_user("x" * 64) == "x" * 64
    assert limits.check_message_channel("x" * 63) == "x" * 63
    assert limits.check_message(bytes(32768)) == bytes(32768)
    limits.check_metadata({"k" * 32: "v" * 8192})
    limits.check_states({str(i): "v" * 256 for i in range(32)})
    limits.check_lock("l" * 32, 300)


@given(st.lists(st.integers(0, 400_000), max_size=60), st.integers(1, 5))
def test_never_more_than_the_rate_in_any_second(gaps_us: list[int], per_second: int) -> None:
    limit = limits.RateLimit(per_second)
    now_us = 0
    sent: list[int] = []
    for gap_us in gaps_us:
        now_us += gap_us
        now_us += limit.wait_us(now_us)
        assert limit.wait_us(now_us) == 0
        limit.count(now_us)
        sent.append(now_us)
    for end in sent:
        assert sum(end - 1_000_000 < each <= end for each in sent) <= per_second


def test_the_rate_limit_does_not_wait_without_need() -> None:
    limit = limits.RateLimit(2)
    limit.count(0)
    limit.count(0)
    assert limit.wait_us(1) == 999_999
    assert limit.wait_us(1_000_000) == 0
