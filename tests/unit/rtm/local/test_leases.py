"""rtm/local/leases.py: a lock is taken, renewed, given back and told, against a store and rooms that take notes."""

from pathlib import Path
from typing import Any

import pytest

from agora_cli.errors import AgoraError
from agora_cli.rtm.local.leases import Leases
from agora_cli.rtm.local.locks import LockTable
from agora_cli.rtm.local.store import Store

OURS, THEIRS = "a.1.1", "b.2.2"


class NotedRooms:
    """What of Rooms concerns locks."""

    def __init__(self) -> None:
        self.leases: dict[tuple[str, str], int] = {}
        self.announced = 0

    def hold(self, channel: str, name: str, ttl_us: int) -> None:
        self.leases[channel, name] = ttl_us

    def drop(self, channel: str, name: str) -> None:
        self.leases.pop((channel, name), None)

    def held(self) -> list[tuple[str, str]]:
        return list(self.leases)

    def announce(self, channel: str) -> None:
        self.announced += 1


@pytest.fixture
def rooms() -> NotedRooms:
    return NotedRooms()


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = Store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def leases(store: Store, rooms: Any) -> Leases:
    made = Leases(LockTable(store, OURS, "a"), rooms, OURS)
    made.make("room", "pen", 1_000_000)
    return made


def test_a_taken_lock_is_renewed_and_told(leases: Leases, rooms: NotedRooms) -> None:
    lock = leases.acquire("room", "pen", 0)
    assert (lock.owner, lock.ttl_s) == ("a", 1.0)
    assert rooms.leases == {("room", "pen"): 1_000_000}
    assert rooms.announced == 2
    leases.make("room", "pen", 5)
    assert rooms.announced == 2


def test_one_that_is_held_is_waited_for_no_longer_than_asked(leases: Leases, store: Store, rooms: NotedRooms) -> None:
    LockTable(store, THEIRS, "b").acquire("room", "pen")
    with pytest.raises(AgoraError, match="lock 'pen' is held by 'b'"):
        leases.acquire("room", "pen", 0)
    assert rooms.leases == {}


def test_what_is_given_back_is_free(leases: Leases, store: Store, rooms: NotedRooms) -> None:
    leases.acquire("room", "pen", 0)
    leases.release("room", "pen")
    assert rooms.leases == {}
    assert LockTable(store, THEIRS, "b").acquire("room", "pen").login == THEIRS
    with pytest.raises(AgoraError, match="is not ours"):
        leases.release("room", "pen")
    leases.remove("room", "pen")
    with pytest.raises(AgoraError, match="has no lock"):
        leases.acquire("room", "pen", 0)


def test_all_are_given_back_but_those_that_were_lost(leases: Leases, store: Store, rooms: NotedRooms) -> None:
    leases.make("room", "ink", 1_000_000)
    leases.acquire("room", "pen", 0)
    leases.acquire("room", "ink", 0)
    table = LockTable(store, THEIRS, "b")
    table.remove("room", "ink")
    table.set("room", "ink", 1_000_000)
    table.acquire("room", "ink")
    leases.release_all()
    leases.release_all()
    assert rooms.leases == {}
    assert [(row.name, row.login) for row in table.read("room").values()] == [("ink", THEIRS), ("pen", "")]
