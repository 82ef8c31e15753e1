"""Agora's number of a messaging error: the contract of both services is told in numbers."""

from agora_cli.errors import AgoraError


def number_of(error: AgoraError) -> int | None:
    """Return the RTM error number of an error, None when it is not one of messaging."""
    text = error.code.removeprefix("rtm-")
    return -int(text) if text != error.code and text.isdigit() else None
