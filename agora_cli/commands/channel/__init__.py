"""agora channel"""

from typing import Annotated, Any

import typer
from typer import Argument, Option

from agora_cli.commands._rest import RestOptions, part, rows_of
from agora_cli.errors import Exit, UsageError
from agora_cli.names import ASSIGNED, check_channel, check_user
from agora_cli.options.groups import GroupedHelp, grouped
from agora_cli.options.output import OutputOptions
from agora_cli.options.values import duration_s

app = typer.Typer(rich_markup_mode=None, add_completion=False)

PAGE_SIZE = 500
MAX_PAGES = 1000
MINUTE_S = 60
MOST_MINUTES = 24 * 60
NameArgument = Annotated[str, Argument(metavar="NAME", help="The channel.", show_default=False)]


@app.callback()
def channel() -> None:
    """Ask Agora's network about its channels, and remove a user from one.

    \b
    Examples:
      agora channel list
      agora channel users demo --json
      agora channel kick demo --userId 7 --time 10m

    AGORA_CUSTOMER_KEY and AGORA_CUSTOMER_SECRET say who asks, the App ID comes from --appId or AGORA_APP_ID.
    `agora channels` lists those of this machine.
    """


def list_channels(rest: RestOptions, output: OutputOptions) -> int:
    """List the project's channels that have anybody in them.

    \b
    Examples:
      agora channel list
      agora channel list --json
    """
    interface, console = rest.open(), output.console()
    found: list[dict[str, Any]] = []
    for page in range(MAX_PAGES):
        answer = interface.ask("GET", f"/dev/v1/channel/{interface.app_id}?page_no={page}&page_size={PAGE_SIZE}")
        data = answer.get("data")
        rows = rows_of(data.get("channels")) if isinstance(data, dict) else []
        found += [{"channelId": row.get("channel_name"), "users": row.get("user_count")} for row in rows]
        if len(rows) < PAGE_SIZE:
            break
    if output.json:
        console.result({"ok": True, "channels": found})
        return 0
    console.table(["channel", "users"], [[str(row["channelId"]), str(row["users"])] for row in found])
    console.status(f"{len(found)} channel(s)")
    return 0


def users(rest: RestOptions, output: OutputOptions, name: NameArgument) -> int:
    """Show who is in a channel; exit 6 when there is no such channel now.

    \b
    Examples:
      agora channel users demo
    """
    interface, console = rest.open(), output.console()
    answer = interface.ask("GET", f"/dev/v1/channel/user/{interface.app_id}/{part(check_channel(name))}")
    raw = answer.get("data")
    data: dict[str, Any] = raw if isinstance(raw, dict) else {}
    exists = data.get("channel_exist") is True
    rows = _members(data)
    document = {"ok": exists, "channelId": name, "exists": exists, "users": rows}
    if output.json:
        console.result(document)
    elif exists:
        console.table(["user", "role"], [[row["userId"], row["role"]] for row in rows])
    else:
        console.warn(f"nobody is in {name}")
    return 0 if exists else int(Exit.EXPECTATION)


def kick(
    rest: RestOptions,
    output: OutputOptions,
    name: NameArgument,
    user_id: Annotated[str, Option("--userId", "-u", help="Whom; a number.", metavar="ID")] = ASSIGNED,
    time: Annotated[
        str,
        Option("--time", help="For how long, in whole minutes up to 24h; 0: it may come back at once.", metavar="TIME"),
    ] = "60m",
) -> int:
    """Remove a user from a channel.

    \b
    Examples:
      agora channel kick demo --userId 7
      agora channel kick demo --userId 7 --time 0
    """
    user = check_user(user_id)
    if user == ASSIGNED or not user.isdigit():
        raise UsageError("user-id", f"--userId must be a number of 1 or more, got {user_id!r}")
    seconds = duration_s(time, "--time")
    if seconds % MINUTE_S or seconds > MOST_MINUTES * MINUTE_S:
        raise UsageError("duration", f"--time must be whole minutes up to 24h, got {time!r}")
    interface = rest.open()
    body = {
        "appid": interface.app_id,
        "cname": check_channel(name),
        "uid": int(user),
        "time": int(seconds) // MINUTE_S,
        "privileges": ["join_channel"],
    }
    answer = interface.ask("POST", "/dev/v1/kicking-rule", body)
    document = {"ok": True, "channelId": name, "userId": user, "ruleId": answer.get("id")}
    output.console().result(document, f"user {user} is out of {name} for {time}")
    return 0


def _members(data: dict[str, Any]) -> list[dict[str, str]]:
    """Return the members of both channel profiles: `users` of a call, broadcasters and audience of a live channel."""
    found = []
    for name, role in (("users", "broadcaster"), ("broadcasters", "broadcaster"), ("audience", "audience")):
        listed = data.get(name)
        found += [{"userId": str(user), "role": role} for user in listed] if isinstance(listed, list) else []
    return found


app.command("list", cls=GroupedHelp)(grouped(list_channels))
app.command(cls=GroupedHelp)(grouped(users))
app.command(cls=GroupedHelp)(grouped(kick))
