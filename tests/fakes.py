"""An engine in memory, without threads or time of its own: for tests of what stands above the engines.

`FakeEngine().open(spec)` twice with one channel name gives two connections that hear each other. What a
test needs besides is public: `connection.pushed`, `connection.inbox.put(event)`, `connection.push_error`.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from agora_cli.engines.base import ConnectionSpec, ConnectionStats
from agora_cli.engines.inbox import Inbox
from agora_cli.errors import AgoraError, InputError, NetworkError, RefusedError
from agora_cli.events import DataReceived, Event, Joined, KeyframeRequested, Left, LinkChanged, MediaReceived
from agora_cli.frames import EncodedVideo, Metadata, RawVideo, Unit
from agora_cli.names import ASSIGNED
from agora_cli.reasons import connection_failure


def now_us() -> int:
    """Return the clock of events."""
    return time.monotonic_ns() // 1000


class FakeConnection:
    """One participant; what it pushes is in `pushed`, and in the inboxes of the others at once."""

    def __init__(self, channel: list["FakeConnection"], spec: ConnectionSpec, user: str, epoch: int) -> None:
        self.spec = spec
        self.user = user
        self.epoch = epoch
        self.inbox = Inbox()
        self.pushed: list[Unit] = []
        self.sent: list[bytes] = []
        self.push_error: AgoraError | None = None
        self.closed = False
        self._channel = channel

    def push(self, unit: Unit) -> None:
        self._check_may_send()
        self.pushed.append(unit)
        for other in self._others():
            if other.wants(self.user, unit):
                other.inbox.put(MediaReceived(now_us(), self.user, self.epoch, unit))

    def send(self, data: bytes, media_us: int = 0) -> None:
        self._check_may_send()
        if not 1 <= len(data) <= 1024:
            raise InputError("data-size", f"data message of {len(data)} bytes, expected 1 to 1024 (Agora error 114)")
        self.sent.append(data)
        for other in self._others():
            if other.spec.subscribe is not None and other.spec.subscribe.data and other.hears(self.user):
                other.inbox.put(DataReceived(now_us(), self.user, data, media_us))

    def request_keyframe(self, user: str) -> None:
        for other in self._others():
            if other.user == user:
                other.inbox.put(KeyframeRequested(now_us(), self.user))

    def events(self, timeout_s: float) -> Iterator[Event]:
        return self.inbox.drain(timeout_s)

    def flush(self, timeout_s: float) -> bool:
        self._check_may_send()
        return True

    def stats(self) -> ConnectionStats:
        return ConnectionStats(
            sent_units=len(self.pushed),
            sent_bytes=sum(len(unit.data) for unit in self.pushed),
            dropped=self.inbox.dropped,
        )

    def close(self) -> None:
        if not self.closed:
            self.leave("bye")
            self.inbox.close()
            self.push_error = self.push_error or NetworkError("closed", "the connection is closed")

    def leave(self, reason: str) -> None:
        """Be gone for the others, by a goodbye or (`"lost"`) without one."""
        self.closed = True
        if self in self._channel:
            self._channel.remove(self)
            for other in self._channel:
                other.inbox.put(Left(now_us(), self.user, "bye" if reason == "bye" else "lost"))

    def replaced(self) -> None:
        """Lose the user id to a later member."""
        self.leave("lost")
        text = f"another member joined as user {self.user}"
        self.push_error = connection_failure(19, text)
        self.inbox.put(LinkChanged(now_us(), "failed", 19, text))

    def hears(self, user: str) -> bool:
        wanted = self.spec.subscribe
        return wanted is not None and (not wanted.users or user in wanted.users)

    def wants(self, user: str, unit: Unit) -> bool:
        wanted = self.spec.subscribe
        if wanted is None or not self.hears(user):
            return False
        video = isinstance(unit, EncodedVideo | RawVideo) or (isinstance(unit, Metadata) and unit.track == "video")
        return wanted.video != "none" if video else wanted.audio

    def _others(self) -> list["FakeConnection"]:
        return [other for other in self._channel if other is not self]

    def _check_may_send(self) -> None:
        if self.push_error is not None:
            raise self.push_error
        if self.spec.role == "audience":
            raise RefusedError("role", "an audience member cannot push (Agora error 119)")


@dataclass
class FakeEngine:
    """Channels in memory; `open_error` is raised by the next open(), `connections` are all it has opened."""

    name: str = "local"
    open_error: AgoraError | None = None
    connections: list[FakeConnection] = field(default_factory=list)
    _channels: dict[tuple[str, str], list[FakeConnection]] = field(default_factory=dict)

    def open(self, spec: ConnectionSpec) -> FakeConnection:
        if self.open_error is not None:
            raise self.open_error
        channel = self._channels.setdefault((spec.app_id, spec.channel), [])
        user = spec.user if spec.user != ASSIGNED else str(1000 + len(self.connections))
        for earlier in [member for member in channel if member.user == user]:
            earlier.replaced()
        connection = FakeConnection(channel, spec, user, len(self.connections) + 1)
        for member in channel:
            member.inbox.put(Joined(now_us(), user))
            connection.inbox.put(Joined(now_us(), member.user))
        channel.append(connection)
        self.connections.append(connection)
        return connection
