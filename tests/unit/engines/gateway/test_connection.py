"""engines/gateway/connection.py: a stream over a publisher that breaks when the test says so."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from agora_cli.engines.base import ConnectionSpec, Publish
from agora_cli.engines.gateway import connection as module
from agora_cli.engines.gateway.connection import GatewayConnection
from agora_cli.errors import AgoraError, InputError, NetworkError, RefusedError
from agora_cli.events import Event, KeyframeRequested, LinkChanged
from agora_cli.frames import EncodedVideo, Metadata, PcmFrame, RawVideo

SPEC = ConnectionSpec("default", "demo", publish=Publish(audio="pcm", video="encoded", video_codec="h264"))
LOST = NetworkError("gateway-lost", "gone")


class Server:
    """All sessions with a server: what came over each, and what the next ones do."""

    def __init__(self) -> None:
        self.sessions: list[list[Any]] = []
        self.refuse: list[AgoraError | None] = []
        self.break_at: list[int] = []
        self.closed = 0
        self.hold = threading.Event()
        self.hold.set()

    def open(self, on_keyframe_wanted: Callable[[], None]) -> "Session":
        return Session(self)


class Session:
    """A publisher."""

    carried = ("h264",)

    def __init__(self, server: Server) -> None:
        self._server = server
        self._mine: list[Any] = []

    def connect(self, timeout_s: float) -> None:
        refusal = self._server.refuse.pop(0) if self._server.refuse else None
        if refusal is not None:
            raise refusal
        self._server.sessions.append(self._mine)

    def write(self, unit: Any) -> None:
        self._server.hold.wait(10)
        number = len(self._server.sessions) - 1
        if number < len(self._server.break_at) and len(self._mine) >= self._server.break_at[number]:
            raise LOST
        self._mine.append(unit)

    def close(self) -> None:
        self._server.closed += 1


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(module, "BACKOFF_S", (0.0, 0.0, 0.0))
    return Server()


def picture(number: int, keyframe: bool = False, codec: Any = "h264") -> EncodedVideo:
    return EncodedVideo(number * 40_000, number * 40_000, codec, 64, 48, keyframe, bytes([number]))


def sound(number: int) -> PcmFrame:
    return PcmFrame(number * 10_000, 48000, 1, bytes(960))


def told(connection: GatewayConnection, count: int = 0) -> list[Event]:
    """Return what was told, waiting for that many changes of the link."""
    found: list[Event] = []
    for _ in range(200):
        found += connection.events(0.05)
        if sum(isinstance(event, LinkChanged) for event in found) >= count:
            break
    return found


def states(events: list[Event]) -> list[str]:
    return [event.state for event in events if isinstance(event, LinkChanged)]


def test_units_are_written_in_their_order_and_the_end_is_waited_for(server: Server) -> None:
    connection = GatewayConnection(server.open, SPEC)
    units = [picture(0, True), sound(0), picture(1)]
    for unit in units:
        connection.push(unit)
    connection.push(Metadata(0, "video", b"no place for it"))
    assert connection.flush(10)
    connection.close()
    connection.close()
    assert server.sessions == [units]
    assert server.closed == 1
    assert (connection.stats().sent_units, connection.stats().unsent) == (3, 0)
    with pytest.raises(NetworkError, match="is closed"):
        connection.push(sound(1))


def test_what_cannot_be_sent_is_refused_at_once(server: Server) -> None:
    connection = GatewayConnection(server.open, SPEC)
    with pytest.raises(InputError, match="takes h264, the source gives vp8"):
        connection.push(picture(0, True, "vp8"))
    with pytest.raises(InputError, match="encoded pictures only"):
        connection.push(RawVideo(0, "i420", 2, 2, bytes(6)))
    with pytest.raises(InputError, match="no messages"):
        connection.send(b"x")
    connection.request_keyframe("7")
    connection.close()


def test_a_link_that_breaks_is_made_anew_and_waits_for_a_keyframe(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SOUND_US", 0)
    server.break_at = [1]
    server.refuse = [None, NetworkError("gateway-network", "not yet")]
    connection = GatewayConnection(server.open, SPEC)
    connection.push(picture(0, True))
    connection.push(picture(1))
    events = told(connection, 2)
    assert states(events) == ["reconnecting", "connected"]
    assert any(isinstance(event, KeyframeRequested) for event in events)
    for unit in (picture(2), picture(3, True), picture(4)):
        connection.push(unit)
    assert connection.flush(10)
    connection.close()
    assert server.sessions == [[picture(0, True)], [picture(3, True), picture(4)]]
    assert connection.stats().unsent == 1


def test_a_stream_that_ends_on_a_link_of_which_nobody_knows_whether_it_holds_is_no_success(server: Server) -> None:
    server.break_at = [1]
    connection = GatewayConnection(server.open, SPEC)
    connection.push(sound(0))
    connection.push(sound(1))
    assert states(told(connection, 2)) == ["reconnecting", "connected"]
    with pytest.raises(NetworkError, match="gone"):
        connection.flush(10)
    connection.close()


@pytest.mark.parametrize(
    ("refusals", "breaks", "kind", "reason"),
    [
        ([None, RefusedError("gateway-refused", "no")], [0], RefusedError, 10),
        ([None, LOST, LOST, LOST], [0], NetworkError, 16),
        ([], [0, 0, 0], RefusedError, 10),  # it is taken each time, and broken at once
    ],
)
def test_a_link_that_cannot_be_made_anew_ends_the_stream(
    server: Server, refusals: list[AgoraError | None], breaks: list[int], kind: type[AgoraError], reason: int
) -> None:
    server.refuse, server.break_at = refusals, breaks
    connection = GatewayConnection(server.open, SPEC)
    for number in range(200):
        try:
            connection.push(sound(number))
        except AgoraError:
            break
        events = list(connection.events(0.05))
        if "failed" in states(events):
            assert [event.reason for event in events if isinstance(event, LinkChanged)][-1] == reason
            break
    with pytest.raises(kind):
        connection.push(sound(0))
    connection.close()


def test_a_refused_stream_leaves_nothing_behind(server: Server) -> None:
    server.refuse = [RefusedError("gateway-refused", "no")]
    with pytest.raises(RefusedError):
        GatewayConnection(server.open, SPEC)


def test_of_what_waits_too_long_the_oldest_goes(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 5)
    server.hold.clear()
    connection = GatewayConnection(server.open, SPEC)
    for number in range(20):
        connection.push(sound(number))
    server.hold.set()
    assert connection.flush(10)
    connection.close()
    assert server.sessions[0][-5:] == [sound(number) for number in range(15, 20)]
    assert connection.stats().unsent == 20 - len(server.sessions[0])


def test_a_bug_of_a_publisher_ends_the_stream_and_no_thread(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(self: Session, unit: Any) -> None:
        raise ValueError("planted")

    monkeypatch.setattr(Session, "write", write)
    connection = GatewayConnection(server.open, SPEC)
    connection.push(sound(0))
    (failed,) = [event for event in told(connection, 1) if isinstance(event, LinkChanged)]
    assert "bug: ValueError: planted" in failed.text
    connection.close()
