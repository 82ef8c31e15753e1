"""A queue between the threads that an engine calls back on and the one that reads events.

Nothing is ever dropped from it. It is bounded by its writers: they stop adding messages while `is_full`
and have them sent again later.
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator

from agora_cli.rtm.base import Message, RtmEvent

MAX_MESSAGES = 65_536
MAX_BYTES = 64 * 1024 * 1024


class EventQueue:
    """Events in their order, for one reader."""

    def __init__(self, max_messages: int = MAX_MESSAGES, max_bytes: int = MAX_BYTES) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._arrived: deque[RtmEvent] = deque()
        self._taken: deque[RtmEvent] = deque()
        self._messages = 0
        self._bytes = 0
        self._closed = False
        self._ready = threading.Condition(threading.Lock())

    @property
    def is_full(self) -> bool:
        """Tell whether the reader is too far behind for more messages."""
        return self._messages >= self._max_messages or self._bytes >= self._max_bytes

    def put(self, events: Iterable[RtmEvent]) -> None:
        """Add events and wake the reader; after close() they are ignored."""
        with self._ready:
            if self._closed:
                return
            was_empty = not self._arrived
            for event in events:
                self._arrived.append(event)
                if type(event) is Message:
                    self._messages += 1
                    self._bytes += len(event.data)
            if was_empty:
                self._ready.notify()

    def take(self, timeout_s: float) -> bool:
        """Make all that has arrived the reader's, waiting at most `timeout_s` for the first; False for nothing."""
        with self._ready:
            if not self._arrived and not self._closed:
                self._ready.wait(timeout_s)
            taken, self._arrived = self._arrived, deque()
            self._messages = self._bytes = 0
        self._taken.extend(taken)
        return bool(taken)

    def drain(self) -> Iterator[RtmEvent]:
        """Yield what the reader has taken."""
        while self._taken:
            yield self._taken.popleft()

    def close(self) -> None:
        """Wake the reader; what has arrived can still be read, nothing more can be added."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()
