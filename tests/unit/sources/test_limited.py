"""sources/limited.py: the one place where --duration cuts, to the sample and to the picture."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from agora_cli.frames import EncodedVideo, PcmFrame, Unit
from agora_cli.sources.base import AudioInfo, Excerpt, SourceInfo, VideoInfo
from agora_cli.sources.limited import LimitedSource, limited, shortened
from agora_cli.sources.pcm import PcmSource

SOUND = SourceInfo(audio=AudioInfo(8000, 1), notes=("hello",))
PICTURE = SourceInfo(audio=AudioInfo(8000, 1), video=VideoInfo(16, 16, "h264"))


class FakeSource:
    """Gives what it was made with and notes what is asked of it."""

    dropped = 3

    def __init__(self, info: SourceInfo, units: Iterable[Unit]) -> None:
        self.info = info
        self.asked: list[str] = []
        self._units = iter(units)

    def units(self) -> Iterator[Unit]:
        return self._units

    def request_keyframe(self) -> None:
        self.asked.append("keyframe")

    def close(self) -> None:
        self.asked.append("close")


def frame(number: int) -> PcmFrame:
    return PcmFrame(number * 10_000, 8000, 1, b"\1\2" * 80)


def picture(dts_us: int, pts_us: int) -> EncodedVideo:
    return EncodedVideo(pts_us, dts_us, "h264", 16, 16, False, b"x", Fraction(25))


def heard(units: Iterable[Unit]) -> bytes:
    data = b""
    for unit in units:
        assert isinstance(unit, PcmFrame)
        data += bytes(unit.data)[: (unit.samples - unit.padding) * 2 * unit.channels]
    return data


def test_without_a_duration_it_is_the_source_itself() -> None:
    source = FakeSource(SOUND, [])
    assert limited(source, None) is source


def test_sound_ends_at_the_sample() -> None:
    units = list(limited(FakeSource(SOUND, map(frame, range(10))), Fraction("0.0250")).units())
    assert [unit.pts_us for unit in units] == [0, 10_000, 20_000]
    assert heard(units) == b"\1\2" * 200
    assert units[-1] == PcmFrame(20_000, 8000, 1, b"\1\2" * 40 + bytes(80), 40)


def test_nothing_of_a_frame_is_no_frame() -> None:
    assert [u.pts_us for u in limited(FakeSource(SOUND, [frame(0), frame(1)]), Fraction("0.01005")).units()] == [0]


def test_the_end_of_sound_is_not_waited_for() -> None:
    def live() -> Iterator[Unit]:
        yield frame(0)
        raise AssertionError("asked for more than its end")

    assert len(list(limited(FakeSource(SOUND, live()), Fraction("0.01")).units())) == 1


def test_a_picture_belongs_to_it_by_its_time_of_sending() -> None:
    film = [picture(0, 80_000), picture(40_000, 200_000), picture(80_000, 120_000), picture(120_000, 160_000)]
    assert list(limited(FakeSource(PICTURE, film), Fraction("0.08")).units()) == film[:2]


def test_sound_beside_a_picture_does_not_end_it() -> None:
    units: list[Unit] = [frame(0), picture(9_000, 9_000), frame(1)]
    assert list(limited(FakeSource(PICTURE, units), Fraction("0.01")).units()) == units[:2]


def test_an_endless_loop_ends() -> None:
    endless = PcmSource(lambda: iter([b"\1\2" * 100]), 8000, 1, Excerpt(loops=0))
    assert heard(limited(endless, Fraction(1)).units()) == b"\1\2" * 8000


@given(
    st.binary(min_size=4, max_size=5000),
    st.sampled_from([8000, 11025, 12345, 22050, 44100, 48000]),
    st.sampled_from([1, 2]),
    st.integers(1, 3),
    st.fractions(Fraction(1, 1000), Fraction(1, 5)),
)
def test_against_a_naive_twin(data: bytes, rate: int, channels: int, loops: int, duration_s: Fraction) -> None:
    block = 2 * channels
    data = data[: len(data) // block * block]
    source = PcmSource(lambda: iter([data]), rate, channels, Excerpt(loops))
    assert heard(limited(source, duration_s).units()) == (data * loops)[: int(duration_s * rate) * block]


def test_shortened() -> None:
    whole = PcmFrame(1_000, 48_000, 1, b"\1\2" * 480)
    assert shortened(whole, Fraction(11, 1000)) is whole
    cut = shortened(whole, Fraction(6, 1000))
    assert (cut.samples, cut.padding) == (480, 240)
    assert bytes(cut.data) == b"\1\2" * 240 + bytes(480)
    assert shortened(cut, Fraction(8, 1000)) is cut


def test_all_else_is_the_source_s() -> None:
    inner = FakeSource(SOUND, [])
    source = LimitedSource(inner, Fraction(1))
    source.request_keyframe()
    source.close()
    assert inner.asked == ["keyframe", "close"]
    assert (source.info, source.dropped) == (replace(SOUND, total_us=1_000_000), 3)
