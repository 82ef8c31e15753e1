"""What travels through a channel: one immutable value a unit of media.

Times are integer microseconds on the sender's media clock, which starts near 0 when its source starts and
is shared by the sender's sound and picture. `data` is bytes-like and contiguous; whoever hands a unit on
gives up the right to change its bytes.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

Bytes: TypeAlias = bytes | bytearray | memoryview
AudioCodec = Literal["opus", "aac", "g722", "pcma", "pcmu"]
VideoCodec = Literal["h264", "h265", "vp8", "vp9", "av1", "jpeg"]
PixelFormat = Literal["i420", "nv12", "rgba"]
ColorSpace = Literal["bt601", "bt709", "bt2020", "unspecified"]
Track = Literal["audio", "video"]

MICROSECONDS = 1_000_000
BYTES_PER_SAMPLE = 2


@dataclass(frozen=True, slots=True)
class FrameLabels:
    """What Agora's network says of a frame of sound (AudioFrame of agora_base).

    `voice_prob` is 0 or 1 since SDK 2.4, 0..100 before; `rms` 0..127 is 127 plus the level in dBFS. `state` is that of
    the SDK's own AudioVadManager: 0 silent, 1 start, 2 speaking, 3 stop, below 0 what it did not judge.
    """

    far_field: int
    voice_prob: int
    rms: int
    pitch: int
    music_prob: int
    state: int | None = None


@dataclass(frozen=True, slots=True)
class PcmFrame:
    """Interleaved signed 16-bit little-endian samples; `data` holds whole sample frames.

    The last `padding` samples per channel are silence that the sender added to fill its last frame: they
    are played like all others, but a recorder leaves them out, so that what was sent comes out exactly.
    `labels` are there where they were asked for and the network has any.
    """

    pts_us: int
    sample_rate_hz: int
    channels: int
    data: Bytes
    padding: int = 0
    labels: FrameLabels | None = None

    @property
    def samples(self) -> int:
        """Return the number of samples per channel."""
        return len(self.data) // (BYTES_PER_SAMPLE * self.channels)

    @property
    def duration_us(self) -> int:
        """Return the length in microseconds, rounded down."""
        return self.samples * MICROSECONDS // self.sample_rate_hz


@dataclass(frozen=True, slots=True)
class EncodedAudio:
    """One packet of compressed sound; `samples` is what it decodes to, per channel."""

    pts_us: int
    codec: AudioCodec
    sample_rate_hz: int
    channels: int
    samples: int
    data: Bytes

    @property
    def duration_us(self) -> int:
        """Return the length in microseconds, rounded down."""
        return self.samples * MICROSECONDS // self.sample_rate_hz


@dataclass(frozen=True, slots=True)
class EncodedVideo:
    """One access unit: Annex-B for H264 and H265 (parameter sets in band), a temporal unit for AV1, else a frame.

    `dts_us` is the time it is sent at and `pts_us` the time it is shown at: they differ with B-frames only.
    `frame_rate` is the nominal rate, or None when it varies or is not known.
    """

    pts_us: int
    dts_us: int
    codec: VideoCodec
    width: int
    height: int
    keyframe: bool
    data: Bytes
    frame_rate: Fraction | None = None


@dataclass(frozen=True, slots=True)
class RawVideo:
    """One limited-range picture, planes packed without padding in the order of its format.

    I420: Y, U, V; NV12: Y, UV; RGBA: 4 bytes a pixel. Chroma planes of odd sizes are rounded up.
    `alpha` is an optional full-range plane of width * height bytes.
    """

    pts_us: int
    format: PixelFormat
    width: int
    height: int
    data: Bytes
    color_space: ColorSpace = "unspecified"
    alpha: Bytes | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """A few bytes bound to a moment of one track: audio metadata (at most 64 bytes) or video SEI payload."""

    pts_us: int
    track: Track
    data: Bytes


Unit: TypeAlias = PcmFrame | EncodedAudio | EncodedVideo | RawVideo | Metadata


def send_time_us(unit: Unit) -> int:
    """Return the moment a unit is due on the media clock: encoded video goes in decode order."""
    return unit.dts_us if isinstance(unit, EncodedVideo) else unit.pts_us


def end_us(unit: Unit) -> int:
    """Return where a unit ends on the media clock, as far as it tells."""
    if isinstance(unit, EncodedVideo):
        rate = unit.frame_rate
        return unit.pts_us if rate is None else unit.pts_us + MICROSECONDS * rate.denominator // rate.numerator
    if isinstance(unit, PcmFrame | EncodedAudio):
        return unit.pts_us + unit.duration_us
    return unit.pts_us


def raw_video_size(pixel_format: PixelFormat, width: int, height: int) -> int:
    """Return the bytes of one packed picture; sizes are in pixels and at least 1."""
    if pixel_format == "rgba":
        return 4 * width * height
    return width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2)
