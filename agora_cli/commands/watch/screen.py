"""A watched channel for a person: a table that is drawn again and again, or a line a track in a pipe."""

from typing import TYPE_CHECKING, Any

from agora_cli.terminal.meters import meter
from agora_cli.terminal.text import clean

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = ["user", "track", "kb/s", "rate", "keyframe", "loss", "jitter", "level", ""]


def rows(document: dict[str, Any]) -> list[list[str]]:
    """Return a row for each track of each user, and one for a user without any."""
    found = []
    for user in document["users"]:
        tracks = [user[kind] for kind in ("audio", "video") if kind in user]
        state = _state(user)
        for number, track in enumerate(tracks):
            found.append([user["userId"], *_track(track), _join(_own(track), "" if number else state)])
        if not tracks:
            found.append([user["userId"], "no track", *[""] * 6, state])
    return found


def lines(document: dict[str, Any]) -> list[str]:
    """Return the same as lines of a log."""
    at = f"{document['seconds']:.0f} s"
    if not document["users"]:
        return [f"{at}  nobody else is in {document['channelId']}"]
    return [
        at + "  " + clean("  ".join(cell for cell in (f"user {row[0]}", *row[1:]) if cell)) for row in rows(document)
    ]


def table(document: dict[str, Any]) -> "Table":
    """Return the same as a table of rich."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    rtt = f", {document['rtt'] * 1000:.0f} ms to the edge" if document.get("rtt") is not None else ""
    drawn = Table(
        *COLUMNS,
        box=SIMPLE_HEAD,
        title_justify="left",
        title=Text(f"{document['channelId']}, {document['seconds']:.0f} s, users: {len(document['users'])}{rtt}"),
    )
    for row in rows(document):
        drawn.add_row(*(Text(clean(cell)) for cell in row))  # no markup: a meter is in brackets, a name may be
    return drawn


def _track(track: dict[str, Any]) -> list[str]:
    is_sound = "levelNow" in track or "level" in track
    level = meter(track["levelNow"], 8) if track.get("levelNow") is not None else ""
    if "levelNow" in track and track["levelNow"] is None:
        level = "digital silence"
    keyframe = track.get("keyframeInterval")
    return [
        track["format"],
        f"{track['bitrate'] / 1000:.0f} kb/s",
        f"{track['unitsPerSecond']:.0f} {'frames/s' if is_sound else 'fps'}",
        f"keyframe every {keyframe:.1f} s" if keyframe else "",
        f"{track['loss']:.1%} lost" if track.get("loss") else "",
        f"jitter {track['jitter'] * 1000:.1f} ms" if "jitter" in track else "",
        level,
    ]


def _state(user: dict[str, Any]) -> str:
    parts = ["talking"] if user["talking"] else []
    if "volume" in user:
        parts.append(f"volume {user['volume']}")
    if user["messages"]:
        parts.append(f"{user['messages']} messages")
    return ", ".join(parts)


def _own(track: dict[str, Any]) -> str:
    muted = "muted" if track["muted"] else ""
    return _join(f"no media for {track['quietSeconds']:.0f} s" if track["quietSeconds"] >= 2 else "", muted)


def _join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
