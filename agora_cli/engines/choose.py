"""Which engine a command uses: what the user asked for, else what the App ID says."""

from typing import Literal

from agora_cli.errors import UsageError
from agora_cli.names import is_app_id

EngineName = Literal["local", "sdk", "gateway"]


def choose_engine_name(requested: Literal["local", "sdk", "gateway", "auto"], app_id: str | None) -> EngineName:
    """Return "local", "sdk" or "gateway". `auto`: sdk for a 32-hex App ID, else local, where `app_id` is a namespace.

    Whether the engine can run is its own to say: there is no falling back. Raises UsageError for `sdk`
    without an App ID.
    """
    if requested == "local" or requested == "gateway":
        return requested
    if app_id is not None and is_app_id(app_id):
        return "sdk"
    if requested == "sdk":
        got = "none" if app_id is None else repr(app_id)
        raise UsageError(
            "app-id",
            f"the sdk engine needs an App ID of 32 hex digits, got {got}",
            hint="give --appId or AGORA_APP_ID; --engine local needs none",
        )
    return "local"
