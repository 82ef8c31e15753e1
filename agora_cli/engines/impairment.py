"""What a bad network does to what a connection sends and receives: values only, the local engine plays them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Medium = Literal["audio", "video", "data"]
MEDIA: tuple[Medium, ...] = ("audio", "video", "data")


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which nothing passes, counted from the first packet of its direction."""

    start_us: int
    length_us: int


@dataclass(frozen=True, slots=True)
class Impairment:
    """What happens to the packets of one medium; shares are 0..1.

    `burst` is the mean length of a row of lost packets (0: each is lost for itself). `jitter_us` is added to
    or taken from `delay_us` evenly, and never changes the order; `reorder` is the share that the next packet
    overtakes. A packet that would wait longer than a second for `rate_bps` (0: no limit) is lost.
    """

    loss: float = 0.0
    burst: float = 0.0
    delay_us: int = 0
    jitter_us: int = 0
    reorder: float = 0.0
    duplicate: float = 0.0
    rate_bps: int = 0
    corrupt: float = 0.0
    outages: tuple[Outage, ...] = ()

    def __post_init__(self) -> None:
        for share in (self.loss, self.reorder, self.duplicate, self.corrupt):
            if not 0 <= share <= 1:
                raise ValueError(f"a share must be 0 to 1, got {share}")
        if self.starts_burst > 1:
            raise ValueError(f"{self.loss:.4g} cannot be lost in rows of only {self.burst:g}")

    @property
    def starts_burst(self) -> float:
        """Return how likely a row of lost packets begins after one that came: 0 where losses come in no rows."""
        return self.loss / (self.burst * (1 - self.loss)) if self.burst and self.loss < 1 else 0.0


@dataclass(frozen=True, slots=True)
class ImpairmentPlan:
    """An impairment a medium; the same seed does the same to the same packets. `text` is what was asked for.

    A rate of `shared_rate_bps` is one for all media whose own impairment has none.
    """

    text: str
    seed: int = 1
    shared_rate_bps: int = 0
    by_medium: Mapping[Medium, Impairment] = field(default_factory=dict)
