"""Key expressions of one channel: names become hex or a hash, since they contain `#`, `$`, `?` and the like."""

import hashlib
from dataclasses import dataclass

from agora_cli.engines.local.cipher import PLAIN
from agora_cli.errors import InputError


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of the channel with the given name, as members with one encryption key see them.

    `lock` stands for that key, `plain` for none. Media of another lock is never received: it cannot be taken
    for sound, and costs nothing. Presence is common to all, so that everybody sees who has another lock.
    """

    root: str
    lock: str

    @classmethod
    def of(cls, channel: str, lock: str = PLAIN) -> "Keys":
        """Return the keys of a channel."""
        return cls("channel/" + hashlib.sha256(channel.encode()).hexdigest()[:24], lock)

    def audio(self, user: str | None = None) -> str:
        """Return where sound of a user goes; of all users for None."""
        return f"{self.root}/{self.lock}/audio/{_segment(user)}"

    def video(self, user: str | None = None) -> str:
        """Return where pictures of a user go; of all users for None."""
        return f"{self.root}/{self.lock}/video/{_segment(user)}"

    def messages(self, user: str | None = None) -> str:
        """Return where data-stream messages of a user go; of all users for None."""
        return f"{self.root}/{self.lock}/data/{_segment(user)}"

    def requests(self) -> str:
        """Return the queryable that everybody in the channel answers on."""
        return f"{self.root}/requests"

    def token(self, user: str, epoch: int, zid: str) -> str:
        """Return the liveliness token of one stay of a user in the channel."""
        return f"{self.root}/live/{_segment(user)}/{epoch}/{zid}/{self.lock}"

    def tokens(self) -> str:
        """Return the expression of all liveliness tokens of the channel."""
        return f"{self.root}/live/*/*/*/*"


def parse_token(key: str) -> tuple[str, int]:
    """Return user and epoch of a liveliness token. Raises InputError for a key that is none."""
    parts = key.split("/")
    try:
        text, digits, _, _ = parts[-4:]
        user, epoch = bytes.fromhex(text).decode(), int(digits)
        if not user or "\0" in user or not (digits.isascii() and digits.isdigit()):
            raise ValueError(key)
        return user, epoch
    except ValueError as error:
        raise InputError(
            "wire-token", f"liveliness token {key!r}: expected .../live/<user in hex>/<epoch>/<id>/<lock>"
        ) from error


def token_lock(key: str) -> str:
    """Return the lock of a liveliness token."""
    return key.rpartition("/")[2]


def _segment(user: str | None) -> str:
    return "*" if user is None else user.encode().hex()
