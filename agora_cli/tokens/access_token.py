"""AccessToken2, the "007" format: bytes to values and back.

    token = "007" + base64(zlib(str(signature) + body))
    body  = str(app_id) u32 issued u32 expire u32 salt u16 count service*
    service = u16 type, u16 count (u16 privilege, u32 seconds)*, the type's fields

Little-endian; `str` is a u16 length and that many bytes. Services are sorted by type, equal types keep their
order. signature = HMAC-SHA256(key2, body) with key1 = HMAC(issued, certificate), key2 = HMAC(salt, key1),
where the numbers are keys of 4 bytes and the certificate is its 32 ASCII hex digits.
"""

import base64
import binascii
import hmac
import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from agora_cli.errors import RefusedError
from agora_cli.names import is_app_id
from agora_cli.tokens.services import KINDS, Field, Resource, Service

VERSION = "007"
MAX_LIFE_S = 24 * 3600
MAX_SALT = 99_999_999
# Real tokens are below 1 KB unpacked; only a long list of RTM2 resources makes them larger.
MAX_BODY_BYTES = 1 << 20

_OLD = re.compile(r"006([0-9a-fA-F]{32})?")


class TokenError(RefusedError):
    """A token that the channel would refuse; `number` is Agora's error, 109 (expired) or 110 (invalid)."""

    def __init__(self, code: str, message: str, hint: str | None = None, number: int = 110) -> None:
        super().__init__(code, message, hint)
        self.number = number


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was read: what it says, and the very bytes that its signature covers.

    `issued_s` is Unix time, `expire_s` counts from there. `unknown_service` is the type at which reading
    stopped, because the length of a service that we do not know is not known either.
    """

    app_id: str
    issued_s: int
    expire_s: int
    salt: int
    services: tuple[Service, ...]
    unknown_service: int | None
    signature: bytes = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def expires_s(self) -> int:
        """Return the Unix time at which the whole token ends, after 24 hours at the latest."""
        return self.issued_s + min(self.expire_s, MAX_LIFE_S)

    def privilege_ends_s(self, seconds: int) -> int:
        """Return the Unix time at which a privilege of `seconds` ends: never after the token, 0 is with it."""
        return min(self.expires_s, self.issued_s + seconds) if seconds else self.expires_s

    def service(self, kind: int) -> Service | None:
        """Return the first service of that type, or None."""
        return next((service for service in self.services if service.type == kind), None)

    def signed_by(self, certificate: str) -> bool:
        """Tell whether the signature was made with `certificate`, in constant time."""
        return hmac.compare_digest(self.signature, sign(self.body, certificate, self.issued_s, self.salt))


def build(
    app_id: str, certificate: str, services: Iterable[Service], *, issued_s: int, expire_s: int, salt: int
) -> str:
    """Return a signed token.

    `expire_s` is 1..86400 seconds after `issued_s` (Unix time), `salt` 1..99999999 and should be random.
    Raises ValueError for a number or text out of range: what a person typed is checked before this.
    """
    ordered = sorted(services, key=lambda service: service.type)
    if not (is_app_id(app_id) and is_app_id(certificate)):
        raise ValueError("App ID and certificate must be 32 hex digits each")
    if not (1 <= expire_s <= MAX_LIFE_S and 1 <= salt <= MAX_SALT and ordered):
        raise ValueError("a token has 1 to 86400 seconds, a salt of 1 to 99999999, and at least one service")
    body = _pack_text(app_id) + struct.pack("<IIIH", issued_s, expire_s, salt, len(ordered))
    body += b"".join(pack_service(service) for service in ordered)
    signature = sign(body, certificate, issued_s, salt)
    packed = struct.pack("<H", len(signature)) + signature + body
    return VERSION + base64.b64encode(zlib.compress(packed)).decode("ascii")


def sign(body: bytes, certificate: str, issued_s: int, salt: int) -> bytes:
    """Return the 32-byte signature of a token's body."""
    key = hmac.digest(struct.pack("<I", issued_s), certificate.encode("ascii"), "sha256")
    key = hmac.digest(struct.pack("<I", salt), key, "sha256")
    return hmac.digest(key, body, "sha256")


def parse(text: str) -> Token:
    """Read a token; its signature is not checked (see Token.signed_by).

    Raises TokenError that says what is wrong and at which byte of the unpacked token.
    """
    reader = _Reader(unpack(text))
    signature = reader.blob("signature")
    body_at = reader.offset
    app_id = reader.text("App ID")
    issued_s, expire_s, salt = (reader.number("<I", name) for name in ("issue time", "expiry", "salt"))
    services: list[Service] = []
    unknown = None
    for _ in range(reader.number("<H", "service count")):
        kind = reader.number("<H", "service type")
        if kind not in KINDS:
            unknown = kind
            break
        services.append(_read_service(reader, kind))
    if unknown is None and reader.left:
        reader.fail(f"{reader.left} bytes follow the last service")
    return Token(app_id, issued_s, expire_s, salt, tuple(services), unknown, signature, reader.data[body_at:])


def unpack(text: str) -> bytes:
    """Return the bytes inside a token: its signature and body. Raises TokenError."""
    if old := _OLD.match(text):
        raise TokenError(
            "token-006",
            f"this is a token of the old 006 format{f' for App ID {old[1]}' if old[1] else ''}, expected 007",
            hint="make a new one with `agora token build`, or with the vendor's builders whose names end in 2",
        )
    if not text.startswith(VERSION):
        raise TokenError("token-format", f"a token starts with {VERSION}, this text of {len(text)} characters does not")
    try:
        packed = base64.b64decode(text[len(VERSION) :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenError(
            "token-format", f"token is not base64 after its first 3 characters: {str(error).lower()}", hint=_COPY
        ) from error
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(packed, MAX_BODY_BYTES)
    except zlib.error as error:
        raise TokenError("token-format", f"token cannot be unpacked: {str(error).lower()}", hint=_COPY) from error
    if stream.unconsumed_tail:
        raise TokenError("token-format", f"token unpacks to more than {MAX_BODY_BYTES} bytes")
    if not stream.eof:
        raise TokenError("token-format", f"token is cut off after {len(text)} characters", hint=_COPY)
    if stream.unused_data:
        raise TokenError("token-format", f"{len(stream.unused_data)} bytes follow the token's packed data", hint=_COPY)
    return data


_COPY = "copy the whole token, without quotes or line breaks"


def pack_service(service: Service) -> bytes:
    """Return one service as it stands in a token's body."""
    privileges = b"".join(struct.pack("<HI", *item) for item in sorted(service.privileges.items()))
    head = struct.pack("<HH", service.type, len(service.privileges)) + privileges
    return head + b"".join(_pack_field(service, name) for name in KINDS[service.type].fields)


def _pack_field(service: Service, name: Field) -> bytes:
    match name:
        case "role":
            return struct.pack("<h", service.role)
        case "resources":
            return _pack_resources(service.resources)
        case _:
            return _pack_text(getattr(service, name))


def _pack_resources(resources: tuple[Resource, ...]) -> bytes:
    """Pack RTM2 grants: by kind, then by permission, each with its names."""
    kinds = sorted({resource.kind for resource in resources})
    packed = struct.pack("<H", len(kinds))
    for kind in kinds:
        lines = sorted((line for line in resources if line.kind == kind), key=lambda line: line.permission)
        packed += struct.pack("<HH", kind, len(lines))
        for line in lines:
            packed += struct.pack("<HH", line.permission, len(line.names)) + b"".join(map(_pack_text, line.names))
    return packed


def _pack_text(text: str) -> bytes:
    data = text.encode()
    if len(data) > 0xFFFF:
        raise ValueError(f"a text in a token has at most 65535 bytes, got {len(data)}")
    return struct.pack("<H", len(data)) + data


class _Reader:
    """Bytes with a position; every read is checked and every failure names the byte."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    @property
    def left(self) -> int:
        return len(self.data) - self.offset

    def fail(self, what: str) -> NoReturn:
        raise TokenError("token-format", f"malformed token: {what}, at byte {self.offset}")

    def take(self, size: int, what: str) -> bytes:
        if size > self.left:
            self.fail(f"{what} of {size} bytes, {self.left} left")
        self.offset += size
        return self.data[self.offset - size : self.offset]

    def number(self, form: str, what: str) -> int:
        value: int = struct.unpack(form, self.take(struct.calcsize(form), what))[0]
        return value

    def blob(self, what: str) -> bytes:
        return self.take(self.number("<H", f"length of {what}"), what)

    def text(self, what: str) -> str:
        data = self.blob(what)
        try:
            return data.decode()
        except UnicodeDecodeError:
            self.offset -= len(data)
            self.fail(f"{what} is not UTF-8")


def _read_service(reader: _Reader, kind: int) -> Service:
    name = KINDS[kind].name
    privileges: dict[int, int] = {}
    for _ in range(reader.number("<H", f"{name} privilege count")):
        privilege = reader.number("<H", f"{name} privilege")
        privileges[privilege] = reader.number("<I", f"{name} privilege expiry")
    service = Service(kind, privileges)
    texts: dict[str, str] = {}
    role, resources = service.role, service.resources
    for field_name in KINDS[kind].fields:
        match field_name:
            case "role":
                role = reader.number("<h", f"{name} role")
            case "resources":
                resources = _read_resources(reader)
            case _:
                texts[field_name] = reader.text(f"{name} {field_name}")
    return Service(kind, privileges, role=role, resources=resources, **texts)


def _read_resources(reader: _Reader) -> tuple[Resource, ...]:
    lines: list[Resource] = []
    for _ in range(reader.number("<H", "rtm2 resource count")):
        kind = reader.number("<H", "rtm2 resource kind")
        for _ in range(reader.number("<H", "rtm2 permission count")):
            permission = reader.number("<H", "rtm2 permission")
            count = reader.number("<H", "rtm2 name count")
            lines.append(Resource(kind, permission, tuple(reader.text("rtm2 name") for _ in range(count))))
    return tuple(lines)
