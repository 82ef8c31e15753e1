"""The parameters of the SDK's own VAD: from their documented names to its configuration object."""

import json
from typing import Any

from agora_cli.errors import UsageError
from agora_cli.sdklib.load import Rtc

# The attributes of AudioVadConfigV2 (voice_detection.py), whose constructor takes other names and fewer of them.
ATTRIBUTES = {
    "preStartRecognizeCount": "pre_start_recognize_count",
    "startRecognizeCount": "start_recognize_count",
    "stopRecognizeCount": "stop_recognize_count",
    "activePercent": "activePercent",
    "inactivePercent": "inactivePercent",
    "startVoiceProb": "start_voiceprob",
    "stopVoiceProb": "stop_voiceprob",
    "startRmsThreshold": "start_rms",
    "stopRmsThreshold": "stop_rms",
    "adaptiveRmsThreshold": "enable_adaptive_rms_threshold",
    "adaptiveRmsFactor": "adaptive_rms_threshold_factor",
}


def vad_config(rtc: Rtc, text: str) -> Any:
    """Return an AudioVadConfigV2 with the parameters in `text`, a JSON object. Raises UsageError for other names."""
    config = rtc.voice_detection.AudioVadConfigV2()
    for name, value in json.loads(text).items():
        if name not in ATTRIBUTES:
            raise UsageError("sdk-parameter", f"the SDK's VAD has no parameter {name}")
        setattr(config, ATTRIBUTES[name], value)
    return config
