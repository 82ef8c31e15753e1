"""engines/gateway/address.py: which addresses there are, and that the key is nowhere to be read."""

import pytest

from agora_cli.engines.gateway.address import Address, address_of
from agora_cli.errors import UsageError


def test_a_region_is_agoras_own_whip() -> None:
    address = address_of("", "eu", "k")
    assert address.url == "https://whip-rtcpush-prod-eu.agoramdn.com/whip"
    assert (address.scheme, address.port, address.is_whip) == ("https", 443, True)
    assert "secret" not in repr(address_of("", "na", "secret"))


@pytest.mark.parametrize(
    ("url", "key", "expected"),
    [
        ("rtmp://h/live", "k", ("rtmp", "h", 1935, "live", "k")),
        ("rtmps://h:8443/a/b?x=1", "k", ("rtmps", "h", 8443, "a/b?x=1", "k")),
        ("RTMP://h/live/k2", "", ("rtmp", "h", 1935, "live", "k2")),
        ("http://127.0.0.1:8000/whip", "k", ("http", "127.0.0.1", 8000, "whip", "k")),
    ],
)
def test_addresses(url: str, key: str, expected: tuple[str, str, int, str, str]) -> None:
    found: Address = address_of(url, "", key)
    assert (found.scheme, found.host, found.port, found.path, found.key) == expected


@pytest.mark.parametrize(
    ("url", "region", "key", "code"),
    [
        ("", "", "k", "gateway-address"),
        ("rtmp://h/live", "eu", "k", "gateway-address"),
        ("", "mars", "k", "gateway-region"),
        ("ftp://h/x", "", "k", "gateway-address"),
        ("rtmp://h:99999/x", "", "k", "gateway-address"),
        ("rtmp:///x", "", "k", "gateway-address"),
        ("rtmp://me:pw@h/live", "", "k", "gateway-address"),
        ("rtmp://h", "", "k", "gateway-address"),
        ("http://h/whip", "", "k", "gateway-address"),
        ("https://h/whip", "", "", "stream-key"),
        ("https://h/whip", "", "two words", "stream-key"),
        ("https://h/whip", "", "line\nbreak", "stream-key"),
    ],
)
def test_what_is_no_address(url: str, region: str, key: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        address_of(url, region, key)
    assert caught.value.code == code
    assert "pw" not in caught.value.message
