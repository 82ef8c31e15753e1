"""interrupts.py: a signal ends the work cleanly, and what it cuts short is no fault of the input."""

import os
import signal
from collections.abc import Iterator

import pytest

from agora_cli.errors import Exit, InputError, StoppedError
from agora_cli.terminal.interrupts import SignalStop, cut_short, leave_on_signals, stoppable


@pytest.fixture
def own_handlers() -> Iterator[None]:
    """Put the handlers of the test runner back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_fault_of_the_input_stays_one() -> None:
    with pytest.raises(InputError, match="stdin is empty"), cut_short(SignalStop()):
        raise InputError("empty-file", "stdin is empty")


@pytest.mark.parametrize(("number", "code"), [(1, 129), (2, 130), (15, 143)])
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_only_asks_for_the_end(number: int, own_handlers: None) -> None:
    with stoppable() as stop:
        assert stop.exit_code == Exit.OK
        os.kill(os.getpid(), number)
        assert stop.is_set()
        assert stop.exit_code == Exit(128 + number)


def test_a_terminal_that_goes_away_twice_is_not_impatience(own_handlers: None) -> None:
    # The kernel tells the foreground, and the shell its jobs: a file that is being finished must not be cut.
    with stoppable() as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)
        assert stop.exit_code == Exit.HUNG_UP
    with stoppable() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGHUP)
        assert stop.exit_code == Exit.TERMINATED


def test_under_nohup_a_hangup_stays_ignored(own_handlers: None) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    leave_on_signals(json_output=False)
    with stoppable() as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        assert not stop.is_set()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
