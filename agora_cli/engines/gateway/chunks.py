"""RTMP's messages in chunks (Adobe, "Real-Time Messaging Protocol", 1.0, section 5.3)."""

import struct
from dataclasses import dataclass

SET_CHUNK_SIZE, ABORT, USER_CONTROL, AUDIO, VIDEO, DATA, COMMAND = 1, 2, 4, 8, 9, 18, 20
FIRST_CHUNK_SIZE = 128
SENT_CHUNK_SIZE = 4096
EXTENDED = 0xFFFFFF
# Nothing that a server tells a publisher is larger; a length beyond it is no RTMP.
MAX_MESSAGE_BYTES = 1 << 20


class ChunkError(ValueError):
    """Bytes that are no chunk of RTMP."""


@dataclass(frozen=True, slots=True)
class RtmpMessage:
    """One message: its type (5.4 and 7.1), the message stream that it belongs to, milliseconds modulo 2**32."""

    kind: int
    stream: int
    timestamp_ms: int
    data: bytes


def pack_message(message: RtmpMessage, channel: int, chunk_size: int = SENT_CHUNK_SIZE) -> bytes:
    """Return a message as chunks of `channel` (3..63): a full header, then parts without (5.3.1)."""
    timestamp = message.timestamp_ms & 0xFFFFFFFF
    extended = struct.pack(">I", timestamp) if timestamp >= EXTENDED else b""
    size = struct.pack(">I", len(message.data))[1:]
    head = bytes([channel]) + struct.pack(">I", min(timestamp, EXTENDED))[1:] + size + bytes([message.kind])
    parts = [head + struct.pack("<I", message.stream) + extended + message.data[:chunk_size]]
    for at in range(chunk_size, len(message.data), chunk_size):
        parts.append(bytes([0xC0 | channel]) + extended + message.data[at : at + chunk_size])
    return b"".join(parts)


@dataclass(slots=True)
class _Course:
    """The message of one channel that is coming in, and the header that its next one may leave out."""

    timestamp_ms: int = 0
    size: int = 0
    kind: int = 0
    stream: int = 0
    extended: bool = False
    data: bytes = b""


class ChunkReader:
    """Take bytes as they come, give messages whole. It follows the peer's Set Chunk Size by itself."""

    def __init__(self) -> None:
        self._data = b""
        self._chunk_size = FIRST_CHUNK_SIZE
        self._courses: dict[int, _Course] = {}

    def feed(self, data: bytes) -> list[RtmpMessage]:
        """Return the messages that are whole now. Raises ChunkError for what no server sends."""
        self._data += data
        found = []
        while (taken := self._chunk()) is not None:
            size, message = taken
            self._data = self._data[size:]
            if message is None:
                continue
            if message.kind == SET_CHUNK_SIZE and len(message.data) >= 4:
                self._chunk_size = min(max(1, struct.unpack(">I", message.data[:4])[0] & 0x7FFFFFFF), MAX_MESSAGE_BYTES)
            found.append(message)
        return found

    def _chunk(self) -> tuple[int, RtmpMessage | None] | None:
        """Return the size of the first chunk and the message that it completes; None when it is not whole."""
        data = self._data
        if not data or len(data) < {0: 2, 1: 3}.get(data[0] & 0x3F, 1):
            return None
        form, channel = data[0] >> 6, data[0] & 0x3F
        at = 1
        if channel == 0:
            channel, at = 64 + data[1], 2
        elif channel == 1:
            channel, at = 64 + data[1] + 256 * data[2], 3
        length = (11, 7, 3, 0)[form]
        if len(data) < at + length:
            return None
        known = self._courses.get(channel)
        if known is None and form != 0:
            raise ChunkError(f"a chunk of channel {channel} without a header before it")
        course = known or self._courses.setdefault(channel, _Course())
        header = data[at : at + length]
        at += length
        fresh = self._read_header(course, form, header)
        extended = fresh[0] == EXTENDED if form != 3 else course.extended
        timestamp = fresh[0]
        if extended:
            if len(data) < at + 4:
                return None
            timestamp = struct.unpack_from(">I", data, at)[0]
            at += 4
        size = fresh[1]
        if size > MAX_MESSAGE_BYTES:
            raise ChunkError(f"a message of {size} bytes, expected at most {MAX_MESSAGE_BYTES}")
        part = min(self._chunk_size, size - len(course.data))
        if len(data) < at + part:
            return None
        if form != 3:
            course.timestamp_ms = timestamp if form == 0 else course.timestamp_ms + timestamp
            course.size, course.kind, course.stream, course.extended = size, fresh[2], fresh[3], extended
        course.data += data[at : at + part]
        if len(course.data) < course.size:
            return at + part, None
        message = RtmpMessage(course.kind, course.stream, course.timestamp_ms & 0xFFFFFFFF, course.data)
        course.data = b""
        return at + part, message

    def _read_header(self, course: _Course, form: int, header: bytes) -> tuple[int, int, int, int]:
        """Return timestamp or its difference, size, kind and stream, those left out from the message before."""
        timestamp = int.from_bytes(header[:3], "big") if form != 3 else 0
        size, kind, stream = course.size, course.kind, course.stream
        if form < 2:
            size, kind = int.from_bytes(header[3:6], "big"), header[6]
        if form == 0:
            stream = int.from_bytes(header[7:11], "little")
        return timestamp, size, kind, stream
