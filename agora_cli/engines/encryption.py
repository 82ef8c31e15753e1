"""Agora's encryption modes: which exist, how the SDK numbers them, what each one needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from agora_cli.engines.base import Encryption
from agora_cli.errors import UsageError

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Mode:
    """One mode: its number in the SDK, the size of its cipher's key, and whether it takes a salt."""

    number: int
    key_bits: int
    salted: bool


MODES: Mapping[str, Mode] = {
    "aes-128-xts": Mode(1, 128, False),
    "aes-128-ecb": Mode(2, 128, False),
    "aes-256-xts": Mode(3, 256, False),
    "sm4-128-ecb": Mode(4, 128, False),
    "aes-128-gcm": Mode(5, 128, False),
    "aes-256-gcm": Mode(6, 256, False),
    "aes-128-gcm2": Mode(7, 128, True),
    "aes-256-gcm2": Mode(8, 256, True),
}


def checked(mode: str, key: bytes, salt: bytes) -> Encryption:
    """Return the settings if a channel could use them, else raise UsageError; neither key nor salt is ever quoted.

    The key is UTF-8 text without NUL, because the SDK takes it as a C string. The gcm2 modes take a salt of
    32 bytes that are not all zero, the others none.
    """
    name = mode.lower()
    if name not in MODES:
        near = get_close_matches(name, MODES, n=2)
        raise UsageError(
            "encryption-mode",
            f"--encryptionMode has no {mode!r}",
            hint=f"did you mean {' or '.join(near)}?" if near else f"modes: {' '.join(MODES)}",
        )
    if not key or b"\0" in key or not _is_utf8(key):
        raise UsageError("encryption-key", f"the encryption key must be text, got {len(key)} bytes that are not")
    if not MODES[name].salted and salt:
        raise UsageError("encryption-salt", f"{name} takes no salt", hint="aes-128-gcm2 and aes-256-gcm2 do")
    if MODES[name].salted and (len(salt) != SALT_BYTES or not any(salt)):
        got = f"{len(salt)} bytes" if len(salt) != SALT_BYTES else "zeros only"
        raise UsageError(
            "encryption-salt",
            f"{name} needs --encryptionSalt with {SALT_BYTES} bytes as base64, got {got}",
            hint="make one with: openssl rand -base64 32",
        )
    return Encryption(name, key, salt)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
