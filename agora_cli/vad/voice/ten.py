"""TEN VAD, as an extra only: its licence is not an open-source one, read it before you use it."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from agora_cli.vad.voice.base import VoiceEngineName, missing

HOP_SAMPLES = 256
NOTICE = "ten-vad comes under a restricted licence (no open-source one): read it before you deploy or ship it"


class TenModel:
    """The package with its own shared library, which needs libc++1 and is not built for linux aarch64."""

    name: Final[VoiceEngineName] = "ten"
    hop_samples: Final = HOP_SAMPLES
    delay_samples: Final = 560

    def __init__(self) -> None:
        try:
            from ten_vad import TenVad
        except ImportError as error:
            raise missing("ten", "ten-vad", f"pip install 'agora-media-cli[ten]'; {NOTICE}") from error
        self._detector: Any = TenVad
        try:
            TenVad(HOP_SAMPLES)
        except OSError as error:  # its library is there and one that it needs is not
            raise missing("ten", "libc++1", f"apt-get install libc++1 ({error})") from error

    def stream(self) -> "TenStream":
        """Return a stream that has heard nothing yet."""
        return TenStream(self._detector(HOP_SAMPLES))


class TenStream:
    """One detector."""

    def __init__(self, detector: Any) -> None:
        self._detector = detector

    def feed(self, samples: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        """Return a probability 0..1 for each 256 samples."""
        hops = samples.reshape(-1, HOP_SAMPLES)
        return np.array([self._detector.process(hop)[0] for hop in hops], np.float32)
