"""How a command takes a whole group of options.

A group is a frozen dataclass whose fields are options. A command names the group as one parameter:

    def run(channel: ChannelOptions, output: OutputOptions, fps: Annotated[str, Option("--fps")] = "") -> int: ...
"""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand

from agora_cli.errors import UsageError
from agora_cli.options.click import Command, Context, Parameter

# The heading of what only Agora's own network has; --help-sdk prints it, --help does not.
SDK_HEADING = "Agora's network"
HELP_SDK = "--help-sdk"


class GroupedHelp(TyperCommand):
    """A command whose help has its own options first, then each shared group under its heading."""

    def format_options(self, ctx: Context, formatter: Any) -> None:
        """Write the options by heading (an option's `rich_help_panel`); those without one are the command's own."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                own = "Arguments" if parameter.param_type_name == "argument" else "Options"
                heading = getattr(parameter, "rich_help_panel", None) or own
                sections.setdefault(heading, []).append(record)
        network = sections.pop(SDK_HEADING, [])
        if network and ctx.meta.get(HELP_SDK):
            sections = {SDK_HEADING: network}
        for heading, records in sections.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Read the command line; `--help-sdk` before a lone `--` is `--help` with the options of Agora's network."""
        given = args[: args.index("--")] if "--" in args else args
        if HELP_SDK in given and self.has_sdk_options():
            ctx.meta[HELP_SDK] = True
            args = ["--help"]
        written, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        if not written.get("help"):
            for parameter in self.params:
                _check_not_empty(parameter, written.get(str(parameter.name)), ctx)
        return super().parse_args(ctx, args)

    def has_sdk_options(self) -> bool:
        """Tell whether any option is of Agora's network alone."""
        return any(getattr(parameter, "rich_help_panel", None) == SDK_HEADING for parameter in self.params)

    def format_epilog(self, ctx: Context, formatter: Any) -> None:
        """Say where the options of Agora's network are."""
        if self.has_sdk_options() and not ctx.meta.get(HELP_SDK):
            formatter.write_paragraph()
            formatter.write_text(f"{HELP_SDK} shows the options that only Agora's own network has.")


def _check_not_empty(parameter: Parameter, written: Any, ctx: Context) -> None:
    """Raise UsageError for an empty text, on the command line or in the configuration.

    It is what `--duration "$UNSET"` comes to, and must not mean "without a limit". A text whose default is None
    (a message) is left to its command, which knows empty from absent.
    """
    if written is None and parameter.value_from_envvar(ctx) is None:
        written = ctx.lookup_default(str(parameter.name))
    own = parameter.default is None and not (parameter.required or parameter.multiple) and parameter.type.name == "str"
    if not own and (written == "" or (isinstance(written, list | tuple) and "" in written)):
        name = next((option for option in parameter.opts if option.startswith("--")), parameter.make_metavar(ctx))
        raise UsageError("empty-value", f"{name} is empty", "leave it out, or is a variable unset?")


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
    app.command(cls=GroupedHelp)(grouped(function))
    return typer.main.get_command(app)
