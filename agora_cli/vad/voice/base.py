"""Engines that tell how probable it is that a stretch of 16 kHz sound is speech; raw PCM does not say."""

from typing import TYPE_CHECKING, Literal, Protocol, get_args

from agora_cli.errors import UnavailableError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

VoiceEngineName = Literal["silero", "earshot", "ten"]
VOICE_ENGINES: tuple[VoiceEngineName, ...] = get_args(VoiceEngineName)
RATE_HZ = 16_000


class VoiceStream(Protocol):
    """One stream's memory of what it heard."""

    def feed(self, samples: "npt.NDArray[np.int16]") -> "npt.NDArray[np.float32]":
        """Return a probability 0..1 for each hop; `samples` is a whole number of hops, in order."""


class VoiceModel(Protocol):
    """A loaded model. `stream()` starts a new stream: state never leaks from one to another."""

    @property
    def name(self) -> VoiceEngineName:
        """Return the name that chooses it."""

    @property
    def hop_samples(self) -> int:
        """Return how many samples give one probability."""

    @property
    def delay_samples(self) -> int:
        """Return how far before its hop's centre is the sound that a probability speaks of (measured)."""

    def stream(self) -> VoiceStream:
        """Return a stream that has heard nothing yet."""


def missing(name: VoiceEngineName, package: str, hint: str) -> UnavailableError:
    """Return the error of an engine whose package is not here."""
    return UnavailableError("voice-engine", f"the voice engine {name} needs the package {package}", hint)
