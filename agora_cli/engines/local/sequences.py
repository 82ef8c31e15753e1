"""Count what is missing between the units of one sender and kind, and take back what comes late."""

from dataclasses import dataclass, field

from agora_cli.engines.local.wire import SEQ_MODULUS, Origin
from agora_cli.errors import InputError

# So many missing numbers of a track are remembered: 5 s of sound. What comes later than that stays lost.
MOST_MISSING = 512
# A jump of more is none: an hour of sound in 10-ms units did not get lost at once. RFC 3550 A.1, MAX_DROPOUT.
MAX_DROPOUT = 360_000


@dataclass(slots=True)
class _Row:
    """The next number expected of one track, and the missing ones before it, oldest first.

    `after_jump` is the number that would prove a jump that was refused: its sender does count from there on.
    """

    epoch: int
    expected: int
    after_jump: int | None = None
    missing: dict[int, None] = field(default_factory=dict)


@dataclass(slots=True)
class Sequences:
    """The rows of each (user, kind); a sender that joined after `since_epoch` is heard from 0."""

    since_epoch: int
    _rows: dict[tuple[str, int], _Row] = field(default_factory=dict)

    def before(self, origin: Origin) -> int:
        """Return how many units its sender had sent before we came, where this is the first; ask before gap()."""
        row = self._rows.get((origin.user, origin.kind))
        is_first = row is None or row.epoch != origin.epoch
        return origin.seq if is_first and origin.epoch <= self.since_epoch else 0

    def gap(self, origin: Origin) -> int:
        """Return how many units are missing right before this one, and expect the one after it.

        -1 for a unit that was counted as missing and comes after all, 0 for one that came before. Raises InputError for
        a number that is too far ahead, unless it follows another such number: then all counts from there.
        """
        row = self._rows.get((origin.user, origin.kind))
        if row is None or row.epoch != origin.epoch:
            row = _Row(origin.epoch, self.before(origin))
            self._rows[origin.user, origin.kind] = row
        gap = (origin.seq - row.expected) % SEQ_MODULUS
        if gap >= SEQ_MODULUS // 2:
            return -1 if row.missing.pop(origin.seq, 0) is None else 0
        if gap > MAX_DROPOUT:
            if origin.seq != row.after_jump:
                row.after_jump = (origin.seq + 1) % SEQ_MODULUS
                raise InputError("wire-sequence", f"number {origin.seq} of user {origin.user}, expected {row.expected}")
            gap = 0
        row.after_jump = None
        for number in range(gap - min(gap, MOST_MISSING), gap):
            row.missing[(row.expected + number) % SEQ_MODULUS] = None
        while len(row.missing) > MOST_MISSING:
            del row.missing[next(iter(row.missing))]
        row.expected = (origin.seq + 1) % SEQ_MODULUS
        return gap
