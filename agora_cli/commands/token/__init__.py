"""`agora token`: make an access token, see what is in one, ask whether the channel would take it."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from agora_cli.commands.token.view import date, document, facts, left, rows, summary
from agora_cli.errors import UsageError
from agora_cli.names import ASSIGNED, check_channel, check_user, is_app_id
from agora_cli.options import credentials
from agora_cli.options.channel import RoleName
from agora_cli.options.groups import GroupedHelp, grouped
from agora_cli.options.output import OutputOptions
from agora_cli.tokens import services as kinds
from agora_cli.tokens.access_token import TokenError, parse
from agora_cli.tokens.services import KINDS, PERMISSIONS, RESOURCES, RTC, RTM, TYPES, Resource, Service
from agora_cli.tokens.verdict import Wanted, mistakes

app = typer.Typer(rich_markup_mode=None, add_completion=False)

TokenArgument = Annotated[
    str, Argument(metavar="[TOKEN]", envvar=credentials.TOKEN, help="The token; - for stdin.", show_envvar=False)
]
TokenFile = Annotated[Path | None, Option("--tokenFile", help="File with the token, - for stdin.")]
AppId = Annotated[
    str, Option("--appId", envvar="AGORA_APP_ID", help="App ID (32 hex digits).", metavar="ID", show_default=False)
]
ChannelOption = Annotated[str, Option("--channelId", "-c", help="Channel name.", metavar="NAME", show_default=False)]
UserOption = Annotated[str, Option("--userId", "--user", "-u", help="User id or account; 0: any.", metavar="ID")]


@dataclass(frozen=True, slots=True)
class GrantOptions:
    """What a token is to grant."""

    channel_id: ChannelOption = ""
    user_id: UserOption = ASSIGNED
    role: Annotated[RoleName, Option("--role", help="Audience cannot send.")] = "broadcaster"
    service: Annotated[
        list[str] | None, Option("--service", help=f"Repeat for several: {' '.join(TYPES)}.", metavar="NAME")
    ] = None
    expire: Annotated[str, Option("--expire", help="How long the token lives, at most 24h.", metavar="TIME")] = "1h"
    privilege_expire: Annotated[
        str, Option("--privilegeExpire", help="How long its privileges last (as the token).", metavar="TIME")
    ] = ""
    room: Annotated[str, Option("--room", help="Room of apaas.", metavar="ID")] = ""
    room_role: Annotated[int, Option("--roomRole", help="Role of apaas.", min=-32768, max=32767)] = kinds.NO_ROLE
    resource: Annotated[
        list[str] | None,
        Option("--resource", help="Grant of rtm2: message-channels:read:NAME,NAME.", metavar="KIND:MODE:NAMES"),
    ] = None


@app.callback()
def token() -> None:
    """Make, read and check access tokens (AccessToken2, "007").

    \b
    Examples:
      agora token build --channelId demo --userId 7 --expire 1h
      agora token inspect 007eJxTY...
      agora token verify - --channelId demo --userId 7 < token.txt

    The App ID comes from --appId or AGORA_APP_ID, the certificate from AGORA_APP_CERTIFICATE only.
    """


def build(grant: GrantOptions, output: OutputOptions, app_id: AppId = "") -> int:
    """Make a token and print it alone on stdout.

    \b
    Examples:
      agora token build --channelId demo --userId 7
      agora token build --channelId demo --userId 7 --role audience --expire 10m
      agora token build --service rtm --userId alice

    AGORA_APP_CERTIFICATE must be set. A broadcaster's rtc token has all four privileges, an audience's join only.
    """
    console = output.console()
    checked_app_id, certificate = _app_id(app_id), _needed_certificate()
    life_s = credentials.token_life_s(grant.expire, "--expire")
    text = credentials.sign_now(checked_app_id, certificate, list(_granted(grant, life_s)), life_s)
    made = parse(text)
    if output.json:
        console.result({"ok": True, "token": text, "expiresAt": date(made.expires_s), "secondsLeft": life_s})
    else:
        console.status(f"{summary(made)}, ends {date(made.expires_s)}")
        console.line(text)
    return 0


def inspect(output: OutputOptions, token: TokenArgument = "", token_file: TokenFile = None) -> int:
    """Show what is in a token, and whether its signature holds.

    \b
    Examples:
      agora token inspect 007eJxTY...
      agora token inspect --tokenFile token.txt --json

    The signature is checked where AGORA_APP_CERTIFICATE is set. The token is data: it can be inspected after
    it expired, and mistakes are warnings here.
    """
    console = output.console()
    read = parse(_token_text(token, token_file))
    certificate = credentials.certificate()
    now_s = int(time.time())
    wrong = mistakes(read, Wanted(certificate=certificate), now_s)
    found = document(read, certificate, wrong, now_s)
    if output.json:
        console.result(found)
        return 0
    for name, value in facts(read, found):
        console.line(f"{name:<10} {value}")
    console.table(["service", "for", "privilege", "left"], rows(read, now_s))
    for mistake in wrong:
        console.warn(mistake.message)
        if mistake.hint:
            console.hint(mistake.hint)
    return 0


def verify(
    output: OutputOptions,
    token: TokenArgument = "",
    token_file: TokenFile = None,
    app_id: AppId = "",
    channel_id: ChannelOption = "",
    user_id: Annotated[str, Option("--userId", "--user", "-u", help="User id or account.", metavar="ID")] = "",
    service: Annotated[str, Option("--service", help="What it is to be used for.", metavar="NAME")] = "",
) -> int:
    """Ask whether the channel would take a token.

    \b
    Examples:
      agora token verify 007eJxTY... --channelId demo --userId 7
      agora token verify --service rtm --userId alice --tokenFile token.txt

    The exit code is 0 for yes and 4 for no. AGORA_APP_CERTIFICATE must be set. What is not named (channel,
    user, App ID, service) is not checked.
    """
    console = output.console()
    certificate = _needed_certificate("`agora token inspect` reads a token without it")
    wanted = Wanted(
        app_id=_app_id(app_id) if app_id else None,
        certificate=certificate,
        channel=check_channel(channel_id) if channel_id else None,
        user=check_user(user_id) if user_id else None,
        service=_service_type(service) if service else None,
    )
    read = parse(_token_text(token, token_file))
    now_s = int(time.time())
    wrong = mistakes(read, wanted, now_s)
    refused = [mistake for mistake in wrong if mistake.number is not None]
    for mistake in wrong:
        if mistake not in refused[:1]:
            console.warn(mistake.message)
    if refused:
        first = refused[0]
        raise TokenError(first.code, f"{first.message} ({first.number})", first.hint, first.number or 0)
    console.result(document(read, certificate, wrong, now_s), f"ok: {summary(read)}, {left(read.expires_s, now_s)}")
    return 0


app.command("build", cls=GroupedHelp)(grouped(build))
app.command("inspect", cls=GroupedHelp)(grouped(inspect))
app.command("verify", cls=GroupedHelp)(grouped(verify))


def _granted(grant: GrantOptions, token_life_s: int) -> Iterator[Service]:
    life_s = token_life_s
    if grant.privilege_expire:
        life_s = credentials.token_life_s(grant.privilege_expire, "--privilegeExpire")
    user = "" if grant.user_id == ASSIGNED else check_user(grant.user_id)
    for name in grant.service or ["rtc"]:
        kind = _service_type(name)
        if kind in (RTC, RTM):
            yield credentials.grant(kind, grant.channel_id, grant.user_id, grant.role, life_s)
            continue
        fields = KINDS[kind].fields
        # Chat and apaas have user and app tokens: naming a user (and a room) asks for the narrower one.
        yield Service(
            kind,
            {privilege: life_s for privilege in _privileges(kind, user, grant.room)},
            channel=check_channel(grant.channel_id) if "channel" in fields else "",
            user=user if "user" in fields else "",
            room=grant.room if "room" in fields else "",
            role=grant.room_role if "role" in fields else kinds.NO_ROLE,
            resources=tuple(map(_resource, grant.resource or [])) if "resources" in fields else (),
        )


def _privileges(kind: int, user: str, room: str) -> list[int]:
    if kind == kinds.CHAT:
        return [1 if user else 2]
    if kind == kinds.APAAS:
        return [(1 if room else 2) if user else 3]
    return list(KINDS[kind].privileges)


def _resource(text: str) -> Resource:
    kind, _, rest = text.partition(":")
    permission, _, names = rest.partition(":")
    if kind not in RESOURCES or permission not in PERMISSIONS or not names:
        raise UsageError(
            "rtm2-resource",
            f"--resource must be KIND:read|write:NAMES, got {text!r}",
            hint=f"kinds: {' '.join(RESOURCES)}",
        )
    return Resource(RESOURCES.index(kind), PERMISSIONS.index(permission), tuple(names.split(",")))


def _service_type(name: str) -> int:
    if name not in TYPES:
        raise UsageError("token-service", f"--service has no {name!r}", hint=f"services: {' '.join(TYPES)}")
    return TYPES[name]


def _app_id(text: str) -> str:
    if not is_app_id(text):
        got = f"{text!r}" if text else "none"
        raise UsageError("app-id", f"App ID must be 32 hex digits, got {got}", hint="give --appId or AGORA_APP_ID")
    return text


def _needed_certificate(hint: str | None = None) -> str:
    certificate = credentials.certificate()
    if certificate is None:
        raise UsageError(
            "app-certificate",
            f"{credentials.CERTIFICATE} is not set",
            hint=hint or "it stands in the project's settings in the vendor's console; it is never given as an option",
        )
    return certificate


def _token_text(text: str, file: Path | None) -> str:
    """Return the token to look at: from an argument, AGORA_TOKEN, a file or stdin."""
    if file is not None and text in ("", os.environ.get(credentials.TOKEN, "")):
        return credentials.read_secret(file, "token")
    if file is not None:
        raise UsageError("token-twice", "give a token or --tokenFile, not both")
    if text == "-":
        return credentials.read_secret(Path("-"), "token")
    if not text:
        raise UsageError(
            "no-token", "no token is given", hint="as an argument, - for stdin, --tokenFile or AGORA_TOKEN"
        )
    return text.strip()
