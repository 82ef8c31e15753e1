"""The limits of a data stream, as Agora sets them: size, packets and bytes a second."""

from collections import deque
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
