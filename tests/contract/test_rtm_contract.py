"""What every messaging engine promises, on every one that runs here."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from agora_cli.errors import AgoraError, RefusedError
from agora_cli.events import LinkChanged
from agora_cli.options.credentials import Minter, admit
from agora_cli.rtm.base import (
    NEW_ITEM,
    Channel,
    LockChanged,
    Message,
    MetadataChanged,
    PresenceChange,
    RtmClient,
    RtmEvent,
    RtmSpec,
    User,
)
from agora_cli.rtm.local.engine import LocalRtmEngine
from agora_cli.tokens.services import RTM
from agora_cli.tokens.stay import Grant
from agora_cli.tokens.verdict import Wanted
from tests.rtm_numbers import number_of

WAIT_S = 10.0
APP_ID, CERTIFICATE = "a" * 32, "b" * 32
ROOM = Channel("room")

E = TypeVar("E", bound=RtmEvent)


class People:
    """Logs users in, and out at the end."""

    def __init__(self, engine: LocalRtmEngine) -> None:
        self._engine = engine
        self._clients: list[RtmClient] = []

    def __call__(self, name: str, *channels: str, history: int = 0, rate: str = "unlimited") -> RtmClient:
        client = self._engine.login(RtmSpec("contract", name, rate=rate))  # type: ignore[arg-type]
        self._clients.append(client)
        for channel in channels:
            client.subscribe(channel, history)
        return client

    def leave(self) -> None:
        for client in self._clients:
            client.close()


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    people = People(LocalRtmEngine(tmp_path))
    yield people
    people.leave()


def collect(client: RtmClient, kind: type[E], enough: Callable[[list[E]], bool]) -> list[E]:
    """Return the events of one kind, read until there are enough."""
    found: list[E] = []
    deadline = time.monotonic() + WAIT_S
    while not enough(found):
        assert time.monotonic() < deadline, f"only {found[-5:]} ({len(found)})"
        found += [event for event in client.events(0.1) if isinstance(event, kind)]
    return found


def messages(client: RtmClient, count: int) -> list[Message]:
    return collect(client, Message, lambda found: len(found) >= count)


def await_users(client: RtmClient, *users: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while set(client.who("room")) != set(users):
        assert time.monotonic() < deadline, client.who("room")
        time.sleep(0.005)


def refused(number: int, call: Callable[..., object], *args: object, **kwargs: object) -> None:
    with pytest.raises(AgoraError) as caught:
        call(*args, **kwargs)
    assert number_of(caught.value) == number


def test_a_channel_message_reaches_all_but_its_publisher(people: People) -> None:
    alice, bob, carol = people("alice", "room"), people("bob", "room"), people("carol", "room")
    alice.publish(ROOM, "zwei ü 漢字".encode())
    for client in (bob, carol):
        (message,) = messages(client, 1)
        assert (message.channel, message.publisher, message.data) == ("room", "alice", "zwei ü 漢字".encode())
        assert message.is_text
        assert not message.from_history
        assert abs(message.sent_us - time.time_ns() // 1000) < 60_000_000
    alice.flush(WAIT_S)
    assert not [event for event in alice.events(0.1) if isinstance(event, Message)]


@pytest.mark.parametrize("data", [b"\0", b"a\0b\xff\0", bytes(range(256)) * 128], ids=["nul", "nuls", "32 KB"])
def test_binary_is_exact(people: People, data: bytes) -> None:
    alice, bob = people("alice", "room"), people("bob", "room")
    alice.publish(ROOM, data, is_text=False)
    (message,) = messages(bob, 1)
    assert (message.data, message.is_text) == (data, False)


def test_a_message_to_one_user_reaches_that_one_alone(people: People) -> None:
    alice, bob, carol = people("alice", "room"), people("bob"), people("carol", "room")
    alice.publish(User("bob"), b"psst")
    (message,) = messages(bob, 1)
    assert (message.channel, message.publisher, message.data) == ("", "alice", b"psst")
    assert not [event for event in carol.events(0.2) if isinstance(event, Message)]
    refused(-11033, alice.publish, User("nobody"), b"psst")


def test_thousands_arrive_once_and_in_order_from_several_publishers(people: People) -> None:
    bob = people("bob", "room")
    publishers = [people(name, "room") for name in ("alice", "carol")]
    for number in range(3000):
        for publisher in publishers:
            publisher.publish(ROOM, b"%d" % number)
    found = messages(bob, 6000)
    for publisher in publishers:
        assert [m.data for m in found if m.publisher == publisher.user] == [b"%d" % n for n in range(3000)]


def test_publishing_without_subscribing(people: People) -> None:
    bob = people("bob", "room")
    people("alice").publish(ROOM, b"hello")
    assert messages(bob, 1)[0].data == b"hello"


def test_after_unsubscribing_nothing_comes(people: People) -> None:
    alice, bob = people("alice", "room"), people("bob", "room")
    await_users(alice, "alice", "bob")
    bob.unsubscribe("room")
    await_users(alice, "alice")
    alice.publish(ROOM, b"hello")
    assert not [event for event in bob.events(0.2) if isinstance(event, Message)]
    refused(-11002, bob.unsubscribe, "room")
    bob.subscribe("room")
    alice.publish(ROOM, b"again")
    assert messages(bob, 1)[0].data == b"again"


def test_late_joiners_see_what_was_stored_then_what_is_live(people: People) -> None:
    alice = people("alice", "room")
    for number in range(5):
        alice.publish(ROOM, b"%d" % number, store=number != 2)
    bob = people("bob", "room", history=3)
    alice.publish(ROOM, b"live")
    found = messages(bob, 4)
    assert [(m.data, m.from_history) for m in found] == [(b"1", True), (b"3", True), (b"4", True), (b"live", False)]
    assert [m.data for m in bob.history("room")] == [b"0", b"1", b"3", b"4"]
    assert [m.data for m in bob.history("room", 1)] == [b"4"]


def test_history_outlives_its_publisher(people: People) -> None:
    alice = people("alice", "room")
    alice.publish(ROOM, b"testament", store=True)
    alice.close()
    assert messages(people("bob", "room", history=9), 1)[0].publisher == "alice"


def test_joins_goodbyes_and_states_are_seen(people: People) -> None:
    alice = people("alice", "room")
    bob = people("bob", "room")
    await_users(alice, "alice", "bob")
    await_users(bob, "alice", "bob")
    bob.set_state("room", {"mood": "ok"})
    collect(alice, PresenceChange, lambda found: any(event.state == {"mood": "ok"} for event in found))
    assert people("carol", "room").who("room") == {"alice": {}, "bob": {"mood": "ok"}, "carol": {}}
    bob.close()
    (left,) = collect(alice, PresenceChange, lambda found: [e for e in found if e.kind == "left"] != [])[-1:]
    assert (left.user, left.kind) == ("bob", "left")
    await_users(alice, "alice", "carol")
    refused(-13009, alice.set_state, "room", {"k": "v" * 257})
    refused(-11002, alice.who, "elsewhere")


def test_metadata_with_revisions(people: People) -> None:
    alice, bob = people("alice", "room"), people("bob", "room")
    await_users(alice, "alice", "bob")
    assert alice.metadata("room").revision == 0
    assert alice.set_metadata("room", {"topic": "ü"}, revisions={"topic": NEW_ITEM}) == 1
    (event,) = collect(bob, MetadataChanged, lambda found: len(found) == 1)
    assert (event.revision, event.changed["topic"].value, event.changed["topic"].author) == (1, "ü", "alice")
    refused(-12014, bob.set_metadata, "room", {"topic": "x"}, revision=0)
    assert bob.set_metadata("room", {"topic": "y"}, revision=1) == 2
    assert bob.remove_metadata("room", ["topic"]) == 3
    events = collect(alice, MetadataChanged, lambda found: bool(found) and found[-1].revision == 3)
    assert events[-1].removed == ["topic"]
    assert alice.metadata("room").items == {}


def test_a_lock_has_one_holder(people: People) -> None:
    alice, bob = people("alice", "room"), people("bob", "room")
    refused(-14008, alice.acquire_lock, "room", "l")
    alice.set_lock("room", "l", 2)
    first = alice.acquire_lock("room", "l")
    refused(-14007, bob.acquire_lock, "room", "l")
    refused(-14006, bob.release_lock, "room", "l")
    refused(-12008, bob.set_metadata, "room", {"k": "v"}, lock="l")
    assert alice.set_metadata("room", {"k": "v"}, lock="l") == 1
    assert [(lock.name, lock.owner) for lock in bob.locks("room")] == [("l", "alice")]
    alice.release_lock("room", "l")
    second = bob.acquire_lock("room", "l", wait_s=WAIT_S)
    assert second.fence > first.fence
    bob.remove_lock("room", "l")
    found = collect(alice, LockChanged, lambda events: bool(events) and events[-1].kind == "removed")
    assert found[0].kind == "set"


def test_taking_and_giving_back_a_lock_is_seen(people: People) -> None:
    alice, bob = people("alice", "room"), people("bob", "room")
    alice.set_lock("room", "l", 60)
    for client in (alice, bob):
        client.acquire_lock("room", "l")
        for watcher in (alice, bob):
            found = collect(watcher, LockChanged, lambda events: [e.kind for e in events][-1:] == ["acquired"])
            assert found[-1].owner == client.user
        client.release_lock("room", "l")
        for watcher in (alice, bob):
            collect(watcher, LockChanged, lambda events: [e.kind for e in events] == ["released"])


def test_a_lock_is_given_back_by_logging_out(people: People) -> None:
    alice, bob = people("alice", "room"), people("bob", "room")
    alice.set_lock("room", "l", 300)
    alice.acquire_lock("room", "l")
    alice.close()
    assert bob.acquire_lock("room", "l").owner == "bob"


def test_a_held_lock_is_renewed(people: People) -> None:
    alice, bob = people("alice", "room"), people("bob", "room")
    alice.set_lock("room", "l", 1)
    alice.acquire_lock("room", "l")
    refused(-14007, bob.acquire_lock, "room", "l", wait_s=1.5)


def test_the_earlier_of_two_logins_is_told_and_leaves(people: People) -> None:
    carol = people("carol", "room")
    earlier = people("bob", "room")
    await_users(carol, "bob", "carol")
    later = people("bob", "room")
    told = collect(earlier, LinkChanged, bool)
    assert (told[0].state, told[0].reason) == ("failed", 19)
    refused(-10012, earlier.publish, ROOM, b"still here?")
    carol.publish(ROOM, b"to bob")
    assert messages(later, 1)[0].data == b"to bob"
    later.publish(ROOM, b"from bob")
    assert messages(carol, 1)[0].data == b"from bob"
    assert list(carol.who("room")) == ["bob", "carol"]


def test_limits_have_agoras_numbers(people: People) -> None:
    alice = people("alice", "room", rate="raise")
    refused(-11009, alice.publish, ROOM, b"")
    refused(-11010, alice.publish, ROOM, bytes(32769))
    refused(-10008, alice.publish, Channel("a\0b"), b"x")
    refused(-10006, alice.publish, User("x" * 65), b"x")
    refused(-10008, alice.subscribe, "")
    refused(-10006, people, "x" * 65)
    for _ in range(60):
        alice.publish(ROOM, b"x")
    refused(-11025, alice.publish, ROOM, b"x")
    for number in range(49):
        alice.subscribe(f"room {number}")
    refused(-11005, alice.subscribe, "one more")


def test_the_rate_can_be_waited_for(people: People) -> None:
    alice = people("alice", rate="wait")
    began = time.monotonic()
    for _ in range(61):
        alice.publish(ROOM, b"x")
    assert time.monotonic() - began >= 1.0


def test_after_close_nothing_goes_and_close_is_harmless(people: People) -> None:
    alice = people("alice", "room")
    alice.close()
    alice.close()
    refused(-10002, alice.publish, ROOM, b"x")
    assert list(alice.events(0)) == []


def test_closing_delivers_what_was_published(people: People) -> None:
    bob = people("bob", "room")
    alice = people("alice")
    for number in range(500):
        alice.publish(ROOM, b"%d" % number)
    alice.close()
    assert [message.data for message in messages(bob, 500)] == [b"%d" % number for number in range(500)]


def gate_of_anna(token: str | None) -> Grant:
    return admit(token, Wanted(APP_ID, CERTIFICATE, user="anna", service=RTM), int(time.time()))


def test_a_login_whose_token_ends_is_warned_and_logged_out(tmp_path: Path) -> None:
    mint = Minter(APP_ID, CERTIFICATE, RTM, "", "anna", "broadcaster", 2)

    with closing(LocalRtmEngine(tmp_path, gate=gate_of_anna).login(RtmSpec(APP_ID, "anna", mint()))) as client:
        client.subscribe("room")
        (ended,) = collect(client, LinkChanged, lambda found: bool(found))
        assert (ended.state, ended.reason) == ("failed", 9)
        with pytest.raises(RefusedError, match="the token expired and was not renewed"):
            client.publish(ROOM, b"late")


def test_a_login_that_renews_its_token_stays(tmp_path: Path) -> None:
    mint = Minter(APP_ID, CERTIFICATE, RTM, "", "anna", "broadcaster", 2)

    with closing(
        LocalRtmEngine(tmp_path, gate=gate_of_anna).login(RtmSpec(APP_ID, "anna", mint(), mint_token=mint))
    ) as client:
        told = collect(client, LinkChanged, lambda found: len(found) >= 2)
        assert {(event.state, event.reason) for event in told} == {("connected", 12)}


def test_without_its_token_nobody_logs_in(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="110"):
        LocalRtmEngine(tmp_path, gate=gate_of_anna).login(RtmSpec(APP_ID, "anna"))
