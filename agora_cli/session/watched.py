"""What a channel looks like right now: users, their tracks, and how each of them does."""

from typing import Any

from agora_cli.events import (
    DataReceived,
    DecryptionFailed,
    Event,
    Joined,
    Left,
    MediaReceived,
    Muted,
    TokenExpiring,
    VolumeIndication,
)
from agora_cli.frames import (
    MICROSECONDS,
    EncodedAudio,
    EncodedVideo,
    Metadata,
    PcmFrame,
    RawVideo,
    Track,
    Unit,
    send_time_us,
)
from agora_cli.sinks.figures import Figures
from agora_cli.terminal.meters import Throughput

# No media for longer is no more the way of a network.
QUIET_US = 2 * MICROSECONDS
# So many units with one and the same time: the clock that stamps them stands.
STANDING_UNITS = 25
TALKING_DBFS = -50.0


class WatchedTrack:
    """One track of a user: what it is, how fast it comes, when it last did."""

    def __init__(self, first_us: int) -> None:
        self.first_us = self.last_us = first_us
        self.what = ""
        self.units = 0
        self.level_dbfs: float | None = None
        self.is_pcm = False
        self.has_signal = False
        self.muted = False
        self.same_time_units = 0
        self._last_sent_us: int | None = None
        self._bits = Throughput()
        self._rate = Throughput()

    def take(self, at_us: int, unit: Unit) -> None:
        """Take one unit that came at `at_us`."""
        self.what, self.last_us = describe(unit), at_us
        self.units += 1
        self._bits.add(at_us, len(unit.data) * 8)
        self._rate.add(at_us, 1)
        sent_us = send_time_us(unit)
        self.same_time_units = self.same_time_units + 1 if sent_us == self._last_sent_us else 0
        self._last_sent_us = sent_us
        if isinstance(unit, PcmFrame):
            from agora_cli.native.level import measure

            level = measure(unit.data)
            self.is_pcm, self.level_dbfs = True, level.rms_dbfs if level.peak else None
            self.has_signal = self.has_signal or level.peak > 0

    def is_quiet(self, now_us: int) -> bool:
        """Tell whether nothing has come for QUIET_US."""
        return now_us - self.last_us >= QUIET_US

    def document(self, now_us: int) -> dict[str, Any]:
        """Return how it does at `now_us`; `level` is that of the newest sound, None for digital silence."""
        found: dict[str, Any] = {
            "format": self.what,
            "bitrate": round(self._bits.per_second(now_us)),
            "unitsPerSecond": round(self._rate.per_second(now_us), 2),
            "quietSeconds": round((now_us - self.last_us) / MICROSECONDS, 3),
            "muted": self.muted,
        }
        if self.is_pcm:
            found["levelNow"] = None if self.level_dbfs is None else round(self.level_dbfs, 1)
        return found


class WatchedUser:
    """One user as far as we have seen it; `here` is False once it left."""

    def __init__(self) -> None:
        self.here = True
        self.tracks: dict[Track, WatchedTrack] = {}
        self.muted: set[Track] = set()
        self.locked_out = False
        self.messages = 0
        self.volume: int | None = None
        self.speech: bool | None = None

    def is_talking(self, now_us: int) -> bool | None:
        """Tell whether the user talks: by what the engine says, else by level alone; None where nothing tells."""
        sound = self.tracks.get("audio")
        if self.speech is not None or sound is None or not sound.is_pcm:
            return self.speech
        return not sound.is_quiet(now_us) and (sound.level_dbfs or -100.0) > TALKING_DBFS


class Watched:
    """Take every event of a connection, and say at any time how the channel is. `start_us` is when we joined."""

    def __init__(self, channel: str, start_us: int) -> None:
        self.channel = channel
        self.start_us = start_us
        self.users: dict[str, WatchedUser] = {}
        self.token_ends_us: int | None = None
        self._figures = Figures()

    def take(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, TokenExpiring):
            self.token_ends_us = event.at_us + event.seconds_left * MICROSECONDS
        elif isinstance(event, Left):
            if event.user in self.users:
                self.users[event.user].here = False
        elif isinstance(event, Joined | MediaReceived | DataReceived | DecryptionFailed | VolumeIndication | Muted):
            user = self.users.setdefault(event.user, WatchedUser())
            user.here = True
            self._of_user(user, event)

    def present(self) -> dict[str, WatchedUser]:
        """Return the users that are here, by name."""
        return {name: user for name, user in sorted(self.users.items()) if user.here and name}

    def document(self, now_us: int) -> dict[str, Any]:
        """Return the whole channel as JSON has it."""
        figures = {row["userId"]: row for row in self._figures.rows()}
        users = []
        for name, user in self.present().items():
            row: dict[str, Any] = {"userId": name, "talking": user.is_talking(now_us), "messages": user.messages}
            if user.volume is not None:
                row["volume"] = user.volume
            for kind, track in user.tracks.items():
                row[kind] = track.document(now_us) | figures.get(name, {}).get(kind, {})
            users.append(row)
        return {
            "channelId": self.channel,
            "seconds": round((now_us - self.start_us) / MICROSECONDS, 3),
            "users": users,
        }

    def _of_user(
        self,
        user: WatchedUser,
        event: Joined | MediaReceived | DataReceived | DecryptionFailed | VolumeIndication | Muted,
    ) -> None:
        if isinstance(event, MediaReceived):
            self._media(user, event)
        elif isinstance(event, DataReceived):
            user.messages += 1
        elif isinstance(event, DecryptionFailed):
            user.locked_out = not user.tracks
        elif isinstance(event, VolumeIndication):
            user.volume, user.speech = event.volume, event.speech
        elif isinstance(event, Muted):
            (user.muted.add if event.muted else user.muted.discard)(event.track)
            if event.track in user.tracks:
                user.tracks[event.track].muted = event.muted

    def _media(self, user: WatchedUser, event: MediaReceived) -> None:
        user.locked_out = False
        if isinstance(event.unit, Metadata):
            user.messages += 1
            return
        kind: Track = "audio" if isinstance(event.unit, PcmFrame | EncodedAudio) else "video"
        track = user.tracks.get(kind)
        if track is None:
            track = user.tracks[kind] = WatchedTrack(event.at_us)
            track.muted = kind in user.muted
        track.take(event.at_us, event.unit)
        self._figures.write(event)


def describe(unit: Unit) -> str:
    """Return what a unit is, for a person: `pcm 48000 Hz, 2 channels`, `h264 1280x720`."""
    if isinstance(unit, EncodedVideo):
        return f"{unit.codec} {unit.width}x{unit.height}"
    if isinstance(unit, RawVideo):
        return f"{unit.format} {unit.width}x{unit.height}"
    if isinstance(unit, PcmFrame | EncodedAudio):
        codec = "pcm" if isinstance(unit, PcmFrame) else unit.codec
        return f"{codec} {unit.sample_rate_hz} Hz, {unit.channels} channel{'s' if unit.channels > 1 else ''}"
    return "metadata"
