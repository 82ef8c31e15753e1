"""The numbered messages of a known signal."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """One message. `at_us` and `start_us` (0: not yet known) are on the clock that `clock` names; `echo_of` is whose
    message this one gives back, "" for one of one's own.
    """

    identity: int
    number: int
    at_us: int
    start_us: int = 0
    clock: str = ""
    echo_of: str = ""

    def pack(self) -> bytes:
        """Return the bytes of the message, at most 300."""
        return json.dumps({"agora": "probe"} | asdict(self), separators=(",", ":")).encode()


def unpack(data: bytes) -> Note | None:
    """Read a message; None for one that is none of ours."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.pop("agora", None) != "probe":
        return None
    kinds = {"identity": int, "number": int, "at_us": int, "start_us": int, "clock": str, "echo_of": str}
    if document.keys() != kinds.keys() or any(type(document[name]) is not kind for name, kind in kinds.items()):
        return None
    return Note(**document)
