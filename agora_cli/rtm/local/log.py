"""What one login has published to one stream, and how far each reader has taken it. Pure state, no clock.

The log is what makes a lossy link lossless: a put that zenoh dropped, or that was sent while a reader's link
was down, is asked for again and answered from here. Three bounds keep it honest:

- the window: a reader that keeps up is never more than WINDOW_* behind, so the link's own queue (1 MiB) does
  not overflow and nothing is sent twice for nothing;
- a reader that makes no progress for LAG_US (it is stopped, or its consumer is slow) lags: the others go on
  without it, and it catches up from the log;
- the log holds at most MAX_BYTES for those that lag; then the publisher waits for them, and one that makes
  no progress for STALL_US, or was away for so long, is given up. It will be told how many it lost.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple

WINDOW_RECORDS = 2048
WINDOW_BYTES = 512 * 1024
LAG_US = 100_000
STALL_US = 10_000_000
AWAY_US = 30_000_000
MAX_BYTES = 64 * 1024 * 1024
KEEP_BYTES = 4 * 1024 * 1024
REPLY_RECORDS = 1024
REPLY_BYTES = 256 * 1024
# What a record costs beside its bytes: two list slots, an int, the object.
_OVERHEAD_BYTES = 100


@dataclass(slots=True)
class Reader:
    """One login that listens.

    `acked` is the last seq it has taken, `waiting_us` since when we wait for it to take more, `away_us` since
    when its link is gone.
    """

    acked: int = 0
    lags: bool = False
    waiting_us: int | None = None
    away_us: int | None = None

    def waited_us(self, now_us: int) -> int:
        """Return for how long we have been waiting, from the first call on."""
        if self.waiting_us is None:
            self.waiting_us = now_us
        return now_us - self.waiting_us


class Answer(NamedTuple):
    """Records for a request; the fields are those of wire.Reply."""

    due: int
    first: int
    head: int
    records: list[bytes]


class Log:
    """The records of one stream, seq 1 and up.

    Invariants: `_records[i]` has seq `first_seq + i`; `_ends[i]` is the size of all records ever up to its end.
    """

    def __init__(self) -> None:
        self.first_seq = 1
        self.readers: dict[str, Reader] = {}
        self._records: list[bytes] = []
        self._sent_us: list[int] = []
        self._ends: list[int] = []
        self._trimmed_end = 0
        self._trimmed_us = -1

    @property
    def head(self) -> int:
        """Return the newest seq; 0 before the first."""
        return self.first_seq + len(self._records) - 1

    @property
    def head_us(self) -> int:
        """Return when the newest was sent."""
        return self._sent_us[-1] if self._sent_us else self._trimmed_us

    def append(self, record: bytes, sent_us: int) -> None:
        """Add the record that has seq `head + 1`."""
        self._records.append(record)
        self._sent_us.append(sent_us)
        self._ends.append(self._end_of(self.head - 1) + len(record) + _OVERHEAD_BYTES)

    def join(self, login: str) -> None:
        """A reader is here (again): it has taken nothing that we know of until it acks."""
        reader = self.readers.setdefault(login, Reader())
        reader.away_us = reader.waiting_us = None

    def leave(self, login: str, now_us: int) -> None:
        """A reader's link is gone; it may come back."""
        if login in self.readers:
            self.readers[login].away_us = now_us

    def forget(self, login: str) -> None:
        """A reader whose link is gone will not come back."""
        reader = self.readers.get(login)
        if reader is not None and reader.away_us is not None:
            del self.readers[login]

    def ack(self, login: str, seq: int) -> None:
        """A reader has taken all up to `seq`."""
        reader = self.readers.get(login)
        if reader is not None and reader.acked < seq <= self.head:
            reader.acked = seq
            reader.waiting_us = None
            reader.lags = reader.lags and not self._within_window(reader)

    def may_append(self, now_us: int) -> bool:
        """Tell whether one more record may go now. Marks readers that lag, gives up those that stall, trims."""
        self._give_up(now_us)
        open_window = True
        for reader in self.readers.values():
            if reader.lags or reader.away_us is not None or self._within_window(reader):
                continue
            if reader.waited_us(now_us) >= LAG_US:
                reader.lags = True
            else:
                open_window = False
        return open_window and self._trim()

    def is_taken(self) -> bool:
        """Tell whether every reader has taken everything, also one that is away and may come back."""
        return all(reader.acked >= self.head for reader in self.readers.values())

    def answer(self, from_seq: int, since_us: int) -> Answer:
        """Return what is due from `from_seq` on and sent since `since_us`, as much as fits in one reply."""
        due = max(from_seq, 1)
        if self._trimmed_us < since_us:
            due = max(due, self.first_seq + bisect_left(self._sent_us, since_us))
        elif since_us > 0:
            # The time of records that are gone is forgotten; the newest of them was due, that much is known.
            due = max(due, self.first_seq - 1)
        first = max(due, self.first_seq)
        start = first - self.first_seq
        end = min(start + REPLY_RECORDS, len(self._records))
        while end > start + 1 and self._ends[end - 1] - self._end_of(first - 1) > REPLY_BYTES:
            end = start + (end - start) // 2
        return Answer(due, first, self.head, self._records[start:end])

    def _within_window(self, reader: Reader) -> bool:
        if self.head - reader.acked >= WINDOW_RECORDS:
            return False
        return self._end_of(self.head) - self._end_of(reader.acked) < WINDOW_BYTES

    def _give_up(self, now_us: int) -> None:
        full = self._end_of(self.head) - self._trimmed_end >= MAX_BYTES
        for login, reader in list(self.readers.items()):
            away = reader.away_us is not None and now_us - reader.away_us >= AWAY_US
            stalled = full and reader.acked < self.head and reader.waited_us(now_us) >= STALL_US
            if away or stalled:
                del self.readers[login]

    def _trim(self) -> bool:
        """Drop what all have taken beyond KEEP_BYTES; False when the log is full with what some have not."""
        size = self._end_of(self.head) - self._trimmed_end
        if size <= KEEP_BYTES + KEEP_BYTES // 4:  # in large steps: each moves the whole lists
            return True
        taken = min((reader.acked for reader in self.readers.values()), default=self.head)
        by_size = bisect_left(self._ends, self._end_of(self.head) - KEEP_BYTES)
        count = min(taken - self.first_seq + 1, by_size)
        if count > 0:
            self._trimmed_end, self._trimmed_us = self._ends[count - 1], self._sent_us[count - 1]
            del self._records[:count], self._sent_us[:count], self._ends[:count]
            self.first_seq += count
        return self._end_of(self.head) - self._trimmed_end < MAX_BYTES

    def _end_of(self, seq: int) -> int:
        """Return the size of all records up to `seq`; what is trimmed counts as its last."""
        index = seq - self.first_seq
        return self._ends[index] if index >= 0 else self._trimmed_end
