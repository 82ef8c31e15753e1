"""engines/encryption.py: the table of modes is the SDK's, and what a mode needs is asked for."""

import pytest

from agora_cli.engines.base import Encryption
from agora_cli.engines.encryption import MODES, checked
from agora_cli.errors import UsageError


def test_the_numbers_are_the_sdks() -> None:
    names = "aes-128-xts aes-128-ecb aes-256-xts sm4-128-ecb aes-128-gcm aes-256-gcm aes-128-gcm2 aes-256-gcm2"
    assert [MODES[name].number for name in names.split()] == list(range(1, 9))
    assert len(MODES) == 8
    assert all(f"-{mode.key_bits}-" in name for name, mode in MODES.items())
    assert [name for name, mode in MODES.items() if mode.salted] == ["aes-128-gcm2", "aes-256-gcm2"]


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_is_taken_in_any_case(mode: str) -> None:
    salt = b"s" * 32 if MODES[mode].salted else b""
    assert checked(mode.upper(), b"key", salt) == Encryption(mode, b"key", salt)


def test_a_typo_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        checked("aes256gcm2", b"key", b"")
    assert "aes-256-gcm2" in (caught.value.hint or "")


def test_an_unknown_name_is_answered_with_all() -> None:
    with pytest.raises(UsageError) as caught:
        checked("rot13", b"key", b"")
    assert "sm4-128-ecb" in (caught.value.hint or "")
