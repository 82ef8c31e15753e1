"""The environment variables that mean something here, and what may be seen of their values."""

from collections.abc import Mapping

from agora_cli.names import is_app_id

# variable -> may its value be shown
VARIABLES: Mapping[str, bool] = {
    "AGORA_APP_ID": False,
    "AGORA_APP_CERTIFICATE": False,
    "AGORA_CHANNEL_ID": True,
    "AGORA_TOKEN": False,
    "AGORA_TOKEN_EXPIRE": True,
    "AGORA_ENCRYPTION_KEY": False,
    "AGORA_DECRYPTION_KEY": False,
    "AGORA_ENGINE": True,
    "AGORA_PROFILE": True,
    "AGORA_SDK_DIR": True,
    "AGORA_STREAM_KEY": False,
    "AGORA_CUSTOMER_KEY": False,
    "AGORA_CUSTOMER_SECRET": False,
}
# Keys of the configuration whose values are shown as the variables' are.
_SECRET_KEYS = {"appId": "AGORA_APP_ID", "token": "AGORA_TOKEN", "decryptionKey": "AGORA_DECRYPTION_KEY"}


def redacted(name: str, value: str) -> str:
    """Return what may be seen of a variable's value, or of that of a key of the configuration.

    All of it, its length only, or of an App ID the first characters: it is no secret, but enough to tell two projects
    apart is enough.
    """
    name = _SECRET_KEYS.get(name, name)
    if VARIABLES.get(name, not name.startswith("AGORA_")):
        return value
    if name == "AGORA_APP_ID" and is_app_id(value):
        return f"{value[:4]}..."
    return f"({len(value)} characters)"
