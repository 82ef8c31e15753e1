"""Who else is in the channels that we send into: a sender alone in a mistyped channel must not look like success."""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

from agora_cli.clock import Clock, Stop
from agora_cli.errors import ExpectationError
from agora_cli.events import Event, Joined, Left
from agora_cli.frames import MICROSECONDS

NAP_US = 20_000
NAMED_USERS = 8


class Audience:
    """Follow who comes and goes; `say` is given a line when the last one leaves and when one comes after that.

    `ever` holds all users that were there. Everybody else counts, whether they receive or only send: engines
    do not tell what a user subscribes to. Without `knows_at_once` the engine hears of users some time after it
    joined: that nobody is there is not said at the start.
    """

    def __init__(self, channels: Sequence[str], say: Callable[[str], None], knows_at_once: bool = True) -> None:
        self.ever: set[str] = set()
        self._channels = channels
        self._say = say
        self._knows_at_once = knows_at_once
        self._present: Counter[str] = Counter()
        self._met = False

    def follow(self, event: Event) -> None:
        """Take one event of any of the connections."""
        if isinstance(event, Joined):
            was_empty = not self._present
            # An engine that comes back from a lost link may name the same user again.
            self._present[event.user] = min(self._present[event.user] + 1, len(self._channels))
            self.ever.add(event.user)
            if self._met and was_empty:
                self._say(self.text())
        elif isinstance(event, Left) and event.user in self._present:
            self._present[event.user] -= 1
            if not self._present[event.user]:
                del self._present[event.user]
            if self._met and not self._present:
                self._say(self.text())

    def meet(self, obey: Callable[[], None], limit_s: Fraction, clock: Clock, stop: Stop) -> None:
        """Call `obey` until somebody is there, then say who; it must hand each event to follow().

        Returns at once where `limit_s` is 0, and soon after a stop. Raises ExpectationError after `limit_s`.
        """
        deadline_us = clock.now_us() + int(limit_s * MICROSECONDS)
        obey()
        if limit_s and not self._present:
            self._say(f"{self.text()}: waiting for a receiver")
        while not self._present and not stop.is_set() and clock.now_us() < deadline_us:
            clock.sleep_us(NAP_US)
            obey()
        if limit_s and not self._present and not stop.is_set():
            raise ExpectationError(
                "no-receiver",
                f"nobody joined {self._place()} within {float(limit_s):g} s",
                hint="do both sides name the same channel, App ID and engine?",
            )
        self._met = True
        if self._present or (self._knows_at_once and not limit_s):
            self._say(self.text())

    def text(self) -> str:
        """Return who is there now, in words."""
        if not self._present:
            return f"nobody else is in {self._place()}"
        users = sorted(self._present, key=lambda user: (len(user), user))
        more = len(users) - NAMED_USERS
        named = ", ".join(users[:NAMED_USERS]) + (f" and {more} more" if more > 0 else "")
        return f"in {self._place()}: user{'s' if len(users) > 1 else ''} {named}"

    def _place(self) -> str:
        first, last = self._channels[0], self._channels[-1]
        return first if len(self._channels) == 1 else f"{first} to {last}"
