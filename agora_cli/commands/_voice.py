"""The VAD beside a live channel, told as it happens: for `record --vad` and `vad-dump` on a channel."""

from pathlib import Path
from typing import TYPE_CHECKING

from agora_cli.options.vad import ChannelVoiceName, VadOptions
from agora_cli.terminal.console import Console

if TYPE_CHECKING:
    from agora_cli.sinks.labelled import LabelSink
    from agora_cli.sinks.vad import VadSink
    from agora_cli.vad.analysis import Settings
    from agora_cli.vad.segments import Decision


def told_sink(
    folder: Path,
    channel: str,
    console: Console,
    settings: "Settings | None" = None,
    engine: ChannelVoiceName = "silero",
    streamed: bool = False,
) -> "VadSink | LabelSink":
    """Return a sink that says a line at each start and stop; without `settings` it has the defaults.

    `streamed`: with --json each is a line of NDJSON on stdout as well.
    """
    from agora_cli.sinks.labelled import LabelSink
    from agora_cli.sinks.vad import VadSink
    from agora_cli.vad.exports import decision_document
    from agora_cli.vad.voice.open import open_voice_model

    def on_change(user: str, decision: "Decision") -> None:
        console.status(f"user {user} {'starts' if decision.is_start else 'stops'} speaking at {decision.at_s:.2f} s")
        if streamed:
            console.result({"userId": user} | decision_document(decision))

    chosen = settings or VadOptions().settings(causal=True)
    if engine == "sdk":
        return LabelSink(folder, channel, chosen, on_change)
    return VadSink(folder, channel, chosen, open_voice_model(engine), on_change)
