"""Sounds and runs that the tests make themselves: no file, no model, the same on every machine."""

from typing import Any

import numpy as np

from agora_cli.native.vad import Rules, VadConfig, VadMachine
from agora_cli.vad.analysis import Analysis, Settings, frames_of
from agora_cli.vad.voice.base import RATE_HZ, VoiceEngineName

FRAME = 160


def probabilities(*turns: tuple[int, float]) -> Any:
    """Return a probability a frame for turns of (frames, probability)."""
    return np.concatenate([np.full(count, value, np.float32) for count, value in turns])


def run(*turns: tuple[int, float], rules: Rules = "2.1", config: VadConfig | None = None, rms: int = 90) -> Analysis:
    """Return the run of turns of (frames, probability), all as loud as `rms`."""
    settings = Settings(rules, config or VadConfig())
    probability = probabilities(*turns)
    count = len(probability)
    frames = frames_of(probability, np.full(count, rms, np.int32), np.zeros(count, np.int32), rules)
    steps = VadMachine(rules, settings.config).run(frames)
    return Analysis(settings, "silero", frames, steps, probability, RATE_HZ, 1)


def tone(hertz: float, seconds: float, rate_hz: int = RATE_HZ, peak: float = 10_000) -> Any:
    """Return a sine as int16 samples."""
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (peak * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


class LoudnessModel:
    """A model whose probability is a hop's mean magnitude / 10,000: it shows which samples it was fed."""

    name: VoiceEngineName = "silero"
    delay_samples = 0

    def __init__(self, hop_samples: int = 512) -> None:
        self.hop_samples = hop_samples
        self.streams: list[LoudnessStream] = []

    def stream(self) -> "LoudnessStream":
        self.streams.append(LoudnessStream(self.hop_samples))
        return self.streams[-1]


class LoudnessStream:
    """Keeps what it was fed."""

    def __init__(self, hop_samples: int) -> None:
        self.hop_samples = hop_samples
        self.fed = np.empty(0, np.int16)

    def feed(self, samples: Any) -> Any:
        assert len(samples) % self.hop_samples == 0
        self.fed = np.concatenate([self.fed, samples])
        hops = np.abs(samples.reshape(-1, self.hop_samples).astype(np.float32))
        return np.minimum(hops.mean(axis=1) / 10_000, 1).astype(np.float32) if len(hops) else np.empty(0, np.float32)
