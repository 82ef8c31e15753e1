"""Which channel, as whom, over which engine."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from typer import Option

from agora_cli.names import ASSIGNED
from agora_cli.options.sdk import GatewayOptions, SdkOptions, SdkReceiveOptions, SdkSendOptions

EngineChoice = Literal["auto", "local", "sdk", "gateway"]


RoleName = Literal["broadcaster", "audience"]


@dataclass(frozen=True, slots=True)
class ChannelOptions:
    """Which channel, as whom, over which engine."""

    channel_id: Annotated[
        str,
        Option(
            "--channelId",
            "-c",
            envvar="AGORA_CHANNEL_ID",
            rich_help_panel="Channel",
            help="Channel name.",
            metavar="NAME",
        ),
    ] = ""
    app_id: Annotated[
        str,
        Option(
            "--appId",
            envvar="AGORA_APP_ID",
            rich_help_panel="Channel",
            help="App ID (32 hex digits), or a local namespace.",
            metavar="ID",
        ),
    ] = ""
    user_id: Annotated[
        str,
        Option(
            "--userId", "-u", rich_help_panel="Channel", help="User id; 0 lets the channel assign one.", metavar="ID"
        ),
    ] = ASSIGNED
    token: Annotated[
        str,
        Option(
            "--token",
            envvar="AGORA_TOKEN",
            rich_help_panel="Security",
            help="Token; safer: --tokenFile.",
            metavar="TEXT",
            show_default=False,
        ),
    ] = dataclasses.field(default="", repr=False)
    token_file: Annotated[
        Path | None, Option("--tokenFile", rich_help_panel="Security", help="File with the token, - for stdin.")
    ] = None
    engine: Annotated[
        EngineChoice, Option("--engine", envvar="AGORA_ENGINE", rich_help_panel="Channel", help="Which network to use.")
    ] = "auto"
    role: Annotated[RoleName, Option("--role", rich_help_panel="Channel", help="Audience cannot send.")] = "broadcaster"
    encryption_mode: Annotated[
        str, Option("--encryptionMode", rich_help_panel="Security", help="For instance aes-256-gcm2.", metavar="MODE")
    ] = ""
    encryption_key_file: Annotated[
        Path | None,
        Option(
            "--encryptionKeyFile",
            rich_help_panel="Security",
            help="File with the key (or AGORA_ENCRYPTION_KEY in the environment).",
        ),
    ] = None
    encryption_salt: Annotated[
        str, Option("--encryptionSalt", rich_help_panel="Security", help="32 bytes as base64.", metavar="BASE64")
    ] = ""
    timeout: Annotated[
        str, Option("--timeout", rich_help_panel="Channel", help="How long to wait for the connection.", metavar="TIME")
    ] = "10s"


@dataclass(frozen=True, slots=True)
class MediaChannelOptions(ChannelOptions):
    """A channel that carries media, and what only Agora's own network has."""

    sdk: SdkOptions = SdkOptions()
    gateway: GatewayOptions = GatewayOptions()
    impair: Annotated[
        str,
        Option(
            "--impair",
            rich_help_panel="Channel",
            help="Rehearse a bad network on this machine: loss=5%,burst=4,delay=80ms,jitter=20ms,reorder=1%,dup=1%,"
            "rate=1M,outage=2s@10s,corrupt=0.1%,seed=7; audio:loss=5% for one medium.",
            metavar="WORDS",
        ),
    ] = ""


@dataclass(frozen=True, slots=True)
class SendChannelOptions(MediaChannelOptions):
    """A channel that media is sent into."""

    sdk: SdkSendOptions = SdkSendOptions()


@dataclass(frozen=True, slots=True)
class ReceiveChannelOptions(MediaChannelOptions):
    """A channel that media is received from."""

    sdk: SdkReceiveOptions = SdkReceiveOptions()
