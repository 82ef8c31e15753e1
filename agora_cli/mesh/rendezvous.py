"""How processes of one user find each other: one private directory a namespace, one unix socket a process.

A process announces itself by `<pid>-<random>.ep`, the socket on which zenoh listens. It lives as long as zenoh
holds a lock on `<...>.ep.lock`, so the kernel tells the dead from the living, after kill -9 too. Whoever joins
holds `open.lck` while it lists the living, connects to every one of them and starts to listen: two newcomers can
never miss each other.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from agora_cli.errors import NetworkError
from agora_cli.mesh.directory import check_private, meeting_path

# An open takes 0.5 s while a peer hangs or dies under it, and newcomers queue: 50 at once need 25 s at worst.
JOIN_TIMEOUT_S = 60.0
LEAVE_TIMEOUT_S = 0.1
_POLL_S = 0.005


def namespace_directories(runtime_dir: Path) -> list[Path]:
    """Return the directories of the namespaces in which a process lives, none of them changed.

    Raises RefusedError when `runtime_dir` is not ours alone.
    """
    if not runtime_dir.exists():
        return []
    check_private(runtime_dir)
    return [path for path in sorted(runtime_dir.iterdir()) if any(map(_is_alive, meeting_path(path).glob("*.ep")))]


@contextmanager
def joining(directory: Path, timeout_s: float = JOIN_TIMEOUT_S) -> Iterator[None]:
    """Hold the namespace's lock. Raises NetworkError when another process keeps it for `timeout_s`."""
    lock = directory / "open.lck"
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + timeout_s
        while not _lock(descriptor):
            if time.monotonic() >= deadline:
                raise NetworkError(
                    "local-channel-busy",
                    f"another process has been joining for {timeout_s:g} s and holds {lock}",
                    hint=f"it may be stopped; find it with: fuser {lock}",
                )
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True, order=True)
class Announcement:
    """One process of the namespace: the socket on which it listens."""

    path: Path

    @property
    def endpoint(self) -> str:
        """Return zenoh's name of the socket."""
        return f"unixsock-stream/{self.path}"

    @property
    def name(self) -> str:
        """Return what tells this process from every other of the namespace: `<pid>-<random>`."""
        return self.path.name.removesuffix(".ep")

    @property
    def pid(self) -> int:
        """Return the process; 0 for a file that was not made by us."""
        digits = self.name.partition("-")[0]
        return int(digits) if digits.isascii() and digits.isdigit() else 0

    @property
    def is_stopped(self) -> bool:
        """Tell whether the kernel has stopped the process (SIGSTOP, a debugger); False where it does not say."""
        try:
            status = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return status.rpartition(")")[2].split()[0] in ("T", "t")

    def retire(self) -> None:
        """Let no newcomer choose us, and wait 0.1 s at most for one that has and is still connecting.

        A newcomer that connects to who is gone a moment later waits 0.5 s for it, and all behind it in the queue.
        """
        _left_path(self.path).touch()
        with suppress(NetworkError), joining(self.path.parent, LEAVE_TIMEOUT_S):
            pass

    def withdraw(self) -> None:
        """Remove the files of the entry."""
        for file in (self.path, _lock_path(self.path), _left_path(self.path)):
            file.unlink(missing_ok=True)


def live_entries(directory: Path) -> list[Announcement]:
    """Return every process that lives and stays; remove what dead ones left.

    Call it inside joining().
    """
    entries = []
    for path in sorted(directory.glob("*.ep")):
        if not _is_alive(path):
            Announcement(path).withdraw()
        elif not _left_path(path).exists():
            entries.append(Announcement(path))
    return entries


def new_entry(directory: Path) -> Announcement:
    """Choose where this process listens; zenoh makes the socket."""
    return Announcement(directory / f"{os.getpid()}-{secrets.token_hex(4)}.ep")


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _left_path(path: Path) -> Path:
    return path.with_name(path.name + ".left")


def _is_alive(path: Path) -> bool:
    try:
        descriptor = os.open(_lock_path(path), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False  # it is closing, or was killed while it did
    try:
        return not _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
