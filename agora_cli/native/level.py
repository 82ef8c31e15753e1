"""Loudness of PCM, and full-range video planes squeezed to limited range."""

import math
from dataclasses import dataclass

from agora_cli.frames import BYTES_PER_SAMPLE, Bytes
from agora_cli.native.ffi import ffi, lib


@dataclass(frozen=True, slots=True)
class Level:
    """Loudness relative to full scale: `mean_square` and `peak`, both 0..1."""

    mean_square: float
    peak: float

    @property
    def rms_dbfs(self) -> float:
        """Return the RMS level in dBFS, -inf for silence (0 dBFS is a full-scale square wave)."""
        return 10 * math.log10(self.mean_square) if self.mean_square > 0 else -math.inf

    @property
    def dbov(self) -> int:
        """Return the level as RFC 6464 section 3 sends it: 0 is full scale, 127 silence, in -dBov."""
        return int(lib.agora_level_dbov(self.mean_square))


def measure(pcm: Bytes) -> Level:
    """Measure interleaved s16le samples of any channel count; an odd last byte is ignored."""
    out = ffi.new("agora_level *")
    lib.agora_level_s16(ffi.from_buffer(pcm), memoryview(pcm).nbytes // BYTES_PER_SAMPLE, out)
    return Level(out.mean_square, out.peak)


def limit_range(i420: bytearray | memoryview, luma_bytes: int) -> None:
    """Squeeze a full-range I420 picture to limited range in place; `luma_bytes` is the size of its Y plane.

    Y goes from 0..255 to 16..235, U and V to 16..240 (ITU-R BT.601-7 clause 2.5.3, BT.709-6 table 3).
    The buffer must be writable; raises ValueError when it is shorter than its Y plane.
    """
    size = memoryview(i420).nbytes
    if not 0 <= luma_bytes <= size:
        raise ValueError(f"a Y plane of {luma_bytes} bytes in a picture of {size}")
    planes = ffi.from_buffer("uint8_t[]", i420, require_writable=True)
    lib.agora_level_limit_luma(planes, luma_bytes)
    lib.agora_level_limit_chroma(planes + luma_bytes, size - luma_bytes)
