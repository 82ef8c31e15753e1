"""agora record"""

from agora_cli.console import Console
from agora_cli.engines.base import Connection, Publish, Subscribe
from agora_cli.errors import ExpectationError
from agora_cli.events import Event, Joined, Left, MediaReceived
from agora_cli.interrupts import SignalStop, stoppable
from agora_cli.joining import connection_spec, open_engine, user_list
from agora_cli.media.pacing import SystemClock
from agora_cli.media.recorded_file import RecordedFile
from agora_cli.media.recording import Recording
from agora_cli.options import ChannelOptions, OutputOptions
from agora_cli.progress import Progress
from agora_cli.record_options import LimitOptions, RecordOptions
from agora_cli.session import Pull, PullLimits


def run(channel: ChannelOptions, record: RecordOptions, limit: LimitOptions, output: OutputOptions) -> int:
    """Record what a channel carries, until Ctrl-C or a limit.

    \b
    Examples:
      agora record --channelId demo --output out/
      agora record --channelId demo --output talk.flac --mix --duration 10m
      agora record --channelId ci --output out/ --waitForUser 10s --untilLeft --json
      agora record --channelId demo --output wall.mp4 --layout grid
      agora record --channelId demo --output stills/ --snapshot 1s

    A user who leaves and comes back goes on in the same file, the gap kept as silence. Files are whole
    after Ctrl-C, and readable up to the last half second after kill -9.
    """
    limits, plan = limit.limits(), record.plan(channel.channel_id)
    console = output.console()
    subscribe = Subscribe(video="none" if plan.layout == "audio" else "encoded", users=user_list(limit.users or []))
    spec = connection_spec(channel, Publish(), subscribe)
    with stoppable() as stop:
        engine = open_engine(channel, console)
        recording = Recording(plan)
        connection = engine.open(spec)
        try:
            console.status(f"joined {spec.channel} as user {connection.user}, recording to {record.target}")
            pull = _pull(connection, recording, limits, console, stop)
        finally:
            connection.close()
            files = recording.close()
        if not files and not stop.is_set():
            raise ExpectationError("no-media", "nothing was recorded: no media came")
        _print_summary(console, engine.name, spec.channel, files, pull)
        return stop.exit_code


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
        console.warn(f"user {user} was not recorded: the file is full (a directory takes everybody, --mix too)")
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
