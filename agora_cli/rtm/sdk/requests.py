"""Calls of the SDK that are answered later: which are under way, and how each ended."""

import threading


class Requests:
    """Pair each request id with its error code. The answer may come before the call that asks has returned."""

    def __init__(self) -> None:
        self._answers: dict[int, int] = {}
        self._watched: set[int] = set()
        self._failed: list[int] = []
        self._changed = threading.Condition(threading.Lock())

    def answer(self, request_id: int, code: int) -> None:
        """Note how a request ended; called back by the SDK."""
        with self._changed:
            self._answers[request_id] = code
            self._settle()
            self._changed.notify_all()

    def wait(self, request_id: int, timeout_s: float) -> int | None:
        """Return the code of a request, None when there was no answer in time."""
        with self._changed:
            self._changed.wait_for(lambda: request_id in self._answers, timeout_s)
            return self._answers.pop(request_id, None)

    def watch(self, request_id: int) -> None:
        """Do not wait for this one now: wait_all() does, and failed() tells."""
        with self._changed:
            self._watched.add(request_id)
            self._settle()

    def wait_all(self, timeout_s: float) -> bool:
        """Wait for all that are watched; False when that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._watched, timeout_s)

    def failed(self) -> int | None:
        """Return the code of the oldest watched request that failed and was not told yet."""
        with self._changed:
            return self._failed.pop(0) if self._failed else None

    def _settle(self) -> None:
        for request_id in self._watched & self._answers.keys():
            self._watched.discard(request_id)
            code = self._answers.pop(request_id)
            if code != 0:
                self._failed.append(code)
