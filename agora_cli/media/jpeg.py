"""Pictures as video: JPEG (and PNG) files, a directory, or a stream, decoded ahead of whoever paces them."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from agora_cli.errors import AgoraError, InputError
from agora_cli.frames import MICROSECONDS, RawVideo
from agora_cli.media.fit import Fit, even
from agora_cli.media.picture import MAX_PIXELS, Canvas, PictureDecoder, header, shown_size
from agora_cli.media.picture_files import Found
from agora_cli.media.read_ahead import ReadAhead
from agora_cli.media.source import SourceInfo, VideoInfo

AHEAD = 4
WORKERS = 2


class JpegSource:
    """A Source of raw pictures, one for each usable one of `items`; the others are counted and named.

    Pictures that lay there come `frame_rate` apart; live ones (with `at_us`) when they were complete, but never
    closer than that. Invariant: `_count` pictures were given, the last one at `_last_us`.
    """

    def __init__(
        self,
        items: Iterable[Found],
        frame_rate: Fraction,
        *,
        size: tuple[int, int] | None = None,
        fit: Fit = "contain",
        on_skip: Callable[[str], None] = lambda line: None,
        stop: Callable[[], None] = lambda: None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        """Start reading; without `size` wait for the first usable picture, whose size all others get.

        `on_skip` takes a line for each picture left out. `stop` makes `items` end. Raises InputError where no
        picture at all can be used, or where `items` raises it before the first one.
        """
        self.skipped = 0
        self._frame_rate = frame_rate
        self._on_skip = on_skip
        self._stop = stop
        self._max_pixels = max_pixels
        self._decoders: list[PictureDecoder] = []
        self._first_fault: str | None = None
        self._count = 0
        self._start_us: int | None = None
        self._last_us = 0
        remaining = iter(items)
        notes: list[str] = []
        if size is None:
            remaining, size = self._sized(remaining)
        self._canvas = Canvas(even(size[0]), even(size[1]), fit)
        if size != (self._canvas.width, self._canvas.height):
            notes.append(f"{size[0]}x{size[1]} has an odd side: sent as {self._canvas.width}x{self._canvas.height}")
        self._video = VideoInfo(self._canvas.width, self._canvas.height, pixel_format="i420", frame_rate=frame_rate)
        self._notes = tuple(notes)
        self._ahead = ReadAhead(remaining, self._decoded, ahead=AHEAD, workers=WORKERS)

    @property
    def info(self) -> SourceInfo:
        """Return the size and rate, and what was done to the first picture."""
        return SourceInfo(video=self._video, notes=self._notes)

    def units(self) -> Iterator[RawVideo]:
        """Yield the pictures once. Raises InputError after the last one where none was usable."""
        for found, picture in self._ahead:
            if isinstance(picture, str):
                self._skip(found.name, picture)
                continue
            yield RawVideo(
                self._next_us(found.at_us), "i420", self._canvas.width, self._canvas.height, picture, "bt601"
            )
        if not self._count and self._first_fault:
            raise InputError("no-picture", f"no usable picture: {self._first_fault}")

    def request_keyframe(self) -> None:
        """Do nothing: raw pictures have no keyframes."""

    def close(self) -> None:
        """Stop reading ahead."""
        self._stop()
        self._ahead.close()

    def _sized(self, items: Iterator[Found]) -> tuple[Iterator[Found], tuple[int, int]]:
        """Return the items from the first usable one on, and the size of that."""
        for found in items:
            try:
                size = self._usable_size(found)
            except InputError as error:
                self._skip(found.name, error.message)
                continue

            def again(first: Found = found) -> Iterator[Found]:
                yield first
                yield from items

            return again(), size
        raise InputError("no-picture", f"no usable picture: {self._first_fault or 'none came'}")

    def _usable_size(self, found: Found) -> tuple[int, int]:
        """Return the size at which a picture is shown; decoding it tells whether it is usable."""
        if found.fault is not None:
            raise InputError("picture", found.fault)
        size = shown_size(header(found.data, self._max_pixels))
        decoder = PictureDecoder(self._max_pixels)
        decoder.decode(found.data, Canvas(even(size[0]), even(size[1])))
        self._decoders.append(decoder)
        return size

    def _decoded(self, found: Found) -> tuple[Found, memoryview | str]:
        """Decode in a worker's thread: the picture, or why it is left out."""
        if found.fault is not None:
            return found, found.fault
        # A decoder serves one thread at a time; list operations are atomic.
        decoder = self._decoders.pop() if self._decoders else PictureDecoder(self._max_pixels)
        try:
            return found, decoder.decode(found.data, self._canvas)
        except AgoraError as error:
            return found, error.message
        finally:
            self._decoders.append(decoder)

    def _skip(self, name: str, why: str) -> None:
        self.skipped += 1
        line = f"{name}: {why}"
        self._first_fault = self._first_fault or line
        self._on_skip(f"left out {line}")

    def _next_us(self, at_us: int | None) -> int:
        planned = int(self._count * MICROSECONDS / self._frame_rate)
        if at_us is not None and self._count:
            assert self._start_us is not None
            earliest = self._last_us + int(MICROSECONDS / self._frame_rate)
            planned = max(earliest, at_us - self._start_us)
        elif at_us is not None:
            self._start_us = at_us
        self._count += 1
        self._last_us = planned
        return planned
