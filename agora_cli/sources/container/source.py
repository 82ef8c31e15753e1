"""MP4, MOV and MKV as a source: picture and sound in the order of sending, on the file's own clock."""

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Protocol

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.frames import MICROSECONDS, Unit
from agora_cli.media.ffmpeg import time_base_of
from agora_cli.sources.base import Excerpt, SourceInfo
from agora_cli.sources.container.clock import TickClock
from agora_cli.sources.container.file import open_container_file
from agora_cli.sources.container.interleave import TrackUnit, interleaved
from agora_cli.sources.container.picture import VideoCopier, VideoTranscoder
from agora_cli.sources.container.plan import ContainerOptions, plan_container
from agora_cli.sources.container.run import Run
from agora_cli.sources.container.samples import PcmGrid
from agora_cli.sources.container.sound import SoundCopier, SoundDecoder
from agora_cli.sources.input import ByteInput, open_input
from agora_cli.sources.read_ahead import ReadAhead

if TYPE_CHECKING:
    import av


class Stage(Protocol):
    """What one run makes of one track's packets."""

    @property
    def start(self) -> Fraction | None:
        """Return the seconds of the track's clock where its media begin, None before the first packet."""

    @property
    def end(self) -> Fraction | None:
        """Return the seconds of the track's clock where its media end so far."""

    def push(self, packet: "av.Packet[Any]") -> Iterator[Unit]:
        """Yield what a packet completes."""

    def flush(self) -> Iterator[Unit]:
        """Yield what is left at the end of the run."""


def open_container(path: str, options: ContainerOptions, excerpt: Excerpt, stop: Stop) -> "ContainerSource":
    """Return a source for a file, a FIFO or `-`.

    Raises InputError for what is no container, is encrypted, lacks the wanted tracks, or cannot be sent;
    UnavailableError when an encoder is missing.
    """
    source = open_input(path, stop)
    try:
        if not source.is_file and (excerpt.loops != 1 or excerpt.start_s):
            raise InputError("not-repeatable", f"{source.name} can be read only once: no --loop, no --start")
        return ContainerSource(source, options, excerpt, stop)
    except BaseException:
        source.close()
        raise


class ContainerSource:
    """The units of one or several runs through the same file. Not thread-safe but for request_keyframe()."""

    def __init__(self, source: ByteInput, options: ContainerOptions, excerpt: Excerpt, stop: Stop) -> None:
        self.dropped = 0
        self._source = source
        self._name = source.name
        self._options = options
        self._excerpt = excerpt
        self._stop = stop
        self._run = self._open_run()
        try:
            self._plan = plan_container(self._run.tracks, options, self._name)
            origin_s = self._run.origin_s(reordered=self._plan.encoder is None, priming=options.copy_sound)
        except BaseException:
            self._run.close()
            raise
        self._origin_us = int(origin_s * MICROSECONDS // 1)
        self._stages: dict[int, Stage] = {}
        audio = self._plan.audio
        self._grid = PcmGrid(audio.sample_rate_hz, audio.channels) if audio and audio.codec is None else None
        notes = self._run.tracks.notes + self._plan.notes
        if self._plan.encoder is None and self._run.leads_in:
            notes += (f"{self._name}: pictures before its edit list are sent too: those behind refer to them",)
        self.info = SourceInfo(audio, self._plan.video, notes, self._plan.warnings)

    def units(self) -> Iterator[Unit]:
        """Yield units by their time of sending, the first at 0. Raises InputError at a fault, after all before it."""
        return interleaved(self._track_units(), len(self._run.tracks_sent))

    def request_keyframe(self) -> None:
        """Make the next picture a keyframe where it is encoded here."""
        for stage in self._stages.values():
            if isinstance(stage, VideoTranscoder):
                stage.request_keyframe()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._run.close()
        self._source.close()

    def _track_units(self) -> Iterator[TrackUnit]:
        """Yield the units of all runs, and the last part of a frame of sound."""
        try:
            yield from self._runs()
        except InputError:
            yield from self._sound_rest()
            raise
        yield from self._sound_rest()

    def _runs(self) -> Iterator[TrackUnit]:
        """Yield the units of all runs, each placed right behind the one before."""
        length_s = Fraction(0)
        with closing(self._further_runs()) as further:
            for run in chain([self._run], further):
                self._run = run
                with closing(run):
                    self._stages = self._make_stages(run, int(length_s * MICROSECONDS) - self._origin_us)
                    yield from self._run_units(run)
                added_s = _length_s(self._stages.values())
                if not added_s or self._stop.is_set():
                    return
                length_s += added_s

    def _further_runs(self) -> "ReadAhead[None, Run]":
        """Return the runs behind the first, opened while the one before is sent: opening takes FFmpeg 20 ms."""
        loops = self._excerpt.loops
        runs = repeat(None) if loops == 0 else repeat(None, loops - 1)
        return ReadAhead(runs, lambda _: self._open_run(), ahead=2, workers=1)

    def _sound_rest(self) -> Iterator[TrackUnit]:
        if self._grid is not None:
            last = len(self._run.tracks_sent) - 1  # sound is the last track wherever there is any
            yield from ((last, frame) for frame in self._grid.flush())

    def _open_run(self) -> Run:
        return Run(open_container_file(self._source), self._options, self._excerpt.start_s, self._name)

    def _run_units(self, run: Run) -> Iterator[TrackUnit]:
        order = {index: track for track, index in enumerate(run.tracks_sent)}
        try:
            for packet in run.packets():
                if self._stop.is_set():
                    return
                stage, track = self._stages[packet.stream_index], order[packet.stream_index]
                for unit in stage.push(packet):
                    yield track, unit
        except InputError:
            yield from self._flushed(order)
            raise
        yield from self._flushed(order)

    def _flushed(self, order: dict[int, int]) -> Iterator[TrackUnit]:
        for index, stage in self._stages.items():
            for unit in stage.flush():
                yield order[index], unit

    def _make_stages(self, run: Run, shift_us: int) -> dict[int, Stage]:
        plan, tracks = self._plan, run.tracks
        stages: dict[int, Stage] = {}
        if tracks.video is not None and plan.video is not None:
            clock = TickClock(time_base_of(tracks.video), shift_us)
            if plan.encoder is None:
                stages[tracks.video.index] = VideoCopier(tracks.video, plan.video, clock, self._name)
            else:
                stages[tracks.video.index] = VideoTranscoder(tracks.video, plan.encoder, clock, self._name)
        if tracks.audio is not None and plan.audio is not None:
            clock = TickClock(time_base_of(tracks.audio), shift_us)
            from_us = None if run.from_s is None else int(run.from_s * MICROSECONDS // 1) + shift_us
            if self._grid is None:
                stages[tracks.audio.index] = SoundCopier(tracks.audio, plan.audio, clock, from_us)
            else:
                stages[tracks.audio.index] = SoundDecoder(
                    tracks.audio, plan.audio, self._grid, clock, from_us, self._name
                )
        return stages


def _length_s(stages: Any) -> Fraction:
    """Return how long a run is: from the earliest begin of its tracks to the latest end."""
    starts = [stage.start for stage in stages if stage.start is not None]
    ends = [stage.end for stage in stages if stage.end is not None]
    return max(ends) - min(starts) if starts else Fraction(0)
