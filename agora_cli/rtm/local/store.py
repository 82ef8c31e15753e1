"""What the channels of a namespace share: history, metadata, member states and locks, in one SQLite file.

Why not a leader among the live members: it would have to hand its state over when it is killed, and a broken
link would make two of them. Here every write is one immediate transaction (16 us), so a revision is checked
and counted, and a lock is given, by one process at a time; what is committed survives kill -9 of any member,
and of all. It lives as long as the runtime directory: usually until the machine restarts.

A write waits at most BUSY_TIMEOUT_S for another process that was stopped in the middle of its own, then
raises -12018. Clocks: `_us` of locks and messages are CLOCK_MONOTONIC, which all processes of a machine
share; only `wall_us` is Unix time, for people.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agora_cli.clock import monotonic_us
from agora_cli.rtm.base import Message
from agora_cli.rtm.failures import RtmError, failure

FILE_NAME = "rtm.sqlite3"
BUSY_TIMEOUT_S = 5.0
HISTORY_MAX_MESSAGES = 10_000
_TRIM_EVERY = 256

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message(
  id INTEGER PRIMARY KEY, channel TEXT, login TEXT, seq INTEGER, publisher TEXT,
  sent_us INTEGER, wall_us INTEGER, is_text INTEGER, data BLOB);
CREATE INDEX IF NOT EXISTS message_channel ON message(channel, id);
CREATE INDEX IF NOT EXISTS message_login ON message(channel, login, seq);
CREATE TABLE IF NOT EXISTS revision(channel TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS item(
  channel TEXT, key TEXT, value TEXT, revision INTEGER, author TEXT, wall_us INTEGER,
  PRIMARY KEY(channel, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS member(
  stream TEXT, login TEXT, state TEXT, wall_us INTEGER, PRIMARY KEY(stream, login)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lock(
  channel TEXT, name TEXT, ttl_us INTEGER, login TEXT, owner TEXT, expires_us INTEGER, fence INTEGER,
  PRIMARY KEY(channel, name)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A row of history; `login` and `seq` say which live message it is."""

    id: int
    channel: str
    login: str
    seq: int
    publisher: str
    sent_us: int
    wall_us: int
    is_text: bool
    data: bytes

    def public(self) -> Message:
        """Return it as a message that arrives now, without what is ours alone."""
        return Message(
            monotonic_us(), self.channel, self.publisher, self.data, self.is_text, self.wall_us, from_history=True
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """How a channel's history stood at the moment `at_us`: nothing older is missing in it, nothing newer is there."""

    at_us: int
    last_id: int
    messages: Sequence[StoredMessage]


class Store:
    """One process's connection to the file. Safe for threads."""

    def __init__(self, directory: Path) -> None:
        """Open or make the file in a directory that is the user's alone."""
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._appended = 0
        with _translated():
            self._writer = _connect(directory)
            self._writer.executescript(_SCHEMA)
            # A connection of its own: who reads never waits for a write of ours that waits for another process.
            self._reader = _connect(directory)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the one write lock of the namespace: all that the body does is committed, or none of it."""
        with self._writing, _translated():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """See one state of the file, without waiting for writers."""
        with self._reading, _translated():
            self._reader.execute("BEGIN")
            try:
                yield self._reader
            finally:
                self._reader.execute("COMMIT")

    def version(self) -> int:
        """Return a number that changes whenever anybody has written (3 us)."""
        with self._reading, _translated():
            number: int = self._reader.execute("PRAGMA data_version").fetchone()[0]
            return number

    def close(self) -> None:
        """Let go of the file."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()

    def append(self, channel: str, login: str, seq: int, publisher: str, is_text: bool, data: bytes) -> tuple[int, int]:
        """Keep a message; return its (sent_us, wall_us), taken while nobody else writes.

        That makes the cut of `join` exact: a message is either in the history that a subscriber reads, or
        sent after it subscribed.
        """
        with self.writing() as db:
            sent_us, wall_us = monotonic_us(), time.time_ns() // 1000
            db.execute(
                "INSERT INTO message(channel,login,seq,publisher,sent_us,wall_us,is_text,data) VALUES(?,?,?,?,?,?,?,?)",
                (channel, login, seq, publisher, sent_us, wall_us, is_text, data),
            )
            self._appended += 1
            if self._appended % _TRIM_EVERY == 0:
                _trim(db, channel)
        return sent_us, wall_us

    def join(self, channel: str, limit: int) -> Entry:
        """Return how a channel's history stands now, with its newest `limit` messages."""
        with self.writing() as db:
            last_id = db.execute("SELECT MAX(id) FROM message WHERE channel=?", (channel,)).fetchone()[0] or 0
            return Entry(monotonic_us(), last_id, _newest(db, channel, limit))

    def enter(self, stream: str, login: str, state: Mapping[str, str]) -> None:
        """Be a member that listens to a stream, with this state."""
        with self.writing() as db:
            wall_us = time.time_ns() // 1000
            # Members that were killed leave their row; a day later nobody resumes a stopped process.
            db.execute("DELETE FROM member WHERE stream=? AND wall_us<?", (stream, wall_us - 86_400_000_000))
            row = (stream, login, json.dumps(dict(state)), wall_us)
            db.execute("INSERT OR REPLACE INTO member VALUES(?,?,?,?)", row)

    def leave(self, stream: str, login: str) -> None:
        """Say goodbye: who sees our link go and finds no row knows that we left on purpose."""
        with self.writing() as db:
            db.execute("DELETE FROM member WHERE stream=? AND login=?", (stream, login))

    def states(self, stream: str) -> dict[str, dict[str, str]]:
        """Return the state of each login that has not said goodbye, dead or alive."""
        with self.reading() as db:
            rows = db.execute("SELECT login, state FROM member WHERE stream=?", (stream,)).fetchall()
        return {login: json.loads(state) for login, state in rows}

    def history(self, channel: str, limit: int) -> list[StoredMessage]:
        """Return the newest `limit` messages, oldest first."""
        with self.reading() as db:
            return _newest(db, channel, limit)

    def published(self, channel: str, login: str, first_seq: int, end_seq: int, since_us: int) -> list[StoredMessage]:
        """Return what one login published with seq in first_seq..end_seq-1, since a moment, in its order."""
        with self.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM message WHERE channel=? AND login=? AND seq>=? AND seq<? AND sent_us>=?"
                " ORDER BY seq",
                (channel, login, first_seq, end_seq, since_us),
            ).fetchall()
        return [_message(row) for row in rows]

    def heads(self, channel: str, after_id: int, until_us: int) -> tuple[int, dict[str, int]]:
        """Return the last id before `until_us`, and the newest seq of each login that stored one after `after_id`."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT MAX(id), login, MAX(seq) FROM message WHERE channel=? AND id>? AND sent_us<? GROUP BY login",
                (channel, after_id, until_us),
            ).fetchall()
        return max((row[0] for row in rows), default=after_id), {login: seq for _, login, seq in rows}


_COLUMNS = "id, channel, login, seq, publisher, sent_us, wall_us, is_text, data"


def _connect(directory: Path) -> sqlite3.Connection:
    db = sqlite3.connect(directory / FILE_NAME, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    # The page cache outlives every process, and a lost power supply ends the channels anyway.
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=OFF")
    return db


def _newest(db: sqlite3.Connection, channel: str, limit: int) -> list[StoredMessage]:
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM message WHERE channel=? ORDER BY id DESC LIMIT ?", (channel, limit)
    ).fetchall()
    return [_message(row) for row in reversed(rows)]


def _message(row: tuple[int, str, str, int, str, int, int, int, bytes]) -> StoredMessage:
    return StoredMessage(*row[:7], bool(row[7]), row[8])


def _trim(db: sqlite3.Connection, channel: str) -> None:
    db.execute(
        "DELETE FROM message WHERE channel=:channel AND id <="
        " (SELECT id FROM message WHERE channel=:channel ORDER BY id DESC LIMIT 1 OFFSET :kept)",
        {"channel": channel, "kept": HISTORY_MAX_MESSAGES},
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise failure(
                RtmError.STORAGE_TIMEOUT,
                f"another process has been writing the channels' store for {BUSY_TIMEOUT_S:g} s",
                hint="it may be stopped in the middle: continue or end it",
            ) from error
        raise failure(RtmError.STORAGE_FAILED, f"cannot use the channels' store: {error}") from error
    except sqlite3.Error as error:
        raise failure(RtmError.STORAGE_FAILED, f"cannot use the channels' store: {error}") from error
