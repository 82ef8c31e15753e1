"""What the SDK calls back with, copied into events. Runs on native threads: copy and queue, nothing else.

No call of the SDK is allowed in here, an exception would vanish into sys.unraisablehook, and the structures
die when the callback returns.
"""

import time
from collections.abc import Callable
from typing import Any

from agora_cli.engines.inbox import Inbox
from agora_cli.engines.sdk.sending import KEY_FRAME, VIDEO_CODECS
from agora_cli.events import DataReceived, Event, KeyframeRequested, MediaReceived, VolumeIndication
from agora_cli.frames import EncodedVideo, Metadata, PcmFrame, RawVideo, Track, Unit, VideoCodec

MIXED_USER = "mixed"
# AudioFramePosition of agora_base, the bits that on_get_audio_frame_position answers with
AT_PLAYBACK, AT_BEFORE_MIXING = 1, 8
CONTINUE = 1
TRACKS: tuple[Track, ...] = ("audio", "video")
# Two tracks of one sender start within this time of each other.
START_US = 200_000
# VideoCodecType of agora_base, with H265, which can be received only.
RECEIVED_CODECS: dict[int, VideoCodec] = {number: name for name, number in VIDEO_CODECS.items()} | {3: "h265"}


class Receiver:
    """Turn media callbacks of one connection into events, counted.

    `accounts` maps the numeric uid of encoded video to the string account that all other callbacks name.
    Invariant: `_newest` holds for each user the media time of its newest unit and when that arrived.
    """

    def __init__(self, inbox: Inbox, mixed: bool, users: frozenset[str]) -> None:
        self.units = 0
        self.bytes = 0
        self.accounts: dict[int, str] = {}
        self._inbox = inbox
        self._mixed = mixed
        self._users = users
        self._epochs: dict[str, int] = {}
        self._shifts_us: dict[tuple[str, Track], tuple[bool, int]] = {}
        self._newest: dict[str, tuple[int, int]] = {}
        self._started: set[tuple[str, Track]] = set()
        self._with_clock: set[str] = set()

    def user_joined(self, user: str) -> None:
        """Begin a new incarnation of a user: its media clock starts anew."""
        self._epochs[user] = self._epochs.get(user, 0) + 1
        self._newest.pop(user, None)
        self._with_clock.discard(user)
        for track in TRACKS:
            self._shifts_us.pop((user, track), None)
            self._started.discard((user, track))

    def audio_callbacks(self) -> dict[str, Callable[..., Any]]:
        """Return the callbacks of IAudioFrameObserver; each must return a number, None would be an error."""
        return {
            "on_get_audio_frame_position": lambda user: AT_PLAYBACK if self._mixed else AT_BEFORE_MIXING,
            "on_playback_audio_frame": lambda user, channel, frame: self._pcm(MIXED_USER, frame),
            "on_playback_audio_frame_before_mixing": lambda local, channel, user, frame, state, data: self._pcm(
                user, frame
            ),
        }

    def encoded_video(self, uid: int, data: bytes, length: int, info: Any) -> None:
        """Take an encoded frame; `uid` is a number here, unlike everywhere else."""
        user = self.accounts.get(uid, str(uid))
        codec = RECEIVED_CODECS.get(info.codec_type)
        if codec is None:
            return
        pts_us = self._pts_us(user, "video", info.presentation_ms)
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
        pts_us = self._pts_us(user, "video", None, frame.render_time_ms)
        if frame.metadata:
            self._media(user, Metadata(pts_us, "video", frame.metadata))
        self._media(user, RawVideo(pts_us, "i420", width, height, data, alpha=frame.alpha_buffer))

    def stream_message(self, local: Any, user: str, stream: int, data: bytes, length: int) -> None:
        """Take a data-stream message; it has no time of its own, so it gets that of the user's newest media."""
        if not self._users or user in self._users:
            self._put(DataReceived(now_us(), user, data, self._newest.get(user, (0, 0))[0]))

    def audio_metadata(self, local: Any, user: str, data: bytes) -> None:
        """Take audio metadata."""
        self._media(user, Metadata(self._newest.get(user, (0, 0))[0], "audio", data))

    def keyframe_requested(self, local: Any) -> None:
        """Take a keyframe request; the SDK does not say whose."""
        self._put(KeyframeRequested(now_us(), ""))

    def volumes(self, local: Any, speakers: list[Any], count: int, total: int) -> None:
        """Take the loudness of all speakers; user "0" or "" is ourselves."""
        for speaker in speakers:
            if speaker.user_id not in ("", "0"):
                self._put(VolumeIndication(now_us(), speaker.user_id, speaker.volume, bool(speaker.vad)))

    def _pcm(self, user: str, frame: Any) -> int:
        pts_us = self._pts_us(user, "audio", frame.presentation_ms)
        self._media(user, PcmFrame(pts_us, frame.samples_per_sec, frame.channels, frame.buffer))
        return CONTINUE

    def _pts_us(self, user: str, track: Track, presentation_ms: int | None, local_ms: int = 0) -> int:
        """Return a frame's media time: the sender's own, else from `local_ms`, a clock of this machine.

        That clock (that of arrival where it stands still at 0) is shifted once a track, so that the first
        frame falls where the user's media is at that moment: sound and picture stay together.
        """
        at_us = now_us()
        newest_us, newest_at_us = self._newest.get(user, (0, at_us))
        position_us = newest_us + at_us - newest_at_us
        if presentation_ms:
            self._with_clock.add(user)
        if presentation_ms or (presentation_ms == 0 and self._is_start(user, track, position_us)):
            pts_us = presentation_ms * 1000
        else:
            by_arrival, shift_us = self._shifts_us.setdefault(
                (user, track), (local_ms == 0, position_us - (local_ms * 1000 or at_us))
            )
            pts_us = shift_us + (at_us if by_arrival else local_ms * 1000)
        self._started.add((user, track))
        self._newest[user] = (pts_us, at_us)
        return pts_us

    def _is_start(self, user: str, track: Track, position_us: int) -> bool:
        """Tell whether a time of 0 is the start of a track, and not a sender without a clock."""
        return (user, track) not in self._started and (user in self._with_clock or position_us < START_US)

    def _media(self, user: str, unit: Unit) -> None:
        if self._users and user not in self._users and user != MIXED_USER:
            return
        self.units += 1
        self.bytes += len(unit.data)
        self._put(MediaReceived(now_us(), user, self._epochs.get(user, 1), unit))

    def _put(self, event: Event) -> None:
        self._inbox.put(event)


def packed(plane: bytes, stride: int, width: int, height: int) -> bytes:
    """Return a plane of bytes without what pads its lines to `stride`."""
    if stride == width:
        return plane[: width * height]
    return b"".join(plane[row * stride : row * stride + width] for row in range(height))


def now_us() -> int:
    """Return the monotonic clock that events are stamped with."""
    return time.monotonic_ns() // 1000
