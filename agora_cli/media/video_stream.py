"""An encoded picture stream as a muxer wants it described, from its first keyframe."""

import io
import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from agora_cli.errors import InputError
from agora_cli.frames import EncodedVideo

if TYPE_CHECKING:
    from av.container import OutputContainer

# How FFmpeg's demuxers name what a keyframe of each codec is when it stands alone.
_IVF_FOURCC = {"vp8": b"VP80", "vp9": b"VP90", "av1": b"AV01"}
_ELEMENTARY = {"h264": "h264", "h265": "hevc", "jpeg": "mjpeg"}
_TIME_BASE = (1, 1_000_000)


def pack_ivf_header(codec: str, width: int, height: int) -> bytes:
    """Return the 32 bytes of an IVF file header, times in microseconds, frame count 0 (not known)."""
    return struct.pack(
        "<4sHH4sHHIIII", b"DKIF", 0, 32, _IVF_FOURCC[codec], width, height, _TIME_BASE[1], _TIME_BASE[0], 0, 0
    )


def pack_ivf_frame(pts_us: int, data_bytes: int) -> bytes:
    """Return the 12 bytes before a frame of an IVF file."""
    return struct.pack("<IQ", data_bytes, pts_us)


def add_video_stream(container: "OutputContainer", keyframe: EncodedVideo) -> Any:
    """Add a stream like the one that begins with `keyframe`; packets go in with microsecond times.

    FFmpeg reads the description (size, profile, extradata) from the keyframe itself, so no header that the
    sender forgot can be missing. Raises InputError when it is no keyframe of its codec.
    """
    import av

    if keyframe.codec in _ELEMENTARY:
        stream, muxer = bytes(keyframe.data), _ELEMENTARY[keyframe.codec]
    else:
        header = pack_ivf_header(keyframe.codec, keyframe.width, keyframe.height)
        stream, muxer = header + pack_ivf_frame(0, len(keyframe.data)) + bytes(keyframe.data), "ivf"
    try:
        with av.open(io.BytesIO(stream), format=muxer) as probe:
            added: Any = container.add_stream_from_template(probe.streams.video[0], opaque=True)
    except (av.FFmpegError, IndexError) as error:
        raise InputError("malformed-media", f"not a keyframe of {keyframe.codec}: {error}") from error
    added.time_base = Fraction(*_TIME_BASE)
    return added
