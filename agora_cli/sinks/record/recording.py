"""A recording: what arrives from all users on one side, files on the other."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from agora_cli.errors import InputError
from agora_cli.events import DataReceived, MediaReceived
from agora_cli.frames import Metadata, PcmFrame
from agora_cli.media.audio_decode import AudioDecoder
from agora_cli.sinks.in_order import InOrder
from agora_cli.sinks.output import Outlet
from agora_cli.sinks.record.messages import MessageLog
from agora_cli.sinks.record.mixer import Mixer
from agora_cli.sinks.record.plan import PartNames, RecordPlan
from agora_cli.sinks.record.recorded_file import RecordedFile
from agora_cli.sinks.record.user import UserRecording
from agora_cli.sinks.record.wall import GRID_USER, GridRecording

# Files are whole up to the last flush: what a kill -9 costs.
FLUSH_US = 250_000
MIXED = "mixed"


class Recording:
    """Write the media of a channel to files.

    With one `file` (and no mix or grid) the first user heard or seen owns it; `ignored` names who found no
    place. Every method raises InputError when the disk fails; close() may be called after that and finishes all files.
    """

    def __init__(
        self, plan: RecordPlan, outlet: Outlet | None = None, on_ignored: Callable[[str], None] = lambda user: None
    ) -> None:
        """`on_ignored` is called with each user for whom there is no file, when its first media comes."""
        self._ignored: set[str] = set()
        self._on_ignored = on_ignored
        self._plan = plan
        self._outlet = outlet or Outlet(plan.overwrite)
        self._mixer = Mixer() if plan.mix else None
        self._users: dict[str, UserRecording] = {}
        self._order = InOrder()
        self._decoders: defaultdict[str, AudioDecoder] = defaultdict(AudioDecoder)
        self._logs: dict[str, MessageLog] = {}
        self._flushed_us = 0
        self._last_us = 0
        self._directory = plan.directory if plan.file is None else plan.file.parent
        with _disk():
            self._directory.mkdir(parents=True, exist_ok=True)
        self._grid: GridRecording | None = None
        if plan.grid is not None:
            composed = self._users[GRID_USER] = UserRecording(plan, GRID_USER, self._outlet)
            self._grid = GridRecording(plan.grid, composed.write, on_ignored)

    @property
    def ignored(self) -> set[str]:
        """Return the users who are not in any file: the file or the grid was full."""
        return self._ignored if self._grid is None else self._grid.ignored

    @property
    def faults(self) -> dict[str, str]:
        """Return why media of a user is left out: no decoder or container takes it."""
        return {name: user.fault for name, user in self._users.items() if user.fault is not None}

    @property
    def waiting_for_keyframe(self) -> set[str]:
        """Return the users whose picture cannot be decoded until their next keyframe."""
        if self._grid is not None:
            return self._grid.waiting_for_keyframe
        return {name for name, user in self._users.items() if user.is_waiting}

    def write(self, event: MediaReceived) -> None:
        """Take one unit of media in."""
        with _disk():
            if isinstance(event.unit, Metadata):
                self._log(event.user).write(event.unit.pts_us, f"{event.unit.track}-metadata", event.unit.data)
                return
            admitted = self._order.admit(event)
            if admitted is not None:
                for decoded in self._decoders[event.user].events(admitted):
                    self._write(decoded)

    def write_data(self, event: DataReceived) -> None:
        """Take one data-stream message in."""
        with _disk():
            self._log(event.user).write(event.media_us, "data", event.data)

    def flush(self, at_us: int) -> None:
        """Make all files readable up to here, if the last time is FLUSH_US ago."""
        self._last_us = at_us
        if self._grid is not None:
            with _disk():
                self._grid.flush(at_us)
        if at_us - self._flushed_us < FLUSH_US:
            return
        self._flushed_us = at_us
        with _disk():
            for user in self._users.values():
                user.flush()

    def close(self) -> list[RecordedFile]:
        """Finish every file and return them all; raises the first failure after trying every one."""
        failures = []
        actions: list[Callable[[], None]] = [self._finish_composed]
        actions += [user.close for user in self._users.values()]
        actions += [log.close for log in self._logs.values()]
        actions.append(self._outlet.close)
        for action in actions:
            try:
                action()
            except OSError as error:
                failures.append(error)
        if failures:
            raise _disk_error(failures[0]) from failures[0]
        media = [row for user in self._users.values() for row in user.rows()]
        return media + [log.row() for log in self._logs.values()]

    def _write(self, event: MediaReceived) -> None:
        if self._grid is not None:
            self._grid.write(event)
        elif self._mixer is not None:
            if isinstance(event.unit, PcmFrame):
                mixed = self._mixer.add(event.at_us, event.user, event.epoch, event.unit)
                self._write_mixed(mixed)
        elif (user := self._user(event.user)) is not None:
            user.write(event)

    def _finish_composed(self) -> None:
        if self._grid is not None:
            self._grid.close(self._last_us)
        if self._mixer is not None:
            self._write_mixed(self._mixer.finish())

    def _write_mixed(self, frame: PcmFrame | None) -> None:
        if frame is None:
            return
        if MIXED not in self._users:
            self._users[MIXED] = UserRecording(self._plan, MIXED, self._outlet)
        self._users[MIXED].write(MediaReceived(0, MIXED, 0, frame))

    def _user(self, user: str) -> "UserRecording | None":
        if user not in self._users:
            if self._plan.file is not None and self._users:
                if user not in self._ignored:
                    self._ignored.add(user)
                    self._on_ignored(user)
                return None
            self._users[user] = UserRecording(self._plan, user, self._outlet)
        return self._users[user]

    def _log(self, user: str) -> MessageLog:
        if user not in self._logs:
            names = PartNames(replace(self._plan, directory=self._directory, file=None), user, self._outlet)
            self._logs[user] = MessageLog(names("messages.jsonl"), user)
        return self._logs[user]


@contextmanager
def _disk() -> Iterator[None]:
    """Say of a failing disk what failed."""
    try:
        yield
    except OSError as error:
        raise _disk_error(error) from error


def _disk_error(error: OSError) -> InputError:
    where = f"{error.filename}: " if error.filename else ""
    return InputError("output-failed", f"cannot write the recording: {where}{error.strerror or error}")
