"""What every receiving command does once it has a sink: join, pull, say who came and went."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from agora_cli.clock import SystemClock
from agora_cli.commands._channel.join import connection_spec, link_report, open_engine
from agora_cli.engines.base import Publish, Subscribe
from agora_cli.events import Event
from agora_cli.options.channel import ReceiveChannelOptions
from agora_cli.session.pull import Pull, PullLimits
from agora_cli.sinks.base import Sink
from agora_cli.terminal.console import Console
from agora_cli.terminal.interrupts import SignalStop
from agora_cli.terminal.news import channel_news
from agora_cli.terminal.progress import Progress
from agora_cli.terminal.receiving import ReceivingLine

_CAUSES = {"bye": "bye", "lost": "link-lost"}


@dataclass(frozen=True, slots=True)
class Received:
    """What one pull was: over which engine, and how each sender that is gone went (`bye` or `link-lost`).

    `out_of_tune` are the users that could not be decrypted; `link` is link_report().
    """

    engine: str
    left: dict[str, str]
    out_of_tune: tuple[str, ...]
    link: dict[str, Any]


def receive(
    channel: ReceiveChannelOptions,
    subscribe: Subscribe,
    limits: PullLimits,
    sink: Sink,
    console: Console,
    stop: SignalStop,
    parameters: Mapping[str, str] | None = None,
) -> Received:
    """Pull from the channel that the options name into `sink` until a limit or a stop; return how that went.

    `parameters` are for the engine, beside those of the options. The connection is closed here, the sink is the
    caller's. Raises what the session raises.
    """
    spec = connection_spec(channel, Publish(), subscribe)
    spec = replace(spec, parameters=dict(spec.parameters) | dict(parameters or {}))
    engine = open_engine(channel, console)
    with closing(engine.open(spec)) as connection:
        console.status(f"joined {spec.channel} as user {connection.user}")
        clock = SystemClock()
        line = ReceivingLine(clock.now_us())
        with closing(Progress(console, line.text)) as progress:

            def tell(event: Event) -> None:
                line.take(event)
                if (news := channel_news(event)) is not None:
                    progress.say(news)

            pull = Pull(connection, sink, limits, clock, stop, tell)
            pull.run()
        link = link_report(console, [connection])
    left = {user: _CAUSES[event.reason] for user, event in pull.departed.items()}
    return Received(engine.name, left, tuple(sorted(pull.tune.out)), link)
