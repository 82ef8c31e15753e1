"""vad-dump on a recording or a dump: judge its sound, write the folder, print what was found."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agora_cli.commands.vad_dump.changes import changed_text
from agora_cli.commands.vad_dump.summary import Side, print_run
from agora_cli.errors import InputError
from agora_cli.frames import PcmFrame
from agora_cli.sources.base import Excerpt
from agora_cli.sources.pcm import PcmSource
from agora_cli.sources.sound import RawPcm, open_audio
from agora_cli.terminal.console import Console
from agora_cli.terminal.interrupts import SignalStop, cut_short, stoppable
from agora_cli.vad.analysis import Analysis, Settings, judged_again
from agora_cli.vad.exports import decision_document
from agora_cli.vad.labels import Labels, read_labels
from agora_cli.vad.offline import analyse
from agora_cli.vad.outputs import run_live, sound_of, voice_prob_scale, write_dump, write_outputs
from agora_cli.vad.replay import Recorded, read_dump, replay, states_differing
from agora_cli.vad.resample import to_mono_16k
from agora_cli.vad.score import score
from agora_cli.vad.segments import Decision, segments_of
from agora_cli.vad.tune import Grid, Tuned, tune
from agora_cli.vad.voice.base import VoiceEngineName
from agora_cli.vad.voice.open import open_voice_model

STAMP = "%Y%m%d%H%M%S"


@dataclass(frozen=True, slots=True)
class VadRequest:
    """What to judge and how: `path` or the dump `replayed`; `other` is what to compare with, `grid` what to tune."""

    path: str
    replayed: Path | None
    raw: RawPcm
    settings: Settings
    engine: VoiceEngineName
    labels: Path | None
    target: Path | None
    other: tuple[Settings, VoiceEngineName] | None
    grid: Grid | None
    report: bool


@dataclass(frozen=True, slots=True)
class HeardRecording:
    """A run and the dump that it left; `recorded` is the dump that it replayed, `fault` what ended its sound."""

    name: str
    analysis: Analysis
    dump: Path
    labels: Labels | None
    recorded: Recorded | None = None
    fault: InputError | None = None


class HeardSound:
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


def judge_recording(request: VadRequest, console: Console) -> int:
    """Judge a recording, write its folder, print what was found, return the exit code.

    Raises InputError for sound that cannot be read; what was heard before damage is judged and written first.
    """
    with stoppable() as stop:
        if request.replayed is not None:
            heard = _replay(request.replayed, request.raw, request.settings, request.labels, request.target, console)
        else:
            heard = _hear(
                request.path,
                request.raw,
                request.settings,
                request.engine,
                request.labels,
                request.target,
                console,
                stop,
            )
        folder = heard.dump.parent
        outputs = write_outputs(folder, heard.name, heard.dump, heard.analysis, heard.labels, request.report)
        sides = [Side("as given", heard.analysis, outputs.segments, outputs.scores)]
        if request.other is not None:
            sides.append(_other_side(heard, *request.other))
        tuned = _tuned(heard, request.grid) if request.grid is not None and heard.labels is not None else None
        if heard.fault is None or not console.json_output:
            print_run(console, heard.name, outputs, sides, tuned, heard.labels)
        if heard.fault is not None:
            raise heard.fault
        return stop.exit_code


def _hear(
    path: str,
    raw: RawPcm,
    settings: Settings,
    engine: VoiceEngineName,
    labels: Path | None,
    target: Path | None,
    console: Console,
    stop: SignalStop,
) -> HeardRecording:
    name = "stdin" if path == "-" else Path(path).name
    folder = target or Path(f"{Path(name).stem}-vad")
    with cut_short(stop):
        source = open_audio(path, raw, Excerpt(), stop, downmix=True)
    for warning in source.info.warnings:
        console.warn(warning)
    for note in source.info.notes:
        console.status(note)
    model = open_voice_model(engine)
    sound = HeardSound(source, stop)
    stamp = datetime.now().strftime(STAMP)
    if settings.causal:
        dump, analysis = run_live(folder, stamp, sound, settings, model, lambda decision: _tell(console, decision))
        _check_length(name, analysis, sound.fault, stop)
        return HeardRecording(name, analysis, dump, _labels(labels, analysis), fault=sound.fault)
    samples = to_mono_16k(sound)
    analysis = analyse(samples, settings, model)
    _check_length(name, analysis, sound.fault, stop)
    heard = _labels(labels, analysis)
    pcm = samples.astype("<i2", copy=False).view("uint8")[: len(analysis.frames) * 320]
    dump = write_dump(folder, stamp, analysis, pcm, voice_prob_scale(settings.rules))
    return HeardRecording(name, analysis, dump, heard, fault=sound.fault)


def _tell(console: Console, decision: Decision) -> None:
    console.status(f"speech {'starts' if decision.is_start else 'stops'}: {decision.reason}")
    console.result(decision_document(decision))


def _replay(
    folder: Path, raw: RawPcm, settings: Settings, labels: Path | None, target: Path | None, console: Console
) -> HeardRecording:
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
    return HeardRecording(name, analysis, dump, heard, recorded)


def _other_side(heard: HeardRecording, settings: Settings, engine: VoiceEngineName) -> Side:
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


def _tuned(heard: HeardRecording, grid: Grid) -> Tuned:
    assert heard.labels is not None
    return tune(heard.analysis, heard.labels, grid)


def _labels(path: Path | None, analysis: Analysis) -> Labels | None:
    return read_labels(path, analysis.seconds) if path is not None else None


def _check_length(name: str, analysis: Analysis, fault: InputError | None, stop: SignalStop) -> None:
    with cut_short(stop):
        if not len(analysis.frames):
            raise fault or InputError("too-short", f"{name} is shorter than one frame of 10 ms")
