"""agora record"""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from typer import Option

from agora_cli.console import Console
from agora_cli.engines.base import Connection, Publish, Subscribe
from agora_cli.errors import ExpectationError, UsageError
from agora_cli.events import Event, Joined, Left, MediaReceived
from agora_cli.interrupts import SignalStop, stoppable
from agora_cli.joining import connection_spec, open_engine, user_list
from agora_cli.media.audio_writer import AudioFormat
from agora_cli.media.pacing import SystemClock
from agora_cli.media.recording import Recording, RecordPlan
from agora_cli.options import ChannelOptions, OutputOptions, duration_s
from agora_cli.progress import Progress
from agora_cli.session import Pull, PullLimits

FormatName = Literal["auto", "wav", "pcm", "flac", "ogg"]


def run(
    channel: ChannelOptions,
    output: OutputOptions,
    target: Annotated[
        Path, Option("--output", "-o", help="Directory (a file per user), or one file.", metavar="PATH")
    ] = Path(),
    format_name: Annotated[FormatName, Option("--format", help="auto: by the file's name, else wav.")] = "auto",
    mix: Annotated[bool, Option("--mix", help="All users in one file.")] = False,
    users: Annotated[list[str] | None, Option("--from", help="Only this user; repeatable.", metavar="USER")] = None,
    duration: Annotated[str, Option("--duration", help="Stop after TIME of recording.", metavar="TIME")] = "",
    wait_for_user: Annotated[
        str, Option("--waitForUser", help="Nobody sent anything within TIME: exit 6.", metavar="TIME")
    ] = "",
    idle: Annotated[str, Option("--idle", help="Stop after TIME without media.", metavar="TIME")] = "",
    until_left: Annotated[bool, Option("--untilLeft", help="Stop when all who sent have left.")] = False,
) -> int:
    """Record what a channel carries, until Ctrl-C or a limit.

    \b
    Examples:
      agora record --channelId demo --output out/
      agora record --channelId demo --output talk.flac --mix --duration 10m
      agora record --channelId ci --output out/ --waitForUser 10s --untilLeft --json

    A user who leaves and comes back goes on in the same file, the gap kept as silence. Files are whole
    after Ctrl-C, and readable up to the last quarter of a second after kill -9.
    """
    limits = PullLimits(
        duration_s=_seconds(duration, "--duration"),
        wait_for_user_s=_seconds(wait_for_user, "--waitForUser"),
        idle_s=_seconds(idle, "--idle"),
        until_left=until_left,
    )
    plan = record_plan(channel.channel_id, target, format_name, mix)
    console = output.console()
    subscribe = Subscribe(video="none", users=user_list(users or []))
    spec = connection_spec(channel, Publish(), subscribe)
    with stoppable() as stop:
        engine = open_engine(channel, console)
        recording = Recording(plan)
        connection = engine.open(spec)
        try:
            console.status(f"joined {spec.channel} as user {connection.user}, recording to {target}")
            pull = _pull(connection, recording, limits, console, stop)
        finally:
            connection.close()
            files = recording.close()
        if not files and not stop.is_set():
            raise ExpectationError("no-media", "nothing was recorded: no media came")
        _print_summary(console, engine.name, spec.channel, files, pull)
        return stop.exit_code


def record_plan(channel: str, target: Path, format_name: FormatName, mix: bool) -> RecordPlan:
    """Return where and how to record: a known extension that is no directory means one file.

    Raises UsageError for a file name that contradicts --format.
    """
    extension = _audio_format(target.suffix.removeprefix(".").lower())
    if extension is None or target.is_dir():
        return RecordPlan(channel, "wav" if format_name == "auto" else format_name, target, mix=mix)
    if format_name not in ("auto", extension):
        raise UsageError("format", f"--format {format_name} contradicts the file name {target.name}")
    return RecordPlan(channel, extension, target.parent, file=target, mix=mix)


def _pull(connection: Connection, recording: Recording, limits: PullLimits, console: Console, stop: SignalStop) -> Pull:
    progress = Progress(console)
    start_us = SystemClock().now_us()
    lost = 0

    def on_event(event: Event) -> None:
        nonlocal lost
        if isinstance(event, MediaReceived):
            lost += event.lost
            progress.update(event.unit, event.at_us - start_us, users=len(pull.present), lost=lost)
        elif isinstance(event, Joined):
            console.status(f"user {event.user} joined")
        elif isinstance(event, Left):
            console.status(f"user {event.user} left" + (" (link lost)" if event.reason == "lost" else ""))

    pull = Pull(connection, recording, limits, SystemClock(), stop, on_event)
    try:
        pull.run()
    finally:
        progress.close()
    for user in sorted(recording.ignored):
        console.warn(f"user {user} was not recorded: one file holds one user (use a directory, or --mix)")
    return pull


def _print_summary(console: Console, engine_name: str, channel: str, files: list[Any], pull: Pull) -> None:
    rows = [file.to_json() for file in files]
    seconds = max((row["seconds"] for row in rows), default=0.0)
    document = {"ok": True, "engine": engine_name, "channelId": channel, "seconds": seconds, "files": rows}
    for row in rows:
        console.status(
            f"{row['path']}: user {row['userId']}, {row['seconds']:.2f} s of {row['codec']}, {row['lost']} lost"
        )
    console.result(document, f"recorded {len(rows)} file(s)")


def _audio_format(name: str) -> AudioFormat | None:
    known: tuple[AudioFormat, ...] = get_args(AudioFormat)
    return next((audio_format for audio_format in known if audio_format == name), None)


def _seconds(text: str, option: str) -> float | None:
    return float(duration_s(text, option)) if text else None
