"""engines/sdk/encryption.py: modes, salts and keys."""

from types import SimpleNamespace
from typing import Any

import pytest

from agora_cli.engines.base import Encryption
from agora_cli.engines.encryption import MODES
from agora_cli.engines.sdk.encryption import encryption_config
from agora_cli.errors import UsageError

RTC: Any = SimpleNamespace(base=SimpleNamespace(EncryptionConfig=lambda **values: values))
SALT = bytes(range(32))


@pytest.mark.parametrize("mode", MODES)
def test_every_mode(mode: str) -> None:
    salt = SALT if MODES[mode].salted else b""
    assert encryption_config(RTC, Encryption(mode.upper(), "schl\u00fcssel".encode(), salt)) == {
        "encryption_mode": MODES[mode].number,
        "encryption_key": "schl\u00fcssel",
        "encryption_kdf_salt": bytearray(salt),
        "datastream_encryption_enabled": MODES[mode].salted,
    }


@pytest.mark.parametrize(
    ("encryption", "code"),
    [
        (Encryption("aes", b"key"), "encryption-mode"),
        (Encryption("aes-256-gcm2", b"key"), "encryption-salt"),
        (Encryption("aes-256-gcm2", b"key", SALT[:31]), "encryption-salt"),
        (Encryption("aes-256-gcm", b"key", SALT), "encryption-salt"),
        (Encryption("aes-256-gcm2", b"\xff\xfe", SALT), "encryption-key"),
        (Encryption("aes-256-gcm2", b"a\0b", SALT), "encryption-key"),
        (Encryption("aes-256-gcm2", b"", SALT), "encryption-key"),
    ],
)
def test_what_is_refused(encryption: Encryption, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        encryption_config(RTC, encryption)
    assert caught.value.code == code
