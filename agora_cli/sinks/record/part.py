"""One file of a recording being written, and the units held until it can begin."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedVideo, PcmFrame
from agora_cli.sinks.record.recorded_file import RecordedFile


class Part(Protocol):
    """A file being written. All methods raise OSError when the disk does."""

    def accepts(self, event: MediaReceived) -> bool:
        """Tell whether the unit fits the format of this file."""

    def write(self, event: MediaReceived) -> None:
        """Append one unit at its place."""

    def flush(self) -> None:
        """Make the file readable up to here."""

    def close(self) -> None:
        """Finish the file; a second call does nothing."""

    def row(self) -> RecordedFile:
        """Return what is in the file so far."""


@dataclass(slots=True)
class Held:
    """Units that wait for their file to begin: decodable ones only, `skipped` counts pictures that were not."""

    events: list[MediaReceived] = field(default_factory=list)
    skipped: int = 0

    def add(self, event: MediaReceived) -> None:
        """Keep a unit, unless it is a picture before the first keyframe."""
        unit = event.unit
        if isinstance(unit, EncodedVideo) and self.first_keyframe is None:
            if not unit.keyframe:
                self.skipped += 1 + event.lost
                return
            event = replace(event, lost=event.lost + self.skipped)
        self.events.append(event)

    @property
    def is_waiting(self) -> bool:
        """Tell whether pictures come, but no keyframe yet."""
        return self.skipped > 0 and self.first_keyframe is None

    @property
    def first_keyframe(self) -> EncodedVideo | None:
        """Return the first picture."""
        return next((event.unit for event in self.events if isinstance(event.unit, EncodedVideo)), None)

    @property
    def first_pcm(self) -> PcmFrame | None:
        """Return the first sound."""
        return next((event.unit for event in self.events if isinstance(event.unit, PcmFrame)), None)

    @property
    def span_us(self) -> int:
        """Return how long the first unit has been held when the last one came."""
        return self.events[-1].at_us - self.events[0].at_us

    @property
    def origin_us(self) -> int:
        """Return the earliest time of the first epoch held: where the file's own axis begins."""
        units = [event.unit for event in self.events if event.epoch == self.events[0].epoch]
        return min(min(unit.pts_us, unit.dts_us) if isinstance(unit, EncodedVideo) else unit.pts_us for unit in units)


# Makes the next part from the units held so far; None to see more of them or, when it is `final`, because
# no file can be made of these.
Opener = Callable[[Held, bool], Part | None]
