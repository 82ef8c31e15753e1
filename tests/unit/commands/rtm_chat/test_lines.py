"""chat/lines.py: one JSON line and one sentence for each event."""

import json

import pytest

from agora_cli.commands.rtm_chat.lines import document, ndjson, sentence, text_of
from agora_cli.events import LinkChanged
from agora_cli.rtm.base import (
    LockChanged,
    Message,
    MessagesLost,
    MetadataChanged,
    MetadataItem,
    PresenceChange,
    RtmEvent,
)

NOW_US = 1_700_000_000_000_000


def test_a_text_message() -> None:
    message = Message(5, "room", "alice", "zwei ü 漢字".encode(), True, NOW_US + 500_000)
    assert document(message, NOW_US, 5) == {
        "event": "message",
        "time": 1_700_000_000.5,
        "channel": "room",
        "publisher": "alice",
        "text": "zwei ü 漢字",
    }
    assert "zwei ü 漢字" in ndjson(message)


@pytest.mark.parametrize(("data", "is_text"), [(b"a\0b", False), (b"\xff", True)])
def test_binary_is_base64(data: bytes, is_text: bool) -> None:
    body = document(Message(5, "", "alice", data, is_text, NOW_US, True), NOW_US, 5)
    assert body["base64"] in ("YQBi", "/w==")
    assert "text" not in body
    assert (body["channel"], body["history"]) == (None, True)


def test_a_nul_in_text_stays_text() -> None:
    body = json.loads(ndjson(Message(5, "room", "alice", b"a\0\nb", True, NOW_US)))
    assert body["text"] == "a\0\nb"


@pytest.mark.parametrize(
    ("event", "body", "said"),
    [
        (
            PresenceChange(5, "room", "bob", "joined"),
            {"event": "presence", "channel": "room", "user": "bob", "kind": "joined", "state": {}},
            "bob joined",
        ),
        (
            PresenceChange(5, "room", "bob", "state", {"mood": "ok"}),
            {"event": "presence", "channel": "room", "user": "bob", "kind": "state", "state": {"mood": "ok"}},
            "bob: mood=ok",
        ),
        (
            PresenceChange(5, "room", "bob", "lost"),
            {"event": "presence", "channel": "room", "user": "bob", "kind": "lost", "state": {}},
            "bob is gone",
        ),
        (
            LinkChanged(5, "reconnecting", 16, "gone"),
            {"event": "link", "state": "reconnecting", "reason": 16, "text": "gone"},
            "reconnecting: gone",
        ),
        (
            MetadataChanged(5, "room", 2, {"k": MetadataItem("v", 2, "bob", 0)}, ["old"]),
            {
                "event": "metadata",
                "channel": "room",
                "revision": 2,
                "items": {"k": {"value": "v", "revision": 2}},
                "removed": ["old"],
            },
            "metadata revision 2: k=v, old removed",
        ),
        (
            LockChanged(5, "room", "l", "acquired", "bob"),
            {"event": "lock", "channel": "room", "name": "l", "kind": "acquired", "owner": "bob"},
            "lock l acquired by bob",
        ),
        (
            LockChanged(5, "room", "l", "expired", "bob"),
            {"event": "lock", "channel": "room", "name": "l", "kind": "expired", "owner": "bob"},
            "lock l expired (was bob's)",
        ),
        (
            MessagesLost(5, "room", "bob", 3),
            {"event": "lost", "channel": "room", "publisher": "bob", "count": 3},
            "3 messages of bob are lost",
        ),
    ],
)
def test_other_events(event: RtmEvent, body: dict[str, object], said: str) -> None:
    assert document(event, NOW_US, 1_000_005) == {"time": 1_699_999_999.0, **body}
    assert sentence(event) == said


def test_a_person_is_spared_binary() -> None:
    assert text_of(Message(5, "room", "bob", bytes(7), False, 0)) == "(7 bytes of binary)"
