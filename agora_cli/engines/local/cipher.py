"""Where encryption of a local channel goes: between a unit and its payload on the wire."""

from typing import Protocol

from agora_cli.frames import Bytes

PLAIN = "plain"


class Cipher(Protocol):
    """Seal and open payloads; the header travels in clear and can be authenticated."""

    @property
    def lock(self) -> str:
        """Return a name of the key that betrays nothing of it: equal names open each other's payloads."""

    def seal(self, header: bytes, payload: Bytes) -> Bytes:
        """Return what goes on the wire."""

    def open(self, header: bytes, payload: bytes) -> bytes | None:
        """Return the payload, or None when our key does not open it."""


class Plain:
    """No encryption: the channel is private to one user of one machine."""

    lock = PLAIN

    def seal(self, header: bytes, payload: Bytes) -> Bytes:
        """Return the payload itself."""
        return payload

    def open(self, header: bytes, payload: bytes) -> bytes:
        """Return the payload itself."""
        return payload
