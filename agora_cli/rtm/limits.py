"""What a message, a name and a rate may be: Agora's published limits, with its error numbers.

The sizes of metadata and state items are Agora's console defaults; all are bytes of UTF-8.
"""

import re
from collections import deque
from collections.abc import Mapping

from agora_cli.errors import UsageError
from agora_cli.names import check_channel
from agora_cli.rtm.failures import RtmError, failure

USER_MAX_BYTES = 64
MESSAGE_MAX_BYTES = 32 * 1024
MESSAGES_PER_SECOND = 60
CHANNELS_MAX = 50
ITEMS_MAX = 32
KEY_MAX_BYTES = 32
METADATA_VALUE_MAX_BYTES = 8 * 1024
METADATA_MAX_BYTES = 32 * 1024
STATE_VALUE_MAX_BYTES = 256
LOCK_TTL_MAX_S = 300

_PRINTABLE_ASCII = re.compile(r"[ -~]+")


def check_user(user: str) -> str:
    """Return `user` if it is 1..64 printable ASCII characters, else raise UsageError -10006."""
    if user and not _PRINTABLE_ASCII.fullmatch(user):
        raise failure(RtmError.INVALID_USER_ID, f"user id must be printable ASCII, got {user!r}")
    if not 1 <= len(user) <= USER_MAX_BYTES:
        raise failure(RtmError.INVALID_USER_ID, f"user id must be 1 to {USER_MAX_BYTES} bytes, got {len(user)}")
    return user


def check_message_channel(channel: str) -> str:
    """Return `channel` if it can name a channel, else raise UsageError -10008."""
    if not channel.isascii():
        raise failure(RtmError.INVALID_CHANNEL_NAME, f"channel name must be ASCII, got {channel!r}")
    try:
        return check_channel(channel)
    except UsageError as error:
        raise failure(RtmError.INVALID_CHANNEL_NAME, error.message, error.hint) from error


def check_message(data: bytes) -> bytes:
    """Return `data` if it is 1..32768 bytes, else raise InputError -11009 or -11010."""
    if not data:
        raise failure(RtmError.INVALID_MESSAGE, "message is empty: expected 1 byte at least")
    if len(data) > MESSAGE_MAX_BYTES:
        raise failure(RtmError.MESSAGE_TOO_LONG, f"message must be at most {MESSAGE_MAX_BYTES} bytes, got {len(data)}")
    return data


def check_metadata(items: Mapping[str, str]) -> None:
    """Check each item by itself; the store checks how much a channel holds in all."""
    for key, value in items.items():
        _check_key("metadata key", key, RtmError.INVALID_KEY, RtmError.KEY_TOO_LONG)
        _check_size(f"metadata value of {key!r}", value, METADATA_VALUE_MAX_BYTES, RtmError.VALUE_TOO_LONG)


def check_states(states: Mapping[str, str]) -> None:
    """Check the whole of one user's state: at most 32 items, each within its size."""
    if len(states) > ITEMS_MAX:
        raise failure(RtmError.TOO_MANY_STATES, f"a user has at most {ITEMS_MAX} states, got {len(states)}")
    for key, value in states.items():
        _check_key("state key", key, RtmError.INVALID_STATE_KEY, RtmError.STATE_KEY_TOO_LONG)
        _check_size(f"state {key!r}", value, STATE_VALUE_MAX_BYTES, RtmError.STATE_VALUE_TOO_LONG)


def check_lock(name: str, ttl_s: float) -> None:
    """Check a lock's name and how long it outlives its holder, 1..300 s."""
    _check_key("lock name", name, RtmError.LOCK_INVALID_NAME, RtmError.LOCK_INVALID_NAME)
    if not 1 <= ttl_s <= LOCK_TTL_MAX_S:
        raise failure(RtmError.INVALID_PARAMETER, f"lock time must be 1 to {LOCK_TTL_MAX_S} s, got {ttl_s:g}")


class RateLimit:
    """Allow so many messages in any one second. Times are microseconds of a monotonic clock.

    Invariant: `_sent_us` holds at most `per_second` times, oldest first. Not safe for threads.
    """

    def __init__(self, per_second: int = MESSAGES_PER_SECOND) -> None:
        self.per_second = per_second
        self._sent_us: deque[int] = deque(maxlen=per_second)

    def wait_us(self, now_us: int) -> int:
        """Return how long to wait before the next message may go; 0: it may go now."""
        if len(self._sent_us) < self.per_second:
            return 0
        return max(0, self._sent_us[0] + 1_000_000 - now_us)

    def count(self, now_us: int) -> None:
        """Note that a message goes now."""
        self._sent_us.append(now_us)


def _check_key(what: str, key: str, invalid: RtmError, too_long: RtmError) -> None:
    if not key or "\0" in key:
        raise failure(invalid, f"{what} must be 1 to {KEY_MAX_BYTES} bytes without NUL, got {key!r}")
    _check_size(what, key, KEY_MAX_BYTES, too_long)


def _check_size(what: str, text: str, limit: int, number: RtmError) -> None:
    if len(text.encode()) > limit:
        raise failure(number, f"{what} must be at most {limit} bytes, got {len(text.encode())}")
