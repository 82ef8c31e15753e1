"""The receiving half of a connection: zenoh's channels -> threads -> the inbox, and fences through them.

Each subscription has a bounded channel and a thread of its own, so that a burst of pictures delays no sound.
What comes by another way (a goodbye, a lost link, a barrier) must not overtake the media that came before:
it goes through every channel as a fence (fences.py) and acts when all are through.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import zenoh
from zenoh import ext
from zenoh.ext import AdvancedSubscriber

from agora_cli.clock import monotonic_us
from agora_cli.engines.base import Subscribe
from agora_cli.engines.inbox import Inbox
from agora_cli.engines.limits import MessageRates
from agora_cli.engines.local.cipher import Cipher
from agora_cli.engines.local.fences import FenceLane, Fences
from agora_cli.engines.local.impair.link import ImpairedLink
from agora_cli.engines.local.keys import Keys
from agora_cli.engines.local.roster import Roster
from agora_cli.engines.local.sequences import Sequences
from agora_cli.engines.local.wire import (
    FENCE,
    MAX_HEADER_BYTES,
    MESSAGE,
    Origin,
    check_size,
    medium_of,
    pack_origin,
    unpack_origin,
    unpack_unit,
)
from agora_cli.errors import InputError
from agora_cli.events import DataReceived, DecryptionFailed, MediaReceived, PacketRefused
from agora_cli.mesh.failures import foreign_errors
from agora_cli.mesh.payload import short_bytes
from agora_cli.mesh.refusals import Refusals
from agora_cli.mesh.session import Declared, Mesh

if TYPE_CHECKING:
    Subscriber = zenoh.Subscriber[zenoh.Handler[zenoh.Sample]] | AdvancedSubscriber[zenoh.Handler[zenoh.Sample]]

# 0.8 s of 100 streams. Pictures are few and large: the inbox, which counts bytes, is where they may wait.
AUDIO_CAPACITY = 8192
VIDEO_CAPACITY = 256
MESSAGE_CAPACITY = 4096

# From whom, its header, its sealed payload.
_Take = Callable[[Origin, bytes, bytes], None]


def check_epoch(epoch: int) -> None:
    """Raise InputError for a join in the future: epochs are this machine's monotonic clock in nanoseconds."""
    if epoch > time.monotonic_ns():
        raise InputError("wire-epoch", f"epoch {epoch} is in the future")


class LocalReceiver:
    """Turn samples into events; `lock` guards the roster and makes the order of its events that of the inbox."""

    def __init__(
        self,
        mesh: Mesh,
        user: str,
        epoch: int,
        roster: Roster,
        inbox: Inbox,
        cipher: Cipher,
        link: ImpairedLink | None = None,
    ) -> None:
        self.lock = threading.Lock()
        self.units = 0
        self.bytes = 0
        self.lost = 0
        self.refusals = Refusals(lambda user, reason: inbox.put(PacketRefused(monotonic_us(), user, reason)))
        self._mesh = mesh
        self._user = user
        self._epoch = epoch
        self._roster = roster
        self._inbox = inbox
        self._cipher = cipher
        self._link = link
        self._sequences = Sequences(epoch)
        self._message_rates = MessageRates()
        self._locked_out: set[tuple[str, int]] = set()
        self._subscribers: list[Declared] = []
        self._fences = Fences()

    @property
    def listens(self) -> bool:
        """Tell whether anything is subscribed."""
        return bool(self._subscribers)

    def subscribe(self, keys: Keys, wanted: Subscribe) -> None:
        """Declare what is wanted, for the wanted users only."""
        users: Sequence[str | None] = sorted(wanted.users) or [None]
        session = self._mesh.session
        for user in users:
            if wanted.audio:
                audio = session.declare_subscriber(keys.audio(user), zenoh.handlers.RingChannel(AUDIO_CAPACITY))
                self._read(
                    audio, FenceLane(keys.audio(user or self._user), AUDIO_CAPACITY), self._take_media, "local-audio"
                )
            if wanted.video != "none":
                video = session.declare_subscriber(keys.video(user), zenoh.handlers.RingChannel(VIDEO_CAPACITY))
                self._read(
                    video, FenceLane(keys.video(user or self._user), VIDEO_CAPACITY), self._take_media, "local-video"
                )
            if wanted.data:
                messages = self._declare_messages(keys.messages(user))
                self._read(
                    messages,
                    FenceLane(keys.messages(user or self._user), MESSAGE_CAPACITY),
                    self._take_message,
                    "local-data",
                )

    @property
    def impaired(self) -> Counter[str]:
        """Return what the link did to packets so far."""
        return Counter() if self._link is None else self._link.counts

    def after_all_received(self, action: Callable[[], None]) -> None:
        """Call `action` once all that zenoh has handed over until now is in the inbox, on some thread."""
        if not self._fences.lanes:
            action()
            return
        number = self._fences.raise_one(action)
        header = pack_origin(FENCE, self._epoch, number, 0, self._user.encode())
        try:
            for lane in self._fences.lanes:
                self._mesh.session.put(
                    lane.key,
                    b"",
                    attachment=header,
                    priority=zenoh.Priority.REAL_TIME,
                    allowed_destination=zenoh.Locality.SESSION_LOCAL,
                )
        except foreign_errors():
            return  # closed under us: nobody reads the inbox any more

    def lock_out(self, user: str, epoch: int) -> None:
        """Tell, once a stay, that we cannot decrypt what this member sends."""
        with self.lock:
            if (user, epoch) not in self._locked_out:
                self._locked_out.add((user, epoch))
                self._inbox.put(DecryptionFailed(monotonic_us(), user))

    def close(self) -> None:
        """Undeclare everything; what is in the channels is gone."""
        for subscriber in self._subscribers:
            subscriber.undeclare()
        if self._link is not None:
            self._link.close()

    def _read(
        self,
        subscriber: "Subscriber",
        lane: FenceLane,
        take: _Take,
        name: str,
    ) -> None:
        def deliver(sample: zenoh.Sample) -> None:
            self._deliver(sample, take, lane)
            self._fences.take(lane)

        self._subscribers.append(subscriber)
        self._fences.lanes.append(lane)
        self._mesh.read(subscriber.handler, deliver, name)

    def _declare_messages(self, key: str) -> AdvancedSubscriber[zenoh.Handler[zenoh.Sample]]:
        return ext.declare_advanced_subscriber(
            self._mesh.session,
            key,
            zenoh.handlers.FifoChannel(MESSAGE_CAPACITY),
            recovery=ext.RecoveryConfig(periodic_queries=None, heartbeat=True),
        )

    def _deliver(self, sample: zenoh.Sample, take: _Take, lane: FenceLane) -> None:
        user = ""
        try:
            header = short_bytes(sample.attachment, MAX_HEADER_BYTES)
            origin = unpack_origin(header)
            user = origin.user
            check_epoch(origin.epoch)
            check_size(origin.kind, len(sample.payload))
            if origin.kind == FENCE:
                # A fence is seen by all connections of a process to this channel, and is for one of them.
                if origin.user == self._user and origin.epoch == self._epoch:
                    self._after_link(lambda: self._fences.meet(lane, origin.seq))
            elif origin.user != self._user:
                self._through_link(origin, sample.payload.to_bytes(), lambda sealed: take(origin, header, sealed))
        except InputError as error:
            self.refusals.note(user, error)

    def _through_link(self, origin: Origin, sealed: bytes, accept: Callable[[bytes], None]) -> None:
        if self._link is None:
            accept(sealed)
        else:
            user = origin.user
            self._link.carry(medium_of(origin.kind), user, sealed, lambda late: self._try(user, lambda: accept(late)))

    def _after_link(self, action: Callable[[], None]) -> None:
        if self._link is None:
            action()
        else:
            self._link.after_all(lambda: self._try(self._user, action))

    def _try(self, user: str, action: Callable[[], None]) -> None:
        try:
            action()
        except InputError as error:
            self.refusals.note(user, error)

    def _take_media(self, origin: Origin, header: bytes, sealed: bytes) -> None:
        payload = self._open(origin, header, sealed)
        if payload is None:
            return
        unit = unpack_unit(origin, header, payload)
        at_us = monotonic_us()
        with self.lock:
            changes = self._roster.media_seen(at_us, origin.user, origin.epoch)
            if changes is None:
                return
            for change in changes:
                self._inbox.put(change)
            before, gap = self._sequences.before(origin), self._sequences.gap(origin)
            self.units += 1
            self.bytes += len(payload)
            self.lost += gap
            self._inbox.put(MediaReceived(at_us, origin.user, origin.epoch, unit, gap, before))

    def _take_message(self, origin: Origin, header: bytes, sealed: bytes) -> None:
        if origin.kind != MESSAGE:
            raise InputError("wire-kind", f"unit header at byte 1: kind {origin.kind}, expected a message")
        payload = self._open(origin, header, sealed)
        if payload is None:
            return
        at_us = monotonic_us()
        with self.lock:
            changes = self._roster.media_seen(at_us, origin.user, origin.epoch)
            if changes is None:
                raise InputError("wire-epoch", f"message of a stay of user {origin.user} that has ended")
            self._message_rates.admit(origin.user, at_us, len(payload))
            for change in changes:
                self._inbox.put(change)
            self._inbox.put(DataReceived(at_us, origin.user, payload, origin.pts_us))

    def _open(self, origin: Origin, header: bytes, sealed: bytes) -> bytes | None:
        payload = self._cipher.open(header, sealed)
        if payload is None:
            self.lock_out(origin.user, origin.epoch)
        return payload
