"""One RTMP session as a publisher, over a socket of ours.

FFmpeg has an RTMP client, but through PyAV it holds Python's lock while it waits: a server that does not answer froze
the whole process, Ctrl-C included; it verifies no certificate, and says of a refused key only "broken pipe" (measured
on PyAV 18.1). Adobe's "Real-Time Messaging Protocol" 1.0 has the clauses.
"""

import os
import select
import socket
import ssl
import struct
import time

from agora_cli.engines.gateway.address import Address
from agora_cli.engines.gateway.amf import AmfError, Value, pack_values, unpack_values
from agora_cli.engines.gateway.chunks import (
    COMMAND,
    SENT_CHUNK_SIZE,
    SET_CHUNK_SIZE,
    USER_CONTROL,
    ChunkError,
    ChunkReader,
    RtmpMessage,
    pack_message,
)
from agora_cli.errors import NetworkError, RefusedError

VERSION = 3
HANDSHAKE_BYTES = 1536
PING_REQUEST, PING_RESPONSE = 6, 7
CONTROL_CHANNEL, COMMAND_CHANNEL, MEDIA_CHANNEL = 2, 3, 6
CONNECT, CREATE_STREAM, PUBLISH = 1.0, 4.0, 5.0
WRITE_TIMEOUT_S = 10.0
READ_BYTES = 1 << 16


class RtmpLink:
    """A published stream. Raises RefusedError for what the server says no to, NetworkError for all else.

    One thread at a time.
    """

    def __init__(self, address: Address, timeout_s: float, trust: ssl.SSLContext | None = None) -> None:
        """Connect, name the application and the stream, and wait for permission to publish; `trust` is for tests."""
        self._address = address
        self._reader = ChunkReader()
        self._early: list[RtmpMessage] = []
        self._stream = 0
        self._is_asking = False  # for what a server that knows no better answer closes the link
        self._deadline_s = time.monotonic() + timeout_s
        try:
            self._socket = self._connected(timeout_s, trust)
        except (OSError, ssl.SSLError) as error:
            raise self._failure("cannot be reached", error) from error
        try:
            self._handshake()
            self._is_asking = True
            self._command("connect", CONNECT, self._application())
            self._send_control(SET_CHUNK_SIZE, struct.pack(">I", SENT_CHUNK_SIZE))
            self._answer(CONNECT)
            self._command("releaseStream", 2.0, None, address.key)
            self._command("FCPublish", 3.0, None, address.key)
            self._command("createStream", CREATE_STREAM, None)
            number = self._answer(CREATE_STREAM)[-1]
            self._stream = int(number) if isinstance(number, float) else 1
            self._command("publish", PUBLISH, None, address.key, "live")
            self._wait_for_permission()
            self._is_asking = False
            self._socket.settimeout(WRITE_TIMEOUT_S)
        except BaseException:
            self._socket.close()
            raise

    def send(self, kind: int, timestamp_ms: int, data: bytes) -> None:
        """Send media or data of one moment; takes what the server said meanwhile."""
        self._write(pack_message(RtmpMessage(kind, self._stream, timestamp_ms, data), MEDIA_CHANNEL))
        while select.select([self._socket], [], [], 0)[0]:
            for message in self._read():
                self._follow(message)

    def close(self) -> None:
        """Say that the stream ends; a second call does nothing."""
        try:
            self._command("FCUnpublish", 6.0, None, self._address.key)
            self._command("deleteStream", 7.0, None, float(self._stream))
        except NetworkError:
            pass  # it is gone already: nobody is left to tell
        self._socket.close()

    def _connected(self, timeout_s: float, trust: ssl.SSLContext | None) -> socket.socket:
        made = socket.create_connection((self._address.host, self._address.port), timeout_s)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._address.scheme != "rtmps":
            return made
        try:
            return (trust or ssl.create_default_context()).wrap_socket(made, server_hostname=self._address.host)
        except BaseException:
            made.close()
            raise

    def _handshake(self) -> None:
        """Exchange C0 C1 C2 and S0 S1 S2 (5.2)."""
        self._write(bytes([VERSION]) + bytes(8) + os.urandom(HANDSHAKE_BYTES - 8))
        answer = b""
        while len(answer) < 1 + 2 * HANDSHAKE_BYTES:
            answer += self._receive()
        if answer[0] != VERSION:
            raise NetworkError("gateway-protocol", f"{self._where()} is no RTMP server: it answers {answer[0]:#x}")
        self._write(answer[1 : 1 + HANDSHAKE_BYTES])
        self._early = self._reader.feed(answer[1 + 2 * HANDSHAKE_BYTES :])

    def _application(self) -> dict[str, str]:
        address = self._address
        where = f"{address.scheme}://{address.host}:{address.port}/{address.path}"
        return {"app": address.path, "type": "nonprivate", "flashVer": "FMLE/3.0 (compatible; agora)", "tcUrl": where}

    def _answer(self, number: float) -> list[Value]:
        """Return the command that answers ours; raises for an error."""
        while True:
            for message in self._read():
                values = self._follow(message)
                if len(values) >= 2 and values[1] == number and values[0] in ("_result", "_error"):
                    if values[0] == "_error":
                        raise self._refusal(values)
                    return values

    def _wait_for_permission(self) -> None:
        while True:
            for message in self._read():
                values = self._follow(message)
                if values and values[0] == "onStatus" and _code(values) == "NetStream.Publish.Start":
                    return

    def _follow(self, message: RtmpMessage) -> list[Value]:
        """Answer a ping, raise an error that the server tells, return the values of a command."""
        if message.kind == USER_CONTROL and message.data[:2] == struct.pack(">H", PING_REQUEST):
            self._send_control(USER_CONTROL, struct.pack(">H", PING_RESPONSE) + message.data[2:6])
        if message.kind != COMMAND:
            return []
        try:
            values = unpack_values(message.data)
        except AmfError as error:
            raise NetworkError("gateway-protocol", f"{self._where()} sent no command: {error}") from error
        if values and values[0] == "onStatus" and _field(values, "level") == "error":
            raise self._refusal(values)
        return values

    def _refusal(self, values: list[Value]) -> RefusedError:
        words = " ".join(text for text in (_code(values), _field(values, "description")) if text)
        return RefusedError("gateway-refused", f"{self._where()} refuses the stream: {words or 'no reason given'}")

    def _command(self, name: str, number: float, *values: "float | str | dict[str, str] | None") -> None:
        stream = self._stream if name == "publish" else 0
        message = RtmpMessage(COMMAND, stream, 0, pack_values(name, number, *values))
        self._write(pack_message(message, COMMAND_CHANNEL, SENT_CHUNK_SIZE if name != "connect" else 128))

    def _send_control(self, kind: int, data: bytes) -> None:
        self._write(pack_message(RtmpMessage(kind, 0, 0, data), CONTROL_CHANNEL))

    def _read(self) -> list[RtmpMessage]:
        early, self._early = self._early, []
        if early:
            return early
        try:
            return self._reader.feed(self._receive())
        except ChunkError as error:
            raise NetworkError("gateway-protocol", f"{self._where()} does not speak RTMP: {error}") from error

    def _receive(self) -> bytes:
        try:
            data = self._socket.recv(READ_BYTES)
        except ConnectionError:
            data = b""
        except OSError as error:
            raise self._failure("does not answer", error) from error
        if not data and self._is_asking:
            raise RefusedError(
                "gateway-refused", f"{self._where()} closed the link: are address and streaming key right?"
            )
        if not data:
            raise NetworkError("gateway-closed", f"{self._where()} closed the link")
        if self._is_asking:  # one time-out for all questions
            self._socket.settimeout(max(0.001, self._deadline_s - time.monotonic()))
        return data

    def _write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._failure("takes nothing any more", error) from error

    def _failure(self, what: str, error: OSError) -> NetworkError:
        reason = "time-out" if isinstance(error, TimeoutError) else error.strerror or str(error)
        return NetworkError("gateway-network", f"{self._where()} {what}: {reason}")

    def _where(self) -> str:
        return f"{self._address.scheme}://{self._address.host}:{self._address.port}"


def _code(values: list[Value]) -> str:
    return _field(values, "code")


def _field(values: list[Value], name: str) -> str:
    """Return a text of the last object of a command, "" without."""
    last = values[-1] if values else None
    found = last.get(name) if isinstance(last, dict) else None
    return found if isinstance(found, str) else ""
