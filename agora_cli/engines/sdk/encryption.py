"""The package's configuration for one of Agora's built-in encryption modes."""

from typing import Any

from agora_cli.engines.base import Encryption
from agora_cli.engines.encryption import MODES, checked
from agora_cli.sdklib.load import Rtc


def encryption_config(rtc: Rtc, encryption: Encryption) -> Any:
    """Return the package's EncryptionConfig. Raises UsageError for an unknown mode, a wrong salt or key.

    Data streams are encrypted too where the mode can (those with a salt).
    """
    asked = checked(encryption.mode, encryption.key, encryption.salt)
    mode = MODES[asked.mode]
    return rtc.base.EncryptionConfig(
        encryption_mode=mode.number,
        encryption_key=asked.key.decode(),
        encryption_kdf_salt=bytearray(asked.salt),
        datastream_encryption_enabled=mode.salted,
    )
