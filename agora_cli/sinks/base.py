"""What a pull writes to, and two of them as one."""

from typing import Protocol

from agora_cli.events import (
    DataReceived,
    MediaReceived,
)


class Sink(Protocol):
    """What a pull writes to."""

    def write(self, event: MediaReceived) -> None:
        """Take one unit of media."""

    def write_data(self, event: DataReceived) -> None:
        """Take one data-stream message."""

    def flush(self, at_us: int) -> None:
        """Make everything durable up to here; called at least four times a second."""

    @property
    def waiting_for_keyframe(self) -> set[str]:
        """Return the users whose picture cannot be decoded until their next keyframe."""


class SinkPair:
    """Hand everything to both, the first one first; closing them is the caller's."""

    def __init__(self, first: Sink, second: Sink) -> None:
        self._first = first
        self._second = second

    @property
    def waiting_for_keyframe(self) -> set[str]:
        """Return the users whose picture one of the two cannot decode until their next keyframe."""
        return self._first.waiting_for_keyframe | self._second.waiting_for_keyframe

    def write(self, event: MediaReceived) -> None:
        """Take one unit of media."""
        self._first.write(event)
        self._second.write(event)

    def write_data(self, event: DataReceived) -> None:
        """Take one data-stream message."""
        self._first.write_data(event)
        self._second.write_data(event)

    def flush(self, at_us: int) -> None:
        """Make everything durable up to here."""
        self._first.flush(at_us)
        self._second.flush(at_us)
