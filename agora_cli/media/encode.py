"""Video encoders: raw pictures in, access units out, through PyAV's libx264, libvpx and SVT-AV1.

All are set for conversation: no B-frames, no look-ahead, one unit out for each picture in. Threads follow the
measurements: VP8 with two collapses when the cores are busy (13 -> 270 ms a frame), so it has one; H264 cuts
a picture into slices, which costs no delay.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from agora_cli.errors import InputError, UnavailableError, UsageError
from agora_cli.frames import MICROSECONDS, ColorSpace, EncodedVideo, PixelFormat, RawVideo
from agora_cli.media.fit import even
from agora_cli.native.codec import ChannelCodec
from agora_cli.native.level import Plane, pack_i420, spread_plane

MAX_SIDE = 16384
DEFAULT_GOP_SECONDS = 2
_MIN_BITRATE_BPS = 100_000
# ITU-T H.273 table 4; 6 is BT.601 by another name.
_COLOR_SPACES: dict[int, ColorSpace] = {1: "bt709", 2: "unspecified", 5: "bt601", 6: "bt601", 9: "bt2020"}
_X264_PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")


@dataclass(frozen=True, slots=True)
class Library:
    """One encoder library: its name in FFmpeg and how it is set up for conversation."""

    name: str
    threads: int
    presets: tuple[str, ...]
    default_preset: str
    options: Callable[[str, int], dict[str, str]]


def _rate(bitrate_bps: int) -> dict[str, str]:
    # Never more than a second's bits at once. Without it VP9 overshoots by 70 % for seconds.
    return {"maxrate": str(bitrate_bps), "bufsize": str(bitrate_bps)}


def _x264(preset: str, bitrate_bps: int) -> dict[str, str]:
    # A forced keyframe has to be an IDR picture: a late joiner can start nowhere else.
    return {"preset": preset, "tune": "zerolatency", "forced-idr": "1", **_rate(bitrate_bps)}


def _vpx(preset: str, bitrate_bps: int) -> dict[str, str]:
    steady = {"minrate": str(bitrate_bps), **_rate(bitrate_bps)}
    return {"deadline": "realtime", "cpu-used": preset, "lag-in-frames": "0", **steady}


def _vp9(preset: str, bitrate_bps: int) -> dict[str, str]:
    return {**_vpx(preset, bitrate_bps), "row-mt": "1"}


def _svt(preset: str, bitrate_bps: int) -> dict[str, str]:
    # Low delay without look-ahead and with a constant rate: the first unit comes out with the first picture.
    # From preset 11 on, and with rtc=1 from 9 on, SVT-AV1 4.1 leaves blocks out that have changed altogether:
    # of 60 pictures that each differ from the one before, 26 showed an older one. With 10 none did.
    return {"preset": preset, "svtav1-params": "pred-struct=1:rc=2:lookahead=0"}


LIBRARIES: dict[ChannelCodec, Library] = {
    "h264": Library("libx264", 2, _X264_PRESETS, "superfast", _x264),
    "vp8": Library("libvpx", 1, tuple(str(n) for n in range(-16, 17)), "-8", _vpx),
    "vp9": Library("libvpx-vp9", 2, tuple(str(n) for n in range(-8, 9)), "8", _vp9),
    "av1": Library("libsvtav1", 2, tuple(str(n) for n in range(14)), "10", _svt),
}


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """How to encode: sides are even, 2..16384 pixels; `gop` is the most pictures from keyframe to keyframe.

    `preset` is the library's own word or number, "" for a fast one; `color_space` is said in the stream where
    it has room for that. Raises UsageError for what cannot be.
    """

    codec: ChannelCodec
    width: int
    height: int
    frame_rate: Fraction
    bitrate_bps: int
    gop: int
    preset: str = ""
    color_space: ColorSpace = "unspecified"

    def __post_init__(self) -> None:
        if self.codec not in LIBRARIES:
            raise UsageError("codec", f"nothing here encodes {self.codec}")
        for side in (self.width, self.height):
            if not 2 <= side <= MAX_SIDE or side % 2:
                raise UsageError(
                    "picture-size", f"an encoder takes even sides of 2 to {MAX_SIDE}, got {self.width}x{self.height}"
                )
        if self.frame_rate <= 0 or self.bitrate_bps <= 0 or self.gop <= 0:
            raise UsageError("encoder", "frame rate, bit rate and gop must be above 0")
        presets = LIBRARIES[self.codec].presets
        if self.preset and self.preset not in presets:
            near = get_close_matches(self.preset, presets)
            said = ", ".join(presets) if presets[0].isalpha() else f"{presets[0]} to {presets[-1]}"
            raise UsageError(
                "preset",
                f"--preset for {self.codec} must be {said}, got {self.preset!r}",
                hint=f"did you mean {' or '.join(near)}?" if near else None,
            )


def available_encoders() -> tuple[ChannelCodec, ...]:
    """Return the codecs that this machine's PyAV can encode, in the order of the matrix."""
    return tuple(codec for codec, library in LIBRARIES.items() if library.name in av.codecs_available)


def default_bitrate_bps(width: int, height: int, frame_rate: Fraction) -> int:
    """Return a bit rate that suits a picture: 7 bits for 100 pixels (1080p30: 4.4 Mb/s), slow rates as if 15 fps."""
    return max(_MIN_BITRATE_BPS, int(width * height * max(frame_rate, Fraction(15)) * 7 / 100))


def default_gop(frame_rate: Fraction) -> int:
    """Return the pictures in two seconds: what a late joiner waits at most where it cannot ask."""
    return max(1, round(DEFAULT_GOP_SECONDS * frame_rate))


class VideoEncoder:
    """Encode pictures one by one. Invariant: units leave in the order in which their pictures came."""

    def __init__(self, settings: EncoderSettings) -> None:
        """Open the encoder. Raises UnavailableError where PyAV lacks it, InputError where it refuses the settings."""
        self.settings = settings
        self._keyframe_wanted = False
        self._last_pts_us: int | None = None
        self._context = _open(settings)

    def request_keyframe(self) -> None:
        """Make the next picture a keyframe; any thread may ask."""
        self._keyframe_wanted = True

    def encode(self, picture: RawVideo) -> list[EncodedVideo]:
        """Return the units that this picture completes: one with every encoder here.

        A picture with an odd side repeats its last column or line. Raises InputError for a picture of another
        size than the settings' or not later than the one before.
        """
        if (even(picture.width), even(picture.height)) != (self.settings.width, self.settings.height):
            raise InputError(
                "picture-size",
                f"expected a picture of {self.settings.width}x{self.settings.height}, "
                f"got {picture.width}x{picture.height}",
            )
        return self.encode_frame(to_frame(picture), picture.pts_us)

    def encode_frame(self, frame: av.VideoFrame, pts_us: int) -> list[EncodedVideo]:
        """As `encode`, for a picture that PyAV holds, of any format and size: it is scaled to the settings'."""
        if self._last_pts_us is not None and pts_us <= self._last_pts_us:
            raise InputError(
                "picture-time", f"expected a picture later than {self._last_pts_us} us, got one at {pts_us}"
            )
        self._last_pts_us = pts_us
        frame = conformed(frame, self.settings.width, self.settings.height)
        frame.pts, frame.time_base = pts_us, Fraction(1, MICROSECONDS)
        wanted, self._keyframe_wanted = self._keyframe_wanted, False
        # What a decoder left there would force a frame type of its own.
        frame.pict_type = PictureType.I if wanted else PictureType.NONE
        try:
            return self._units(self._context.encode(frame))
        except av.FFmpegError as error:
            raise InputError("encode", f"{self.settings.codec} encoder: {error.strerror}") from error

    def flush(self) -> list[EncodedVideo]:
        """Return the units that the encoder still holds; after this it takes no more pictures."""
        return self._units(self._context.encode(None))

    def _units(self, packets: "list[av.Packet[Any]]") -> list[EncodedVideo]:
        settings = self.settings
        return [
            EncodedVideo(
                pts_us=_us(packet.pts),
                dts_us=_us(packet.pts),  # no B-frames: the order of sending is that of showing
                codec=settings.codec,
                width=settings.width,
                height=settings.height,
                keyframe=packet.is_keyframe,
                data=bytes(packet),
                frame_rate=settings.frame_rate,
            )
            for packet in packets
        ]


def to_frame(picture: RawVideo) -> av.VideoFrame:
    """Return a picture as PyAV's frame, copied, with its colour space and range set."""
    formats: dict[PixelFormat, str] = {"i420": "yuv420p", "nv12": "nv12", "rgba": "rgba"}
    frame = av.VideoFrame(picture.width, picture.height, formats[picture.format])
    data = memoryview(picture.data)
    start = 0
    for plane, (width, height) in zip(frame.planes, plane_sizes(picture), strict=True):
        spread_plane(
            Plane(data[start : start + width * height], width, width, height), memoryview(plane), plane.line_size
        )
        start += width * height
    frame.colorspace = _colorspace(picture.color_space)
    frame.color_range = 2 if picture.format == "rgba" else 1
    return frame


def plane_sizes(picture: RawVideo) -> tuple[tuple[int, int], ...]:
    """Return the bytes a line and the lines of each plane of a packed picture."""
    chroma_width, chroma_height = (picture.width + 1) // 2, (picture.height + 1) // 2
    if picture.format == "rgba":
        return ((4 * picture.width, picture.height),)
    luma = (picture.width, picture.height)
    if picture.format == "nv12":
        return (luma, (2 * chroma_width, chroma_height))
    return (luma, (chroma_width, chroma_height), (chroma_width, chroma_height))


def conformed(frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """Return the frame as limited-range I420 of this size: itself where it is that already.

    One that lacks only a column or line to even sides is not scaled: its edge is repeated.
    """
    if (frame.width % 2 or frame.height % 2) and (even(frame.width), even(frame.height)) == (width, height):
        inner = conformed(frame, frame.width, frame.height)
        y, u, v = (Plane(memoryview(plane), plane.line_size, plane.width, plane.height) for plane in inner.planes)
        data = pack_i420((y, u, v), width, height, full_range=False)
        return to_frame(
            RawVideo(0, "i420", width, height, data, _COLOR_SPACES.get(int(inner.colorspace), "unspecified"))
        )
    full = frame.color_range == 2 or frame.format.name.startswith("yuvj") or frame.format.is_rgb
    if (frame.width, frame.height) == (width, height) and frame.format.name == "yuv420p" and not full:
        return frame
    colors = frame.colorspace
    if frame.format.is_rgb and colors not in (1, 5, 6, 9):
        # From here on the colours are ours: what receivers assume of small and of large pictures.
        colors = 1 if min(width, height) >= 720 else 5
    converted = frame.reformat(
        width,
        height,
        "yuv420p",
        dst_colorspace=colors if frame.format.is_rgb else None,
        src_color_range=2 if full else 1,
        dst_color_range=1,
    )
    converted.colorspace = colors
    converted.color_range = 1
    return converted


def _colorspace(name: ColorSpace) -> int:
    """Return FFmpeg's number of a colour matrix (ITU-T H.273 table 4)."""
    return next(number for number, known in _COLOR_SPACES.items() if known == name)


def _open(settings: EncoderSettings) -> VideoCodecContext:
    library = LIBRARIES[settings.codec]
    try:
        context = av.CodecContext.create(library.name, "w")
    except av.codec.codec.UnknownCodecError as error:
        raise UnavailableError(
            "encoder-missing",
            f"this PyAV has no {settings.codec} encoder ({library.name})",
            hint=f"encoders here: {' '.join(available_encoders()) or 'none'}",
        ) from error
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = settings.width, settings.height, "yuv420p"
    context.time_base = Fraction(1, MICROSECONDS)
    context.framerate = settings.frame_rate
    context.bit_rate = settings.bitrate_bps
    context.gop_size = settings.gop
    context.max_b_frames = 0
    context.thread_count = library.threads
    context.colorspace, context.color_range = _colorspace(settings.color_space), 1
    context.options = library.options(settings.preset or library.default_preset, settings.bitrate_bps)
    try:
        context.open()
    except av.FFmpegError as error:
        raise InputError("encoder", f"the {settings.codec} encoder refuses its settings: {error.strerror}") from error
    return context


def _us(pts: int | None) -> int:
    assert pts is not None  # every picture had one
    return pts
