"""A channel's locks in the store: each a lease that its holder renews, and that ends by itself.

| state | event                         | next               |
|-------|-------------------------------|--------------------|
| none  | set                           | free               |
| free  | acquire by A                  | held by A, fence+1 |
| held  | renew by its holder, in time  | held, lease anew   |
| held  | release by its holder         | free               |
| held  | the lease ends (holder gone)  | free               |
| any   | remove                        | none               |

A holder renews three times in its lock's time, so one that is killed holds on for at least two thirds of it
and at most all of it. Two logins never hold a lock at once: taking, renewing and ending are transactions of
one store on one clock. A holder that was stopped for longer than the lease finds at its next renewal that it
lost the lock; `fence` lets others refuse what it did in between.
"""

import sqlite3
from dataclasses import dataclass

from agora_cli.clock import monotonic_us
from agora_cli.rtm.base import Lock
from agora_cli.rtm.failures import RtmError, failure
from agora_cli.rtm.local.store import Store


@dataclass(frozen=True, slots=True)
class LockRow:
    """A lock as it stands in the store; `login` and `owner` are "" while it is free.

    `lapsed`: it is free because its lease ended, not because it was given back.
    """

    name: str
    ttl_us: int
    login: str
    owner: str
    expires_us: int
    fence: int
    lapsed: bool = False

    def public(self) -> Lock:
        """Return it without what is ours alone."""
        return Lock(self.name, self.owner, self.ttl_us / 1_000_000, self.fence)


class LockTable:
    """The locks of all channels, as one login sees and takes them."""

    def __init__(self, store: Store, login: str, user: str) -> None:
        self._store = store
        self._login = login
        self._user = user

    def read(self, channel: str) -> dict[str, LockRow]:
        """Return each lock by its name; one whose lease is over is free."""
        with self._store.reading() as db:
            return {row.name: row for row in _rows(db, channel, monotonic_us())}

    def set(self, channel: str, name: str, ttl_us: int) -> bool:
        """Make a free lock; False when there is one of that name already."""
        with self._store.writing() as db:
            row = (channel, name, ttl_us)
            return db.execute("INSERT OR IGNORE INTO lock VALUES(?,?,?,'','',0,0)", row).rowcount == 1

    def remove(self, channel: str, name: str) -> None:
        """Remove a lock. Raises -14008 when there is none."""
        with self._store.writing() as db:
            if db.execute("DELETE FROM lock WHERE channel=? AND name=?", (channel, name)).rowcount == 0:
                raise _missing(channel, name)

    def acquire(self, channel: str, name: str) -> LockRow:
        """Return the lock as it is after trying to take it: ours if `login` says so. Raises -14008."""
        with self._store.writing() as db:
            now_us = monotonic_us()
            row = _row(db, channel, name, now_us)
            if row is None:
                raise _missing(channel, name)
            if row.login:
                return row
            db.execute(
                "UPDATE lock SET login=?, owner=?, expires_us=?, fence=fence+1 WHERE channel=? AND name=?",
                (self._login, self._user, now_us + row.ttl_us, channel, name),
            )
            taken = _row(db, channel, name, now_us)
            assert taken is not None  # the row was there and nobody else writes
            return taken

    def renew(self, channel: str, name: str) -> bool:
        """Begin the lease anew; False when it is no longer ours."""
        with self._store.writing() as db:
            now_us = monotonic_us()
            if not holds(db, channel, name, self._login, now_us):
                return False
            db.execute("UPDATE lock SET expires_us=?+ttl_us WHERE channel=? AND name=?", (now_us, channel, name))
            return True

    def release(self, channel: str, name: str) -> None:
        """Free a lock of ours. Raises -14006 when it is not."""
        with self._store.writing() as db:
            if not holds(db, channel, name, self._login, monotonic_us()):
                raise failure(RtmError.LOCK_NOT_ACQUIRED, f"lock {name!r} of channel {channel!r} is not ours")
            db.execute("UPDATE lock SET login='', owner='', expires_us=0 WHERE channel=? AND name=?", (channel, name))


def holds(db: sqlite3.Connection, channel: str, name: str, login: str, now_us: int) -> bool:
    """Tell whether `login` holds a lock now."""
    row = _row(db, channel, name, now_us)
    return row is not None and row.login == login


def _row(db: sqlite3.Connection, channel: str, name: str, now_us: int) -> LockRow | None:
    return next((row for row in _rows(db, channel, now_us) if row.name == name), None)


def _rows(db: sqlite3.Connection, channel: str, now_us: int) -> list[LockRow]:
    found = db.execute(
        "SELECT name, ttl_us, login, owner, expires_us, fence FROM lock WHERE channel=? ORDER BY name", (channel,)
    )
    return [_as_of(LockRow(*values), now_us) for values in found]


def _as_of(row: LockRow, now_us: int) -> LockRow:
    # After a restart of the machine its clock starts anew: a lease that ends later than one made now is over too.
    if now_us < row.expires_us <= now_us + row.ttl_us:
        return row
    return LockRow(row.name, row.ttl_us, "", "", 0, row.fence, lapsed=row.login != "")


def _missing(channel: str, name: str) -> Exception:
    return failure(RtmError.LOCK_NOT_EXIST, f"channel {channel!r} has no lock {name!r}")
