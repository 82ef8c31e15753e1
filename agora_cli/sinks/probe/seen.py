"""The known pictures as they came: each with what it says, and how well it still looks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av import VideoFormat
from av.filter import Graph

from agora_cli.events import MediaReceived
from agora_cli.frames import MICROSECONDS, EncodedVideo, RawVideo
from agora_cli.media.encode import conformed, to_frame
from agora_cli.media.probe.picture import Caption, colour_error, draw, read
from agora_cli.media.video_decode import VideoDecoder

LEAST_WIDTH, LEAST_HEIGHT = 32, 18


@dataclass(frozen=True, slots=True)
class PictureSeen:
    """A unit of picture. `caption` is None where it could not be decoded or says nothing (then `shown` tells which).

    `psnr_db` (at most 100) and `ssim` (0..1) are over all planes, against the same picture drawn anew at its size.
    """

    at_us: int
    pts_us: int
    keyframe: bool
    width: int = 0
    height: int = 0
    shown: bool = False
    caption: Caption | None = None
    color_error: float | None = None
    psnr_db: float | None = None
    ssim: float | None = None


def see(events: Iterable[MediaReceived]) -> Iterator[PictureSeen]:
    """Yield each unit of picture of one user in the order of arrival."""
    decoder, quality = VideoDecoder(), _Quality()
    for event in events:
        unit = event.unit
        if not isinstance(unit, EncodedVideo | RawVideo):
            continue
        keyframe = unit.keyframe if isinstance(unit, EncodedVideo) else True
        frames = list(decoder.frames(event))
        if not frames:
            yield PictureSeen(event.at_us, unit.pts_us, keyframe)
            continue
        frame = conformed(frames[-1], frames[-1].width // 2 * 2, frames[-1].height // 2 * 2)
        size = (frame.width, frame.height)
        if frame.width < LEAST_WIDTH or frame.height < LEAST_HEIGHT:
            yield PictureSeen(event.at_us, unit.pts_us, keyframe, *size, shown=True)
            continue
        planes = _planes(frame)
        caption = read(planes[0])
        psnr_db, ssim = quality.compare(frame, caption) if caption else (None, None)
        yield PictureSeen(event.at_us, unit.pts_us, keyframe, *size, True, caption, colour_error(planes), psnr_db, ssim)


def _planes(frame: av.VideoFrame) -> list[npt.NDArray[np.uint8]]:
    return [
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    ]


class _Quality:
    """Compare pictures with what they say they are, by FFmpeg's filters psnr and ssim."""

    def __init__(self) -> None:
        self._graphs: dict[tuple[str, int, int], Any] = {}
        self._number = 0

    def compare(self, frame: av.VideoFrame, caption: Caption) -> tuple[float, float]:
        """Return PSNR in dB (at most 100) and SSIM of limited-range I420."""
        reference = to_frame(
            RawVideo(0, "i420", frame.width, frame.height, draw(caption, frame.width, frame.height), "unspecified")
        )
        self._number += 1
        psnr = float(self._run("psnr", frame, reference)["lavfi.psnr.psnr_avg"])
        return min(100.0, psnr), float(self._run("ssim", frame, reference)["lavfi.ssim.All"])

    def _run(self, name: str, frame: av.VideoFrame, reference: av.VideoFrame) -> dict[str, str]:
        main, other, sink = self._graph(name, frame.width, frame.height)
        for one in (frame, reference):
            one.pts, one.time_base = self._number, Fraction(1, MICROSECONDS)
            one.colorspace, one.color_range = 2, 1
        main.push(frame)
        other.push(reference)
        return dict(sink.pull().metadata)

    def _graph(self, name: str, width: int, height: int) -> Any:
        key = (name, width, height)
        if key not in self._graphs:
            graph, form = Graph(), VideoFormat("yuv420p", width, height)
            main, other = (
                graph.add_buffer(width=width, height=height, format=form, time_base=Fraction(1, MICROSECONDS))
                for _ in range(2)
            )
            judge, sink = graph.add(name), graph.add("buffersink")
            main.link_to(judge, 0, 0)
            other.link_to(judge, 0, 1)
            judge.link_to(sink)
            graph.configure()
            self._graphs[key] = (main, other, sink, graph)
        return self._graphs[key][:3]
