"""engines/sdk/sending.py: what the package is told of a unit."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from agora_cli.engines.base import Publish
from agora_cli.engines.sdk.parameters import SdkParameters
from agora_cli.engines.sdk.sending import Sender
from agora_cli.frames import EncodedVideo


@pytest.mark.parametrize(("rate", "told"), [(Fraction(30000, 1001), 30), (Fraction(25), 25), (None, 0)])
def test_only_an_unknown_frame_rate_is_told_as_variable(rate: Fraction | None, told: int) -> None:
    infos: list[Any] = []
    rtc: Any = SimpleNamespace(base=SimpleNamespace(EncodedVideoFrameInfo=lambda **info: info))
    connection = SimpleNamespace(push_video_encoded_data=lambda data, info: infos.append(info) or 1)
    publish = Publish(video="encoded", video_codec="h264", width=320, height=240)
    unit = EncodedVideo(0, 0, "h264", 320, 240, True, b"x", rate)
    Sender(rtc, connection, publish, SdkParameters()).push(unit)
    assert [info["frames_per_second"] for info in infos] == [told]
