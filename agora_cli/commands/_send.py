"""What every send command does once it has a source: join, push, say how it went."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, replace

from agora_cli.clock import SystemClock
from agora_cli.commands._join import connection_spec, numbered, open_engine, publication
from agora_cli.engines.base import Connection
from agora_cli.engines.null import NullConnection
from agora_cli.events import Event
from agora_cli.frames import Unit
from agora_cli.options.channel import MediaChannelOptions
from agora_cli.options.source import PaceOptions
from agora_cli.options.values import speed_factor
from agora_cli.session.pacing import Pacer
from agora_cli.session.push import Push, PushSummary
from agora_cli.sources.base import Source
from agora_cli.terminal.console import Console
from agora_cli.terminal.interrupts import SignalStop
from agora_cli.terminal.news import link_news
from agora_cli.terminal.progress import Progress

# The SDK plays what it was given by a clock of its own: what comes at its very moment comes too late.
AHEAD_US = {"sdk": 150_000}


def send(source: Source, channel: MediaChannelOptions, pace: PaceOptions, console: Console, stop: SignalStop) -> int:
    """Push a source into the channels that the options name, print the summary, return the exit code.

    The source is closed here. The summary is printed after a stop too.
    """
    speed = speed_factor(pace.speed)
    progress = Progress(console)
    with ExitStack() as stack:
        stack.enter_context(closing(source))
        for warning in source.info.warnings:
            console.warn(warning)
        for note in source.info.notes:
            console.status(f"note: {note}")
        engine_name, connections = _connect(source, channel, pace, console, stack)
        stack.callback(progress.close)
        pacer = Pacer(SystemClock(), speed, stop, AHEAD_US.get(engine_name, 0))

        def on_progress(unit: Unit) -> None:
            if progress.active:
                progress.update(unit, push.media_us, late=pacer.late, dropped=source.dropped)

        def on_event(event: Event) -> None:
            if (line := link_news(event)) is not None:
                progress.close()
                console.status(line)

        push = Push(source, connections, pacer, on_progress, on_event)
        summary = push.run()
    _print_summary(console, engine_name, channel, connections, summary)
    return stop.exit_code


def _connect(
    source: Source, channel: MediaChannelOptions, pace: PaceOptions, console: Console, stack: ExitStack
) -> tuple[str, Sequence[Connection]]:
    named = replace(channel, channel_id=channel.channel_id or "dry-run") if pace.dry_run else channel
    specs = numbered(connection_spec(named, publication(source.info)), pace.connection_number)
    if pace.dry_run:
        console.status("engine: none (--dryRun)")
        return "none", [NullConnection()]
    engine = open_engine(channel, console)
    connections: list[Connection] = []
    for spec in specs:
        connections.append(stack.enter_context(closing(engine.open(spec))))
        console.status(f"joined {spec.channel} as user {connections[-1].user}")
    return engine.name, connections


def _print_summary(
    console: Console,
    engine_name: str,
    channel: MediaChannelOptions,
    connections: Sequence[Connection],
    summary: PushSummary,
) -> None:
    document = {"ok": True, "engine": engine_name, "channelId": channel.channel_id, "userId": connections[0].user}
    if len(connections) > 1:
        document["userIds"] = [connection.user for connection in connections]
    document |= asdict(summary) | {"seconds": round(summary.seconds, 6)}
    text = f"sent {summary.units} units, {summary.seconds:.2f} s, {summary.bytes} bytes; {summary.late} late"
    text += f", {summary.dropped} dropped"
    if summary.reconnects:
        text += f", {summary.reconnects} reconnects"
    else:
        del document["reconnects"]
    console.result(document, text)
