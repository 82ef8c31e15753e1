"""What the default engine must never do: start on a sound that is no speech."""

import pytest

from agora_cli.vad.analysis import Settings
from agora_cli.vad.offline import analyse
from agora_cli.vad.segments import segments_of
from agora_cli.vad.voice.base import VoiceModel
from agora_cli.vad.voice.open import open_voice_model
from tests import not_speech

SOUNDS = not_speech.sounds()


@pytest.fixture(scope="module")
def silero() -> VoiceModel:
    return open_voice_model("silero")


@pytest.mark.parametrize("causal", [False, True], ids=["aligned", "causal"])
@pytest.mark.parametrize("name", SOUNDS)
def test_no_false_start(silero: VoiceModel, name: str, causal: bool) -> None:
    assert segments_of(analyse(SOUNDS[name], Settings(causal=causal), silero)) == ()
