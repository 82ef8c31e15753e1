"""agora send-data"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import repeat
from typing import Annotated, Literal

from typer import Option

from agora_cli.clock import SystemClock
from agora_cli.commands._channel.join import connection_spec, link_report, open_engine
from agora_cli.engines.base import Connection, Publish
from agora_cli.engines.limits import MAX_BYTES_PER_S, MAX_MESSAGE_BYTES, MAX_MESSAGES_PER_S
from agora_cli.errors import Exit, InputError, UsageError
from agora_cli.frames import MICROSECONDS, Metadata
from agora_cli.options.channel import MediaChannelOptions
from agora_cli.options.output import OutputOptions
from agora_cli.options.source import ExpectSent, WaitForReceiver, expected_of_sent
from agora_cli.options.values import duration_s
from agora_cli.session.audience import Audience
from agora_cli.session.link import Tune, raise_if_ended
from agora_cli.session.pacing import Pacer
from agora_cli.session.push import FLUSH_TIMEOUT_S
from agora_cli.sinks.expectations import not_met
from agora_cli.sources.input import ByteInput, open_input
from agora_cli.terminal.interrupts import SignalStop, stoppable
from agora_cli.terminal.news import link_news

MessageKind = Literal["data", "audio", "video"]

# The largest data-stream packet and metadata of a track that Agora carries.
MAX_BYTES: dict[MessageKind, int] = {"data": MAX_MESSAGE_BYTES, "audio": 64, "video": 1024}
# The engine counts a second by its own clock: a little below the limit, no jitter can break it.
MARGIN = Fraction(95, 100)


def run(
    channel: MediaChannelOptions,
    output: OutputOptions,
    message: Annotated[str | None, Option("--message", help="What to send; without it, each line of stdin.")] = None,
    every: Annotated[str, Option("--every", help="Send --message again and again.", metavar="TIME")] = "",
    count: Annotated[int, Option("--count", help="Stop after that many messages; 0: no limit.", metavar="N")] = 0,
    binary: Annotated[bool, Option("--binary", help="stdin is bytes, sent in pieces of the largest size.")] = False,
    kind: Annotated[
        MessageKind, Option("--kind", help="The data stream, or metadata of the sound or the picture.")
    ] = "data",
    wait_for_receiver: WaitForReceiver = "",
    expect: ExpectSent = None,
) -> int:
    """Send small messages inside a channel: captions, control, markers.

    \b
    Examples:
      agora send-data -c demo --message '{"caption":"hello"}'
      agora send-data -c demo --message ping --every 1s --count 10
      tail -f captions.jsonl | agora send-data -c demo
      agora send-data -c demo --binary --kind audio < marker.bin

    At most 1024 bytes a message (64 as metadata of sound), 60 messages and 30 KB a second: faster input
    waits. Receivers get them exact to the byte; `record` keeps them with their time.
    """
    if message is None and every:
        raise UsageError("every", "--every needs --message")
    if message is not None and binary:
        raise UsageError("binary", "--binary is for stdin: it cannot go with --message")
    if count < 0:
        raise UsageError("count", f"--count must be 0 or more, got {count}")
    said = None if message is None else os.fsencode(message)  # what the shell gave, UTF-8 or not
    if said is not None:
        check_size(said, kind, 1)
    interval_s = duration_s(every, "--every") if every else None
    wait_s = duration_s(wait_for_receiver or "0", "--waitForReceiver")
    expectations = expected_of_sent(expect)
    console = output.console()
    spec = connection_spec(channel, Publish())
    with stoppable() as stop:
        engine = open_engine(channel, console)
        with closing(engine.open(spec)) as connection:
            console.status(f"joined {spec.channel} as user {connection.user}")
            messages = _messages(said, interval_s, binary, kind, stop)
            audience = Audience([spec.channel], console.status, engine.name == "local")

            clock, tune = SystemClock(), Tune()

            def obey() -> None:
                for event in connection.events(0):
                    audience.follow(event)
                    if (line := link_news(event)) is not None:
                        console.status(line)
                    tune.follow(event)
                    raise_if_ended(event)
                tune.check(clock.now_us())

            audience.meet(obey, wait_s, clock, stop)
            sent, total, end_us = _send(connection, messages, interval_s, kind, count, stop, obey)
            obey()
            tune.check(clock.now_us(), settled=True)
        document = {
            "ok": True,
            "engine": engine.name,
            "channelId": spec.channel,
            "userId": connection.user,
            "units": sent,
            "seconds": round(end_us / MICROSECONDS, 6),
            "bytes": total,
            "late": 0,
            "dropped": 0,
            "receivers": len(audience.ever),
        }
        failures = not_met(expectations, document | {"reconnects": 0})
        document |= link_report(console, [connection])
        console.result(
            document,
            f"sent {sent} messages, {total} bytes" + ("" if audience.ever else f"; nobody else was in {spec.channel}"),
            failures,
        )
        return Exit.EXPECTATION if failures else stop.exit_code


def _messages(
    message: bytes | None, interval_s: Fraction | None, binary: bool, kind: MessageKind, stop: SignalStop
) -> Iterable[bytes]:
    if message is not None:
        return [message] if interval_s is None else repeat(message)
    source = open_input("-", stop)
    return pieces(source, MAX_BYTES[kind]) if binary else lines(source)


def check_size(data: bytes, kind: MessageKind, number: int) -> None:
    """Raise InputError for the message of that number if it is empty or too large."""
    if not 1 <= len(data) <= MAX_BYTES[kind]:
        raise InputError(
            "message-too-large" if data else "message-empty",
            f"message {number} has {len(data)} bytes, expected 1 to {MAX_BYTES[kind]}",
        )


def lines(source: ByteInput) -> Iterator[bytes]:
    """Yield each line without its end; the last one needs none. Empty lines are left out."""
    pending = b""
    for chunk in source.chunks():
        *whole, pending = (pending + chunk).split(b"\n")
        yield from (line.removesuffix(b"\r") for line in whole if line.removesuffix(b"\r"))
    if pending:
        yield pending


def pieces(source: ByteInput, size: int) -> Iterator[bytes]:
    """Yield what comes in pieces of at most `size` bytes, as soon as it comes."""
    while piece := source.read(size):
        yield piece


def _send(
    connection: Connection,
    messages: Iterable[bytes],
    interval_s: Fraction | None,
    kind: MessageKind,
    count: int,
    stop: SignalStop,
    obey: Callable[[], None],
) -> tuple[int, int, int]:
    """Send until the end, the count or a stop; return how many, their bytes, and when the last one went."""
    clock = SystemClock()
    pacer = Pacer(clock, stop=stop)
    start_us, due_us, sent, total = clock.now_us(), 0, 0, 0
    for data in messages:
        check_size(data, kind, sent + 1)
        if not pacer.wait(due_us):
            break
        media_us = clock.now_us() - start_us
        if kind == "data":
            connection.send(data, media_us)
        else:
            connection.push(Metadata(media_us, kind, data))
        sent, total = sent + 1, total + len(data)
        obey()
        if sent == count:
            break
        # From when it went, not from when it was due: catching up would break the limit of a second.
        due_us = media_us + _spacing_us(len(data))
        if interval_s is not None:
            due_us = max(due_us, int(sent * interval_s * MICROSECONDS))
    connection.flush(FLUSH_TIMEOUT_S)
    return sent, total, clock.now_us() - start_us


def _spacing_us(size: int) -> int:
    """Return how long after a message of `size` bytes the next one may go."""
    return int(max(Fraction(1, MAX_MESSAGES_PER_S), Fraction(size, MAX_BYTES_PER_S)) / MARGIN * MICROSECONDS)
