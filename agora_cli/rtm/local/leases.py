"""The locks that one login takes: rows of the store, renewed by its rooms, told to everybody."""

import time

from agora_cli.rtm.base import Lock
from agora_cli.rtm.failures import RtmError, failure
from agora_cli.rtm.local.locks import LockTable
from agora_cli.rtm.local.rooms import Rooms

LOCK_POLL_S = 0.1


class Leases:
    """What RtmClient promises of locks, in three steps each: the store's row, our renewal, the news of it."""

    def __init__(self, table: LockTable, rooms: Rooms, login: str) -> None:
        self._table = table
        self._rooms = rooms
        self._login = login

    def make(self, channel: str, name: str, ttl_us: int) -> None:
        """Make a free lock; nothing happens when there is one of that name."""
        if self._table.set(channel, name, ttl_us):
            self._rooms.announce(channel)

    def acquire(self, channel: str, name: str, wait_s: float) -> Lock:
        """Take a lock, waiting up to `wait_s` for its holder. Raises -14007 at the end, -14008 for none."""
        deadline = time.monotonic() + wait_s
        while True:
            row = self._table.acquire(channel, name)
            if row.login == self._login:
                self._rooms.hold(channel, name, row.ttl_us)
                self._rooms.announce(channel)
                return row.public()
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise failure(RtmError.LOCK_ACQUIRE_FAILED, f"lock {name!r} is held by {row.owner!r}")
            time.sleep(min(left_s, LOCK_POLL_S))

    def release(self, channel: str, name: str) -> None:
        """Free a lock of ours. Raises -14006 when it is not."""
        self._rooms.drop(channel, name)
        self._table.release(channel, name)
        self._rooms.announce(channel)

    def remove(self, channel: str, name: str) -> None:
        """Remove a lock, whoever holds it. Raises -14008 when there is none."""
        self._rooms.drop(channel, name)
        self._table.remove(channel, name)
        self._rooms.announce(channel)

    def release_all(self) -> None:
        """Free what we still hold; a second call finds nothing left."""
        for channel, name in self._rooms.held():
            self._rooms.drop(channel, name)
            if self._table.read(channel)[name].login == self._login:
                self._table.release(channel, name)
                self._rooms.announce(channel)
