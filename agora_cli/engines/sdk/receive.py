"""What the SDK calls back with, copied into events. Runs on native threads: copy and queue, nothing else.

No call of the SDK is allowed in here, an exception would vanish into sys.unraisablehook, and the structures
die when the callback returns.
"""

from collections.abc import Callable
from typing import Any

from agora_cli.clock import monotonic_us
from agora_cli.engines.inbox import Inbox
from agora_cli.engines.sdk.media_clock import MediaClock
from agora_cli.engines.sdk.send import KEY_FRAME, VIDEO_CODECS
from agora_cli.events import DataReceived, Event, KeyframeRequested, MediaReceived, Muted, VolumeIndication
from agora_cli.frames import (
    BYTES_PER_SAMPLE,
    EncodedVideo,
    FrameLabels,
    Metadata,
    PcmFrame,
    RawVideo,
    Track,
    Unit,
    VideoCodec,
)

MIXED_USER = "mixed"
# AudioFramePosition of agora_base, the bits that on_get_audio_frame_position answers with
AT_PLAYBACK, AT_BEFORE_MIXING = 1, 8
CONTINUE = 1
# USER_MEDIA_INFO of ILocalUserObserver
MUTES: dict[int, Track] = {0: "audio", 1: "video"}
# A decoded picture has no presentation time.
NO_TIME = -1
# VideoCodecType of agora_base, with H265, which can be received only.
RECEIVED_CODECS: dict[int, VideoCodec] = {number: name for name, number in VIDEO_CODECS.items()} | {3: "h265"}


class SdkReceiver:
    """Turn media callbacks of one connection into events, counted.

    `accounts` maps the numeric uid of encoded video to the string account that all other callbacks name.
    """

    def __init__(self, inbox: Inbox, mixed: bool, users: frozenset[str], labelled: bool = False) -> None:
        self.units = 0
        self.bytes = 0
        self.accounts: dict[int, str] = {}
        self._inbox = inbox
        self._mixed = mixed
        self._users = users
        self._labelled = labelled
        self._epochs: dict[str, int] = {}
        self._clock = MediaClock()

    def user_joined(self, user: str) -> None:
        """Begin a new incarnation of a user: its media clock starts anew."""
        self._epochs[user] = self._epochs.get(user, 0) + 1
        self._clock.forget(user)

    def audio_callbacks(self) -> dict[str, Callable[..., Any]]:
        """Return the callbacks of IAudioFrameObserver; each must return a number, None would be an error."""
        return {
            "on_get_audio_frame_position": lambda user: AT_PLAYBACK if self._mixed else AT_BEFORE_MIXING,
            "on_playback_audio_frame": lambda user, channel, frame: self._pcm(MIXED_USER, frame),
            "on_playback_audio_frame_before_mixing": lambda local, channel, user, frame, state, data: self._pcm(
                user, frame, state
            ),
        }

    def encoded_video(self, uid: int, data: bytes, length: int, info: Any) -> None:
        """Take an encoded frame; `uid` is a number here, unlike everywhere else."""
        user = self.accounts.get(uid, str(uid))
        codec = RECEIVED_CODECS.get(info.codec_type)
        if codec is None:
            return
        pts_us = self._clock.picture_us(user, monotonic_us(), info.presentation_ms, info.capture_time_ms)
        keyframe = info.frame_type == KEY_FRAME
        self._media(user, EncodedVideo(pts_us, pts_us, codec, info.width, info.height, keyframe, data))

    def picture(self, channel: str, user: str, frame: Any) -> None:
        """Take a decoded I420 picture, packed without the padding of its lines."""
        width, height = frame.width, frame.height
        half_width, half_height = (width + 1) // 2, (height + 1) // 2
        data = (
            packed(frame.y_buffer, frame.y_stride, width, height)
            + packed(frame.u_buffer, frame.u_stride, half_width, half_height)
            + packed(frame.v_buffer, frame.v_stride, half_width, half_height)
        )
        pts_us = self._clock.picture_us(user, monotonic_us(), NO_TIME, frame.render_time_ms)
        if frame.metadata:
            self._media(user, Metadata(pts_us, "video", frame.metadata))
        self._media(user, RawVideo(pts_us, "i420", width, height, data, alpha=frame.alpha_buffer))

    def stream_message(self, local: Any, user: str, stream: int, data: bytes, length: int) -> None:
        """Take a data-stream message; it has no time of its own, so it gets that of the user's newest media."""
        if not self._users or user in self._users:
            self._put(DataReceived(monotonic_us(), user, data, self._clock.newest_us(user)))

    def audio_metadata(self, local: Any, user: str, data: bytes) -> None:
        """Take audio metadata."""
        self._media(user, Metadata(self._clock.newest_us(user), "audio", data))

    def keyframe_requested(self, local: Any) -> None:
        """Take a keyframe request; the SDK does not say whose."""
        self._put(KeyframeRequested(monotonic_us(), ""))

    def user_info(self, local: Any, user: str, message: int, value: int) -> None:
        """Take what a user says of itself: that it has muted its sound or picture, or no more."""
        track = MUTES.get(message)
        if track is not None:
            self._put(Muted(monotonic_us(), user, track, bool(value)))

    def volumes(self, local: Any, speakers: list[Any], count: int, total: int) -> None:
        """Take the loudness of all speakers; user "0" or "" is ourselves."""
        for speaker in speakers:
            if speaker.user_id not in ("", "0"):
                self._put(VolumeIndication(monotonic_us(), speaker.user_id, speaker.volume, bool(speaker.vad)))

    def _pcm(self, user: str, frame: Any, state: int | None = None) -> int:
        rate_hz, channels = frame.samples_per_sec, frame.channels
        samples = len(frame.buffer) // (BYTES_PER_SAMPLE * channels)
        pts_us = self._clock.sound_us(
            user, monotonic_us(), frame.presentation_ms, samples, rate_hz, frame.render_time_ms
        )
        labels = labels_of(frame, state) if self._labelled else None
        self._media(user, PcmFrame(pts_us, rate_hz, channels, frame.buffer, labels=labels))
        return CONTINUE

    def _media(self, user: str, unit: Unit) -> None:
        if self._users and user not in self._users and user != MIXED_USER:
            return
        self.units += 1
        self.bytes += len(unit.data)
        self._put(MediaReceived(monotonic_us(), user, self._epochs.get(user, 1), unit))

    def _put(self, event: Event) -> None:
        self._inbox.put(event)


def labels_of(frame: Any, state: int | None) -> FrameLabels:
    """Return what the network says of a frame, with the state of the SDK's own VAD after it."""
    return FrameLabels(frame.far_field_flag, frame.voice_prob, frame.rms, frame.pitch, frame.music_prob, state)


def packed(plane: bytes, stride: int, width: int, height: int) -> bytes:
    """Return a plane of bytes without what pads its lines to `stride`."""
    if stride == width:
        return plane[: width * height]
    return b"".join(plane[row * stride : row * stride + width] for row in range(height))
