"""What a recording should make, and how its files are called."""

from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

from agora_cli.frames import MICROSECONDS
from agora_cli.media.audio_writer import AudioFormat
from agora_cli.media.encode import EncoderSettings
from agora_cli.names import channel_file_stem
from agora_cli.sinks.output import Outlet, OutputFile
from agora_cli.sinks.record.av import AvFormat
from agora_cli.sinks.record.raw import RawFormat
from agora_cli.sinks.record.stills import StillFormat

Layout = Literal["audio", "elementary", "av", "raw", "stills"]


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """Where and how to record. `file` is set when one file was asked for, else files go to `directory`.

    `layout` "audio" makes sound files only; "av" files of both in `av_format`, where `audio_format` says what
    a user without picture becomes (None: the same container); the others make picture files with sound files
    beside them: "elementary" bare streams, "raw" decoded pictures, "stills" one picture each `still_us`.
    `grid` composes all users into one, encoded like that. `overwrite` replaces what an earlier run left.
    """

    channel: str
    directory: Path
    layout: Layout = "audio"
    audio_format: AudioFormat | None = "wav"
    av_format: AvFormat = "mkv"
    raw_format: RawFormat = "y4m"
    still_format: StillFormat = "jpg"
    still_us: int = MICROSECONDS
    file: Path | None = None
    mix: bool = False
    grid: EncoderSettings | None = None
    rotate_us: int | None = None
    overwrite: bool = False


class PartNames:
    """The files of one user: the plain name first, then with _2, _3 ... before the extension, taken ones left out."""

    def __init__(self, plan: RecordPlan, user: str, outlet: Outlet) -> None:
        self._plan = plan
        self._outlet = outlet
        self._stem = channel_file_stem(plan.channel, user)
        self._given = 0

    def __call__(self, extension: str) -> OutputFile:
        """Return the next file, open and empty. Raises OSError."""
        return self._outlet.create(lambda: self._next(extension))

    def publish(self, extension: str, data: bytes, moment: str) -> Path:
        """Make a file of `data` that is called by its moment, whole as soon as it is there. Raises OSError."""
        numbers = count(1)
        return self._outlet.publish(lambda: self._path(f"_{moment}{_numbered(next(numbers))}", extension), data)

    def _next(self, extension: str) -> Path:
        self._given += 1
        return self._path(_numbered(self._given), extension)

    def _path(self, suffix: str, extension: str) -> Path:
        if self._plan.file is not None:
            return self._plan.file.with_name(f"{self._plan.file.stem}{suffix}.{extension}")
        return self._plan.directory / f"{self._stem}{suffix}.{extension}"


def _numbered(number: int) -> str:
    return "" if number == 1 else f"_{number}"
