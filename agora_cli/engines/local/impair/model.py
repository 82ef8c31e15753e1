"""What happens to each packet on a bad network: a packet in, those that come out and when. No clock, no thread.

In this order: an outage or loss takes it, or a bit of it turns over; it waits for the rate; delay and jitter are
added; it is doubled; the next packet of its stream overtakes it. Each effect of each stream draws from a row
of random numbers of its own, made from the seed: other effects, and other streams, do not change it.
"""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Generic, NamedTuple, TypeVar

from agora_cli.engines.impairment import Impairment, ImpairmentPlan, Medium
from agora_cli.frames import MICROSECONDS

# A router's queue: what would wait longer for the rate is lost.
QUEUE_US = MICROSECONDS
EFFECTS = ("loss", "corrupt", "jitter", "duplicate", "reorder")

_T = TypeVar("_T")


class Due(NamedTuple, Generic[_T]):
    """A packet that comes out at `at_us`; `tag` is what its owner gave with it."""

    at_us: int
    payload: bytes
    tag: _T


@dataclass(slots=True)
class _Line:
    """A rate that packets wait for."""

    rate_bps: int
    free_us: int = 0

    def leaves_us(self, now_us: int, size: int) -> int | None:
        """Return when a packet of `size` bytes has passed, None for one that finds the queue full."""
        start_us = max(now_us, self.free_us)
        if start_us - now_us > QUEUE_US:
            return None
        self.free_us = start_us + size * 8 * MICROSECONDS // self.rate_bps
        return self.free_us


class _Stream(Generic[_T]):
    """The packets of one user and medium in one direction."""

    def __init__(self, impairment: Impairment, line: _Line | None, seed: str) -> None:
        self.impairment = impairment
        self.line = line
        self.random = {effect: Random(f"{seed}/{effect}") for effect in EFFECTS}
        self.held: list[Due[_T]] = []
        self.last_us = 0
        self._in_burst = False

    def happens(self, effect: str, share: float) -> bool:
        """Draw the next number of an effect; it is drawn also where the share is 0."""
        return self.random[effect].random() < share

    def is_lost(self) -> bool:
        """Tell the fate of the next packet: a Markov chain of two states where losses come in rows."""
        starts = self.impairment.starts_burst
        if not starts:
            return self.happens("loss", self.impairment.loss)
        self._in_burst = self.happens("loss", 1 - 1 / self.impairment.burst if self._in_burst else starts)
        return self._in_burst

    def due_us(self, now_us: int) -> int:
        """Return when a packet that is on its way at `now_us` arrives: after all before it."""
        swing = self.random["jitter"].uniform(-1, 1) * self.impairment.jitter_us
        self.last_us = max(self.last_us, now_us, now_us + self.impairment.delay_us + round(swing))
        return self.last_us


class ImpairedPath(Generic[_T]):
    """One direction of one connection. `counts` says what was done so far, and to how many packets in all."""

    def __init__(self, plan: ImpairmentPlan, direction: str) -> None:
        self.counts: Counter[str] = Counter()
        self._plan = plan
        self._seed = f"{plan.seed}/{direction}"
        self._shared = _Line(plan.shared_rate_bps) if plan.shared_rate_bps else None
        self._streams: dict[tuple[Medium, str], _Stream[_T]] = {}
        self._lines: dict[Medium, _Line] = {}
        self._first_us: int | None = None

    def take(self, now_us: int, medium: Medium, user: str, payload: bytes, tag: _T) -> list[Due[_T]]:
        """Return what comes out because this packet went in, in the order in which it comes."""
        stream = self._stream(medium, user)
        if self._first_us is None:
            self._first_us = now_us
        wanted = stream.impairment
        self.counts["packets"] += 1
        lost, corrupt = stream.is_lost(), stream.happens("corrupt", wanted.corrupt)
        doubled, overtaken = stream.happens("duplicate", wanted.duplicate), stream.happens("reorder", wanted.reorder)
        leaves_us: int | None = now_us
        if lost or self._is_out(wanted, now_us - self._first_us):
            leaves_us = None
        elif stream.line is not None:
            leaves_us = stream.line.leaves_us(now_us, len(payload))
        if leaves_us is None:
            self.counts["lost"] += 1
            return []
        if corrupt and payload:
            self.counts["corrupted"] += 1
            payload = _turned(payload, stream.random["corrupt"])
        coming = [Due(stream.due_us(leaves_us), payload, tag)]
        if doubled:
            self.counts["duplicated"] += 1
            coming *= 2
        if stream.held:
            self.counts["reordered"] += 1
            coming += [due._replace(at_us=coming[0].at_us) for due in stream.held]
            stream.held = []
        elif overtaken:
            stream.held, coming = coming, []
        return coming

    def rest(self) -> list[Due[_T]]:
        """Return what waits to be overtaken: nothing more is to come."""
        held = [due for stream in self._streams.values() for due in stream.held]
        for stream in self._streams.values():
            stream.held = []
        return held

    def _stream(self, medium: Medium, user: str) -> _Stream[_T]:
        stream = self._streams.get((medium, user))
        if stream is None:
            impairment = self._plan.by_medium[medium]
            # By its place, not by its name: user ids may be assigned at random.
            number = sum(1 for other, _ in self._streams if other == medium)
            stream = _Stream(impairment, self._line(medium, impairment), f"{self._seed}/{medium}/{number}")
            self._streams[medium, user] = stream
        return stream

    def _line(self, medium: Medium, impairment: Impairment) -> _Line | None:
        if not impairment.rate_bps:
            return self._shared
        return self._lines.setdefault(medium, _Line(impairment.rate_bps))

    def _is_out(self, impairment: Impairment, since_us: int) -> bool:
        return any(0 <= since_us - outage.start_us < outage.length_us for outage in impairment.outages)


def _turned(payload: bytes, random: Random) -> bytes:
    """Return the payload with one bit of it turned over."""
    changed = bytearray(payload)
    bit = random.randrange(len(changed) * 8)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
