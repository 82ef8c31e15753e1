"""Defaults from a file: flag > environment > profile > file > built-in, the first that says something wins.

`$XDG_CONFIG_HOME/agora/config.toml` holds option names in either spelling; keys at the top go to every command that
has the option, a table named after a command goes to that one alone. A profile says the same again, for one purpose;
`--use staging` or AGORA_PROFILE puts it on top:

    channelId = "demo"
    [record]
    output = "recordings/"
    [profile.staging]
    appId = "..."
    [profile.staging.record]
    output = "staging/"
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from agora_cli.errors import UsageError
from agora_cli.options.nearest import nearest

PROFILE = "AGORA_PROFILE"
USE = "--use"
_PROFILES = "profile"
Content = dict[str, Any]


def path() -> Path:
    """Return where the file would be; it need not exist."""
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "agora" / "config.toml"


def load() -> Content:
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
        content: Content = tomllib.loads(text)
        return content
    except tomllib.TOMLDecodeError as error:
        raise UsageError("config-file", f"{file}: {error}") from error


def used_profile(arguments: Iterable[str], environ: Mapping[str, str]) -> str:
    """Return the name after --use, else AGORA_PROFILE, else ""; of several the last."""
    found, words = environ.get(PROFILE, ""), iter(arguments)
    for word in words:
        if word == "--":
            break
        if word == USE:
            found = next(words, "")
        elif word.startswith(f"{USE}="):
            found = word.removeprefix(f"{USE}=")
    return found


def layers(content: Content, profile: str) -> list[tuple[str, Content]]:
    """Return what the file says in general and, on top of it, in `profile` ("": none), each with its name.

    Raises UsageError for a profile that the file does not have.
    """
    profiles = content.get(_PROFILES, {})
    general = {key: value for key, value in content.items() if key != _PROFILES}
    if not profile:
        return [("config.toml", general)]
    own = profiles.get(profile) if isinstance(profiles, dict) else None
    if not isinstance(own, dict):
        near = nearest(profile, profiles)
        hint = f"did you mean {near}?" if near else f"profiles of {path()}: {', '.join(profiles) or 'none'}"
        raise UsageError("config-profile", f"there is no profile {profile}", hint)
    return [("config.toml", general), (f"profile {profile}", own)]


def defaults(content: Content, command: str, parameters: Mapping[str, str], profile: str = "") -> dict[str, Any]:
    """Return what `content` says for one command, by parameter name.

    `parameters` maps each option of the command, as the SDK spells it (`channelId`), to its parameter name. Raises
    UsageError for a key in the command's own table that is no option of it, and for an unknown profile.
    """
    result = {}
    for _, layer in layers(content, profile):
        table = layer.get(command, {})
        for key, value in layer.items():
            if not isinstance(value, dict) and camel(key) in parameters:
                result[parameters[camel(key)]] = value
        for key, value in table.items() if isinstance(table, dict) else ():
            if camel(key) not in parameters:
                near = nearest(camel(key), parameters)
                hint = f"did you mean {near}?" if near else None
                raise UsageError("config-file", f"{path()}: [{command}] has no option {key}", hint)
            result[parameters[camel(key)]] = value
    return result


def known() -> tuple[list[str], list[str]]:
    """Return the names of all commands and of all their options, from a file: to import all commands takes a second."""
    text = resources.files("agora_cli").joinpath("words.txt").read_text(encoding="utf-8")
    commands, options = text.splitlines()
    return commands.split(), options.split()


def unknown(content: Content, commands: Iterable[str], options: Iterable[str]) -> Iterator[str]:
    """Yield a line for each key and table that means nothing to any command, with the nearest that does."""
    known_commands, known_options = list(commands), list(options)
    profiles = content.get(_PROFILES, {})
    named = {f"profile.{name}": own for name, own in profiles.items()} if isinstance(profiles, dict) else {}
    for prefix, layer in [("", content), *named.items()]:
        if not isinstance(layer, dict):
            yield f"{path()}: {prefix} is no table of options"
            continue
        for key, value in layer.items():
            if isinstance(value, dict):
                if key not in known_commands and (prefix or key != _PROFILES):
                    yield f"{path()}: no command is called [{key}]{_meant(key, [*known_commands, _PROFILES])}"
            elif camel(key) not in known_options:
                yield f"{path()}: no command has the option {key}{_meant(camel(key), known_options)}"


def camel(name: str) -> str:
    """Return an option name in the SDK's spelling: `channel-id` becomes `channelId`, others stay."""
    return re.sub(r"(?<=[a-z0-9])-([a-z])", lambda match: match[1].upper(), name)


def _meant(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f", did you mean {near}?" if near else ""
