"""interrupts.py: what a signal cuts short is no fault of the input."""

import pytest

from agora_cli.errors import InputError, StoppedError
from agora_cli.terminal.interrupts import SignalStop, cut_short


def test_a_fault_of_the_input_stays_one() -> None:
    with pytest.raises(InputError, match="stdin is empty"), cut_short(SignalStop()):
        raise InputError("empty-file", "stdin is empty")


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143)])
def test_a_stop_is_no_fault_and_has_the_signals_exit_code(number: int, code: int) -> None:
    stop = SignalStop()
    stop.signal = number
    stop.set()
    with pytest.raises(StoppedError) as caught, cut_short(stop):
        raise InputError("empty-file", "stdin is empty")
    assert caught.value.exit == code


def test_nothing_happens_where_nothing_is_wrong() -> None:
    with cut_short(SignalStop()):
        pass
