"""Resampling: bit-exact where nothing is to do, in time, without aliases, however it is cut."""

import numpy as np
import pytest

from agora_cli.frames import PcmFrame
from agora_cli.vad.resample import ToMono16k, to_mono_16k
from tests.unit.vad.made import tone


def converted(samples: np.ndarray, rate_hz: int, channels: int = 1, block: int = 4801) -> np.ndarray:
    resampler = ToMono16k(rate_hz, channels)
    data, unit = samples.astype("<i2").tobytes(), 2 * channels
    parts = [resampler.push(data[at : at + block * unit]) for at in range(0, len(data), block * unit)]
    return np.concatenate([*parts, resampler.flush()])


def test_16_khz_mono_is_untouched() -> None:
    samples = np.arange(-500, 500, dtype=np.int16)
    assert converted(samples, 16_000, block=7).tolist() == samples.tolist()


def test_channels_are_averaged() -> None:
    stereo = np.array([[100, 200], [-3, -4], [32767, 32767]], np.int16)
    assert converted(stereo.reshape(-1), 16_000, 2).tolist() == [150, -4, 32767]


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
def test_what_passes_and_what_does_not(rate_hz: int) -> None:
    def level_db(hertz: int) -> float:
        out = converted(tone(hertz, 1, rate_hz), rate_hz)[2000:-2000].astype(float)
        return 20 * np.log10(out.std() / (10_000 / np.sqrt(2)) + 1e-9)

    assert abs(level_db(1000)) < 0.05
    if rate_hz > 16_000:
        assert abs(level_db(7000)) < 0.1
        assert level_db(9000) < -75


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_length_and_times_stay(rate_hz: int) -> None:
    click = np.zeros(rate_hz, np.int16)
    click[rate_hz // 2] = 30_000
    out = converted(click, rate_hz, block=111)
    assert abs(len(out) - 16_000) <= 1
    assert abs(int(np.abs(out).argmax()) - 8_000) <= 1


def test_cutting_changes_nothing() -> None:
    samples = tone(440, 0.3, 48_000)
    assert converted(samples, 48_000, block=37).tolist() == converted(samples, 48_000, block=100_000).tolist()


def test_nothing_gives_nothing() -> None:
    assert len(ToMono16k(48_000, 2).flush()) == 0
    assert len(to_mono_16k([])) == 0


def test_padding_of_a_last_frame_is_left_out() -> None:
    frames = [PcmFrame(0, 16_000, 1, b"\1\0" * 160), PcmFrame(10_000, 16_000, 1, b"\1\0" * 160, 100)]
    assert to_mono_16k(frames).tolist() == [1] * 220
