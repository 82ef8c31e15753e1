"""vad-dump on a live channel: listen, say when speech starts and stops, leave a folder a user."""

import json
from pathlib import Path
from typing import Any

from agora_cli.commands._channel.join import user_list
from agora_cli.commands._channel.receive import receive
from agora_cli.commands._voice import told_sink
from agora_cli.commands.vad_dump.summary import Side, print_run, run_document
from agora_cli.engines.base import Subscribe
from agora_cli.engines.choose import choose_engine_name
from agora_cli.errors import ExpectationError, UsageError
from agora_cli.options.channel import ReceiveChannelOptions
from agora_cli.options.limits import LimitOptions
from agora_cli.options.vad import ChannelVoiceName
from agora_cli.sinks.vad import Heard
from agora_cli.terminal.console import Console
from agora_cli.terminal.interrupts import stoppable
from agora_cli.vad.analysis import Settings
from agora_cli.vad.exports import config_document


def listen(
    channel: ReceiveChannelOptions,
    limit: LimitOptions,
    settings: Settings,
    engine: ChannelVoiceName,
    target: Path | None,
    report: bool,
    console: Console,
) -> int:
    """Judge every user of a channel until a limit or Ctrl-C, print what was heard, return the exit code."""
    limits = limit.limits()
    subscribe = Subscribe(video="none", data=False, users=user_list(limit.users or []))
    with stoppable() as stop:
        folder = target or Path(f"{channel.channel_id}-vad")
        sink = told_sink(folder, channel.channel_id, console, settings, engine, streamed=True)
        try:
            received = receive(channel, subscribe, limits, sink, console, stop, labels_asked(channel, settings, engine))
        finally:
            heard = sink.close(report)
        if not heard and not stop.is_set():
            raise ExpectationError("no-media", "nobody was heard: no sound came")
        _print(console, heard, received.link)
        return stop.exit_code


def labels_asked(channel: ReceiveChannelOptions, settings: Settings, engine: ChannelVoiceName) -> dict[str, str]:
    """Return what the sdk engine must be told to give labels: our parameters for its VAD, and 16 kHz as its samples."""
    if engine != "sdk":
        return {}
    if choose_engine_name(channel.engine, channel.app_id) == "local":
        raise UsageError("vad-engine", "--vadEngine sdk wants Agora's network: channels of this machine have no labels")
    form = {"sampleRate": channel.sdk.receive_rate or "16000", "numOfChannels": channel.sdk.receive_channels or "1"}
    return form | {"vadConfig": json.dumps(config_document(settings.config))}


def _print(console: Console, heard: list[Heard], link: dict[str, Any]) -> None:
    if console.json_output:
        runs = [{"userId": one.user} | run_document(one.outputs, [_side(one)], None) for one in heard]
        console.result({"ok": True, "users": runs} | link)
        return
    for one in heard:
        console.line(f"user {one.user}")
        print_run(console, f"user {one.user}", one.outputs, [_side(one)], None, None)


def _side(heard: Heard) -> Side:
    return Side("as given", heard.analysis, heard.outputs.segments, None)
