"""How long a token lets its holder stay: warn before its end, renew it, and put the holder out at its end.

    now reaches                 what happens
    warn_s                      TokenExpiring; a new token is asked for, and again until the end
    (a new token that lasts longer)   LinkChanged with reason 12; all starts over with it
    the end                     the holder is put out: connection-changed reason 9

Agora warns 30 s before the end. A token that lasts less than a minute is warned of at half its time, so that the
whole flow can be tried in seconds. All times here are Unix times, since tokens are made for wall clocks.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from agora_cli.clock import monotonic_us
from agora_cli.errors import AgoraError
from agora_cli.events import LinkChanged, TokenExpiring
from agora_cli.reasons import TOKEN_RENEWED, link_text

WARN_S = 30.0
# How often a new token is asked for between the warning and the end.
TRIES = 15
# The wall clock can be set while we wait: look at it at least this often.
LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token was found to allow: staying until `ends_s`, Unix time; `warnings` are lines on what it does not."""

    ends_s: int
    warnings: tuple[str, ...] = ()


class TokenWatch:
    """The table above for one stay; act() is called when due_s() has come, by one thread.

    `renew` asks for a new token and returns its grant, or None when there is no way to get one; it may raise
    AgoraError when a new token is refused or cannot be had. Both kinds of failure are tried again.
    """

    def __init__(
        self,
        grant: Grant,
        now_s: float,
        renew: Callable[[], Grant | None],
        tell: Callable[[TokenExpiring | LinkChanged], None],
        put_out: Callable[[str], None],
    ) -> None:
        self._renew = renew
        self._tell = tell
        self._put_out = put_out
        self._over = False
        self._warned = False
        self._failure = ""
        self._start(grant, now_s)

    @property
    def over(self) -> bool:
        """Tell whether the holder was put out."""
        return self._over

    def due_s(self) -> float:
        """Return when act() has something to do."""
        return min(self._next_s, self._ends_s)

    def act(self, now_s: float) -> None:
        """Do what is due at `now_s`; before due_s() that is nothing."""
        if self._over or now_s < self.due_s():
            return
        if now_s >= self._ends_s:
            self._over = True
            self._put_out(f"the token expired and was not renewed{self._failure}")
            return
        if not self._warned:
            self._warned = True
            seconds_left = math.ceil(self._ends_s - now_s)
            self._tell(TokenExpiring(monotonic_us(), seconds_left))
        self._next_s = now_s + self._lead_s / TRIES
        try:
            grant = self._renew()
        except AgoraError as error:
            self._failure = f": {error.message}"
            return
        if grant is not None and grant.ends_s > self._ends_s:
            self._tell(LinkChanged(monotonic_us(), "connected", TOKEN_RENEWED, link_text(TOKEN_RENEWED)))
            self._start(grant, now_s)

    def _start(self, grant: Grant, now_s: float) -> None:
        self._ends_s = float(grant.ends_s)
        self._lead_s = min(WARN_S, max(0.0, self._ends_s - now_s) / 2)
        self._next_s = self._ends_s - self._lead_s
        self._warned = False
        self._failure = ""


def follow(watch: TokenWatch, stop: threading.Event) -> threading.Thread:
    """Start and return a thread that lets `watch` act at its moments, until the holder is put out or `stop` is set."""

    def run() -> None:
        while not watch.over:
            watch.act(time.time())
            if stop.wait(min(LOOK_S, max(0.0, watch.due_s() - time.time()))):
                return

    thread = threading.Thread(target=run, name="token-watch", daemon=True)
    thread.start()
    return thread
