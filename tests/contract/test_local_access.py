"""The local engine with tokens and with encryption: who is let in, for how long, and who hears what."""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agora_cli.engines.base import Connection, ConnectionSpec, Encryption, Publish, Subscribe
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.errors import RefusedError
from agora_cli.events import DataReceived, DecryptionFailed, Event, LinkChanged, MediaReceived, TokenExpiring
from agora_cli.frames import EncodedVideo, Metadata, PcmFrame, RawVideo, Unit
from agora_cli.options.credentials import Minter, local_gate
from agora_cli.tokens.services import RTC
from tests.unit.tokens.vectors import APP_ID, CERTIFICATE

TIMEOUT_S = 15.0
SECRET = Encryption("aes-256-gcm2", b"open sesame", b"s" * 32)
SPEC = ConnectionSpec(APP_ID, "demo", publish=Publish(audio="pcm"), subscribe=Subscribe())
UNITS: list[Unit] = [
    PcmFrame(0, 16000, 1, b"\x01\x02" * 160),
    EncodedVideo(0, 0, "h264", 16, 16, True, b"\x00\x00\x00\x01\x65picture"),
    RawVideo(0, "i420", 2, 2, b"yyyyuv", alpha=b"aaaa"),
    Metadata(0, "audio", b"metadata"),
]


@pytest.fixture
def runtime_dir() -> Iterator[Path]:
    # Not tmp_path: a socket's path has at most 108 bytes.
    with tempfile.TemporaryDirectory(prefix="agora") as directory:
        yield Path(directory)


def collect(connection: Connection, done: Callable[[list[Event]], bool]) -> list[Event]:
    """Return the events up to the one that makes `done` true; fails after 15 s."""
    events: list[Event] = []
    deadline = time.monotonic() + TIMEOUT_S
    while not done(events):
        assert time.monotonic() < deadline, events
        events += connection.events(0.1)
    return events


def minter(life_s: int, user: str = "7") -> Minter:
    return Minter(APP_ID, CERTIFICATE, RTC, "demo", user, "broadcaster", life_s)


def of(events: list[Event], kind: type[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


@pytest.mark.parametrize("token", [None, "007junk", minter(60, "8")()])
def test_a_wrong_token_is_refused_at_the_door(token: str | None, runtime_dir: Path) -> None:
    engine = LocalEngine(runtime_dir, local_gate(CERTIFICATE))
    with pytest.raises(RefusedError) as caught:
        engine.open(replace(SPEC, user="7", token=token))
    assert caught.value.exit == 4
    assert list(runtime_dir.iterdir()) == [], "nothing was opened"


def test_an_expired_token_is_refused_as_such(runtime_dir: Path) -> None:
    engine = LocalEngine(runtime_dir, local_gate(CERTIFICATE, lambda: time.time() + 3600))
    with pytest.raises(RefusedError, match=r"\(109\)"):
        engine.open(replace(SPEC, user="7", token=minter(60)()))


def test_a_member_whose_token_ends_is_warned_and_put_out(runtime_dir: Path) -> None:
    engine = LocalEngine(runtime_dir, local_gate(CERTIFICATE))
    connection = engine.open(replace(SPEC, user="7", token=minter(2)()))
    events = collect(connection, lambda seen: bool(of(seen, LinkChanged)))
    assert [type(event) for event in events] == [TokenExpiring, LinkChanged]
    (ended,) = of(events, LinkChanged)
    assert isinstance(ended, LinkChanged)
    assert (ended.state, ended.reason) == ("failed", 9)
    with pytest.raises(RefusedError, match="the token expired"):
        connection.push(UNITS[0])
    connection.close()


def test_a_member_who_renews_stays(runtime_dir: Path) -> None:
    engine = LocalEngine(runtime_dir, local_gate(CERTIFICATE))
    mint = minter(3)
    connection = engine.open(replace(SPEC, user="7", token=mint(), mint_token=mint))
    start_s = time.time()
    events = collect(connection, lambda seen: len(of(seen, TokenExpiring)) >= 3)
    assert time.time() - start_s > 3, "it outlived its first token"
    told = [(event.state, event.reason) for event in events if isinstance(event, LinkChanged)]
    assert told[:2] == [("connected", 12), ("connected", 12)]
    assert {*told} == {("connected", 12)}
    connection.push(UNITS[0])
    connection.close()


def test_without_an_app_id_no_token_is_asked_for(runtime_dir: Path) -> None:
    engine = LocalEngine(runtime_dir, local_gate(CERTIFICATE))
    engine.open(replace(SPEC, app_id="my-tests")).close()


def pair(runtime_dir: Path, mine: Encryption | None, theirs: Encryption | None) -> tuple[Connection, Connection]:
    """Return a listener and a sender with these keys, in engines of their own."""
    listener = LocalEngine(runtime_dir).open(replace(SPEC, user="1", encryption=mine))
    sender = LocalEngine(runtime_dir).open(replace(SPEC, user="2", encryption=theirs))
    return listener, sender


def test_equal_keys_carry_everything(runtime_dir: Path) -> None:
    listener, sender = pair(runtime_dir, SECRET, SECRET)
    for unit in UNITS:
        sender.push(unit)
    sender.send(b"hello")
    events = collect(
        listener, lambda seen: len(of(seen, MediaReceived)) == len(UNITS) and len(of(seen, DataReceived)) == 1
    )
    heard = [event.unit for event in events if isinstance(event, MediaReceived)]
    assert sorted(map(repr, heard)) == sorted(map(repr, UNITS))
    assert [event.data for event in events if isinstance(event, DataReceived)] == [b"hello"]
    assert of(events, DecryptionFailed) == []
    sender.close()
    listener.close()


@pytest.mark.parametrize(
    "theirs",
    [
        replace(SECRET, key=b"another"),
        replace(SECRET, salt=b"t" * 32),
        replace(SECRET, mode="aes-128-gcm2"),
        None,
    ],
    ids=["key", "salt", "mode", "none"],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_unequal_keys_carry_nothing_and_both_sides_know(
    theirs: Encryption | None, swapped: bool, runtime_dir: Path
) -> None:
    listener, sender = pair(runtime_dir, *((theirs, SECRET) if swapped else (SECRET, theirs)))
    failed = {side: collect(side, lambda seen: bool(of(seen, DecryptionFailed))) for side in (listener, sender)}
    for unit in UNITS * 3:
        sender.push(unit)
    sender.send(b"hello")
    sender.close()
    late = list(listener.events(0.5))
    for side, other in ((listener, "2"), (sender, "1")):
        (event,) = of(failed[side], DecryptionFailed)
        assert isinstance(event, DecryptionFailed)
        assert event.user == other
    assert of(late, MediaReceived) == of(late, DataReceived) == of(late, DecryptionFailed) == []
    listener.close()


def test_who_has_the_key_is_heard_beside_who_has_not(runtime_dir: Path) -> None:
    listener, sender = pair(runtime_dir, SECRET, SECRET)
    stranger = LocalEngine(runtime_dir).open(replace(SPEC, user="3", encryption=replace(SECRET, key=b"another")))
    stranger.push(UNITS[0])
    sender.push(UNITS[0])
    events = collect(listener, lambda seen: bool(of(seen, MediaReceived)) and bool(of(seen, DecryptionFailed)))
    assert [event.user for event in events if isinstance(event, MediaReceived)] == ["2"]
    assert [event.user for event in events if isinstance(event, DecryptionFailed)] == ["3"]
    for connection in (listener, sender, stranger):
        connection.close()
