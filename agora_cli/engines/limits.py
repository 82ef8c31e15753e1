"""The limits of a data stream, as Agora sets them: size, packets and bytes a second."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from agora_cli.errors import InputError
from agora_cli.frames import MICROSECONDS

MAX_MESSAGE_BYTES = 1024
MAX_MESSAGES_PER_S = 60
MAX_BYTES_PER_S = 30 * 1024


@dataclass(slots=True)
class MessageLimits:
    """What was sent in the last second; a message beyond the limits is refused and does not count."""

    _sent: deque[tuple[int, int]] = field(default_factory=deque)
    _bytes: int = 0

    def admit(self, at_us: int, size: int) -> None:
        """Count a message of `size` bytes at `at_us`, which never goes back.

        Raises InputError: Agora's error 114 for the size, 115 for the rate.
        """
        if not 1 <= size <= MAX_MESSAGE_BYTES:
            raise InputError(
                "data-size", f"data message of {size} bytes, expected 1 to {MAX_MESSAGE_BYTES} (Agora error 114)"
            )
        while self._sent and self._sent[0][0] <= at_us - MICROSECONDS:
            self._bytes -= self._sent.popleft()[1]
        if len(self._sent) >= MAX_MESSAGES_PER_S or self._bytes + size > MAX_BYTES_PER_S:
            raise InputError(
                "data-rate",
                f"data message {len(self._sent) + 1} of this second, {self._bytes + size} bytes in it; "
                f"expected at most {MAX_MESSAGES_PER_S} and {MAX_BYTES_PER_S} (Agora error 115)",
            )
        self._sent.append((at_us, size))
        self._bytes += size


# What may come at once: the messages of a sender from the time in which our link, or our process, stood still.
BURST_S = 40
MOST_SENDERS = 1024


@dataclass(slots=True)
class MessageRates:
    """What others may send us: the same limits for each sender, over BURST_S rather than a second.

    A token bucket each, of messages and of bytes; the longest silent of MOST_SENDERS is forgotten.
    """

    _buckets: OrderedDict[str, tuple[int, float, float]] = field(default_factory=OrderedDict)

    def admit(self, user: str, at_us: int, size: int) -> None:
        """Count a message of `user` that came at `at_us`. Raises InputError for one beyond the limits."""
        last_us, messages, size_left = self._buckets.pop(user, (at_us, float("inf"), float("inf")))
        passed_s = max(0, at_us - last_us) / MICROSECONDS
        messages = min(BURST_S * MAX_MESSAGES_PER_S, messages + passed_s * MAX_MESSAGES_PER_S)
        size_left = min(BURST_S * MAX_BYTES_PER_S, size_left + passed_s * MAX_BYTES_PER_S)
        fits = messages >= 1 and size_left >= size
        self._buckets[user] = (at_us, messages - fits, size_left - size * fits)
        if len(self._buckets) > MOST_SENDERS:
            self._buckets.popitem(last=False)
        if not fits:
            raise InputError("data-rate", f"user {user} sends more than {MAX_MESSAGES_PER_S} messages a second")
