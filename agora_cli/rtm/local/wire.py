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

from agora_cli.errors import InputError
from agora_cli.rtm.base import Channel, Target

ROOT = "rtm/1"

_RECORD = struct.Struct("<QQQBI")
_TWO = struct.Struct("<QQ")
_ONE = struct.Struct("<Q")
_REPLY = struct.Struct("<QQQ")

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


def login_of(user: str, pid: int, at_us: int) -> str:
    """Return the name of one login."""
    return f"{user.encode().hex()}.{pid}.{at_us}"


def user_of(login: str) -> str:
    """Return whose login it is."""
    return bytes.fromhex(login.split(".")[0]).decode()


def pid_of(login: str) -> int:
    """Return the process that logged in."""
    return int(login.split(".")[1])


def login_order(login: str) -> tuple[int, int]:
    """Return what sorts logins by their time."""
    _, pid, at_us = login.split(".")
    return int(at_us), int(pid)


def key(kind: str, *parts: str) -> str:
    """Return the key of one kind: see the table."""
    return "/".join((ROOT, kind, *parts))


def token_login(key_expr: object, stream: str) -> str | None:
    """Return the login whose token a key is, None for a key that is none of this stream's."""
    *_, kind, name, login = str(key_expr).split("/")
    return login if (kind, name) == ("p", stream) else None


def seal(name: str, body: bytes) -> bytes:
    """Return a payload that says which key it was put to."""
    return name.encode() + b"\n" + body


def unseal(payload: bytes) -> tuple[list[str], bytes]:
    """Return the parts of the key that a payload was put to, from the kind on, and its body.

    Raises InputError for one that does not begin with a key of ours.
    """
    end = payload.find(b"\n")
    if end < 0 or not payload.startswith(_PREFIX):
        raise InputError("rtm-payload", f"payload must begin with {ROOT}/, got {payload[:20]!r}")
    return payload[len(_PREFIX) : end].decode("ascii", "replace").split("/"), payload[end + 1 :]


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
    return seq


def pack_reply(due: int, first: int, head: int, records: Iterable[bytes]) -> bytes:
    """Return a reply of packed records."""
    return _REPLY.pack(due, first, head) + b"".join(records)


def unpack_reply(payload: bytes) -> Reply:
    """Return a reply. Raises InputError for one that is cut off."""
    if len(payload) < _REPLY.size:
        raise InputError("rtm-reply", f"reply must be {_REPLY.size} bytes at least, got {len(payload)}")
    due, first, head = _REPLY.unpack_from(payload)
    return Reply(due, first, head, unpack_records(payload, _REPLY.size))


def _two(payload: bytes, what: str) -> tuple[int, int]:
    if len(payload) != _TWO.size:
        raise InputError(f"rtm-{what}", f"{what} must be {_TWO.size} bytes, got {len(payload)}")
    first, second = _TWO.unpack(payload)
    return first, second
