"""Push: from a source to connections, each unit at its moment.

Source, pacing and progress are handed in. The only signals against the stream are keyframe requests, the end of
the link, and a stop.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agora_cli.engines.base import Connection
from agora_cli.errors import InputError
from agora_cli.events import (
    Event,
    KeyframeRequested,
    LinkChanged,
)
from agora_cli.frames import MICROSECONDS, Unit, end_us, send_time_us
from agora_cli.session.link import Tune, raise_if_ended
from agora_cli.session.pacing import Pacer
from agora_cli.sources.base import Source

# Without pacing the channel sets the pace: everybody confirms what was sent each time after this much.
WINDOW_UNITS = 32
WINDOW_BYTES = 4 * 1024 * 1024
FLUSH_TIMEOUT_S = 2.0


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
        self._tunes = [Tune(hears=False) for _ in connections]
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
                self.obey()
        except InputError as error:
            fault = error
        self._flush()
        self.obey(settled=True)
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
            dropped=self._source.dropped + sum(connection.stats().unsent for connection in self._connections),
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

    def obey(self, settled: bool = False) -> None:
        """Take what the connections tell; `settled`: nothing more is to come. Raises what ended a link."""
        for connection, tune in zip(self._connections, self._tunes, strict=True):
            for event in connection.events(0):
                if isinstance(event, KeyframeRequested):
                    self._source.request_keyframe()
                elif isinstance(event, LinkChanged):
                    self._follow_link(connection, event)
                tune.follow(event)
                self._on_event(event)
                raise_if_ended(event)
            tune.check(self._pacer.now_us(), settled)

    def _follow_link(self, connection: Connection, change: LinkChanged) -> None:
        if change.state == "reconnecting":
            self._links_down.add(connection)
        elif change.state == "connected" and connection in self._links_down:
            self._links_down.remove(connection)
            self._reconnects += 1
