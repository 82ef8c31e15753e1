"""agora vad-dump"""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from agora_cli.errors import UsageError
from agora_cli.options.channel import ReceiveChannelOptions
from agora_cli.options.limits import LimitOptions
from agora_cli.options.output import OutputOptions
from agora_cli.options.vad import VadOptions


def run(
    vad: VadOptions,
    channel: ReceiveChannelOptions,
    limit: LimitOptions,
    output: OutputOptions,
    source: Annotated[str, Argument(metavar="[FILE]", help="Sound file, or - for stdin.", show_default=False)] = "",
    audio_file: Annotated[str, Option("--audioFile", help="The same as FILE.", metavar="FILE")] = "",
    replayed: Annotated[
        Path | None, Option("--replay", help="A dump folder: judge its frames again.", metavar="DIR")
    ] = None,
    sample_rate: Annotated[int | None, Option("--sampleRate", help="Of raw PCM or the dump, in Hz.")] = None,
    channels: Annotated[int | None, Option("--numOfChannels", help="Of raw PCM or the dump.")] = None,
    live: Annotated[bool, Option("--live", help="Judge as a channel would, without hindsight.")] = False,
    target: Annotated[
        Path | None, Option("--output", "-o", help="Folder for all results; else NAME-vad.", metavar="DIR")
    ] = None,
    labels: Annotated[
        Path | None, Option("--labels", help="What a person heard: Audacity labels, .scv.", metavar="FILE")
    ] = None,
    compare: Annotated[
        str,
        Option("--compare", help="Other settings beside these: rules=2.4,..", metavar="K=V,.."),
    ] = "",
    tuning: Annotated[bool, Option("--tune", help="Find the parameters that fit the labels best.")] = False,
    sweep: Annotated[
        list[str] | None, Option("--sweep", help="What --tune tries, or NAME=A,B; repeatable.", metavar="NAME=A:B:STEP")
    ] = None,
    report: Annotated[bool, Option("--report/--noReport", help="Write report.html.")] = True,
) -> int:
    """Show when the VAD starts and stops on a recording, and why.

    \b
    Examples:
      agora vad-dump speech.wav
      agora vad-dump speech.wav --rules documented --labels speech.txt
      agora vad-dump --replay dump/20260102030405 --stopVoiceProb 50 -o again
      arecord -f S16_LE -r 16000 | agora vad-dump - --live
      agora vad-dump --channelId demo --duration 1m

    The folder gets the dump as the SDK's VadDump lays it out, segments.json, frames.csv, Audacity labels
    (segments.txt), TextGrid, RTTM, WebVTT, and report.html: open it in a browser, zoom, click, listen.
    """
    from agora_cli.commands.vad_dump.changes import parse_changes
    from agora_cli.commands.vad_dump.channel import listen
    from agora_cli.commands.vad_dump.recording import VadRequest, judge_recording
    from agora_cli.sources.sound import RawPcm
    from agora_cli.vad.tune import GRID, parse_sweep

    path = source or audio_file
    if channel.channel_id:
        if path or replayed or labels or compare or tuning or sweep:
            raise UsageError("input", "--channelId judges who is in the channel: no FILE, --replay, --labels with it")
        settings = vad.settings(causal=True)
        return listen(channel, limit, settings, vad.vad_engine, target, report, output.console())
    given = bool(source) + bool(audio_file) + (replayed is not None)
    if given != 1:
        raise UsageError(
            "input",
            f"expected one of FILE, --audioFile, --replay and --channelId, got {given or 'none'}",
            hint="agora vad-dump speech.wav",
        )
    if (tuning or sweep) and labels is None:
        raise UsageError("tune-labels", "--tune needs --labels: what else should it fit?")
    if sample_rate is not None and not 8_000 <= sample_rate <= 48_000:
        raise UsageError("sample-rate", f"--sampleRate must be 8000 to 48000, got {sample_rate}")
    if channels is not None and not 1 <= channels <= 2:
        raise UsageError("channels", f"--numOfChannels must be 1 or 2, got {channels}")
    settings, engine = vad.settings(live), vad.file_engine()
    grid = dict(parse_sweep(text) for text in sweep or []) or GRID
    other = parse_changes(compare, settings, engine) if compare else None
    if replayed is not None and (live or engine != "silero" or (other is not None and other[1] != "silero")):
        raise UsageError(
            "replay-engine", "--replay judges the values of label.txt: no --vadEngine and no --live with it"
        )
    request = VadRequest(
        path,
        replayed,
        RawPcm(sample_rate, channels),
        settings,
        engine,
        labels,
        target,
        other,
        grid if tuning else None,
        report,
    )
    return judge_recording(request, output.console())
