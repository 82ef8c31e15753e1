"""A recording: what arrives from all users on one side, files on the other."""

from dataclasses import replace

from agora_cli.errors import InputError
from agora_cli.events import DataReceived, MediaReceived
from agora_cli.frames import Metadata, PcmFrame
from agora_cli.media.message_log import MessageLog
from agora_cli.media.mixer import Mixer
from agora_cli.media.record_plan import RecordPlan
from agora_cli.media.recorded_file import RecordedFile
from agora_cli.media.user_recording import UserRecording
from agora_cli.names import channel_file_stem

# Files are whole up to the last flush: what a kill -9 costs.
FLUSH_US = 250_000
MIXED = "mixed"


class Recording:
    """Write the media of a channel to files.

    With one `file` (and no mix) the first user heard or seen owns it; `ignored` names the others. Every
    method raises InputError when the disk fails; close() may be called after that and finishes all files.
    """

    def __init__(self, plan: RecordPlan) -> None:
        self.ignored: set[str] = set()
        self._plan = plan
        self._mixer = Mixer() if plan.mix else None
        self._users: dict[str, UserRecording] = {}
        self._logs: dict[str, MessageLog] = {}
        self._flushed_us = 0
        self._directory = plan.directory if plan.file is None else plan.file.parent
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _disk_error(error) from error

    @property
    def waiting_for_keyframe(self) -> set[str]:
        """Return the users whose picture cannot be decoded until their next keyframe."""
        return {name for name, user in self._users.items() if user.is_waiting}

    def write(self, event: MediaReceived) -> None:
        """Take one unit of media in."""
        try:
            if isinstance(event.unit, Metadata):
                self._log(event.user).write(event.unit.pts_us, f"{event.unit.track}-metadata", event.unit.data)
            elif self._mixer is not None:
                self._mix(self._mixer, event)
            elif (user := self._user(event.user)) is not None:
                user.write(event)
        except OSError as error:
            raise _disk_error(error) from error

    def write_data(self, event: DataReceived) -> None:
        """Take one data-stream message in."""
        try:
            self._log(event.user).write(event.media_us, "data", event.data)
        except OSError as error:
            raise _disk_error(error) from error

    def flush(self, at_us: int) -> None:
        """Make all files readable up to here, if the last time is FLUSH_US ago."""
        if at_us - self._flushed_us < FLUSH_US:
            return
        self._flushed_us = at_us
        try:
            for user in self._users.values():
                user.flush()
        except OSError as error:
            raise _disk_error(error) from error

    def close(self) -> list[RecordedFile]:
        """Finish every file and return them all; raises the first failure after trying every one."""
        if self._mixer is not None:
            self._finish_mix(self._mixer)
        failures = []
        items: list[UserRecording | MessageLog] = [*self._users.values(), *self._logs.values()]
        for item in items:
            try:
                item.close()
            except OSError as error:
                failures.append(error)
        if failures:
            raise _disk_error(failures[0]) from failures[0]
        media = [row for user in self._users.values() for row in user.rows()]
        return media + [log.row() for log in self._logs.values()]

    def _mix(self, mixer: Mixer, event: MediaReceived) -> None:
        if isinstance(event.unit, PcmFrame):
            mixed = mixer.add(event.at_us, event.user, event.epoch, event.unit)
            if mixed is not None:
                self._write_mixed(mixed)

    def _finish_mix(self, mixer: Mixer) -> None:
        rest = mixer.finish()
        try:
            if rest is not None:
                self._write_mixed(rest)
        except OSError as error:
            raise _disk_error(error) from error

    def _write_mixed(self, frame: PcmFrame) -> None:
        if MIXED not in self._users:
            self._users[MIXED] = UserRecording(replace(self._plan, layout="audio"), MIXED)
        self._users[MIXED].write(MediaReceived(0, MIXED, 0, frame))

    def _user(self, user: str) -> "UserRecording | None":
        if user not in self._users:
            if self._plan.file is not None and self._users:
                self.ignored.add(user)
                return None
            self._users[user] = UserRecording(self._plan, user)
        return self._users[user]

    def _log(self, user: str) -> MessageLog:
        if user not in self._logs:
            path = self._directory / f"{channel_file_stem(self._plan.channel, user)}.messages.jsonl"
            self._logs[user] = MessageLog(path, user)
        return self._logs[user]


def _disk_error(error: OSError) -> InputError:
    where = f"{error.filename}: " if error.filename else ""
    return InputError("output-failed", f"cannot write the recording: {where}{error.strerror or error}")
