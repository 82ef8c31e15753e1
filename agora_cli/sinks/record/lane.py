"""A row of parts of one user: `demo_7.mkv`, `demo_7_2.mkv` ...; a new one begins when it must."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedVideo, PcmFrame, RawVideo
from agora_cli.sinks.record.part import Held, Opener, Part
from agora_cli.sinks.record.recorded_file import RecordedFile


class Lane:
    """Parts in a row, of one user. `rotate_us` is the age at which a part ends, at a keyframe if it has picture.

    What a file does not take ends nobody else's recording: `fault` says why this user's picture is left out.
    """

    def __init__(self, open_part: Opener, rotate_us: int | None = None) -> None:
        self._open_part = open_part
        self._rotate_us = rotate_us
        self._part: Part | None = None
        self._held = Held()
        self._finished: list[RecordedFile] = []
        self._started_us = 0
        self._has_video = False
        self._is_muted = False
        self.fault: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Tell whether pictures come that cannot be decoded until a keyframe does."""
        return self._held.is_waiting

    def write(self, event: MediaReceived) -> None:
        """Append one unit, to a new part where the current one does not take it."""
        if self._is_muted or (self.fault is not None and isinstance(event.unit, EncodedVideo | RawVideo)):
            return
        try:
            self._write(event)
        except OSError as error:
            _name(error, self._part)
            raise
        except Exception as error:
            self._drop(error, [event])

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
            try:
                self._begin(final=True)
            except OSError:
                raise
            except Exception as error:
                self._drop(error, [])
                if self._held.events:
                    self.close()
                return
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
        part = self._open_part(self._held, final)
        if part is not None:
            self._started_us = self._held.events[0].at_us
            try:
                for event in self._held.events:
                    part.write(event)
            except OSError:
                self._part = part
                raise
            except Exception:
                _discard(part)
                raise
            self._part, self._held = part, Held()

    def _drop(self, error: Exception, events: list[MediaReceived]) -> None:
        """Go on without picture after a unit that its file does not take; without anything if it was sound."""
        self.fault = self.fault or str(error)
        self._finish()
        pending = self._held.events or events
        sound = [event for event in pending if isinstance(event.unit, PcmFrame)]
        self._is_muted = len(sound) == len(pending)
        self._has_video = False
        self._held = Held([] if self._is_muted else sound)

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
            except Exception as error:
                self.fault = self.fault or str(error)
            self._finished.append(part.row())


def _discard(part: Part) -> None:
    """Remove a file that could not begin."""
    with suppress(Exception):
        part.close()
    path = Path(part.row().path)
    if path.is_file():  # a named pipe is its reader's
        path.unlink()


def _name(error: OSError, part: Part | None) -> None:
    """Put the file's name into an error of its disk: a write does not say which file it was."""
    if part is not None and error.filename is None:
        error.filename = part.row().path
