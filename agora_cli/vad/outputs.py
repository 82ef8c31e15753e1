"""All that a run leaves in a folder: the dump, the exports, the report."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agora_cli.errors import InputError
from agora_cli.frames import PcmFrame
from agora_cli.native.vad import Rules
from agora_cli.native.vaddump import FLAG_SCALE, PERCENT_SCALE, DumpWriter
from agora_cli.vad.analysis import Analysis, Settings
from agora_cli.vad.exports import write_exports
from agora_cli.vad.labels import Labels
from agora_cli.vad.live import LIVE_FRAME_BYTES, LiveVad
from agora_cli.vad.replay import SOURCE
from agora_cli.vad.report.page import write_report
from agora_cli.vad.resample import unpadded
from agora_cli.vad.score import Scores, score
from agora_cli.vad.segments import Decision, Segment, segments_of
from agora_cli.vad.voice.base import VoiceModel

REPORT = "report.html"
FRAMES_A_WRITE = 10_000


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a run's files are, and what was found out on the way."""

    dump: Path
    segments: tuple[Segment, ...]
    scores: Scores | None
    report: Path | None


def voice_prob_scale(rules: Rules) -> int:
    """Return what voice_prob.pcm is multiplied by: rule set 2.4 has flags, the others percentages."""
    return FLAG_SCALE if rules == "2.4" else PERCENT_SCALE


def write_dump(folder: Path, stamp: str, analysis: Analysis, pcm: npt.NDArray[np.uint8], prob_scale: int) -> Path:
    """Write the dump of a finished run below `folder` and return its own folder.

    `pcm` is its sound, len(analysis.frames) frames of one size. Raises InputError.
    """
    count = len(analysis.frames)
    frame_bytes = len(pcm) // max(1, count)
    with DumpWriter(folder, stamp, frame_bytes, prob_scale) as dump:
        for at in range(0, count, FRAMES_A_WRITE):
            part = slice(at, min(count, at + FRAMES_A_WRITE))
            sound = pcm[part.start * frame_bytes : part.stop * frame_bytes]
            dump.write(sound.data, analysis.frames[part], analysis.steps[part])
    return dump.path


def run_live(
    folder: Path,
    stamp: str,
    frames: Iterable[PcmFrame],
    settings: Settings,
    model: VoiceModel,
    told: Callable[[Decision], None],
) -> tuple[Path, Analysis]:
    """Judge frames as they come and write the dump along; return its folder and the run.

    `told` gets each start and stop before the next frame is asked for.
    A fault in `frames` is raised after what came before it is in the dump.
    """
    with DumpWriter(folder, stamp, LIVE_FRAME_BYTES, voice_prob_scale(settings.rules)) as dump:
        live = LiveVad(settings, model, dump)
        try:
            for frame in frames:
                for decision in live.push(unpadded(frame), frame.sample_rate_hz, frame.channels):
                    told(decision)
        finally:
            analysis = live.close()
    return dump.path, analysis


def write_outputs(
    folder: Path, name: str, dump: Path, analysis: Analysis, labels: Labels | None = None, report: bool = True
) -> Outputs:
    """Write exports and report of a run whose dump is written, over those of an earlier run in `folder`.

    `name` is what the recording is called in them. The report's sound is that of the dump. Raises InputError.
    """
    segments = segments_of(analysis)
    scores = score(analysis, labels) if labels is not None else None
    write_exports(folder, name, analysis, segments)
    if report:
        write_report(folder / REPORT, name, analysis, segments, sound_of(dump), labels, scores)
    return Outputs(dump, segments, scores, folder / REPORT if report else None)


def sound_of(dump: Path) -> npt.NDArray[np.uint8]:
    """Return source.pcm of a dump, mapped and not read. Raises InputError where it is missing."""
    path = dump / SOURCE
    try:
        return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)
    except OSError as error:
        raise InputError("dump-sound", f"cannot read {path}: {error.strerror}") from error
