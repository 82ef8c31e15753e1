"""The bytes and keys that logins of one namespace exchange; little-endian, version 1.

| key                              | payload                                          |
|----------------------------------|--------------------------------------------------|
| m/<stream>/<login>               | records, published now                           |
| h/<stream>/<login> (put to m/...)| head: the last record's seq and time             |
| a/<login>/<stream>/<reader>      | ack: the last seq that the reader has taken      |
| q/<login>/<stream> (a query)     | request: what is asked again; reply: records     |
| p/<stream>/<login> (a token)     | none: this login listens to the stream           |
| n/<stream>                       | none: look at the store, something changed there |

Every payload begins with its own key and a newline, and only that is believed: while links break and come back
(50 sessions on a machine with a load of 45) zenoh has handed samples to the subscriber of another key.

A stream is a channel ("c" and its name in hex) or a user ("u..."); hex, because a key has special characters.
A login is `<user in hex>.<process id>.<monotonic us>`: it is never used again, two of one user have an order,
and whether its process still exists can be told while its link is down.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from agora_cli.clock import monotonic_us
from agora_cli.errors import InputError
from agora_cli.mesh.refusals import Refusals
from agora_cli.rtm.base import Channel, Target
from agora_cli.rtm.limits import MESSAGE_MAX_BYTES, check_message_channel, check_user

ROOT = "rtm/1"

_RECORD = struct.Struct("<QQQBI")
_TWO = struct.Struct("<QQ")
_ONE = struct.Struct("<Q")
_REPLY = struct.Struct("<QQQ")

# What no honest login reaches, and SQLite still holds.
MAX_NUMBER = 2**53
MAX_PID = 2**22
# Two batches of the largest messages, and what a publisher sends again at once.
MAX_PAYLOAD_BYTES = 8 * 1024 * 1024
_SMALL_BYTES = 4096
# What follows the kind in a key.
_PARTS = {"m": 2, "h": 2, "a": 3, "q": 2}
_LOGIN_PLACES = {"m": (1,), "h": (1,), "a": (0, 2), "q": (0,)}

_TEXT = 1
_PREFIX = f"{ROOT}/".encode()


class Record(NamedTuple):
    """One message on its way. `seq` counts from 1 in each stream of a login."""

    seq: int
    sent_us: int
    wall_us: int
    is_text: bool
    data: bytes


class Reply(NamedTuple):
    """What a publisher still has of what was asked for.

    `due` is the first seq that it should have sent, `first` the first that it still has (records start there),
    `head` its newest.
    """

    due: int
    first: int
    head: int
    records: list[Record]


def stream_of(target: Target) -> str:
    """Return the stream of a channel or a user."""
    return ("c" if isinstance(target, Channel) else "u") + target.name.encode().hex()


def checked_stream(target: Target) -> str:
    """Return stream_of() a target that somebody named. Raises InputError for a name that cannot be."""
    if isinstance(target, Channel):
        check_message_channel(target.name)
    else:
        check_user(target.name)
    return stream_of(target)


def login_of(user: str, pid: int, at_us: int) -> str:
    """Return the name of one login."""
    return f"{user.encode().hex()}.{pid}.{at_us}"


class Login(NamedTuple):
    """What a login's name says: the user, its process, and when it came, on this machine's monotonic clock."""

    user: str
    pid: int
    at_us: int


def parse_login(login: str) -> Login:
    """Return the parts of a login's name. Raises InputError for one that nobody of this machine can have now."""
    try:
        name, pid, at_us = login.split(".")
        found = Login(bytes.fromhex(name).decode(), _decimal(pid, MAX_PID), _decimal(at_us, MAX_NUMBER))
    except ValueError as error:
        raise InputError("rtm-login", f"login {login[:80]!r}: expected <user in hex>.<pid>.<us>") from error
    if not found.user or "\0" in found.user or not found.pid:
        raise InputError("rtm-login", f"login {login[:80]!r}: no user and no process are called so")
    if found.at_us > monotonic_us():
        raise InputError("rtm-login", f"login {login[:80]!r} is in the future")
    return found


def user_of(login: str) -> str:
    """Return whose login it is."""
    return parse_login(login).user


def pid_of(login: str) -> int:
    """Return the process that logged in."""
    return parse_login(login).pid


def login_order(login: str) -> tuple[int, int]:
    """Return what sorts logins by their time."""
    _, pid, at_us = parse_login(login)
    return at_us, pid


def key(kind: str, *parts: str) -> str:
    """Return the key of one kind: see the table."""
    return "/".join((ROOT, kind, *parts))


def token_login(key_expr: object, stream: str) -> str | None:
    """Return the login whose token a key is, None for a key that is none of this stream's.

    Raises InputError for a login that cannot be.
    """
    parts = str(key_expr).split("/")
    if parts[-3:-1] != ["p", stream]:
        return None
    parse_login(parts[-1])
    return parts[-1]


def known_login(key_expr: object, stream: str, refusals: Refusals) -> str | None:
    """Return token_login(), None also for a login that cannot be, which is refused."""
    try:
        return token_login(key_expr, stream)
    except InputError as error:
        refusals.note("", error)
        return None


def seal(name: str, body: bytes) -> bytes:
    """Return a payload that says which key it was put to."""
    return name.encode() + b"\n" + body


def unseal(payload: bytes) -> tuple[list[str], bytes]:
    """Return the parts of the key that a payload was put to, from the kind on, and its body.

    Raises InputError for one that does not begin with a key of ours, whole and with logins that can be.
    """
    end = payload.find(b"\n", 0, _SMALL_BYTES)
    if end < 0 or not payload.startswith(_PREFIX):
        raise InputError("rtm-payload", f"payload must begin with {ROOT}/, got {payload[:20]!r}")
    kind, *names = parts = payload[len(_PREFIX) : end].decode("ascii", "replace").split("/")
    if len(names) != _PARTS.get(kind):
        raise InputError("rtm-payload", f"payload of {'/'.join(parts)[:80]!r}: no such key")
    for place in _LOGIN_PLACES[kind]:
        parse_login(names[place])
    return parts, payload[end + 1 :]


def pack_record(seq: int, sent_us: int, wall_us: int, is_text: bool, data: bytes) -> bytes:
    """Return one record."""
    return _RECORD.pack(seq, sent_us, wall_us, is_text, len(data)) + data


def unpack_records(payload: bytes, offset: int = 0) -> list[Record]:
    """Return the records that fill `payload` from `offset`. Raises InputError for one that is cut off."""
    records = []
    while offset < len(payload):
        start = offset + _RECORD.size
        if start > len(payload):
            raise InputError("rtm-record", f"record at {offset} is cut off: {len(payload) - offset} bytes of header")
        seq, sent_us, wall_us, flags, size = _RECORD.unpack_from(payload, offset)
        if not 1 <= seq <= MAX_NUMBER or sent_us > MAX_NUMBER or wall_us > MAX_NUMBER or size > MESSAGE_MAX_BYTES:
            raise InputError(
                "rtm-record", f"record at {offset}: number {seq}, {sent_us} us, {wall_us} us, {size} bytes"
            )
        offset = start + size
        if offset > len(payload):
            raise InputError("rtm-record", f"record at {start} is cut off: {len(payload) - start} of {size} bytes")
        records.append(Record(seq, sent_us, wall_us, bool(flags & _TEXT), payload[start:offset]))
    return records


def pack_head(seq: int, sent_us: int) -> bytes:
    """Return a head."""
    return _TWO.pack(seq, sent_us)


def unpack_head(payload: bytes) -> tuple[int, int]:
    """Return (seq, sent_us) of a head."""
    return _two(payload, "head")


def pack_request(from_seq: int, since_us: int) -> bytes:
    """Ask for all from `from_seq` on that was sent at `since_us` or later."""
    return _TWO.pack(from_seq, since_us)


def unpack_request(payload: bytes) -> tuple[int, int]:
    """Return (from_seq, since_us) of a request."""
    return _two(payload, "request")


def pack_ack(seq: int) -> bytes:
    """Return an ack."""
    return _ONE.pack(seq)


def unpack_ack(payload: bytes) -> int:
    """Return the seq of an ack."""
    if len(payload) != _ONE.size:
        raise InputError("rtm-ack", f"ack must be {_ONE.size} bytes, got {len(payload)}")
    seq: int = _ONE.unpack(payload)[0]
    if seq > MAX_NUMBER:
        raise InputError("rtm-ack", f"ack of number {seq}")
    return seq


def pack_reply(due: int, first: int, head: int, records: Iterable[bytes]) -> bytes:
    """Return a reply of packed records."""
    return _REPLY.pack(due, first, head) + b"".join(records)


def unpack_reply(payload: bytes) -> Reply:
    """Return a reply. Raises InputError for one that is cut off."""
    if len(payload) < _REPLY.size:
        raise InputError("rtm-reply", f"reply must be {_REPLY.size} bytes at least, got {len(payload)}")
    due, first, head = _REPLY.unpack_from(payload)
    if max(due, first, head) > MAX_NUMBER:
        raise InputError("rtm-reply", f"reply with numbers {due}, {first}, {head}")
    return Reply(due, first, head, unpack_records(payload, _REPLY.size))


def _two(payload: bytes, what: str) -> tuple[int, int]:
    if len(payload) != _TWO.size:
        raise InputError(f"rtm-{what}", f"{what} must be {_TWO.size} bytes, got {len(payload)}")
    first, second = _TWO.unpack(payload)
    if max(first, second) > MAX_NUMBER:
        raise InputError(f"rtm-{what}", f"{what} with numbers {first}, {second}")
    return first, second


def _decimal(digits: str, most: int) -> int:
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 20 or int(digits) > most:
        raise ValueError(digits)
    return int(digits)
