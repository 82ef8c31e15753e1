import pytest
import zenoh

from agora_cli.errors import InputError
from agora_cli.mesh.payload import short_bytes


def test_what_fits_is_copied() -> None:
    assert short_bytes(None, 0) == b""
    assert short_bytes(zenoh.ZBytes(b"abc"), 3) == b"abc"


def test_what_does_not_is_refused() -> None:
    with pytest.raises(InputError, match="payload of 4 bytes, expected at most 3"):
        short_bytes(zenoh.ZBytes(b"abcd"), 3)
