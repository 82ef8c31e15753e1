"""Raw video from a file or a live pipe: packed pictures of one size and format, one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from agora_cli.clock import Clock, Stop, SystemClock
from agora_cli.errors import InputError, UsageError
from agora_cli.frames import ColorSpace, PixelFormat, RawVideo, raw_video_size
from agora_cli.sources.base import Excerpt, SourceInfo, VideoInfo
from agora_cli.sources.cadence import Cadence
from agora_cli.sources.input import STDIN_NAME, open_input

MAX_SIDE = 16384


@dataclass(frozen=True, slots=True)
class YuvLayout:
    """How a picture lies in the file: its planes packed, then, with `alpha`, one byte of opacity a pixel.

    Sides are 1..16384 pixels. Raises UsageError for others, and for RGBA with an alpha plane: it has its own.
    """

    format: PixelFormat
    width: int
    height: int
    alpha: bool = False
    color_space: ColorSpace = "unspecified"

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_SIDE and 1 <= self.height <= MAX_SIDE):
            raise UsageError(
                "picture-size", f"--width and --height must be 1 to {MAX_SIDE}, got {self.width}x{self.height}"
            )
        if self.alpha and self.format == "rgba":
            raise UsageError("alpha", "--alpha is for i420 and nv12: rgba carries its own")

    @property
    def picture_bytes(self) -> int:
        """Return the bytes of the picture without its alpha plane."""
        return raw_video_size(self.format, self.width, self.height)

    @property
    def frame_bytes(self) -> int:
        """Return the bytes from one picture to the next."""
        return self.picture_bytes + (self.width * self.height if self.alpha else 0)


class YuvSource:
    """A Source of raw pictures; bytes at the end that are no whole picture are reported, not sent."""

    def __init__(
        self,
        path: str,
        layout: YuvLayout,
        frame_rate: Fraction,
        stop: Stop,
        *,
        loops: int = 1,
        on_tail: Callable[[str], None] = lambda line: None,
        clock: Clock | None = None,
    ) -> None:
        """Open `path` ("-" is stdin), to be read `loops` times (0: for ever).

        `on_tail` takes a line about bytes left over at the end, once. Raises what open_input() raises.
        """
        self._path = path
        self._layout = layout
        self._stop = stop
        self._rounds_left = loops or None
        self._cadence = Cadence(frame_rate)
        self._clock = clock or SystemClock()
        self._on_tail = on_tail
        self._tail_told = False
        self._data = open_input(path, stop)
        self._info = SourceInfo(
            video=VideoInfo(layout.width, layout.height, pixel_format=layout.format, frame_rate=frame_rate),
            total_us=Excerpt(loops).total_us(self._pictures() / frame_rate if self._data.size else None),
        )

    @property
    def info(self) -> SourceInfo:
        """Return the size, format and rate."""
        return self._info

    @property
    def dropped(self) -> int:
        """Return 0: nothing is encoded here."""
        return 0

    def _pictures(self) -> int:
        return (self._data.size or 0) // self._layout.frame_bytes

    def units(self) -> Iterator[RawVideo]:
        """Yield the pictures once. Raises InputError where there is not even one."""
        while True:
            yield from self._round()
            if self._rounds_left is not None:
                self._rounds_left -= 1
            if self._rounds_left == 0 or self._stop.is_set():
                return
            self._data.close()
            self._data = open_input(self._path, self._stop)

    def _round(self) -> Iterator[RawVideo]:
        layout, count = self._layout, 0
        live = self._data.name == STDIN_NAME
        while len(frame := self._read_frame()) == layout.frame_bytes:
            count += 1
            yield RawVideo(
                self._cadence.next_us(self._clock.now_us() if live else None),
                layout.format,
                layout.width,
                layout.height,
                frame[: layout.picture_bytes],
                layout.color_space,
                frame[layout.picture_bytes :] if layout.alpha else None,
            )
        if self._stop.is_set():
            return
        if not count:
            raise InputError(
                "raw-video",
                f"{self._data.name}: expected {layout.frame_bytes} bytes for one picture of {layout.width}x"
                f"{layout.height} {layout.format}, got {len(frame)}",
                hint="check --width, --height, --format and --alpha",
            )
        if frame and not self._tail_told:
            self._tail_told = True
            self._on_tail(
                f"{self._data.name}: the last {len(frame)} bytes are no whole picture of {layout.frame_bytes} bytes "
                f"and are left out, after {count} pictures"
            )

    def request_keyframe(self) -> None:
        """Do nothing: raw pictures have no keyframes."""

    def close(self) -> None:
        """Close the input."""
        self._data.close()

    def _read_frame(self) -> memoryview:
        """Return the next picture, in memory of its own; shorter at the end of the input."""
        frame = bytearray(self._layout.frame_bytes)
        filled = 0
        while filled < len(frame) and (chunk := self._data.read(len(frame) - filled)):
            frame[filled : filled + len(chunk)] = chunk
            filled += len(chunk)
        return memoryview(frame)[:filled]
