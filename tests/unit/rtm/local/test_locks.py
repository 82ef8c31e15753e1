"""rtm/local/locks.py: one holder at a time, leases that end, and a fence that only grows."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agora_cli.errors import AgoraError
from agora_cli.rtm.local import locks as module
from agora_cli.rtm.local.locks import LockTable
from agora_cli.rtm.local.store import Store
from tests.rtm_numbers import number_of

TTL_US = 10_000_000


class Clock:
    """The machine's monotonic clock, in the test's hand."""

    def __init__(self) -> None:
        self.now_us = 1_000_000_000

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "monotonic_us", clock)
    return clock


@pytest.fixture
def tables(tmp_path: Path, clock: Clock) -> tuple[LockTable, LockTable]:
    return tuple(LockTable(Store(tmp_path), f"{name}.1.1", name) for name in ("alice", "bob"))  # type: ignore[return-value]


def refused(number: int, call: object, *args: object) -> None:
    assert callable(call)
    with pytest.raises(AgoraError) as caught:
        call(*args)
    assert number_of(caught.value) == number


def test_made_once_and_free(tables: tuple[LockTable, LockTable]) -> None:
    alice, bob = tables
    assert alice.set("room", "l", TTL_US)
    assert not bob.set("room", "l", 1)
    row = bob.read("room")["l"]
    assert (row.owner, row.ttl_us, row.fence, row.lapsed) == ("", TTL_US, 0, False)
    assert row.public().ttl_s == 10


def test_one_holder(tables: tuple[LockTable, LockTable]) -> None:
    alice, bob = tables
    alice.set("room", "l", TTL_US)
    assert alice.acquire("room", "l").owner == "alice"
    assert bob.acquire("room", "l").owner == "alice"
    refused(-14006, bob.release, "room", "l")
    alice.release("room", "l")
    refused(-14006, alice.release, "room", "l")
    taken = bob.acquire("room", "l")
    assert (taken.owner, taken.fence) == ("bob", 2)


def test_taking_what_is_ours_does_not_take_it_again(tables: tuple[LockTable, LockTable]) -> None:
    alice, _ = tables
    alice.set("room", "l", TTL_US)
    assert alice.acquire("room", "l").fence == alice.acquire("room", "l").fence == 1


def test_a_lease_ends_and_its_holder_finds_out(tables: tuple[LockTable, LockTable], clock: Clock) -> None:
    alice, bob = tables
    alice.set("room", "l", TTL_US)
    alice.acquire("room", "l")
    clock.now_us += TTL_US - 1
    assert bob.acquire("room", "l").owner == "alice"
    clock.now_us += 1
    row = bob.read("room")["l"]
    assert (row.owner, row.lapsed) == ("", True)
    assert bob.acquire("room", "l").owner == "bob"
    assert not alice.renew("room", "l")


def test_a_renewed_lease_lasts(tables: tuple[LockTable, LockTable], clock: Clock) -> None:
    alice, bob = tables
    alice.set("room", "l", TTL_US)
    alice.acquire("room", "l")
    for _ in range(10):
        clock.now_us += TTL_US // 3
        assert alice.renew("room", "l")
        assert bob.acquire("room", "l").owner == "alice"


def test_after_a_restart_of_the_machine_no_lease_holds_for_ever(
    tables: tuple[LockTable, LockTable], clock: Clock
) -> None:
    alice, bob = tables
    alice.set("room", "l", TTL_US)
    alice.acquire("room", "l")
    clock.now_us = 5
    assert bob.acquire("room", "l").owner == "bob"


def test_missing_locks_are_named(tables: tuple[LockTable, LockTable]) -> None:
    alice, _ = tables
    refused(-14008, alice.acquire, "room", "l")
    refused(-14008, alice.remove, "room", "l")
    assert not alice.renew("room", "l")
    alice.set("room", "l", TTL_US)
    alice.remove("room", "l")
    assert alice.read("room") == {}


STEPS = st.lists(
    st.tuples(st.sampled_from(["acquire", "release", "renew", "wait"]), st.integers(0, 2), st.integers(0, 12_000_000)),
    max_size=25,
)


@settings(max_examples=40, deadline=None)  # each makes a file
@given(STEPS)
def test_never_two_holders(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]) -> None:
    """The naive twin is the holder and the end of its lease."""
    clock = Clock()
    store = Store(tmp_path_factory.mktemp("store"))
    tables = [LockTable(store, f"{number}.1.1", str(number)) for number in range(3)]
    holder, ends_us, fence = None, 0, 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "monotonic_us", clock)
        tables[0].set("room", "l", TTL_US)
        for what, who, wait_us in steps:
            if holder is not None and clock.now_us >= ends_us:
                holder = None
            if what == "wait":
                clock.now_us += wait_us
            elif what == "acquire":
                if holder is None:
                    holder, ends_us, fence = who, clock.now_us + TTL_US, fence + 1
                row = tables[who].acquire("room", "l")
                assert (row.owner, row.fence) == (str(holder), fence)
            elif what == "renew":
                assert tables[who].renew("room", "l") == (who == holder)
                ends_us = clock.now_us + TTL_US if who == holder else ends_us
            elif who == holder:
                tables[who].release("room", "l")
                holder = None
            else:
                refused(-14006, tables[who].release, "room", "l")
    store.close()
