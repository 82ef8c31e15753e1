"""sources/joined.py: two sources in the order of their send times, to the end of both."""

from collections.abc import Iterator

from agora_cli.frames import EncodedVideo, Unit
from agora_cli.sources.base import AudioInfo, SourceInfo, VideoInfo
from agora_cli.sources.joined import JoinedSource
from tests.unit.units import sound


class Listed:
    """A source of given units."""

    def __init__(self, info: SourceInfo, units: list[Unit]) -> None:
        self.info = info
        self.dropped = 3
        self.closed = False
        self.asked = 0
        self._units = units

    def units(self) -> Iterator[Unit]:
        yield from self._units

    def request_keyframe(self) -> None:
        self.asked += 1

    def close(self) -> None:
        self.closed = True


def picture(pts_us: int, dts_us: int) -> EncodedVideo:
    return EncodedVideo(pts_us, dts_us, "h264", 2, 2, True, b"x")


def test_send_times_decide_and_the_longer_source_goes_on() -> None:
    video = Listed(
        SourceInfo(video=VideoInfo(2, 2, "h264"), notes=("v",)), [picture(40_000, 0), picture(20_000, 15_000)]
    )
    audio = Listed(SourceInfo(audio=AudioInfo(16000, 1), warnings=("a",)), [sound(n * 10_000) for n in range(4)])
    joined = JoinedSource(video, audio)
    assert joined.info == SourceInfo(AudioInfo(16000, 1), VideoInfo(2, 2, "h264"), ("v",), ("a",))
    order = [getattr(unit, "dts_us", unit.pts_us) for unit in joined.units()]
    assert order == [0, 0, 10_000, 15_000, 20_000, 30_000]
    joined.request_keyframe()
    joined.close()
    assert (video.asked, audio.asked, joined.dropped) == (1, 0, 3)
    assert video.closed
    assert audio.closed
