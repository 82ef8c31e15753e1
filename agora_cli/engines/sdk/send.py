"""Units into the package's pushes, with the types, units and codes that each of them wants.

PCM and pictures go in as writable bytearrays, which the package may keep (it reads them through the buffer
protocol; a 16-bit memoryview would silently send half), encoded media as bytes. 0 means success for PCM and
pictures, 1 for encoded media; -1000, -1001 and -1002 are the package's own complaints.
"""

import time
from collections.abc import Callable
from typing import Any

from agora_cli.clock import monotonic_us
from agora_cli.engines.base import Publish
from agora_cli.engines.sdk.parameters import ENCODED_CODECS, SdkParameters
from agora_cli.engines.sdk.pcm import PcmPush, PcmShaper
from agora_cli.errors import AgoraError, InputError, NetworkError
from agora_cli.frames import (
    MICROSECONDS,
    AudioCodec,
    ColorSpace,
    EncodedAudio,
    EncodedVideo,
    Metadata,
    PcmFrame,
    PixelFormat,
    RawVideo,
    Unit,
    VideoCodec,
    raw_video_size,
)
from agora_cli.reasons import ERRORS, error_failure
from agora_cli.sdklib.load import Rtc

AUDIO_CODECS: dict[AudioCodec, int] = {"opus": 1, "pcma": 3, "pcmu": 4, "g722": 5, "aac": 8}
VIDEO_CODECS: dict[VideoCodec, int] = {"vp8": 1, "h264": 2, "vp9": 5, "av1": 12, "jpeg": 20}
# VIDEO_PIXEL_FORMAT of AgoraMediaBase.h
PIXEL_FORMATS: dict[PixelFormat, int] = {"i420": 1, "rgba": 4, "nv12": 8}
# primaries, transfer, matrix (ITU-T H.273), range 1 = limited
COLOR_SPACES: dict[ColorSpace, tuple[int, int, int, int]] = {
    "bt601": (6, 6, 6, 1),
    "bt709": (1, 1, 1, 1),
    "bt2020": (9, 14, 9, 1),
}
KEY_FRAME, DELTA_FRAME = 3, 4
METADATA_MAX_BYTES = 64
DEFAULT_FRAME_RATE = 30
AV1_DOCUMENTED_ABOVE = 360
MIN_LEVEL = "che.video.min_enc_level"
# Capture time further from the clock than this is set anew: the input stalled, or was sent faster than it plays.
CAPTURE_SLACK_US = 1_000_000
# How long the SDK still needs for what it was given, beyond the length of sound (its own figure).
DELIVERY_US = 180_000
PACKAGE_COMPLAINTS = {
    -1000: (NetworkError, "sdk-closed", "the connection is gone"),
    -1001: (InputError, "sdk-track", "nothing of this kind was announced when the channel was joined"),
    -1002: (InputError, "sdk-length", "the SDK does not take data of this length"),
}


def native_failure(code: int, call: str) -> AgoraError:
    """Return what a code that a call of the SDK returned means: its own complaints, else an RTC error number."""
    if code in PACKAGE_COMPLAINTS:
        kind, word, message = PACKAGE_COMPLAINTS[code]
        return kind(word, f"{message} ({call} returned {code})")
    if -code in ERRORS:
        return error_failure(-code, call)
    return NetworkError("sdk-call", f"the SDK refused {call}: code {code}")


def av1_rule(publish: Publish, parameters: SdkParameters) -> str:
    """Say which rule holds where the SDK itself is to encode AV1 of at most 360 lines, "" where no rule matters.

    The SDK's documentation: such pictures become H264; its package lifts that when the service starts.
    """
    small = min(publish.width, publish.height) <= AV1_DOCUMENTED_ABOVE
    if publish.video != "raw" or parameters.sdk_codec != ENCODED_CODECS["av1"] or not small:
        return ""
    if MIN_LEVEL in parameters.native:
        return f"AV1 of at most 360 lines may become H264: --param sets {MIN_LEVEL}"
    return f"AV1 of at most 360 lines stays AV1: the package sets {MIN_LEVEL}=0"


class SdkSender:
    """Push the units of one connection. Not safe for two threads at once: the connection holds a lock."""

    def __init__(
        self,
        rtc: Rtc,
        connection: Any,
        publish: Publish,
        parameters: SdkParameters,
        unix_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._rtc = rtc
        self._connection = connection
        self._publish = publish
        self._parameters = parameters
        self._shaper = PcmShaper()
        self._unix_us = unix_us
        self._capture_shift_us: int | None = None
        self._busy_until_us = 0
        self._video_metadata: bytearray | None = None
        self._alpha = False

    def prepare(self) -> None:
        """Configure what must be known before the first picture, and publish the tracks. Raises AgoraError."""
        if self._publish.audio != "none":
            self._check("publish_audio", self._connection.publish_audio(), 0)
        if self._publish.video == "none":
            return
        if self._publish.video == "raw":
            self._configure_encoder(alpha=False)
        if self._parameters.simulcast is not None:
            self._configure_simulcast()
        self._check("publish_video", self._connection.publish_video(), 0)

    def push(self, unit: Unit) -> None:
        """Send one unit. Raises InputError for what this connection cannot carry."""
        if isinstance(unit, PcmFrame):
            self._push_pcm(self._shaper.shape(unit))
        elif isinstance(unit, EncodedAudio):
            self._push_encoded_audio(unit)
        elif isinstance(unit, EncodedVideo):
            self._push_encoded_video(unit)
        elif isinstance(unit, RawVideo):
            self._push_picture(unit)
        else:
            self._push_metadata(unit)

    def finish(self) -> float:
        """Send the last part of a millisecond; return the seconds until the SDK has sent all it was given."""
        self._push_pcm(self._shaper.tail())
        if not self._busy_until_us:
            return 0.0
        return max(0, self._busy_until_us + DELIVERY_US - monotonic_us()) / MICROSECONDS

    def given(self, duration_us: int = 0) -> None:
        """Note that the SDK was given something: sound of a length, which it plays in real time, or anything else."""
        self._busy_until_us = max(self._busy_until_us, monotonic_us()) + duration_us

    def interrupt(self) -> None:
        """Drop the sound that was pushed and not yet played."""
        self._shaper.forget()
        self._busy_until_us = 0
        # Returns -1000 when it worked: the package never sets its result.
        self._connection.interrupt_audio()

    def _push_pcm(self, push: PcmPush | None) -> None:
        if push is None:
            return
        code = self._connection.push_audio_pcm_data(push.data, push.sample_rate_hz, push.channels, push.pts_ms)
        self._check("push_audio_pcm_data", code, 0)
        self.given(push.duration_us)

    def _push_encoded_audio(self, unit: EncodedAudio) -> None:
        if unit.codec not in AUDIO_CODECS:
            raise InputError("audio-codec", f"the SDK cannot send {unit.codec}")
        info = self._rtc.base.EncodedAudioFrameInfo(
            codec=AUDIO_CODECS[unit.codec],
            sample_rate=unit.sample_rate_hz,
            samples_per_channel=unit.samples,
            number_of_channels=unit.channels,
            capture_time_ms=self._capture_ms(unit.pts_us),
        )
        self._check("push_audio_encoded_data", self._connection.push_audio_encoded_data(bytes(unit.data), info), 1)
        self.given(unit.duration_us)

    def _push_encoded_video(self, unit: EncodedVideo) -> None:
        if unit.codec != self._publish.video_codec:
            announced = self._publish.video_codec or "no encoded video"
            raise InputError("video-codec", f"{announced} was announced, the source gives {unit.codec}")
        rate = unit.frame_rate
        # 0 means a variable rate, by the timestamps: 29.97 is told as the nearest whole number.
        whole_rate = max(1, round(rate)) if rate is not None else 0
        info = self._rtc.base.EncodedVideoFrameInfo(
            codec_type=VIDEO_CODECS[unit.codec],
            width=unit.width,
            height=unit.height,
            frames_per_second=whole_rate,
            frame_type=KEY_FRAME if unit.keyframe else DELTA_FRAME,
            capture_time_ms=self._capture_ms(unit.pts_us),
            presentation_ms=unit.pts_us // 1000,
        )
        self._check("push_video_encoded_data", self._connection.push_video_encoded_data(bytes(unit.data), info), 1)
        self.given()

    def _push_picture(self, unit: RawVideo) -> None:
        if unit.format != "rgba" and (unit.width % 2 or unit.height % 2):
            raise InputError("picture-size", f"the SDK takes pictures of even size, got {unit.width}x{unit.height}")
        if len(unit.data) != raw_video_size(unit.format, unit.width, unit.height):
            raise InputError("picture-bytes", f"a picture of {len(unit.data)} bytes is no {unit.width}x{unit.height}")
        if unit.alpha is not None and not self._alpha:
            self._alpha = True
            self._configure_encoder(alpha=True)
        primaries, transfer, matrix, value_range = COLOR_SPACES.get(unit.color_space, (0, 0, 0, 0))
        frame = self._rtc.base.ExternalVideoFrame(
            type=1,
            format=PIXEL_FORMATS[unit.format],
            buffer=bytearray(unit.data),
            stride=unit.width,
            height=unit.height,
            timestamp=self._capture_ms(unit.pts_us),
            metadata=self._video_metadata,
            alpha_buffer=bytearray(unit.alpha) if unit.alpha is not None else None,
            fill_alpha_buffer=int(unit.alpha is not None),
            color_space=self._rtc.base.ColorSpaceType(
                primaries_id=primaries, transfer_id=transfer, matrix_id=matrix, range_id=value_range
            ),
        )
        self._video_metadata = None
        self._check("push_video_frame", self._connection.push_video_frame(frame), 0)
        self.given()

    def _push_metadata(self, unit: Metadata) -> None:
        if unit.track == "video":
            if self._publish.video != "raw":
                raise InputError("video-metadata", "the SDK carries video metadata with raw pictures only")
            self._video_metadata = bytearray(unit.data)  # goes with the next picture
            return
        if not 1 <= len(unit.data) <= METADATA_MAX_BYTES:
            raise InputError(
                "metadata-size", f"audio metadata must be 1 to {METADATA_MAX_BYTES} bytes, got {len(unit.data)}"
            )
        self._check("send_audio_meta_data", self._connection.send_audio_meta_data(bytes(unit.data)), 0)

    def _configure_encoder(self, alpha: bool) -> None:
        base = self._rtc.base
        # A new object for each call: from 2.4.10 on the package multiplies its bitrate in place.
        config = base.VideoEncoderConfiguration(
            dimensions=base.VideoDimensions(width=self._publish.width, height=self._publish.height),
            codec_type=base.VideoCodecType(self._parameters.sdk_codec),
            frame_rate=round(self._publish.frame_rate or DEFAULT_FRAME_RATE),
            bitrate=self._bitrate(self._publish.bitrate_bps),
            encode_alpha=int(alpha),
        )
        code = self._connection.set_video_encoder_configuration(config)
        self._check("set_video_encoder_configuration", code, 0)

    def _configure_simulcast(self) -> None:
        small = self._parameters.simulcast
        assert small is not None
        base = self._rtc.base
        config = base.SimulcastStreamConfig(
            dimensions=base.VideoDimensions(width=small.width, height=small.height),
            bitrate=self._bitrate(small.bitrate_bps),
            framerate=small.frame_rate,
        )
        self._check("set_simulcast_stream", self._connection.set_simulcast_stream(True, config), 0)

    def _capture_ms(self, pts_us: int) -> int:
        """Return Unix milliseconds for a place on the media clock: one shift for sound and picture, so that they agree.

        agora_base: -1 would be "now" at the moment of the push, 0 the year 1970.
        """
        now_us = self._unix_us()
        if self._capture_shift_us is None or abs(pts_us + self._capture_shift_us - now_us) > CAPTURE_SLACK_US:
            self._capture_shift_us = now_us - pts_us
        return (pts_us + self._capture_shift_us) // 1000

    def _bitrate(self, bitrate_bps: int) -> int:
        """Return a bit rate in what this version takes: kbit/s from 2.4.10 on, bit/s before."""
        return bitrate_bps // 1000 if self._rtc.version >= (2, 4, 10) else bitrate_bps

    def _check(self, call: str, code: int, success: int) -> None:
        if code != success:
            raise native_failure(code, call)
