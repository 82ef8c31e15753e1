"""The VAD beside a live channel, told as it happens: for `record --vad` and `vad-dump` on a channel."""

from pathlib import Path
from typing import TYPE_CHECKING

from agora_cli.options.vad import ChannelVoiceName, VadOptions
from agora_cli.terminal.console import Console

if TYPE_CHECKING:
    from agora_cli.sinks.labelled import LabelSink
    from agora_cli.sinks.vad import VadSink
    from agora_cli.vad.analysis import Settings


def told_sink(
    folder: Path,
    channel: str,
    console: Console,
    settings: "Settings | None" = None,
    engine: ChannelVoiceName = "silero",
) -> "VadSink | LabelSink":
    """Return a sink that says a line at each start and stop; without `settings` it has the defaults."""
    from agora_cli.sinks.labelled import LabelSink
    from agora_cli.sinks.vad import VadSink
    from agora_cli.vad.voice.open import open_voice_model

    def on_change(user: str, speaking: bool, at_s: float) -> None:
        console.status(f"user {user} {'starts' if speaking else 'stops'} speaking at {at_s:.2f} s")

    chosen = settings or VadOptions().settings(causal=True)
    if engine == "sdk":
        return LabelSink(folder, channel, chosen, on_change)
    return VadSink(folder, channel, chosen, open_voice_model(engine), on_change)
