"""What every engine must do: one set of tests, run over each.

Two engine objects stand for two processes. `until` reads events up to the one that a test waits for; it
never sleeps, and fails after DEADLINE_S with all that it saw.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pytest

from agora_cli.engines.base import Connection, ConnectionSpec, Encryption, Engine, Role, Subscribe
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.errors import InputError, NetworkError, RefusedError, UsageError
from agora_cli.events import DataReceived, Event, Joined, KeyframeRequested, Left, LinkChanged, MediaReceived
from agora_cli.frames import EncodedAudio, EncodedVideo, Metadata, PcmFrame, RawVideo, Unit
from tests.contract.sdk_fake.room import ContractEngine
from tests.fakes import FakeEngine

DEADLINE_S = 10.0
CHANNEL = "a b!#$%&()+-:;<=.>?@[]^_{}|~,"

UNITS: list[Unit] = [
    PcmFrame(0, 48000, 2, bytes(range(240)) * 8),
    PcmFrame(-5, 8000, 1, b""),
    EncodedAudio(1, "opus", 48000, 2, 960, b"opus"),
    EncodedAudio(2, "pcmu", 8000, 1, 160, memoryview(b"mulaw")),
    EncodedVideo(3, 2, "h264", 1920, 1080, True, bytearray(b"\0\0\0\1e"), Fraction(30000, 1001)),
    EncodedVideo(4, 4, "av1", 640, 361, False, b"av1"),
    EncodedVideo(5, 5, "jpeg", 1, 1, True, b"\xff\xd8\xff\xd9"),
    RawVideo(6, "i420", 3, 3, bytes(17), "bt709", bytes(range(9))),
    RawVideo(7, "rgba", 2, 1, bytes(8)),
    Metadata(8, "audio", b"m" * 64),
    Metadata(9, "video", b"sei"),
]


@dataclass
class Listener:
    """A connection and all that it has told so far."""

    connection: Connection
    seen: list[Event] = field(default_factory=list)

    def until(self, wanted: Callable[[Event], bool], count: int = 1) -> list[Event]:
        """Read until `count` events are as wanted, and return these."""
        deadline = time.monotonic() + DEADLINE_S
        while len(found := [event for event in self.seen if wanted(event)]) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} in {self.seen}"
            self.seen += self.connection.events(0.05)
        return found

    def media(self, count: int, user: str | None = None) -> list[MediaReceived]:
        found = self.until(lambda e: isinstance(e, MediaReceived) and user in (None, e.user), count)
        return [event for event in found if isinstance(event, MediaReceived)]

    def joined(self, user: str) -> None:
        self.until(lambda e: isinstance(e, Joined) and e.user == user)

    def of(self, *kinds: type) -> list[Event]:
        """Return what was seen of these kinds."""
        return [event for event in self.seen if isinstance(event, kinds)]


@dataclass
class Room:
    """Opens connections to one channel, each from an engine of its own as from a process of its own."""

    engine: Callable[[], Engine]
    stack: ExitStack
    channel: str = CHANNEL
    encryption: Encryption | None = None

    def open(
        self,
        user: str = "0",
        subscribe: Subscribe | None = None,
        role: Role = "broadcaster",
        channel: str | None = None,
        app_id: str = "contract",
    ) -> Listener:
        spec = ConnectionSpec(
            app_id, channel or self.channel, user, role=role, subscribe=subscribe, encryption=self.encryption
        )
        return Listener(self.stack.enter_context(closing(self.engine().open(spec))))

    def listen(self, user: str = "0", subscribe: Subscribe | None = None) -> Listener:
        return self.open(user, subscribe or Subscribe(), "audience")


@pytest.fixture(params=["fake", "local", "local encrypted", "local in one process", "sdk"])
def room(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    beyond = request.node.get_closest_marker("beyond_sdk")
    if request.param == "sdk" and beyond is not None:
        pytest.skip(f"beyond the SDK: {beyond.args[0]}")
    with ExitStack() as stack:
        if request.param == "fake":
            fake = FakeEngine()
            yield Room(lambda: fake, stack)
        elif request.param == "sdk":
            official = ContractEngine(request.getfixturevalue("sdk_engine"))
            monkeypatch.setenv("AGORA_FAKE_DIR", str(tmp_path))
            yield Room(lambda: official, stack)
        elif request.param == "local":
            yield Room(lambda: LocalEngine(tmp_path / "run"), stack)
        elif request.param == "local encrypted":
            secret = Encryption("aes-128-gcm2", b"open sesame", b"s" * 32)
            yield Room(lambda: LocalEngine(tmp_path / "run"), stack, encryption=secret)
        else:
            shared = LocalEngine(tmp_path / "run")
            yield Room(lambda: shared, stack)


def pcm(number: int) -> PcmFrame:
    return PcmFrame(number * 10_000, 16000, 1, number.to_bytes(4, "little") * 80)


def same(got: Unit, sent: Unit) -> bool:
    """Compare units by value, whatever bytes-like type carries the data."""
    fields = list(type(sent).__dataclass_fields__)
    plain = [
        [bytes(value) if isinstance(value, bytearray | memoryview) else value for value in values]
        for values in ([getattr(unit, name) for name in fields] for unit in (got, sent))
    ]
    return type(got) is type(sent) and plain[0] == plain[1]


def test_joins_and_leaves_are_told(room: Room) -> None:
    first = room.open("1", Subscribe())
    second = room.open("2", Subscribe())
    first.joined("2")
    second.joined("1")
    second.connection.close()
    assert first.until(lambda e: isinstance(e, Left)) == [first.seen[-1]]
    assert first.seen[-1].user == "2"
    assert first.seen[-1].reason == "bye"
    assert first.connection.user == "1"


@pytest.mark.beyond_sdk("it tells nobody of who only listens")
def test_who_only_listens_is_told_too(room: Room) -> None:
    sender = room.open("2", Subscribe())
    room.listen("1")
    sender.joined("1")


@pytest.mark.parametrize("user", ["1", "4294967295", "anna b!#$%&()+-:;<=.>?@[]^_{}|~,", "x" * 255])
def test_a_user_is_known_by_its_name(room: Room, user: str) -> None:
    listener = room.listen()
    sender = room.open(user)
    assert sender.connection.user == user
    sender.connection.push(pcm(0))
    assert listener.media(1)[0].user == user
    listener.joined(user)


def test_user_zero_is_assigned(room: Room) -> None:
    users = [room.open().connection.user for _ in range(4)]
    assert len(set(users)) == 4
    assert all(1 <= int(user) <= 2**32 - 1 for user in users)


@pytest.mark.beyond_sdk("it counts milliseconds, and hands sound on as PCM only")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: f"{type(unit).__name__}{unit.pts_us}")
def test_every_unit_arrives_as_it_was(room: Room, unit: Unit) -> None:
    listener = room.listen()
    room.open("7").connection.push(unit)
    event = listener.media(1)[0]
    assert same(event.unit, unit)
    assert (event.user, event.lost) == ("7", 0)


def test_units_arrive_in_order_and_all(room: Room) -> None:
    listener = room.listen()
    sender = room.open("7").connection
    for number in range(500):
        sender.push(pcm(number))
    events = listener.media(500)
    assert [event.unit for event in events] == [pcm(number) for number in range(500)]
    assert sum(event.lost for event in events) == 0
    assert len({event.epoch for event in events}) == 1
    assert sender.stats().sent_units == 500
    assert sender.stats().sent_bytes == 500 * 320


def test_the_tail_is_not_lost_at_close_and_the_leave_comes_last(room: Room) -> None:
    listener = room.listen()
    for user in map(str, range(1, 6)):
        with closing(room.open(user).connection) as sender:
            for number in range(50):
                sender.push(pcm(number))
    listener.until(lambda e: isinstance(e, Left), 5)
    for user in map(str, range(1, 6)):
        row = [event for event in listener.seen if event.user == user]
        assert [type(event) for event in row] == [Joined, *[MediaReceived] * 50, Left]
        assert row[-1].reason == "bye"


def test_ten_senders_are_heard_apart(room: Room) -> None:
    listener = room.listen()
    senders = [room.open(str(user)).connection for user in range(1, 11)]
    for number in range(40):
        for sender in senders:
            sender.push(pcm(number))
    events = listener.media(400)
    for sender in senders:
        assert [e.unit for e in events if e.user == sender.user] == [pcm(number) for number in range(40)]


def test_a_late_joiner_hears_from_then_on(room: Room) -> None:
    sender = room.open("7").connection
    for number in range(5):
        sender.push(pcm(number))
    sender.flush(DEADLINE_S)
    listener = room.listen()
    for number in range(5, 10):
        sender.push(pcm(number))
    events = listener.media(5)
    assert [event.unit for event in events] == [pcm(number) for number in range(5, 10)]
    assert [event.lost for event in events] == [0] * 5


def test_a_sender_that_comes_back_has_a_new_epoch(room: Room) -> None:
    listener = room.listen()
    for number in range(2):
        with closing(room.open("7").connection) as sender:
            sender.push(pcm(number))
    first, second = listener.media(2)
    assert first.epoch != second.epoch
    assert [type(e) for e in listener.seen[:4]] == [Joined, MediaReceived, Left, Joined]


def test_the_later_of_two_with_one_user_id_wins(room: Room) -> None:
    listener = room.listen("1")
    earlier = room.open("7")
    later = room.open("7")
    (told,) = earlier.until(lambda e: isinstance(e, LinkChanged))
    assert isinstance(told, LinkChanged)
    assert (told.state, told.reason) == ("failed", 19)
    with pytest.raises(RefusedError, match=r"\(reason 19\): .*user 7"):
        earlier.connection.push(pcm(0))
    later.connection.push(pcm(1))
    assert listener.media(1)[0].unit == pcm(1)
    earlier.connection.close()
    later.connection.push(pcm(2))
    assert [event.unit for event in listener.media(2)] == [pcm(1), pcm(2)]
    assert later.of(LinkChanged) == []


@pytest.mark.beyond_sdk("one service has one App ID")
def test_channels_and_namespaces_do_not_meet(room: Room) -> None:
    listener = room.listen()
    room.open("2", channel=CHANNEL + "1").connection.push(pcm(1))
    room.open("3", app_id="other").connection.push(pcm(2))
    room.open("4").connection.push(pcm(3))
    assert [event.unit for event in listener.media(1)] == [pcm(3)]
    assert listener.of(Joined) == [event for event in listener.seen if getattr(event, "user", "") == "4"][:1]


def test_an_audience_member_cannot_push_or_send(room: Room) -> None:
    audience = room.listen().connection
    with pytest.raises(RefusedError, match="119"):
        audience.push(pcm(0))
    with pytest.raises(RefusedError, match="119"):
        audience.send(b"x")


@pytest.mark.beyond_sdk("a message carries no media time")
def test_messages_arrive_exact_and_in_order(room: Room) -> None:
    listener = room.listen()
    sender = room.open("7").connection
    messages = [bytes([number]) * size for number, size in enumerate((1, 2, 1000, 1024))]
    for number, message in enumerate(messages):
        sender.send(message, media_us=number)
    got = listener.until(lambda e: isinstance(e, DataReceived), len(messages))
    assert [(e.user, e.data, e.media_us) for e in got if isinstance(e, DataReceived)] == [
        ("7", message, number) for number, message in enumerate(messages)
    ]


@pytest.mark.parametrize("size", [0, 1025])
def test_a_message_beyond_the_limits_is_refused(room: Room, size: int) -> None:
    with pytest.raises(InputError, match="114"):
        room.open().connection.send(bytes(size))


@pytest.mark.parametrize(
    ("subscribe", "kinds"),
    [
        (Subscribe(video="none", data=False), {PcmFrame}),
        (Subscribe(audio=False, data=False), {EncodedVideo}),
        (Subscribe(audio=False, video="none"), {DataReceived}),
        (Subscribe(), {PcmFrame, EncodedVideo, DataReceived}),
    ],
)
def test_only_what_was_asked_for_arrives(room: Room, subscribe: Subscribe, kinds: set[type]) -> None:
    listener = room.listen("1", subscribe)
    sender = room.open("7").connection
    sender.push(pcm(0))
    sender.push(EncodedVideo(0, 0, "h264", 16, 16, True, b"\0\0\0\1e"))
    sender.send(b"x")
    sender.close()
    listener.until(lambda e: isinstance(e, Left))
    got = {type(e.unit) if isinstance(e, MediaReceived) else type(e) for e in listener.of(MediaReceived, DataReceived)}
    assert got == kinds


@pytest.mark.beyond_sdk("it subscribes to a user after its join, so the first packets are not heard")
def test_only_the_users_asked_for_are_heard(room: Room) -> None:
    listener = room.listen("1", Subscribe(users=frozenset({"8", "9"})))
    for user in ("7", "8", "9"):
        with closing(room.open(user).connection) as sender:
            sender.push(pcm(int(user)))
            sender.send(b"from " + user.encode())
    listener.until(lambda e: isinstance(e, Left), 3)
    assert {e.user for e in listener.of(MediaReceived)} == {"8", "9"}
    assert {e.data for e in listener.of(DataReceived)} == {b"from 8", b"from 9"}


def test_a_connection_does_not_hear_itself(room: Room) -> None:
    both = room.open("7", Subscribe())
    both.connection.push(pcm(0))
    both.connection.send(b"x")
    other = room.open("8", Subscribe())
    other.connection.push(pcm(1))
    assert [event.unit for event in both.media(1)] == [pcm(1)]
    assert both.of(DataReceived) == []


@pytest.mark.beyond_sdk("a request does not say whose it is")
def test_a_keyframe_request_reaches_its_sender_only(room: Room) -> None:
    first, second = room.open("7"), room.open("8")
    listener = room.listen("1")
    listener.connection.request_keyframe("7")
    first.until(lambda e: isinstance(e, KeyframeRequested) and e.user == "1")
    second.connection.close()
    assert [e for e in second.connection.events(0) if isinstance(e, KeyframeRequested)] == []


@pytest.mark.beyond_sdk("it does not tell what a reader has taken")
def test_flush_means_that_the_reader_has_taken_all(room: Room) -> None:
    listener = room.listen("1")
    sender = room.open("7")
    sender.joined("1")
    done = threading.Event()
    units = 0

    def read() -> None:
        nonlocal units
        while not done.is_set():
            units += sum(isinstance(event, MediaReceived) for event in listener.connection.events(0.05))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(5):
            for number in range(64):
                sender.connection.push(pcm(number))
            assert sender.connection.flush(DEADLINE_S)
    finally:
        done.set()
        reader.join()
    units += sum(isinstance(event, MediaReceived) for event in listener.connection.events(0))
    assert units == 5 * 64


def test_flush_without_listeners_is_immediate(room: Room) -> None:
    sender, other = room.open("7"), room.open("8")
    sender.joined("8")
    began = time.monotonic()
    assert sender.connection.flush(DEADLINE_S)
    assert time.monotonic() - began < DEADLINE_S / 2
    assert other.of(MediaReceived) == []


def test_close_can_be_repeated_and_ends_push_and_send(room: Room) -> None:
    connection = room.open("7").connection
    connection.close()
    connection.close()
    for call in (lambda: connection.push(pcm(0)), lambda: connection.send(b"x"), lambda: connection.flush(1.0)):
        with pytest.raises(NetworkError, match="closed"):
            call()
    assert list(connection.events(0)) == list(connection.events(0))


@pytest.mark.parametrize(
    ("channel", "user"),
    [("", "1"), ("x" * 64, "1"), ("a/b", "1"), ("ch", "4294967296"), ("ch", ""), ("ch", "x" * 256), ("ch", "a/b")],
)
def test_bad_names_are_refused(room: Room, channel: str, user: str) -> None:
    with pytest.raises(UsageError):
        room.engine().open(ConnectionSpec("contract", channel, user))
