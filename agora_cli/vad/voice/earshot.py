"""earshot: a small, fast engine without onnxruntime (MIT or Apache licence). Music wakes it."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from agora_cli.vad.voice.base import VoiceEngineName, missing

HOP_SAMPLES = 256


class EarshotModel:
    """The package; its weights are part of it."""

    name: Final[VoiceEngineName] = "earshot"
    hop_samples: Final = HOP_SAMPLES
    delay_samples: Final = 640

    def __init__(self) -> None:
        try:
            import earshot
        except ImportError as error:
            raise missing("earshot", "earshot", "pip install 'agora-media-cli[earshot]'") from error
        self._package = earshot

    def stream(self) -> "EarshotStream":
        """Return a stream that has heard nothing yet."""
        return EarshotStream(self._package.Detector())


class EarshotStream:
    """One detector."""

    def __init__(self, detector: Any) -> None:
        self._detector = detector

    def feed(self, samples: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        """Return a score 0..1 for each 256 samples."""
        hops = samples.reshape(-1, HOP_SAMPLES)
        return np.array([self._detector.predict_i16(hop) for hop in hops], np.float32)
