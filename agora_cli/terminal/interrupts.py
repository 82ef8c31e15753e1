"""Ctrl-C and SIGTERM: the first ends the work cleanly, the second ends the process at once."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from agora_cli.clock import Stop
from agora_cli.errors import InputError, StoppedError

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class SignalStop(Stop):
    """A stop that knows which signal asked for it."""

    def __init__(self) -> None:
        super().__init__()
        self.signal: int | None = None

    @property
    def exit_code(self) -> int:
        """Return 0 when no signal came, else 128 + its number (130 for Ctrl-C, 143 for SIGTERM)."""
        return 0 if self.signal is None else 128 + self.signal


def leave_on_signals(json_output: bool) -> None:
    """Let Ctrl-C and SIGTERM end the process at once until a command has something to finish (`stoppable`).

    Python's own way, an exception, is lost where it is raised inside the import system's callbacks ("Exception
    ignored in ..."), and the command would go on to its end. With --json the one document is written first.
    """

    def on_signal(number: int, _: FrameType | None) -> None:
        if json_output:
            error = StoppedError(128 + number)
            body = {"code": error.code, "exit": int(error.exit), "message": error.message}
            os.write(sys.stdout.fileno(), json.dumps({"ok": False, "error": body}).encode() + b"\n")
        _leave(number, None)

    for number in _SIGNALS:
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
    """Give a stop that Ctrl-C and SIGTERM set, while the block runs."""
    stop = SignalStop()

    def on_signal(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.signal = number
        stop.set()

    before = [signal.signal(number, on_signal) for number in _SIGNALS]
    try:
        yield stop
    finally:
        for number, handler in zip(_SIGNALS, before, strict=True):
            # What there was to say has been said by now: no second document.
            signal.signal(number, _leave if getattr(handler, "__module__", "") == __name__ else handler)
