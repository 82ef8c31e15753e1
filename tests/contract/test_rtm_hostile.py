"""A raw zenoh session in the namespace sends what no login of ours would: two honest ones go on and lose nothing."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import zenoh

from agora_cli.clock import monotonic_us
from agora_cli.events import PacketRefused
from agora_cli.mesh.session import Mesh, open_mesh
from agora_cli.rtm.base import Channel, Message, RtmClient, RtmEvent, RtmSpec, User
from agora_cli.rtm.local import wire
from agora_cli.rtm.local.engine import LocalRtmEngine

ROOM = wire.stream_of(Channel("room"))
MESSAGES = 40
TIMEOUT_S = 15.0
RECORD = wire.pack_record(1, 1, 1, True, b"x")
# Puts with what a stranger knows: the login of the honest publisher.
Attack = Callable[[zenoh.Session, str], object]


def stranger_login(at_us: int | None = None) -> str:
    return wire.login_of("eve", os.getpid(), monotonic_us() if at_us is None else at_us)


def record(payload: Callable[[str], bytes]) -> Attack:
    return lambda session, alice: session.put(wire.key("m", ROOM, stranger_login()), payload(alice))


def sealed(body: bytes, kind: str = "m", login: str | None = None) -> Callable[[str], bytes]:
    return lambda alice: wire.seal(wire.key(kind, ROOM, login or stranger_login()), body)


def token(login: str) -> Attack:
    return lambda session, alice: session.liveliness().declare_token(wire.key("p", ROOM, login))


ATTACKS: dict[str, Attack] = {
    "garbage": record(lambda alice: os.urandom(64)),
    "nothing": record(lambda alice: b""),
    "a key that ends": record(lambda alice: b"rtm/1/m\n"),
    "an unknown kind": record(sealed(b"x", kind="z")),
    "a cut record": record(sealed(RECORD[:-1])),
    "a bad login": record(sealed(RECORD, login="zz.1.1")),
    "a login without parts": record(sealed(RECORD, login="eve")),
    "a process that cannot be": record(sealed(RECORD, login=f"37.{2**70}.1")),
    "number 2^63": record(sealed(wire._RECORD.pack(2**63, 1, 1, 1, 1) + b"x")),
    "head 2^63 of the publisher": record(
        lambda alice: wire.seal(wire.key("h", ROOM, alice), (2**63).to_bytes(8, "little") + bytes(8))
    ),
    "head far ahead of the publisher": record(
        lambda alice: wire.seal(wire.key("h", ROOM, alice), (2**40).to_bytes(8, "little") + bytes(8))
    ),
    "a message of 1 MB": record(sealed(wire._RECORD.pack(1, 1, 1, 1, 1 << 20) + bytes(1 << 20))),
    "a packet of 50 MB": record(sealed(bytes(50 << 20))),
    "a bad token": token("zz.1.1"),
    "a token without parts": token("eve"),
    "a token of the future": token(wire.login_of("alice", 1, 2**50)),
    "a rival of the future": lambda session, alice: session.liveliness().declare_token(
        wire.key("p", wire.stream_of(User("alice")), wire.login_of("alice", 1, 2**50))
    ),
    "a bad ack": lambda session, alice: session.put(wire.key("a", alice, ROOM, "zz"), b"garbage"),
    "an ack of 2^63": lambda session, alice: session.put(
        wire.key("a", alice, ROOM, stranger_login()),
        wire.seal(wire.key("a", alice, ROOM, stranger_login()), (2**63).to_bytes(8, "little")),
    ),
    "a bad question": lambda session, alice: list(
        session.get(wire.key("q", alice, ROOM), payload=b"garbage", timeout=0.5)
    ),
}


@pytest.fixture
def runtime_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="agora") as directory:
        yield Path(directory)


@pytest.fixture
def stranger(runtime_dir: Path) -> Iterator[Mesh]:
    with open_mesh("default", runtime_dir) as mesh:
        yield mesh


def log_in(runtime_dir: Path, user: str) -> RtmClient:
    client = LocalRtmEngine(runtime_dir).login(RtmSpec("default", user, None, rate="unlimited"))
    client.subscribe("room")
    return client


def read(client: RtmClient, done: Callable[[list[RtmEvent]], bool]) -> list[RtmEvent]:
    """Return what comes until `done`, within 15 s."""
    events: list[RtmEvent] = []
    deadline = time.monotonic() + TIMEOUT_S
    while not done(events) and time.monotonic() < deadline:
        events += client.events(0.05)
    return events


@pytest.mark.parametrize("name", ATTACKS)
def test_two_honest_logins_lose_nothing(name: str, runtime_dir: Path, stranger: Mesh) -> None:
    with closing(log_in(runtime_dir, "alice")) as alice, closing(log_in(runtime_dir, "bob")) as bob:
        login = alice._login  # type: ignore[attr-defined]
        held: list[object] = []
        for number in range(MESSAGES):
            if number in (5, 6, 30):
                held.append(ATTACKS[name](stranger.session, login))  # a token lives as long as it is held
            alice.publish(Channel("room"), b"%d" % number)
        assert alice.flush(TIMEOUT_S)
        heard = read(bob, lambda events: sum(isinstance(event, Message) for event in events) >= MESSAGES)
        assert [event.data for event in heard if isinstance(event, Message) and event.publisher == "alice"] == [
            b"%d" % number for number in range(MESSAGES)
        ]
        bob.publish(Channel("room"), b"and back")
        assert [event.data for event in read(alice, has_message) if isinstance(event, Message)] == [b"and back"]


def has_message(events: list[RtmEvent]) -> bool:
    return any(isinstance(event, Message) for event in events)


def test_what_was_refused_is_told_once(runtime_dir: Path, stranger: Mesh) -> None:
    with closing(log_in(runtime_dir, "bob")) as bob:

        def comes(events: list[RtmEvent]) -> bool:
            ATTACKS["garbage"](stranger.session, "")
            return any(isinstance(event, PacketRefused) for event in events)

        refused = [event for event in read(bob, comes) if isinstance(event, PacketRefused)]
        assert [(event.user, event.reason) for event in refused] == [("", "rtm-payload")]
