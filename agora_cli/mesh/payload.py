"""What came over the mesh, as bytes: looked at before it is copied."""

import zenoh

from agora_cli.errors import InputError


def short_bytes(payload: zenoh.ZBytes | None, most: int) -> bytes:
    """Return a copy of a payload of at most `most` bytes, none as an empty one. Raises InputError for a longer."""
    if payload is None:
        return b""
    if len(payload) > most:
        raise InputError("wire-size", f"payload of {len(payload)} bytes, expected at most {most}")
    return payload.to_bytes()
