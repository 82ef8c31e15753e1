"""engines/gateway/rtmp_link.py against a server of the test's own: its words, its silences, its certificate."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from agora_cli.engines.gateway.address import Address, address_of
from agora_cli.engines.gateway.amf import Value, pack_values, unpack_values
from agora_cli.engines.gateway.chunks import COMMAND, USER_CONTROL, ChunkReader, RtmpMessage, pack_message
from agora_cli.engines.gateway.rtmp_link import HANDSHAKE_BYTES, RtmpLink
from agora_cli.errors import AgoraError, NetworkError, RefusedError


class Peer:
    """The server's end of one link."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.reader = ChunkReader()
        self.seen: list[RtmpMessage] = []
        self.controls: list[bytes] = []

    def handshake(self, version: int = 3) -> None:
        data = b""
        while len(data) < 1 + HANDSHAKE_BYTES:
            data += self.link.recv(4096)
        self.link.sendall(bytes([version]) + bytes(HANDSHAKE_BYTES) + data[1 : 1 + HANDSHAKE_BYTES])
        rest = data[1 + HANDSHAKE_BYTES :]
        while len(rest) < HANDSHAKE_BYTES:
            rest += self.link.recv(4096)
        self.seen += self.reader.feed(rest[HANDSHAKE_BYTES:])

    def wait_for(self, command: str) -> list[Value]:
        while True:
            while self.seen:
                message = self.seen.pop(0)
                self.controls += [message.data] if message.kind == USER_CONTROL else []
                if message.kind == COMMAND and (values := unpack_values(message.data))[0] == command:
                    return values
            data = self.link.recv(65536)
            if not data:
                return []
            self.seen += self.reader.feed(data)

    def say(self, *values: object, kind: int = COMMAND) -> None:
        self.link.sendall(pack_message(RtmpMessage(kind, 0, 0, pack_values(*values)), 3, 128))  # type: ignore[arg-type]

    def welcome(self) -> None:
        self.handshake()
        self.wait_for("connect")
        self.link.sendall(pack_message(RtmpMessage(USER_CONTROL, 0, 0, struct.pack(">HI", 6, 77)), 2, 128))
        self.say("_result", 1.0, None, {"code": "NetConnection.Connect.Success"})
        self.wait_for("createStream")
        self.say("_result", 4.0, None, 1.0)
        self.wait_for("publish")
        self.say("onStatus", 0.0, None, {"level": "status", "code": "NetStream.Publish.Start"})


@contextmanager
def served(act: Callable[[Peer], None]) -> Iterator[Address]:
    """Run a server that treats one link by `act`; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            link, _ = listener.accept()
            with link:
                try:
                    act(Peer(link))
                except OSError:
                    pass  # the client was quicker to leave

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield address_of(f"rtmp://127.0.0.1:{listener.getsockname()[1]}/live", "", "key")
        thread.join(10)


def test_a_stream_is_named_and_ended_as_the_protocol_wants() -> None:
    seen: list[list[Value]] = []

    def act(peer: Peer) -> None:
        peer.handshake()
        seen.append(peer.wait_for("connect"))
        peer.say("_result", 1.0, None, {"code": "NetConnection.Connect.Success"})
        peer.wait_for("createStream")
        peer.say("_result", 4.0, None, 1.0)
        seen.append(peer.wait_for("publish"))
        peer.say("onStatus", 0.0, None, {"level": "status", "code": "NetStream.Publish.Start"})
        seen.append(peer.wait_for("deleteStream"))

    with served(act) as address:
        link = RtmpLink(address, 5)
        link.send(9, 40, b"x" * 10_000)
        link.close()
    connect, publish, delete = seen
    assert isinstance(connect[2], dict)
    assert connect[2]["app"] == "live"
    assert publish == ["publish", 5.0, None, "key", "live"]
    assert delete == ["deleteStream", 7.0, None, 1.0]


def test_a_ping_is_answered() -> None:
    answers: list[bytes] = []

    def act(peer: Peer) -> None:
        peer.welcome()
        peer.wait_for("deleteStream")
        answers.extend(peer.controls)

    with served(act) as address:
        link = RtmpLink(address, 5)
        link.send(8, 0, b"x")
        link.close()
    assert answers == [struct.pack(">HI", 7, 77)]


def refuse(peer: Peer) -> None:
    peer.handshake()
    peer.wait_for("connect")
    peer.say("_error", 1.0, None, {"code": "NetConnection.Connect.Rejected", "description": "no such app"})


def bad_name(peer: Peer) -> None:
    peer.handshake()
    peer.wait_for("connect")
    peer.say("_result", 1.0, None, None)
    peer.wait_for("createStream")
    peer.say("_result", 4.0, None, 1.0)
    peer.wait_for("publish")
    peer.say("onStatus", 0.0, None, {"level": "error", "code": "NetStream.Publish.BadName"})


def hang_up(peer: Peer) -> None:
    peer.handshake()
    peer.wait_for("connect")


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (refuse, RefusedError, "NetConnection.Connect.Rejected no such app"),
        (bad_name, RefusedError, "NetStream.Publish.BadName"),
        (hang_up, RefusedError, "are address and streaming key right"),
        (lambda peer: peer.handshake(0x48), NetworkError, "is no RTMP server: it answers 0x48"),
        (lambda peer: None, NetworkError, "closed the link"),
        (
            lambda peer: (peer.handshake(), peer.link.sendall(bytes([0xC5]) * 9), peer.wait_for("")),
            NetworkError,
            "does not speak RTMP",
        ),
        (
            lambda peer: (
                peer.handshake(),
                peer.say("x"),
                peer.link.sendall(b"\3" + bytes(5) + b"\1\x14" + bytes(4) + b"\7"),
                peer.wait_for("nothing"),
            ),
            NetworkError,
            "sent no command",
        ),
        (lambda peer: peer.link.recv(1 << 16) and threading.Event().wait(2), NetworkError, "time-out"),
    ],
)
def test_each_way_to_fail(act: Callable[[Peer], None], kind: type[AgoraError], words: str) -> None:
    with served(act) as address, pytest.raises(kind, match=words):
        RtmpLink(address, 0.5)


def send_much(link: RtmpLink) -> None:
    for number in range(1000):
        link.send(9, number, b"x" * 100_000)


def test_a_link_that_breaks_in_mid_stream() -> None:
    with served(Peer.welcome) as address:
        link = RtmpLink(address, 5)
        with pytest.raises(NetworkError):
            send_much(link)
        link.close()


def test_a_certificate_of_nobody_is_not_taken(tmp_path_factory: pytest.TempPathFactory) -> None:
    from datetime import datetime, timedelta, timezone

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = builder.serial_number(7).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    home = tmp_path_factory.mktemp("tls")
    (home / "c").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (home / "k").write_bytes(key.private_bytes(*form))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / "c", home / "k")

    def act(peer: Peer) -> None:
        with context.wrap_socket(peer.link, server_side=True) as link:
            Peer(link).welcome()

    with served(act) as plain:
        address = address_of(plain.url.replace("rtmp:", "rtmps:"), "", "key")
        with pytest.raises(NetworkError, match="certificate verify failed"):
            RtmpLink(address, 5)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.load_verify_locations(home / "c")
    with served(act) as plain:
        RtmpLink(address_of(plain.url.replace("rtmp:", "rtmps:"), "", "key"), 5, trusting).close()
