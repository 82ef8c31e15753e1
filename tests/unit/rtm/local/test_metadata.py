"""rtm/local/metadata.py: revisions, compare-and-set against a naive twin, what changed since."""

import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agora_cli.errors import AgoraError, ExpectationError
from agora_cli.rtm.base import ANY_REVISION, NEW_ITEM
from agora_cli.rtm.local.locks import LockTable
from agora_cli.rtm.local.metadata import MetadataTable
from agora_cli.rtm.local.store import Store
from tests.rtm_numbers import number_of


@pytest.fixture
def table(tmp_path: Path) -> MetadataTable:
    return MetadataTable(Store(tmp_path), "alice.1.1", "alice")


def refused(number: int, call: object, *args: object) -> None:
    assert callable(call)
    with pytest.raises(AgoraError) as caught:
        call(*args)
    assert number_of(caught.value) == number


def values(table: MetadataTable) -> dict[str, str]:
    return {key: item.value for key, item in table.read("room").items.items()}


def test_never_written_is_revision_0(table: MetadataTable) -> None:
    assert (table.read("room").revision, values(table)) == (0, {})


def test_each_write_is_one_revision(table: MetadataTable) -> None:
    assert table.write("room", {"a": "1", "b": "2"}) == 1
    assert table.write("room", {"b": "3"}) == 2
    metadata = table.read("room")
    assert {key: (item.value, item.revision, item.author) for key, item in metadata.items.items()} == {
        "a": ("1", 1, "alice"),
        "b": ("3", 2, "alice"),
    }
    assert table.read("other").revision == 0


def test_compare_and_set(table: MetadataTable) -> None:
    table.write("room", {"a": "1"}, 0)
    refused(-12014, table.write, "room", {"a": "2"}, 0)
    refused(-12014, table.write, "room", {"a": "2"}, ANY_REVISION, {"a": NEW_ITEM})
    refused(-12014, table.write, "room", {"a": "2"}, ANY_REVISION, {"a": 7})
    refused(-12014, table.write, "room", {"b": "2"}, ANY_REVISION, {"b": 1})
    assert values(table) == {"a": "1"}
    table.write("room", {"a": "2", "b": "1"}, 1, {"a": 1, "b": NEW_ITEM})
    assert values(table) == {"a": "2", "b": "1"}


def test_removed_items_are_gone_but_told(table: MetadataTable) -> None:
    table.write("room", {"a": "1", "b": "2"})
    table.remove("room", ["a"])
    assert values(table) == {"b": "2"}
    assert table.changes("room", 1) == (2, {}, ["a"])
    table.remove("room", None)
    assert values(table) == {}
    revision, changed, removed = table.changes("room", 0)
    assert (revision, changed, removed) == (3, {}, ["a", "b"])
    table.write("room", {"a": "again"}, ANY_REVISION, {"a": NEW_ITEM})
    assert list(table.changes("room", 3)[1]) == ["a"]


def test_a_channel_holds_so_much(table: MetadataTable) -> None:
    table.write("room", {str(number): "" for number in range(32)})
    refused(-12002, table.write, "room", {"one more": ""})
    refused(-12006, table.write, "large", {str(number): "x" * 8192 for number in range(4)})
    assert table.read("large").revision == 0


def test_a_write_under_a_lock_wants_the_lock(tmp_path: Path) -> None:
    store = Store(tmp_path)
    table, locks = MetadataTable(store, "alice.1.1", "alice"), LockTable(store, "alice.1.1", "alice")
    refused(-12008, table.write, "room", {"a": "1"}, ANY_REVISION, None, "l")
    locks.set("room", "l", 10_000_000)
    refused(-12008, table.write, "room", {"a": "1"}, ANY_REVISION, None, "l")
    locks.acquire("room", "l")
    assert table.write("room", {"a": "1"}, ANY_REVISION, None, "l") == 1


def test_of_many_that_compare_and_set_one_wins_each_revision(tmp_path: Path) -> None:
    wins: list[int] = []

    def race(name: str) -> None:
        table = MetadataTable(Store(tmp_path), name, name)
        for revision in range(20):
            while table.read("room").revision < revision:
                pass
            with suppress(ExpectationError):
                table.write("room", {"a": name}, revision)
                wins.append(revision)

    racers = [threading.Thread(target=race, args=(name,)) for name in "abc"]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert sorted(wins) == list(range(20))


WRITES = st.lists(
    st.tuples(st.dictionaries(st.sampled_from("abc"), st.sampled_from([None, "", "x", "ü"])), st.integers(-1, 4)),
    max_size=12,
)


@settings(max_examples=40, deadline=None)  # each makes a file
@given(WRITES)
def test_against_a_naive_twin(
    tmp_path_factory: pytest.TempPathFactory, writes: list[tuple[dict[str, str | None], int]]
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    table = MetadataTable(store, "alice.1.1", "alice")
    twin: dict[str, str] = {}
    revision = 0
    for items, expected in writes:
        try:
            table.write("room", items, expected)
        except AgoraError:
            assert expected not in (ANY_REVISION, revision)
            continue
        revision += 1
        twin |= items
        twin = {key: value for key, value in twin.items() if value is not None}
    assert (table.read("room").revision, values(table)) == (revision, twin)
    store.close()
