"""rtm/failures.py: numbers, exit codes, and back."""

import pytest

from agora_cli.errors import Exit, UsageError
from agora_cli.rtm.failures import RtmError, failure
from tests.rtm_numbers import number_of


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [
        (-10003, Exit.REFUSED),
        (-10005, Exit.REFUSED),
        (-10006, Exit.USAGE),
        (-10008, Exit.USAGE),
        (-10009, Exit.REFUSED),
        (-10011, Exit.NETWORK),
        (-10012, Exit.REFUSED),
        (-10015, Exit.REFUSED),
        (-11010, Exit.INPUT),
        (-11025, Exit.NETWORK),
        (-11033, Exit.EXPECTATION),
        (-12014, Exit.EXPECTATION),
        (-10022, Exit.UNAVAILABLE),
        (-99999, Exit.NETWORK),
    ],
)
def test_a_number_decides_the_exit_code(number: int, exit_code: Exit) -> None:
    assert failure(number, "x").exit == exit_code


def test_the_number_is_in_code_and_message() -> None:
    error = failure(RtmError.MESSAGE_TOO_LONG, "too long", "shorten it")
    assert (error.code, error.message, error.hint) == ("rtm-11010", "too long (RTM error -11010)", "shorten it")


def test_numbers_come_back() -> None:
    assert {number_of(failure(number, "")) for number in RtmError} == set(RtmError)
    assert number_of(UsageError("rtm-text", "")) is None
    assert number_of(UsageError("usage", "")) is None
