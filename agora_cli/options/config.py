"""Defaults from a file: flag > environment > file > built-in, the first that says something wins.

`$XDG_CONFIG_HOME/agora/config.toml` holds option names in either spelling; keys at the top go to every
command that has the option, a table named after a command goes to that one alone:

    channelId = "demo"
    [record]
    output = "recordings/"
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agora_cli.errors import UsageError
from agora_cli.options.nearest import nearest


def path() -> Path:
    """Return where the file would be; it need not exist."""
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "agora" / "config.toml"


def load() -> dict[str, Any]:
    """Return the file's content, {} when there is none. Raises UsageError for text that is no TOML."""
    file = path()
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("config-file", f"cannot read {file}: {error}") from error
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content: dict[str, Any] = tomllib.loads(text)
        return content
    except tomllib.TOMLDecodeError as error:
        raise UsageError("config-file", f"{file}: {error}") from error


def defaults(content: dict[str, Any], command: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return what `content` says for one command, by parameter name.

    `parameters` maps each option of the command, as the SDK spells it (`channelId`), to its parameter name.
    Raises UsageError for a key in the command's own table that is no option of it.
    """
    table = content.get(command, {})
    result = {}
    for key, value in content.items():
        if not isinstance(value, dict) and camel(key) in parameters:
            result[parameters[camel(key)]] = value
    for key, value in table.items():
        if camel(key) not in parameters:
            near = nearest(camel(key), parameters)
            hint = f"did you mean {near}?" if near else None
            raise UsageError("config-file", f"{path()}: [{command}] has no option {key}", hint)
        result[parameters[camel(key)]] = value
    return result


def camel(name: str) -> str:
    """Return an option name in the SDK's spelling: `channel-id` becomes `channelId`, others stay."""
    return re.sub(r"(?<=[a-z0-9])-([a-z])", lambda match: match[1].upper(), name)
