"""What one channel looks like to us: its members and what was last reported of its shared state. Pure state.

Each `see_*` method takes what is so now and returns the events that lead there from what was so before. So a
notice that is missed costs nothing, no change is reported twice, and what came and went between two looks
is not reported at all.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from agora_cli.rtm.base import LockChanged, MetadataChanged, MetadataItem, PresenceChange
from agora_cli.rtm.local.locks import LockRow
from agora_cli.rtm.local.wire import user_of


class Room:
    """One subscribed channel. A user is there while one of its logins is."""

    def __init__(self, channel: str, revision: int, locks: Mapping[str, LockRow]) -> None:
        self.channel = channel
        self.revision = revision
        self._locks = dict(locks)
        self._logins: dict[str, dict[str, str]] = {}

    def users(self) -> dict[str, dict[str, str]]:
        """Return the state of each user that is there, by its newest login."""
        return {user_of(login): state for login, state in self._logins.items()}

    def is_alone(self) -> bool:
        """Tell whether nobody but us is there; our own login is never in a room."""
        return not self._logins

    def see_login(self, login: str, at_us: int) -> list[PresenceChange]:
        """A login is there."""
        if login in self._logins:
            return []
        user = user_of(login)
        is_new = user not in self.users()
        self._logins[login] = {}
        return [PresenceChange(at_us, self.channel, user, "joined")] if is_new else []

    def see_gone(self, login: str, at_us: int, kind: Literal["left", "lost"]) -> list[PresenceChange]:
        """A login's link is gone."""
        if self._logins.pop(login, None) is None:
            return []
        user = user_of(login)
        return [] if user in self.users() else [PresenceChange(at_us, self.channel, user, kind)]

    def see_states(self, states: Mapping[str, Mapping[str, str]], at_us: int) -> list[PresenceChange]:
        """These are the states of all logins now."""
        events = []
        for login in self._logins:
            state = dict(states.get(login, {}))
            if state != self._logins[login]:
                self._logins[login] = state
                events.append(PresenceChange(at_us, self.channel, user_of(login), "state", state))
        return events

    def see_metadata(
        self, revision: int, changed: Mapping[str, MetadataItem], removed: Sequence[str], at_us: int
    ) -> list[MetadataChanged]:
        """This is the metadata's revision now, and what happened to it since ours."""
        if revision <= self.revision:
            return []
        self.revision = revision
        return [MetadataChanged(at_us, self.channel, revision, changed, removed)]

    def see_locks(self, locks: Mapping[str, LockRow], at_us: int) -> list[LockChanged]:
        """These are the locks now."""
        before, self._locks = self._locks, dict(locks)
        events = []

        def tell(name: str, kind: Literal["set", "acquired", "released", "expired", "removed"], owner: str) -> None:
            events.append(LockChanged(at_us, self.channel, name, kind, owner))

        for name, row in locks.items():
            old = before.get(name)
            if old is None:
                tell(name, "set", "")
            if old is not None and old.login and old.fence < row.fence:
                tell(name, "expired" if row.lapsed else "released", old.owner)
            elif old is not None and old.login and not row.login:
                tell(name, "expired" if row.lapsed else "released", old.owner)
            if row.login and (old is None or old.fence < row.fence):
                tell(name, "acquired", row.owner)
        for name in before.keys() - locks.keys():
            tell(name, "removed", before[name].owner)
        return events

    def next_expiry_us(self) -> int | None:
        """Return when the first held lock would end if its holder does not renew it."""
        return min((row.expires_us for row in self._locks.values() if row.login), default=None)
