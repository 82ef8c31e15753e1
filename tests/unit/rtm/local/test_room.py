"""rtm/local/room.py: from what is so now to what happened, none twice, none left out."""

from agora_cli.rtm.base import LockChanged, MetadataItem, PresenceChange
from agora_cli.rtm.local.locks import LockRow
from agora_cli.rtm.local.room import Room
from agora_cli.rtm.local.wire import login_of

BOB = login_of("bob", 1, 1)
BOB_AGAIN = login_of("bob", 2, 2)
CAROL = login_of("carol", 3, 3)


def room(**locks: LockRow) -> Room:
    return Room("room", 0, locks)


def held(owner: str, fence: int, name: str = "l") -> LockRow:
    return LockRow(name, 10, f"{owner}.1.1", owner, 100 + fence, fence)


def free(fence: int, lapsed: bool = False) -> LockRow:
    return LockRow("l", 10, "", "", 0, fence, lapsed)


def kinds(events: list[LockChanged]) -> list[tuple[str, str]]:
    return [(event.kind, event.owner) for event in events]


def test_a_user_joins_with_its_first_login_and_leaves_with_its_last() -> None:
    seen = room()
    assert seen.is_alone()
    assert seen.see_login(BOB, 1) == [PresenceChange(1, "room", "bob", "joined")]
    assert seen.see_login(BOB, 2) == []
    assert seen.see_login(BOB_AGAIN, 3) == []
    assert seen.see_gone(BOB, 4, "left") == []
    assert list(seen.users()) == ["bob"]
    assert seen.see_gone(BOB_AGAIN, 5, "lost") == [PresenceChange(5, "room", "bob", "lost")]
    assert seen.see_gone(BOB_AGAIN, 6, "lost") == []
    assert seen.is_alone()


def test_states_are_told_when_they_change() -> None:
    seen = room()
    seen.see_login(BOB, 1)
    seen.see_login(CAROL, 1)
    assert seen.see_states({BOB: {"mood": "ok"}, "stranger.1.1": {"x": "y"}}, 2) == [
        PresenceChange(2, "room", "bob", "state", {"mood": "ok"})
    ]
    assert seen.see_states({BOB: {"mood": "ok"}}, 3) == []
    assert seen.see_states({}, 4) == [PresenceChange(4, "room", "bob", "state", {})]


def test_metadata_is_told_once_a_revision() -> None:
    seen = room()
    item = MetadataItem("v", 3, "bob", 0)
    (event,) = seen.see_metadata(3, {"k": item}, ["gone"], 1)
    assert (event.revision, event.changed, event.removed) == (3, {"k": item}, ["gone"])
    assert seen.see_metadata(3, {"k": item}, [], 2) == []


def test_a_locks_life() -> None:
    seen = room()
    assert kinds(seen.see_locks({"l": free(0)}, 1)) == [("set", "")]
    assert kinds(seen.see_locks({"l": held("bob", 1)}, 2)) == [("acquired", "bob")]
    assert seen.next_expiry_us() == 101
    assert kinds(seen.see_locks({"l": held("bob", 1)}, 3)) == []
    assert kinds(seen.see_locks({"l": free(1)}, 4)) == [("released", "bob")]
    assert seen.next_expiry_us() is None
    assert kinds(seen.see_locks({"l": held("carol", 2)}, 5)) == [("acquired", "carol")]
    assert kinds(seen.see_locks({"l": free(2, lapsed=True)}, 6)) == [("expired", "carol")]
    assert kinds(seen.see_locks({}, 7)) == [("removed", "")]


def test_what_happened_between_two_looks_is_told_too() -> None:
    seen = room(l=held("bob", 1))
    assert kinds(seen.see_locks({"l": held("carol", 2)}, 1)) == [("released", "bob"), ("acquired", "carol")]
    assert kinds(seen.see_locks({"m": held("bob", 1, "m")}, 2)) == [
        ("set", ""),
        ("acquired", "bob"),
        ("removed", "carol"),
    ]


def test_locks_that_were_there_before_us_are_no_news() -> None:
    assert room(l=held("bob", 1)).see_locks({"l": held("bob", 1)}, 1) == []
