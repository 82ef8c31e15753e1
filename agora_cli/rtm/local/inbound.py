"""The receiving side of one login: a cursor for each publisher of each stream, gaps asked for until filled.

A gap is filled by its publisher while that lives, else from the channel's history; what neither has is lost,
and said so. zenoh's threads deliver; the service thread asks and acks (`tick`).
"""

import threading
from collections.abc import Callable, Iterable, Sequence

import zenoh

from agora_cli.clock import monotonic_us
from agora_cli.errors import InputError
from agora_cli.mesh.payload import short_bytes
from agora_cli.mesh.refusals import Refusals
from agora_cli.mesh.session import Mesh
from agora_cli.rtm.base import Message, MessagesLost, RtmEvent
from agora_cli.rtm.events import EventQueue
from agora_cli.rtm.local import wire
from agora_cli.rtm.local.feed import SCAN_US, Feed, Subscription
from agora_cli.rtm.local.store import Store
from agora_cli.rtm.local.wire import Record, Reply

ACK_EVERY = 256
RING = 4096
REQUEST_TIMEOUT_S = 1.0
RETRY_US = 300_000


class Inbound:
    """All that a login hears. `_lock` guards the cursors and is held while their records enter the queue."""

    def __init__(
        self,
        mesh: Mesh,
        store: Store,
        login: str,
        queue: EventQueue,
        wake: Callable[[], None],
        refusals: Refusals,
    ) -> None:
        self._refusals = refusals
        self._mesh = mesh
        self._session = mesh.session
        self._store = store
        self._login = login
        self._queue = queue
        self._wake = wake
        self._lock = threading.Lock()
        self._subscriptions: dict[str, Subscription] = {}
        self._due: set[Feed] = set()

    def subscribe(self, stream: str, channel: str, since_us: int, last_id: int = 0) -> None:
        """Hear all that is published to a stream from `since_us` on, when its history ended with `last_id`."""
        subscription = Subscription(stream, channel, since_us, last_id)
        self._subscriptions[stream] = subscription
        # What is pushed out of the ring is a gap like any other. A callback per sample would wait for the
        # interpreter lock once each; the reader of a handler takes all that is there at once.
        samples = self._session.declare_subscriber(
            wire.key("m", stream, "*"), zenoh.handlers.RingChannel(RING), allowed_origin=zenoh.Locality.REMOTE
        )
        subscription.declared.append(samples)
        self._mesh.read(samples.handler, self._on_sample, "rtm-read")
        subscription.declared.append(self._session.liveliness().declare_token(wire.key("p", stream, self._login)))

    def unsubscribe(self, stream: str) -> None:
        """Hear no more of a stream."""
        for declared in self._subscriptions.pop(stream).declared:
            declared.undeclare()

    def after_take(self) -> None:
        """Tell publishers how far the reader of the events is, where it is far enough to matter."""
        for subscription in list(self._subscriptions.values()):
            for feed in list(subscription.feeds.values()):
                if feed.cursor.delivered - feed.acked >= ACK_EVERY:
                    self._ack(feed)

    def tick(self, now_us: int) -> None:
        """Answer heads, ask for what is missing, look into the history for what nobody sends any more."""
        with self._lock:
            due, self._due = self._due, set()
        for feed in due:
            if feed.must_ack and feed.cursor.delivered >= 0:
                feed.must_ack = False
                self._ack(feed)
            self._ask(feed, now_us)
        for subscription in list(self._subscriptions.values()):
            if subscription.channel and now_us >= subscription.scan_due_us:
                self._scan(subscription, now_us)

    def close(self) -> None:
        """Hear no more."""
        for stream in list(self._subscriptions):
            self.unsubscribe(stream)

    def _on_sample(self, sample: zenoh.Sample) -> None:
        user = ""
        try:
            (kind, *names), body = wire.unseal(short_bytes(sample.payload, wire.MAX_PAYLOAD_BYTES))
            subscription = self._subscriptions.get(names[0])
            if subscription is None or kind not in ("m", "h"):
                return
            user = wire.user_of(names[1])
            if names[1] == self._login:
                raise InputError("rtm-login", "packet in our own name")
            if kind == "m":
                self._receive(subscription.feed(names[1]), wire.unpack_records(body))
            else:
                self._see_head(subscription.feed(names[1]), body)
        except InputError as error:
            self._refusals.note(user, error)

    def _receive(self, feed: Feed, records: Sequence[Record]) -> None:
        with self._lock:
            feed.cursor.check(records)
            if self._queue.is_full:
                # Not taken, so not acked: it is asked for when the reader has caught up.
                feed.cursor.head = max(feed.cursor.head, *(record.seq for record in records))
                ready = []
            else:
                ready = feed.cursor.offer_all(records)
                self._deliver(feed, ready)
            if feed.cursor.wanted() is None:
                return
            self._due.add(feed)
        self._wake()

    def _see_head(self, feed: Feed, payload: bytes) -> None:
        with self._lock:
            head, sent_us = wire.unpack_head(payload)
            feed.cursor.check_number(head)
            self._deliver(feed, feed.cursor.see_head(head, sent_us))
            feed.must_ack = True
            self._due.add(feed)
        self._wake()

    def _deliver(self, feed: Feed, records: Iterable[Record], from_history: bool = False) -> None:
        at_us = monotonic_us()
        channel, publisher = feed.stream.channel, feed.user
        self._queue.put(
            [
                Message(at_us, channel, publisher, record.data, record.is_text, record.wall_us, from_history)
                for record in records
            ]
        )

    def _ack(self, feed: Feed) -> None:
        feed.acked = feed.cursor.delivered
        key = wire.key("a", feed.login, feed.stream.name, self._login)
        self._session.put(
            key,
            wire.seal(key, wire.pack_ack(feed.acked)),
            congestion_control=zenoh.CongestionControl.DROP,
        )

    def _ask(self, feed: Feed, now_us: int) -> None:
        with self._lock:
            wanted = feed.cursor.wanted()
            if wanted is None or feed.stream.name not in self._subscriptions:
                return
            if feed.publisher_is_dead(now_us):
                self._give_up(feed)
                return
            if self._queue.is_full or (feed.asked_us is not None and now_us - feed.asked_us < RETRY_US):
                self._due.add(feed)
                return
            feed.asked_us = now_us
        answered = threading.Event()
        names = ["q", feed.login, feed.stream.name]

        def on_reply(reply: zenoh.Reply) -> None:
            if reply.ok is None:
                return
            try:
                answering, body = wire.unseal(short_bytes(reply.ok.payload, wire.MAX_PAYLOAD_BYTES))
                if answering == names:
                    answered.set()
                    self._fill(feed, wire.unpack_reply(body))
            except InputError as error:
                self._refusals.note(feed.user, error)

        def on_end() -> None:
            with self._lock:
                if answered.is_set():
                    feed.asked_us = feed.silent_us = None
                elif feed.silent_us is None:
                    feed.silent_us = now_us
                self._due.add(feed)
            self._wake()

        self._session.get(
            wire.key(*names),
            zenoh.handlers.Callback(on_reply, on_end, indirect=False),
            payload=wire.seal(wire.key(*names), wire.pack_request(*wanted)),
            timeout=REQUEST_TIMEOUT_S,
            congestion_control=zenoh.CongestionControl.DROP,
        )

    def _fill(self, feed: Feed, reply: Reply) -> None:
        """Take what a publisher still had; what it had not comes from the history, or is lost."""
        with self._lock:
            cursor = feed.cursor
            cursor.learn_head(reply.head)
            due = reply.due if cursor.next_seq is None else cursor.next_seq
            if due < reply.first and reply.due < reply.first:
                self._fill_from_store(feed, due, reply.first)
            else:
                self._deliver(feed, cursor.open(due))
            self._deliver(feed, cursor.offer_all(reply.records))

    def _fill_from_store(self, feed: Feed, due: int | None, end: int) -> None:
        """Deliver what the history has of due..end-1 and say how many it has not; None: `due` is not known."""
        rows = self._store.published(feed.stream.channel, feed.login, due or 1, end, feed.stream.since_us)
        if due is None:
            due = min([row.seq for row in rows[:1]] + [feed.cursor.first_held() or end])
        for row in rows:
            # What lies before a row is in neither place; held records in between come out on the way.
            self._deliver(feed, feed.cursor.open(row.seq))
            record = Record(row.seq, row.sent_us, row.wall_us, row.is_text, row.data)
            self._deliver(feed, feed.cursor.offer(record), from_history=True)
        self._say_lost(feed, end - due - len(rows))
        self._deliver(feed, feed.cursor.open(end))

    def _say_lost(self, feed: Feed, count: int) -> None:
        if count > 0:
            event: RtmEvent = MessagesLost(monotonic_us(), feed.stream.channel, feed.user, count)
            self._queue.put([event])

    def _give_up(self, feed: Feed) -> None:
        """Go on without a dead publisher: what it stored, and what we hold, is all there will be."""
        while (wanted := feed.cursor.wanted()) is not None:
            held = feed.cursor.first_held()
            self._fill_from_store(feed, feed.cursor.next_seq, feed.cursor.head + 1 if held is None else held)
            if held is None and wanted == feed.cursor.wanted():
                return

    def _scan(self, subscription: Subscription, now_us: int) -> None:
        """Find stored messages that never reached us: their publisher came and went while our link was down."""
        subscription.scan_due_us = now_us + SCAN_US
        last_id, heads = self._store.heads(subscription.channel, subscription.scanned_id, now_us - SCAN_US)
        subscription.scanned_id = last_id
        for login, seq in heads.items():
            if login == self._login:
                continue
            feed = subscription.feed(login)
            with self._lock:
                feed.cursor.head = max(feed.cursor.head, seq)
                if feed.cursor.wanted() is not None:
                    self._due.add(feed)
                    self._wake()
