"""A signal of our own, so that nobody needs a file: a tone, and FFmpeg's moving test picture with its running time."""

from collections.abc import Iterator
from fractions import Fraction

from av.audio.frame import AudioFrame
from av.filter import Graph
from av.video.frame import VideoFrame

from agora_cli.frames import MICROSECONDS, PcmFrame, RawVideo, Unit
from agora_cli.sources.base import AudioInfo, SourceInfo, VideoInfo

RATE_HZ = 48_000
TONE_HZ = 440
# 10 ms, as the SDK takes it.
FRAME_SAMPLES = 480
WIDTH, HEIGHT = 640, 360
FRAME_RATE = Fraction(25)


class ToneSource:
    """A sine of 440 Hz at -18 dBFS (FFmpeg's `sine`), 48 kHz mono in frames of 10 ms; it has no end."""

    dropped = 0

    @property
    def info(self) -> SourceInfo:
        """Return what is to come."""
        return SourceInfo(AudioInfo(RATE_HZ, 1))

    def units(self) -> Iterator[Unit]:
        """Yield the frames, the first at 0."""
        settings = f"frequency={TONE_HZ}:sample_rate={RATE_HZ}:samples_per_frame={FRAME_SAMPLES}"
        graph = _graph("sine", settings, "aformat", f"sample_fmts=s16:sample_rates={RATE_HZ}", "abuffersink")
        number = 0
        while True:
            frame = graph.pull()
            assert isinstance(frame, AudioFrame)
            pts_us = number * FRAME_SAMPLES * MICROSECONDS // RATE_HZ
            yield PcmFrame(pts_us, RATE_HZ, 1, frame.to_ndarray().tobytes())
            number += 1

    def request_keyframe(self) -> None:
        """Do nothing: sound has none."""

    def close(self) -> None:
        """Hold nothing."""


class PatternSource:
    """FFmpeg's `testsrc2`, 640 x 360 at 25 pictures a second, I420: it moves and shows its time; it has no end."""

    dropped = 0

    @property
    def info(self) -> SourceInfo:
        """Return what is to come."""
        return SourceInfo(video=VideoInfo(WIDTH, HEIGHT, pixel_format="i420", frame_rate=FRAME_RATE))

    def units(self) -> Iterator[Unit]:
        """Yield the pictures, the first at 0."""
        settings = f"size={WIDTH}x{HEIGHT}:rate={FRAME_RATE}"
        graph = _graph("testsrc2", settings, "format", "yuv420p", "buffersink")
        number = 0
        while True:
            frame = graph.pull()
            assert isinstance(frame, VideoFrame)
            pts_us = int(number * MICROSECONDS / FRAME_RATE)
            yield RawVideo(pts_us, "i420", WIDTH, HEIGHT, frame.to_ndarray().tobytes(), "bt601")
            number += 1

    def request_keyframe(self) -> None:
        """Do nothing: every picture stands alone."""

    def close(self) -> None:
        """Hold nothing."""


def _graph(source: str, settings: str, form: str, wanted: str, sink: str) -> Graph:
    graph = Graph()
    parts = [graph.add(source, settings), graph.add(form, wanted), graph.add(sink)]
    for giver, taker in zip(parts, parts[1:], strict=False):
        giver.link_to(taker)
    graph.configure()
    return graph
