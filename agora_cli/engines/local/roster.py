"""Who is in the channel: joins and leaves told once each, from sightings that come in any order.

A stay is (user, epoch). A user has one current stay, the one with the greatest epoch seen. What each
sighting does:

    sighting              no stay of the user      same stay      older current stay     newer current stay
    token or media        Joined                   -              Left(lost), Joined     ignored
    bye                   Joined, Left(bye)        Left(bye)      as the two left of it  -
    token gone            -                        Left(lost)     -                      -

A stay that was lost is back when its token is seen again (its process hung); until then its media is
ignored. A stay that said goodbye never comes back: a token seen after it is a sighting that comes late.
"""

from dataclasses import dataclass, field
from typing import Literal

from agora_cli.events import Joined, Left


@dataclass(slots=True)
class Roster:
    """The stays of everybody but `own_user`; not thread-safe, the caller holds one lock around each call."""

    own_user: str
    _present: dict[str, int] = field(default_factory=dict)
    _ended: dict[str, int] = field(default_factory=dict)
    _left: dict[str, int] = field(default_factory=dict)

    def token_seen(self, at_us: int, user: str, epoch: int) -> list[Joined | Left]:
        """Take note of a living token, and return what it changes."""
        current = self._present.get(user)
        if user == self.own_user or epoch <= max(current or 0, self._left.get(user, 0)):
            return []
        self._present[user] = epoch
        replaced: list[Joined | Left] = [] if current is None else [Left(at_us, user, "lost")]
        return [*replaced, Joined(at_us, user)]

    def media_seen(self, at_us: int, user: str, epoch: int) -> list[Joined | Left] | None:
        """Take note of media, which can be faster than its sender's token; None when it is to be ignored."""
        current = self._present.get(user)
        if current == epoch:
            return []
        if user == self.own_user or epoch <= max(current or 0, self._ended.get(user, 0)):
            return None
        return self.token_seen(at_us, user, epoch)

    def ended(self, at_us: int, user: str, epoch: int, reason: Literal["bye", "lost"]) -> list[Joined | Left]:
        """Take note of the end of a stay, and return what it changes."""
        late: list[Joined | Left] = []
        if reason == "bye":
            late = self.media_seen(at_us, user, epoch) or []
            self._left[user] = max(epoch, self._left.get(user, 0))
        if self._present.get(user) != epoch:
            return []
        del self._present[user]
        self._ended[user] = epoch
        return [*late, Left(at_us, user, reason)]
