"""Standard streams whose failures mean one thing, whoever writes: us, Typer, Rich, or the interpreter's last flush.

An OSError of a write does not say which file it was, and each library treats it in a way of its own. Here a
stdout that takes no more is an InputError, once; what stderr does not take is given up, as the exit code still
tells. Neither can make the interpreter's last flush fail (exit code 120).
"""

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Stdout(io.FileIO):
    """Descriptor 1. The first write that fails raises InputError; after that everything is given up."""

    def __init__(self) -> None:
        super().__init__(1, "w", closefd=False)
        self._failed = False

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write some bytes and return how many."""
        if self._failed:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except OSError as error:
            from agora_cli.errors import InputError

            self._failed = True
            if isinstance(error, BrokenPipeError):
                raise InputError("stdout-closed", "stdout was closed by its reader") from error
            raise InputError("stdout-failed", f"stdout cannot be written: {error.strerror}") from error


class Stderr(io.FileIO):
    """Descriptor 2. What it does not take is given up."""

    def __init__(self) -> None:
        super().__init__(2, "w", closefd=False)

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write some bytes and return how many; all of them when it fails."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def install() -> None:
    """Put these in the place of sys.stdout and sys.stderr."""
    _fill_closed_descriptors()
    sys.stdin = sys.stdin or os.fdopen(0)
    for name, raw in (("stdout", Stdout()), ("stderr", Stderr())):
        before = getattr(sys, name)
        encoding, errors = (before.encoding, before.errors) if before else ("utf-8", "backslashreplace")
        line_buffering = name == "stderr" or raw.isatty()
        setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors, None, line_buffering))


def _fill_closed_descriptors() -> None:
    """Open what the caller left closed of descriptors 0 to 2, the wrong way round: each use of it fails.

    Otherwise the next file opened would get its number, and messages would go into a recording.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if number else os.O_WRONLY)  # takes the lowest number that is free
