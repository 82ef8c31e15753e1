"""The Typer application: commands are found by name and imported when called; errors become exit codes here."""

import importlib
import os
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from agora_cli import __version__
from agora_cli.errors import AgoraError, Exit, InputError, UsageError
from agora_cli.options import config
from agora_cli.options.click import ClickException, Command, Context, NoSuchOption, complete_words
from agora_cli.options.groups import as_command
from agora_cli.options.nearest import nearest
from agora_cli.terminal.console import Console

# name -> one line for `agora --help`. The module is agora_cli.commands.<name with underscores>; it holds
# a function `run`, or a Typer `app` where the command has commands of its own.
COMMANDS: dict[str, str] = {
    "send-pcm": "Send sound: PCM, WAV, FLAC, OGG, MP3, or a live pipe.",
    "send-h264": "Send an H.264 byte stream: a file or a live pipe.",
    "send-mp4": "Send picture and sound of MP4, MOV and MKV.",
    "send-jpeg": "Send pictures as video: a directory, a file, a pipe.",
    "send-yuv": "Send raw video: I420, NV12, RGBA, or a live pipe.",
    "send-data": "Send small messages and metadata inside a channel.",
    "record": "Record a channel to files.",
    "smoke": "Send a known signal, measure what comes, judge it.",
    "watch": "See a channel live, or why it is silent.",
    "view": "Show and play a channel in a browser.",
    "channels": "List the channels that are alive on this machine.",
    "inspect": "Show what a media file holds and how it would be sent.",
    "codecs": "Show which codec travels, and what this machine can encode.",
    "vad-dump": "See when and why the VAD starts and stops on a recording.",
    "doctor": "Check this machine, and say what to do.",
    "token": "Make, read and check access tokens.",
    "streamkey": "Make, show and delete keys of the Media Gateway.",
    "channel": "Ask Agora's network about its channels; remove a user.",
    "rtm-chat": "Chat: a prompt on a terminal, lines in a pipe.",
    "config": "Show which settings are in force, and where each comes from.",
    "completion": "Print the script that lets TAB complete a command line.",
}


class LazyGroup(TyperGroup):
    """A group that imports a command's module only when that command is called."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the command names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Import and return one command, or None when there is none of that name."""
        return load(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Find the command, suggesting near names for a typo."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0], COMMANDS)
            raise UsageError(
                "no-such-command",
                f"no such command: {args[0]}",
                hint=f"did you mean {near}?" if near else "agora --help lists the commands",
            )
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and command is not None:
            content, profile = config.load(), config.used_profile(rest, os.environ)
            for line in config.unknown(content, *config.known()) if content else ():
                Console("--json" in args, quiet=False).warn(line)
            ctx.default_map = {name: config.defaults(content, name, option_names(command), profile)}
        return name, command, rest

    def format_commands(self, ctx: Context, formatter: Any) -> None:
        """Write the table of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def load(name: str) -> Command:
    """Import the command `name` and return it as a click command of that name."""
    module = importlib.import_module(f"agora_cli.commands.{name.replace('-', '_')}")
    command = typer.main.get_command(module.app) if hasattr(module, "app") else as_command(module.run)
    command.name = name
    return command


def option_names(command: Command) -> dict[str, str]:
    """Return each long option of a command, without its dashes, and the parameter that it sets."""
    return {
        option.removeprefix("--"): parameter.name
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and parameter.name
    }


application = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,
    add_completion=False,
    # Every option is declared once, in the SDK's spelling; --kebab-case is understood through this.
    context_settings={"token_normalize_func": config.camel, "help_option_names": ["-h", "--help"]},
)


@application.callback()
def root(
    version: bool = typer.Option(False, "--version", help="Print the version and leave.", is_eager=True),
) -> None:
    """Push media into real-time channels, pull it out, and see what went wrong.

    \b
    Examples:
      agora record --channelId demo --output out/
      agora send-pcm --channelId demo --tone --duration 5s

    Every option has a kebab-case form too (--channel-id). Without --appId the channel is on this machine.
    """
    if version:
        print(f"agora {__version__}")  # noqa: T201 - data, and no command has set up a console yet
        raise typer.Exit


def run(argv: list[str]) -> int:
    """Run one command line; return the exit code and print what went wrong, if anything."""
    console = Console(json_output="--json" in argv, quiet=False)
    if argv[:1] == ["help"]:
        argv = [*argv[1:], "--help"]
    try:
        result = typer.main.get_command(application).main(args=argv, prog_name="agora", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else Exit.OK
    except AgoraError as error:
        failure = error
    except ClickException as error:
        failure = usage_failure(error)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except Exception as error:  # the last line of defence: a bug of ours
        failure = AgoraError(
            "bug", f"bug: {type(error).__name__}: {error}".splitlines()[0], hint="run again with --debug"
        )
        failure.__cause__ = error
    if "--debug" in argv:
        traceback.print_exception(failure)
    try:
        console.error(failure)
    except InputError:
        pass  # stdout takes no JSON; stderr has told
    return failure.exit


def complete() -> int:
    """Answer the shell that asks what TAB may become; a line that makes no sense has no answer."""
    complete_words()
    try:
        typer.main.get_command(application).main(args=[], prog_name="agora", standalone_mode=False)
    except (AgoraError, ClickException):
        return Exit.USAGE
    return Exit.OK


def usage_failure(error: ClickException) -> UsageError:
    """Return Typer's own complaint about a command line as ours: one line, and a suggestion as the hint."""
    hint = None
    if isinstance(error, NoSuchOption) and error.possibilities:
        near = nearest(error.option_name, error.possibilities)
        hint = f"did you mean {near}?" if near else None
        message = f"no such option: {error.option_name}"
    else:
        text = " ".join(error.format_message().split()).rstrip(".")
        message = text[:1].lower() + text[1:]
    return UsageError("usage", message, hint)
