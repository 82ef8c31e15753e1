"""Open a zenoh session that is linked to every other process of its namespace."""

import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from agora_cli.mesh.config import session_config, shm_pool_bytes
from agora_cli.mesh.failures import foreign_errors, translated
from agora_cli.mesh.rendezvous import (
    Announcement,
    announce,
    joining,
    live_endpoints,
    namespace_directory,
    namespace_hash,
)

if TYPE_CHECKING:
    import zenoh


class Mesh:
    """One process in a namespace; `session` puts the namespace before every key by itself.

    Declare with channel handlers or `zenoh.handlers.Callback(f, indirect=False)` only: with zenoh's default
    callbacks a process that ends without close() hangs for ever.
    """

    def __init__(self, session: "zenoh.Session", announcement: Announcement) -> None:
        self.session = session
        self.zid = str(session.zid())
        self._announcement = announcement
        self._closing = threading.Lock()
        self._closed = False

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

    def close(self) -> None:
        """Leave the mesh; a second call does nothing."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        with translated("leave the local channels"):
            try:
                self.session.close()
            finally:
                self._announcement.withdraw()


def open_mesh(namespace: str, runtime_dir: Path) -> Mesh:
    """Join all processes of this user that have opened the same namespace under the same directory.

    Returns when the links to all of them are up: 12 ms, or 0.5 s while one of them hangs. Raises RefusedError
    for a directory that others can enter, NetworkError when zenoh cannot open, UnavailableError without zenoh.
    """
    with translated("join the local channels"):
        directory = namespace_directory(runtime_dir, namespace)
        with joining(directory):
            peers = live_endpoints(directory)
            announcement = announce(directory)
            try:
                session = _open_session(f"agora/{namespace_hash(namespace)}", announcement.endpoint, peers)
                announcement.publish()
            except BaseException:
                announcement.withdraw()
                raise
    return Mesh(session, announcement)


def _open_session(namespace_key: str, listen: str, peers: list[str]) -> "zenoh.Session":
    import zenoh

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
