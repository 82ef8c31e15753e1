"""Loudness of PCM, and full-range video planes squeezed to limited range."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from agora_cli.frames import BYTES_PER_SAMPLE, Bytes
from agora_cli.native.ffi import check, ffi, lib


@dataclass(frozen=True, slots=True)
class Level:
    """Loudness relative to full scale: `mean_square` and `peak`, both 0..1."""

    mean_square: float
    peak: float

    @property
    def rms_dbfs(self) -> float:
        """Return the RMS level in dBFS, -inf for silence (0 dBFS is a full-scale square wave)."""
        return 10 * math.log10(self.mean_square) if self.mean_square > 0 else -math.inf


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


class Plane(NamedTuple):
    """8-bit samples whose lines start every `stride` bytes of `data`; sizes in samples."""

    data: Bytes
    stride: int
    width: int
    height: int


def pack_i420(planes: tuple[Plane, Plane, Plane], width: int, height: int, full_range: bool) -> memoryview:
    """Return Y, U and V as one packed limited-range I420 picture of `width` x `height`, in memory of its own.

    The picture may be larger than its planes: their last column and line are repeated. `full_range` planes
    are squeezed on the way (within one step of libswscale), others copied. Raises NativeError where the
    planes are shorter than they say, or larger than the picture.
    """
    chroma_width, chroma_height = (width + 1) // 2, (height + 1) // 2
    sizes = ((width, height), (chroma_width, chroma_height), (chroma_width, chroma_height))
    ranges = (lib.AGORA_RANGE_LUMA, lib.AGORA_RANGE_CHROMA, lib.AGORA_RANGE_CHROMA)
    total = sum(w * h for w, h in sizes)
    memory = _uncleared("uint8_t[]", total)
    at = memory
    for plane, (to_width, to_height), squeeze in zip(planes, sizes, ranges, strict=True):
        source = ffi.from_buffer("uint8_t[]", plane.data)
        check(
            lib.agora_level_pack(
                at,
                to_width,
                to_height,
                source,
                len(source),
                plane.stride,
                plane.width,
                plane.height,
                squeeze if full_range else lib.AGORA_RANGE_KEEP,
            )
        )
        at = at + to_width * to_height
    return memoryview(ffi.buffer(memory)).cast("B")


def spread_plane(plane: Plane, target: Bytes, stride: int) -> None:
    """Copy a plane into `target`, whose lines start every `stride` bytes; the rest of a line repeats its last byte.

    `target` must be writable and hold stride * plane.height bytes, else ValueError; raises NativeError where
    the plane is shorter than it says or wider than `stride`.
    """
    to = ffi.from_buffer("uint8_t[]", target, require_writable=True)
    source = ffi.from_buffer("uint8_t[]", plane.data)
    if len(to) < stride * plane.height:
        raise ValueError(f"a plane of {stride} x {plane.height} bytes in a buffer of {len(to)}")
    check(
        lib.agora_level_pack(
            to,
            stride,
            plane.height,
            source,
            len(source),
            plane.stride,
            plane.width,
            plane.height,
            lib.AGORA_RANGE_KEEP,
        )
    )


# Every byte is written, so the 3 MB of a 1080p picture need no zeros first.
_uncleared = ffi.new_allocator(should_clear_after_alloc=False)
