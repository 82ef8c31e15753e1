"""Settings as text, there and back."""

import pytest

from agora_cli.commands.vad_dump.changes import changed_text, parse_changes
from agora_cli.errors import UsageError
from agora_cli.native.vad import VadConfig
from agora_cli.vad.analysis import Settings


def test_there_and_back() -> None:
    text = "rules=2.4,vadEngine=earshot,stopRecognizeCount=80,activePercent=0.25,adaptiveRmsThreshold=false"
    settings, engine = parse_changes(text, Settings(causal=True), "silero")
    config = VadConfig(stop_recognize_count=80, active_percent=0.25, adaptive_rms_threshold=False)
    assert (settings, engine) == (Settings("2.4", config, True), "earshot")
    assert changed_text(Settings(), settings, "silero", engine) == text
    assert changed_text(Settings(), Settings(), "silero", "silero") == "as given"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot read '' as name=value"),
        ("rules=3", "cannot read 'rules=3' as name=value"),
        ("speed=3", "cannot read 'speed=3' as name=value"),
        ("stopVoiceProb=a", "'stopVoiceProb=a': expected a whole number, got 'a'"),
        ("activePercent=a", "'activePercent=a': expected a number, got 'a'"),
        ("adaptiveRmsThreshold=2", "expected true or false, got '2'"),
        ("activePercent=2", "activePercent must be above 0 and at most 1, got 2"),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_changes(text, Settings(), "silero")
    assert message in caught.value.message
