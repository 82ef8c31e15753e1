"""How far one publisher's stream has been delivered to us: in order, none twice, gaps named. Pure state.

A cursor opens at the first record that was sent after we subscribed. Where the first that we see is not
number 1, only the publisher knows which that is, so the cursor is unopened and asks (`wanted`).
Records beyond a gap are held, at most HELD_MAX of them; more are asked for again later.
"""

from collections.abc import Iterable
from typing import NamedTuple

from agora_cli.errors import InputError
from agora_cli.rtm.local.wire import Record

HELD_MAX = 4096
# More than a publisher sends while we do not hear it.
MAX_AHEAD = 1_000_000


class WantedHistory(NamedTuple):
    """What to ask for: all from `from_seq` on that was sent since `since_us`."""

    from_seq: int
    since_us: int


class Cursor:
    """One login's records on one stream.

    Invariants: while `next_seq` is None nothing was delivered; held seqs are all beyond `next_seq`.
    """

    __slots__ = ("_held", "_since_us", "head", "next_seq")

    def __init__(self, since_us: int) -> None:
        self._since_us = since_us
        self._held: dict[int, Record] = {}
        self.next_seq: int | None = None
        self.head = 0

    @property
    def delivered(self) -> int:
        """Return the last seq delivered, or skipped; -1 before the cursor opens."""
        return -1 if self.next_seq is None else self.next_seq - 1

    def check(self, records: Iterable[Record]) -> None:
        """Raise InputError where one of the records is too far ahead of all that came to be the publisher's."""
        for record in records:
            self.check_number(record.seq)

    def check_number(self, seq: int) -> None:
        """Raise InputError for a number that is too far ahead of all that came."""
        if self.next_seq is not None and seq > max(self.head, self.next_seq) + MAX_AHEAD:
            raise InputError("rtm-sequence", f"number {seq}, expected {self.next_seq}")

    def learn_head(self, head: int) -> None:
        """Take the publisher's own answer."""
        self.head = max(self.head, head)

    def offer(self, record: Record) -> list[Record]:
        """Take a record as it comes; return what can be delivered now, in order."""
        seq = record.seq
        if self._is_hearsay(seq):
            return []
        if record.sent_us < self._since_us:
            self.head = max(self.head, seq)
            return self.open(seq + 1)
        if seq == self.next_seq and not self._held:
            self.next_seq = seq + 1
            if seq > self.head:
                self.head = seq
            return [record]
        self.head = max(self.head, seq)
        if self.next_seq is None and seq == 1:
            self.next_seq = 1
        if self.next_seq is not None and seq < self.next_seq:
            return []
        if seq == self.next_seq or len(self._held) < HELD_MAX:
            self._held[seq] = record
        return self._drain()

    def see_head(self, seq: int, sent_us: int) -> list[Record]:
        """Learn what the publisher's newest record is; return what can be delivered now."""
        if self._is_hearsay(seq):
            return []
        self.head = max(self.head, seq)
        return self.open(seq + 1) if seq == 0 or sent_us < self._since_us else []

    def open(self, seq: int) -> list[Record]:
        """Start at `seq`, or go on there when something before it is gone for good."""
        if self.next_seq is None or self.next_seq < seq:
            self.next_seq = seq
            for old in [held for held in self._held if held < seq]:
                del self._held[old]
        return self._drain()

    def offer_all(self, records: Iterable[Record]) -> list[Record]:
        """Take several; return what can be delivered now, in order."""
        return [ready for record in records for ready in self.offer(record)]

    def wanted(self) -> WantedHistory | None:
        """Return what is missing, None when nothing is."""
        if self.next_seq is None:
            return WantedHistory(1, self._since_us)
        return WantedHistory(self.next_seq, 0) if self.next_seq <= self.head else None

    def first_held(self) -> int | None:
        """Return the lowest seq that waits for others."""
        return min(self._held, default=None)

    def _is_hearsay(self, seq: int) -> bool:
        """Tell whether a number is too far ahead to open a cursor: the publisher is asked, as we are unopened."""
        return self.next_seq is None and seq > self.head + MAX_AHEAD

    def _drain(self) -> list[Record]:
        ready: list[Record] = []
        if self.next_seq is not None:
            while (record := self._held.pop(self.next_seq, None)) is not None:
                ready.append(record)
                self.next_seq += 1
        return ready
