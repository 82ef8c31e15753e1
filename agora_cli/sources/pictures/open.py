"""From what a user names - a file, a directory, a pipe - to a source of pictures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from agora_cli.clock import Clock, Stop, SystemClock
from agora_cli.errors import InputError
from agora_cli.frames import MICROSECONDS
from agora_cli.media.fit import Fit
from agora_cli.sources.input import open_input
from agora_cli.sources.pictures.files import SUFFIXES, DirectoryWatch, Found, list_pictures, read_files, read_stream
from agora_cli.sources.pictures.source import JpegSource

STREAM_SUFFIXES = (".mjpeg", ".mjpg")


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """Where pictures come from and what becomes of them.

    Exactly one of `directory` and `file` ("-" is stdin) is set. `size` None means the first picture's. `loops`
    0 is for ever. `watch` goes on with each new file of the directory. `lasts_s` is how long to wait for pictures that
    do not lie there already, from the first one on, or from the begin while none has come.
    """

    frame_rate: Fraction
    directory: Path | None = None
    file: str | None = None
    size: tuple[int, int] | None = None
    fit: Fit = "contain"
    loops: int = 1
    watch: bool = False
    lasts_s: Fraction | None = None


class _LinkedStop(Stop):
    """A stop of our own that is set too when the caller's is: closing a source must not look like Ctrl-C."""

    def __init__(self, parent: Stop) -> None:
        super().__init__()
        self._parent = parent

    def is_set(self) -> bool:
        return super().is_set() or self._parent.is_set()


class _Deadline(_LinkedStop):
    """A stop that is set too when a time is over; it counts from the making, and anew from begin()."""

    def __init__(self, parent: Stop, clock: Clock, lasts_s: Fraction) -> None:
        super().__init__(parent)
        self._clock = clock
        self._lasts_us = int(lasts_s * MICROSECONDS)
        self._begun = False
        self._end_us = clock.now_us() + self._lasts_us

    def is_set(self) -> bool:
        return super().is_set() or self._clock.now_us() >= self._end_us

    def begin(self) -> None:
        """Count from now, the first time this is called."""
        if not self._begun:
            self._begun, self._end_us = True, self._clock.now_us() + self._lasts_us


def open_pictures(
    spec: PictureSpec, stop: Stop, on_skip: Callable[[str], None], clock: Clock | None = None
) -> JpegSource:
    """Return the source of a spec, reading already. Raises InputError where there is no usable picture."""
    linked = _LinkedStop(stop)
    items, patience = _items(spec, linked, clock or SystemClock())
    try:
        return JpegSource(
            items,
            spec.frame_rate,
            size=spec.size,
            fit=spec.fit,
            on_skip=on_skip,
            patience=patience,
            stop=linked,
            lenient=patience == 1,  # there is nothing else to show
        )
    except BaseException:
        linked.set()
        raise


def _items(spec: PictureSpec, stop: Stop, clock: Clock) -> tuple[Iterable[Found], int | None]:
    """Return the pictures of a spec, and after how many useless ones in a row there is no point in going on."""
    loops = spec.loops or None
    if spec.directory is not None:
        if spec.watch:
            directory = spec.directory
            return _live(spec, stop, clock, lambda until: DirectoryWatch(directory, clock, until)), None
        paths = list_pictures(spec.directory)
        if not paths:
            raise InputError("no-picture", f"{spec.directory}: no {' or '.join(SUFFIXES)} file in this directory")
        return read_files(paths, loops), len(paths)
    assert spec.file is not None
    path = Path(spec.file)
    if spec.file != "-" and path.suffix.lower() not in STREAM_SUFFIXES and (path.is_file() or not path.exists()):
        if not path.exists():
            raise InputError("file-not-found", f"{path}: no such file")
        return read_files([path], loops), 1
    name = spec.file
    return _live(spec, stop, clock, lambda until: _stream(name, until, clock)), None


def _live(spec: PictureSpec, stop: Stop, clock: Clock, items: Callable[[Stop], Iterable[Found]]) -> Iterable[Found]:
    """Yield pictures as they come, until the time is over: no picture has to come for that."""
    if spec.lasts_s is None:
        yield from items(stop)
        return
    deadline = _Deadline(stop, clock, spec.lasts_s)
    for found in items(deadline):
        deadline.begin()
        yield found


def _stream(name: str, stop: Stop, clock: Clock) -> Iterable[Found]:
    with open_input(name, stop) as source:
        yield from read_stream(source.chunks(), source.name, clock)
