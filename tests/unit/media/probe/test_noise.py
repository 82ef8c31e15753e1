"""media/probe/noise.py: the same sound at every rate, and four rows with nothing in common."""

import numpy as np

from agora_cli.media.probe.noise import PERIOD_S, row, sound, unrolled_us


def test_the_level_and_the_band_are_those_that_are_said() -> None:
    samples = row(0, 0, 8000)
    assert abs(20 * np.log10(np.sqrt(np.mean(samples**2))) + 20) < 0.01
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / 8000)
    assert spectrum[(hz < 299) | (hz > 3401)].sum() < 1e-6 * spectrum.sum()


def test_another_rate_is_the_same_sound() -> None:
    assert np.abs(row(0, 1, 48_000)[::6] - row(0, 1, 8000)).max() < 1e-5


def test_rows_have_nothing_in_common() -> None:
    rows = [row(identity, channel, 8000) for identity in range(2) for channel in range(2)]
    likeness = np.corrcoef(rows) - np.eye(4)
    assert np.abs(likeness).max() < 0.02


def test_it_goes_round_after_its_period() -> None:
    assert sound(0, 2, 8000, 10, 80) == sound(0, 2, 8000, 10 + PERIOD_S * 8000, 80)
    assert sound(0, 1, 8000, 0, 160) != sound(0, 1, 8000, 80, 160)


def test_a_place_is_unrolled_to_where_it_is_near() -> None:
    assert unrolled_us(1_000_000, 33_500_000) == 33_000_000
    assert unrolled_us(15_900_000, 100_000) == -100_000
