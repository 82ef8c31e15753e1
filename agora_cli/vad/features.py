"""Loudness and pitch of each 10 ms frame of 16 kHz sound, as the SDK's frames carry them."""

import numpy as np
import numpy.typing as npt

from agora_cli.vad.align import FRAME_SAMPLES
from agora_cli.vad.voice.base import RATE_HZ

SILENT_RMS = 127
WINDOW_SAMPLES = 512
WINDOW_LEAD = WINDOW_SAMPLES - FRAME_SAMPLES
LOWEST_HZ, HIGHEST_HZ = 60, 500
VOICED = 0.55
FIRST_PEAK = 0.9
FFT_SAMPLES = 1024
BATCH = 512
FULL_SCALE = 32768.0
# Below this a period is found in dither and hum as well: 72 dB under full scale.
PITCH_FLOOR_RMS = 55


def rms_of(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int32]:
    """Return 0..127 for each whole frame: 127 + dBov rounded, 0 for silence (as RFC 6464 counts).

    How the SDK's own library computes it is not published; this is the assumption.
    """
    frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    wide = frames.astype(np.float64)
    mean_square = np.einsum("ij,ij->i", wide, wide) / (FRAME_SAMPLES * FULL_SCALE**2)
    with np.errstate(divide="ignore"):
        level = SILENT_RMS + np.round(10 * np.log10(mean_square))
    clamped: npt.NDArray[np.int32] = np.clip(level, 0, SILENT_RMS).astype(np.int32)
    return clamped


def raw_pitch_of(samples: npt.NDArray[np.int16], rms: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return Hz for each of len(rms) windows of 32 ms that begin a frame apart, 0 where nothing is periodic.

    `samples` starts with the first window: (len(rms) - 1) * 160 + 512 of them are read. A window whose frame
    is quieter than PITCH_FLOOR_RMS is 0. Normalised autocorrelation by FFT, 60 to 500 Hz.
    """
    pitch = np.zeros(len(rms), np.int32)
    if not len(rms):
        return pitch
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW_SAMPLES)[::FRAME_SAMPLES]
    loud = np.flatnonzero(rms >= PITCH_FLOOR_RMS)
    for at in range(0, len(loud), BATCH):
        chosen = loud[at : at + BATCH]
        pitch[chosen] = _periods(windows[chosen])
    return pitch


def median_of_3(values: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return the median of each value and its two neighbours: two fewer than given."""
    before, here, after = values[:-2], values[1:-1], values[2:]
    middle: npt.NDArray[np.int32] = np.maximum(np.minimum(before, here), np.minimum(np.maximum(before, here), after))
    return middle


def pitch_of(samples: npt.NDArray[np.int16], rms: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return Hz for each frame of a whole recording, its window centred on the frame; 0 where there is none."""
    half = WINDOW_LEAD // 2
    padded = np.concatenate([np.zeros(half, np.int16), samples, np.zeros(WINDOW_SAMPLES, np.int16)])
    raw = raw_pitch_of(padded, rms)
    return median_of_3(np.pad(raw, 1, mode="edge")) if len(raw) else raw


def _periods(windows: npt.NDArray[np.int16]) -> npt.NDArray[np.int32]:
    shortest, longest = RATE_HZ // HIGHEST_HZ, RATE_HZ // LOWEST_HZ
    sound = windows.astype(np.float32) / np.float32(FULL_SCALE)
    sound -= sound.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(sound, FFT_SAMPLES, axis=1)
    correlation = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, FFT_SAMPLES, axis=1)[:, : longest + 2]
    energy = np.cumsum(sound**2, axis=1)
    lags = np.arange(shortest - 1, longest + 2)
    total = energy[:, -1:]
    heads = energy[:, WINDOW_SAMPLES - 1 - lags]
    tails = total - energy[:, lags - 1]
    likeness = correlation[:, lags] / np.sqrt(np.maximum(heads * tails, 1e-12))
    inner = likeness[:, 1:-1]
    best = inner.max(axis=1)
    peaks = (inner >= likeness[:, :-2]) & (inner >= likeness[:, 2:]) & (inner >= FIRST_PEAK * best[:, None])
    first = peaks.argmax(axis=1)
    voiced = (best >= VOICED) & peaks[np.arange(len(peaks)), first]
    hertz = RATE_HZ / (shortest + first)
    rounded: npt.NDArray[np.int32] = np.where(voiced, np.round(hertz), 0).astype(np.int32)
    return rounded
