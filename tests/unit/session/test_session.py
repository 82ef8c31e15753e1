"""session.py: both data paths on a fake engine and a fake clock."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from agora_cli.clock import Stop
from agora_cli.engines.base import ConnectionSpec, Publish, Subscribe
from agora_cli.errors import ExpectationError, InputError, RefusedError
from agora_cli.events import (
    DataReceived,
    DecryptionFailed,
    Event,
    Joined,
    KeyframeRequested,
    Left,
    LinkChanged,
    LinkState,
    MediaReceived,
)
from agora_cli.frames import EncodedVideo, PcmFrame, Unit
from agora_cli.session.pacing import Pacer
from agora_cli.session.pull import KEYFRAME_INTERVAL_US, Pull, PullLimits
from agora_cli.session.push import WINDOW_UNITS, Push
from agora_cli.sources.base import SourceInfo
from tests.fakes import FakeConnection, FakeEngine


class FakeClock:
    def __init__(self) -> None:
        self.time_us = 0

    def now_us(self) -> int:
        return self.time_us

    def sleep_us(self, duration_us: int) -> None:
        self.time_us += duration_us


def sound(number: int) -> PcmFrame:
    return PcmFrame(number * 10_000, 16000, 1, bytes(320))


class FakeSource:
    """Gives units, then a fault if there is one."""

    def __init__(self, units: list[Unit], fault: InputError | None = None) -> None:
        self.info = SourceInfo()
        self.dropped = 0
        self.keyframes_asked = 0
        self._units = units
        self._fault = fault

    def units(self) -> Iterator[Unit]:
        yield from self._units
        if self._fault is not None:
            raise self._fault

    def request_keyframe(self) -> None:
        self.keyframes_asked += 1

    def close(self) -> None:
        pass


def joined(engine: FakeEngine, user: str, subscribe: Subscribe | None = None, channel: str = "demo") -> FakeConnection:
    return engine.open(ConnectionSpec("default", channel, user, publish=Publish(audio="pcm"), subscribe=subscribe))


def nothing(_: object) -> None:
    pass


def push(source: FakeSource, *connections: FakeConnection, speed: int = 1, stop: Stop | None = None) -> Push:
    return Push(source, connections, Pacer(FakeClock(), Fraction(speed), stop), nothing, nothing)


def test_every_unit_goes_to_every_connection() -> None:
    engine = FakeEngine()
    first, second = joined(engine, "1"), joined(engine, "2", channel="demo1")
    summary = push(FakeSource([sound(n) for n in range(5)]), first, second).run()
    assert first.pushed == second.pushed == [sound(n) for n in range(5)]
    assert (summary.units, summary.bytes, summary.seconds, summary.late) == (5, 1600, 0.05, 0)


def test_encoded_picture_goes_at_its_decode_time() -> None:
    clock = FakeClock()
    seen: list[int] = []
    units: list[Unit] = [EncodedVideo(pts, dts, "h264", 2, 2, True, b"x") for pts, dts in ((40, 0), (0, 20), (20, 30))]

    def at(_: Unit) -> None:
        seen.append(clock.time_us)

    Push(FakeSource(units), [joined(FakeEngine(), "1")], Pacer(clock), at, nothing).run()
    assert seen == [0, 20, 30]


def test_a_fault_of_the_source_comes_after_what_was_good() -> None:
    connection = joined(FakeEngine(), "1")
    with pytest.raises(InputError, match="torn"):
        push(FakeSource([sound(0), sound(1)], InputError("x", "torn")), connection).run()
    assert len(connection.pushed) == 2


def test_a_stop_ends_it_with_a_summary() -> None:
    stop = Stop()
    connection = joined(FakeEngine(), "1")
    pushing = Push(
        FakeSource([sound(n) for n in range(9)]),
        [connection],
        Pacer(FakeClock(), stop=stop),
        lambda _: stop.set(),
        nothing,
    )
    assert pushing.run().units == 1


def test_a_keyframe_request_reaches_the_source() -> None:
    connection = joined(FakeEngine(), "1")
    connection.inbox.put(KeyframeRequested(0, "2"))
    source = FakeSource([sound(0)])
    push(source, connection).run()
    assert source.keyframes_asked == 1


def test_a_link_that_comes_back_is_counted_once_and_told() -> None:
    first, second = joined(FakeEngine(), "1"), joined(FakeEngine(), "2")
    states: list[LinkState] = ["connected", "reconnecting", "reconnecting", "connected", "connected"]
    changes = [LinkChanged(0, state, 0, "") for state in states]
    for change in changes:
        first.inbox.put(change)
    second.inbox.put(LinkChanged(0, "reconnecting", 0, ""))
    told: list[Event] = []
    source = FakeSource([sound(0)])
    summary = Push(source, [first, second], Pacer(FakeClock()), nothing, told.append).run()
    assert summary.reconnects == 1
    assert told == [*changes, LinkChanged(0, "reconnecting", 0, "")]


def test_a_link_that_ends_ends_the_push_with_its_reason() -> None:
    engine = FakeEngine()
    connection = joined(engine, "7")
    joined(engine, "7")
    with pytest.raises(RefusedError, match="reason 19"):
        push(FakeSource([sound(0), sound(1)]), connection).run()


def test_without_pacing_everybody_confirms_each_window() -> None:
    connection = joined(FakeEngine(), "1")
    flushed_at: list[int] = []
    confirm = connection.flush

    def flush(timeout_s: float) -> bool:
        flushed_at.append(len(connection.pushed))
        return confirm(timeout_s)

    connection.flush = flush  # type: ignore[method-assign]
    push(FakeSource([sound(n) for n in range(WINDOW_UNITS * 2 + 3)]), connection, speed=0).run()
    assert flushed_at == [WINDOW_UNITS, WINDOW_UNITS * 2, WINDOW_UNITS * 2 + 3]


class FakeSink:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.events: list[MediaReceived | DataReceived] = []
        self.waiting_for_keyframe: set[str] = set()
        self.flushes = 0

    def write(self, event: MediaReceived) -> None:
        self.events.append(event)

    def write_data(self, event: DataReceived) -> None:
        self.events.append(event)

    def flush(self, at_us: int) -> None:
        self.flushes += 1


class ScriptedConnection(FakeConnection):
    """Gives one batch of events a poll, moves the clock to each batch's time, and stops after the last."""

    def __init__(self, clock: FakeClock, stop: Stop, batches: list[tuple[int, list[Event]]]) -> None:
        super().__init__([], ConnectionSpec("default", "demo", "99", subscribe=Subscribe()), "99", 1)
        self.asked: list[str] = []
        self._clock, self._stop, self._batches = clock, stop, batches

    def events(self, timeout_s: float) -> Iterator[Event]:
        if not self._batches:
            self._stop.set()
            return iter(())
        self._clock.time_us, events = self._batches.pop(0)
        return iter(events)

    def request_keyframe(self, user: str) -> None:
        self.asked.append(user)


def media(at_us: int, user: str = "7") -> MediaReceived:
    return MediaReceived(at_us, user, 1, PcmFrame(at_us, 16000, 1, bytes(320)))


def pull(
    batches: list[tuple[int, list[Event]]], sink: FakeSink | None = None, **limits: object
) -> tuple[Pull, ScriptedConnection]:
    clock, stop = FakeClock(), Stop()
    connection = ScriptedConnection(clock, stop, batches)
    chosen = PullLimits(**limits)  # type: ignore[arg-type]
    return Pull(connection, sink or FakeSink(), chosen, clock, stop, lambda _: None), connection


def test_everything_goes_to_the_sink_in_order() -> None:
    sink = FakeSink()
    events = [media(1), DataReceived(2, "7", b"x", 0), media(3, "8")]
    tested, _ = pull([(5, [Joined(0, "7"), *events, Left(4, "7", "bye")])], sink)
    tested.run()
    assert sink.events == events
    assert (tested.senders, tested.present, tested.units) == ({"7", "8"}, {"8"}, 2)


def seconds(value: float) -> int:
    return int(value * 1_000_000)


def test_duration_counts_from_the_start() -> None:
    tested, connection = pull([(seconds(t), [media(seconds(t))]) for t in (1, 2, 3, 4)], duration_s=3)
    tested.run()
    assert tested.units == 3
    assert len(connection._batches) == 1


def test_duration_counts_from_the_first_media_when_that_is_waited_for() -> None:
    batches: list[tuple[int, list[Event]]] = [(seconds(t), [media(seconds(t))]) for t in (5, 6, 7, 8, 9)]
    tested, _ = pull([(seconds(1), []), *batches], duration_s=3, wait_for_user_s=10)
    tested.run()
    assert tested.units == 4


def test_nobody_came_in_time() -> None:
    tested, _ = pull([(seconds(t), []) for t in (1, 2, 3)], wait_for_user_s=2)
    with pytest.raises(ExpectationError, match="nobody sent anything within 2 s"):
        tested.run()


def test_idle() -> None:
    tested, connection = pull([(seconds(t), [media(seconds(t))] if t < 3 else []) for t in range(1, 9)], idle_s=2)
    tested.run()
    assert tested.units == 2
    assert len(connection._batches) == 4


def test_until_all_who_sent_have_left() -> None:
    script: list[tuple[int, list[Event]]] = [
        (1, [Joined(1, "6"), media(1, "7"), media(1, "8")]),
        (2, [Left(2, "7", "bye")]),
        (3, [Joined(3, "7")]),
        (4, [Left(4, "8", "lost"), Left(4, "7", "bye")]),
        (5, [media(5)]),
    ]
    tested, connection = pull(script, until_left=True)
    tested.run()
    assert len(connection._batches) == 1


def test_a_lost_link_counts_as_left_after_its_grace_only() -> None:
    script: list[tuple[int, list[Event]]] = [
        (1, [media(1, "7"), media(1, "8")]),
        (2, [Left(2, "8", "bye"), Left(2, "7", "lost")]),
        (9_000_000, []),
        (9_500_000, [media(9_500_000, "7")]),  # it was a stall
        (9_600_000, [Left(9_600_000, "7", "lost")]),
        (19_000_000, []),
        (19_600_000, []),
        (30_000_000, []),
    ]
    tested, connection = pull(script, until_left=True, grace_s=10.0)
    tested.run()
    assert len(connection._batches) == 1
    assert {user: left.reason for user, left in tested.departed.items()} == {"7": "lost", "8": "bye"}


def test_a_keyframe_is_asked_for_again_and_again_but_not_at_once() -> None:
    sink = FakeSink()
    sink.waiting_for_keyframe = {"7"}
    tested, connection = pull([(0, []), (1, []), (KEYFRAME_INTERVAL_US, [])], sink)
    tested.run()
    assert connection.asked == ["7", "7"]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (LinkChanged(0, "failed", 19, ""), r"same user id joined from elsewhere \(reason 19\)"),
        (DecryptionFailed(0, "8"), r"media cannot be decrypted: .* \(error 120\): user 8"),
    ],
)
def test_what_ends_a_session(event: Event, message: str) -> None:
    tested, _ = pull([(1, [event])])
    with pytest.raises(RefusedError, match=message):
        tested.run()


def test_one_with_another_key_ends_nobody_else() -> None:
    sink = FakeSink()
    tested, _ = pull([(1, [media(1), DecryptionFailed(1, "8")]), (5_000_000, [media(2)])], sink)
    tested.run()
    assert (tested.units, tested.tune.out) == (2, {"8"})


def test_a_link_that_reconnects_does_not_end_it() -> None:
    tested, _ = pull([(1, [LinkChanged(0, "reconnecting", 16, ""), LinkChanged(1, "connected", 0, ""), media(1)])])
    tested.run()
    assert tested.units == 1
