"""How a command takes a whole group of options.

A group is a frozen dataclass whose fields are options. A command names the group as one parameter:

    def run(channel: ChannelOptions, output: OutputOptions, fps: Annotated[str, Option("--fps")] = "") -> int: ...
"""

import dataclasses
import inspect
import sys
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand

from agora_cli.errors import UsageError
from agora_cli.options.click import Command, Context, Parameter
from agora_cli.options.help.page import MOST_LINES, Page, Row, fitting

# The heading of what only Agora's own network has; --help-sdk prints it, --help does not.
SDK_HEADING = "Agora's network"
HELP_SDK = "--help-sdk"
HELP_ALL = "--help-all"
OWN = "Options"
# What many commands share comes last, in this order; a heading of one command's own stands before it.
SHARED = ("Limits", "Channel", "Security", "Output", SDK_HEADING)


class GroupedHelp(TyperCommand):
    """A command whose help fits a screen: its own options first, then each shared group under its heading."""

    def format_help(self, ctx: Context, formatter: Any) -> None:
        """Write what `--help`, `--help-sdk` or `--help-all` asks for, at the formatter's width."""
        page = self._page(ctx)
        lines = sys.maxsize if ctx.meta.get(HELP_ALL) else MOST_LINES
        formatter.write(fitting(page, lambda: type(formatter)(width=formatter.width), lines))

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Read the command line; `--help-sdk` and `--help-all` before a lone `--` are kinds of `--help`."""
        given = args[: args.index("--")] if "--" in args else args
        for kind in (HELP_SDK, HELP_ALL):
            if kind in given and (kind == HELP_ALL or self.has_sdk_options()):
                ctx.meta[kind] = True
                args = ["--help"]
        written, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        if not written.get("help"):
            for parameter in self.params:
                _check_not_empty(parameter, written.get(str(parameter.name)), ctx)
        return super().parse_args(ctx, args)

    def has_sdk_options(self) -> bool:
        """Tell whether any option is of Agora's network alone."""
        return any(getattr(parameter, "rich_help_panel", None) == SDK_HEADING for parameter in self.params)

    def _page(self, ctx: Context) -> Page:
        usage = ctx.make_formatter()
        self.format_usage(ctx, usage)
        summary, *paragraphs = inspect.cleandoc(self.help or "").split("\n\n")
        examples = [text for text in paragraphs if text.startswith("\b\nExamples:\n")]
        lines = tuple(line.strip() for text in examples for line in text.splitlines()[2:])
        prose = tuple(text for text in paragraphs if text not in examples)
        sections = self._sections(ctx)
        if ctx.meta.get(HELP_SDK):
            lines, prose = (), ()
        footer = f"{HELP_ALL} tells all of it"
        if SDK_HEADING in sections and not ctx.meta.get(HELP_ALL):
            network = sections.pop(SDK_HEADING)
            if ctx.meta.get(HELP_SDK):
                sections = {SDK_HEADING: network}
            else:
                footer += f"; {HELP_SDK} what only Agora's own network has"
        return Page(
            usage.getvalue(),
            summary,
            lines,
            prose,
            tuple((heading, tuple(rows)) for heading, rows in sections.items()),
            "" if ctx.meta.get(HELP_ALL) else f"{footer}.",
        )

    def _sections(self, ctx: Context) -> dict[str, list[Row]]:
        """Return the options by heading (an option's `rich_help_panel`), the command's own first, none empty."""
        sections: dict[str, list[Row]] = {OWN: []}
        for parameter in sorted(self.get_params(ctx), key=_rank):
            record = parameter.get_help_record(ctx)
            if record is not None:
                text, _, extra = record[1].partition("  [")
                heading = getattr(parameter, "rich_help_panel", None) or OWN
                row = Row(record[0], text, f"[{extra}" if extra else "")
                sections.setdefault(heading, []).append(row)
        shared = {heading: sections.pop(heading) for heading in SHARED if heading in sections}
        return sections | shared


def _rank(parameter: Parameter) -> int:
    """Return where an option stands among its like: arguments first, then what must be given."""
    return 0 if parameter.param_type_name == "argument" else 1 if parameter.required else 2


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
