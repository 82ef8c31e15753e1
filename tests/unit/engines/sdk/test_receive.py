"""engines/sdk/receive.py: callbacks as the package makes them, into events."""

from types import SimpleNamespace
from typing import Any

import pytest

from agora_cli.engines.inbox import Inbox
from agora_cli.engines.sdk import receive
from agora_cli.engines.sdk.receive import AT_BEFORE_MIXING, AT_PLAYBACK, SdkReceiver, packed
from agora_cli.events import DataReceived, KeyframeRequested, MediaReceived, Muted, VolumeIndication
from agora_cli.frames import EncodedVideo, FrameLabels, Metadata, PcmFrame, RawVideo


class Clock:
    """The arrival clock, owned by the test."""

    def __init__(self) -> None:
        self.at_us = 1_000_000_000

    def __call__(self) -> int:
        return self.at_us


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(receive, "monotonic_us", made)
    return made


class Ear:
    """A receiver with the calls that a native library makes."""

    def __init__(self, mixed: bool = False, users: frozenset[str] = frozenset()) -> None:
        self.inbox = Inbox()
        self.receiver = SdkReceiver(self.inbox, mixed, users)

    def pcm(self, user: str, presentation_ms: int) -> int:
        frame = SimpleNamespace(
            samples_per_sec=16000,
            channels=1,
            buffer=bytearray(320),
            presentation_ms=presentation_ms,
            render_time_ms=0,
        )
        callback = self.receiver.audio_callbacks()["on_playback_audio_frame_before_mixing"]
        code: int = callback(None, "channel", user, frame, -1, None)
        return code

    def video(self, uid: int, presentation_ms: int, codec: int = 2, frame_type: int = 3, capture_ms: int = 0) -> None:
        info = SimpleNamespace(
            codec_type=codec,
            width=64,
            height=48,
            frame_type=frame_type,
            presentation_ms=presentation_ms,
            capture_time_ms=capture_ms,
        )
        self.receiver.encoded_video(uid, b"unit", 4, info)

    def picture(self, user: str, render_ms: int, **values: Any) -> None:
        frame = SimpleNamespace(
            **{
                "width": 3,
                "height": 3,
                "y_buffer": b"abcXdefXghiX",
                "y_stride": 4,
                "u_buffer": b"uuXuuX",
                "u_stride": 3,
                "v_buffer": b"vvvv",
                "v_stride": 2,
                "render_time_ms": render_ms,
                "metadata": None,
                "alpha_buffer": None,
                **values,
            }
        )
        self.receiver.picture("channel", user, frame)

    def units(self) -> list[Any]:
        return [event.unit for event in self.inbox.drain(0) if isinstance(event, MediaReceived)]

    def times(self) -> list[int]:
        return [unit.pts_us for unit in self.units()]


def test_audio_observers_always_answer_with_a_number() -> None:
    for mixed, position in ((False, AT_BEFORE_MIXING), (True, AT_PLAYBACK)):
        callbacks = Ear(mixed).receiver.audio_callbacks()
        assert callbacks["on_get_audio_frame_position"](None) == position
    assert Ear().pcm("7", 0) == 1


def test_the_senders_clock_is_kept(clock: Clock) -> None:
    ear = Ear()
    for number in range(3):
        ear.pcm("7", number * 10)
        ear.video(7, number * 40)
        clock.at_us += 10_000
    assert ear.times() == [0, 0, 10_000, 40_000, 20_000, 80_000]


def test_without_a_senders_clock_sound_is_counted_and_pictures_go_by_their_capture_time(clock: Clock) -> None:
    ear = Ear()
    for number, late_us in enumerate((0, 29_000, 3_000)):
        clock.at_us = 1_000_000_000 + number * 40_000 + late_us
        for _ in range(4):
            ear.pcm("7", 0)
        ear.video(7, 0, capture_ms=1_700_000_000_000 + number * 40)
    units = ear.units()
    assert [unit.pts_us for unit in units if isinstance(unit, PcmFrame)] == [n * 10_000 for n in range(12)]
    pictures = [unit.pts_us for unit in units if isinstance(unit, EncodedVideo)]
    assert [late - early for early, late in zip(pictures, pictures[1:], strict=False)] == [40_000, 40_000]


def test_a_track_that_starts_later_falls_beside_the_other(clock: Clock) -> None:
    ear = Ear()
    for number in range(100):
        ear.pcm("7", number * 10)
        clock.at_us += 10_000
    ear.picture("7", 777_000)  # a clock of this machine, unlike the sound's
    clock.at_us += 40_000
    ear.picture("7", 777_040)
    assert ear.times()[-2:] == [1_000_000, 1_040_000]


def test_a_user_who_comes_back_has_a_new_epoch_and_clock(clock: Clock) -> None:
    ear = Ear()
    ear.receiver.user_joined("7")
    ear.pcm("7", 5000)
    ear.receiver.user_joined("7")
    clock.at_us += 60_000_000
    ear.pcm("7", 0)
    first, second = (event for event in ear.inbox.drain(0) if isinstance(event, MediaReceived))
    assert (first.epoch, second.epoch) == (1, 2)
    assert second.unit.pts_us == 0


def test_pictures_lose_the_padding_of_their_lines() -> None:
    ear = Ear()
    ear.picture("7", 0, metadata=b"se\0i", alpha_buffer=b"a" * 9)
    metadata, picture = ear.units()
    assert metadata == Metadata(0, "video", b"se\0i")
    assert picture == RawVideo(0, "i420", 3, 3, b"abcdefghi" + b"uuuu" + b"vvvv", alpha=b"a" * 9)


def test_planes() -> None:
    assert packed(b"abcdef", 3, 3, 2) == b"abcdef"
    assert packed(b"abXcdX", 3, 2, 2) == b"abcd"


@pytest.mark.parametrize(
    ("number", "codec"), [(1, "vp8"), (2, "h264"), (3, "h265"), (5, "vp9"), (12, "av1"), (20, "jpeg")]
)
def test_codecs(number: int, codec: str) -> None:
    ear = Ear()
    ear.video(7, 40, number, frame_type=4)
    assert ear.units() == [EncodedVideo(40_000, 40_000, codec, 64, 48, False, b"unit")]  # type: ignore[arg-type]


def test_an_unknown_codec_is_not_passed_on() -> None:
    ear = Ear()
    ear.video(7, 0, codec=6)
    assert ear.units() == []


def test_accounts_name_the_sender_of_encoded_video() -> None:
    ear = Ear()
    ear.receiver.accounts[1234] = "alice"
    ear.video(1234, 0)
    ear.video(99, 0)
    assert [event.user for event in ear.inbox.drain(0) if isinstance(event, MediaReceived)] == ["alice", "99"]


def test_only_chosen_users_pass() -> None:
    ear = Ear(users=frozenset({"7"}))
    ear.pcm("7", 0)
    ear.pcm("8", 0)
    ear.receiver.stream_message(None, "7", 1, b"a", 1)
    ear.receiver.stream_message(None, "8", 1, b"b", 1)
    events = list(ear.inbox.drain(0))
    assert [getattr(event, "user", "") for event in events] == ["7", "7"]
    assert (ear.receiver.units, ear.receiver.bytes) == (1, 320)


def test_messages_get_the_time_of_the_newest_media() -> None:
    ear = Ear()
    ear.receiver.stream_message(None, "7", 1, b"first", 5)
    ear.pcm("7", 250)
    ear.receiver.stream_message(None, "7", 1, b"second", 6)
    ear.receiver.audio_metadata(None, "7", b"meta")
    events = list(ear.inbox.drain(0))
    assert [event.media_us for event in events if isinstance(event, DataReceived)] == [0, 250_000]
    assert [e.unit for e in events if isinstance(e, MediaReceived)][-1] == Metadata(250_000, "audio", b"meta")


def test_volumes_of_others_and_keyframe_requests() -> None:
    ear = Ear()
    speakers = [SimpleNamespace(user_id=user, volume=90, vad=1) for user in ("0", "", "7")]
    ear.receiver.volumes(None, speakers, 3, 90)
    ear.receiver.keyframe_requested(None)
    volume, request = ear.inbox.drain(0)
    assert isinstance(volume, VolumeIndication)
    assert (volume.user, volume.volume, volume.speech) == ("7", 90, True)
    assert isinstance(request, KeyframeRequested)


def test_mixed_sound_has_a_name_of_its_own() -> None:
    ear = Ear(mixed=True, users=frozenset({"7"}))
    frame = SimpleNamespace(
        samples_per_sec=48000, channels=2, buffer=bytearray(1920), presentation_ms=0, render_time_ms=0
    )
    assert ear.receiver.audio_callbacks()["on_playback_audio_frame"](None, "channel", frame) == 1
    (event,) = ear.inbox.drain(0)
    assert isinstance(event, MediaReceived)
    assert (event.user, event.unit) == ("mixed", PcmFrame(0, 48000, 2, bytearray(1920)))


def test_labels_are_carried_where_they_were_asked_for() -> None:
    frame = SimpleNamespace(far_field_flag=1, voice_prob=1, rms=99, pitch=120, music_prob=4)
    assert receive.labels_of(frame, 2) == FrameLabels(1, 1, 99, 120, 4, 2)
    ear = Ear()
    ear.pcm("7", 0)
    assert ear.units()[0].labels is None


def test_who_mutes_is_told(clock: Clock) -> None:
    ear = Ear()
    for message, value in ((0, 1), (1, 1), (4, 1), (0, 0)):
        ear.receiver.user_info(None, "7", message, value)
    told = [Muted(clock.at_us, "7", "audio", True), Muted(clock.at_us, "7", "video", True)]
    assert list(ear.inbox.drain(0)) == [*told, Muted(clock.at_us, "7", "audio", False)]
