"""A bounded queue between the thread that an engine calls back on and the one that reads events.

Media beyond the bound pushes the oldest media out, counted as lost before the next of its kind; control events and
messages are never dropped. The order across both is kept. One lock, no allocation beyond the deque's.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from agora_cli.events import Event, MediaReceived
from agora_cli.frames import Metadata

MAX_UNITS = 8192
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Mark:
    action: Callable[[], None]


class Inbox:
    """Hand events from any number of threads to one reader.

    Invariants: `_media_bytes` is the sum over `_media`; both deques are sorted by arrival number.
    """

    def __init__(self, max_units: int = MAX_UNITS, max_bytes: int = MAX_BYTES) -> None:
        self._max_units = max_units
        self._max_bytes = max_bytes
        self._control: deque[tuple[int, Event | _Mark]] = deque()
        self._media: deque[tuple[int, MediaReceived]] = deque()
        self._media_bytes = 0
        self._arrivals = 0
        self._dropped = 0
        self._owed: dict[tuple[str, type], int] = {}
        self._closed = False
        self._ready = threading.Condition(threading.Lock())

    @property
    def dropped(self) -> int:
        """Return how many media units were pushed out by newer ones."""
        return self._dropped

    def put(self, event: Event) -> None:
        """Add an event and wake the reader; after close() it is ignored."""
        with self._ready:
            if self._closed:
                return
            self._arrivals += 1
            if isinstance(event, MediaReceived) and not isinstance(event.unit, Metadata):
                self._media.append((self._arrivals, event))
                self._media_bytes += len(event.unit.data)
                while len(self._media) > self._max_units or (
                    self._media_bytes > self._max_bytes and len(self._media) > 1
                ):
                    self._drop(self._pop_media())
            else:
                self._control.append((self._arrivals, event))
            self._ready.notify()

    def mark(self, action: Callable[[], None]) -> None:
        """Have the reader's thread call `action` when it asks for more after all that is queued now.

        After close() it is ignored.
        """
        with self._ready:
            if not self._closed:
                self._arrivals += 1
                self._control.append((self._arrivals, _Mark(action)))
                self._ready.notify()

    def drain(self, timeout_s: float) -> Iterator[Event]:
        """Yield events, oldest first, waiting at most `timeout_s` for the first; end when none is left."""
        with self._ready:
            if not self._control and not self._media and not self._closed:
                self._ready.wait(timeout_s)
        while (event := self._take()) is not None:
            if isinstance(event, _Mark):
                event.action()
            else:
                yield event

    def close(self) -> None:
        """Wake the reader; what is queued can still be read, nothing more can be added."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    def _take(self) -> Event | _Mark | None:
        with self._ready:
            if self._media and (not self._control or self._media[0][0] < self._control[0][0]):
                event = self._pop_media()
                owed = self._owed.pop((event.user, type(event.unit)), 0) if self._owed else 0
                return replace(event, lost=event.lost + owed) if owed else event
            return self._control.popleft()[1] if self._control else None

    def _drop(self, event: MediaReceived) -> None:
        track = (event.user, type(event.unit))
        self._owed[track] = self._owed.get(track, 0) + event.lost + 1
        self._dropped += 1

    def _pop_media(self) -> MediaReceived:
        event = self._media.popleft()[1]
        self._media_bytes -= len(event.unit.data)
        return event
