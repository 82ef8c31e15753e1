"""The member's view of the others: tokens, goodbyes and questions, in and out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import zenoh

from agora_cli.clock import monotonic_us
from agora_cli.engines.inbox import Inbox
from agora_cli.engines.local.keys import Keys, parse_token, token_lock
from agora_cli.engines.local.receive import LocalReceiver, check_epoch
from agora_cli.engines.local.requests import (
    BYE,
    FLUSH,
    KEYFRAME,
    MAX_REQUEST_BYTES,
    Request,
    pack_request,
    unpack_request,
)
from agora_cli.engines.local.roll import Seat
from agora_cli.engines.local.roster import Roster
from agora_cli.errors import InputError
from agora_cli.events import KeyframeRequested
from agora_cli.mesh.failures import foreign_errors
from agora_cli.mesh.payload import short_bytes
from agora_cli.mesh.session import Mesh

_CAPACITY = 4096
Stay: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Member:
    """Who we are in the channel."""

    user: str
    epoch: int
    seat: Seat


class Presence:
    """Declare ourselves, follow the others, answer them; `on_replaced` is called when a later stay takes our user."""

    def __init__(
        self,
        mesh: Mesh,
        keys: Keys,
        member: Member,
        roster: Roster,
        inbox: Inbox,
        receiver: LocalReceiver,
        on_replaced: Callable[[], None],
    ) -> None:
        self._mesh = mesh
        self._keys = keys
        self._member = member
        self._roster = roster
        self._inbox = inbox
        self._receiver = receiver
        self._on_replaced = on_replaced
        self._tokens: set[Stay] = set()
        session = mesh.session
        self._queryable = session.declare_queryable(keys.requests(), zenoh.handlers.FifoChannel(_CAPACITY))
        self._watch = session.liveliness().declare_subscriber(
            keys.tokens(), zenoh.handlers.FifoChannel(_CAPACITY), history=True
        )
        self._token = session.liveliness().declare_token(keys.token(member.user, member.epoch, mesh.zid))
        self._seat = session.liveliness().declare_token(member.seat.key())

    def begin(self) -> None:
        """Start to answer and to follow."""
        self._mesh.read(self._queryable.handler, self._answer, "local-requests")
        self._mesh.read(self._watch.handler, self._follow, "local-presence")

    def others(self, timeout_s: float) -> set[Stay]:
        """Return who has a token in the channel, as this session knows it now."""
        tokens = self._mesh.session.liveliness().get(self._keys.tokens(), timeout=timeout_s)
        keys = (str(reply.ok.key_expr) for reply in tokens if reply.ok is not None)
        stays = {stay for key in keys if (stay := self._stay(key)) is not None}
        return stays - {(self._member.user, self._member.epoch)}

    def ask(self, verb: int, awaited: set[Stay], timeout_s: float) -> set[Stay]:
        """Ask everybody; return who of `awaited` did not answer within `timeout_s` seconds.

        The question is sent after all that we have put before, and read after it: it has the last priority.
        """
        silent = set(awaited)
        replies = self._get(Request(verb, self._member.user, self._member.epoch), timeout_s)
        # Not to the end of the replies: for a member that closes right now zenoh may wait in vain.
        while silent and (reply := next(replies, None)) is not None:
            if reply.ok is not None:
                try:
                    answer = unpack_request(short_bytes(reply.ok.payload, MAX_REQUEST_BYTES))
                except InputError as error:
                    self._receiver.refusals.note("", error)
                    continue
                silent.discard((answer.user, answer.epoch))
        return silent

    def ask_keyframe(self, target: str, timeout_s: float) -> None:
        """Ask one user for a keyframe without waiting."""
        self._get(Request(KEYFRAME, self._member.user, self._member.epoch, target), timeout_s)

    def withdraw(self) -> None:
        """Undeclare everything: the others see us leave."""
        self._token.undeclare()
        self._seat.undeclare()
        self._queryable.undeclare()
        self._watch.undeclare()

    def _get(self, request: Request, timeout_s: float) -> zenoh.Handler[zenoh.Reply]:
        replies: zenoh.Handler[zenoh.Reply] = self._mesh.session.get(
            self._keys.requests(),
            zenoh.handlers.FifoChannel(_CAPACITY),
            target=zenoh.QueryTarget.ALL,
            consolidation=zenoh.ConsolidationMode.NONE,
            congestion_control=zenoh.CongestionControl.DROP,
            priority=zenoh.Priority.BACKGROUND,
            timeout=max(timeout_s, 0.001),
            payload=pack_request(request),
        )
        return replies

    def _follow(self, sample: zenoh.Sample) -> None:
        key = str(sample.key_expr)
        stay = self._stay(key)
        if stay is None:
            return
        user, epoch = stay
        if sample.kind == zenoh.SampleKind.DELETE:
            with self._receiver.lock:
                self._tokens.discard((user, epoch))
            self._receiver.after_all_received(lambda: self._end(user, epoch))
            return
        if user == self._member.user and epoch > self._member.epoch:
            self._on_replaced()
            return
        with self._receiver.lock:
            self._tokens.add((user, epoch))
        # A later stay must not overtake what the one before it sent: that would be ignored.
        self._receiver.after_all_received(lambda: self._begin(user, epoch))
        if token_lock(key) != self._keys.lock and user != self._member.user:
            self._receiver.lock_out(user, epoch)

    def _stay(self, key: str) -> Stay | None:
        """Return whose token a key is; None, and counted, for one that no member of ours makes."""
        try:
            user, epoch = parse_token(key)
            check_epoch(epoch)
        except InputError as error:
            self._receiver.refusals.note("", error)
            return None
        return user, epoch

    def _begin(self, user: str, epoch: int) -> None:
        with self._receiver.lock:
            for change in self._roster.token_seen(monotonic_us(), user, epoch):
                self._inbox.put(change)

    def _end(self, user: str, epoch: int, reason: Literal["bye", "lost"] = "lost") -> None:
        with self._receiver.lock:
            if reason == "lost" and (user, epoch) in self._tokens:
                return  # it is back: its process had hung
            for change in self._roster.ended(monotonic_us(), user, epoch, reason):
                self._inbox.put(change)

    def _answer(self, query: zenoh.Query) -> None:
        user = ""
        try:
            request = unpack_request(short_bytes(query.payload, MAX_REQUEST_BYTES))
            user = request.user
            check_epoch(request.epoch)
        except InputError as error:
            self._receiver.refusals.note(user, error)
            query.drop()
            return
        if request.verb == FLUSH and self._receiver.listens and request.user != self._member.user:
            self._receiver.after_all_received(lambda: self._inbox.mark(lambda: self._reply(query, FLUSH)))
            return
        if request.verb == KEYFRAME and request.target == self._member.user:
            self._inbox.put(KeyframeRequested(monotonic_us(), request.user))
        if request.verb == BYE:
            # The answer lets the leaver drop its token: the fence of the goodbye must be on its way before.
            self._receiver.after_all_received(lambda: self._end(request.user, request.epoch, "bye"))
        self._reply(query, request.verb)

    def _reply(self, query: zenoh.Query, verb: int) -> None:
        try:
            with query:
                query.reply(self._keys.requests(), pack_request(Request(verb, self._member.user, self._member.epoch)))
        except foreign_errors():
            return  # the asker has gone, or we are closing
