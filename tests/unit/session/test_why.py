"""Each row of the table of verdicts: what was seen, and the sentence that says it."""

import pytest

from agora_cli.events import DecryptionFailed, Event, Joined, Left, MediaReceived, Muted, TokenExpiring
from agora_cli.frames import EncodedVideo, PcmFrame, Unit
from agora_cli.session.watched import Watched
from agora_cli.session.why import Why, why

SECOND = 1_000_000
NOW_US = 3 * SECOND
LOUD, SILENT = b"\0\x40" * 160, bytes(320)


def media(data: bytes = LOUD, user: str = "7", end_us: int = NOW_US, stands: bool = False) -> list[Event]:
    """Return sound of every 10 ms until `end_us`; `stands`: all of it with one time."""
    units = ((at_us, PcmFrame(0 if stands else at_us, 16000, 1, data)) for at_us in range(0, end_us, 10_000))
    return [MediaReceived(at_us, user, 1, unit) for at_us, unit in units]


def picture(user: str = "7") -> list[Event]:
    units: list[tuple[int, Unit]] = [
        (at_us, EncodedVideo(at_us, at_us, "h264", 64, 48, True, b"x")) for at_us in range(0, NOW_US, 40_000)
    ]
    return [MediaReceived(at_us, user, 1, unit) for at_us, unit in units]


def judge(events: list[Event], *elsewhere: str) -> Why:
    watched = Watched("demo", 0)
    for event in events:
        watched.take(event)
    return why(watched, NOW_US, elsewhere)


ROWS: list[tuple[str, list[Event], tuple[str, ...], str]] = [
    ("token", [*media(), TokenExpiring(0, 30)], (), "our token ends in 27 s"),
    (
        "wrong-key",
        [Joined(0, "7"), DecryptionFailed(0, "7")],
        (),
        "user 7 cannot be decrypted: another key, salt or mode",
    ),
    ("elsewhere", [], ("team",), "namespace 'team' of this machine has a channel demo"),
    ("nobody", [], (), "nobody else is in demo"),
    ("nobody", [Joined(0, "7"), Left(1, "7", "bye")], (), "nobody else is in demo"),
    ("muted", [Joined(0, "7"), Muted(0, "7", "audio", True)], (), "user 7 has muted its sound"),
    ("muted", [*media(SILENT), Muted(0, "7", "audio", True)], (), "user 7 has muted its sound"),
    ("no-track", [Joined(0, "7")], (), "user 7 is in the channel and has sent nothing: no track"),
    ("no-track", [Joined(0, "7"), Joined(0, "8")], (), "users 7, 8 are in the channel and sent nothing: no track"),
    ("no-media", media(end_us=SECOND), (), "user 7 has a sound track, and nothing has come of it for 2 s"),
    ("clock", media(stands=True), (), "the clock of user 7 stands: its sound comes with one and the same time"),
    ("silence", media(SILENT), (), "sound of user 7 comes, and all of it is digital silence"),
    ("no-sound", picture(), (), "user 7 sends picture, and no sound"),
    ("ok", media(), (), "demo is alive: user 7 can be heard"),
    ("ok", [*media(SILENT, "8"), *media(), DecryptionFailed(0, "9")], (), "demo is alive: user 7 can be heard"),
]


@pytest.mark.parametrize(
    ("code", "events", "elsewhere", "sentence"), ROWS, ids=[f"{row[0]}-{row[3][:20]}" for row in ROWS]
)
def test_each_row(code: str, events: list[Event], elsewhere: tuple[str, ...], sentence: str) -> None:
    verdict = judge(events, *elsewhere)
    assert verdict.code == code
    assert sentence in verdict.sentence
    assert verdict.ok == (code == "ok")
    assert verdict.evidence[0] == "watched demo for 3.0 s"


def test_the_evidence_is_what_was_seen() -> None:
    verdict = judge([*media(SILENT), *picture("8"), DecryptionFailed(0, "9"), Joined(0, "5")])
    assert verdict.evidence[1:] == (
        "4 other users in the channel",
        "user 5: no track",
        "user 7: sound pcm 16000 Hz, 1 channel, 300 units, 256 kb/s, digital silence",
        "user 8: picture h264 64x48, 75 units, 0 kb/s",
        "user 9: cannot be decrypted",
    )
    assert judge([]).to_json() == {
        "verdict": "nobody",
        "sentence": "nobody else is in demo",
        "evidence": ["watched demo for 3.0 s", "0 other users in the channel"],
        "hint": "do both sides name the same channel, App ID and engine?",
    }
