"""A connection to nowhere, for --dryRun: the whole path runs, nothing leaves."""

from collections.abc import Iterator

from agora_cli.engines.base import ConnectionStats
from agora_cli.events import Event
from agora_cli.frames import Unit
from agora_cli.names import ASSIGNED


class NullConnection:
    """Counts what it is given."""

    user = ASSIGNED

    def __init__(self) -> None:
        self._units = 0
        self._bytes = 0

    def push(self, unit: Unit) -> None:
        """Count a unit."""
        self._units += 1
        self._bytes += len(unit.data)

    def send(self, data: bytes, media_us: int = 0) -> None:
        """Count a message."""
        self._units += 1
        self._bytes += len(data)

    def request_keyframe(self, user: str) -> None:
        """Do nothing: there is nobody."""

    def events(self, timeout_s: float) -> Iterator[Event]:
        """Yield nothing."""
        return iter(())

    def flush(self, timeout_s: float) -> bool:
        """Return True: nobody has to take anything."""
        return True

    def stats(self) -> ConnectionStats:
        """Return the counts."""
        return ConnectionStats(sent_units=self._units, sent_bytes=self._bytes)

    def close(self) -> None:
        """Do nothing."""
