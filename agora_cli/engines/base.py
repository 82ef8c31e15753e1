"""The seam between this tool and a network: Engine opens a Connection, a Connection carries units.

Everything above (sessions, recorders, diagnostics) sees this interface only, so a fake of a hundred lines
tests it all, and `tests/contract/` holds every engine to the same behaviour.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, Protocol

from agora_cli.engines.impairment import ImpairmentPlan
from agora_cli.events import Event
from agora_cli.frames import AudioCodec, PixelFormat, Unit, VideoCodec
from agora_cli.names import ASSIGNED, check_channel, check_user
from agora_cli.tokens.stay import Grant

Role = Literal["broadcaster", "audience"]
DEFAULT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Encryption:
    """End-to-end encryption: one of Agora's mode names, the key, and a salt of 32 bytes where the mode wants one."""

    mode: str
    key: bytes = field(repr=False)
    salt: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Publish:
    """What a connection will push: engines that must prepare a track read it at open()."""

    audio: Literal["none", "pcm", "encoded"] = "none"
    video: Literal["none", "encoded", "raw"] = "none"
    audio_codec: AudioCodec | None = None
    video_codec: VideoCodec | None = None
    pixel_format: PixelFormat = "i420"
    width: int = 0
    height: int = 0
    bitrate_bps: int = 0
    frame_rate: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """What a connection wants to receive; `users` limits it to these (empty: everybody).

    `video="raw"` lets an engine decode where it can; the local one always hands on what was sent.
    `mixed` asks for one PCM stream of all users, under the user name "mixed", where the engine mixes itself.
    """

    audio: bool = True
    video: Literal["none", "encoded", "raw"] = "encoded"
    data: bool = True
    users: frozenset[str] = frozenset()
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionSpec:
    """All that is needed to join a channel; checked here, so an engine can trust it.

    `app_id` is Agora's App ID, or any text as the namespace of local channels. `mint_token` is called when
    the token is about to expire and returns a new one, or None when the caller cannot make any.
    `parameters` are engine-specific (`--param k=v`, scenario, area): an engine ignores none in silence.
    `impair` is the bad network to rehearse; an engine that has a real one refuses it.
    """

    app_id: str
    channel: str
    user: str = ASSIGNED
    token: str | None = field(default=None, repr=False)
    role: Role = "broadcaster"
    publish: Publish = Publish()
    subscribe: Subscribe | None = None
    encryption: Encryption | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S
    mint_token: Callable[[], str] | None = field(default=None, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict)
    impair: ImpairmentPlan | None = None

    def __post_init__(self) -> None:
        check_channel(self.channel)
        object.__setattr__(self, "user", check_user(self.user))


# From a token and what it is to be used for to its grant: None where no token is asked for. Raises RefusedError.
Gate = Callable[[str | None, ConnectionSpec], Grant | None]


@dataclass(frozen=True, slots=True)
class ConnectionStats:
    """Counters since open(). `lost` never arrived, `dropped` arrived while our own queue was full.

    `unsent` was pushed while the link was slow or gone, and never left.
    `refused` counts packets that could not be what they claim, by the user that they name and by reason.
    `impaired` says what ConnectionSpec.impair did, by name, and to how many `packets`; empty without it.
    """

    sent_units: int = 0
    sent_bytes: int = 0
    received_units: int = 0
    received_bytes: int = 0
    lost: int = 0
    dropped: int = 0
    unsent: int = 0
    rtt_us: int | None = None
    impaired: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


class Connection(Protocol):
    """One participant in one channel. push() and send() may be called from one thread, events() from another."""

    @property
    def user(self) -> str:
        """Return our own user id, after assignment."""

    def push(self, unit: Unit) -> None:
        """Send one unit now, without waiting for anybody. Pacing is the caller's.

        Raises InputError for a unit that the engine cannot carry, what ended the link once it has ended
        (RefusedError when a later member took our user id), NetworkError after close().
        """

    def send(self, data: bytes, media_us: int = 0) -> None:
        """Send a data-stream message of 1..1024 bytes, never dropped. Raises InputError beyond the limits."""

    def request_keyframe(self, user: str) -> None:
        """Ask a sender for a keyframe; it sees KeyframeRequested."""

    def events(self, timeout_s: float) -> Iterator[Event]:
        """Yield what has arrived, waiting at most `timeout_s` seconds for the first; end when nothing is left."""

    def flush(self, timeout_s: float) -> bool:
        """Wait until everybody present has taken all that was pushed; False when that took too long."""

    def stats(self) -> ConnectionStats:
        """Return the counters so far."""

    def close(self) -> None:
        """Say goodbye and let go of all resources; a second call does nothing."""


class Engine(Protocol):
    """A way to reach channels."""

    @property
    def name(self) -> str:
        """Return "local" or "sdk"."""

    def open(self, spec: ConnectionSpec) -> Connection:
        """Join a channel.

        Raises RefusedError (App ID, token, user), NetworkError (time-out), UnavailableError (library missing).
        """
