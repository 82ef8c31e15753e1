from collections.abc import Iterator
from fractions import Fraction

import pytest

from agora_cli.errors import InputError
from agora_cli.frames import EncodedVideo, PcmFrame, RawVideo, Unit
from agora_cli.media.encode import EncoderSettings
from agora_cli.media.encoding import EncodingSource
from agora_cli.media.source import SourceInfo, VideoInfo

SETTINGS = EncoderSettings("h264", 64, 48, Fraction(10), 500_000, 100)
SOUND = PcmFrame(0, 8000, 1, bytes(160))


def picture(number: int) -> RawVideo:
    return RawVideo(number * 100_000, "i420", 64, 48, bytes([number % 200 + 16]) * (64 * 72))


class FakeSource:
    """Give units, then perhaps fail."""

    def __init__(self, units: list[Unit], failure: InputError | None = None) -> None:
        self.closed = 0
        self.dropped = 0
        self.info = SourceInfo(video=VideoInfo(64, 48, pixel_format="i420"), notes=("a note",), warnings=("careful",))
        self._units = units
        self._failure = failure

    def units(self) -> Iterator[Unit]:
        yield from self._units
        if self._failure:
            raise self._failure

    def request_keyframe(self) -> None:
        raise AssertionError("raw pictures have no keyframes")

    def close(self) -> None:
        self.closed += 1


def test_pictures_are_encoded_and_all_else_passes_through() -> None:
    source = EncodingSource(FakeSource([SOUND, picture(0), SOUND, picture(1)]), SETTINGS, ("h264 it is",))
    assert source.info.video == VideoInfo(64, 48, codec="h264", frame_rate=Fraction(10), bitrate_bps=500_000)
    assert source.info.notes == ("h264 it is", "a note")
    assert source.info.warnings == ("careful",)
    units = list(source.units())
    assert [type(unit) for unit in units] == [PcmFrame, EncodedVideo, PcmFrame, EncodedVideo]
    assert [unit.pts_us for unit in units] == [0, 0, 0, 100_000]


def test_a_late_picture_is_dropped_before_it_is_encoded_and_counted() -> None:
    source = EncodingSource(FakeSource([picture(number) for number in range(10)]), SETTINGS)
    given = []
    for unit in source.units():
        assert isinstance(unit, EncodedVideo)
        given.append(unit.pts_us // 100_000)
        if len(given) == 2:
            source.drop_before(450_000)
    assert given == [0, 1, 5, 6, 7, 8, 9]
    assert source.dropped == 3


def test_an_encoder_that_is_three_times_too_slow_keeps_its_lateness_bounded() -> None:
    """The pacer's loop on a fake clock: each picture takes 300 ms to encode, at 10 a second."""
    source = EncodingSource(FakeSource([picture(number) for number in range(300)]), SETTINGS)
    now_us, worst_us, sent = 0, 0, 0
    for unit in source.units():
        now_us = max(now_us + 300_000, unit.pts_us)
        worst_us = max(worst_us, now_us - unit.pts_us)
        source.drop_before(now_us)
        sent += 1
    assert worst_us <= 400_000
    assert sent + source.dropped == 300
    assert 95 <= sent <= 101


def test_a_keyframe_is_asked_of_the_encoder() -> None:
    source = EncodingSource(FakeSource([picture(number) for number in range(6)]), SETTINGS)
    keyframes = []
    for number, unit in enumerate(source.units()):
        assert isinstance(unit, EncodedVideo)
        keyframes.append(unit.keyframe)
        if number == 2:
            source.request_keyframe()
    assert keyframes == [True, False, False, True, False, False]


def test_a_failure_comes_after_the_good_pictures_and_close_closes() -> None:
    inner = FakeSource([picture(0)], InputError("x", "broken"))
    source = EncodingSource(inner, SETTINGS)
    units = source.units()
    assert isinstance(next(units), EncodedVideo)
    with pytest.raises(InputError, match="broken"):
        next(units)
    source.close()
    assert inner.closed == 1
