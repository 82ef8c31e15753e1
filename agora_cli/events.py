"""What a connection tells its owner, in the order in which it happened.

`at_us` is the local monotonic clock (clock.monotonic_us) at the moment of arrival, so that media
of different senders, or of one sender before and after a restart, can be placed on one axis.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from agora_cli.frames import Track, Unit

LinkState = Literal["connected", "reconnecting", "failed", "disconnected"]


@dataclass(frozen=True, slots=True)
class Joined:
    """A user is in the channel."""

    at_us: int
    user: str


@dataclass(frozen=True, slots=True)
class Left:
    """A user is gone: it said goodbye, or its link is lost."""

    at_us: int
    user: str
    reason: Literal["bye", "lost"]


@dataclass(frozen=True, slots=True)
class MediaReceived:
    """A unit of media from `user`.

    `epoch` names one incarnation of the sender: it changes when the sender restarts, and its media clock
    with it. `lost` is how many units of the same kind are missing right before this one; -1 says that this one was
    counted as missing and comes late. `before` is how many of the kind went out before we joined, on the first one.
    """

    at_us: int
    user: str
    epoch: int
    unit: Unit
    lost: int = 0
    before: int = 0


@dataclass(frozen=True, slots=True)
class DataReceived:
    """A data-stream message, exact to the byte. `media_us` is the sender's media clock when it was sent."""

    at_us: int
    user: str
    data: bytes
    media_us: int


@dataclass(frozen=True, slots=True)
class KeyframeRequested:
    """A receiver cannot decode until our next keyframe."""

    at_us: int
    user: str


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """Our own connection changed; `reason` is Agora's connection-changed number (0: none given)."""

    at_us: int
    state: LinkState
    reason: int
    text: str


@dataclass(frozen=True, slots=True)
class TokenExpiring:
    """Our token's privilege ends in `seconds_left`: renew it now."""

    at_us: int
    seconds_left: int


@dataclass(frozen=True, slots=True)
class DecryptionFailed:
    """What `user` sends ("": the engine cannot say whose it is) cannot be decrypted with our key.

    `number` is Agora's error: 120 for media, 122 for messages.
    """

    at_us: int
    user: str
    number: Literal[120, 122] = 120


@dataclass(frozen=True, slots=True)
class PacketRefused:
    """A packet that claims to be of `user` ("": it does not say) cannot be: `reason` is an error's code.

    Told once a user and reason; ConnectionStats.refused counts them.
    """

    at_us: int
    user: str
    reason: str


@dataclass(frozen=True, slots=True)
class VolumeIndication:
    """How loud `user` is: 0 (silent) to 255, and whether it is speech (None: not known)."""

    at_us: int
    user: str
    volume: int
    speech: bool | None


@dataclass(frozen=True, slots=True)
class Muted:
    """`user` has muted one of its tracks, or lets it be heard again."""

    at_us: int
    user: str
    track: Track
    muted: bool


Event: TypeAlias = (
    Joined
    | Left
    | MediaReceived
    | DataReceived
    | KeyframeRequested
    | LinkChanged
    | TokenExpiring
    | DecryptionFailed
    | PacketRefused
    | VolumeIndication
    | Muted
)
