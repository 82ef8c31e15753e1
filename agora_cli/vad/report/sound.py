"""The sound of a report: its envelope to draw, and a file small enough to carry along."""

import io
import wave
from collections.abc import Iterator

import av
import numpy as np
import numpy.typing as npt

BLOCK_FRAMES = 1 << 20
# Up to a minute the sound is carried bit for bit; an hour of that would be 150 MB of text, of Opus 13 MB.
LOSSLESS_SECONDS = 60
OPUS_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)
OPUS_BITRATE_BPS = 24_000
# Packets of 60 ms at the lowest effort: an hour takes 4 s to encode instead of 9.
OPUS_OPTIONS = {"compression_level": "0", "frame_duration": "60"}
MOST_COLUMNS = 400_000
FINEST_SAMPLES = 16


def mono_blocks(pcm: npt.NDArray[np.uint8], channels: int) -> Iterator[npt.NDArray[np.int16]]:
    """Yield s16le bytes as blocks of mono samples, channels averaged; `pcm` may be a mapped file of any size."""
    size = BLOCK_FRAMES * 2 * channels
    for at in range(0, len(pcm), size):
        block = np.frombuffer(pcm[at : at + size].tobytes(), "<i2").astype(np.int16, copy=False)
        yield block if channels == 1 else block.reshape(-1, channels).mean(axis=1).astype(np.int16)


def envelope(pcm: npt.NDArray[np.uint8], channels: int) -> tuple[npt.NDArray[np.int8], int]:
    """Return (lowest, highest) sample of each column as int8 pairs, and the samples a column stands for."""
    samples = len(pcm) // (2 * channels)
    step = max(FINEST_SAMPLES, -(-samples // MOST_COLUMNS))
    step += -step % FINEST_SAMPLES
    while BLOCK_FRAMES % step:  # columns do not cross blocks
        step += FINEST_SAMPLES
    columns = [np.empty((0, 2), np.int8)]
    for block in mono_blocks(pcm, channels):
        edges = np.arange(0, len(block), step)
        low, high = np.minimum.reduceat(block, edges), np.maximum.reduceat(block, edges)
        columns.append((np.stack([low, high], axis=1) >> 8).astype(np.int8))
    return np.concatenate(columns), step


def sound_file(pcm: npt.NDArray[np.uint8], rate_hz: int, channels: int) -> tuple[str, bytes]:
    """Return a media type and a mono file of it: WAV up to a minute, else Opus in Ogg at 24 kb/s."""
    if len(pcm) // (2 * channels) <= LOSSLESS_SECONDS * rate_hz:
        return "audio/wav", _wav(pcm, rate_hz, channels)
    return "audio/ogg", _opus(pcm, rate_hz, channels)


def _wav(pcm: npt.NDArray[np.uint8], rate_hz: int, channels: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        for block in mono_blocks(pcm, channels):
            file.writeframesraw(block.astype("<i2").tobytes())
    return out.getvalue()


def _opus(pcm: npt.NDArray[np.uint8], rate_hz: int, channels: int) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as container:
        rate = rate_hz if rate_hz in OPUS_RATES_HZ else max(OPUS_RATES_HZ)
        stream = container.add_stream("libopus", rate=rate, layout="mono", options=OPUS_OPTIONS)
        stream.bit_rate = OPUS_BITRATE_BPS
        at = 0
        for block in mono_blocks(pcm, channels):
            frame = av.AudioFrame.from_ndarray(block[None], format="s16", layout="mono")
            frame.sample_rate = rate_hz
            frame.pts = at
            at += len(block)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()
