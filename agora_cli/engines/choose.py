"""Which engine a command uses: a pure rule, so that nobody is ever surprised by a fallback."""

from typing import Literal

from agora_cli.names import is_app_id


def choose_engine_name(requested: Literal["auto", "local", "sdk"], app_id: str) -> Literal["local", "sdk"]:
    """Return the engine: as requested; for "auto", sdk with a 32-hex App ID, else local.

    Without an App ID, or with any other text (a namespace), the channel is on this machine.
    """
    if requested != "auto":
        return requested
    return "sdk" if is_app_id(app_id) else "local"
