"""Figures of made-up media: each number is known beforehand."""

import struct

import pytest

from agora_cli.events import DataReceived, MediaReceived
from agora_cli.frames import EncodedVideo, PcmFrame
from agora_cli.sinks.figures import FIGURE_NAMES, Figures


def sound(at_us: int, pts_us: int, value: int, lost: int = 0, epoch: int = 1) -> MediaReceived:
    return MediaReceived(at_us, "7", epoch, PcmFrame(pts_us, 16000, 1, struct.pack("<h", value) * 160), lost)


def picture(at_us: int, dts_us: int, keyframe: bool, epoch: int = 1) -> MediaReceived:
    return MediaReceived(at_us, "7", epoch, EncodedVideo(dts_us, dts_us, "h264", 2, 2, keyframe, b"x"))


def test_level_and_silence_of_half_a_square_wave() -> None:
    figures = Figures()
    for number in range(10):
        figures.write(sound(number * 10_000, number * 10_000, 16384 if number < 5 else 0))
    (row,) = figures.rows()
    assert row["audio"] == {
        "level": {"rms": -9.03, "peak": -6.02},
        "silence": 0.5,
        "jitter": 0,
        "loss": 0,
        "startsAt": 0,
        "gaps": 0,
        "missingSeconds": 0,
        "stalls": 0,
        "stalledSeconds": 0,
    }


def test_digital_silence_has_no_level() -> None:
    figures = Figures()
    figures.write(sound(0, 0, 0))
    (row,) = figures.rows()
    assert (row["audio"]["level"], row["audio"]["silence"]) == ({"rms": None, "peak": None}, 1)


def test_loss_is_the_share_that_never_came() -> None:
    figures = Figures()
    figures.write(sound(0, 0, 1))
    figures.write(sound(0, 0, 1, lost=2))
    assert figures.rows()[0]["audio"]["loss"] == 0.5


def test_jitter_is_a_sixteenth_of_the_first_difference_and_a_restart_is_none() -> None:
    figures = Figures()
    figures.write(sound(0, 0, 1))
    figures.write(sound(26_000, 10_000, 1))
    figures.write(sound(9_000_000, 0, 1, epoch=2))
    assert figures.rows()[0]["audio"]["jitter"] == pytest.approx(0.001)


def test_pictures_a_second_and_the_longest_way_between_keyframes() -> None:
    figures = Figures()
    for number in range(51):
        figures.write(picture(number, number * 40_000, number in (0, 10, 40)))
    for number in range(2):
        figures.write(picture(number, number * 40_000, True, epoch=2))
    video = figures.rows()[0]["video"]
    assert (video["fps"], video["keyframeInterval"]) == (25, 1.2)


def test_a_picture_that_comes_twice_or_late_changes_no_rate() -> None:
    figures = Figures()
    for number in (0, 1, 1, 3, 2, 4):
        figures.write(picture(number * 40_000, number * 40_000, keyframe=number == 0))
    assert figures.rows()[0]["video"]["fps"] == 18.75  # 3 steps in 160 ms: one picture came too late


def test_one_picture_has_no_rate_and_messages_have_no_figures() -> None:
    figures = Figures()
    figures.write_data(DataReceived(0, "8", b"x", 0))
    figures.flush(0)
    figures.write(picture(0, 0, True))
    (row,) = figures.rows()
    assert (row["video"]["fps"], row["video"]["keyframeInterval"]) == (None, None)


def test_the_names_are_the_paths_of_a_row() -> None:
    figures = Figures()
    figures.write(sound(0, 0, 1))
    figures.write(picture(0, 0, True))
    (row,) = figures.rows()
    audio, video = row["audio"], row["video"]
    paths = {f"audio.level.{key}" for key in audio.pop("level")} | {f"audio.{key}" for key in audio}
    assert paths | {f"video.{key}" for key in video} == FIGURE_NAMES
