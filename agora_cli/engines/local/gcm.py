"""End-to-end encryption of the local channel: AES-GCM over every unit, message and metadata.

    root       = PBKDF2-HMAC-SHA256(key, salt, 100,000 rounds)        salt is empty in the modes without one
    sender key = HKDF-Expand(root, "media" mode app_id channel draw)   RFC 5869 2.3, 16 or 32 bytes
    sealed     = draw, counter, AES-GCM(sender key, nonce = counter, payload, AAD = header)

`draw` is 16 random bytes that a sender draws once for its stay, so two senders, or one before and after a
restart, never share a key; the counter grows with each seal, so no nonce is used twice under one key (NIST
SP 800-38D 8.2.1). Both travel with the data, so a late joiner needs nothing else. The header, which names user,
stay, kind, row and time, is not hidden but is authenticated: a unit cannot be given another time or another author.
A number is opened once: what was sent is not heard again. What a member sent in a stay before we came can be played
to us as that stay by whoever holds the packets and is let onto the bus, as long as that user is not there.

All of Agora's mode names are taken; whatever their cipher, this engine uses AES-GCM with their key size, and the
name is part of the key, so two participants hear each other only where mode, key and salt are equal.
"""

import hashlib
import secrets
import threading
from collections import OrderedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from agora_cli.engines.base import Encryption
from agora_cli.engines.encryption import MODES
from agora_cli.errors import InputError
from agora_cli.frames import Bytes

ROUNDS = 100_000
DRAW_BYTES = 16
COUNTER_BYTES = 8
STAMP_BYTES = DRAW_BYTES + COUNTER_BYTES
TAG_BYTES = 16
# Enough for every sender of a large channel. The longest unused is forgotten, with the numbers that it has used.
MAX_SENDERS = 4096
# Numbers of one sender that may come late, its sound, picture and messages together: 40 s of 100 units a second.
WINDOW = 4096


class _Opener:
    """One sender's key, and which of its numbers have come: none is opened twice (RFC 4303 3.4.3).

    `_newest` is the greatest so far; bit n of `_seen` stands for `_newest - n`. What lies before the window is refused.
    """

    def __init__(self, key: AESGCM, window: int = WINDOW) -> None:
        self.key = key
        self._window = window
        self._newest = 0
        self._seen = 0

    def take(self, number: int) -> bool:
        """Take note of an authentic number; False for one that came before, or lies before the window."""
        ahead = number - self._newest
        if ahead > 0:
            self._seen = (self._seen << min(ahead, self._window) | 1) & ((1 << self._window) - 1)
            self._newest = number
            return True
        if -ahead >= self._window or self._seen >> -ahead & 1:
            return False
        self._seen |= 1 << -ahead
        return True


class GcmCipher:
    """What one participant seals and opens with; any thread may call it.

    Invariant: `_counter` is that of the newest stamp, and never goes back.
    """

    def __init__(self, encryption: Encryption, app_id: str, channel: str) -> None:
        self._invalid = InvalidTag
        self._root = hashlib.pbkdf2_hmac("sha256", encryption.key, encryption.salt, ROUNDS)
        self._key_bytes = MODES[encryption.mode].key_bits // 8
        self._scope = (encryption.mode, app_id, channel)
        self._lock = threading.Lock()
        self._counter = 0
        self._draw = secrets.token_bytes(DRAW_BYTES)
        self._sealer = self._sender(self._draw)
        self._openers: OrderedDict[bytes, _Opener] = OrderedDict()

    def seal(self, header: bytes, payload: Bytes) -> bytearray:
        """Return `payload` encrypted and bound to `header`, 40 bytes longer, in a buffer of its own."""
        with self._lock:
            self._counter += 1
            count = self._counter.to_bytes(COUNTER_BYTES, "big")
        # Into its place: joining the parts would copy, and cost six times the encryption for a 720p picture.
        sealed = bytearray(STAMP_BYTES + memoryview(payload).nbytes + TAG_BYTES)
        sealed[:STAMP_BYTES] = self._draw + count
        self._sealer.encrypt_into(_nonce(count), payload, header, memoryview(sealed)[STAMP_BYTES:])
        return sealed

    def open(self, header: bytes, payload: bytes | bytearray) -> bytes | None:
        """Return what was sealed, or None for any other key or header, a changed byte, or what never was sealed.

        Raises InputError for what was opened before: somebody sends it again.
        """
        if len(payload) < STAMP_BYTES + TAG_BYTES:
            return None
        draw, count = bytes(payload[:DRAW_BYTES]), bytes(payload[DRAW_BYTES:STAMP_BYTES])
        opener = self._opener(draw)
        try:
            data: bytes = opener.key.decrypt(_nonce(count), memoryview(payload)[STAMP_BYTES:], header)
        except self._invalid:
            return None
        with self._lock:
            if not opener.take(int.from_bytes(count, "big")):
                raise InputError("wire-replay", "packet that came before, or is older than the window")
        return data

    @property
    def lock(self) -> str:
        """Return 16 hex digits that are equal where key, salt, mode, App ID and channel are.

        Announced at joining, they let both sides see a wrong key before, and without, any media.
        """
        return _expand(self._root, 8, b"lock", *self._scope).hex()

    def _opener(self, draw: bytes) -> _Opener:
        with self._lock:
            opener = self._openers.get(draw)
            if opener is None:
                opener = self._openers[draw] = _Opener(self._sender(draw))
                if len(self._openers) > MAX_SENDERS:
                    self._openers.popitem(last=False)
            else:
                self._openers.move_to_end(draw)
            return opener

    def _sender(self, draw: bytes) -> AESGCM:
        return AESGCM(_expand(self._root, self._key_bytes, b"media", *self._scope, draw))


def _nonce(count: bytes) -> bytes:
    return bytes(4) + count


def _expand(root: bytes, size: int, *info: str | bytes) -> bytes:
    """Return `size` (at most 32) bytes of HKDF-Expand; each part of `info` is prefixed with its length."""
    packed = b""
    for part in info:
        data = part.encode() if isinstance(part, str) else part
        packed += len(data).to_bytes(4, "big") + data
    return HKDFExpand(SHA256(), size, packed).derive(root)
