"""The offline run: a whole recording judged with hindsight."""

import numpy as np
import numpy.typing as npt

from agora_cli.native.vad import VadMachine
from agora_cli.vad.align import FRAME_SAMPLES, aligned
from agora_cli.vad.analysis import Analysis, Settings, frames_of, notes_on
from agora_cli.vad.features import pitch_of, rms_of
from agora_cli.vad.voice.base import VoiceModel


def probabilities_of(samples: npt.NDArray[np.int16], model: VoiceModel) -> npt.NDArray[np.float32]:
    """Return the probability of each hop of a whole recording, its last hop filled up with silence."""
    missing = -len(samples) % model.hop_samples
    return model.stream().feed(np.concatenate([samples, np.zeros(missing, np.int16)]))


def analyse(samples: npt.NDArray[np.int16], settings: Settings, model: VoiceModel) -> Analysis:
    """Run a whole recording of 16 kHz mono samples; what does not fill a last frame is left out.

    With `settings.causal` the recording goes through LiveVad in the order in which a channel would bring it.
    """
    from agora_cli.vad.live import LiveVad

    if settings.causal:
        live = LiveVad(settings, model)
        live.push(samples.tobytes(), 16_000, 1)
        return live.close()
    count = len(samples) // FRAME_SAMPLES
    probability = aligned(probabilities_of(samples, model), model.hop_samples, model.delay_samples, count)
    rms = rms_of(samples)
    frames = frames_of(probability, rms, pitch_of(samples, rms), settings.rules)
    steps = VadMachine(settings.rules, settings.config).run(frames)
    return Analysis(settings, model.name, frames, steps, np.asarray(probability), 16_000, 1, notes_on(settings))
