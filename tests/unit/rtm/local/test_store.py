"""rtm/local/store.py: the exact cut between history and live, what is kept, and who may wait for whom."""

import sqlite3
import time
from pathlib import Path

import pytest

from agora_cli.clock import monotonic_us
from agora_cli.errors import AgoraError
from agora_cli.rtm.local import store as module
from agora_cli.rtm.local.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def say(store: Store, seq: int, login: str = "a.1.1", channel: str = "room", data: bytes = b"x") -> tuple[int, int]:
    return store.append(channel, login, seq, "alice", True, data)


def test_history_is_the_newest_in_order_and_exact(store: Store) -> None:
    for seq in range(1, 6):
        say(store, seq, data=b"\0\xff%d" % seq)
    say(store, 1, channel="other")
    assert [message.data for message in store.history("room", 3)] == [b"\0\xff3", b"\0\xff4", b"\0\xff5"]
    assert [message.channel for message in store.history("other", 9)] == ["other"]


def test_a_message_is_before_or_after_a_join_never_both(tmp_path: Path) -> None:
    mine, theirs = Store(tmp_path), Store(tmp_path)
    before_us, _ = say(theirs, 1)
    entry = mine.join("room", 10)
    after_us, _ = say(theirs, 2)
    assert [message.seq for message in entry.messages] == [1]
    assert before_us <= entry.at_us <= after_us


def test_history_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HISTORY_MAX_MESSAGES", 10)
    for seq in range(1, 257):
        say(store, seq)
    assert [message.seq for message in store.history("room", 1000)] == list(range(247, 257))


def test_published_finds_one_logins_range_since_a_moment(store: Store) -> None:
    sent = [say(store, seq)[0] for seq in (1, 2, 5, 6)]
    say(store, 3, login="b.2.2")
    assert [row.seq for row in store.published("room", "a.1.1", 2, 6, 0)] == [2, 5]
    assert [row.seq for row in store.published("room", "a.1.1", 1, 9, sent[2])] == [5, 6]


def test_heads_tell_what_was_stored_since_the_last_look(store: Store) -> None:
    say(store, 1)
    seen, heads = store.heads("room", 0, monotonic_us() + 1)
    assert heads == {"a.1.1": 1}
    say(store, 2)
    say(store, 9, login="b.2.2")
    assert store.heads("room", seen, monotonic_us() + 1)[1] == {"a.1.1": 2, "b.2.2": 9}
    assert store.heads("room", seen, 0) == (seen, {})


def test_members_enter_change_and_leave(store: Store) -> None:
    store.enter("c1", "a.1.1", {})
    store.enter("c1", "a.1.1", {"mood": "ü"})
    store.enter("c1", "b.2.2", {})
    assert store.states("c1") == {"a.1.1": {"mood": "ü"}, "b.2.2": {}}
    store.leave("c1", "a.1.1")
    assert store.states("c1") == {"b.2.2": {}}


def test_members_that_died_long_ago_are_swept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.enter("c1", "old.1.1", {})
    later_ns = time.time_ns() + 25 * 3600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: later_ns)
    store.enter("c1", "new.1.1", {})
    assert set(store.states("c1")) == {"new.1.1"}


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    def broken() -> None:
        with store.writing() as db:
            db.execute("INSERT INTO revision VALUES('room', 5)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    with store.reading() as db:
        assert db.execute("SELECT * FROM revision").fetchall() == []


def test_a_writer_that_is_stopped_midway_is_waited_for_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_S", 0.05)
    store = Store(tmp_path)
    other = sqlite3.connect(tmp_path / module.FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(AgoraError, match="writing") as caught:
        say(store, 1)
    assert caught.value.code == "rtm-12018"
    assert store.history("room", 1) == []
    other.execute("ROLLBACK")
    other.close()
    say(store, 1)


def test_a_file_that_is_no_store_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / module.FILE_NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(AgoraError, match="not a database") as caught:
        Store(tmp_path)
    assert caught.value.code == "rtm-12001"


def test_the_version_moves_with_every_write_of_anybody(tmp_path: Path) -> None:
    mine, theirs = Store(tmp_path), Store(tmp_path)
    versions = [mine.version()]
    say(mine, 1)
    versions.append(mine.version())
    say(theirs, 1)
    versions.append(mine.version())
    assert len(set(versions)) == 3
    assert mine.version() == versions[-1]
