"""The publishing side of one login: puts each record once, keeps it in a log, answers those that missed it.

A record that follows another within BATCH_US waits for company: a put per record made both ends change
threads for each (17,000 messages/s of 100 bytes), together they do it once for dozens. One that comes alone
goes at once.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import zenoh

from agora_cli.clock import monotonic_us
from agora_cli.errors import InputError
from agora_cli.mesh.failures import translated
from agora_cli.mesh.payload import short_bytes
from agora_cli.mesh.refusals import Refusals
from agora_cli.mesh.session import Declared, Mesh
from agora_cli.rtm.local import wire
from agora_cli.rtm.local.log import Log

FIRST_HEAD_US = 250_000
LAST_HEAD_US = 2_000_000
FLUSH_HEAD_S = 0.05
WAIT_S = 0.02
PRESENT_TIMEOUT_S = 0.5
RING = 1024
BATCH_US = 500
BATCH_RECORDS = 128
BATCH_BYTES = 32 * 1024
MAX_ASKED_BYTES = 4096

Stamp = Callable[[int], tuple[int, int]]


@dataclass(slots=True)
class _Stream:
    """One stream that we publish to.

    `batch` is in the log but not yet put; `put_us` is when the last one was. `head_due_us` is when those that
    have not taken all are told of the head.
    """

    log: Log
    records_key: str
    head_key: str
    publisher: zenoh.Publisher
    declared: list[Declared] = field(default_factory=list)
    batch: list[bytes] = field(default_factory=list)
    batch_bytes: int = 0
    put_us: int = 0
    head_due_us: int | None = None
    head_period_us: int = FIRST_HEAD_US


class Outbox:
    """All that a login publishes. publish() may wait for its readers; everything else is quick.

    `_publishing` keeps one publisher at a time (seqs in the order of puts); `_changed` guards the logs, which
    zenoh's threads read and write too, and is never held while anything blocks.
    """

    def __init__(
        self,
        mesh: Mesh,
        login: str,
        wake: Callable[[], None],
        has_left: Callable[[str, str], bool],
        refusals: Refusals,
    ) -> None:
        """`has_left(stream, login)` tells whether a reader whose link is gone will never come back."""
        self._session = mesh.session
        self._login = login
        self._wake = wake
        self._has_left = has_left
        self._refusals = refusals
        self._streams: dict[str, _Stream] = {}
        self._publishing = threading.Lock()
        self._changed = threading.Condition(threading.Lock())
        self._closed = False
        self._batching = threading.Event()
        self._batcher = threading.Thread(target=self._batch, name="rtm-batch", daemon=True)
        self._acks = self._session.declare_subscriber(wire.key("a", login, "**"), zenoh.handlers.RingChannel(RING))
        mesh.read(self._acks.handler, self._on_ack, "rtm-acks")
        self._batcher.start()

    def publish(self, stream: str, is_text: bool, data: bytes, stamp: Stamp | None) -> None:
        """Send one message; `stamp` takes its seq, stores it, and returns (sent_us, wall_us).

        Waits while a reader that keeps up has a full window, or the log is full.
        """
        with self._publishing:
            target = self.stream(stream)
            log, batch = target.log, target.batch
            if not batch:  # once a put: the window may be overstepped by one batch
                self._await_readers(log)
            if stamp is None:
                sent_us, wall_us = monotonic_us(), time.time_ns() // 1000
            else:
                sent_us, wall_us = stamp(log.head + 1)
            with self._changed:
                record = wire.pack_record(log.head + 1, sent_us, wall_us, is_text, data)
                log.append(record, sent_us)
                if target.head_due_us is None and log.readers:
                    target.head_due_us = sent_us + FIRST_HEAD_US
                    target.head_period_us = FIRST_HEAD_US
            batch.append(record)
            target.batch_bytes += len(record)
            if sent_us - target.put_us >= BATCH_US or len(batch) >= BATCH_RECORDS or target.batch_bytes >= BATCH_BYTES:
                _put(target, sent_us)
            elif not self._batching.is_set():
                self._batching.set()

    def readers(self, stream: str) -> int:
        """Return how many logins listen to a stream now."""
        with self._publishing:
            target = self.stream(stream)
        with self._changed:
            return sum(reader.away_us is None for reader in target.log.readers.values())

    def stream(self, name: str) -> _Stream:
        """Return a stream, opened at its first use: after that we know who listens."""
        if name not in self._streams:
            self._open(name)
        return self._streams[name]

    def tick(self, now_us: int) -> None:
        """Tell the head of each stream to those that have not taken all of it, if it is time to; forget the gone."""
        for name, target in list(self._streams.items()):
            self._forget_gone(name, target.log)
            with self._changed:
                if target.head_due_us is None or now_us < target.head_due_us:
                    continue
                if target.log.is_taken():
                    target.head_due_us = None
                    continue
                target.head_due_us = now_us + target.head_period_us
                target.head_period_us = min(2 * target.head_period_us, LAST_HEAD_US)
            self._put_head(target)

    def flush(self, timeout_s: float) -> bool:
        """Wait until every reader has taken everything, also one whose link is down while its process lives."""
        self._put_batches()
        deadline_us = monotonic_us() + int(timeout_s * 1_000_000)
        while True:
            with self._changed:
                behind = [target for target in self._streams.values() if not target.log.is_taken()]
            if not behind:
                return True
            if monotonic_us() >= deadline_us:
                return False
            for target in behind:
                self._put_head(target)
            with self._changed:
                self._changed.wait(FLUSH_HEAD_S)

    def close(self) -> None:
        """Stop answering."""
        self._closed = True
        self._batching.set()
        self._batcher.join()
        for target in self._streams.values():
            for declared in target.declared:
                declared.undeclare()
        self._acks.undeclare()

    def _forget_gone(self, stream: str, log: Log) -> None:
        with self._changed:
            away = [login for login, reader in log.readers.items() if reader.away_us is not None]
        gone = [login for login in away if self._has_left(stream, login)]
        with self._changed:
            for login in gone:
                log.forget(login)
            if gone:
                self._changed.notify_all()

    def _await_readers(self, log: Log) -> None:
        with self._changed:
            while not log.may_append(monotonic_us()):
                self._changed.wait(WAIT_S)

    def _put_batches(self) -> None:
        with self._publishing:
            for target in self._streams.values():
                if target.batch:
                    _put(target, monotonic_us())

    def _batch(self) -> None:
        while not self._closed:
            self._batching.wait()
            time.sleep(BATCH_US / 1_000_000)
            self._batching.clear()
            self._put_batches()

    def _open(self, name: str) -> None:
        drop = zenoh.CongestionControl.DROP
        records_key, head_key = wire.key("m", name, self._login), wire.key("h", name, self._login)
        target = _Stream(
            Log(),
            records_key,
            head_key,
            self._session.declare_publisher(
                records_key, congestion_control=drop, allowed_destination=zenoh.Locality.REMOTE
            ),
        )
        query_key = wire.key("q", self._login, name)

        def on_query(query: zenoh.Query) -> None:
            with query:
                try:
                    asked, body = wire.unseal(short_bytes(query.payload, MAX_ASKED_BYTES))
                    request = wire.unpack_request(body)
                except InputError as error:
                    self._refusals.note("", error)
                    return
                if asked == ["q", self._login, name]:
                    with self._changed:
                        answer = target.log.answer(*request)
                    query.reply(query.key_expr, wire.seal(query_key, wire.pack_reply(*answer)))

        def on_token(sample: zenoh.Sample) -> None:
            self._see_reader(
                target, wire.known_login(sample.key_expr, name, self._refusals), sample.kind == zenoh.SampleKind.PUT
            )

        queryable = self._session.declare_queryable(query_key, zenoh.handlers.Callback(on_query, indirect=False))
        tokens = wire.key("p", name, "*")
        watch = self._session.liveliness().declare_subscriber(
            tokens, zenoh.handlers.Callback(on_token, indirect=False), history=True
        )
        for reply in self._session.liveliness().get(tokens, timeout=PRESENT_TIMEOUT_S):
            if reply.ok is not None:
                self._see_reader(target, wire.known_login(reply.ok.key_expr, name, self._refusals), here=True)
        target.declared += [target.publisher, queryable, watch]
        self._streams[name] = target

    def _see_reader(self, target: _Stream, login: str | None, here: bool) -> None:
        if login is None or login == self._login:
            return
        with self._changed:
            if here:
                target.log.join(login)
                target.head_due_us = 0 if target.log.head else None
            else:
                target.log.leave(login, monotonic_us())
            self._changed.notify_all()
        self._wake()

    def _on_ack(self, sample: zenoh.Sample) -> None:
        user = ""
        try:
            (kind, *names), body = wire.unseal(short_bytes(sample.payload, MAX_ASKED_BYTES))
            if kind != "a" or names[0] != self._login:
                return
            user, seq = wire.user_of(names[2]), wire.unpack_ack(body)
        except InputError as error:
            self._refusals.note(user, error)
            return
        target = self._streams.get(names[1])
        if target is not None:
            with self._changed:
                target.log.ack(names[2], seq)
                self._changed.notify_all()

    def _put_head(self, target: _Stream) -> None:
        with self._changed:
            head = wire.pack_head(target.log.head, target.log.head_us)
        target.publisher.put(wire.seal(target.head_key, head))


def _put(target: _Stream, now_us: int) -> None:
    with translated("publish"):
        target.publisher.put(wire.seal(target.records_key, b"".join(target.batch)))
    target.batch.clear()
    target.batch_bytes = 0
    target.put_us = now_us
