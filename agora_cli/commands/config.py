"""agora config"""

import os
from typing import Annotated, Any, NamedTuple

from typer import Argument
from typer import Context as TyperContext

from agora_cli.errors import UsageError
from agora_cli.options import config
from agora_cli.options.click import Command, Context
from agora_cli.options.config.variables import VARIABLES, redacted
from agora_cli.options.nearest import nearest
from agora_cli.options.output import OutputOptions


class Setting(NamedTuple):
    """One value in force: its option or variable, what may be seen of it, and where it comes from."""

    name: str
    value: str
    origin: str


def run(
    ctx: TyperContext,
    output: OutputOptions,
    command: Annotated[str, Argument(metavar="[COMMAND]", help="Whose options to show, else all that is set.")] = "",
) -> int:
    """Show which settings are in force and where each comes from; secrets are hidden.

    \b
    Examples:
      agora config
      agora config record
      agora config record --use staging

    An option on the command line wins over a variable of the environment, that over the profile (--use, or
    AGORA_PROFILE), that over the rest of config.toml. What is not shown has its built-in value.
    """
    console = output.console()
    profile = output.use or os.environ.get(config.PROFILE, "")
    layers = config.layers(config.load(), profile)
    found = _of_command(_command(ctx, command), command, layers) if command else _everything(layers)
    file = config.path()
    if output.json:
        rows = [{"name": row.name, "value": row.value, "from": row.origin} for row in found]
        document: dict[str, Any] = {"ok": True, "file": str(file), "exists": file.exists(), "settings": rows}
        console.result(document | ({"profile": profile} if profile else {}))
        return 0
    console.line(f"{file}{'' if file.exists() else ' (does not exist)'}")
    if found:
        console.table(["setting", "value", "from"], [list(row) for row in found])
    else:
        console.line("nothing is set: every option has its built-in value")
    return 0


def _command(ctx: TyperContext, name: str) -> Command:
    root = ctx.find_root()
    names = root.command.list_commands(root)  # type: ignore[attr-defined]
    if name not in names:
        near = nearest(name, names)
        raise UsageError("no-such-command", f"no such command: {name}", f"did you mean {near}?" if near else None)
    return root.command.get_command(root, name)  # type: ignore[attr-defined, no-any-return]


def _of_command(command: Command, name: str, layers: list[tuple[str, config.Content]]) -> list[Setting]:
    """Return the options of one command that something sets, each with what wins."""
    found = []
    for parameter in command.get_params(Context(command)):
        option = next((word.removeprefix("--") for word in parameter.opts if word.startswith("--")), "")
        variable = str(parameter.envvar) if parameter.envvar else ""
        if variable and os.environ.get(variable):
            found.append(Setting(option, redacted(variable, os.environ[variable]), f"environment ({variable})"))
            continue
        for origin, layer in reversed(layers):
            table = layer.get(name)
            own = _value(table, option) if isinstance(table, dict) else None
            value = own if own is not None else _value(layer, option)
            if value is not None:
                found.append(Setting(option, redacted(option, _text(value)), f"{origin}{f' [{name}]' if own else ''}"))
                break
    return found


def _everything(layers: list[tuple[str, config.Content]]) -> list[Setting]:
    """Return each variable that is set and each key of the file, the strongest first."""
    found = [
        Setting(name, redacted(name, os.environ[name]), "environment") for name in VARIABLES if os.environ.get(name)
    ]
    for origin, layer in reversed(layers):
        for key, value in layer.items():
            if isinstance(value, dict):
                rows = ((config.camel(inner), _text(each)) for inner, each in value.items())
                found += [Setting(name, redacted(name, text), f"{origin} [{key}]") for name, text in rows]
            else:
                name = config.camel(key)
                found.append(Setting(name, redacted(name, _text(value)), origin))
    return found


def _value(table: config.Content, option: str) -> Any:
    return next((value for key, value in table.items() if config.camel(key) == option), None)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
