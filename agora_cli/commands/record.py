"""agora record"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, get_args

from typer import Option

from agora_cli.console import Console
from agora_cli.engines.base import Connection, Publish, Subscribe
from agora_cli.errors import ExpectationError, UsageError
from agora_cli.events import Event, Joined, Left, MediaReceived
from agora_cli.frames import MICROSECONDS
from agora_cli.interrupts import SignalStop, stoppable
from agora_cli.joining import connection_spec, open_engine, user_list
from agora_cli.media.pacing import SystemClock
from agora_cli.media.record_plan import RecordPlan
from agora_cli.media.recorded_file import RecordedFile
from agora_cli.media.recording import Recording
from agora_cli.options import ChannelOptions, OutputOptions, duration_s
from agora_cli.progress import Progress
from agora_cli.session import Pull, PullLimits

FormatName = Literal["auto", "wav", "pcm", "flac", "ogg", "mkv", "mp4", "h264", "ivf"]
VideoName = Literal["encoded", "none"]
PICTURE_FORMATS = ("mkv", "mp4", "h264", "ivf")


def run(
    channel: ChannelOptions,
    output: OutputOptions,
    target: Annotated[
        Path, Option("--output", "-o", help="Directory (a file per user), or one file.", metavar="PATH")
    ] = Path(),
    format_name: Annotated[
        FormatName, Option("--format", help="auto: by the file's name, else wav, or mkv with picture.")
    ] = "auto",
    video: Annotated[VideoName, Option("--video", help="Picture as it was encoded, or none.")] = "encoded",
    mix: Annotated[bool, Option("--mix", help="All users in one file.")] = False,
    users: Annotated[list[str] | None, Option("--from", help="Only this user; repeatable.", metavar="USER")] = None,
    duration: Annotated[str, Option("--duration", help="Stop after TIME of recording.", metavar="TIME")] = "",
    wait_for_user: Annotated[
        str, Option("--waitForUser", help="Nobody sent anything within TIME: exit 6.", metavar="TIME")
    ] = "",
    idle: Annotated[str, Option("--idle", help="Stop after TIME without media.", metavar="TIME")] = "",
    rotate: Annotated[str, Option("--rotate", help="Begin a new file every TIME.", metavar="TIME")] = "",
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
    rotate_us = int(duration_s(rotate, "--rotate") * MICROSECONDS) if rotate else None
    plan = record_plan(channel.channel_id, target, format_name, video, mix, rotate_us)
    console = output.console()
    subscribe = Subscribe(video="none" if plan.layout == "audio" else "encoded", users=user_list(users or []))
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


def record_plan(
    channel: str, target: Path, format_name: FormatName, video: VideoName, mix: bool, rotate_us: int | None
) -> RecordPlan:
    """Return where and how to record: a known extension that is no directory means one file.

    Raises UsageError for a file name that contradicts --format, and a picture format without picture.
    """
    extension = next((name for name in get_args(FormatName) if f".{name}" == target.suffix.lower()), None)
    file = None if extension is None or target.is_dir() else target
    if file is not None and format_name not in ("auto", extension):
        raise UsageError("format", f"--format {format_name} contradicts the file name {target.name}")
    chosen: FormatName = format_name if file is None or extension is None else extension
    if chosen in PICTURE_FORMATS and (video == "none" or mix):
        raise UsageError("format", f"{chosen} is for picture: it cannot go with {'--mix' if mix else '--video none'}")
    plan = RecordPlan(channel, target, file=file, mix=mix, rotate_us=rotate_us)
    if chosen == "auto":
        return plan if video == "none" or mix else replace(plan, layout="av")
    if chosen == "mkv" or chosen == "mp4":
        return replace(plan, layout="av", av_format=chosen, audio_format=None)
    if chosen == "h264" or chosen == "ivf":
        return replace(plan, layout="elementary")
    return replace(plan, audio_format=chosen)


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


def _print_summary(console: Console, engine_name: str, channel: str, files: list[RecordedFile], pull: Pull) -> None:
    rows = [file.to_json() for file in files]
    seconds = max((row["seconds"] for row in rows), default=0.0)
    document = {"ok": True, "engine": engine_name, "channelId": channel, "seconds": seconds, "files": rows}
    for row in rows:
        console.status(
            f"{row['path']}: user {row['userId']}, {row['seconds']:.2f} s of {row['codec']}, {row['lost']} lost"
        )
    console.result(document, f"recorded {len(rows)} file(s)")


def _seconds(text: str, option: str) -> float | None:
    return float(duration_s(text, option)) if text else None
