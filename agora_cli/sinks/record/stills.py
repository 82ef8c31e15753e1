"""Still pictures of a user, one every so often, as JPEG or PNG files."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
from av.video.codeccontext import VideoCodecContext

from agora_cli.events import MediaReceived
from agora_cli.frames import MICROSECONDS
from agora_cli.media.video_decode import VideoDecoder
from agora_cli.sinks.record.recorded_file import RecordedFile

StillFormat = Literal["jpg", "png"]
_JPEG_QUALITY = 3  # FFmpeg's scale: 2 is the best, 31 the worst
_JPEG_RANGE, _MPEG_RANGE = 2, 1


class Snapshots:
    """Write one user's picture at once, then one every `interval_us` of arrival time, while pictures come.

    A file is called by how long after the user's first picture it came: `demo_7_000012.040s.jpg`.

    All methods raise OSError when the disk does.
    """

    def __init__(
        self, user: str, publish: Callable[[str, bytes, str], Path], interval_us: int, still_format: StillFormat = "jpg"
    ) -> None:
        """Take where to write: `publish` makes a new file of an extension, bytes, and its moment each time."""
        self.fault: str | None = None
        self._user = user
        self._publish = publish
        self._interval_us = interval_us
        self._format = still_format
        self._decoder = VideoDecoder()
        self._due_us: int | None = None
        self._began_us: int | None = None
        self._rows: list[RecordedFile] = []

    @property
    def is_waiting(self) -> bool:
        """Tell whether nothing can be decoded until a keyframe comes."""
        return self._decoder.is_waiting

    def write(self, event: MediaReceived) -> None:
        """Take one unit in; what is no picture is left out."""
        for frame in self._decoder.frames(event):
            if self._due_us is None or event.at_us >= self._due_us:
                self._write_still(frame, event.at_us)
                # Counted from the first one, so that the time between two does not grow by what each is late.
                due_us = event.at_us if self._due_us is None else self._due_us
                self._due_us = due_us + ((event.at_us - due_us) // self._interval_us + 1) * self._interval_us

    def flush(self) -> None:
        """Do nothing: every file is whole as soon as it is there."""

    def close(self) -> None:
        """Do nothing: there is no open file."""

    def rows(self) -> Iterator[RecordedFile]:
        """Yield a row for each picture."""
        yield from self._rows

    def _write_still(self, frame: av.VideoFrame, at_us: int) -> None:
        self._began_us = at_us if self._began_us is None else self._began_us
        moment = f"{(at_us - self._began_us) / MICROSECONDS:010.3f}s"
        path = self._publish(self._format, still(frame, self._format), moment)
        self._rows.append(RecordedFile(str(path), self._user, "picture", self._format, 0.0, 1, 0))


def still(frame: av.VideoFrame, still_format: StillFormat) -> bytes:
    """Return a picture as the bytes of a JPEG or PNG file."""
    name, pixels = ("mjpeg", "yuvj420p") if still_format == "jpg" else ("png", "rgb24")
    context = av.CodecContext.create(name, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = frame.width, frame.height, pixels
    context.time_base = Fraction(1)
    context.thread_count = 1
    if still_format == "jpg":
        context.options = {"flags": "+qscale", "global_quality": str(_JPEG_QUALITY * 118)}
    full = frame.color_range == _JPEG_RANGE or frame.format.is_rgb
    plain = frame.reformat(
        format=pixels,
        src_colorspace=frame.colorspace if frame.colorspace in (1, 5, 6, 9) else None,
        dst_colorspace=5 if still_format == "jpg" else None,
        src_color_range=_JPEG_RANGE if full else _MPEG_RANGE,
        dst_color_range=_JPEG_RANGE,
    )
    plain.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(plain), *context.encode(None)])
