"""The browsers that look on, each with a bounded queue: a slow one loses pictures up to the next keyframe."""

import threading
from collections import deque

MOST_MESSAGES = 600
MOST_BYTES = 32 * 1024 * 1024


class Viewer:
    """What one browser has still to get. put_...() is called by one thread, next() by another.

    Invariant: a picture that is queued can be decoded, as all before it since its keyframe are queued or sent.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._queue: deque[bytes | str] = deque()
        self._bytes = 0
        self._ready: set[str] = set()
        self._waiting: set[str] = set()
        self._closed = False
        self._changed = threading.Condition()

    def put_picture(self, user: str, message: bytes, keyframe: bool) -> None:
        """Queue a picture, unless nothing before it is there that it needs."""
        with self._changed:
            if keyframe:
                self._ready.add(user)
                self._waiting.discard(user)
            elif user not in self._ready:
                self._waiting.add(user)
                self.dropped += 1
                return
            self._put(message)

    def put(self, message: bytes | str) -> None:
        """Queue anything else."""
        with self._changed:
            self._put(message)

    def next(self) -> bytes | str | None:
        """Return the next message, waiting for it; None after close()."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            if self._closed:
                return None
            message = self._queue.popleft()
            self._bytes -= len(message)
            return message

    def close(self) -> None:
        """Give nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def waiting(self) -> set[str]:
        """Return the users whose picture cannot be shown until their next keyframe."""
        with self._changed:
            return set(self._waiting)

    def _put(self, message: bytes | str) -> None:
        if len(self._queue) >= MOST_MESSAGES or self._bytes + len(message) > MOST_BYTES:
            kept = [queued for queued in self._queue if isinstance(queued, str)][-MOST_MESSAGES // 2 :]
            self.dropped += len(self._queue) - len(kept)
            self._queue, self._bytes = deque(kept), sum(map(len, kept))
            self._waiting |= self._ready
            self._ready.clear()
            if isinstance(message, bytes):
                self.dropped += 1
                return
        self._queue.append(message)
        self._bytes += len(message)
        self._changed.notify()


class Viewers:
    """All of them."""

    def __init__(self) -> None:
        self._all: tuple[Viewer, ...] = ()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._all)

    def add(self) -> Viewer:
        """Return a new one."""
        viewer = Viewer()
        with self._lock:
            self._all = (*self._all, viewer)
        return viewer

    def remove(self, viewer: Viewer) -> None:
        """Forget one that is gone."""
        viewer.close()
        with self._lock:
            self._all = tuple(other for other in self._all if other is not viewer)

    def picture(self, user: str, message: bytes, keyframe: bool) -> None:
        """Give everybody a picture."""
        for viewer in self._all:
            viewer.put_picture(user, message, keyframe)

    def give(self, message: bytes | str) -> None:
        """Give everybody anything else."""
        for viewer in self._all:
            viewer.put(message)

    @property
    def waiting(self) -> set[str]:
        """Return the users of whom somebody needs a keyframe."""
        return {user for viewer in self._all for user in viewer.waiting}

    def close(self) -> None:
        """Let all of them end."""
        for viewer in self._all:
            viewer.close()
