"""engines/gateway/engine.py: what a gateway cannot do is refused before anything is reached."""

from typing import Any

import pytest

from agora_cli.engines.base import ConnectionSpec, Encryption, Publish, Subscribe
from agora_cli.engines.gateway.address import address_of
from agora_cli.engines.gateway.engine import GatewayEngine, refuse_foreign
from agora_cli.errors import NetworkError, UsageError


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"subscribe": Subscribe()}, "gateway-sends-only"),
        ({"encryption": Encryption("aes-128-gcm", b"k")}, "gateway-encryption"),
        ({"role": "audience"}, "role"),
        ({"parameters": {"scenario": "chorus"}}, "parameter"),
        ({"publish": Publish(video="raw")}, "raw-video"),
    ],
)
def test_what_is_refused(values: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_foreign(ConnectionSpec("default", "demo", **values))
    assert caught.value.code == code


@pytest.mark.parametrize("scheme", ["rtmp", "http"])
def test_a_server_that_is_not_there(scheme: str) -> None:
    engine = GatewayEngine(address_of(f"{scheme}://127.0.0.1:1/live", "", "k"))
    assert engine.name == "gateway"
    with pytest.raises(NetworkError):
        engine.open(ConnectionSpec("default", "demo", publish=Publish(audio="pcm"), timeout_s=5))
