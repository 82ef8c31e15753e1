"""A run's folder: what is in it and what the SDK family's tools make of it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agora_cli.errors import InputError
from agora_cli.frames import PcmFrame
from agora_cli.native.vaddump import FLAG_SCALE, PERCENT_SCALE
from agora_cli.vad.analysis import Settings
from agora_cli.vad.labels import Labels
from agora_cli.vad.outputs import run_live, sound_of, voice_prob_scale, write_dump, write_outputs
from agora_cli.vad.segments import segments_of
from tests.unit.vad.made import LoudnessModel, run, tone

STAMP = "20300101000000"


def test_dump_exports_and_report(tmp_path: Path) -> None:
    analysis = run((100, 0.0), (100, 1.0), (100, 0.0))
    pcm = np.frombuffer(tone(200, 3).tobytes(), np.uint8)
    dump = write_dump(tmp_path / "out", STAMP, analysis, pcm, PERCENT_SCALE)
    outputs = write_outputs(tmp_path / "out", "talk", dump, analysis, Labels(((1000, 2000),), 3000))
    assert outputs.dump == tmp_path / "out" / STAMP
    assert sound_of(dump).tobytes() == pcm.tobytes()
    sizes = {path.name: path.stat().st_size for path in dump.iterdir()}
    assert sizes.pop("label.txt") > 0
    assert sizes.pop("vad_0.pcm") == 320 * (225 - 74)
    assert set(sizes.items()) == {(name, 96_000) for name in ("source.pcm", "rms.pcm", "pitch.pcm", "voice_prob.pcm")}
    (segment,) = segments_of(analysis)
    emitted = pcm[segment.start_frame * 320 : segment.end_frame * 320]
    assert (dump / segment.file).read_bytes() == emitted.tobytes()
    assert outputs.report is not None
    assert outputs.report.is_file()
    assert outputs.scores is not None
    assert outputs.scores.ser == 0


def test_without_a_report(tmp_path: Path) -> None:
    analysis = run((10, 0.0))
    dump = write_dump(tmp_path, STAMP, analysis, np.zeros(3200, np.uint8), PERCENT_SCALE)
    outputs = write_outputs(tmp_path, "talk", dump, analysis, report=False)
    assert (outputs.report, outputs.scores) == (None, None)
    assert not (tmp_path / "report.html").exists()


def test_a_live_run_leaves_its_dump_even_when_the_stream_breaks(tmp_path: Path) -> None:
    def frames() -> object:
        for at in range(5):
            yield PcmFrame(at * 10_000, 16_000, 1, tone(200, 0.01).tobytes())
        raise InputError("broken", "the stream broke")

    with pytest.raises(InputError, match="the stream broke"):
        run_live(tmp_path, STAMP, frames(), Settings(causal=True), LoudnessModel(), print)  # type: ignore[arg-type]
    assert (tmp_path / STAMP / "source.pcm").stat().st_size == 5 * 320


def test_a_live_run(tmp_path: Path) -> None:
    frames = [PcmFrame(0, 48_000, 2, np.repeat(tone(200, 1, 48_000), 2).tobytes())]
    dump, analysis = run_live(tmp_path, STAMP, frames, Settings(causal=True), LoudnessModel(), print)
    assert len(sound_of(dump)) == len(analysis.frames) * 320
    assert abs(len(analysis.frames) - 100) <= 1


def test_a_start_is_told_before_the_next_frame_is_asked_for(tmp_path: Path) -> None:
    told, asked = [], 0

    def frames() -> Iterator[PcmFrame]:
        nonlocal asked
        for at in range(120):
            asked += 1
            yield PcmFrame(at * 10_000, 16_000, 1, tone(200, 0.01, peak=30_000).tobytes())

    run_live(tmp_path, STAMP, frames(), Settings(causal=True), LoudnessModel(), lambda one: told.append((asked, one)))
    ((frame, start),) = told
    assert start.at_s == frame / 100 < 1.2
    assert start.sound_from_s == start.at_s - 0.46


def test_sound_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read .*source.pcm: No such file"):
        sound_of(tmp_path)
    (tmp_path / "source.pcm").touch()
    assert len(sound_of(tmp_path)) == 0


def test_scales() -> None:
    assert voice_prob_scale("2.4") == FLAG_SCALE
    assert voice_prob_scale("2.1") == voice_prob_scale("documented") == PERCENT_SCALE
