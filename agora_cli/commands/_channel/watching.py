"""Watch a channel: what `watch` shows and `doctor --channelId` judges."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from agora_cli.clock import Stop, monotonic_us
from agora_cli.commands._channel.join import connection_spec, open_engine
from agora_cli.engines.base import Connection, Publish, Subscribe
from agora_cli.events import Event
from agora_cli.frames import MICROSECONDS
from agora_cli.options.channel import MediaChannelOptions
from agora_cli.session.link import raise_if_ended
from agora_cli.session.watched import Watched
from agora_cli.session.why import Why, why
from agora_cli.terminal.console import Console

POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Watching:
    """A connection that only looks, and what it has seen."""

    connection: Connection
    watched: Watched
    engine: str
    namespace: str

    def run(
        self,
        length_s: float | None,
        stop: Stop,
        every_s: float,
        tick: Callable[[], None],
        take: Callable[[Event], None] = lambda event: None,
    ) -> None:
        """Look for `length_s` (None: for ever) or until a stop, with a `tick` every so often; `take` gets each event.

        Raises what ends the link.
        """
        start_us = self.watched.start_us
        due_us = start_us
        while not stop.is_set() and (length_s is None or monotonic_us() - start_us < length_s * MICROSECONDS):
            for event in self.connection.events(POLL_S):
                self.watched.take(event)
                take(event)
                raise_if_ended(event)
            if monotonic_us() >= due_us:
                due_us += round(every_s * MICROSECONDS)
                tick()

    def document(self) -> dict[str, Any]:
        """Return the channel as it is now, with the round trip to the network's edge where the engine knows it."""
        rtt_us = self.connection.stats().rtt_us
        found = self.watched.document(monotonic_us()) | {"engine": self.engine}
        return found | ({} if rtt_us is None else {"rtt": rtt_us / MICROSECONDS})

    def why(self) -> Why:
        """Judge what was seen so far."""
        elsewhere = [] if self.engine != "local" or self.watched.present() else self._elsewhere()
        return why(self.watched, monotonic_us(), elsewhere)

    def _elsewhere(self) -> list[str]:
        from agora_cli.engines.local.roll import seats
        from agora_cli.mesh.directory import default_runtime_dir

        found = {
            seat.namespace for seat in seats(default_runtime_dir(os.environ)) if seat.channel == self.watched.channel
        }
        return sorted(found - {self.namespace})


@contextmanager
def watching(options: MediaChannelOptions, console: Console) -> Iterator[Watching]:
    """Join the channel that the options name, as one who only looks. Raises what joining raises."""
    spec = connection_spec(replace(options, role="audience"), Publish(), Subscribe())
    engine = open_engine(options, console)
    with closing(engine.open(spec)) as connection:
        console.status(f"joined {spec.channel} as user {connection.user}")
        yield Watching(connection, Watched(spec.channel, monotonic_us()), engine.name, spec.app_id)


def judged(options: MediaChannelOptions, console: Console, seconds: float, stop: Stop) -> Why:
    """Watch a channel for some seconds, and say why it is silent."""
    with watching(options, console) as looking:
        looking.run(seconds, stop, seconds, lambda: None)
        return looking.why()
