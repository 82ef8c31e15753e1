"""How a command takes a whole group of options.

A group is a frozen dataclass whose fields are options. A command names the group as one parameter:

    def run(channel: ChannelOptions, output: OutputOptions, fps: Annotated[str, Option("--fps")] = "") -> int: ...
"""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import typer

from agora_cli.options.click import Command


def grouped(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` with each parameter that is an option group spread into that group's options."""
    groups: dict[str, type] = {}
    spread: list[inspect.Parameter] = []
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        if dataclasses.is_dataclass(parameter.annotation):
            assert isinstance(parameter.annotation, type)
            groups[parameter.name] = parameter.annotation
            spread += _options(parameter.annotation)
        else:
            spread.append(parameter.replace(kind=parameter.KEYWORD_ONLY))

    def command(**values: Any) -> Any:
        for name, group in groups.items():
            values[name] = _taken(group, values)
        return function(**values)

    command.__doc__ = function.__doc__
    command.__name__ = function.__name__
    command.__signature__ = inspect.Signature(spread)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in spread}
    return command


def _options(group: type) -> list[inspect.Parameter]:
    """Return the options of a group, and of the groups in it."""
    found: list[inspect.Parameter] = []
    for field in dataclasses.fields(group):
        if dataclasses.is_dataclass(field.type):
            assert isinstance(field.type, type)
            found += _options(field.type)
        else:
            default = inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default
            keyword = inspect.Parameter.KEYWORD_ONLY
            found.append(inspect.Parameter(field.name, keyword, default=default, annotation=field.type))
    return found


def _taken(group: type, values: dict[str, Any]) -> Any:
    """Return a group made of its own values, which are taken out of `values`."""
    own = {}
    for field in dataclasses.fields(group):
        if dataclasses.is_dataclass(field.type):
            assert isinstance(field.type, type)
            own[field.name] = _taken(field.type, values)
        else:
            own[field.name] = values.pop(field.name)
    return group(**own)


def as_command(function: Callable[..., Any]) -> Command:
    """Return the click command of a function whose parameters are options and option groups."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(grouped(function))
    return typer.main.get_command(app)
