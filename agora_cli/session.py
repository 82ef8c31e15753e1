"""The two data paths, and nothing else: push() from a source to connections, pull() from a connection to a sink.

Sources, sinks, pacing and progress are handed in. The only signals against the stream are keyframe requests,
the end of the link, and a stop.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agora_cli.engines.base import Connection
from agora_cli.errors import ExpectationError, InputError
from agora_cli.events import (
    DataReceived,
    DecryptionFailed,
    Event,
    Joined,
    KeyframeRequested,
    Left,
    LinkChanged,
    MediaReceived,
)
from agora_cli.frames import MICROSECONDS, Unit, end_us, send_time_us
from agora_cli.media.pacing import Clock, Pacer, Stop
from agora_cli.media.source import Source
from agora_cli.reasons import connection_failure, error_failure

# Without pacing the channel sets the pace: everybody confirms what was sent each time after this much.
WINDOW_UNITS = 32
WINDOW_BYTES = 4 * 1024 * 1024
FLUSH_TIMEOUT_S = 2.0
POLL_S = 0.1
KEYFRAME_INTERVAL_US = 500_000


@dataclass(frozen=True, slots=True)
class PushSummary:
    """What one push did: `seconds` of media time.

    `late` counts units sent more than 10 ms after their moment, `reconnects` how often a link was lost and came back.
    """

    units: int
    seconds: float
    bytes: int
    late: int
    dropped: int
    reconnects: int


class Push:
    """Send a source to connections, each unit at its moment. `media_us` is how far it has come.

    run() returns after the last unit was taken by everybody present, or soon after a stop. It raises what
    the source raises, after all good units before it were sent, and what ended the link.
    """

    def __init__(
        self,
        source: Source,
        connections: Sequence[Connection],
        pacer: Pacer,
        on_progress: Callable[[Unit], None],
        on_event: Callable[[Event], None],
    ) -> None:
        self._source = source
        self._connections = connections
        self._pacer = pacer
        self._on_progress = on_progress
        self._on_event = on_event
        self._links_down: set[Connection] = set()
        self._reconnects = 0
        self._units = 0
        self._bytes = 0
        self.media_us = 0
        self._window_units = 0
        self._window_bytes = 0

    def run(self) -> PushSummary:
        """Push everything; see the class."""
        fault: InputError | None = None
        try:
            for unit in self._source.units():
                if not self._pacer.wait(send_time_us(unit)):
                    break
                self._push(unit)
                self._obey()
        except InputError as error:
            fault = error
        self._flush()
        if fault is not None and not self._pacer.stopped:  # a stop cuts inputs short: that is no fault of theirs
            raise fault
        return self.summary()

    def summary(self) -> PushSummary:
        """Return the counts so far."""
        return PushSummary(
            units=self._units,
            seconds=self.media_us / MICROSECONDS,
            bytes=self._bytes,
            late=self._pacer.late,
            dropped=self._source.dropped,
            reconnects=self._reconnects,
        )

    def _push(self, unit: Unit) -> None:
        for connection in self._connections:
            connection.push(unit)
        self._units += 1
        self._bytes += len(unit.data)
        self.media_us = max(self.media_us, end_us(unit))
        if self._pacer.speed == 0:
            self._window_units += 1
            self._window_bytes += len(unit.data)
            if self._window_units >= WINDOW_UNITS or self._window_bytes >= WINDOW_BYTES:
                self._flush()
        self._on_progress(unit)

    def _flush(self) -> None:
        self._window_units = self._window_bytes = 0
        for connection in self._connections:
            connection.flush(FLUSH_TIMEOUT_S)

    def _obey(self) -> None:
        for connection in self._connections:
            for event in connection.events(0):
                if isinstance(event, KeyframeRequested):
                    self._source.request_keyframe()
                elif isinstance(event, LinkChanged):
                    self._follow_link(connection, event)
                self._on_event(event)
                raise_if_ended(event)

    def _follow_link(self, connection: Connection, change: LinkChanged) -> None:
        if change.state == "reconnecting":
            self._links_down.add(connection)
        elif change.state == "connected" and connection in self._links_down:
            self._links_down.remove(connection)
            self._reconnects += 1


@dataclass(frozen=True, slots=True)
class PullLimits:
    """When a pull ends by itself. Each may be None: no such limit.

    `wait_for_user_s`: the first media must come within it, else ExpectationError. `duration_s` counts from
    the start, with `wait_for_user_s` from the first media. `idle_s` is a time without any media (after the
    first, when that is waited for). `until_left`: all who sent have left.
    """

    duration_s: float | None = None
    wait_for_user_s: float | None = None
    idle_s: float | None = None
    until_left: bool = False


class Sink(Protocol):
    """What a pull writes to."""

    def write(self, event: MediaReceived) -> None:
        """Take one unit of media."""

    def write_data(self, event: DataReceived) -> None:
        """Take one data-stream message."""

    def flush(self, at_us: int) -> None:
        """Make everything durable up to here; called at least four times a second."""

    @property
    def waiting_for_keyframe(self) -> set[str]:
        """Return the users whose picture cannot be decoded until their next keyframe."""


class Pull:
    """Receive from one connection into a sink until a limit, a stop or the end of the link.

    `senders` are the users whose media came; `present` those of them who have not left. run() raises what
    the sink raises, what ended the link, and ExpectationError when nobody came in time.
    """

    def __init__(
        self,
        connection: Connection,
        sink: Sink,
        limits: PullLimits,
        clock: Clock,
        stop: Stop,
        on_event: Callable[[Event], None],
    ) -> None:
        self.senders: set[str] = set()
        self.present: set[str] = set()
        self.units = 0
        self._asked_us: dict[str, int] = {}
        self._connection = connection
        self._sink = sink
        self._limits = limits
        self._clock = clock
        self._stop = stop
        self._on_event = on_event
        self._start_us = self._last_media_us = clock.now_us()

    def run(self) -> None:
        """Pull until the end; see the class."""
        while not self._stop.is_set() and not self._at_limit():
            for event in self._connection.events(POLL_S):
                self._take(event)
                if self._stop.is_set():
                    break
            self._sink.flush(self._clock.now_us())
            self._ask_for_keyframes()

    def _ask_for_keyframes(self) -> None:
        now_us = self._clock.now_us()
        for user in self._sink.waiting_for_keyframe:
            if now_us - self._asked_us.get(user, -KEYFRAME_INTERVAL_US) >= KEYFRAME_INTERVAL_US:
                self._asked_us[user] = now_us
                self._connection.request_keyframe(user)

    def _take(self, event: Event) -> None:
        if isinstance(event, MediaReceived):
            if not self.senders and self._limits.wait_for_user_s is not None:
                self._start_us = event.at_us
            self._last_media_us = event.at_us
            self.units += 1
            self.senders.add(event.user)
            self.present.add(event.user)
            self._sink.write(event)
        elif isinstance(event, DataReceived):
            self._sink.write_data(event)
        elif isinstance(event, Joined) and event.user in self.senders:
            self.present.add(event.user)
        elif isinstance(event, Left):
            self.present.discard(event.user)
        self._on_event(event)
        raise_if_ended(event)

    def _at_limit(self) -> bool:
        limits, now_us = self._limits, self._clock.now_us()
        if limits.wait_for_user_s is not None and not self.senders:
            if now_us - self._start_us >= limits.wait_for_user_s * MICROSECONDS:
                raise ExpectationError("no-user", f"nobody sent anything within {limits.wait_for_user_s:g} s")
            return False
        if limits.duration_s is not None and now_us - self._start_us >= limits.duration_s * MICROSECONDS:
            return True
        if limits.idle_s is not None and now_us - self._last_media_us >= limits.idle_s * MICROSECONDS:
            return True
        return limits.until_left and bool(self.senders) and not self.present


def raise_if_ended(event: Event) -> None:
    """Raise what an event means for a session that cannot go on after it."""
    if isinstance(event, LinkChanged) and event.state == "failed":
        raise connection_failure(event.reason, event.text)
    if isinstance(event, DecryptionFailed):
        failure = error_failure(120, f"user {event.user}" if event.user else "")
        failure.hint = "give both sides the same --encryptionMode, key and salt"
        raise failure
