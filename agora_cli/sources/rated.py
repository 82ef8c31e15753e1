"""Raw pictures with the bit rate at which the engine that takes them is to encode."""

from collections.abc import Iterator
from dataclasses import replace

from agora_cli.frames import Unit
from agora_cli.sources.base import Source, SourceInfo


class RatedSource:
    """Give what another source gives, and say in its info which bit rate was asked for."""

    def __init__(self, source: Source, bitrate_bps: int) -> None:
        self._source = source
        self._bitrate_bps = bitrate_bps

    @property
    def info(self) -> SourceInfo:
        """Return what the source says of itself, with the bit rate."""
        info = self._source.info
        return info if info.video is None else replace(info, video=replace(info.video, bitrate_bps=self._bitrate_bps))

    @property
    def dropped(self) -> int:
        """Return what the source dropped."""
        return self._source.dropped

    def units(self) -> Iterator[Unit]:
        """Yield the source's units."""
        return self._source.units()

    def request_keyframe(self) -> None:
        """Ask the source."""
        self._source.request_keyframe()

    def close(self) -> None:
        """Close the source."""
        self._source.close()
