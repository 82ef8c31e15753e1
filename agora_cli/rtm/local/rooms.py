"""The channels that one login is in: who is there, what changed in their shared state, and our locks' leases.

zenoh's threads only note what they saw (`_seen`); the service thread works it out against the store, so a
notice that is lost costs time (POLL_US), never truth.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Literal

import zenoh

from agora_cli.clock import monotonic_us
from agora_cli.events import LinkChanged
from agora_cli.mesh.refusals import Refusals
from agora_cli.mesh.session import Declared
from agora_cli.rtm.base import Channel, RtmEvent
from agora_cli.rtm.events import EventQueue
from agora_cli.rtm.local import wire
from agora_cli.rtm.local.locks import LockTable
from agora_cli.rtm.local.metadata import MetadataTable
from agora_cli.rtm.local.room import Room
from agora_cli.rtm.local.store import Entry, Store

POLL_US = 1_000_000
PRESENT_TIMEOUT_S = 0.5
LINK_LOST = 16
REJOINED = 15


class Rooms:
    """All channels of one login. `_lock` guards the rooms; the store is asked while it is held."""

    def __init__(
        self,
        session: zenoh.Session,
        store: Store,
        login: str,
        queue: EventQueue,
        wake: Callable[[], None],
        refusals: Refusals,
    ) -> None:
        self._refusals = refusals
        self._session = session
        self._store = store
        self._login = login
        self._user = wire.user_of(login)
        self._queue = queue
        self._wake = wake
        self._metadata = MetadataTable(store, login, self._user)
        self._locks = LockTable(store, login, self._user)
        self._lock = threading.RLock()
        self._rooms: dict[str, Room] = {}
        self._declared: dict[str, list[Declared]] = {}
        self._seen: deque[tuple[str, str, bool]] = deque()
        self._dirty: set[str] = set()
        self._leases: dict[tuple[str, str], tuple[int, int]] = {}
        self._poll_due_us = 0
        self._version = -1
        self._link_is_lost = False

    def join(self, channel: str, history: int) -> Entry:
        """Become a member: from here on changes are reported."""
        entry = self._store.join(channel, history)
        self._store.enter(wire.stream_of(Channel(channel)), self._login, {})
        with self._lock:
            revision = self._metadata.read(channel).revision
            self._rooms[channel] = Room(channel, revision, self._locks.read(channel))
        return entry

    def watch(self, channel: str) -> None:
        """See who is there, and whoever comes and goes. Call it once our own token is declared."""
        stream = wire.stream_of(Channel(channel))
        tokens = wire.key("p", stream, "*")

        def on_token(sample: zenoh.Sample) -> None:
            login = wire.known_login(sample.key_expr, stream, self._refusals)
            if login is not None:
                self._seen.append((channel, login, sample.kind == zenoh.SampleKind.PUT))
                self._wake()

        def on_notice(sample: zenoh.Sample) -> None:
            self.look(channel)

        for reply in self._session.liveliness().get(tokens, timeout=PRESENT_TIMEOUT_S):
            login = wire.known_login(reply.ok.key_expr, stream, self._refusals) if reply.ok is not None else None
            if login is not None:
                self._see(channel, login, is_here=True)
        self._look_at_states(channel)
        self._declared[channel] = [
            self._session.liveliness().declare_subscriber(
                tokens, zenoh.handlers.Callback(on_token, indirect=False), history=True
            ),
            self._session.declare_subscriber(
                wire.key("n", stream),
                zenoh.handlers.Callback(on_notice, indirect=False),
                allowed_origin=zenoh.Locality.REMOTE,
            ),
        ]

    def leave(self, channel: str) -> None:
        """Say goodbye to a channel. The token is undeclared after this: who sees it go finds our row gone."""
        self._store.leave(wire.stream_of(Channel(channel)), self._login)
        with self._lock:
            del self._rooms[channel]
        for declared in self._declared.pop(channel, []):
            declared.undeclare()

    def channels(self) -> list[str]:
        """Return the channels that we are in."""
        with self._lock:
            return list(self._rooms)

    def who(self, channel: str) -> dict[str, dict[str, str]]:
        """Return the users of a channel and their states, ourselves too."""
        states = self._states(channel)
        with self._lock:
            room = self._rooms[channel]
            self._queue.put(room.see_states(states, monotonic_us()))
            return {**room.users(), self._user: states.get(self._login, {})}

    def set_state(self, channel: str, state: Mapping[str, str]) -> None:
        """Replace our state in a channel and tell everybody."""
        self._store.enter(wire.stream_of(Channel(channel)), self._login, state)
        self.announce(channel)

    def announce(self, channel: str) -> None:
        """Tell everybody, ourselves too, that something of a channel was written."""
        stream = wire.stream_of(Channel(channel))
        self._session.put(wire.key("n", stream), b"", congestion_control=zenoh.CongestionControl.DROP)
        self.look(channel)

    def look(self, channel: str) -> None:
        """Have the service thread look at a channel's shared state soon."""
        self._dirty.add(channel)
        self._wake()

    def hold(self, channel: str, name: str, ttl_us: int) -> None:
        """Renew a lock of ours from now on."""
        with self._lock:
            self._leases[channel, name] = (ttl_us, monotonic_us() + ttl_us // 3)

    def drop(self, channel: str, name: str) -> None:
        """Renew it no more."""
        with self._lock:
            self._leases.pop((channel, name), None)

    def held(self) -> list[tuple[str, str]]:
        """Return the (channel, name) of the locks that we hold."""
        with self._lock:
            return list(self._leases)

    def tick(self, now_us: int) -> None:
        """Renew leases, report who came and went and what changed."""
        self._renew(now_us)
        while self._seen:
            self._see(*self._seen.popleft())
        if now_us >= self._poll_due_us:
            self._poll_due_us = now_us + POLL_US
            version = self._store.version()
            if version != self._version:
                self._version = version
                self._dirty.update(self.channels())
        with self._lock:
            for room in self._rooms.values():
                expiry_us = room.next_expiry_us()
                if expiry_us is not None and expiry_us <= now_us:
                    self._dirty.add(room.channel)
        dirty, self._dirty = self._dirty, set()
        for channel in dirty:
            self._look_at(channel, now_us)

    def _renew(self, now_us: int) -> None:
        with self._lock:
            due = [(key, ttl_us) for key, (ttl_us, due_us) in self._leases.items() if now_us >= due_us]
            for (channel, name), ttl_us in due:
                if self._locks.renew(channel, name):
                    self._leases[channel, name] = (ttl_us, now_us + ttl_us // 3)
                else:
                    del self._leases[channel, name]
                    self._dirty.add(channel)

    def _see(self, channel: str, login: str, is_here: bool) -> None:
        now_us = monotonic_us()
        with self._lock:
            room = self._rooms.get(channel)
            if room is None or login == self._login:
                return
            if is_here:
                if self._link_is_lost:
                    self._link_is_lost = False
                    self._put(LinkChanged(now_us, "connected", REJOINED, "other participants are back"))
                self._queue.put(room.see_login(login, now_us))
                self._dirty.add(channel)
                return
            kind: Literal["left", "lost"] = "lost" if login in self._states(channel) else "left"
            self._queue.put(room.see_gone(login, now_us, kind))
            if kind == "lost" and not self._link_is_lost and all(each.is_alone() for each in self._rooms.values()):
                self._link_is_lost = True
                self._put(
                    LinkChanged(now_us, "reconnecting", LINK_LOST, "all other participants are gone without a goodbye")
                )

    def _look_at(self, channel: str, now_us: int) -> None:
        with self._lock:
            room = self._rooms.get(channel)
            if room is None:
                return
            self._queue.put(room.see_metadata(*self._metadata.changes(channel, room.revision), now_us))
            self._queue.put(room.see_locks(self._locks.read(channel), now_us))
            self._look_at_states(channel)

    def _look_at_states(self, channel: str) -> None:
        with self._lock:
            self._queue.put(self._rooms[channel].see_states(self._states(channel), monotonic_us()))

    def _states(self, channel: str) -> dict[str, dict[str, str]]:
        return self._store.states(wire.stream_of(Channel(channel)))

    def _put(self, event: RtmEvent) -> None:
        self._queue.put([event])
