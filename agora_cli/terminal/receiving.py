"""The live line of what receives: a meter a user, what stands still, and for how long."""

from agora_cli.events import Event, Joined, Left, MediaReceived
from agora_cli.frames import MICROSECONDS, EncodedAudio, PcmFrame
from agora_cli.terminal.meters import METER_FLOOR_DB, Throughput, clock_text, meter, wait_text

# A longer time without media is no more the way of a network.
QUIET_US = MICROSECONDS
MOST_USERS = 4


class _Heard:
    """One user's media as far as the line shows it."""

    def __init__(self) -> None:
        self.last_us = 0
        self.level_db: float | None = None
        self.has_sound = False
        self.pictures = Throughput()
        self.has_picture = False

    def text(self, now_us: int, cells: int) -> str:
        if now_us - self.last_us >= QUIET_US:
            return f"no media for {(now_us - self.last_us) // MICROSECONDS} s"
        if self.level_db is not None:
            sound = meter(self.level_db, cells)
        else:
            sound = "compressed sound" if self.has_sound else "no sound track"
        return f"{sound} {self.pictures.per_second(now_us):.0f} fps" if self.has_picture else sound


class ReceivingLine:
    """Take what happens in a channel, and say at any time how it stands. `start_us` is when we joined."""

    def __init__(self, start_us: int) -> None:
        self._start_us = start_us
        self._here: set[str] = set()
        self._heard: dict[str, _Heard] = {}
        self._bits = Throughput()
        self._lost = 0
        self._last_us: int | None = None

    def take(self, event: Event) -> None:
        """Take one event of the connection."""
        if isinstance(event, MediaReceived):
            self._media(event)
        elif isinstance(event, Joined):
            self._here.add(event.user)
        elif isinstance(event, Left):
            self._here.discard(event.user)
            self._heard.pop(event.user, None)

    def text(self, now_us: int) -> str:
        """Return the line as it is at `now_us`."""
        if not self._heard:
            who = f"{len(self._here)} in the channel, " if self._here else ""
            if self._last_us is not None:
                return f"{who}nobody sends any more, {wait_text(now_us - self._last_us)}"
            return f"{who}waiting for a sender, {wait_text(now_us - self._start_us)}"
        cells = 12 if len(self._heard) == 1 else 6
        users = sorted(self._heard.items())
        parts = [f"{user} {heard.text(now_us, cells)}" for user, heard in users[:MOST_USERS]]
        if len(users) > MOST_USERS:
            parts.append(f"and {len(users) - MOST_USERS} more")
        parts = [clock_text(now_us - self._start_us), *parts, f"{self._bits.per_second(now_us) / 1000:.0f} kb/s"]
        return "  ".join(parts + [f"lost {self._lost}"] * bool(self._lost))

    def _media(self, event: MediaReceived) -> None:
        unit, heard = event.unit, self._heard.setdefault(event.user, _Heard())
        self._here.add(event.user)
        self._lost += event.lost
        self._bits.add(event.at_us, len(unit.data) * 8)
        heard.last_us = self._last_us = event.at_us
        if isinstance(unit, PcmFrame):
            from agora_cli.native.level import measure

            heard.has_sound = True
            heard.level_db = max(METER_FLOOR_DB, measure(unit.data).rms_dbfs)
        elif isinstance(unit, EncodedAudio):
            heard.has_sound = True
        else:
            heard.has_picture = True
            heard.pictures.add(event.at_us, 1)
