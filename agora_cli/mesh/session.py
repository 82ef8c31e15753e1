"""Open a zenoh session that is linked to every other process of its namespace."""

import atexit
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeVar

import zenoh

from agora_cli.mesh.config import session_config, shm_pool_bytes
from agora_cli.mesh.failures import foreign_errors, translated
from agora_cli.mesh.rendezvous import (
    Announcement,
    announce,
    joining,
    live_endpoints,
    namespace_directory,
)

T = TypeVar("T")
MEMBERS_TIMEOUT_S = 0.5
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
    """

    def __init__(self, session: zenoh.Session, announcement: Announcement) -> None:
        self.session = session
        self.zid = str(session.zid())
        self._announcement = announcement
        self._token = session.liveliness().declare_token(f"{_MEMBERS_KEY}/{self.zid}")
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
                self._announcement.retire()
                self.session.close()
            finally:
                self._announcement.withdraw()
        for reader in self._readers:
            if reader is not threading.current_thread():
                reader.join(_JOIN_READER_S)


def open_mesh(namespace: str, runtime_dir: Path) -> Mesh:
    """Join all processes of this user that have opened the same namespace under the same directory.

    Returns when the links to all of them are up and what they have declared is known, so that the first put
    or get reaches all: 15 ms, or 0.5 s while one of them hangs. Raises RefusedError for a directory that
    others can enter, NetworkError when zenoh cannot open, UnavailableError without zenoh.
    """
    with translated("join the local channels"):
        return join_directory(namespace_directory(runtime_dir, namespace))


def join_directory(directory: Path) -> Mesh:
    """Join the namespace that meets in `directory`, whose name is its hash. Raises what open_mesh() raises."""
    with translated("join the local channels"):
        with joining(directory):
            peers = live_endpoints(directory)
            announcement = announce(directory)
            try:
                session = _open_session(f"agora/{directory.name}", announcement.endpoint, peers)
                announcement.publish()
            except BaseException:
                announcement.withdraw()
                raise
            mesh = Mesh(session, announcement)
        _await_members(session, len(peers) + 1)
    return mesh


def _await_members(session: zenoh.Session, expected: int) -> None:
    """Wait until the token of each of `expected` members is known: on a new link zenoh tells of tokens last.

    zenoh.open() nearly always suffices; on a loaded machine 1 of 40 returned one link short.
    """
    deadline = time.monotonic() + MEMBERS_TIMEOUT_S
    while time.monotonic() < deadline:
        if sum(1 for _ in session.liveliness().get(f"{_MEMBERS_KEY}/*", timeout=MEMBERS_TIMEOUT_S)) >= expected:
            return
        time.sleep(0.0005)


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


def _open_session(namespace_key: str, listen: str, peers: list[str]) -> zenoh.Session:
    pool = shm_pool_bytes()
    try:
        return zenoh.open(zenoh.Config.from_json5(session_config(namespace_key, listen, peers, pool)))
    except foreign_errors() as error:
        if not pool or not _is_about_shared_memory(error):
            raise
    # A full /dev/shm costs speed (a raw picture takes twice as long), not the channel.
    return zenoh.open(zenoh.Config.from_json5(session_config(namespace_key, listen, peers, 0)))


def _is_about_shared_memory(error: Exception) -> bool:
    text = str(error).lower()
    return any(word in text for word in ("shm", "shared memory", "segment"))
