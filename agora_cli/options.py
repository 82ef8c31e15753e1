"""Each option that several commands share, once; and how a command takes a whole group of them.

A group is a frozen dataclass whose fields are options. A command names the group as one parameter:

    def run(channel: ChannelOptions, output: OutputOptions, fps: Annotated[str, Option("--fps")] = "") -> int: ...

Durations and sizes are read by `duration_s` and `bitrate_bps`, so `1.5`, `90s`, `10m` and `2M` mean the same
everywhere.
"""

import dataclasses
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer import Option
from typer._click import Command

from agora_cli.console import Console
from agora_cli.errors import UsageError
from agora_cli.media.pcm import Excerpt
from agora_cli.names import ASSIGNED
from agora_cli.sdk_options import SdkOptions

EngineName = Literal["auto", "local", "sdk"]
RoleName = Literal["broadcaster", "audience"]


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How a command talks."""

    json: Annotated[bool, Option("--json", help="Print the result as JSON on stdout.")] = False
    quiet: Annotated[bool, Option("--quiet", "-q", help="No status lines and no progress.")] = False
    debug: Annotated[bool, Option("--debug", help="Show a traceback with an error.")] = False

    def console(self) -> Console:
        """Return the console that these options ask for."""
        return Console(self.json, self.quiet)


@dataclass(frozen=True, slots=True)
class ChannelOptions:
    """Which channel, as whom, over which engine."""

    channel_id: Annotated[str, Option("--channelId", "-c", help="Channel name.", metavar="NAME")] = ""
    app_id: Annotated[
        str,
        Option(
            "--appId",
            envvar="AGORA_APP_ID",
            help="App ID (32 hex digits), or a local namespace.",
            metavar="ID",
        ),
    ] = ""
    user_id: Annotated[str, Option("--userId", "-u", help="User id; 0 lets the channel assign one.", metavar="ID")] = (
        ASSIGNED
    )
    token: Annotated[
        str,
        Option(
            "--token",
            envvar="AGORA_TOKEN",
            help="Token; safer: --tokenFile.",
            metavar="TEXT",
            show_default=False,
        ),
    ] = dataclasses.field(default="", repr=False)
    token_file: Annotated[Path | None, Option("--tokenFile", help="File with the token, - for stdin.")] = None
    engine: Annotated[EngineName, Option("--engine", envvar="AGORA_ENGINE", help="Which network to use.")] = "auto"
    role: Annotated[RoleName, Option("--role", help="Audience cannot send.")] = "broadcaster"
    encryption_mode: Annotated[str, Option("--encryptionMode", help="For instance aes-256-gcm2.", metavar="MODE")] = ""
    encryption_key_file: Annotated[
        Path | None,
        Option("--encryptionKeyFile", help="File with the key (or AGORA_ENCRYPTION_KEY in the environment)."),
    ] = None
    encryption_salt: Annotated[str, Option("--encryptionSalt", help="32 bytes as base64.", metavar="BASE64")] = ""
    timeout: Annotated[str, Option("--timeout", help="How long to wait for the connection.", metavar="TIME")] = "10s"


@dataclass(frozen=True, slots=True)
class MediaChannelOptions(ChannelOptions):
    """A channel that carries media, and what only Agora's own network has."""

    sdk: SdkOptions = SdkOptions()


@dataclass(frozen=True, slots=True)
class ExcerptOptions:
    """Which part of a file, and how often."""

    loop: Annotated[str, Option("--loop", help="How often to send it: a number, or inf.", metavar="N|inf")] = "1"
    start: Annotated[str, Option("--start", help="Where to begin in the file.", metavar="TIME")] = "0"
    duration: Annotated[str, Option("--duration", help="How much to send in all.", metavar="TIME")] = ""

    def excerpt(self) -> Excerpt:
        """Return the checked values. Raises UsageError."""
        return Excerpt(
            loops=loop_count(self.loop),
            start_s=duration_s(self.start, "--start"),
            duration_s=duration_s(self.duration, "--duration") if self.duration else None,
        )


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


def duration_s(text: str, option: str) -> Fraction:
    """Read a duration of 0 or more seconds: `90`, `1.5s`, `250ms`, `10m`, `1h`. Raises UsageError naming the option."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)?", text)
    if match is None:
        raise UsageError("duration", f"{option} must be a duration like 90s, 1.5s, 250ms, 10m or 1h, got {text!r}")
    factor = {"ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600)}[match[2] or "s"]
    return Fraction(match[1]) * factor


def loop_count(text: str, option: str = "--loop") -> int:
    """Read how often to send something: 1 or more, or `inf`, which is returned as 0. Raises UsageError."""
    if text != "inf" and not (text.isascii() and text.isdigit() and int(text) > 0):
        raise UsageError("loop", f"{option} must be 1 or more, or inf, got {text!r}")
    return 0 if text == "inf" else int(text)


def bitrate_bps(text: str, option: str) -> int:
    """Read a bit rate above 0: `800k`, `2M`, `2000000`. Raises UsageError naming the option."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kKM])?", text)
    bits = Fraction(match[1]) * {"k": 1000, "m": 1_000_000, "": 1}[(match[2] or "").lower()] if match else Fraction(0)
    if bits < 1:
        raise UsageError("bitrate", f"{option} must be a bit rate like 800k or 2M, got {text!r}")
    return int(bits)
