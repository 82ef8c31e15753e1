"""The door to the files of a recording: what is there already is never written over, followed or shared.

A file is made with O_EXCL, so whatever has its name (an earlier recording, another recorder's file, a symbolic link,
dangling or not) is passed over and the next number tried: two recorders in one folder, two channels whose names run
together, and two users on a file system without upper case can share no file. Each file is locked while it is
written, so that `overwrite` replaces what an earlier run left and nothing that grows.
"""

import errno
import fcntl
import io
import os
import select
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agora_cli.clock import Stop

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_POLL_MS = 50
# How long after the wish to end a pipe's reader may take nothing before the rest is given up.
_PATIENCE_POLLS = 40
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_THERE = os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_PIPE = os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC
# What a file system without hard links answers.
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class OutputFile(io.FileIO):
    """An open file that write() fills whole or raises OSError for. It is unbuffered and not read.

    A pipe whose reader takes nothing is waited for, and given up (ETIMEDOUT) 2 s after `stop` was set.
    """

    def __init__(self, path: Path, descriptor: int, stop: Stop) -> None:
        super().__init__(str(path), "w", opener=lambda name, flags: descriptor)
        self.path = path
        self._stop = stop

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write all bytes and return how many."""
        view = memoryview(data).cast("B")
        done = 0
        while done < len(view):
            count = super().write(view[done:])
            if count is None:
                self._wait()
            else:
                done += count
        return done

    def discard(self) -> None:
        """Close the file and remove it, unless it is a pipe or a device."""
        with suppress(OSError):
            self.close()
        if not is_special(self.path):
            self.path.unlink(missing_ok=True)

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self.fileno(), select.POLLOUT)
        patience = _PATIENCE_POLLS
        while not poll.poll(_POLL_MS):
            patience -= self._stop.is_set()
            if not patience:
                raise OSError(errno.ETIMEDOUT, "its reader takes nothing", str(self.path))


class Outlet:
    """Where one recording makes its files; `passed_over` are the paths that were taken by others.

    With `overwrite` a regular file of an earlier run is replaced; a file of this run, one that another recorder
    writes, and a symbolic link never are. Every method raises OSError when the disk does.
    """

    def __init__(self, overwrite: bool = False, stop: Stop | None = None) -> None:
        self.passed_over: list[Path] = []
        self._overwrite = overwrite
        self._stop = stop or Stop()
        self._made: set[tuple[int, int]] = set()
        self._pipe: tuple[Path, int] | None = None

    def wait_for_reader(self, path: Path) -> bool:
        """Open a named pipe once it has a reader; False when `stop` was set before. A blocking open cannot be ended."""
        poll = select.poll()
        while not self._stop.is_set():
            descriptor = _open_pipe(path)
            if descriptor is not None:
                self._pipe = path, descriptor
                return True
            poll.poll(_POLL_MS)
        return False

    def create(self, names: Callable[[], Path]) -> OutputFile:
        """Return a new file at the first of `names` that is free; they must not end."""
        while True:
            path = names()
            descriptor = self._open(path)
            if descriptor is not None:
                found = os.fstat(descriptor)
                if stat.S_ISREG(found.st_mode):
                    self._made.add((found.st_dev, found.st_ino))
                    os.ftruncate(descriptor, 0)
                return OutputFile(path, descriptor, self._stop)
            self.passed_over.append(path)

    def publish(self, names: Callable[[], Path], data: bytes) -> Path:
        """Put a whole file at the first of `names` that is free: nobody who watches the directory sees half of it."""
        path = names()
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            partial.unlink(missing_ok=True)
            with partial.open("xb") as file:
                file.write(data)
            while not self._place(partial, path):
                self.passed_over.append(path)
                path = names()
            found = path.stat()
            self._made.add((found.st_dev, found.st_ino))
        finally:
            partial.unlink(missing_ok=True)
        return path

    def close(self) -> None:
        """Close the pipe that no file wanted, so that its reader sees the end."""
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            os.close(pipe[1])

    def _open(self, path: Path) -> int | None:
        if self._pipe is not None and self._pipe[0] == path:
            descriptor, self._pipe = self._pipe[1], None
            return descriptor
        if is_special(path):
            return _open_pipe(path)
        try:
            return _locked(os.open(path, _NEW, 0o666))
        except FileExistsError:
            return self._reopen(path) if self._overwrite else None

    def _reopen(self, path: Path) -> int | None:
        try:
            descriptor = os.open(path, _THERE)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
                return None
            raise
        found = os.fstat(descriptor)
        if (found.st_dev, found.st_ino) in self._made or not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            return None
        return _locked(descriptor)

    def _place(self, partial: Path, path: Path) -> bool:
        try:
            os.link(partial, path)
            return True
        except FileExistsError:
            pass
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
        descriptor = self._open(path)
        if descriptor is None:
            return False
        os.close(descriptor)
        partial.replace(path)
        return True


def is_special(path: Path) -> bool:
    """Tell whether a path leads to something that can be written and holds nothing: a pipe, a device."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _open_pipe(path: Path) -> int | None:
    """Return a pipe or device open for writing, None while nobody reads: waiting would stop everybody's recording."""
    try:
        return os.open(path, _PIPE)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return None


def _locked(descriptor: int) -> int | None:
    """Return the descriptor of a file that is now ours, None (and closed) when another recorder has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:  # a file system without locks; the name is ours all the same
        pass
    return descriptor
