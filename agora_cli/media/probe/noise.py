"""Pseudo-noise of 16 s that goes round: where a piece of it belongs is found by correlation, whatever the rate.

The band is that of a telephone, so that every sampling rate and speech codec carries it. Sender and ear are two
identities, left and right two channels: four rows that have nothing in common. In each second the first tenth is
louder, the beep beside the picture's flash.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from agora_cli.frames import MICROSECONDS

PERIOD_S = 16
BAND_HZ = (300, 3400)
LEVEL_DBFS = -20.0
BEEP_S, BEEP_GAIN = 0.1, 2.0
_BASE_RATE_HZ = 8000


@lru_cache(maxsize=16)
def row(identity: int, channel: int, rate_hz: int) -> npt.NDArray[np.float32]:
    """Return a whole period, float32 of +-1; at another rate it is the same sound, exactly: it is band-limited."""
    count = PERIOD_S * _BASE_RATE_HZ
    noise = np.random.default_rng((identity, channel, PERIOD_S)).standard_normal(count)
    at_s = np.arange(count) / _BASE_RATE_HZ
    spectrum = np.fft.rfft(noise * np.where(at_s % 1 < BEEP_S, BEEP_GAIN, 1.0))
    hz = np.fft.rfftfreq(count, 1 / _BASE_RATE_HZ)
    spectrum[(hz < BAND_HZ[0]) | (hz > BAND_HZ[1])] = 0
    samples = np.fft.irfft(spectrum, PERIOD_S * rate_hz)
    gain = 10 ** (LEVEL_DBFS / 20) / float(np.sqrt(np.mean(samples**2)))
    found: npt.NDArray[np.float32] = (samples * gain).astype(np.float32)
    return found


def sound(identity: int, channels: int, rate_hz: int, start: int, count: int) -> bytes:
    """Return `count` samples a channel from `start` on, interleaved 16 bits; more channels than two repeat the two."""
    at = np.arange(start, start + count) % (PERIOD_S * rate_hz)
    rows = [row(identity, channel % 2, rate_hz)[at] for channel in range(channels)]
    return bytes(np.rint(np.stack(rows, axis=1).clip(-1, 1) * 32767).astype("<i2"))


def unrolled_us(place_us: int, near_us: int) -> int:
    """Return the time of a place in the period that is nearest to `near_us`."""
    period_us = PERIOD_S * MICROSECONDS
    return place_us + round((near_us - place_us) / period_us) * period_us
