"""Why a channel is silent: a verdict in a sentence, with what it was made from. The first row that fits decides.

token          our token ends within a minute
wrong-key      users are here, and none of them can be decrypted
elsewhere      nobody is here, and another namespace of this machine has a channel of this name
nobody         nobody is here
muted          a user has muted what it would send
no-track       users are here, and none of them has sent anything
no-media       media came, and no more comes
clock          media comes, and the time it is stamped with stands
silence        all sound that comes is digital silence
no-sound       picture comes, and nobody has a sound track
ok             sound comes
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agora_cli.frames import MICROSECONDS, Track
from agora_cli.session.watched import STANDING_UNITS, Watched, WatchedTrack, WatchedUser

TOKEN_SOON_US = 60 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Why:
    """`code` is a row of the table above, `sentence` the same for a person; `evidence` holds a line a fact."""

    code: str
    sentence: str
    evidence: tuple[str, ...]
    hint: str | None = None

    @property
    def ok(self) -> bool:
        """Tell whether sound comes."""
        return self.code == "ok"

    def to_json(self) -> dict[str, Any]:
        """Return it as a document."""
        found: dict[str, Any] = {"verdict": self.code, "sentence": self.sentence, "evidence": list(self.evidence)}
        return found | ({"hint": self.hint} if self.hint else {})


def why(watched: Watched, now_us: int, elsewhere: Sequence[str] = ()) -> Why:
    """Judge a channel that was watched for some seconds; `elsewhere` are the other namespaces with its name."""
    users = watched.present()
    code, sentence, hint = _verdict(watched, users, now_us, elsewhere)
    return Why(code, sentence, tuple(_evidence(watched, users, now_us, elsewhere)), hint)


def _verdict(
    watched: Watched, users: dict[str, WatchedUser], now_us: int, elsewhere: Sequence[str]
) -> tuple[str, str, str | None]:
    place = watched.channel
    if watched.token_ends_us is not None and watched.token_ends_us - now_us <= TOKEN_SOON_US:
        left_s = max(0, watched.token_ends_us - now_us) // MICROSECONDS
        return "token", f"our token ends in {left_s} s", "make a new one, or let --tokenFile be renewed"
    if users and all(user.locked_out for user in users.values()):
        hint = "give both sides the same --encryptionMode, key and salt"
        return "wrong-key", f"{_names(users)} cannot be decrypted: another key, salt or mode, or none", hint
    if not users and elsewhere:
        named = ", ".join(repr(name) for name in elsewhere)
        sentence = (
            f"nobody is in {place} of this namespace, but namespace {named} of this machine has a channel {place}"
        )
        return "elsewhere", sentence, f"--appId {elsewhere[0]}"
    if not users:
        return "nobody", f"nobody else is in {place}", "do both sides name the same channel, App ID and engine?"
    return _of_media(place, users, now_us)


def _of_media(place: str, users: dict[str, WatchedUser], now_us: int) -> tuple[str, str, str | None]:
    tracks = [(name, kind, track) for name, user in users.items() for kind, track in user.tracks.items()]
    live = [(name, kind, track) for name, kind, track in tracks if not track.is_quiet(now_us)]
    sound = [(name, track) for name, kind, track in live if kind == "audio"]
    muted = {name: user for name, user in users.items() if "audio" in user.muted}
    if muted and not any(track.has_signal for _, track in sound):
        return "muted", f"{_names(muted)} has muted its sound", None
    if not tracks:
        what = "is in the channel and has sent nothing" if len(users) == 1 else "are in the channel and sent nothing"
        return "no-track", f"{_names(users)} {what}: no track", "is its side publishing?"
    if not live:
        name, kind, track = max(tracks, key=lambda one: one[2].last_us)
        quiet_s = (now_us - track.last_us) // MICROSECONDS
        return "no-media", f"user {name} has a {_kind(kind)} track, and nothing has come of it for {quiet_s} s", None
    standing = [(name, kind) for name, kind, track in live if track.same_time_units >= STANDING_UNITS]
    if standing:
        name, kind = standing[0]
        return "clock", f"the clock of user {name} stands: its {_kind(kind)} comes with one and the same time", None
    heard = [name for name, track in sound if track.has_signal or not track.is_pcm]
    if sound and not heard:
        named = _names(dict.fromkeys(name for name, _ in sound))
        return "silence", f"sound of {named} comes, and all of it is digital silence", "is the right device open?"
    if not sound:
        return "no-sound", f"{_names(dict.fromkeys(name for name, _, _ in live))} sends picture, and no sound", None
    return "ok", f"{place} is alive: {_names(heard)} can be heard", None


def _evidence(watched: Watched, users: dict[str, WatchedUser], now_us: int, elsewhere: Sequence[str]) -> list[str]:
    lines = [f"watched {watched.channel} for {(now_us - watched.start_us) / MICROSECONDS:.1f} s"]
    lines.append(f"{len(users)} other user{'' if len(users) == 1 else 's'} in the channel")
    for name, user in users.items():
        if user.locked_out:
            lines.append(f"user {name}: cannot be decrypted")
        elif not user.tracks:
            lines.append(f"user {name}: no track" + (", muted" if user.muted else ""))
        lines += [f"user {name}: {_kind(kind)} {_track(track, now_us)}" for kind, track in user.tracks.items()]
    return lines + [f"namespace {name!r} has a channel {watched.channel} too" for name in elsewhere]


def _track(track: WatchedTrack, now_us: int) -> str:
    row = track.document(now_us)
    text = f"{track.what}, {track.units} units, {row['bitrate'] / 1000:.0f} kb/s"
    if track.muted:
        text += ", muted"
    if track.is_quiet(now_us):
        return text + f", none for {row['quietSeconds']:.1f} s"
    if track.is_pcm:
        text += ", digital silence" if not track.has_signal else f", {track.level_dbfs or -100:.0f} dBFS now"
    if track.same_time_units >= STANDING_UNITS:
        text += f", {track.same_time_units} units with one time"
    return text


def _kind(track: Track) -> str:
    return "sound" if track == "audio" else "picture"


def _names(users: Sequence[str] | dict[str, Any]) -> str:
    names = list(users)
    return f"user {names[0]}" if len(names) == 1 else f"users {', '.join(names)}"
