"""A recording: what arrives from all users on one side, files on the other."""

from dataclasses import dataclass
from pathlib import Path

from agora_cli.errors import InputError
from agora_cli.events import DataReceived, MediaReceived
from agora_cli.frames import Metadata, PcmFrame
from agora_cli.media.audio_track import AudioTrack
from agora_cli.media.audio_writer import AudioFormat
from agora_cli.media.message_log import MessageLog
from agora_cli.media.mixer import Mixer
from agora_cli.media.recorded_file import RecordedFile
from agora_cli.names import channel_file_stem

# Files are whole up to the last flush: what a kill -9 costs.
FLUSH_US = 250_000
MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """Where and how to record. `file` is set when one file was asked for, else files go to `directory`."""

    channel: str
    audio_format: AudioFormat
    directory: Path
    file: Path | None = None
    mix: bool = False


class Recording:
    """Write the media of a channel to files.

    With one `file` (and no mix) the first user heard owns it; `ignored` names the others. Every method
    raises InputError when the disk fails; close() may be called after that and finishes all other files.
    """

    def __init__(self, plan: RecordPlan) -> None:
        self.ignored: set[str] = set()
        self._plan = plan
        self._mixer = Mixer() if plan.mix else None
        self._tracks: dict[str, AudioTrack] = {}
        self._logs: dict[str, MessageLog] = {}
        self._flushed_us = 0
        if plan.file is None:
            _make_directory(plan.directory)
        else:
            _make_directory(plan.file.parent)

    def write(self, event: MediaReceived) -> None:
        """Take one unit of media in."""
        try:
            if isinstance(event.unit, PcmFrame):
                self._write_pcm(event, event.unit)
            elif isinstance(event.unit, Metadata):
                self._log(event.user).write(event.unit.pts_us, f"{event.unit.track}-metadata", event.unit.data)
        except OSError as error:
            raise _disk_error(error) from error
        if event.at_us - self._flushed_us >= FLUSH_US:
            self.flush(event.at_us)

    def write_data(self, event: DataReceived) -> None:
        """Take one data-stream message in."""
        try:
            self._log(event.user).write(event.media_us, "data", event.data)
        except OSError as error:
            raise _disk_error(error) from error

    def flush(self, at_us: int) -> None:
        """Make all files readable up to here."""
        self._flushed_us = at_us
        for track in self._tracks.values():
            try:
                track.flush()
            except OSError as error:
                raise _disk_error(error) from error

    def close(self) -> list[RecordedFile]:
        """Finish every file and return them all, then raise the first failure if there was one."""
        failure: OSError | None = None
        if self._mixer is not None and (rest := self._mixer.finish()) is not None:
            try:
                self._track(MIXED).write(0, 0, rest)
            except OSError as error:
                failure = error
        for track in (*self._tracks.values(), *self._logs.values()):
            try:
                track.close()
            except OSError as error:
                failure = failure or error
        if failure is not None:
            raise _disk_error(failure) from failure
        media = [row for track in self._tracks.values() for row in track.files()]
        return media + [log.row() for log in self._logs.values()]

    def _write_pcm(self, event: MediaReceived, frame: PcmFrame) -> None:
        if self._mixer is None:
            if self._plan.file is not None and self._tracks and event.user not in self._tracks:
                self.ignored.add(event.user)
                return
            self._track(event.user).write(event.at_us, event.epoch, frame, event.lost)
        elif (mixed := self._mixer.add(event.at_us, event.user, event.epoch, frame)) is not None:
            self._track(MIXED).write(0, 0, mixed)

    def _track(self, user: str) -> AudioTrack:
        if user not in self._tracks:
            self._tracks[user] = AudioTrack(user, self._plan.audio_format, PartNames(self._plan, user))
        return self._tracks[user]

    def _log(self, user: str) -> MessageLog:
        if user not in self._logs:
            directory = self._plan.directory if self._plan.file is None else self._plan.file.parent
            path = directory / f"{channel_file_stem(self._plan.channel, user)}.messages.jsonl"
            self._logs[user] = MessageLog(path, user)
        return self._logs[user]


class PartNames:
    """The paths of one user's files: the plain name first, then with _2, _3 ... before the extension."""

    def __init__(self, plan: RecordPlan, user: str) -> None:
        self._plan = plan
        self._stem = channel_file_stem(plan.channel, user)
        self._given = 0

    def __call__(self, extension: str) -> Path:
        """Return the next path."""
        self._given += 1
        suffix = "" if self._given == 1 else f"_{self._given}"
        if self._plan.file is not None:
            return self._plan.file.with_stem(self._plan.file.stem + suffix)
        return self._plan.directory / f"{self._stem}{suffix}.{extension}"


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _disk_error(error) from error


def _disk_error(error: OSError) -> InputError:
    where = f"{error.filename}: " if error.filename else ""
    return InputError("output-failed", f"cannot write the recording: {where}{error.strerror or error}")
