"""A row of parts of one user: `demo_7.mkv`, `demo_7_2.mkv` ...; a new one begins when it must."""

from collections.abc import Iterator

from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedVideo, PcmFrame
from agora_cli.sinks.record.part import Held, Opener, Part
from agora_cli.sinks.record.recorded_file import RecordedFile


class Lane:
    """Parts in a row, of one user. `rotate_us` is the age at which a part ends, at a keyframe if it has picture."""

    def __init__(self, open_part: Opener, rotate_us: int | None = None) -> None:
        self._open_part = open_part
        self._rotate_us = rotate_us
        self._part: Part | None = None
        self._held = Held()
        self._finished: list[RecordedFile] = []
        self._started_us = 0
        self._has_video = False

    @property
    def is_waiting(self) -> bool:
        """Tell whether pictures come that cannot be decoded until a keyframe does."""
        return self._held.is_waiting

    def write(self, event: MediaReceived) -> None:
        """Append one unit, to a new part where the current one does not take it."""
        try:
            self._write(event)
        except OSError as error:
            _name(error, self._part)
            raise

    def flush(self) -> None:
        """Make the current part readable up to here."""
        if self._part is not None:
            try:
                self._part.flush()
            except OSError as error:
                _name(error, self._part)
                raise

    def close(self) -> None:
        """Finish the current part; a second call does nothing."""
        if self._held.events:
            self._begin(final=True)
        self._finish()

    def rows(self) -> Iterator[RecordedFile]:
        """Yield a row for each file."""
        yield from self._finished
        if self._part is not None:
            yield self._part.row()

    def _write(self, event: MediaReceived) -> None:
        unit = event.unit
        self._has_video = self._has_video or isinstance(unit, EncodedVideo)
        if self._part is not None:
            fits = self._part.accepts(event)
            if fits and not self._is_due(event):
                self._part.write(event)
                return
            if fits or not isinstance(unit, EncodedVideo) or unit.keyframe:
                self._finish()
        self._held.add(event)
        if self._part is None and self._held.events:
            self._begin(final=False)

    def _begin(self, final: bool) -> None:
        self._part = self._open_part(self._held, final)
        if self._part is not None:
            held, self._held = self._held, Held()
            self._started_us = held.events[0].at_us
            for event in held.events:
                self._part.write(event)

    def _is_due(self, event: MediaReceived) -> bool:
        if self._rotate_us is None or event.at_us - self._started_us < self._rotate_us:
            return False
        unit = event.unit
        return unit.keyframe if isinstance(unit, EncodedVideo) else isinstance(unit, PcmFrame) and not self._has_video

    def _finish(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            try:
                part.close()
            except OSError as error:
                _name(error, part)
                raise
            self._finished.append(part.row())


def _name(error: OSError, part: Part | None) -> None:
    """Put the file's name into an error of its disk: a write does not say which file it was."""
    if part is not None and error.filename is None:
        error.filename = part.row().path
