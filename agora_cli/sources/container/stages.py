"""What one run through a container makes of its packets: one stage a track."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Protocol

import av

from agora_cli.frames import MICROSECONDS, Unit
from agora_cli.media.ffmpeg import time_base_of
from agora_cli.sources.container.clock import TickClock
from agora_cli.sources.container.extent import Extent
from agora_cli.sources.container.interleave import TrackUnit
from agora_cli.sources.container.picture import VideoCopier, VideoTranscoder
from agora_cli.sources.container.plan import ContainerPlan
from agora_cli.sources.container.run import Run
from agora_cli.sources.container.samples import PcmGrid
from agora_cli.sources.container.sound import SoundCopier, SoundDecoder


class Stage(Protocol):
    """What one run makes of one track's packets."""

    @property
    def extent(self) -> Extent:
        """Return what of the track came so far."""

    def push(self, packet: "av.Packet[Any]") -> Iterator[Unit]:
        """Yield what a packet completes."""

    def flush(self) -> Iterator[Unit]:
        """Yield what is left at the end of the run."""


class Stages:
    """The stages of a run in the order of its tracks. `grid` is where decoded sound goes, None where it is copied.

    `shift_us` moves the run to its place behind the runs before it.
    """

    def __init__(self, run: Run, plan: ContainerPlan, grid: PcmGrid | None, shift_us: int) -> None:
        self._plan = plan
        self._grid = grid
        self._shift_us = shift_us
        self._stages: list[Stage] = []
        if run.tracks.video is not None:
            self._stages.append(self._picture(run))
        if run.tracks.audio is not None:
            self._stages.append(self._sound(run))
        self._numbers = {stream.index: number for number, stream in enumerate(run.tracks.sent)}

    @property
    def length_s(self) -> Fraction:
        """Return how long the run is so far: from the earliest begin of its tracks to the latest end."""
        extents = [stage.extent for stage in self._stages]
        starts = [extent.start for extent in extents if extent.start is not None]
        ends = [extent.end for extent in extents if extent.end is not None]
        return max(ends) - min(starts) if starts else Fraction(0)

    def push(self, packet: "av.Packet[Any]") -> Iterator[TrackUnit]:
        """Yield what a packet completes. Raises InputError for what cannot be sent."""
        number = self._numbers[packet.stream_index]
        for unit in self._stages[number].push(packet):
            yield number, unit

    def flush(self) -> Iterator[TrackUnit]:
        """Yield what is left at the end of the run."""
        for number, stage in enumerate(self._stages):
            for unit in stage.flush():
                yield number, unit

    def request_keyframe(self) -> None:
        """Make the next picture a keyframe where it is encoded here."""
        for stage in self._stages:
            if isinstance(stage, VideoTranscoder):
                stage.request_keyframe()

    def _picture(self, run: Run) -> Stage:
        stream, info = run.tracks.video, self._plan.video
        assert stream is not None
        assert info is not None
        clock = TickClock(time_base_of(stream), self._shift_us)
        if self._plan.encoder is None:
            return VideoCopier(stream, info, clock, run.tracks.name)
        return VideoTranscoder(stream, self._plan.encoder, clock, run.tracks.name)

    def _sound(self, run: Run) -> Stage:
        stream, info = run.tracks.audio, self._plan.audio
        assert stream is not None
        assert info is not None
        clock = TickClock(time_base_of(stream), self._shift_us)
        from_us = None if run.from_s is None else int(run.from_s * MICROSECONDS // 1) + self._shift_us
        if self._grid is None:
            return SoundCopier(stream, info, clock, from_us)
        return SoundDecoder(stream, info, self._grid, clock, from_us, run.tracks.name)
