"""Read a file or a live pipe in pieces, and peek at its start."""

import os
import select
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from agora_cli.clock import Stop
from agora_cli.errors import InputError

CHUNK_BYTES = 64 * 1024
POLL_S = 0.1
STDIN_NAME = "stdin"


class ByteInput:
    """A readable file descriptor that a stop can interrupt while it waits for a silent pipe.

    `name` is what messages call it. Also a minimal binary file object (read), as PyAV takes one.
    """

    def __init__(self, descriptor: int, name: str, stop: Stop, owned: bool) -> None:
        self.name = name
        self._descriptor = descriptor
        self._stop = stop
        self._owned = owned
        self._peeked = b""

    @property
    def is_file(self) -> bool:
        """Tell whether this is a regular file, so that it has a size and can be opened again."""
        return self.name != STDIN_NAME and Path(self.name).is_file()

    @property
    def size(self) -> int | None:
        """Return the bytes of a regular file, None for a pipe."""
        return Path(self.name).stat().st_size if self.is_file else None

    def peek(self, size: int) -> bytes:
        """Return up to `size` first bytes without consuming them; fewer only at the end of the input."""
        while len(self._peeked) < size and (chunk := self._read_some(size - len(self._peeked))):
            self._peeked += chunk
        return self._peeked[:size]

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """Return what is there, at least one byte and at most `size`; b"" at the end or on a stop."""
        if self._peeked:
            chunk, self._peeked = self._peeked[:size], self._peeked[size:]
            return chunk
        return self._read_some(size)

    def chunks(self) -> Iterator[bytes]:
        """Yield the rest as it comes."""
        while chunk := self.read():
            yield chunk

    def close(self) -> None:
        """Close what open_input() opened; standard input stays open."""
        if self._owned:
            self._owned = False
            os.close(self._descriptor)

    def __enter__(self) -> "ByteInput":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _read_some(self, size: int) -> bytes:
        try:
            while not self._stop.is_set():
                if select.select([self._descriptor], [], [], POLL_S)[0]:
                    return os.read(self._descriptor, size)
        except BlockingIOError:  # another reader of the same pipe was faster
            return self._read_some(size)
        except OSError as error:
            raise InputError("read-failed", f"{self.name}: {error.strerror}") from error
        return b""


def open_input(path: str, stop: Stop) -> ByteInput:
    """Open a file, a FIFO, or standard input for `-`.

    Raises InputError for what is missing, a directory or unreadable.
    """
    if path == "-":
        return ByteInput(0, STDIN_NAME, stop, owned=False)
    if not path:
        raise InputError("file-not-found", "the name of the input file is empty")
    if Path(path).is_dir():
        raise InputError("is-directory", f"{path} is a directory, expected a file")
    try:
        # Without O_NONBLOCK the open of a FIFO waits for its writer, and no stop could end that.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise InputError("file-not-found", f"{path}: no such file") from None
    except OSError as error:
        raise InputError("file-unreadable", f"{path}: {error.strerror}") from error
    return ByteInput(descriptor, path, stop, owned=True)
