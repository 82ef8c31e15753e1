"""Agora's built-in encryption modes, and the package's configuration for one."""

from typing import Any

from agora_cli.engines.base import Encryption
from agora_cli.errors import UsageError
from agora_cli.sdklib.load import Rtc

# ENCRYPTION_MODE of AgoraBase.h
MODES = {
    "aes-128-xts": 1,
    "aes-128-ecb": 2,
    "aes-256-xts": 3,
    "sm4-128-ecb": 4,
    "aes-128-gcm": 5,
    "aes-256-gcm": 6,
    "aes-128-gcm2": 7,
    "aes-256-gcm2": 8,
}
SALTED_MODES = frozenset({"aes-128-gcm2", "aes-256-gcm2"})
SALT_BYTES = 32


def encryption_config(rtc: Rtc, encryption: Encryption) -> Any:
    """Return the package's EncryptionConfig. Raises UsageError for an unknown mode, a wrong salt or key.

    Data streams are encrypted too where the mode can (those with a salt).
    """
    mode = encryption.mode.lower()
    if mode not in MODES:
        raise UsageError("encryption-mode", f"--encryptionMode must be one of {', '.join(MODES)}, got {mode!r}")
    salted = mode in SALTED_MODES
    if len(encryption.salt) != (SALT_BYTES if salted else 0) and (salted or encryption.salt):
        wanted = f"a salt of {SALT_BYTES} bytes" if salted else "no salt"
        raise UsageError("encryption-salt", f"{mode} wants {wanted}, got {len(encryption.salt)} bytes")
    try:
        key = encryption.key.decode()
    except UnicodeDecodeError as error:
        raise UsageError(
            "encryption-key", f"the SDK takes a key that is text: byte {error.start} is no UTF-8"
        ) from None
    if not key or "\0" in key:
        raise UsageError("encryption-key", "the encryption key must not be empty nor have a zero byte")
    return rtc.base.EncryptionConfig(
        encryption_mode=MODES[mode],
        encryption_key=key,
        encryption_kdf_salt=bytearray(encryption.salt),
        datastream_encryption_enabled=salted,
    )
