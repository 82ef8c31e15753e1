"""agora vad-dump"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from agora_cli.commands.vad_dump.changes import changed_text, parse_changes
from agora_cli.commands.vad_dump.channel import listen
from agora_cli.commands.vad_dump.summary import Side, print_run
from agora_cli.errors import InputError, UsageError
from agora_cli.frames import PcmFrame
from agora_cli.options.channel import MediaChannelOptions
from agora_cli.options.limits import LimitOptions
from agora_cli.options.output import OutputOptions
from agora_cli.options.vad import VadOptions
from agora_cli.sources.base import Excerpt
from agora_cli.sources.pcm import PcmSource
from agora_cli.sources.sound import RawFormat, open_audio
from agora_cli.terminal.console import Console
from agora_cli.terminal.interrupts import SignalStop, cut_short, stoppable
from agora_cli.vad.analysis import Analysis, Settings, judged_again
from agora_cli.vad.labels import Labels, read_labels
from agora_cli.vad.offline import analyse
from agora_cli.vad.outputs import run_live, sound_of, voice_prob_scale, write_dump, write_outputs
from agora_cli.vad.replay import Recorded, read_dump, replay, states_differing
from agora_cli.vad.resample import to_mono_16k
from agora_cli.vad.score import score
from agora_cli.vad.segments import segments_of
from agora_cli.vad.tune import GRID, Grid, Tuned, parse_sweep, tune
from agora_cli.vad.voice.base import VoiceEngineName
from agora_cli.vad.voice.open import open_voice_model

STAMP = "%Y%m%d%H%M%S"


@dataclass(frozen=True, slots=True)
class Heard:
    """A run and the dump that it left; `recorded` is the dump that it replayed, `fault` what ended its sound."""

    name: str
    analysis: Analysis
    dump: Path
    labels: Labels | None
    recorded: Recorded | None = None
    fault: InputError | None = None


class Sound:
    """Iterates over a source's frames up to a signal or its damage: what was heard by then is judged and written."""

    def __init__(self, source: PcmSource, stop: SignalStop) -> None:
        self.fault: InputError | None = None
        self._source = source
        self._stop = stop

    def __iter__(self) -> Iterator[PcmFrame]:
        try:
            for unit in self._source.units():
                if self._stop.is_set():
                    return
                if isinstance(unit, PcmFrame):
                    yield unit
        except InputError as error:
            if not self._stop.is_set():  # a stop cuts inputs short: that is no fault of theirs
                self.fault = error


def run(
    vad: VadOptions,
    channel: MediaChannelOptions,
    limit: LimitOptions,
    output: OutputOptions,
    source: Annotated[str, Argument(metavar="[FILE]", help="Sound file, or - for stdin.", show_default=False)] = "",
    audio_file: Annotated[str, Option("--audioFile", help="The same as FILE.", metavar="FILE")] = "",
    replayed: Annotated[
        Path | None, Option("--replay", help="A dump folder: judge its frames again.", metavar="DIR")
    ] = None,
    sample_rate: Annotated[int | None, Option("--sampleRate", help="Of raw PCM or the dump, in Hz.")] = None,
    channels: Annotated[int | None, Option("--numOfChannels", help="Of raw PCM or the dump.")] = None,
    live: Annotated[bool, Option("--live", help="Judge as a channel would: nothing of the future is known.")] = False,
    target: Annotated[
        Path | None, Option("--output", "-o", help="Folder for all results. [default: NAME-vad]", metavar="DIR")
    ] = None,
    labels: Annotated[
        Path | None, Option("--labels", help="What a person heard: Audacity labels or .scv.", metavar="FILE")
    ] = None,
    compare: Annotated[
        str,
        Option("--compare", help="Settings to set beside these: rules=2.4,stopRecognizeCount=80.", metavar="K=V,.."),
    ] = "",
    tuning: Annotated[bool, Option("--tune", help="Find the parameters that fit the labels best.")] = False,
    sweep: Annotated[
        list[str] | None, Option("--sweep", help="What --tune tries: NAME=FROM:TO:STEP or =A,B. Repeatable.")
    ] = None,
    report: Annotated[bool, Option("--report/--noReport", help="Write report.html.")] = True,
) -> int:
    """Show when the VAD starts and stops on a recording, and why.

    \b
    Examples:
      agora vad-dump speech.wav
      agora vad-dump speech.wav --rules documented --stopRecognizeCount 80 --labels speech.txt
      agora vad-dump --replay dump/20260102030405 --stopVoiceProb 50 --output again
      arecord -f S16_LE -r 16000 | agora vad-dump - --live
      agora vad-dump --channelId demo --duration 1m

    The folder gets the dump as the SDK's VadDump lays it out, segments.json, frames.csv, Audacity labels
    (segments.txt), TextGrid, RTTM, WebVTT, and report.html: open it in a browser, zoom, click, listen.
    """
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
    settings = vad.settings(live)
    grid = dict(parse_sweep(text) for text in sweep or []) or GRID
    other = parse_changes(compare, settings, vad.vad_engine) if compare else None
    if replayed is not None and (live or vad.vad_engine != "silero" or (other is not None and other[1] != "silero")):
        raise UsageError(
            "replay-engine", "--replay judges the values of label.txt: no --vadEngine and no --live with it"
        )
    raw = RawFormat(sample_rate, channels)
    console = output.console()
    with stoppable() as stop:
        if replayed is not None:
            heard = _replay(replayed, raw, settings, labels, target, console)
        else:
            heard = _hear(path, raw, settings, vad.vad_engine, labels, target, console, stop)
        folder = heard.dump.parent
        outputs = write_outputs(folder, heard.name, heard.dump, heard.analysis, heard.labels, report)
        sides = [Side("as given", heard.analysis, outputs.segments, outputs.scores)]
        if other is not None:
            sides.append(_other_side(heard, *other))
        tuned = _tuned(heard, grid) if tuning and heard.labels is not None else None
        if heard.fault is None or not console.json_output:
            print_run(console, heard.name, outputs, sides, tuned, heard.labels)
        if heard.fault is not None:
            raise heard.fault
        return stop.exit_code


def _hear(
    path: str,
    raw: RawFormat,
    settings: Settings,
    engine: VoiceEngineName,
    labels: Path | None,
    target: Path | None,
    console: Console,
    stop: SignalStop,
) -> Heard:
    name = "stdin" if path == "-" else Path(path).name
    folder = target or Path(f"{Path(name).stem}-vad")
    with cut_short(stop):
        source = open_audio(path, raw, Excerpt(), stop, downmix=True)
    for warning in source.info.warnings:
        console.warn(warning)
    for note in source.info.notes:
        console.status(note)
    model = open_voice_model(engine)
    sound = Sound(source, stop)
    stamp = datetime.now().strftime(STAMP)
    if settings.causal:
        dump, analysis = run_live(folder, stamp, sound, settings, model)
        _check_length(name, analysis, sound.fault, stop)
        return Heard(name, analysis, dump, _labels(labels, analysis), fault=sound.fault)
    samples = to_mono_16k(sound)
    analysis = analyse(samples, settings, model)
    _check_length(name, analysis, sound.fault, stop)
    heard = _labels(labels, analysis)
    pcm = samples.astype("<i2", copy=False).view("uint8")[: len(analysis.frames) * 320]
    dump = write_dump(folder, stamp, analysis, pcm, voice_prob_scale(settings.rules))
    return Heard(name, analysis, dump, heard, fault=sound.fault)


def _replay(
    folder: Path, raw: RawFormat, settings: Settings, labels: Path | None, target: Path | None, console: Console
) -> Heard:
    recorded = read_dump(folder, raw.sample_rate_hz or 0, raw.channels or 0)
    analysis = replay(recorded, settings)
    differing = states_differing(recorded, analysis)
    told = f"in {differing} of {len(analysis.frames)} frames" if differing else "nowhere"
    console.status(f"the state differs from the one in label.txt {told}")
    heard = _labels(labels, analysis)
    name = folder.resolve().name
    stamp = datetime.now().strftime(STAMP)
    scale = voice_prob_scale("2.4" if recorded.is_flagged else "2.1")
    dump = write_dump(target or Path(f"{name}-vad"), stamp, analysis, recorded.pcm(), scale)
    return Heard(name, analysis, dump, heard, recorded)


def _other_side(heard: Heard, settings: Settings, engine: VoiceEngineName) -> Side:
    """Return the run that --compare asks for, on the same sound."""
    given = heard.analysis
    if heard.recorded is not None:
        analysis = replay(heard.recorded, settings)
    elif engine == given.voice:
        analysis = judged_again(given, settings)
    else:
        analysis = analyse(sound_of(heard.dump).view("<i2").astype("int16"), settings, open_voice_model(engine))
    title = changed_text(given.settings, settings, given.voice, analysis.voice)
    scores = score(analysis, heard.labels) if heard.labels is not None else None
    return Side(title, analysis, segments_of(analysis), scores)


def _tuned(heard: Heard, grid: Grid) -> Tuned:
    assert heard.labels is not None
    return tune(heard.analysis, heard.labels, grid)


def _labels(path: Path | None, analysis: Analysis) -> Labels | None:
    return read_labels(path, analysis.seconds) if path is not None else None


def _check_length(name: str, analysis: Analysis, fault: InputError | None, stop: SignalStop) -> None:
    with cut_short(stop):
        if not len(analysis.frames):
            raise fault or InputError("too-short", f"{name} is shorter than one frame of 10 ms")
