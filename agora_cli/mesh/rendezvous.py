"""How processes of one user find each other: one private directory a namespace, one file a process.

A process announces itself by `<pid>-<random>.ep`: the unix socket on which zenoh listens or, where the
path is too long for a socket (sun_path), a text file that holds a loopback TCP endpoint. It lives as long
as `<...>.ep.lock` is flocked (by zenoh for a socket, by us for TCP), so the kernel tells the dead from the
living, after kill -9 too. Whoever joins holds `open.lck` while it lists the living, connects to every one
of them and starts to listen: two newcomers can never miss each other.
"""

import fcntl
import hashlib
import os
import secrets
import socket
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from agora_cli.errors import NetworkError, RefusedError

# An open takes 0.5 s while a peer hangs or dies under it, and newcomers queue: 50 at once need 25 s at worst.
JOIN_TIMEOUT_S = 60.0
LEAVE_TIMEOUT_S = 0.1
_POLL_S = 0.005
_SOCKET_PATH_MAX_BYTES = 103 if sys.platform == "darwin" else 107
# They separate the parts of a zenoh endpoint, or of a list of them.
_ENDPOINT_SYNTAX = frozenset("?#;,")


def default_runtime_dir(environ: Mapping[str, str]) -> Path:
    """Return where local channels of this user meet: $XDG_RUNTIME_DIR/agora, else /tmp/agora-<uid>."""
    base = environ.get("XDG_RUNTIME_DIR", "")
    return Path(base) / "agora" if Path(base).is_absolute() else Path(f"/tmp/agora-{os.getuid()}")


def namespace_hash(namespace: str) -> str:
    """Return the 12 hex digits that stand for a namespace in paths and keys."""
    return hashlib.sha256(namespace.encode()).hexdigest()[:12]


def namespace_directory(runtime_dir: Path, namespace: str) -> Path:
    """Return the directory of a namespace, made if need be, after checking that it is ours alone.

    Raises RefusedError when it, or `runtime_dir`, is a link, belongs to another user, or is open to others.
    """
    directory = runtime_dir / namespace_hash(namespace)
    runtime_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_private(runtime_dir)
    directory.mkdir(mode=0o700, exist_ok=True)
    _check_private(directory)
    return directory


def namespace_directories(runtime_dir: Path) -> list[Path]:
    """Return the directories of the namespaces in which a process lives, none of them changed.

    Raises RefusedError when `runtime_dir` is not ours alone.
    """
    if not runtime_dir.exists():
        return []
    _check_private(runtime_dir)
    return [path for path in sorted(runtime_dir.iterdir()) if any(map(_is_alive, path.glob("*.ep")))]


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


def live_endpoints(directory: Path) -> list[str]:
    """Return the zenoh endpoint of every process that lives and stays; remove what dead ones left.

    Call it inside joining().
    """
    endpoints = []
    for path in sorted(directory.glob("*.ep")):
        if not _is_alive(path):
            remove_endpoint(path)
        elif not _left_path(path).exists():
            endpoints.append(_read_endpoint(path))
    return endpoints


@dataclass(frozen=True, slots=True)
class Announcement:
    """Our own entry: where we listen, and the file that says so.

    `lock_descriptor` holds the lock of a TCP entry; None for a socket, whose lock zenoh holds.
    """

    endpoint: str
    path: Path
    lock_descriptor: int | None = field(default=None, repr=False)

    def publish(self) -> None:
        """Make a TCP entry visible, once zenoh listens; a socket is its own entry."""
        if self.lock_descriptor is not None:
            self.path.write_text(self.endpoint)

    def retire(self) -> None:
        """Let no newcomer choose us, and wait 0.1 s at most for one that has and is still connecting.

        A newcomer that connects to who is gone a moment later waits 0.5 s for it, and all behind it in the queue.
        """
        _left_path(self.path).touch()
        with suppress(NetworkError), joining(self.path.parent, LEAVE_TIMEOUT_S):
            pass

    def withdraw(self) -> None:
        """Remove the entry and let go of its lock."""
        remove_endpoint(self.path)
        if self.lock_descriptor is not None:
            os.close(self.lock_descriptor)


def announce(directory: Path) -> Announcement:
    """Choose where to listen: a socket in `directory`, or a free TCP port where its path cannot be one."""
    path = directory / f"{os.getpid()}-{secrets.token_hex(4)}.ep"
    text = str(path)
    if len(os.fsencode(path)) <= _SOCKET_PATH_MAX_BYTES and not _ENDPOINT_SYNTAX.intersection(text):
        return Announcement(f"unixsock-stream/{text}", path)
    descriptor = os.open(_lock_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    _lock(descriptor)
    return Announcement(f"tcp/127.0.0.1:{_free_port()}", path, descriptor)


def remove_endpoint(path: Path) -> None:
    """Remove the files of an entry."""
    for file in (path, _lock_path(path), _left_path(path)):
        file.unlink(missing_ok=True)


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


def _read_endpoint(path: Path) -> str:
    return f"unixsock-stream/{path}" if path.is_socket() else path.read_text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _check_private(directory: Path) -> None:
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode):
        found = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "not a directory"
    elif status.st_uid != os.getuid():
        found = f"owned by user {status.st_uid}, not {os.getuid()}"
    elif status.st_mode & 0o077:
        found = f"open to others: mode {stat.S_IMODE(status.st_mode):04o}, expected 0700"
    else:
        return
    raise RefusedError(
        "runtime-directory",
        f"{directory} is {found}",
        hint="local channels need a directory that is yours alone; set XDG_RUNTIME_DIR to one",
    )
