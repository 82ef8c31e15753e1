"""engines/gateway/whip.py without a server; tests/contract/test_gateway.py has one."""

import importlib.util
from typing import Any

import pytest

from agora_cli.engines.base import Publish
from agora_cli.engines.gateway.address import address_of
from agora_cli.engines.gateway.whip import WhipPublisher, check_aiortc
from agora_cli.errors import InputError, NetworkError, UnavailableError
from agora_cli.frames import EncodedVideo

ADDRESS = address_of("http://127.0.0.1:1/whip", "", "k")


def test_without_aiortc_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    find: Any = lambda name: None  # noqa: E731 - stands for a function of the library
    monkeypatch.setattr(importlib.util, "find_spec", find)
    with pytest.raises(UnavailableError) as caught:
        check_aiortc()
    assert caught.value.hint is not None
    assert "agora-media-cli[gateway]" in caught.value.hint


def test_b_frames_are_refused_and_a_server_that_is_not_there_is_left() -> None:
    pytest.importorskip("aiortc", reason="aiortc is not installed")
    publisher = WhipPublisher(ADDRESS, Publish(video="encoded", video_codec="h264"), lambda: None)
    with pytest.raises(InputError, match="no B-frames"):
        publisher.write(EncodedVideo(40_000, 0, "h264", 64, 48, True, b"x"))
    with pytest.raises(NetworkError, match="cannot be reached"):
        publisher.connect(5)
    with pytest.raises(NetworkError, match="was lost"):
        publisher.write(EncodedVideo(0, 0, "h264", 64, 48, True, b"x"))
    publisher.close()
