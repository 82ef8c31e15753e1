"""engines/sdk/vad_config.py: every parameter by its documented name."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from agora_cli.engines.sdk.vad_config import ATTRIBUTES, vad_config
from agora_cli.errors import UsageError
from agora_cli.native.vad import VadConfig
from agora_cli.vad.exports import config_document

RTC: Any = SimpleNamespace(voice_detection=SimpleNamespace(AudioVadConfigV2=SimpleNamespace))


def test_our_parameters_are_the_sdks() -> None:
    given = config_document(VadConfig(stop_recognize_count=80, start_rms_threshold=-40))
    config = vad_config(RTC, json.dumps(given))
    assert {name: getattr(config, attribute) for name, attribute in ATTRIBUTES.items()} == given


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(UsageError, match="has no parameter loudness"):
        vad_config(RTC, '{"loudness": 1}')
