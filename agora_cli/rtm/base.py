"""The seam between a chat and a network: RtmEngine logs in, RtmClient talks.

What an engine promises for messages: those of one publisher to one channel (or user) arrive in the order
in which they were published, none twice, and none is missing while both processes live; where that cannot
be kept, MessagesLost says so. `tests/contract/` holds every engine to it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypeAlias

from agora_cli.events import LinkChanged, PacketRefused, TokenExpiring
from agora_cli.rtm.limits import check_user

ANY_REVISION = -1
NEW_ITEM = 0


@dataclass(frozen=True, slots=True)
class RtmSpec:
    """All that is needed to log in.

    `app_id` is Agora's App ID, or any text as the namespace of local channels. `rate` says what publish() does
    beyond 60 messages a second: raise -11025, wait for its turn, or not care.
    """

    app_id: str
    user: str
    token: str | None = field(default=None, repr=False)
    timeout_s: float = 10.0
    rate: Literal["raise", "wait", "unlimited"] = "raise"
    mint_token: Callable[[], str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_user(self.user)


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a message goes: everybody who subscribed to the channel `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class User:
    """Where a message goes: one user, wherever it is logged in."""

    name: str


Target: TypeAlias = Channel | User


class Message(NamedTuple):
    """A message, exact to the byte; a tuple because it is made 100,000 times a second (a dataclass costs thrice).

    `channel` is "" when it was sent to us alone. `sent_us` is the publisher's wall clock (Unix time, us).
    `is_text` says that the publisher called it text; `from_history` that it is older than our subscription,
    or was published while we were away.
    """

    at_us: int
    channel: str
    publisher: str
    data: bytes
    is_text: bool
    sent_us: int
    from_history: bool = False


@dataclass(frozen=True, slots=True)
class PresenceChange:
    """A user came, went ("left": said goodbye, "lost": its link broke), or changed its state."""

    at_us: int
    channel: str
    user: str
    kind: Literal["joined", "left", "lost", "state"]
    state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetadataItem:
    """One value of a channel's metadata; `revision` counts the changes of the channel up to this item's last."""

    value: str
    revision: int
    author: str
    updated_us: int


@dataclass(frozen=True, slots=True)
class ChannelMetadata:
    """A channel's metadata at one revision; revision 0 was never written."""

    revision: int
    items: Mapping[str, MetadataItem]


@dataclass(frozen=True, slots=True)
class MetadataChanged:
    """Somebody wrote metadata: `changed` are the items now set, `removed` the keys now gone."""

    at_us: int
    channel: str
    revision: int
    changed: Mapping[str, MetadataItem]
    removed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock of a channel; `owner` is "" while it is free.

    `fence` grows with every acquisition: pass it on where a holder that slept too long could do harm.
    """

    name: str
    owner: str
    ttl_s: float
    fence: int


@dataclass(frozen=True, slots=True)
class LockChanged:
    """A lock was made, taken, given back, timed out or removed; `owner` is the one who holds or held it."""

    at_us: int
    channel: str
    name: str
    kind: Literal["set", "acquired", "released", "expired", "removed"]
    owner: str


@dataclass(frozen=True, slots=True)
class MessagesLost:
    """At least `count` messages of `publisher` are gone for good: it died, or we were away for too long."""

    at_us: int
    channel: str
    publisher: str
    count: int


RtmEvent: TypeAlias = (
    Message
    | PresenceChange
    | MetadataChanged
    | LockChanged
    | MessagesLost
    | LinkChanged
    | PacketRefused
    | TokenExpiring
)


class RtmClient(Protocol):
    """One user, logged in. Any method may be called from any thread; one thread reads events()."""

    @property
    def engine(self) -> str:
        """Return "local" or "sdk"."""

    @property
    def user(self) -> str:
        """Return our user id."""

    def subscribe(self, channel: str, history: int = 0) -> None:
        """Hear a channel from now on; the last `history` stored messages come first, as events.

        Raises UsageError (-10008 name, -11005 more than 50 channels), NetworkError.
        """

    def unsubscribe(self, channel: str) -> None:
        """Leave a channel; UsageError -11002 when we are not in it."""

    def publish(self, target: Target, data: bytes, *, is_text: bool = True, store: bool = False) -> None:
        """Send 1..32768 bytes; `store` keeps it in the channel's history.

        Raises InputError (-11009 empty, -11010 too long), NetworkError (-11025 too fast, -11026 nobody takes
        it), ExpectationError (-11033: the user is not logged in).
        """

    def who(self, channel: str) -> Mapping[str, Mapping[str, str]]:
        """Return the users of a channel that we subscribed to, ourselves too, each with its state."""

    def set_state(self, channel: str, state: Mapping[str, str]) -> None:
        """Replace our state in a channel; it is gone when we leave."""

    def history(self, channel: str, limit: int = 100) -> Sequence[Message]:
        """Return the newest stored messages of a channel, oldest first."""

    def metadata(self, channel: str) -> ChannelMetadata:
        """Return a channel's metadata."""

    def set_metadata(
        self,
        channel: str,
        items: Mapping[str, str],
        *,
        revision: int = ANY_REVISION,
        revisions: Mapping[str, int] | None = None,
        lock: str | None = None,
    ) -> int:
        """Write all items or none; return the channel's new revision.

        `revision` is what the channel's must be, `revisions` what an item's must be (NEW_ITEM: it must not
        exist): else ExpectationError -12014. `lock` names a lock that we must hold, else -12008.
        """

    def remove_metadata(
        self,
        channel: str,
        keys: Sequence[str] | None = None,
        *,
        revision: int = ANY_REVISION,
        lock: str | None = None,
    ) -> int:
        """Remove these items (None: all); return the channel's new revision. Raises as set_metadata does."""

    def set_lock(self, channel: str, name: str, ttl_s: float = 10) -> None:
        """Make a lock if there is none of that name; it outlives a dead holder by `ttl_s`, 1..300."""

    def acquire_lock(self, channel: str, name: str, wait_s: float = 0) -> Lock:
        """Take a lock and hold it until it is released or we are gone for longer than its time.

        Raises ExpectationError: -14007 another holds it after `wait_s`, -14008 there is no such lock.
        """

    def release_lock(self, channel: str, name: str) -> None:
        """Give a lock back; ExpectationError -14006 when we do not hold it."""

    def remove_lock(self, channel: str, name: str) -> None:
        """Remove a lock, whoever holds it; -14008 when there is none."""

    def locks(self, channel: str) -> Sequence[Lock]:
        """Return a channel's locks by name."""

    def events(self, timeout_s: float) -> Iterator[RtmEvent]:
        """Yield what has arrived, waiting at most `timeout_s` seconds for the first; end when nothing is left."""

    def flush(self, timeout_s: float) -> bool:
        """Wait until everybody present has taken all that we published; False when that took too long."""

    def close(self) -> None:
        """Log out: say goodbye, give our locks back. A second call does nothing."""


class RtmEngine(Protocol):
    """A way to log in."""

    @property
    def name(self) -> str:
        """Return "local" or "sdk"."""

    def login(self, spec: RtmSpec) -> RtmClient:
        """Log in. Raises RefusedError (App ID, token, user), NetworkError (time-out), UnavailableError (library)."""
