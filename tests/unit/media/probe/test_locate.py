"""media/probe/locate.py: pieces are found through noise, gain, 8-bit coding and other rates, and strangers are not."""

import numpy as np
import pytest

from agora_cli.media.probe.locate import Locator
from agora_cli.media.probe.noise import row


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("start_s", [0, 1.03, 7.7, 15.995])
def test_each_piece_is_found_to_the_sample(rate_hz: int, start_s: float) -> None:
    start, count = int(start_s * rate_hz), rate_hz // 50
    whole = row(0, 0, rate_hz)
    piece = whole[np.arange(start, start + count) % len(whole)]
    place = Locator(0, 0, rate_hz).find(piece)
    assert place is not None
    assert place.sample == start
    assert place.snr_db > 60


def test_the_noise_is_measured() -> None:
    piece = row(0, 0, 48_000)[48_000:52_800]
    noise = np.random.default_rng(1).standard_normal(len(piece)) * np.sqrt(np.mean(piece**2)) / 10 ** (12 / 20)
    place = Locator(0, 0, 48_000).find((piece + noise).astype(np.float32))
    assert place is not None
    assert place.sample == 48_000
    assert place.snr_db == pytest.approx(12, abs=0.5)


def test_a_codec_of_eight_bits_hides_nothing() -> None:
    piece = row(0, 0, 8000)[40_000:40_160]
    squeezed = np.sign(piece) * np.rint(np.sqrt(np.abs(piece)) * 127) ** 2 / 127**2
    place = Locator(0, 0, 8000).find(squeezed.astype(np.float32))
    assert place is not None
    assert place.sample == 40_000


def test_a_stranger_has_no_place() -> None:
    locator = Locator(0, 0, 48_000)
    assert locator.find(row(1, 0, 48_000)[4800:5760]) is None
    assert locator.find(row(0, 1, 48_000)[4800:5760]) is None


def test_what_goes_on_is_found_again_after_a_jump() -> None:
    locator = Locator(0, 0, 8000)
    for start in (0, 160, 320, 8000, 8160, 160):
        place = locator.find(row(0, 0, 8000)[start : start + 160])
        assert place is not None
        assert place.sample == start
