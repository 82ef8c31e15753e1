"""One participant in one local channel."""

import os
import threading
import time
from collections.abc import Callable, Iterator

from agora_cli.clock import monotonic_us
from agora_cli.engines.base import ConnectionSpec, ConnectionStats, Gate
from agora_cli.engines.inbox import Inbox
from agora_cli.engines.local.cipher import Cipher
from agora_cli.engines.local.impair.link import ImpairedLink
from agora_cli.engines.local.keys import Keys
from agora_cli.engines.local.presence import Member, Presence
from agora_cli.engines.local.receive import LocalReceiver
from agora_cli.engines.local.requests import BYE, FLUSH, HELLO
from agora_cli.engines.local.roll import Seat
from agora_cli.engines.local.roster import Roster
from agora_cli.engines.local.send import LocalSender
from agora_cli.errors import AgoraError, NetworkError, RefusedError
from agora_cli.events import Event, LinkChanged
from agora_cli.frames import Unit
from agora_cli.mesh.failures import translated
from agora_cli.mesh.session import Mesh
from agora_cli.reasons import TOKEN_EXPIRED, connection_failure
from agora_cli.tokens.stay import Grant, TokenWatch, follow

HELLO_TIMEOUT_S = 0.5
BYE_TIMEOUT_S = 1.0
FLUSH_ROUND_S = 0.5
KEYFRAME_TIMEOUT_S = 1.0
SAME_USER_REASON = 19


class LocalConnection:
    """Push as fast as the channel takes it: call flush() every 32 units, and nothing is ever dropped.

    Without flush(), a reader's channel holds 8192 units of sound or 256 pictures, and the link 1 MB a priority.
    """

    def __init__(
        self, mesh: Mesh, spec: ConnectionSpec, user: str, cipher: Cipher, release: Callable[[], None]
    ) -> None:
        self._mesh = mesh
        self._spec = spec
        self._user = user
        self._epoch = time.monotonic_ns()
        self._keys = Keys.of(spec.channel, cipher.lock)
        self._release = release
        self._end: AgoraError | None = None
        self._leaving = threading.Event()
        self._closing = threading.Lock()
        self._closed = False
        self._withdrawn = False
        self._inbox = Inbox()
        self._roster = Roster(user)
        link_out = ImpairedLink(spec.impair, "out") if spec.impair is not None else None
        self._sender = LocalSender(mesh, self._keys, (user, self._epoch), cipher, link_out, self._ended_by)
        link_in = ImpairedLink(spec.impair, "in") if spec.impair is not None else None
        self._receiver = LocalReceiver(mesh, user, self._epoch, self._roster, self._inbox, cipher, link_in)
        with translated(f"join channel {spec.channel!r}"):
            if spec.subscribe is not None:
                self._receiver.subscribe(self._keys, spec.subscribe)
            member = Member(user, self._epoch, Seat(spec.app_id, spec.channel, user, os.getpid()))
            self._presence = Presence(
                mesh, self._keys, member, self._roster, self._inbox, self._receiver, self._replaced
            )
            self._presence.begin()
            # Whoever answers knows what we subscribe to: its next unit reaches us.
            timeout_s = min(HELLO_TIMEOUT_S, spec.timeout_s)
            self._presence.ask(HELLO, self._presence.others(timeout_s), timeout_s)

    @property
    def user(self) -> str:
        """Return our own user id, after assignment."""
        return self._user

    def push(self, unit: Unit) -> None:
        """Send one unit now. Raises InputError for a number beyond its field, NetworkError after the end."""
        self._check_may_send()
        self._sender.push(unit)

    def send(self, data: bytes, media_us: int = 0) -> None:
        """Send a message of 1..1024 bytes, at most 60 and 30 KB a second. Raises InputError beyond the limits."""
        self._check_may_send()
        self._sender.send(data, media_us)

    def request_keyframe(self, user: str) -> None:
        """Ask a sender for a keyframe; it sees KeyframeRequested."""
        self._check_open()
        with translated("ask for a keyframe"):
            self._presence.ask_keyframe(user, KEYFRAME_TIMEOUT_S)

    def events(self, timeout_s: float) -> Iterator[Event]:
        """Yield what has arrived, waiting at most `timeout_s` seconds for the first; end when nothing is left."""
        return self._inbox.drain(timeout_s)

    def flush(self, timeout_s: float) -> bool:
        """Wait until the reader of everybody present has taken all that was pushed; False after `timeout_s`.

        A reader has taken a unit when it asks its connection for the next event. Who subscribes to nothing
        is not waited for, who hangs or does not read is until the time is up.
        """
        self._check_open()
        deadline = time.monotonic() + timeout_s
        if not self._sender.drain(timeout_s):
            return False
        with translated("flush"):
            awaited = self._presence.others(timeout_s)
            while awaited and (left_s := deadline - time.monotonic()) > 0:
                # Asked again in rounds: for a member that dies just now zenoh may wait to the end of a question.
                awaited = self._presence.ask(FLUSH, awaited, min(left_s, FLUSH_ROUND_S)) & self._presence.others(left_s)
        return not awaited

    def stats(self) -> ConnectionStats:
        """Return the counters so far."""
        receiver = self._receiver
        return ConnectionStats(
            self._sender.units,
            self._sender.bytes,
            receiver.units,
            receiver.bytes,
            receiver.lost,
            self._inbox.dropped,
            impaired=receiver.impaired + self._sender.impaired,
            refused=receiver.refusals.counts(),
        )

    def stay_until(self, grant: Grant, gate: Gate) -> None:
        """Warn before the end of our token, renew it if we can, and leave the channel at its end."""

        def renew() -> Grant | None:
            return gate(self._spec.mint_token(), self._spec) if self._spec.mint_token is not None else None

        def expired(text: str) -> None:
            self._put_out(TOKEN_EXPIRED, text, "make a new one, or let --tokenFile be renewed")

        follow(TokenWatch(grant, time.time(), renew, self._inbox.put, expired), self._leaving)

    def close(self) -> None:
        """Say goodbye after all that was pushed, and leave; waits 1 s at most for who hangs."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self._leaving.set()
        try:
            if self._end is None and not self._mesh.closed:
                self._end = NetworkError("closed", "the connection is closed")
                self._sender.drain(None)
                with translated("say goodbye"):
                    self._presence.ask(BYE, self._presence.others(BYE_TIMEOUT_S), BYE_TIMEOUT_S)
        finally:
            self._withdraw()
            self._inbox.close()
            self._release()

    def _replaced(self) -> None:
        text = f"another member joined as user {self._user}"
        self._put_out(SAME_USER_REASON, text, "give each member its own --userId")

    def _ended_by(self, failure: AgoraError) -> None:
        self._end = self._end or failure

    def _put_out(self, reason: int, text: str, hint: str | None = None) -> None:
        self._end = connection_failure(reason, text)
        self._end.hint = hint
        self._inbox.put(LinkChanged(monotonic_us(), "failed", reason, text))
        self._withdraw()

    def _withdraw(self) -> None:
        with self._closing:
            if self._withdrawn:
                return
            self._withdrawn = True
        with translated("leave the channel"):
            self._sender.close()
            self._presence.withdraw()
            self._receiver.close()

    def _check_open(self) -> None:
        if self._end is not None:
            raise self._end

    def _check_may_send(self) -> None:
        self._check_open()
        if self._spec.role == "audience":
            raise RefusedError(
                "role", "an audience member cannot push (Agora error 119)", hint="use --role broadcaster"
            )
