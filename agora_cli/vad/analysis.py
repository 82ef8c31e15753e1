"""What a VAD run heard and decided."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agora_cli.native.vad import Frames, Rules, Steps, VadConfig, VadMachine, frame_dtype

PERCENT = 100
VOICE_FLAG_FROM = 0.5
LABEL = "label.txt"

UNKNOWN_OFFLINE = (
    "far field and music cannot be known from a recording: every frame has far 1 and music 0, "
    "where the SDK in a channel may say otherwise"
)
RMS_SWAMPS = (
    "rule set 2.4 takes a frame for speech on loudness alone and expects sound that the SDK's own processing "
    "has freed of noise: on a raw recording it wakes on noise"
)
FLAGS_OFFLINE = "rule set 2.4 wants a yes or no: voice_prob is 1 where the probability is 50 % or more"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run judges: `causal` as a channel would know it, else with hindsight of about 35 ms."""

    rules: Rules = "2.1"
    config: VadConfig = VadConfig()
    causal: bool = False


@dataclass(frozen=True, slots=True)
class Analysis:
    """One finished run, frame by frame: four arrays of one length.

    `frames` and `steps` are records (native.vad); `probability` is 0..1 as float32, finer than voice_prob.
    `voice` names where the probability came from: an engine, or label.txt. `sample_rate_hz` and `channels`
    are those of the dump's source.pcm.
    """

    settings: Settings
    voice: str
    frames: Frames
    steps: Steps
    probability: npt.NDArray[np.float32]
    sample_rate_hz: int
    channels: int
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Return how long it is."""
        return len(self.frames) / 100


def frames_of(
    probability: npt.NDArray[np.float32],
    rms: npt.NDArray[np.int32],
    pitch: npt.NDArray[np.int32],
    rules: Rules,
) -> Frames:
    """Return frame records: probability as 0..100, or as 0 and 1 for rule set 2.4; far field 1, music 0."""
    frames = np.zeros(len(probability), frame_dtype())
    frames["far_field"] = 1
    frames["voice_prob"] = probability >= VOICE_FLAG_FROM if rules == "2.4" else np.rint(probability * PERCENT)
    frames["rms"] = rms
    frames["pitch"] = pitch
    return frames


def judged_again(analysis: Analysis, settings: Settings) -> Analysis:
    """Return the same sound under another rule set or other parameters, without asking the engine again.

    The values of a dump stay as they are, whatever the rule set.
    """
    frames = analysis.frames
    if analysis.voice != LABEL:
        frames = frames_of(analysis.probability, frames["rms"], frames["pitch"], settings.rules)
    steps = VadMachine(settings.rules, settings.config).run(frames)
    return Analysis(
        settings,
        analysis.voice,
        frames,
        steps,
        analysis.probability,
        analysis.sample_rate_hz,
        analysis.channels,
        notes_on(settings),
    )


def notes_on(settings: Settings) -> tuple[str, ...]:
    """Return what a reader of a run on raw sound must know."""
    return (UNKNOWN_OFFLINE, RMS_SWAMPS, FLAGS_OFFLINE) if settings.rules == "2.4" else (UNKNOWN_OFFLINE,)
