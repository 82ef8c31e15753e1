"""A file of decoded picture: bare I420, or the same as YUV4MPEG2, which says its size and rate."""

import io
from fractions import Fraction
from typing import Literal

import av

from agora_cli.events import MediaReceived
from agora_cli.frames import MICROSECONDS, EncodedVideo, RawVideo
from agora_cli.media.encode import conformed
from agora_cli.media.video_decode import VideoDecoder
from agora_cli.native.level import Plane, pack_i420
from agora_cli.sinks.output import OutputFile
from agora_cli.sinks.record.recorded_file import RecordedFile

RawFormat = Literal["yuv", "y4m"]
_FALLBACK_RATE = Fraction(30)


class RawPart:
    """One user's pictures, limited-range I420 of one size, one after the other as they are shown.

    A picture that was lost or cannot be decoded is missing here too, and counted in `lost`.
    """

    def __init__(self, file: OutputFile, user: str, raw_format: RawFormat, first: EncodedVideo | RawVideo) -> None:
        self._path = file.path
        self._user = user
        self._format = raw_format
        self._size = (first.width, first.height)
        self._decoder = VideoDecoder()
        self._frames = self._lost = 0
        self._start_us: int | None = None
        self._end_us = 0
        rate = first.frame_rate if isinstance(first, EncodedVideo) else None
        self._frame_us = int(MICROSECONDS / (rate or _FALLBACK_RATE))
        self._file = io.BufferedWriter(file)
        if raw_format == "y4m":
            self._file.write(pack_y4m_header(*self._size, rate or _FALLBACK_RATE))

    def accepts(self, event: MediaReceived) -> bool:
        """Tell whether a picture has this file's size; the codec may change."""
        unit = event.unit
        return not isinstance(unit, EncodedVideo | RawVideo) or (unit.width, unit.height) == self._size

    def write(self, event: MediaReceived) -> None:
        """Decode and append one unit; what is no picture is left out."""
        if isinstance(event.unit, EncodedVideo | RawVideo):
            self._lost += event.lost
            for frame in self._decoder.frames(event):
                self._append(frame)

    def flush(self) -> None:
        """Hand everything to the system."""
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        """Write what the decoder still holds and close the file; a second call does nothing."""
        if self._file.closed:
            return
        try:
            for frame in self._decoder.finish():
                self._append(frame)
        finally:
            self._file.close()

    def row(self) -> RecordedFile:
        """Return what is in the file so far."""
        seconds = 0.0 if self._start_us is None else (self._end_us - self._start_us) / MICROSECONDS
        lost = self._lost + self._decoder.undecodable
        codec = "rawvideo" if self._format == "yuv" else "y4m"
        return RecordedFile(str(self._path), self._user, "video", codec, seconds, self._frames, lost)

    def _append(self, frame: av.VideoFrame) -> None:
        width, height = self._size
        plain = conformed(frame, width, height)
        y, u, v = (Plane(memoryview(plane), plane.line_size, plane.width, plane.height) for plane in plain.planes)
        if self._format == "y4m":
            self._file.write(b"FRAME\n")
        self._file.write(pack_i420((y, u, v), width, height, full_range=False))
        pts_us = frame.pts or 0
        self._start_us = pts_us if self._start_us is None else self._start_us
        self._end_us = max(self._end_us, pts_us + self._frame_us)
        self._frames += 1


def pack_y4m_header(width: int, height: int, rate: Fraction) -> bytes:
    """Return the first line of a YUV4MPEG2 file: progressive, square pixels, limited-range 4:2:0."""
    return (
        f"YUV4MPEG2 W{width} H{height} F{rate.numerator}:{rate.denominator} Ip A1:1 C420mpeg2 XCOLORRANGE=LIMITED\n"
    ).encode("ascii")
