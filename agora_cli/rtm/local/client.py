"""One user, logged in to the channels of this machine: what RtmClient promises, from its four parts.

Threads: the caller's, zenoh's (which deliver messages and note what they saw) and one of our own that does
what takes time or asks the store: acks, requests, leases, presence.
"""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence

import zenoh

from agora_cli.clock import monotonic_us
from agora_cli.errors import AgoraError
from agora_cli.events import LinkChanged, PacketRefused
from agora_cli.mesh.failures import translated
from agora_cli.mesh.refusals import Refusals
from agora_cli.mesh.session import Mesh
from agora_cli.rtm.base import ANY_REVISION, Channel, ChannelMetadata, Lock, Message, RtmEvent, RtmSpec, Target, User
from agora_cli.rtm.events import EventQueue
from agora_cli.rtm.failures import RtmError, failure
from agora_cli.rtm.limits import (
    CHANNELS_MAX,
    check_lock,
    check_message,
    check_message_channel,
    check_metadata,
    check_states,
)
from agora_cli.rtm.local import wire
from agora_cli.rtm.local.feed import process_exists
from agora_cli.rtm.local.inbound import Inbound
from agora_cli.rtm.local.leases import Leases
from agora_cli.rtm.local.locks import LockTable
from agora_cli.rtm.local.metadata import MetadataTable
from agora_cli.rtm.local.outbox import Outbox
from agora_cli.rtm.local.rooms import Rooms
from agora_cli.rtm.local.store import Store
from agora_cli.rtm.rate import Rate

TICK_S = 0.05
GOODBYE_S = 5.0
SAME_USER = 19


class LocalRtmClient:
    """An RtmClient on this machine. It owns the mesh and the store that it is given."""

    def __init__(self, mesh: Mesh, store: Store, spec: RtmSpec) -> None:
        self._mesh = mesh
        self._store = store
        self._user = spec.user
        self._rate = Rate(spec.rate)
        self._targets: dict[Target, str] = {}
        self._login = wire.login_of(spec.user, os.getpid(), monotonic_us())
        self._queue = EventQueue()
        self._wake = threading.Event()
        self.stopped = threading.Event()
        self._closing = threading.Lock()
        self._gone: AgoraError | None = None
        self._end: tuple[AgoraError, int] | None = None
        session = mesh.session
        refusals = self._refusals = Refusals(lambda user, why: self.tell(PacketRefused(monotonic_us(), user, why)))
        self._outbox = Outbox(mesh, self._login, self._wake.set, self._has_left, refusals)
        self._inbound = Inbound(mesh, store, self._login, self._queue, self._wake.set, refusals)
        self._rooms = Rooms(session, store, self._login, self._queue, self._wake.set, refusals)
        self._metadata = MetadataTable(store, self._login, self._user)
        self._locks = LockTable(store, self._login, self._user)
        self._leases = Leases(self._locks, self._rooms, self._login)
        ours = wire.stream_of(User(spec.user))
        store.enter(ours, self._login, {})
        self._inbound.subscribe(ours, "", monotonic_us())
        self._rivals = session.liveliness().declare_subscriber(
            wire.key("p", ours, "*"), zenoh.handlers.Callback(self._on_login, indirect=False), history=True
        )
        self._service = threading.Thread(target=self._serve, name="rtm", daemon=True)
        self._service.start()

    engine = "local"

    @property
    def user(self) -> str:
        """Return our user id."""
        return self._user

    def subscribe(self, channel: str, history: int = 0) -> None:
        """Hear a channel: see RtmClient."""
        self._check()
        check_message_channel(channel)
        joined = self._rooms.channels()
        if channel in joined:
            return
        if len(joined) >= CHANNELS_MAX:
            raise failure(RtmError.TOO_MANY_CHANNELS, f"a client has at most {CHANNELS_MAX} channels")
        entry = self._rooms.join(channel, history)
        self._queue.put([message.public() for message in entry.messages])
        with translated("subscribe"):
            self._inbound.subscribe(wire.stream_of(Channel(channel)), channel, entry.at_us, entry.last_id)
            self._rooms.watch(channel)

    def unsubscribe(self, channel: str) -> None:
        """Leave a channel: see RtmClient."""
        self._check()
        self._check_joined(channel)
        self._leave(channel)

    def publish(self, target: Target, data: bytes, *, is_text: bool = True, store: bool = False) -> None:
        """Send a message: see RtmClient. The calling thread waits while readers that keep up have a full window."""
        if self._gone is not None or self.stopped.is_set():
            self._check()
        check_message(data)
        stream = self._targets.get(target) or self._targets.setdefault(target, wire.checked_stream(target))
        if isinstance(target, User) and not self._outbox.readers(stream):
            raise failure(RtmError.RECEIVER_OFFLINE, f"user {target.name!r} is not logged in")
        self._rate.keep()
        stamp = None
        if store and isinstance(target, Channel):
            channel = target.name

            def stamp(seq: int) -> tuple[int, int]:
                return self._store.append(channel, self._login, seq, self._user, is_text, data)

        self._outbox.publish(stream, is_text, data, stamp)

    def who(self, channel: str) -> Mapping[str, Mapping[str, str]]:
        """Return who is there: see RtmClient."""
        self._check()
        self._check_joined(channel)
        return self._rooms.who(channel)

    def set_state(self, channel: str, state: Mapping[str, str]) -> None:
        """Replace our state: see RtmClient."""
        self._check()
        self._check_joined(channel)
        check_states(state)
        self._rooms.set_state(channel, state)

    def history(self, channel: str, limit: int = 100) -> Sequence[Message]:
        """Return stored messages: see RtmClient."""
        self._check()
        return [message.public() for message in self._store.history(check_message_channel(channel), limit)]

    def metadata(self, channel: str) -> ChannelMetadata:
        """Return a channel's metadata."""
        self._check()
        return self._metadata.read(check_message_channel(channel))

    def set_metadata(
        self,
        channel: str,
        items: Mapping[str, str],
        *,
        revision: int = ANY_REVISION,
        revisions: Mapping[str, int] | None = None,
        lock: str | None = None,
    ) -> int:
        """Write metadata: see RtmClient."""
        self._check()
        check_message_channel(channel)
        check_metadata(items)
        number = self._metadata.write(channel, items, revision, revisions, lock)
        self._rooms.announce(channel)
        return number

    def remove_metadata(
        self,
        channel: str,
        keys: Sequence[str] | None = None,
        *,
        revision: int = ANY_REVISION,
        lock: str | None = None,
    ) -> int:
        """Remove metadata: see RtmClient."""
        self._check()
        check_message_channel(channel)
        number = self._metadata.remove(channel, keys, revision, lock)
        self._rooms.announce(channel)
        return number

    def set_lock(self, channel: str, name: str, ttl_s: float = 10) -> None:
        """Make a lock: see RtmClient."""
        self._check()
        check_message_channel(channel)
        check_lock(name, ttl_s)
        self._leases.make(channel, name, int(ttl_s * 1_000_000))

    def acquire_lock(self, channel: str, name: str, wait_s: float = 0) -> Lock:
        """Take a lock: see RtmClient."""
        self._check()
        return self._leases.acquire(channel, name, wait_s)

    def release_lock(self, channel: str, name: str) -> None:
        """Give a lock back: see RtmClient."""
        self._check()
        self._leases.release(channel, name)

    def remove_lock(self, channel: str, name: str) -> None:
        """Remove a lock: see RtmClient."""
        self._check()
        self._leases.remove(channel, name)

    def locks(self, channel: str) -> Sequence[Lock]:
        """Return a channel's locks by name."""
        self._check()
        return [row.public() for row in self._locks.read(check_message_channel(channel)).values()]

    def events(self, timeout_s: float) -> Iterator[RtmEvent]:
        """Yield what has arrived: see RtmClient."""
        yield from self._queue.drain()
        if self._queue.take(timeout_s):
            self._inbound.after_take()
        yield from self._queue.drain()

    def flush(self, timeout_s: float) -> bool:
        """Wait for our readers: see RtmClient."""
        return self._outbox.flush(timeout_s)

    def close(self) -> None:
        """Log out: see RtmClient."""
        with self._closing:
            if self.stopped.is_set():
                return
            self.flush(GOODBYE_S)
            self.stopped.set()
            self._wake.set()
            self._service.join()
            self._log_out()
            self._outbox.close()
            self._queue.close()
            self._mesh.close()
            self._store.close()

    def _log_out(self) -> None:
        """Give all back that others can see; a second call finds nothing left."""
        self._leases.release_all()
        for channel in self._rooms.channels():
            self._leave(channel)
        self._store.leave(wire.stream_of(User(self._user)), self._login)
        self._inbound.close()

    def _leave(self, channel: str) -> None:
        self._rooms.leave(channel)
        self._inbound.unsubscribe(wire.stream_of(Channel(channel)))

    def _has_left(self, stream: str, login: str) -> bool:
        """Tell whether a reader whose link is gone will not come back: it said goodbye, or was killed."""
        return not process_exists(wire.pid_of(login)) or login not in self._store.states(stream)

    def _check(self) -> None:
        if self._gone is not None:
            raise self._gone
        if self.stopped.is_set():
            raise failure(RtmError.NOT_LOGIN, "logged out")

    def _check_joined(self, channel: str) -> None:
        if channel not in self._rooms.channels():
            raise failure(RtmError.NOT_SUBSCRIBED, f"not subscribed to channel {channel!r}")

    def _on_login(self, sample: zenoh.Sample) -> None:
        login = wire.known_login(sample.key_expr, wire.stream_of(User(self._user)), self._refusals)
        if login is not None and wire.login_order(login) > wire.login_order(self._login):
            self.end(failure(RtmError.LOGIN_REJECTED, f"user {self._user!r} has logged in elsewhere"), SAME_USER)

    def _serve(self) -> None:
        while not self.stopped.is_set():
            self._wake.wait(TICK_S)
            self._wake.clear()
            try:
                if self._end is not None:
                    self._leave_for(*self._end)
                    return
                with translated("keep in touch"):
                    now_us = monotonic_us()
                    self._inbound.tick(now_us)
                    self._outbox.tick(now_us)
                    self._rooms.tick(now_us)
            except AgoraError as error:
                if self._mesh.closed:
                    return
                # The store was busy for long: the next tick tries again.
                self.tell(LinkChanged(monotonic_us(), "reconnecting", 0, error.message))

    def tell(self, event: RtmEvent) -> None:
        """Put an event of our own among those that came."""
        self._queue.put([event])

    def end(self, why: AgoraError, reason: int) -> None:
        """Log out soon, because of `why`, and say so; `reason` is Agora's connection-changed number."""
        self._end = (why, reason)
        self._wake.set()

    def _leave_for(self, why: AgoraError, reason: int) -> None:
        self._gone = why
        self._log_out()
        self.tell(LinkChanged(monotonic_us(), "failed", reason, why.message))
