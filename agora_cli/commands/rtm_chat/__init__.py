"""agora rtm-chat"""

import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from agora_cli.commands.rtm_chat.verbs import Talk
from agora_cli.errors import InputError, UsageError
from agora_cli.names import ASSIGNED
from agora_cli.options.channel import ChannelOptions
from agora_cli.options.output import OutputOptions
from agora_cli.options.values import duration_s
from agora_cli.rtm.base import Channel, RtmClient, Target, User
from agora_cli.rtm.limits import MESSAGE_MAX_BYTES, check_message, check_message_channel, check_user
from agora_cli.terminal.console import Console
from agora_cli.terminal.interrupts import SignalStop, stoppable

if TYPE_CHECKING:
    from agora_cli.commands.rtm_chat.pipe import Plan

HISTORY = 100


@dataclass(frozen=True, slots=True)
class ChatOptions(ChannelOptions):
    """Which channel, as whom, over which engine; messages have no role and no media key."""

    timeout: Annotated[
        str,
        Option("--timeout", help="Receive for so long; exit 6 when --count has not come.", metavar="TIME"),
    ] = ""


def run(
    channel: ChatOptions,
    output: OutputOptions,
    to: Annotated[str, Option("--to", help="Send to this user alone.", metavar="USER")] = "",
    message: Annotated[
        str | None, Option("--message", "-m", help="Send this and leave.", metavar="TEXT", show_default=False)
    ] = None,
    file: Annotated[Path | None, Option("--file", help="Send the bytes of a file and leave; - for stdin.")] = None,
    count: Annotated[
        int | None, Option("--count", help="Leave when so many messages have come.", metavar="N", show_default=False)
    ] = None,
    listen: Annotated[bool, Option("--listen", help="Stay when stdin ends, until Ctrl-C or --timeout.")] = False,
    binary: Annotated[bool, Option("--binary", help="Lines of stdin are bytes, not UTF-8 text.")] = False,
    history: Annotated[
        int, Option("--history", help="Show so many stored messages on joining.", metavar="N", min=0)
    ] = HISTORY,
    store: Annotated[
        bool, Option("--storeInHistory/--noHistory", help="Keep what is sent for those who come later.")
    ] = True,
    no_rate_limit: Annotated[bool, Option("--noRateLimit", help="Send more than 60 messages a second.")] = False,
) -> int:
    """Chat: a prompt on a terminal; in a pipe, lines in and lines out.

    \b
    Examples:
      agora rtm-chat --channelId room --userId alice
      agora rtm-chat --channelId room --message "it works"
      tail -f build.log | agora rtm-chat --channelId room --userId builder
      agora rtm-chat --channelId room --count 3 --timeout 10s --json
      agora rtm-chat --to alice --file picture.png

    Received messages go to stdout, one a line; who comes and goes is said on stderr. With --json each event
    is one line of JSON on stdout.
    """
    from agora_cli.commands.rtm_chat.login import log_in
    from agora_cli.commands.rtm_chat.pipe import Plan
    from agora_cli.commands.rtm_chat.prompt import run_prompt

    console = output.console()
    _check_options(channel, to, message, file, count)
    user = channel.user_id if channel.user_id != ASSIGNED else f"guest-{secrets.token_hex(3)}"
    target: Target = User(check_user(to)) if to else Channel(check_message_channel(channel.channel_id))
    timeout_s = float(duration_s(channel.timeout, "--timeout")) if channel.timeout else None
    outgoing = _outgoing(message, file)
    with stoppable() as stop:
        client = log_in(channel, check_user(user), "unlimited" if no_rate_limit else "wait", console)
        try:
            waits = bool(count or listen or channel.timeout)
            if channel.channel_id and (waits or not outgoing):
                client.subscribe(channel.channel_id, history)
                console.status(f"subscribed to {channel.channel_id}")
            at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
            if at_terminal and channel.channel_id and not (outgoing or output.json or waits):
                run_prompt(Talk(client, channel.channel_id, store, to), stop)
                return stop.exit_code
            plan = Plan(
                target,
                outgoing,
                None if outgoing else sys.stdin.fileno(),
                binary=binary,
                store=store,
                count=count,
                timeout_s=timeout_s,
                stay=listen,
            )
            return _pipe(client, plan, channel.channel_id, console, stop)
        finally:
            client.close()


def _pipe(client: RtmClient, plan: "Plan", channel: str, console: Console, stop: SignalStop) -> int:
    from agora_cli.commands.rtm_chat.pipe import run_pipe

    totals = run_pipe(client, plan, console, stop)
    document: dict[str, Any] = {
        "ok": True,
        "engine": client.engine,
        "channelId": channel or None,
        "userId": client.user,
    }
    console.result(document | totals, f"sent {totals['sent']}, received {totals['received']} messages")
    return stop.exit_code


def _check_options(channel: ChatOptions, to: str, message: str | None, file: Path | None, count: int | None) -> None:
    if not channel.channel_id and not to:
        raise UsageError(
            "channel-missing", "which channel? --channelId is missing", hint="--channelId room, or --to USER"
        )
    if message is not None and file is not None:
        raise UsageError("message-twice", "give --message or --file, not both")
    if count is not None and count < 1:
        raise UsageError("count", f"--count must be 1 or more, got {count}")
    if channel.role != "broadcaster":
        raise UsageError("role", "messages have no role: leave --role out")
    if channel.encryption_mode or channel.encryption_key_file or channel.encryption_salt:
        raise UsageError("encryption", "messages are not encrypted by --encryptionMode: leave it out")


def _outgoing(message: str | None, file: Path | None) -> tuple[tuple[bytes, bool], ...]:
    """Return what --message or --file says, with whether it is text: UTF-8 without NUL."""
    if message is not None:
        data = message.encode("utf-8", "surrogateescape")
    elif file is not None:
        data = _read(file)
    else:
        return ()
    check_message(data)
    try:
        return ((data, "\0" not in data.decode()),)
    except UnicodeDecodeError:
        if message is not None:
            raise InputError("rtm-text", "--message is not UTF-8", hint="--file - sends any bytes") from None
        return ((data, False),)


def _read(file: Path) -> bytes:
    """Return a file's bytes, at most one more than a message may have: the limit is checked by who sends."""
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(MESSAGE_MAX_BYTES + 1)
        with file.open("rb") as opened:
            return opened.read(MESSAGE_MAX_BYTES + 1)
    except OSError as error:
        raise InputError("file", f"cannot read {file}: {error.strerror}") from error
