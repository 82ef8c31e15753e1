"""agora record"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from agora_cli.commands._channel.join import user_list
from agora_cli.commands._channel.receive import Received, receive
from agora_cli.engines.base import Subscribe
from agora_cli.errors import Exit, ExpectationError, StoppedError
from agora_cli.options.channel import ReceiveChannelOptions
from agora_cli.options.limits import LimitOptions
from agora_cli.options.output import OutputOptions
from agora_cli.options.record import RecordOptions
from agora_cli.options.values import share
from agora_cli.sinks.expectations import Expectation, not_met, parse
from agora_cli.terminal.console import Console
from agora_cli.terminal.interrupts import SignalStop, stoppable

if TYPE_CHECKING:
    from agora_cli.sinks.base import Sink
    from agora_cli.sinks.figures import Figures
    from agora_cli.sinks.output import Outlet
    from agora_cli.sinks.record.plan import RecordPlan
    from agora_cli.sinks.record.recorded_file import RecordedFile

NO_PLACE = "user {} is not recorded: the file is full (a directory takes everybody, --mix too)"


def run(
    channel: ReceiveChannelOptions,
    record: RecordOptions,
    limit: LimitOptions,
    output: OutputOptions,
    vad: Annotated[bool, Option("--vad", help="Judge each user's voice activity too.")] = False,
    expect: Annotated[
        list[str] | None,
        Option("--expect", help="Exit 6 unless it holds for all; repeatable.", metavar="FIGURE>N"),
    ] = None,
    max_loss: Annotated[
        str,
        Option("--maxLoss", help="Exit 6 when more is missing; 0% with --untilLeft.", metavar="SHARE"),
    ] = "",
) -> int:
    """Record what a channel carries, until Ctrl-C or a limit.

    \b
    Examples:
      agora record -c demo -o out/
      agora record -c demo -o talk.flac --mix --duration 10m
      agora record -c ci -o out/ --waitForUser 10s --untilLeft --json
      agora record -c demo -o wall.mp4 --layout grid
      agora record -c demo -o stills/ --snapshot 1s
      agora record -c ci -o out/ --untilLeft --expect 'level.rms>-45'

    A user who leaves and comes back goes on in the same file, the gap kept as silence. Files are whole
    after Ctrl-C, and readable up to the last half second after kill -9.

    Figures to expect, for each user in --json: level.rms, level.peak (dBFS) and silence of uncompressed
    sound; fps, keyframeInterval of picture; loss, jitter, gaps, missingSeconds, stalls, stalledSeconds,
    startsAt of both. Write audio.loss or video.loss to mean only one.
    """
    from agora_cli.commands._voice import told_sink
    from agora_cli.sinks.base import SinkPair
    from agora_cli.sinks.figures import FIGURE_NAMES, Figures
    from agora_cli.sinks.output import Outlet
    from agora_cli.sinks.record.recording import Recording

    most_missing = share(max_loss, "--maxLoss") if max_loss else 0.0 if limit.until_left else 1.0
    expectations = [parse(text, FIGURE_NAMES) for text in expect or []]
    limits, plan = limit.limits(), record.plan(channel.channel_id)
    console = output.console()
    wanted = user_list(limit.users or [])
    subscribe = Subscribe(video="none" if plan.layout == "audio" else "encoded", users=wanted)
    with stoppable() as stop:
        outlet = Outlet(plan.overwrite, stop)
        _wait_for_reader(plan, outlet, console, stop)
        recording, figures = Recording(plan, outlet, lambda user: console.warn(NO_PLACE.format(user))), Figures()
        listener = told_sink(_folder(plan), channel.channel_id, console) if vad else None
        measured = SinkPair(recording, figures)
        sink: Sink = measured if listener is None else SinkPair(measured, listener)
        try:
            received = receive(channel, subscribe, limits, sink, console, stop)
        finally:
            try:
                files = recording.close()
            finally:
                heard = listener.close() if listener is not None else []
        for user, fault in sorted(recording.faults.items()):
            console.warn(f"user {user} sent media that no file takes, it is left out: {fault}")
        if outlet.passed_over:
            first, more = outlet.passed_over[0], len(outlet.passed_over) - 1
            others = f" and {more} more" if more else ""
            console.warn(f"{first}{others} was there already: this recording has another number (or --overwrite)")
        if not files and not stop.is_set():
            raise ExpectationError("no-media", "nothing was recorded: no media came")
        for one in heard:
            console.status(f"user {one.user}: {len(one.outputs.segments)} segments, see {one.outputs.report}")
        users = [row | {"left": received.left.get(row["userId"])} for row in figures.rows()]
        failures = _failures(expectations, users) + _missing(figures, most_missing)
        if limit.until_left:
            gone = [user for user, cause in received.left.items() if cause == "link-lost"]
            failures += [f"user {user} left without a goodbye: what it sent after that is not here" for user in gone]
        for user in received.out_of_tune:
            console.warn(f"user {user} was not recorded: it cannot be decrypted")
        for user, kind, gaps in figures.gaps():
            for line in gaps.lines(kind):
                console.status(f"user {user}: {line}")
        skipped = sorted(recording.ignored)
        _print_summary(console, received, channel.channel_id, files, {"users": users, "skipped": skipped}, failures)
        return Exit.EXPECTATION if failures else stop.exit_code


def _wait_for_reader(plan: "RecordPlan", outlet: "Outlet", console: Console, stop: SignalStop) -> None:
    """Open a named pipe before the channel, as a shell would; its reader would stop everybody's recording later."""
    if plan.file is not None and plan.file.is_fifo():
        console.status(f"waiting for a reader of {plan.file}")
        if not outlet.wait_for_reader(plan.file):
            raise StoppedError(stop.exit_code)


def _folder(plan: "RecordPlan") -> Path:
    return plan.directory if plan.file is None else plan.file.parent


def _failures(expectations: list[Expectation], users: list[dict[str, Any]]) -> list[str]:
    document = {row["userId"]: {key: row[key] for key in row if key not in ("userId", "left")} for row in users}
    return not_met(expectations, document)


def _missing(figures: "Figures", most: float) -> list[str]:
    return [
        f"{gaps.missing_share:.2%} of the {kind} of user {user} is missing, --maxLoss is {most:.4g}"
        for user, kind, gaps in figures.gaps()
        if gaps.missing_share > most
    ]


def _print_summary(
    console: Console,
    received: Received,
    channel: str,
    files: "list[RecordedFile]",
    people: dict[str, Any],
    failures: list[str],
) -> None:
    rows = [file.to_json() for file in files]
    seconds = max((row["seconds"] for row in rows), default=0.0)
    document = {"ok": True, "engine": received.engine, "channelId": channel, "seconds": seconds, "files": rows}
    document |= people | received.link
    if received.out_of_tune:
        document["outOfTune"] = list(received.out_of_tune)
    for line in _file_lines(rows):
        console.status(line)
    console.result(document, f"recorded {len(rows)} file(s)", failures)


def _file_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each file, and one for all stills of a user."""
    stills: dict[str, list[str]] = {}
    for row in rows:
        if row["kind"] == "picture":
            stills.setdefault(row["userId"], []).append(row["path"])
        else:
            yield f"{row['path']}: user {row['userId']}, {row['seconds']:.2f} s of {row['codec']}, {row['lost']} lost"
    for user, paths in stills.items():
        yield f"{paths[0]}{f' to {paths[-1]}' if len(paths) > 1 else ''}: user {user}, {len(paths)} picture(s)"
