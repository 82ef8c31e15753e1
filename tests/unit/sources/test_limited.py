from collections.abc import Iterator

from agora_cli.frames import PcmFrame
from agora_cli.sources.base import SourceInfo
from agora_cli.sources.combined import LimitedSource


class FakeSource:
    """An endless source that notes what is asked of it."""

    info = SourceInfo(notes=("hello",))
    dropped = 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def units(self) -> Iterator[PcmFrame]:
        number = 0
        while True:
            yield PcmFrame(number * 10_000, 8000, 1, bytes(160))
            number += 1

    def request_keyframe(self) -> None:
        self.asked.append("keyframe")

    def close(self) -> None:
        self.asked.append("close")


def test_units_that_begin_before_the_limit_are_given() -> None:
    assert [unit.pts_us for unit in LimitedSource(FakeSource(), 30_000).units()] == [0, 10_000, 20_000]
    assert [unit.pts_us for unit in LimitedSource(FakeSource(), 30_001).units()][-1] == 30_000


def test_all_else_is_the_source_s() -> None:
    inner = FakeSource()
    source = LimitedSource(inner, 1)
    source.request_keyframe()
    source.close()
    assert inner.asked == ["keyframe", "close"]
    assert (source.info, source.dropped) == (inner.info, 3)
