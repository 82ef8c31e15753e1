"""End-to-end encryption of the local channel: AES-GCM over every unit, message and metadata.

    root       = PBKDF2-HMAC-SHA256(key, salt, 100,000 rounds)            salt is empty in the modes without one
    sender key = HKDF-Expand(root, "media" mode app_id channel user draw)  RFC 5869 2.3, 16 or 32 bytes
    sealed     = AES-GCM(sender key, nonce = counter, data, AAD = header)

`draw` is 16 random bytes that a sender draws once for its incarnation, so two senders, or one before and after
a restart, never share a key; the counter grows with each seal, so no nonce is used twice under one key (NIST
SP 800-38D 8.2.1). Both travel with the data, so a late joiner needs nothing else. The header is not hidden but
is authenticated, and the user is part of the key: a unit cannot be given another time or another author.

All of Agora's mode names are taken; whatever their cipher, this engine uses AES-GCM with their key size, and the
name is part of the key, so two participants hear each other only where mode, key and salt are equal.
Measured on two shared cores: 2 us for 10 ms of sound, 3 us for 20 KB, 0.35 ms for a 3.1 MB picture, 40 ms to open.
"""

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from agora_cli.engines.base import Encryption
from agora_cli.engines.encryption import MODES
from agora_cli.frames import Bytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROUNDS = 100_000
DRAW_BYTES = 16
COUNTER_BYTES = 8
STAMP_BYTES = DRAW_BYTES + COUNTER_BYTES
TAG_BYTES = 16
# Enough for every sender of a large channel; beyond, the longest unused is derived again when needed (5 us).
MAX_SENDERS = 256


class NotDecryptedError(Exception):
    """Data that was not sealed with our key, or was changed on its way."""


class Sealed(NamedTuple):
    """`stamp` (24 bytes) says which key and nonce; `data` is 16 bytes longer than what was sealed."""

    stamp: bytes
    data: bytes


class Cipher:
    """What one participant seals and opens with; seal() and open() may be called from any thread.

    Invariant: `_counter` is larger than that of every stamp made so far.
    """

    def __init__(self, encryption: Encryption, app_id: str, channel: str, user: str) -> None:
        self._root = hashlib.pbkdf2_hmac("sha256", encryption.key, encryption.salt, ROUNDS)
        self._key_bytes = MODES[encryption.mode].key_bits // 8
        self._scope = (encryption.mode, app_id, channel)
        self._lock = threading.Lock()
        self._counter = 0
        self._draw = secrets.token_bytes(DRAW_BYTES)
        self._sealer = self._sender(user, self._draw)
        self._openers: OrderedDict[tuple[str, bytes], AESGCM] = OrderedDict()

    def seal(self, header: Bytes, data: Bytes) -> Sealed:
        """Encrypt `data` and bind it to `header`."""
        with self._lock:
            self._counter += 1
            count = self._counter.to_bytes(COUNTER_BYTES, "big")
        return Sealed(self._draw + count, self._sealer.encrypt(_nonce(count), data, header))

    def open(self, user: str, header: Bytes, stamp: bytes, data: Bytes) -> bytes:
        """Return what `user` sealed; raises NotDecryptedError for any other key, header, author or byte."""
        from cryptography.exceptions import InvalidTag

        if len(stamp) != STAMP_BYTES or len(data) < TAG_BYTES:
            raise NotDecryptedError(f"{user} does not encrypt as we do")
        try:
            return self._opener(user, stamp[:DRAW_BYTES]).decrypt(_nonce(stamp[DRAW_BYTES:]), data, header)
        except InvalidTag as error:
            raise NotDecryptedError(f"what {user} sends cannot be decrypted with our key") from error

    def proof(self, participant: str) -> str:
        """Return 16 hex digits that only a holder of our key could make for `participant`, any public name.

        Announced at joining, they let both sides see a wrong key before, and without, any media.
        """
        return _expand(self._root, 8, b"proof", *self._scope, participant).hex()

    def _opener(self, user: str, draw: bytes) -> "AESGCM":
        with self._lock:
            opener = self._openers.get((user, draw))
            if opener is None:
                opener = self._openers[user, draw] = self._sender(user, draw)
                if len(self._openers) > MAX_SENDERS:
                    self._openers.popitem(last=False)
            else:
                self._openers.move_to_end((user, draw))
            return opener

    def _sender(self, user: str, draw: bytes) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(_expand(self._root, self._key_bytes, b"media", *self._scope, user, draw))


def _nonce(count: bytes) -> bytes:
    return bytes(4) + count


def _expand(root: bytes, size: int, *info: str | bytes) -> bytes:
    """Return `size` (at most 32) bytes of HKDF-Expand; each part of `info` is prefixed with its length."""
    packed = b""
    for part in info:
        data = part.encode() if isinstance(part, str) else part
        packed += len(data).to_bytes(4, "big") + data
    return hmac.digest(root, packed + b"\x01", "sha256")[:size]
