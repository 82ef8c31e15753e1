"""The sdk engine as the engines' common contract sees it: one engine, as one process may have one service."""

from dataclasses import dataclass, replace

import pytest

from agora_cli.engines.base import Connection, ConnectionSpec, Publish
from agora_cli.engines.sdk.engine import SdkEngine

APP_ID = "0123456789abcdef0123456789abcdef"
# What the contract pushes: the SDK must be told when joining, the other engines need not.
PUBLISH = Publish(audio="pcm", video="encoded", video_codec="h264")


@dataclass
class ContractEngine:
    """Adds to a contract's specification what only the SDK wants; skips what it cannot do at all."""

    engine: SdkEngine
    name = "sdk"

    def open(self, spec: ConnectionSpec) -> Connection:
        if not spec.user.isdigit():
            pytest.skip("the one service of the SDK has numbers or accounts as user ids, not both")
        if spec.app_id != "contract":
            pytest.skip("the one service of the SDK has one App ID")
        publish = PUBLISH if spec.role == "broadcaster" else Publish()
        parameters = {"sampleRate": "16000", "volumeIndication": "0"}
        return self.engine.open(replace(spec, app_id=APP_ID, publish=publish, parameters=parameters))
