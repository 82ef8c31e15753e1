"""MP4, MOV and MKV as a source: picture and sound in the order of sending, on the file's own clock.

The way through the folder: tracks (opens by file) -> plan -> run -> stages (picture, sound) -> interleave.
"""

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import chain, repeat

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.frames import MICROSECONDS, Unit
from agora_cli.sources.base import Excerpt, SourceInfo
from agora_cli.sources.container.interleave import TrackUnit, interleaved
from agora_cli.sources.container.plan import ContainerOptions, plan_container
from agora_cli.sources.container.run import Run
from agora_cli.sources.container.samples import PcmGrid
from agora_cli.sources.container.stages import Stages
from agora_cli.sources.container.tracks import open_tracks
from agora_cli.sources.input import ByteInput, open_input
from agora_cli.sources.read_ahead import ReadAhead


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
        self._wanted = options.wanted
        self._excerpt = excerpt
        self._stop = stop
        tracks = open_tracks(source, options.wanted)
        try:
            self._plan = plan_container(tracks, options)
            self._run = Run(tracks, excerpt.start_s)
            origin_s = self._run.origin_s(reordered=self._plan.encoder is None, priming=options.copy_sound)
        except BaseException:
            tracks.close()
            raise
        self._origin_us = int(origin_s * MICROSECONDS // 1)
        self._stages: Stages | None = None
        audio = self._plan.audio
        self._grid = PcmGrid(audio.sample_rate_hz, audio.channels) if audio and audio.codec is None else None
        notes = tracks.notes + self._plan.notes
        if self._plan.encoder is None and self._run.leads_in:
            notes += (f"{source.name}: pictures before its edit list are sent too: those behind refer to them",)
        duration = tracks.container.duration
        total_us = excerpt.total_us(Fraction(duration, MICROSECONDS) if duration else None)
        self.info = SourceInfo(audio, self._plan.video, notes, self._plan.warnings, total_us)

    def units(self) -> Iterator[Unit]:
        """Yield units by their time of sending, the first at 0. Raises InputError at a fault, after all before it."""
        return interleaved(self._track_units(), len(self._run.tracks.sent))

    def request_keyframe(self) -> None:
        """Make the next picture a keyframe where it is encoded here."""
        if self._stages is not None:
            self._stages.request_keyframe()

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
                shift_us = int(length_s * MICROSECONDS) - self._origin_us
                with closing(run):
                    stages = self._stages = Stages(run, self._plan, self._grid, shift_us)
                    yield from self._run_units(run, stages)
                if not stages.length_s or self._stop.is_set():
                    return
                length_s += stages.length_s

    def _further_runs(self) -> "ReadAhead[None, Run]":
        """Return the runs behind the first, opened while the one before is sent: opening takes FFmpeg 20 ms."""
        loops = self._excerpt.loops
        runs = repeat(None) if loops == 0 else repeat(None, loops - 1)
        return ReadAhead(runs, lambda _: self._open_run(), ahead=2, workers=1)

    def _open_run(self) -> Run:
        return Run(open_tracks(self._source, self._wanted), self._excerpt.start_s)

    def _run_units(self, run: Run, stages: Stages) -> Iterator[TrackUnit]:
        try:
            for packet in run.packets():
                if self._stop.is_set():
                    return
                yield from stages.push(packet)
        except InputError:
            yield from stages.flush()
            raise
        yield from stages.flush()

    def _sound_rest(self) -> Iterator[TrackUnit]:
        if self._grid is not None:
            last = len(self._run.tracks.sent) - 1  # sound is the last track wherever there is any
            yield from ((last, frame) for frame in self._grid.flush())
