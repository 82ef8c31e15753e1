"""Pictures as video: JPEG (and PNG) files, a directory, or a stream, decoded ahead of whoever paces them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from agora_cli.clock import Stop
from agora_cli.errors import AgoraError, InputError
from agora_cli.frames import RawVideo
from agora_cli.media.fit import Fit, even
from agora_cli.media.stills.picture import MAX_PIXELS, Canvas, PictureDecoder, Shown, shown_size
from agora_cli.sources.base import SourceInfo, VideoInfo
from agora_cli.sources.cadence import Cadence
from agora_cli.sources.pictures.files import Found
from agora_cli.sources.read_ahead import ReadAhead

AHEAD = 4
WORKERS = 2
MAX_NAMED = 50


class JpegSource:
    """A Source of raw pictures, one for each usable one of `items`; the others are counted and named.

    `skipped` counts those, each is named once and no more than 50 are; `Cadence` says when each picture is shown.
    """

    def __init__(
        self,
        items: Iterable[Found],
        frame_rate: Fraction,
        *,
        size: tuple[int, int] | None = None,
        fit: Fit = "contain",
        on_skip: Callable[[str], None] = lambda line: None,
        patience: int | None = None,
        stop: Stop | None = None,
        max_pixels: int = MAX_PIXELS,
        lenient: bool = False,
    ) -> None:
        """Start reading; without `size` wait for the first usable picture, whose size all others get.

        `on_skip` takes a line for each picture left out; after `patience` of them in a row the source gives up
        (None: never). With `lenient` a damaged picture is shown as far as it goes. close() sets `stop`, which
        makes `items` end. Raises InputError where no picture at all can be used, or where `items` raises it before
        the first one.
        """
        self.skipped = 0
        self._on_skip = on_skip
        self._patience = patience
        self._useless = 0
        self._stop = stop or Stop()
        self._max_pixels = max_pixels
        self._lenient = lenient
        self._decoders: list[PictureDecoder] = []
        self._first_fault: str | None = None
        self._named: set[str] = set()
        self._given = 0
        self._cadence = Cadence(frame_rate)
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
    def dropped(self) -> int:
        """Return 0: nothing is encoded here."""
        return 0

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
            if picture.remark is not None:
                self._tell(f"{found.name}: {picture.remark}")
            self._given += 1
            self._useless = 0
            pts_us = self._cadence.next_us(found.at_us)
            yield RawVideo(pts_us, "i420", self._canvas.width, self._canvas.height, picture.data, "bt601")
        if self.skipped:
            self._on_skip(f"left out {self.skipped} of {self.skipped + self._given} pictures")
        if not self._given and not self._stop.is_set():
            raise self._no_picture()

    def request_keyframe(self) -> None:
        """Do nothing: raw pictures have no keyframes."""

    def close(self) -> None:
        """Stop reading ahead."""
        self._stop.set()
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
        raise self._no_picture()

    def _usable_size(self, found: Found) -> tuple[int, int]:
        """Return the size at which a picture is shown; decoding it tells whether it is usable."""
        decoder = PictureDecoder(self._max_pixels)
        size = shown_size(self._shown(decoder, found, None).header)
        self._decoders.append(decoder)
        return size

    def _shown(self, decoder: PictureDecoder, found: Found, canvas: Canvas | None) -> Shown:
        if found.fault is not None and not found.data:
            raise InputError("picture", found.fault)
        try:
            shown = decoder.show(found.data, canvas, self._lenient)
        except InputError:
            if found.fault is None:
                raise
            raise InputError("picture", found.fault) from None
        return (
            shown
            if found.fault is None
            else replace(shown, remark=shown.remark or f"{found.fault}: shown all the same")
        )

    def _decoded(self, found: Found) -> tuple[Found, Shown | str]:
        """Decode in a worker's thread: the picture, or why it is left out."""
        # A decoder serves one thread at a time; list operations are atomic.
        decoder = self._decoders.pop() if self._decoders else PictureDecoder(self._max_pixels)
        try:
            return found, self._shown(decoder, found, self._canvas)
        except AgoraError as error:
            return found, error.message
        finally:
            self._decoders.append(decoder)

    def _skip(self, name: str, why: str) -> None:
        self.skipped += 1
        self._useless += 1
        line = f"{name}: {why}"
        self._first_fault = self._first_fault or line
        self._tell(f"left out {line}")
        if self._patience is not None and self._useless >= self._patience:
            raise self._no_picture()

    def _tell(self, line: str) -> None:
        """Say what is worth knowing of a picture, each thing once."""
        if line not in self._named and len(self._named) < MAX_NAMED:
            self._named.add(line)
            self._on_skip(line)

    def _no_picture(self) -> InputError:
        return InputError("no-picture", f"no usable picture: {self._first_fault or 'none came'}")
