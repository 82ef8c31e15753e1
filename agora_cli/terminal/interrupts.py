"""Ctrl-C, SIGTERM and SIGHUP: the first ends the work cleanly, a second Ctrl-C or SIGTERM ends the process at once.

A hangup comes twice when a terminal goes (from the kernel and from the shell), and beside SIGTERM at a shutdown: a
second one of those hurries nobody. Started under nohup it stays ignored.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from agora_cli.clock import Stop
from agora_cli.errors import InputError, StoppedError


def _signals() -> list[signal.Signals]:
    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return [*([] if ignored else [signal.SIGHUP]), signal.SIGINT, signal.SIGTERM]


class SignalStop(Stop):
    """A stop that knows which signal asked for it."""

    def __init__(self) -> None:
        super().__init__()
        self.signal: int | None = None

    @property
    def exit_code(self) -> int:
        """Return 0 when no signal came, else 128 + its number (129 for SIGHUP, 130 for Ctrl-C, 143 for SIGTERM)."""
        return 0 if self.signal is None else 128 + self.signal


def leave_on_signals(json_output: bool) -> None:
    """Let Ctrl-C, SIGTERM and SIGHUP end the process at once until a command has something to finish (`stoppable`).

    Python's own way, an exception, is lost where it is raised inside the import system's callbacks ("Exception
    ignored in ..."), and the command would go on to its end. With --json the one document is written first.
    """

    def on_signal(number: int, _: FrameType | None) -> None:
        if json_output:
            error = StoppedError(128 + number)
            body = {"code": error.code, "exit": int(error.exit), "message": error.message}
            os.write(sys.stdout.fileno(), json.dumps({"ok": False, "error": body}).encode() + b"\n")
        _leave(number, None)

    for number in _signals():
        signal.signal(number, on_signal)


def _leave(number: int, _: FrameType | None) -> None:
    os._exit(128 + number)


@contextmanager
def cut_short(stop: SignalStop) -> Iterator[None]:
    """Raise StoppedError for a fault of an input that a signal cut short: what did not come is no fault of it."""
    try:
        yield
    except InputError as error:
        if not stop.is_set():
            raise
        raise StoppedError(stop.exit_code) from error


@contextmanager
def stoppable() -> Iterator[SignalStop]:
    """Give a stop that Ctrl-C, SIGTERM and SIGHUP set, while the block runs."""
    stop = SignalStop()

    def on_signal(number: int, _: FrameType | None) -> None:
        if not stop.is_set():
            stop.signal = number
            stop.set()
        elif number != signal.SIGHUP:
            os._exit(128 + number)

    before = {number: signal.signal(number, on_signal) for number in _signals()}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            # What there was to say has been said by now: no second document.
            signal.signal(number, _leave if getattr(handler, "__module__", "") == __name__ else handler)
