"""What an App ID, a channel and a user may be called (Agora's published limits)."""

import hashlib
import re

from agora_cli.errors import UsageError

CHANNEL_MAX_BYTES = 63
ACCOUNT_MAX_BYTES = 255
UID_MAX = 2**32 - 1
ASSIGNED = "0"
# A file system takes 255: the rest is for a part's number, `.messages.jsonl` and a temporary name.
STEM_MAX_BYTES = 200

_ALPHABET = re.compile(r"[a-zA-Z0-9 !#$%&()+\-:;<=.>?@\[\]^_{}|~,]*")
_ALPHABET_BYTES = frozenset(byte for byte in range(128) if _ALPHABET.fullmatch(chr(byte)))
_APP_ID = re.compile(r"[0-9a-fA-F]{32}")


def is_app_id(text: str) -> bool:
    """Tell whether `text` is an App ID or App Certificate: 32 hex digits."""
    return _APP_ID.fullmatch(text) is not None


def check_channel(name: str) -> str:
    """Return `name` if it can name a channel (1..63 bytes of the 89 allowed characters), else raise UsageError."""
    size = _size(name)
    if not 1 <= size <= CHANNEL_MAX_BYTES:
        raise UsageError("channel-name", f"channel name must be 1 to {CHANNEL_MAX_BYTES} bytes, got {size}")
    _check_alphabet("channel name", name)
    return name


def check_user(user: str) -> str:
    """Return `user` if it is a uid 0..4294967295 (0: the channel assigns one) or a string account.

    Raises UsageError otherwise. Digits alone are always a uid, returned without leading zeros; an account
    is 1..255 bytes of the channel's alphabet.
    """
    if user.isascii() and user.isdigit():
        if int(user) > UID_MAX:
            raise UsageError("user-id", f"user id must be 0 to {UID_MAX}, got {user}")
        return str(int(user))
    size = _size(user)
    if not 1 <= size <= ACCOUNT_MAX_BYTES:
        raise UsageError("user-id", f"user account must be 1 to {ACCOUNT_MAX_BYTES} bytes, got {size}")
    if re.fullmatch(r"-\d+", user):
        raise UsageError("user-id", f"user id must be 0 to {UID_MAX}, got {user}")
    _check_alphabet("user account", user)
    return user


def channel_file_stem(channel: str, user: str) -> str:
    """Return `<channel>_<user>` as a file name of at most 200 bytes, another one for each user of each channel.

    What a path cannot carry becomes `%XX`, and each `_` of a name two, so that one alone is what parts channel,
    user and a part's number: `a_b` and `c` (`a__b_c`) are not `a` and `b_c` (`a_b__c`). A long name is cut and ends
    with `%~` and a hash. `user` may be any text: a stranger chose it.
    """
    name = re.sub(r"\A_", "%5F", _escaped(user)).replace("_", "__") or "%"
    stem = f"{_escaped(channel).replace('_', '__')}_{name}"
    if len(stem) <= STEM_MAX_BYTES:
        return stem
    mark = "%~" + hashlib.sha256(stem.encode("ascii")).hexdigest()[:32]
    return stem[: STEM_MAX_BYTES - len(mark)] + mark


def _escaped(name: str) -> str:
    plain = _ALPHABET_BYTES - frozenset(b'<>:"/\\|?*%')
    return "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in name.encode("utf-8", "surrogatepass"))


def _size(name: str) -> int:
    """Return the bytes of a name, also of one that came from the command line as bytes that are no UTF-8."""
    return len(name.encode("utf-8", "surrogateescape"))


def _check_alphabet(what: str, text: str) -> None:
    end = _ALPHABET.match(text)
    assert end is not None  # the expression matches the empty string
    if end.end() < len(text):
        raise UsageError(
            "name-character",
            f"{what} {text!r} has a character that is not allowed: {text[end.end()]!r} at {end.end()}",
            hint="allowed: a-z A-Z 0-9 space and ! # $ % & ( ) + - : ; < = . > ? @ [ ] ^ _ { } | ~ ,",
        )
