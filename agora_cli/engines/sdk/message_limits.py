"""Agora's limits of a data stream: what is beyond them the SDK may drop in silence."""

import time
from collections import deque
from collections.abc import Callable

from agora_cli.errors import InputError
from agora_cli.reasons import error_failure

MAX_BYTES = 1024
MAX_PACKETS_A_SECOND = 60
MAX_BYTES_A_SECOND = 30 * 1024
SECOND_NS = 1_000_000_000


class MessageLimits:
    """Judge each message by itself and with those of the last second. `_recent` is sorted by time."""

    def __init__(self, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock_ns = clock_ns
        self._recent: deque[tuple[int, int]] = deque()
        self._recent_bytes = 0

    def take(self, size: int) -> None:
        """Count a message of `size` bytes. Raises InputError for one that is too large or too soon."""
        if not 1 <= size <= MAX_BYTES:
            raise InputError("message-too-large", f"a message must be 1 to {MAX_BYTES} bytes, got {size}")
        now_ns = self._clock_ns()
        while self._recent and self._recent[0][0] <= now_ns - SECOND_NS:
            self._recent_bytes -= self._recent.popleft()[1]
        if len(self._recent) >= MAX_PACKETS_A_SECOND or self._recent_bytes + size > MAX_BYTES_A_SECOND:
            raise error_failure(115, f"at most {MAX_PACKETS_A_SECOND} messages and {MAX_BYTES_A_SECOND} bytes")
        self._recent.append((now_ns, size))
        self._recent_bytes += size
