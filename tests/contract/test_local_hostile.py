"""A raw zenoh session in the namespace sends what no member of ours would: the honest pair goes on, none dies of it."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zenoh

from agora_cli.engines.base import Connection, ConnectionSpec, Publish, Subscribe
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.engines.local.keys import Keys
from agora_cli.engines.local.requests import BYE, Request, pack_request
from agora_cli.engines.local.wire import FENCE, PCM, pack_origin
from agora_cli.events import MediaReceived
from agora_cli.frames import PcmFrame
from agora_cli.mesh.session import Mesh, open_mesh

KEYS = Keys.of("demo")
FRAMES = 50
TIMEOUT_S = 15.0
LATER = 2**64 - 1


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
