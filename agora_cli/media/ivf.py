"""IVF, the container of bare VP8, VP9 and AV1: a file header and a header a frame, times in microseconds."""

import struct

# How FFmpeg's demuxers name what a keyframe of each codec is when it stands alone.
_IVF_FOURCC = {"vp8": b"VP80", "vp9": b"VP90", "av1": b"AV01"}
TIME_BASE = (1, 1_000_000)


def pack_ivf_header(codec: str, width: int, height: int) -> bytes:
    """Return the 32 bytes of an IVF file header, times in microseconds, frame count 0 (not known)."""
    return struct.pack(
        "<4sHH4sHHIIII", b"DKIF", 0, 32, _IVF_FOURCC[codec], width, height, TIME_BASE[1], TIME_BASE[0], 0, 0
    )


def pack_ivf_frame(pts_us: int, data_bytes: int) -> bytes:
    """Return the 12 bytes before a frame of an IVF file."""
    return struct.pack("<IQ", data_bytes, pts_us)
