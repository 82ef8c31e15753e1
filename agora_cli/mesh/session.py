"""Open a zenoh session that is linked to every other process of its namespace."""

import atexit
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeVar

import zenoh

from agora_cli.mesh.config import DELAY_MS, STOPPED_DELAY_MS, session_config, shm_pool_bytes
from agora_cli.mesh.directory import meeting_directory, namespace_directory
from agora_cli.mesh.failures import foreign_errors, translated
from agora_cli.mesh.rendezvous import JOIN_TIMEOUT_S, Announcement, joining, live_entries, new_entry

T = TypeVar("T")
# A process that is not stopped may answer late, where the machine is busy.
MEMBERS_TIMEOUT_S = 2.0
_ROUND_S = 0.5
_JOIN_READER_S = 5.0
_MEMBERS_KEY = "members"


class Declared(Protocol):
    """Anything declared on a session."""

    def undeclare(self) -> object:
        """Take it back; a second call does nothing."""


class Mesh:
    """One process in a namespace; `session` puts the namespace before every key by itself.

    Declare with channel handlers (RingChannel, FifoChannel) only, and read them by `read()`. A process that
    ends without close() hangs when zenoh calls Python back under traffic, and aborts when a thread of its own
    is inside recv(): so close() runs at the exit of the interpreter, and waits for the readers.

    `silent` are the processes, by pid, that were there and did not answer at the door: stopped, most likely. They
    are met when they go on.
    """

    def __init__(self, session: zenoh.Session, entry: Announcement) -> None:
        self.session = session
        self.zid = str(session.zid())
        self.silent: tuple[int, ...] = ()
        self._entry = entry
        self._token = session.liveliness().declare_token(f"{_MEMBERS_KEY}/{entry.name}")
        self._readers: list[threading.Thread] = []
        self._closing = threading.Lock()
        self._closed = False
        atexit.register(self.close)

    def __enter__(self) -> "Mesh":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """Tell whether close() was called."""
        return self._closed

    def read(self, handler: "zenoh.Handler[T]", deliver: Callable[[T], None], name: str) -> None:
        """Call `deliver` with each item of a channel handler, in order, on a thread of its own.

        The thread ends when the declaration behind the handler is undeclared, or the mesh is closed.
        """
        thread = threading.Thread(target=_read, args=(handler, deliver), name=name, daemon=True)
        self._readers = [*(reader for reader in self._readers if reader.is_alive()), thread]
        thread.start()

    def close(self) -> None:
        """Leave the mesh; a second call does nothing."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        atexit.unregister(self.close)
        with translated("leave the local channels"):
            try:
                self._entry.retire()
                self.session.close()
            finally:
                self._entry.withdraw()
        for reader in self._readers:
            if reader is not threading.current_thread():
                reader.join(_JOIN_READER_S)


def open_mesh(namespace: str, runtime_dir: Path, timeout_s: float = JOIN_TIMEOUT_S) -> Mesh:
    """Join all processes of this user that have opened the same namespace under the same directory.

    Returns when the links to all of them are up and what they have declared is known, so that the first put or get
    reaches all: 15 ms, 0.1 s while one of them is stopped, 2.5 s while one hangs; Mesh.silent tells which. Raises
    RefusedError for a directory that others can enter, NetworkError when zenoh cannot open or somebody else has
    been joining for `timeout_s`, UnavailableError without zenoh.
    """
    with translated("join the local channels"):
        return join_directory(namespace_directory(runtime_dir, namespace), timeout_s)


def join_directory(directory: Path, timeout_s: float = JOIN_TIMEOUT_S) -> Mesh:
    """Join the namespace whose directory this is, named by its hash. Raises what open_mesh() raises."""
    deadline = time.monotonic() + timeout_s
    with translated("join the local channels"):
        meeting = meeting_directory(directory)
        with joining(meeting, timeout_s):
            present = live_entries(meeting)
            own = new_entry(meeting)
            try:
                mesh = Mesh(_open_session(f"agora/{directory.name}", own, present), own)
            except BaseException:
                own.withdraw()
                raise
        mesh.silent = _await_members(mesh.session, present, min(MEMBERS_TIMEOUT_S, deadline - time.monotonic()))
    return mesh


def silence(mesh: Mesh) -> list[str]:
    """Return a line a process that did not answer when the mesh was joined."""
    return [f"process {pid} of this namespace does not answer, is it stopped? joined without it" for pid in mesh.silent]


def _await_members(session: zenoh.Session, present: Sequence[Announcement], timeout_s: float) -> tuple[int, ...]:
    """Wait until the token of each process is known that is not stopped; return who did not answer.

    On a new link zenoh tells of tokens last. zenoh.open() nearly always suffices; on a loaded machine 1 of 40
    returned one link short.
    """
    missing = {entry.name: entry for entry in present}
    start = time.monotonic()
    while missing:
        for reply in session.liveliness().get(f"{_MEMBERS_KEY}/*", timeout=_ROUND_S):
            if reply.ok is not None:
                missing.pop(str(reply.ok.key_expr).rpartition("/")[2], None)
        if time.monotonic() - start >= timeout_s or all(entry.is_stopped for entry in missing.values()):
            break
        time.sleep(0.0005)
    return tuple(sorted(entry.pid for entry in missing.values()))


def _read(handler: "zenoh.Handler[T]", deliver: Callable[[T], None]) -> None:
    for item in _items(handler):
        deliver(item)


def _items(handler: "zenoh.Handler[T]") -> Iterator[T]:
    try:
        while True:
            item: T | None = handler.recv()
            # try_recv keeps the interpreter lock: one wait for it serves all that is there, 1 us each.
            while item is not None:
                yield item
                item = handler.try_recv()
    except foreign_errors():
        return  # undeclared, or the session is closed


def _open_session(namespace_key: str, own: Announcement, present: Sequence[Announcement]) -> zenoh.Session:
    peers = [entry.endpoint for entry in present]
    delay_ms = STOPPED_DELAY_MS if any(entry.is_stopped for entry in present) else DELAY_MS
    pool = shm_pool_bytes()
    try:
        return zenoh.open(zenoh.Config.from_json5(session_config(namespace_key, own.endpoint, peers, pool, delay_ms)))
    except foreign_errors() as error:
        if not pool or not _is_about_shared_memory(error):
            raise
    # A full /dev/shm costs speed (a raw picture takes twice as long), not the channel.
    return zenoh.open(zenoh.Config.from_json5(session_config(namespace_key, own.endpoint, peers, 0, delay_ms)))


def _is_about_shared_memory(error: Exception) -> bool:
    text = str(error).lower()
    return any(word in text for word in ("shm", "shared memory", "segment"))
