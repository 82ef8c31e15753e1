"""What an event of the link means for a session that cannot go on after it, and who shares our key.

One member with another key, or none, harms itself only: whoever can decrypt anybody goes on. Who can decrypt
nobody is the odd one, and ends.
"""

from agora_cli.events import DataReceived, DecryptionFailed, Event, Joined, Left, LinkChanged, MediaReceived
from agora_cli.frames import MICROSECONDS
from agora_cli.reasons import connection_failure, error_failure

# Members become known one after the other: only after that long nobody else is to be expected.
SETTLED_US = MICROSECONDS


def raise_if_ended(event: Event) -> None:
    """Raise what an event means for a session that cannot go on after it."""
    if isinstance(event, LinkChanged) and event.state == "failed":
        raise connection_failure(event.reason, event.text)


class Tune:
    """Who of the others we can decrypt. `out` are those whose media we cannot, ever in this session.

    A user that joined counts as in tune until an engine says otherwise; one that was decrypted once stays so,
    whatever forged or damaged packets come in its name. The user "" is what an engine says that cannot name it: one
    stranger is enough for that, so it ends nothing before all is over, and only who heard nobody at all. Who does not
    listen (`hears` False) cannot tell the stranger from itself, and goes on.
    """

    def __init__(self, hears: bool = True) -> None:
        self._hears = hears
        self._number = 120
        self.out: set[str] = set()
        self._present: set[str] = set()
        self._heard: set[str] = set()
        self._alone_us: int | None = None

    def follow(self, event: Event) -> None:
        """Take one event of the connection."""
        if isinstance(event, MediaReceived | DataReceived):
            self._heard.add(event.user)
            self._present.add(event.user)
            self.out.discard(event.user)
        elif isinstance(event, Joined):
            self._present.add(event.user)
        elif isinstance(event, Left):
            self._present.discard(event.user)
        elif isinstance(event, DecryptionFailed) and event.user not in self._heard and (event.user or self._hears):
            self.out.add(event.user)
            self._number = event.number

    def check(self, now_us: int, settled: bool = False) -> None:
        """Raise RefusedError once nobody in the channel could be decrypted for SETTLED_US, or at once if `settled`."""
        unnamed = "" in self.out
        in_tune = self._heard if unnamed else self._heard | (self._present - self.out)
        if not self.out or in_tune or (unnamed and not settled):
            self._alone_us = None
            return
        self._alone_us = now_us if self._alone_us is None else self._alone_us
        if settled or now_us - self._alone_us >= SETTLED_US:
            user = min(self.out)
            failure = error_failure(self._number, f"user {user}" if user else "")
            failure.hint = "give both sides the same --encryptionMode, key and salt"
            raise failure
