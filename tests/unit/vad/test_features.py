"""Loudness and pitch of sounds whose loudness and pitch are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.native.ffi import lib
from agora_cli.native.level import measure
from agora_cli.vad.features import median_of_3, pitch_of, rms_of
from tests.unit.vad.made import tone


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_rms_is_the_cores_level_turned_round(seed: int, loudness: float) -> None:
    samples = (np.random.default_rng(seed).uniform(-1, 1, 480) * loudness * 32767).astype(np.int16)
    levels = [measure(samples[at : at + 160].tobytes()) for at in range(0, 480, 160)]
    expected = [127 - lib.agora_level_dbov(level.mean_square) for level in levels]
    assert rms_of(samples).tolist() == expected


def test_rms_of_the_extremes() -> None:
    assert rms_of(np.zeros(160, np.int16)).tolist() == [0]
    assert rms_of(np.full(160, -32768, np.int16)).tolist() == [127]
    assert rms_of(np.full(160, 1, np.int16)).tolist() == [127 - 90]
    assert rms_of(np.zeros(159, np.int16)).tolist() == []


@pytest.mark.parametrize("hertz", [70, 100, 150, 220, 330, 450])
def test_the_pitch_of_a_voice_like_tone(hertz: int) -> None:
    voice = sum(tone(hertz * n, 0.5, peak=8_000 / n) for n in range(1, 6)).astype(np.int16)
    found = pitch_of(voice, rms_of(voice))[5:-5]
    assert np.abs(found / hertz - 1).max() < 0.03


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(0, 3000, 16_000).astype(np.int16)
    assert (pitch_of(noise, rms_of(noise)) > 0).mean() < 0.02
    silence = np.zeros(16_000, np.int16)
    assert not pitch_of(silence, rms_of(silence)).any()
    assert not pitch_of(tone(200, 1, peak=10), rms_of(tone(200, 1, peak=10))).any()
    assert len(pitch_of(np.empty(0, np.int16), np.empty(0, np.int32))) == 0


@given(st.lists(st.integers(0, 9), min_size=3, max_size=20))
def test_median_of_3(values: list[int]) -> None:
    expected = [sorted(values[at : at + 3])[1] for at in range(len(values) - 2)]
    assert median_of_3(np.array(values, np.int32)).tolist() == expected
