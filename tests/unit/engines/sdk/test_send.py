"""engines/sdk/send.py: what the package is told of a unit."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from agora_cli.engines.base import Publish
from agora_cli.engines.sdk.parameters import SdkParameters
from agora_cli.engines.sdk.send import SdkSender, av1_rule
from agora_cli.frames import EncodedAudio, EncodedVideo, RawVideo


@pytest.mark.parametrize(("rate", "told"), [(Fraction(30000, 1001), 30), (Fraction(25), 25), (None, 0)])
def test_only_an_unknown_frame_rate_is_told_as_variable(rate: Fraction | None, told: int) -> None:
    infos: list[Any] = []
    rtc: Any = SimpleNamespace(base=SimpleNamespace(EncodedVideoFrameInfo=lambda **info: info))
    connection = SimpleNamespace(push_video_encoded_data=lambda data, info: infos.append(info) or 1)
    publish = Publish(video="encoded", video_codec="h264", width=320, height=240)
    unit = EncodedVideo(0, 0, "h264", 320, 240, True, b"x", rate)
    SdkSender(rtc, connection, publish, SdkParameters()).push(unit)
    assert [info["frames_per_second"] for info in infos] == [told]


class Told:
    """A sender over a connection that keeps what it was told, with a Unix clock of the test's."""

    def __init__(self) -> None:
        self.unix_us = 1_700_000_000_000_000
        self.infos: list[Any] = []
        base = SimpleNamespace(
            EncodedVideoFrameInfo=lambda **info: info["capture_time_ms"],
            EncodedAudioFrameInfo=lambda **info: info["capture_time_ms"],
            ExternalVideoFrame=lambda **frame: frame["timestamp"],
            ColorSpaceType=lambda **space: space,
        )
        connection: Any = SimpleNamespace(
            push_video_encoded_data=lambda data, info: self.infos.append(info) or 1,
            push_audio_encoded_data=lambda data, info: self.infos.append(info) or 1,
            push_video_frame=lambda frame: self.infos.append(frame) or 0,
        )
        publish = Publish(audio="encoded", video="encoded", video_codec="h264", width=2, height=2)
        rtc: Any = SimpleNamespace(base=base)
        self.sender = SdkSender(rtc, connection, publish, SdkParameters(), unix_us=lambda: self.unix_us)

    def video(self, pts_us: int) -> None:
        self.sender.push(EncodedVideo(pts_us, pts_us, "h264", 320, 240, True, b"x", Fraction(25)))


def test_captured_at_unix_time_spaced_as_the_timestamps_whatever_the_push_is_late() -> None:
    told = Told()
    for pts_us, late_us in ((40_000, 0), (80_000, 7_000), (120_000, 35_000)):
        told.unix_us = 1_700_000_000_000_000 + pts_us + late_us
        told.video(pts_us)
    assert told.infos == [1_700_000_000_040, 1_700_000_000_080, 1_700_000_000_120]


def test_sound_and_picture_have_one_clock() -> None:
    told = Told()
    told.video(40_000)
    told.unix_us += 9_000
    told.sender.push(EncodedAudio(40_000, "opus", 48000, 2, 960, b"x"))
    told.sender.push(RawVideo(80_000, "i420", 2, 2, bytes(6)))
    assert told.infos == [1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_040]


def test_after_a_stall_of_the_input_capture_time_is_now_again() -> None:
    told = Told()
    told.video(0)
    told.unix_us += 10_000_000
    told.video(40_000)
    assert told.infos == [1_700_000_000_000, 1_700_000_010_000]


def test_the_rule_on_small_av1_that_is_in_force_is_told() -> None:
    small, large = Publish(video="raw", width=640, height=360), Publish(video="raw", width=642, height=362)
    av1 = SdkParameters(sdk_codec=12)
    assert av1_rule(small, av1) == "AV1 of at most 360 lines stays AV1: the package sets che.video.min_enc_level=0"
    limited = SdkParameters(sdk_codec=12, native='{"che.video.min_enc_level": 1}')
    assert "may become H264" in av1_rule(small, limited)
    assert av1_rule(large, av1) == av1_rule(small, SdkParameters()) == av1_rule(Publish(), av1) == ""
