"""What a known signal is made of: what its sender and its ear agree on."""

from dataclasses import dataclass
from fractions import Fraction

RATE_HZ = 48_000
FRAME_US = 20_000


@dataclass(frozen=True, slots=True)
class ProbeSignal:
    """What is sent: `identity` 0..3, `channels` 0 is no sound, `width` 0 no picture."""

    identity: int
    length_us: int
    channels: int = 2
    width: int = 320
    height: int = 180
    frame_rate: Fraction = Fraction(15)
