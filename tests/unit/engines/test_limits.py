import pytest

from agora_cli.engines.limits import BURST_S, MOST_SENDERS, MessageLimits, MessageRates
from agora_cli.errors import InputError


@pytest.mark.parametrize("size", [0, 1025])
def test_the_size_is_114(size: int) -> None:
    with pytest.raises(InputError, match=f"of {size} bytes, expected 1 to 1024 .*114"):
        MessageLimits().admit(0, size)


def test_60_a_second_and_not_one_more() -> None:
    limits = MessageLimits()
    for number in range(60):
        limits.admit(number * 1000, 1)
    with pytest.raises(InputError, match="message 61 of this second.*115"):
        limits.admit(999_999, 1)
    limits.admit(1_000_000, 1)
    with pytest.raises(InputError, match="115"):
        limits.admit(1_000_999, 1)
    limits.admit(1_001_000, 1)


def test_30_kilobytes_a_second_and_not_one_byte_more() -> None:
    limits = MessageLimits()
    for _ in range(30):
        limits.admit(0, 1024)
    with pytest.raises(InputError, match="30721 bytes in it; expected at most 60 and 30720"):
        limits.admit(999_999, 1)
    limits.admit(1_000_000, 1024)


def test_a_refused_message_does_not_count() -> None:
    limits = MessageLimits()
    for _ in range(29):
        limits.admit(0, 1024)
    limits.admit(0, 1000)
    with pytest.raises(InputError):
        limits.admit(0, 100)
    limits.admit(0, 24)


def test_a_sender_that_keeps_the_limits_is_always_heard() -> None:
    rates = MessageRates()
    for number in range(60 * 200):
        rates.admit("7", number * 1_000_000 // 60, 512)


def test_what_waited_while_we_stood_still_is_heard_at_once_and_no_more() -> None:
    rates = MessageRates()
    for _ in range(BURST_S * 60):
        rates.admit("7", 0, 100)
    with pytest.raises(InputError, match="user 7 sends more than 60 messages a second"):
        rates.admit("7", 0, 100)
    rates.admit("8", 0, 100)  # nobody else pays for it
    rates.admit("7", 1_000_000, 100)


def test_bytes_count_too() -> None:
    rates = MessageRates()
    for _ in range(BURST_S * 30):
        rates.admit("7", 0, 1024)
    with pytest.raises(InputError, match="user 7"):
        rates.admit("7", 0, 1024)


def test_forged_senders_fill_no_memory() -> None:
    rates = MessageRates()
    for number in range(MOST_SENDERS + 10):
        rates.admit(str(number), 0, 1)
    assert len(rates._buckets) == MOST_SENDERS
