"""Events that the tests of recorders share: sound, and real encoded picture made by PyAV."""

from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedVideo, PcmFrame, Unit, VideoCodec
from agora_cli.sinks.output import Outlet, OutputFile

ENCODERS: dict[VideoCodec, tuple[str, dict[str, str]]] = {
    "h264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "g": "15"}),
    "h265": ("libx265", {"preset": "ultrafast", "x265-params": "log-level=none:keyint=15:bframes=0"}),
    "vp8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "g": "15"}),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "g": "15"}),
    "av1": ("libsvtav1", {"preset": "12", "svtav1-params": "pred-struct=1:lp=1", "g": "15"}),
}


@cache
def pictures(codec: VideoCodec, count: int = 30, width: int = 128, height: int = 96) -> tuple[EncodedVideo, ...]:
    """Return `count` access units at 30 fps, a keyframe every 15."""
    name, options = ENCODERS[codec]
    context = av.CodecContext.create(name, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, 30), Fraction(30)
    context.thread_count = 1
    context.options = options
    packets = []
    for number in range(count):
        picture = np.full((height * 3 // 2, width), 16 + number * 5 % 200, np.uint8)
        picture[:height, number % width :] = 200 - number
        frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 30)
        packets += context.encode(frame)
    packets += context.encode(None)
    return tuple(
        EncodedVideo(
            packet.pts * 1_000_000 // 30,
            packet.pts * 1_000_000 // 30,
            codec,
            width,
            height,
            packet.is_keyframe,
            bytes(packet),
            Fraction(30),
        )
        for packet in packets
    )


def sound(pts_us: int, value: int = 1000, rate: int = 16000, channels: int = 1) -> PcmFrame:
    """Return 10 ms of a constant."""
    return PcmFrame(pts_us, rate, channels, np.full(rate // 100 * channels, value, "<i2").tobytes())


def received(unit: Unit, user: str = "7", epoch: int = 1, at_us: int | None = None, lost: int = 0) -> MediaReceived:
    """Return the arrival of a unit, at its own time unless said otherwise."""
    return MediaReceived(unit.pts_us if at_us is None else at_us, user, epoch, unit, lost)


def decoded(path: object) -> list[bytes]:
    """Return the luma of every picture of a file."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray").tobytes() for frame in container.decode(video=0)]


def decoded_units(units: list[EncodedVideo] | tuple[EncodedVideo, ...]) -> list[bytes]:
    """Return the luma of every picture of access units that begin with a keyframe."""
    names = {"h264": "h264", "h265": "hevc", "vp8": "vp8", "vp9": "vp9", "av1": "libdav1d", "jpeg": "mjpeg"}
    context = av.CodecContext.create(names[units[0].codec], "r")
    frames = [frame for unit in units for frame in context.decode(av.Packet(bytes(unit.data)))]
    return [frame.to_ndarray(format="gray").tobytes() for frame in [*frames, *context.decode(None)]]


def new_file(path: Path) -> OutputFile:
    """Return a new file, open for what writes recordings."""
    return Outlet().create(lambda: path)
