"""Where a source is cut by --duration: the one place, for every kind of source."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from agora_cli.frames import BYTES_PER_SAMPLE, MICROSECONDS, PcmFrame, Unit, end_us, send_time_us
from agora_cli.sources.base import Source, SourceInfo


def limited(source: Source, duration_s: Fraction | None) -> Source:
    """Return `source` cut after `duration_s` of its media clock, or itself where that is None."""
    return source if duration_s is None else LimitedSource(source, duration_s)


class LimitedSource:
    """Give what another source sends before `duration_s` (above 0) of its media clock.

    A picture belongs to it when its time of sending does; sound is cut at the sample. What a live pipe would give
    behind the end is not waited for where only sound is sent.
    """

    def __init__(self, source: Source, duration_s: Fraction) -> None:
        self._source = source
        self._duration_s = duration_s

    @property
    def info(self) -> SourceInfo:
        """Return what the source says of itself, cut."""
        info, limit_us = self._source.info, int(self._duration_s * MICROSECONDS)
        return replace(info, total_us=limit_us if info.total_us is None else min(limit_us, info.total_us))

    @property
    def dropped(self) -> int:
        """Return what the source dropped."""
        return self._source.dropped

    def units(self) -> Iterator[Unit]:
        """Yield the units up to the first one beyond the limit. Raises what the source raises before it."""
        limit_us = int(self._duration_s * MICROSECONDS)
        only_sound = self._source.info.video is None
        for unit in self._source.units():
            if send_time_us(unit) >= limit_us:
                return
            if isinstance(unit, PcmFrame):
                unit = shortened(unit, self._duration_s)
                if unit.padding == unit.samples:
                    return
            yield unit
            if only_sound and end_us(unit) >= limit_us:
                return

    def request_keyframe(self) -> None:
        """Ask the source."""
        self._source.request_keyframe()

    def close(self) -> None:
        """Close the source."""
        self._source.close()


def shortened(frame: PcmFrame, end_s: Fraction) -> PcmFrame:
    """Return a frame whose sound ends at `end_s` at the latest: the rest becomes padding.

    Sample n of a grid stands at n / rate rounded down to a microsecond, so rounding up gives n back.
    """
    first = -(-frame.pts_us * frame.sample_rate_hz // MICROSECONDS)
    kept = max(0, int(end_s * frame.sample_rate_hz) - first)
    if kept >= frame.samples - frame.padding:
        return frame
    block = BYTES_PER_SAMPLE * frame.channels
    data = bytes(memoryview(frame.data)[: kept * block]).ljust(len(frame.data), b"\0")
    return PcmFrame(frame.pts_us, frame.sample_rate_hz, frame.channels, data, frame.samples - kept)
