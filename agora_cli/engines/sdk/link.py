"""The state of one connection's link: how the attempt to connect ends, and what happens to it later.

Callbacks of native threads only write here and into the inbox; the thread that opens or closes waits.
"""

import threading
from typing import Any, Literal

from agora_cli.clock import monotonic_us
from agora_cli.engines.inbox import Inbox
from agora_cli.errors import AgoraError, NetworkError
from agora_cli.events import DecryptionFailed, LinkChanged, LinkState
from agora_cli.reasons import (
    CONNECTION_REASONS,
    ENCRYPTION_FAILED,
    TOKEN_RENEWED,
    connection_failure,
    error_failure,
    link_text,
)

# RTC errors that end a session -> the connection-changed reason that says the same.
FATAL_ERRORS = {101: 6, 102: 7, 109: 9, 110: 8, 123: 3}
LOST = 16
DECRYPTION_ERRORS: dict[int, Literal[120, 122]] = {1: 120, 3: 122}
OWN_ENCRYPTION_ERRORS = {0: "internal failure", 2: "media streams", 4: "data streams"}
TOKEN_EXPIRED = 9


class Link:
    """Follow one connection from connect() to its end.

    `user` is our own id once connected; `ended_by` is what ended the session later.
    Invariant: `_failure` is set before `_settled` when connecting failed.
    """

    def __init__(self, inbox: Inbox) -> None:
        self.user = ""
        self.rtt_us: int | None = None
        self.ended_by: AgoraError | None = None
        self._inbox = inbox
        self._failure: AgoraError | None = None
        self._settled = threading.Event()
        self._ended = threading.Event()
        self._closing = False
        self._told_encryption: set[int] = set()

    def wait_connected(self, timeout_s: float) -> None:
        """Wait until connected. Raises what refused us, NetworkError when nothing was heard in time."""
        if not self._settled.wait(timeout_s):
            raise NetworkError("connect-timeout", f"no connection to the channel within {timeout_s:g} s")
        if self._failure is not None:
            raise self._failure

    def wait_ended(self, timeout_s: float) -> bool:
        """Wait until the SDK said that the connection is over."""
        return self._ended.wait(timeout_s)

    def closing(self) -> None:
        """Say no more about the link: what comes now is our own doing."""
        self._closing = True

    def connected(self, connection: Any, info: Any, reason: int) -> None:
        """Take on_connected."""
        first = not self._settled.is_set()
        self.user = info.local_user_id
        self._settled.set()
        if not first:
            self._tell("connected", reason)

    def reconnecting(self, connection: Any, info: Any, reason: int) -> None:
        """Take on_reconnecting."""
        self._tell("reconnecting", reason)

    def reconnected(self, connection: Any, info: Any, reason: int) -> None:
        """Take on_reconnected."""
        self._tell("connected", reason)

    def lost(self, connection: Any, info: Any) -> None:
        """Take on_connection_lost: the SDK still tries, for 20 minutes by default."""
        self._tell("reconnecting", LOST)

    def failed(self, connection: Any, info: Any, reason: int) -> None:
        """Take on_connection_failure."""
        if not self._settled.is_set():
            self._refuse(connection_failure(reason))
        else:
            self._tell("failed", reason)

    def disconnected(self, connection: Any, info: Any, reason: int) -> None:
        """Take on_disconnected: a failure where its reason says so, or before we ever were connected."""
        self._ended.set()
        if not self._settled.is_set():
            self._refuse(connection_failure(reason))
        else:
            self._tell("failed" if reason in CONNECTION_REASONS else "disconnected", reason)

    def error(self, connection: Any, number: int, text: str) -> None:
        """Take on_error: some end the session, the others are worth a line."""
        if not self._settled.is_set() and number in FATAL_ERRORS:
            self._refuse(error_failure(number, text))
        elif number in FATAL_ERRORS:
            self._tell("failed", FATAL_ERRORS[number], text)
        else:
            self.note(f"error {number}: {text}" if text else f"error {number}")

    def token_expired(self, connection: Any) -> None:
        """Take on_token_privilege_did_expire."""
        if not self._settled.is_set():
            self._refuse(connection_failure(TOKEN_EXPIRED))
        else:
            self._tell("failed", TOKEN_EXPIRED)

    def token_renewed(self) -> None:
        """Tell that a new token was handed over: the SDK has no callback for it."""
        self._tell("connected", TOKEN_RENEWED)

    def encryption_error(self, connection: Any, kind: int) -> None:
        """Take on_encryption_error: it comes for every packet and names no user, so each kind is told once.

        ENCRYPTION_ERROR_TYPE of AgoraBase.h: 1 and 3 are what others sent, all else is our own.
        """
        if kind in self._told_encryption or self._closing:
            return
        self._told_encryption.add(kind)
        if kind in DECRYPTION_ERRORS:
            self._inbox.put(DecryptionFailed(monotonic_us(), "", DECRYPTION_ERRORS[kind]))
        else:
            self._tell("failed", ENCRYPTION_FAILED, OWN_ENCRYPTION_ERRORS.get(kind, f"encryption error {kind}"))

    def transport_stats(self, connection: Any, stats: Any) -> None:
        """Take on_transport_stats: copy what is wanted, the structure dies with the callback."""
        self.rtt_us = int(stats.gateway_rtt) * 1000

    def note(self, text: str) -> None:
        """Tell the reader something about a link that stands."""
        if not self._closing:
            self._inbox.put(LinkChanged(monotonic_us(), "connected", 0, text))

    def _refuse(self, failure: AgoraError) -> None:
        self._failure = failure
        self._settled.set()

    def _tell(self, state: LinkState, reason: int, text: str = "") -> None:
        if state == "failed":
            self.ended_by = connection_failure(reason, text or f"user {self.user}")
        if not self._closing:
            # A failure's own words come from the table; the reader adds them.
            words = text if state == "failed" else text or link_text(reason)
            self._inbox.put(LinkChanged(monotonic_us(), state, reason, words))
