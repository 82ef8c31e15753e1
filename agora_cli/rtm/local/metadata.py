"""A channel's metadata in the store: counted revisions, compare-and-set, and what changed since one of them."""

import sqlite3
import time
from collections.abc import Mapping, Sequence

from agora_cli.clock import monotonic_us
from agora_cli.rtm.base import ANY_REVISION, NEW_ITEM, ChannelMetadata, MetadataItem
from agora_cli.rtm.failures import RtmError, failure
from agora_cli.rtm.limits import ITEMS_MAX, METADATA_MAX_BYTES
from agora_cli.rtm.local.locks import holds
from agora_cli.rtm.local.store import Store


class MetadataTable:
    """The metadata of all channels, as one login sees and writes it."""

    def __init__(self, store: Store, login: str, user: str) -> None:
        self._store = store
        self._login = login
        self._user = user

    def read(self, channel: str) -> ChannelMetadata:
        """Return what is set now."""
        with self._store.reading() as db:
            return ChannelMetadata(_revision(db, channel), _items(db, channel, "value IS NOT NULL"))

    def changes(self, channel: str, after: int) -> tuple[int, Mapping[str, MetadataItem], Sequence[str]]:
        """Return the revision now, what was set after revision `after` (as it is now), and which keys are gone."""
        with self._store.reading() as db:
            changed = _items(db, channel, f"value IS NOT NULL AND revision > {after:d}")
            removed = _items(db, channel, f"value IS NULL AND revision > {after:d}")
            return _revision(db, channel), changed, sorted(removed)

    def write(
        self,
        channel: str,
        items: Mapping[str, str | None],
        revision: int = ANY_REVISION,
        revisions: Mapping[str, int] | None = None,
        lock: str | None = None,
    ) -> int:
        """Set each item, None removes it; return the new revision.

        Raises -12014 for a revision that is not the one expected, -12008 for a lock that is not ours, -12002
        and -12006 for more than a channel holds. Nothing is written then.
        """
        with self._store.writing() as db:
            if lock is not None and not holds(db, channel, lock, self._login, monotonic_us()):
                raise failure(RtmError.METADATA_LOCK_NOT_ACQUIRED, f"lock {lock!r} is not ours")
            self._check_revisions(db, channel, revision, revisions or {})
            number = _revision(db, channel) + 1
            db.execute("INSERT OR REPLACE INTO revision VALUES(?,?)", (channel, number))
            wall_us = time.time_ns() // 1000
            for key, value in items.items():
                # A removed item stays as a row without a value: members that missed it can still be told.
                row = (channel, key, value, number, self._user, wall_us)
                db.execute("INSERT OR REPLACE INTO item VALUES(?,?,?,?,?,?)", row)
            _check_size(_items(db, channel, "value IS NOT NULL"))
            return number

    def remove(
        self, channel: str, keys: Sequence[str] | None, revision: int = ANY_REVISION, lock: str | None = None
    ) -> int:
        """Remove items (None: all); return the new revision. Raises as write() does."""
        gone = self.read(channel).items if keys is None else keys
        return self.write(channel, dict.fromkeys(gone), revision, None, lock)

    def _check_revisions(
        self, db: sqlite3.Connection, channel: str, revision: int, revisions: Mapping[str, int]
    ) -> None:
        found = _revision(db, channel)
        if revision not in (ANY_REVISION, found):
            raise failure(RtmError.OUTDATED_REVISION, f"metadata is at revision {found}, expected {revision}")
        items = _items(db, channel, "value IS NOT NULL")
        for key, expected in revisions.items():
            found = items[key].revision if key in items else NEW_ITEM
            if expected not in (ANY_REVISION, found):
                raise failure(
                    RtmError.OUTDATED_REVISION, f"metadata {key!r} is at revision {found}, expected {expected}"
                )


def _revision(db: sqlite3.Connection, channel: str) -> int:
    row = db.execute("SELECT number FROM revision WHERE channel=?", (channel,)).fetchone()
    return int(row[0]) if row else 0


def _items(db: sqlite3.Connection, channel: str, condition: str) -> dict[str, MetadataItem]:
    rows = db.execute(
        f"SELECT key, value, revision, author, wall_us FROM item WHERE channel=? AND {condition} ORDER BY key",
        (channel,),
    )
    return {key: MetadataItem(*values) for key, *values in rows}


def _check_size(items: Mapping[str, MetadataItem]) -> None:
    if len(items) > ITEMS_MAX:
        raise failure(RtmError.TOO_MANY_ITEMS, f"a channel has at most {ITEMS_MAX} metadata items, got {len(items)}")
    size = sum(len(key.encode()) + len(item.value.encode()) for key, item in items.items())
    if size > METADATA_MAX_BYTES:
        raise failure(
            RtmError.METADATA_TOO_LONG, f"a channel's metadata must be at most {METADATA_MAX_BYTES} bytes, got {size}"
        )
