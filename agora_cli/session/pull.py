"""Pull: from one connection into a sink until a limit, a stop or the end of the link."""

from collections.abc import Callable
from dataclasses import dataclass

from agora_cli.clock import Clock, Stop
from agora_cli.engines.base import Connection
from agora_cli.errors import ExpectationError
from agora_cli.events import DataReceived, Event, Joined, Left, MediaReceived
from agora_cli.frames import MICROSECONDS
from agora_cli.session.link import Tune, raise_if_ended
from agora_cli.sinks.base import Sink

POLL_S = 0.1


KEYFRAME_INTERVAL_US = 500_000


@dataclass(frozen=True, slots=True)
class PullLimits:
    """When a pull ends by itself. Each may be None: no such limit.

    `wait_for_user_s`: the first media must come within it, else ExpectationError. `duration_s` counts from
    the start, with `wait_for_user_s` from the first media. `idle_s` is a time without any media (after the
    first, when that is waited for). `until_left`: all who sent have left: at once with a goodbye, `grace_s` after
    their link was lost: a stall looks the same and comes back.
    """

    duration_s: float | None = None
    wait_for_user_s: float | None = None
    idle_s: float | None = None
    until_left: bool = False
    grace_s: float = 0.0


class Pull:
    """Receive from one connection into a sink until a limit, a stop or the end of the link.

    `senders` are the users whose media came; `present` those of them who have not left; `departed` says how the
    others went. run() raises what the sink raises, what ended the link, and ExpectationError when nobody came in time.
    """

    def __init__(
        self,
        connection: Connection,
        sink: Sink,
        limits: PullLimits,
        clock: Clock,
        stop: Stop,
        on_event: Callable[[Event], None],
    ) -> None:
        self.senders: set[str] = set()
        self.present: set[str] = set()
        self.departed: dict[str, Left] = {}
        self.tune = Tune()
        self.units = 0
        self._asked_us: dict[str, int] = {}
        self._connection = connection
        self._sink = sink
        self._limits = limits
        self._clock = clock
        self._stop = stop
        self._on_event = on_event
        self._start_us = self._last_media_us = clock.now_us()

    def run(self) -> None:
        """Pull until the end; see the class."""
        while not self._stop.is_set() and not self._at_limit():
            for event in self._connection.events(POLL_S):
                self._take(event)
                if self._stop.is_set():
                    break
            self._sink.flush(self._clock.now_us())
            self._ask_for_keyframes()
            self.tune.check(self._clock.now_us())
        self.tune.check(self._clock.now_us(), settled=True)

    def _ask_for_keyframes(self) -> None:
        now_us = self._clock.now_us()
        for user in self._sink.waiting_for_keyframe:
            if now_us - self._asked_us.get(user, -KEYFRAME_INTERVAL_US) >= KEYFRAME_INTERVAL_US:
                self._asked_us[user] = now_us
                self._connection.request_keyframe(user)

    def _take(self, event: Event) -> None:
        if isinstance(event, MediaReceived):
            if not self.senders and self._limits.wait_for_user_s is not None:
                self._start_us = event.at_us
            self._last_media_us = event.at_us
            self.units += 1
            self.senders.add(event.user)
            self._is_here(event.user)
            self._sink.write(event)
        elif isinstance(event, DataReceived):
            self._sink.write_data(event)
        elif isinstance(event, Joined) and event.user in self.senders:
            self._is_here(event.user)
        elif isinstance(event, Left) and event.user in self.senders:
            self.present.discard(event.user)
            self.departed[event.user] = event
        self.tune.follow(event)
        self._on_event(event)
        raise_if_ended(event)

    def _at_limit(self) -> bool:
        limits, now_us = self._limits, self._clock.now_us()
        if limits.wait_for_user_s is not None and not self.senders:
            if now_us - self._start_us >= limits.wait_for_user_s * MICROSECONDS:
                self.tune.check(now_us, settled=True)  # who came, but cannot be decrypted, is the better answer
                raise ExpectationError("no-user", f"nobody sent anything within {limits.wait_for_user_s:g} s")
            return False
        if limits.duration_s is not None and now_us - self._start_us >= limits.duration_s * MICROSECONDS:
            return True
        if limits.idle_s is not None and now_us - self._last_media_us >= limits.idle_s * MICROSECONDS:
            return True
        return limits.until_left and bool(self.senders) and not self.present and self._grace_is_over(now_us)

    def _is_here(self, user: str) -> None:
        self.present.add(user)
        self.departed.pop(user, None)

    def _grace_is_over(self, now_us: int) -> bool:
        lost_us = [left.at_us for left in self.departed.values() if left.reason == "lost"]
        return all(now_us - at_us >= self._limits.grace_s * MICROSECONDS for at_us in lost_us)
