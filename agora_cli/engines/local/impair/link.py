"""One direction of a bad network in time: packets go in on any thread, and come out on one of its own."""

import heapq
import threading
from collections import Counter
from collections.abc import Callable

from agora_cli.clock import monotonic_us
from agora_cli.engines.impairment import ImpairmentPlan, Medium
from agora_cli.engines.local.impair.model import Due, ImpairedPath


class ImpairedLink:
    """Call `deliver(payload)` of each packet when it is due, if it comes at all.

    After close() nothing comes out any more. `deliver` and `action` must not raise: they run on the thread here.
    """

    def __init__(self, plan: ImpairmentPlan, direction: str) -> None:
        self._path: ImpairedPath[Callable[[bytes], None]] = ImpairedPath(plan, direction)
        self._queue: list[tuple[int, int, Due[Callable[[bytes], None]]]] = []
        self._number = 0
        self._busy = False
        self._closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def counts(self) -> Counter[str]:
        """Return what was done to packets so far."""
        return self._path.counts

    def carry(self, medium: Medium, user: str, payload: bytes, deliver: Callable[[bytes], None]) -> None:
        """Put a packet in."""
        with self._changed:
            self._enqueue(self._path.take(monotonic_us(), medium, user, payload, deliver))

    def after_all(self, action: Callable[[], None]) -> None:
        """Call `action` after all that was put in before it and is not lost has come out."""
        with self._changed:
            self._enqueue(self._path.rest())
            last_us = max((at_us for at_us, _, _ in self._queue), default=monotonic_us())
            self._enqueue([Due(last_us, b"", lambda _: action())])

    def drain(self, timeout_s: float | None) -> bool:
        """Wait until all that was put in and is not lost has come out; False after `timeout_s` (None: no limit)."""
        with self._changed:
            self._enqueue(self._path.rest())
            return self._changed.wait_for(lambda: self._closed or not (self._queue or self._busy), timeout_s)

    def close(self) -> None:
        """Let nothing more come out."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._changed.notify_all()

    def _enqueue(self, coming: list[Due[Callable[[bytes], None]]]) -> None:
        if self._closed or not coming:
            return
        for due in coming:
            self._number += 1
            heapq.heappush(self._queue, (due.at_us, self._number, due))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="local-impair", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        while (due := self._next()) is not None:
            due.tag(due.payload)

    def _next(self) -> Due[Callable[[bytes], None]] | None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            while not self._closed:
                wait_us = self._queue[0][0] - monotonic_us() if self._queue else None
                if wait_us is not None and wait_us <= 0:
                    self._busy = True
                    return heapq.heappop(self._queue)[2]
                self._changed.wait(None if wait_us is None else wait_us / 1e6)
            return None
