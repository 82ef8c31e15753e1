"""Options that only Agora's own network has: how a channel command hands them to the sdk engine.

They travel as text in ConnectionSpec.parameters; engines/sdk/parameters.py knows what is allowed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import Option

from agora_cli.engines.sdk.parameters import PARAMETER_PREFIX, read_parameters
from agora_cli.errors import UsageError
from agora_cli.options.groups import SDK_HEADING

AI_SERVER_WARNING = "scenario ai-server is heard by clients in the ai-client scenario only; others get broken sound"


@dataclass(frozen=True, slots=True)
class SdkOptions:
    """How the SDK behaves; with the local engine none of these is allowed."""

    scenario: Annotated[
        str,
        Option(
            "--scenario",
            rich_help_panel=SDK_HEADING,
            help="Audio scenario: default, chorus, meeting, chatroom, game-streaming, ai-server, ai-client.",
            metavar="NAME",
        ),
    ] = ""
    profile: Annotated[
        str,
        Option(
            "--profile",
            rich_help_panel=SDK_HEADING,
            help="Audio profile: default, speech-standard, music-high-quality ...",
            metavar="NAME",
        ),
    ] = ""
    area: Annotated[
        str,
        Option(
            "--area",
            rich_help_panel=SDK_HEADING,
            help="Regions to connect to, of cn,na,eu,as,jp,in; or glob.",
            metavar="LIST",
        ),
    ] = ""
    domain_limit: Annotated[
        bool,
        Option("--domainLimit", rich_help_panel=SDK_HEADING, help="Connect to Agora's own domain names only."),
    ] = False
    param: Annotated[
        list[str] | None,
        Option(
            "--param",
            rich_help_panel=SDK_HEADING,
            help="A private parameter of the SDK, the value as JSON; repeatable.",
            metavar="KEY=VALUE",
        ),
    ] = None
    log_filter: Annotated[
        str,
        Option(
            "--logFilter",
            rich_help_panel=SDK_HEADING,
            help="The SDK's own log: off, critical, error, warn, info, debug.",
            metavar="LEVEL",
        ),
    ] = ""
    log_file: Annotated[
        Path | None,
        Option(
            "--logFile",
            rich_help_panel=SDK_HEADING,
            help="Where the SDK's own log goes; else nowhere that stays.",
        ),
    ] = None
    apm: Annotated[
        str,
        Option(
            "--apm",
            rich_help_panel=SDK_HEADING,
            help="Audio processing: on, off, or some of ns,ains,aec,agc,bghvs,dump.",
            metavar="LIST",
        ),
    ] = ""
    channel_profile: Annotated[
        str,
        Option(
            "--channelProfile",
            rich_help_panel=SDK_HEADING,
            help="Channel profile: live (default) or communication.",
            metavar="NAME",
        ),
    ] = ""
    log_size: Annotated[
        str, Option("--logSize", rich_help_panel=SDK_HEADING, help="Of the SDK's own log, in KB (5120).", metavar="KB")
    ] = ""
    data_dir: Annotated[
        str, Option("--dataDir", rich_help_panel=SDK_HEADING, help="Where the SDK keeps its data.", metavar="DIR")
    ] = ""
    config_dir: Annotated[
        str,
        Option(
            "--configDir", rich_help_panel=SDK_HEADING, help="Where the SDK keeps its configuration.", metavar="DIR"
        ),
    ] = ""
    port_range: Annotated[
        str,
        Option(
            "--portRange",
            rich_help_panel=SDK_HEADING,
            help="Local UDP ports to use, like 40000-40100.",
            metavar="FROM-TO",
        ),
    ] = ""
    reuse_connections: Annotated[
        bool,
        Option(
            "--reuseConnections",
            rich_help_panel=SDK_HEADING,
            help="Use a closed connection again for the next channel.",
        ),
    ] = False

    def parameters(self) -> dict[str, str]:
        """Return what was asked for, checked, as ConnectionSpec.parameters. Raises UsageError."""
        texts = {
            "scenario": self.scenario,
            "profile": self.profile,
            "area": self.area,
            "domainLimit": "1" if self.domain_limit else "",
            "logFilter": self.log_filter,
            "logFile": str(self.log_file) if self.log_file else "",
            "apm": self.apm,
            "channelProfile": self.channel_profile,
            "logSize": self.log_size,
            "dataDir": self.data_dir,
            "configDir": self.config_dir,
            "portRange": self.port_range,
            "reuseConnections": "1" if self.reuse_connections else "",
        }
        texts |= self.of_direction()
        parameters = {key: text for key, text in texts.items() if text} | self._native_parameters()
        read_parameters(parameters)
        return parameters

    def of_direction(self) -> dict[str, str]:
        """Return what only a sender or only a receiver may ask for; "" is not asked for."""
        return {}

    def warnings(self) -> list[str]:
        """Return what the user should know before joining."""
        return [AI_SERVER_WARNING] if self.scenario == "ai-server" else []

    def _native_parameters(self) -> dict[str, str]:
        found = {}
        for text in self.param or []:
            key, equals, value = text.partition("=")
            if not key or not equals:
                raise UsageError("sdk-parameter", f"--param must be KEY=VALUE, got {text!r}")
            found[PARAMETER_PREFIX + key] = value
        return found


@dataclass(frozen=True, slots=True)
class SdkSendOptions(SdkOptions):
    """How the SDK sends."""

    incremental: Annotated[
        str,
        Option(
            "--incremental",
            rich_help_panel=SDK_HEADING,
            help="Send the first MS of sound SPEED (2-5) times as fast.",
            metavar="MS:SPEED",
        ),
    ] = ""
    simulcast: Annotated[
        str,
        Option(
            "--simulcast",
            rich_help_panel=SDK_HEADING,
            help="A small stream beside raw video, like 320x180@15:150k.",
            metavar="WxH@FPS:KBITk",
        ),
    ] = ""
    sdk_codec: Annotated[
        str,
        Option(
            "--sdkCodec",
            rich_help_panel=SDK_HEADING,
            help="What the SDK's own encoder makes of --codec raw: h264 (default), vp8, vp9, av1.",
            metavar="CODEC",
        ),
    ] = ""

    def of_direction(self) -> dict[str, str]:
        """Return what only a sender may ask for."""
        return {"incremental": self.incremental, "simulcast": self.simulcast, "sdkCodec": self.sdk_codec}

    def lead_us(self) -> int:
        """Return how much sound must be at hand to be sent faster than it plays: what --incremental asks for."""
        incremental = read_parameters(self.parameters()).incremental
        return incremental.ms * 1000 if incremental is not None else 0


@dataclass(frozen=True, slots=True)
class SdkReceiveOptions(SdkOptions):
    """How the SDK receives."""

    receive_rate: Annotated[
        str,
        Option(
            "--receiveRate",
            rich_help_panel=SDK_HEADING,
            help="Rate of received sound: 8000, 16000, 24000, 32000, 44100 or 48000 (default).",
            metavar="HZ",
        ),
    ] = ""
    receive_channels: Annotated[
        str,
        Option(
            "--receiveChannels",
            rich_help_panel=SDK_HEADING,
            help="Channels of received sound: 1 (default) or 2.",
            metavar="N",
        ),
    ] = ""
    low_stream: Annotated[
        bool,
        Option("--lowStream", rich_help_panel=SDK_HEADING, help="Receive the small stream of senders who have one."),
    ] = False
    muted_frames: Annotated[
        bool,
        Option(
            "--mutedFrames", rich_help_panel=SDK_HEADING, help="Receive silence of senders who muted themselves, too."
        ),
    ] = False

    def of_direction(self) -> dict[str, str]:
        """Return what only a receiver may ask for."""
        return {
            "sampleRate": self.receive_rate,
            "numOfChannels": self.receive_channels,
            "lowStream": "1" if self.low_stream else "",
            "mutedFrames": "1" if self.muted_frames else "",
        }


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """Where --engine gateway sends to; with another engine none of these is allowed."""

    url: Annotated[
        str,
        Option(
            "--url",
            rich_help_panel=SDK_HEADING,
            help="Of --engine gateway: https://.../whip, or rtmp(s)://HOST/APP of any server.",
            metavar="URL",
        ),
    ] = ""
    region: Annotated[
        str,
        Option(
            "--region",
            rich_help_panel=SDK_HEADING,
            help="Instead of --url, Agora's own: na, eu, ap, cn.",
            metavar="NAME",
        ),
    ] = ""
    stream_key_file: Annotated[
        Path | None,
        Option(
            "--streamKeyFile",
            rich_help_panel=SDK_HEADING,
            help="File with the streaming key, - for stdin (or AGORA_STREAM_KEY in the environment).",
        ),
    ] = None

    def refuse(self, engine: str) -> None:
        """Raise UsageError for an option that another engine has no use for."""
        given = {"--url": self.url, "--region": self.region, "--streamKeyFile": self.stream_key_file}
        for name, value in given.items():
            if value:
                raise UsageError("gateway-option", f"{name} is for --engine gateway, this is {engine}")
