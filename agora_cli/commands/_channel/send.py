"""What every send command does once it has a source: join, push, say how it went."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, replace

from agora_cli.clock import SystemClock
from agora_cli.commands._channel.join import connection_spec, link_report, numbered, open_engine, publication
from agora_cli.engines.base import Connection
from agora_cli.engines.null import NullConnection
from agora_cli.errors import Exit, UsageError
from agora_cli.events import Event
from agora_cli.frames import Unit
from agora_cli.options.channel import SendChannelOptions
from agora_cli.options.source import PaceOptions
from agora_cli.options.values import speed_factor
from agora_cli.session.audience import Audience
from agora_cli.session.pacing import Pacer
from agora_cli.session.push import Push, PushSummary
from agora_cli.sinks.expectations import not_met
from agora_cli.sources.base import Source
from agora_cli.terminal.console import Console
from agora_cli.terminal.interrupts import SignalStop
from agora_cli.terminal.news import link_news
from agora_cli.terminal.progress import Progress
from agora_cli.terminal.sending import SendingLine

# The SDK plays what it was given by a clock of its own: what comes at its very moment comes too late.
AHEAD_US = {"sdk": 150_000}


def send(source: Source, channel: SendChannelOptions, pace: PaceOptions, console: Console, stop: SignalStop) -> int:
    """Push a source into the channels that the options name, print the summary, return the exit code.

    The source is closed here. The summary is printed after a stop too.
    """
    clock = SystemClock()
    with ExitStack() as stack:
        stack.enter_context(closing(source))
        speed, wait_s, expectations = speed_factor(pace.speed), pace.wait_s(), pace.expectations()
        for warning in source.info.warnings:
            console.warn(warning)
        for note in source.info.notes:
            console.status(f"note: {note}")
        engine_name, connections = _connect(source, channel, pace, console, stack)
        line = SendingLine(clock.now_us(), source.info.total_us)
        progress = stack.enter_context(closing(Progress(console, line.text)))
        pacer = Pacer(clock, speed, stop, _ahead_us(engine_name, channel, source))

        def on_progress(unit: Unit) -> None:
            if progress.active:
                line.take(clock.now_us(), unit, push.media_us, late=pacer.late, dropped=source.dropped)

        audience = Audience(_channels(channel.channel_id, len(connections)), progress.say, engine_name == "local")

        def on_event(event: Event) -> None:
            audience.follow(event)
            if (news := link_news(event)) is not None:
                progress.say(news)

        push = Push(source, connections, pacer, on_progress, on_event)
        watched = not pace.dry_run and engine_name != "gateway"  # which tells nothing of who is there
        if watched:
            audience.meet(push.obey, wait_s, clock, stop)
        summary = push.run()
    receivers = len(audience.ever) if watched else None
    figures = asdict(summary) | {"receivers": receivers}
    failures = not_met(expectations, figures)
    _print_summary(console, engine_name, channel, connections, summary, receivers, failures)
    return Exit.EXPECTATION if failures else stop.exit_code


def _ahead_us(engine_name: str, channel: SendChannelOptions, source: Source) -> int:
    """Return how long before its moment a unit goes: sound that is to be sent faster must be there; pictures have no
    such mode and would come that early.
    """
    lead_us = channel.sdk.lead_us() if engine_name == "sdk" and source.info.video is None else 0
    return AHEAD_US.get(engine_name, 0) + lead_us


def _connect(
    source: Source, channel: SendChannelOptions, pace: PaceOptions, console: Console, stack: ExitStack
) -> tuple[str, Sequence[Connection]]:
    named = replace(channel, channel_id=channel.channel_id or "dry-run") if pace.dry_run else channel
    specs = numbered(connection_spec(named, publication(source.info)), pace.connection_number)
    if pace.dry_run:
        if channel.impair:
            raise UsageError("impair", "--impair cannot go with --dryRun: nothing is sent")
        console.status("engine: none (--dryRun)")
        return "none", [NullConnection()]
    engine = open_engine(channel, console)
    connections: list[Connection] = []
    for spec in specs:
        connections.append(stack.enter_context(closing(engine.open(spec))))
        joined = f"joined {spec.channel} as user {connections[-1].user}"
        console.status("streaming" if engine.name == "gateway" else joined)
    return engine.name, connections


def _channels(first: str, count: int) -> list[str]:
    return [first, *(f"{first}{number}" for number in range(1, count))]


def _print_summary(
    console: Console,
    engine_name: str,
    channel: SendChannelOptions,
    connections: Sequence[Connection],
    summary: PushSummary,
    receivers: int | None,
    failures: list[str],
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
    document |= link_report(console, connections)
    if receivers is not None:
        document["receivers"] = receivers
        nobody = (
            "no other broadcaster was seen" if engine_name == "sdk" else "nobody else was"
        )  # listeners are not told
        text += "" if receivers else f"; {nobody} in {channel.channel_id}"
    console.result(document, text, failures)
