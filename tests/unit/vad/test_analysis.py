"""The offline run: aligned with hindsight, causal as a channel, and judged again without the engine."""

import numpy as np
import pytest

from agora_cli.native.vad import VadConfig
from agora_cli.vad.analysis import RMS_SWAMPS, UNKNOWN_OFFLINE, Settings, judged_again
from agora_cli.vad.live import LiveVad
from agora_cli.vad.offline import analyse
from tests.unit.vad.made import LoudnessModel, run, tone


def speech_between_silences() -> np.ndarray:
    return np.concatenate([np.zeros(16_000, np.int16), tone(200, 2, peak=30_000), np.zeros(16_000, np.int16)])


def test_frames_are_whole_and_the_last_hop_is_filled_up() -> None:
    model = LoudnessModel()
    analysis = analyse(tone(200, 1.007), Settings(), model)
    assert len(analysis.frames) == len(analysis.steps) == len(analysis.probability) == 100
    assert len(model.streams[0].fed) % 512 == 0
    assert analysis.seconds == 1.0


def test_nothing_is_no_frame() -> None:
    assert len(analyse(np.empty(0, np.int16), Settings(), LoudnessModel()).frames) == 0
    assert len(analyse(np.empty(0, np.int16), Settings(causal=True), LoudnessModel()).frames) == 0


def test_values_that_a_recording_cannot_tell_are_fixed_and_said_so() -> None:
    analysis = analyse(tone(200, 0.5), Settings(), LoudnessModel())
    assert set(analysis.frames["far_field"]) == {1}
    assert set(analysis.frames["music_prob"]) == {0}
    assert UNKNOWN_OFFLINE in analysis.notes
    assert RMS_SWAMPS not in analysis.notes


def test_rule_set_2_4_gets_flags_and_a_warning() -> None:
    analysis = analyse(speech_between_silences(), Settings("2.4"), LoudnessModel())
    assert set(analysis.frames["voice_prob"]) == {0, 1}
    assert 0 < analysis.probability[95] < 1 or 0 < analysis.probability[96] < 1 or analysis.probability.max() == 1
    assert RMS_SWAMPS in analysis.notes


def test_a_causal_run_is_a_live_one() -> None:
    samples = speech_between_silences()
    offline = analyse(samples, Settings(causal=True), LoudnessModel())
    live = LiveVad(Settings(causal=True), LoudnessModel())
    for at in range(0, len(samples), 160):
        live.push(samples[at : at + 160].tobytes(), 16_000, 1)
    online = live.close()
    assert online.frames.tolist() == offline.frames.tolist()
    assert online.steps.tolist() == offline.steps.tolist()


def test_what_is_causal_comes_later() -> None:
    samples = speech_between_silences()
    causal = analyse(samples, Settings(causal=True), LoudnessModel())
    aligned = analyse(samples, Settings(), LoudnessModel())
    assert np.argmax(causal.steps["state"] == 1) > np.argmax(aligned.steps["state"] == 1)


@pytest.mark.parametrize("rules", ["documented", "2.1", "2.4"])
def test_judging_again_is_judging(rules: str) -> None:
    config = VadConfig(stop_recognize_count=20)
    given = analyse(speech_between_silences(), Settings(), LoudnessModel())
    again = judged_again(given, Settings(rules, config))  # type: ignore[arg-type]
    fresh = analyse(speech_between_silences(), Settings(rules, config), LoudnessModel())  # type: ignore[arg-type]
    assert again.frames.tolist() == fresh.frames.tolist()
    assert again.steps.tolist() == fresh.steps.tolist()
    assert again.notes == fresh.notes


def test_seconds() -> None:
    assert run((50, 0.0)).seconds == 0.5
