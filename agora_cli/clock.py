"""Time, the passing of it, and the wish to end: what every part that waits is handed."""

import time
from typing import Protocol


def monotonic_us() -> int:
    """Return the monotonic microseconds that all processes of this machine share; events are stamped with them."""
    return time.monotonic_ns() // 1000


class Clock(Protocol):
    """Time and the passing of it, so that tests can own both."""

    def now_us(self) -> int:
        """Return monotonic microseconds."""

    def sleep_us(self, duration_us: int) -> None:
        """Wait about that long."""


class SystemClock:
    """The machine's monotonic clock."""

    def now_us(self) -> int:
        """Return monotonic microseconds."""
        return monotonic_us()

    def sleep_us(self, duration_us: int) -> None:
        """Wait about that long."""
        time.sleep(duration_us / 1e6)


class Stop:
    """A wish to end, set from a signal handler or another thread.

    Like threading.Event without its lock: a signal handler that calls Event.set() while the same thread
    is inside Event.wait() can deadlock on it.
    """

    def __init__(self) -> None:
        self._requested = False

    def set(self) -> None:
        """Ask for the end."""
        self._requested = True

    def is_set(self) -> bool:
        """Tell whether the end was asked for."""
        return self._requested
