"""A source that ends after a given length, whatever the one behind it would still give."""

from collections.abc import Iterator

from agora_cli.frames import Unit
from agora_cli.media.source import Source, SourceInfo


class LimitedSource:
    """Give the units of another source that begin before `duration_us` of its media clock."""

    def __init__(self, source: Source, duration_us: int) -> None:
        self._source = source
        self._duration_us = duration_us

    @property
    def info(self) -> SourceInfo:
        """Return what the source says of itself."""
        return self._source.info

    @property
    def dropped(self) -> int:
        """Return what the source dropped."""
        return self._source.dropped

    def units(self) -> Iterator[Unit]:
        """Yield the units up to the first one beyond the limit."""
        for unit in self._source.units():
            if unit.pts_us >= self._duration_us:
                return
            yield unit

    def request_keyframe(self) -> None:
        """Ask the source."""
        self._source.request_keyframe()

    def close(self) -> None:
        """Close the source."""
        self._source.close()
