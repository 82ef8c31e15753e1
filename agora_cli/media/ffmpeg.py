"""FFmpeg through PyAV in our words: its error texts, its time bases, a stream for its muxers."""

import io
from fractions import Fraction
from typing import Any

import av
from av.container import OutputContainer

from agora_cli.errors import InputError
from agora_cli.frames import EncodedVideo
from agora_cli.media.ivf import TIME_BASE, pack_ivf_frame, pack_ivf_header

_ELEMENTARY = {"h264": "h264", "h265": "hevc", "jpeg": "mjpeg"}


def reason(error: Exception) -> str:
    """Return FFmpeg's own words for an error, without Python's decoration."""
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]


def time_base_of(stream: Any) -> Fraction:
    """Return the seconds of one tick of a stream."""
    return Fraction(stream.time_base)


def add_video_stream(container: OutputContainer, keyframe: EncodedVideo) -> Any:
    """Add a stream like the one that begins with `keyframe`; packets go in with microsecond times.

    FFmpeg reads the description (size, profile, extradata) from the keyframe itself, so no header that the
    sender forgot can be missing. Raises InputError when it is no keyframe of its codec.
    """
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
    added.time_base = Fraction(*TIME_BASE)
    return added
