"""A raw zenoh session in the namespace sends what no member of ours would: the honest pair goes on, none dies of it."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import zenoh

from agora_cli.engines.base import Connection, ConnectionSpec, Encryption, Publish, Subscribe
from agora_cli.engines.limits import BURST_S, MAX_MESSAGES_PER_S
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.engines.local.keys import Keys
from agora_cli.engines.local.requests import BYE, Request, pack_request
from agora_cli.engines.local.wire import FENCE, MESSAGE, PCM, pack_origin
from agora_cli.events import DataReceived, MediaReceived, PacketRefused
from agora_cli.frames import PcmFrame
from agora_cli.mesh.session import Mesh, open_mesh

KEYS = Keys.of("demo")
FRAMES = 50
TIMEOUT_S = 15.0
LATER = 2**64 - 1
BLOCK = zenoh.CongestionControl.BLOCK


def put(key: str, header: bytes, payload: bytes = b"") -> Callable[[zenoh.Session], object]:
    return lambda session: session.put(key, payload, attachment=header)


def ask(payload: bytes) -> Callable[[zenoh.Session], object]:
    return lambda session: list(session.get(KEYS.requests(), payload=payload, timeout=0.5))


def token(key: str) -> Callable[[zenoh.Session], object]:
    return lambda session: session.liveliness().declare_token(key)


def pcm(rate: int, channels: int, user: bytes = b"9") -> bytes:
    header = pack_origin(PCM, 1, 0, 0, user)
    return header + rate.to_bytes(4, "little") + bytes([channels]) + bytes(4)


ATTACKS: dict[str, Callable[[zenoh.Session], object]] = {
    "fence": put(KEYS.audio("9"), pack_origin(FENCE, 1, 7, 0, b"2")),
    "no header": put(KEYS.audio("9"), b""),
    "cut header": put(KEYS.audio("9"), pcm(16000, 1)[:20]),
    "0 Hz": put(KEYS.audio("9"), pcm(0, 1), b"ab"),
    "0 channels": put(KEYS.audio("9"), pcm(16000, 0), b"ab"),
    "user with NUL": put(KEYS.audio("9"), pcm(16000, 1, b"9\0"), b"ab"),
    "from the future": put(KEYS.audio("1"), pack_origin(PCM, LATER, 0, 0, b"1") + pcm(16000, 1)[-9:], b"ab"),
    "a number far ahead": put(KEYS.audio("1"), pack_origin(PCM, 1, 2**31 - 1, 0, b"1") + pcm(16000, 1)[-9:], b"ab"),
    "a sound of 5 MB": put(KEYS.audio("9"), pcm(16000, 1), bytes(5 * 1024 * 1024)),
    "a packet of 200 MB": put(KEYS.audio("9"), pcm(16000, 1), bytes(200 * 1024 * 1024)),
    "a header of 1 MB": put(KEYS.audio("9"), pcm(16000, 1) + bytes(1024 * 1024), b"ab"),
    "a request of 1 MB": ask(bytes(1024 * 1024)),
    "a request with NUL": ask(pack_request(Request(BYE, "1\0", 1))),
    "garbage message": put(KEYS.messages("9"), b"\xff" * 40, b"x"),
    "goodbye from the future": ask(pack_request(Request(BYE, "1", LATER))),
    "garbage request": ask(b"\x01\x02garbage"),
    "malformed token": token(f"{KEYS.root}/live/zz/nothing/a/b"),
    "token from the future": token(KEYS.token("1", LATER, "zid")),
}


@pytest.fixture
def runtime_dir() -> Iterator[Path]:
    # Not tmp_path: a socket's path has at most 108 bytes.
    with tempfile.TemporaryDirectory(prefix="agora") as directory:
        yield Path(directory)


@pytest.fixture
def stranger(runtime_dir: Path) -> Iterator[Mesh]:
    mesh = open_mesh("default", runtime_dir)
    yield mesh
    mesh.close()


def heard(connection: Connection, count: int) -> list[MediaReceived]:
    """Return what came of user 1, `count` units of it or all within 15 s."""
    found: list[MediaReceived] = []
    deadline = time.monotonic() + TIMEOUT_S
    while len(found) < count and time.monotonic() < deadline:
        found += [event for event in connection.events(0.1) if isinstance(event, MediaReceived) and event.user == "1"]
    return found


@pytest.mark.parametrize("name", ATTACKS)
def test_an_honest_pair_loses_nothing(name: str, runtime_dir: Path, stranger: Mesh) -> None:
    engine = LocalEngine(runtime_dir)
    listener = engine.open(ConnectionSpec("default", "demo", "2", subscribe=Subscribe()))
    sender = engine.open(ConnectionSpec("default", "demo", "1", publish=Publish(audio="pcm"), subscribe=Subscribe()))
    attacks: list[object] = []
    try:
        for number in range(FRAMES):
            if number in (5, 6, 30):
                attacks.append(ATTACKS[name](stranger.session))  # a token lives as long as it is held
            sender.push(PcmFrame(number * 10_000, 16000, 1, number.to_bytes(2, "little") * 160))
        sender.flush(2.0)
        got = heard(listener, FRAMES)
        assert [bytes(event.unit.data[:2]) for event in got] == [n.to_bytes(2, "little") for n in range(FRAMES)]
        assert sum(event.lost for event in got) == 0
        # Fences still pass: a goodbye is one.
        late = engine.open(ConnectionSpec("default", "demo", "3", subscribe=Subscribe()))
        late.close()
    finally:
        sender.close()
        listener.close()


def test_what_was_refused_is_counted_and_told_once(runtime_dir: Path, stranger: Mesh) -> None:
    with closing(LocalEngine(runtime_dir).open(ConnectionSpec("default", "demo", "2", subscribe=Subscribe()))) as own:
        told = until_known(stranger, own)
        for _ in range(3):
            ATTACKS["0 Hz"](stranger.session)
        until(own, lambda: own.stats().refused.get("9", {}).get("wire-value") == 3, told)
        assert own.stats().lost == 0
        assert sorted(told) == [("", "wire-version"), ("9", "wire-value")]


def test_messages_of_an_encrypted_channel_are_not_heard_again(runtime_dir: Path, stranger: Mesh) -> None:
    secret = Encryption("aes-128-gcm2", b"key", b"s" * 32)
    spec = ConnectionSpec("default", "demo", "2", subscribe=Subscribe(), encryption=secret)
    engine = LocalEngine(runtime_dir)
    # First: who joins after it knows that it listens.
    with stranger.session.declare_subscriber(f"{KEYS.root}/*/data/*", zenoh.handlers.FifoChannel(64)) as tap:
        with closing(engine.open(spec)) as listener, closing(engine.open(replace(spec, user="1"))) as sender:
            for number in range(6):
                sender.send(bytes([number]))
            taken = [tap.recv() for _ in range(6)]
            for sample in taken:
                stranger.session.put(sample.key_expr, sample.payload, attachment=sample.attachment)
            heard: list[bytes] = []
            until(listener, lambda: len(heard) >= 6 and bool(listener.stats().refused), data=heard)
            until(listener, lambda: listener.stats().refused == {"1": {"wire-replay": 6}}, data=heard)
    assert heard == [bytes([number]) for number in range(6)]


def test_a_flood_of_messages_is_cut_where_its_sender_must_stop(runtime_dir: Path, stranger: Mesh) -> None:
    with closing(LocalEngine(runtime_dir).open(ConnectionSpec("default", "demo", "2", subscribe=Subscribe()))) as own:
        until_known(stranger, own)
        header, flood = pack_origin(MESSAGE, 1, 0, 0, b"9"), 4000
        for _ in range(flood):
            stranger.session.put(KEYS.messages("9"), b"x", attachment=header, congestion_control=BLOCK)
        heard: list[bytes] = []
        until(own, lambda: len(heard) + own.stats().refused.get("9", {}).get("data-rate", 0) == flood, data=heard)
        assert BURST_S * MAX_MESSAGES_PER_S <= len(heard) < flood


def until_known(stranger: Mesh, own: Connection) -> list[tuple[str, str]]:
    """Send garbage until it comes, so that all that follows does; return what was told of it."""
    told: list[tuple[str, str]] = []

    def comes() -> bool:
        ATTACKS["garbage message"](stranger.session)
        return bool(own.stats().refused)

    until(own, comes, told)
    return told


def until(
    connection: Connection,
    done: Callable[[], bool],
    told: list[tuple[str, str]] | None = None,
    data: list[bytes] | None = None,
) -> None:
    """Read a connection until `done`, for 15 s at most; keep what was refused and the messages."""
    deadline = time.monotonic() + TIMEOUT_S
    while not done():
        assert time.monotonic() < deadline, connection.stats()
        for event in connection.events(0.05):
            if isinstance(event, PacketRefused) and told is not None:
                told.append((event.user, event.reason))
            elif isinstance(event, DataReceived) and data is not None:
                data.append(event.data)
