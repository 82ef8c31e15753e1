"""AMF0, the values of RTMP's commands (Adobe, "Action Message Format -- AMF 0", 2007): what a publisher needs."""

import struct
from collections.abc import Mapping
from typing import TypeAlias

Value: TypeAlias = "float | bool | str | None | dict[str, Value]"

_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED, _ARRAY, _END = 0, 1, 2, 3, 5, 6, 8, 9
MAX_DEPTH = 8


class AmfError(ValueError):
    """Bytes that are no AMF0 value that is known here."""


def pack_values(*values: float | bool | str | None | Mapping[str, str]) -> bytes:
    """Return values one after the other; a mapping becomes an object of strings (2.2 to 2.7)."""
    return b"".join(_pack(value) for value in values)


def unpack_values(data: bytes) -> list[Value]:
    """Return all values of a command. Raises AmfError for a marker that is not known, or a value that is cut."""
    values: list[Value] = []
    at = 0
    try:
        while at < len(data):
            value, at = _unpack(data, at, 0)
            values.append(value)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise AmfError(f"a value at byte {at} of {len(data)} is cut or no text") from error
    return values


def _pack(value: float | bool | str | None | Mapping[str, str]) -> bytes:
    if value is None:
        return bytes([_NULL])
    if isinstance(value, bool):
        return bytes([_BOOLEAN, value])
    if isinstance(value, str):
        return bytes([_STRING]) + _text(value)
    if isinstance(value, Mapping):
        fields = b"".join(_text(name) + _pack(text) for name, text in value.items())
        return bytes([_OBJECT]) + fields + b"\0\0" + bytes([_END])
    return bytes([_NUMBER]) + struct.pack(">d", value)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def _unpack(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    marker, at = data[at], at + 1
    if marker == _NUMBER:
        return struct.unpack_from(">d", data, at)[0], at + 8
    if marker == _BOOLEAN:
        return bool(data[at]), at + 1
    if marker == _STRING:
        return _unpack_text(data, at)
    if marker in (_NULL, _UNDEFINED):
        return None, at
    if marker in (_OBJECT, _ARRAY) and depth < MAX_DEPTH:
        return _unpack_object(data, at + (4 if marker == _ARRAY else 0), depth + 1)
    raise AmfError(f"marker {marker} at byte {at - 1} is not known")


def _unpack_object(data: bytes, at: int, depth: int) -> tuple[dict[str, Value], int]:
    fields: dict[str, Value] = {}
    while True:
        name, at = _unpack_text(data, at)
        if not name and data[at] == _END:
            return fields, at + 1
        fields[name], at = _unpack(data, at, depth)


def _unpack_text(data: bytes, at: int) -> tuple[str, int]:
    (size,) = struct.unpack_from(">H", data, at)
    end = at + 2 + size
    if end > len(data):
        raise IndexError
    return data[at + 2 : end].decode(), end
