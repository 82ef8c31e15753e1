"""sources/rated.py: the bit rate that was asked for stands in the info, all else is the source's."""

from collections.abc import Iterator

from agora_cli.frames import RawVideo, Unit
from agora_cli.sources.base import SourceInfo, VideoInfo
from agora_cli.sources.rated import RatedSource


class Pictures:
    """One grey picture."""

    info = SourceInfo(video=VideoInfo(2, 2, pixel_format="i420"))
    dropped = 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def units(self) -> Iterator[Unit]:
        yield RawVideo(0, "i420", 2, 2, bytes(6))

    def request_keyframe(self) -> None:
        self.asked.append("keyframe")

    def close(self) -> None:
        self.asked.append("close")


def test_only_the_bit_rate_is_another() -> None:
    pictures = Pictures()
    rated = RatedSource(pictures, 300_000)
    assert rated.info == SourceInfo(video=VideoInfo(2, 2, pixel_format="i420", bitrate_bps=300_000))
    assert list(rated.units()) == list(pictures.units())
    assert rated.dropped == 3
    rated.request_keyframe()
    rated.close()
    assert pictures.asked == ["keyframe", "close"]


def test_a_source_without_picture_stays_what_it_is() -> None:
    sound = Pictures()
    sound.info = SourceInfo()
    assert RatedSource(sound, 300_000).info == SourceInfo()
