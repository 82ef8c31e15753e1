"""What members of a local channel ask each other: a zenoh query whose payload is packed here.

    u8 version, u8 verb, u64 epoch, u8 length + user, u8 length + target user (empty but for KEYFRAME)

HELLO: I am here and know your declarations; answered at once. FLUSH: tell me when your reader has taken all
that I sent before. BYE: I leave on purpose, after all that I sent before. KEYFRAME: `target`, give us one.
A reply is the same layout, without a target: who answers.
"""

import struct
from dataclasses import dataclass

from agora_cli.errors import InputError

VERSION = 1
HELLO, FLUSH, BYE, KEYFRAME = range(4)

_FIXED = struct.Struct("<BBQ")
MAX_REQUEST_BYTES = _FIXED.size + 2 * 256


@dataclass(frozen=True, slots=True)
class Request:
    """One question, or the answer to one."""

    verb: int
    user: str
    epoch: int
    target: str = ""


def pack_request(request: Request) -> bytes:
    """Return the bytes of a request; user names are at most 255 bytes."""
    user, target = request.user.encode(), request.target.encode()
    fixed = _FIXED.pack(VERSION, request.verb, request.epoch)
    return b"".join((fixed, bytes([len(user)]), user, bytes([len(target)]), target))


def unpack_request(data: bytes) -> Request:
    """Read a request. Raises InputError."""
    if len(data) < _FIXED.size:
        raise InputError("wire-request", f"request: expected at least {_FIXED.size} bytes, got {len(data)}")
    version, verb, epoch = _FIXED.unpack_from(data)
    if version != VERSION:
        raise InputError("wire-version", f"request at byte 0: version {version}, expected {VERSION}")
    if verb > KEYFRAME:
        raise InputError("wire-request", f"request at byte 1: verb {verb} is not known")
    user, at = _text(data, _FIXED.size, "user")
    if not user:
        raise InputError("wire-user", f"request at byte {_FIXED.size}: user is empty")
    target, at = _text(data, at, "target")
    if at != len(data):
        raise InputError("wire-request", f"request: expected {at} bytes, got {len(data)}")
    return Request(verb, user, epoch, target)


def _text(data: bytes, at: int, what: str) -> tuple[str, int]:
    end = at + 1 + (data[at] if at < len(data) else 0)
    if end > len(data):
        raise InputError("wire-request", f"request: {what} expected to end at byte {end}, request is {len(data)} bytes")
    try:
        text = data[at + 1 : end].decode()
    except UnicodeDecodeError as error:
        raise InputError("wire-user", f"request at byte {at + 1}: {what} is not UTF-8") from error
    if "\0" in text:
        raise InputError("wire-user", f"request at byte {at + 1}: {what} {text!r} holds a NUL")
    return text, end
