from collections.abc import Iterator
from fractions import Fraction

import pytest

from agora_cli.errors import InputError
from agora_cli.frames import EncodedVideo, PcmFrame, RawVideo, Unit
from agora_cli.media.encode import EncoderSettings
from agora_cli.sources.base import SourceInfo, VideoInfo
from agora_cli.sources.encoded import TOLERANCE_US, EncodingSource

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


class SlowClock:
    """A clock by which every picture takes `encode_us` to encode: it moves each second time it is read."""

    def __init__(self, encode_us: int) -> None:
        self._encode_us = encode_us
        self._time_us = 0
        self._reads = 0

    def now_us(self) -> int:
        self._reads += 1
        self._time_us += self._encode_us if self._reads % 2 == 0 else 0
        return self._time_us

    def sleep_us(self, duration_us: int) -> None:
        raise AssertionError("an encoder does not sleep")


def numbers(source: EncodingSource) -> list[int]:
    return [unit.pts_us // 100_000 for unit in source.units()]


@pytest.mark.parametrize(("encode_us", "sent"), [(1_000, 300), (100_000, 300), (200_000, 151), (300_000, 101)])
def test_an_encoder_that_is_too_slow_drops_evenly_and_falls_no_further_behind(encode_us: int, sent: int) -> None:
    pictures: list[Unit] = [picture(number) for number in range(300)]
    source = EncodingSource(FakeSource(pictures), SETTINGS, clock=SlowClock(encode_us))
    shown = numbers(source)
    assert len(shown) == pytest.approx(sent, abs=1)
    assert source.dropped == 300 - len(shown)
    now_us = worst_us = 0  # the pacer's clock begins when the first picture is ready
    for number in shown[1:]:  # the others leave at their moment, or when they are encoded
        now_us = max(now_us + encode_us, number * 100_000)
        worst_us = max(worst_us, now_us - number * 100_000)
    assert worst_us <= encode_us + TOLERANCE_US


def test_one_slow_picture_costs_nothing_when_there_is_time_to_catch_up() -> None:
    clock = SlowClock(180_000)
    source = EncodingSource(FakeSource([picture(0), picture(5), picture(10)]), SETTINGS, clock=clock)
    assert numbers(source) == [0, 5, 10]


def test_twice_the_speed_leaves_half_the_time() -> None:
    pictures: list[Unit] = [picture(number) for number in range(100)]
    fast = EncodingSource(FakeSource(pictures), SETTINGS, speed=Fraction(2), clock=SlowClock(100_000))
    assert len(numbers(fast)) == pytest.approx(52, abs=1)
    unpaced = EncodingSource(FakeSource(pictures), SETTINGS, speed=Fraction(0), clock=SlowClock(9_000_000))
    assert len(numbers(unpaced)) == 100


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
