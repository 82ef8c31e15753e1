"""agora streamkey"""

from typing import Annotated, Any, Literal

import typer
from typer import Argument, Option

from agora_cli.commands._rest import Rest, RestOptions, part
from agora_cli.errors import NetworkError, UsageError
from agora_cli.names import check_channel, check_user
from agora_cli.options.groups import GroupedHelp, grouped
from agora_cli.options.output import OutputOptions
from agora_cli.options.values import duration_s

app = typer.Typer(rich_markup_mode=None, add_completion=False)

RegionName = Literal["na", "eu", "ap", "cn"]
RegionOption = Annotated[RegionName, Option("--region", help="Where the stream will be sent to.")]
KeyArgument = Annotated[
    str, Argument(metavar="[KEY]", envvar="AGORA_STREAM_KEY", help="The streaming key.", show_envvar=True)
]


@app.callback()
def streamkey() -> None:
    """Make, show and delete keys of the Media Gateway.

    \b
    Examples:
      agora streamkey create --region eu --channelId demo --userId 7 --expire 1h
      agora streamkey show
      agora streamkey delete

    AGORA_CUSTOMER_KEY and AGORA_CUSTOMER_SECRET say who asks, the App ID comes from --appId or AGORA_APP_ID. A key lets
    whoever has it send into its channel: `send-* --engine gateway` reads it from AGORA_STREAM_KEY.
    """


def create(
    rest: RestOptions,
    output: OutputOptions,
    channel_id: Annotated[str, Option("--channelId", "-c", help="Where its stream goes.", metavar="NAME")] = "",
    user_id: Annotated[str, Option("--userId", "-u", help="Under which user id.", metavar="ID")] = "",
    region: RegionOption = "na",
    expire: Annotated[str, Option("--expire", help="How long it can be used; 0: for ever.", metavar="TIME")] = "24h",
    template: Annotated[str, Option("--template", help="Flow configuration template.", metavar="ID")] = "",
) -> int:
    """Make a key and print it alone on stdout.

    \b
    Examples:
      agora streamkey create --region eu --channelId demo --userId 7
      export AGORA_STREAM_KEY=$(agora streamkey create -c demo -u 7)
    """
    if not channel_id or not user_id:
        raise UsageError("stream-key", "a key is for one user of one channel: --channelId and --userId are wanted")
    settings = {
        "channel": check_channel(channel_id),
        "uid": check_user(user_id),
        "expiresAfter": int(duration_s(expire, "--expire")),
    }
    settings |= {"templateId": template} if template else {}
    interface, console = rest.open(), output.console()
    data = _data(interface.ask("POST", _keys(interface, region), {"settings": settings}))
    key = data.get("streamKey")
    if not isinstance(key, str) or not key:
        raise NetworkError("api-answer", "the answer holds no streaming key")
    if output.json:
        console.result({"ok": True, "region": region} | data)
    else:
        console.status(f"user {user_id} of {channel_id}, region {region}, for {expire}")
        console.line(key)
    return 0


def show(rest: RestOptions, output: OutputOptions, key: KeyArgument = "", region: RegionOption = "na") -> int:
    """Show where the stream of a key goes, and how long.

    \b
    Examples:
      agora streamkey show --region eu
      agora streamkey show ABCDEF --json
    """
    interface, console = rest.open(), output.console()
    data = _data(interface.ask("GET", f"{_keys(interface, region)}/{part(_given(key))}"))
    data.pop("streamKey", None)
    if output.json:
        console.result({"ok": True, "region": region} | data)
        return 0
    for name, value in data.items():
        console.line(f"{name:<13} {value}")
    return 0


def delete(rest: RestOptions, output: OutputOptions, key: KeyArgument = "", region: RegionOption = "na") -> int:
    """Delete a key: nobody can begin a stream with it any more; one that runs goes on.

    \b
    Examples:
      agora streamkey delete --region eu
    """
    interface = rest.open()
    interface.ask("DELETE", f"{_keys(interface, region)}/{part(_given(key))}")
    output.console().result({"ok": True, "region": region}, "deleted")
    return 0


def _keys(interface: Rest, region: str) -> str:
    return f"/{region}/v1/projects/{interface.app_id}/rtls/ingress/streamkeys"


def _given(key: str) -> str:
    if not key:
        raise UsageError("stream-key", "which key? none is given", hint="as an argument, or AGORA_STREAM_KEY")
    return key


def _data(document: dict[str, Any]) -> dict[str, Any]:
    found = document.get("data")
    if not isinstance(found, dict):
        raise NetworkError("api-answer", "the answer holds no data")
    return found


for function in (create, show, delete):
    app.command(cls=GroupedHelp)(grouped(function))
