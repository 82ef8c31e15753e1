"""From the options of a channel command to an engine and a specification of what to join."""

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agora_cli.engines.base import Connection, ConnectionSpec, Engine, Publish, Subscribe
from agora_cli.engines.choose import choose_engine_name
from agora_cli.errors import UsageError
from agora_cli.options.channel import ChannelOptions, MediaChannelOptions
from agora_cli.options.credentials import certificate, gather, local_gate, moved, read_secret
from agora_cli.options.impair import impairment_plan
from agora_cli.options.values import duration_s
from agora_cli.sources.base import SourceInfo
from agora_cli.terminal.console import Console

MAX_CONNECTIONS = 256
STREAM_KEY = "AGORA_STREAM_KEY"
# As many hex digits are no name that somebody would choose; with 32 it is an App ID.
NEARLY_APP_ID = r"[0-9a-fA-F]{28,36}"


def open_engine(options: ChannelOptions, console: Console) -> Engine:
    """Return the engine that the options choose, and say which: a fallback in silence would hide mistakes."""
    name = choose_engine_name(options.engine, options.app_id)
    if name == "gateway":
        return open_gateway(options, console)
    if isinstance(options, MediaChannelOptions):
        options.gateway.refuse(f"--engine {name}")
    if name == "local":
        from agora_cli.mesh.failures import foreign_errors

        foreign_errors()  # raises exit 7 with the way to install it where zenoh is missing
        from agora_cli.engines.local.engine import LocalEngine
        from agora_cli.mesh.directory import default_runtime_dir

        tell_local(options, console)
        own = certificate()
        gate = local_gate(own) if own is not None else None
        return LocalEngine(default_runtime_dir(os.environ), gate, console.warn)
    from agora_cli.engines.sdk.engine import SdkEngine

    console.status("engine: sdk (Agora's network)")
    if isinstance(options, MediaChannelOptions):
        for warning in options.sdk.warnings():
            console.warn(warning)
    return SdkEngine(sdk_dir(os.environ), console.json_output)


def open_gateway(options: ChannelOptions, console: Console, environ: Mapping[str, str] = os.environ) -> Engine:
    """Return the engine that sends to the address of the options, with the streaming key of file or environment."""
    from agora_cli.engines.gateway.address import address_of
    from agora_cli.engines.gateway.engine import GatewayEngine

    if not isinstance(options, MediaChannelOptions):
        raise UsageError("gateway-sends-only", "--engine gateway only sends media: it carries no messages")
    file = options.gateway.stream_key_file
    key = read_secret(file, "streaming key") if file is not None else environ.get(STREAM_KEY, "").strip()
    address = address_of(options.gateway.url, options.gateway.region, key)
    console.status(f"engine: gateway ({address.scheme}://{address.host}:{address.port})")
    return GatewayEngine(address)


def tell_local(options: ChannelOptions, console: Console) -> None:
    """Say that the channel is on this machine, and warn where a mistyped App ID may be why."""
    console.status(f"engine: local (this machine, namespace {options.app_id or 'default'})")
    if isinstance(options, MediaChannelOptions) and options.impair:
        console.status(f"impaired link, in what it sends and what it receives: {options.impair}")
    if options.engine == "auto" and re.fullmatch(NEARLY_APP_ID, options.app_id or ""):
        digits = len(options.app_id)
        console.warn(f"--appId has {digits} hex digits, an App ID has 32: taken as the name of a local namespace")


def sdk_dir(environ: Mapping[str, str]) -> Path | None:
    """Return the unpacked SDK that AGORA_SDK_DIR names, None when it names none."""
    named = environ.get("AGORA_SDK_DIR", "")
    return Path(named) if named else None


def connection_spec(
    options: MediaChannelOptions, publish: Publish, subscribe: Subscribe | None = None
) -> ConnectionSpec:
    """Return what to join. Raises UsageError for a missing channel and for values out of range."""
    if options.engine == "gateway" and not options.channel_id:
        options = replace(options, channel_id="gateway")  # its streaming key says which channel it is
    if not options.channel_id:
        raise UsageError("channel-missing", "which channel? --channelId is missing", hint="--channelId demo")
    timeout_s = float(duration_s(options.timeout, "--timeout"))
    impair = impairment_plan(options.impair) if options.impair else None
    secret = gather(options)
    return ConnectionSpec(
        app_id=options.app_id or "default",
        channel=options.channel_id,
        user=options.user_id,
        token=secret.token,
        role=options.role,
        publish=publish,
        subscribe=subscribe,
        encryption=secret.encryption,
        timeout_s=timeout_s,
        mint_token=secret.mint_token,
        parameters=options.sdk.parameters(),
        impair=impair,
    )


def numbered(spec: ConnectionSpec, count: int) -> list[ConnectionSpec]:
    """Return one specification a connection: channels ch, ch1, ch2 ... as the SDK's samples name them."""
    if not 1 <= count <= MAX_CONNECTIONS:
        raise UsageError("connection-number", f"--connectionNumber must be 1 to {MAX_CONNECTIONS}, got {count}")
    return [moved(spec, f"{spec.channel}{number}") if number else spec for number in range(count)]


def publication(info: SourceInfo) -> Publish:
    """Return what a source will publish, for engines that prepare their tracks at open()."""
    audio, video = info.audio, info.video
    return Publish(
        audio="none" if audio is None else "encoded" if audio.codec else "pcm",
        video="none" if video is None else "encoded" if video.codec else "raw",
        audio_codec=audio.codec if audio else None,
        video_codec=video.codec if video else None,
        pixel_format=(video.pixel_format if video else None) or "i420",
        width=video.width if video else 0,
        height=video.height if video else 0,
        bitrate_bps=video.bitrate_bps if video else 0,
        frame_rate=video.frame_rate if video else None,
    )


def link_report(console: Console, connections: Sequence[Connection]) -> dict[str, Any]:
    """Say what --impair did to the packets of these connections, and how many of others were refused, by whom.

    Returns both for --json: `impaired` only with --impair, `refused` by user and reason only where there were any.
    """
    stats = [connection.stats() for connection in connections]
    document: dict[str, Any] = {}
    counts: Counter[str] = sum((Counter(each.impaired) for each in stats), Counter())
    if counts:
        done = ", ".join(f"{counts[name]} {name}" for name in sorted({"lost", *counts} - {"packets"}))
        console.status(f"the link was impaired: {counts['packets']} packets, {done}")
        document["impaired"] = dict(counts)
    refused: dict[str, Counter[str]] = {}
    for each in stats:
        for user, reasons in each.refused.items():
            refused.setdefault(user, Counter()).update(reasons)
    if refused:
        console.warn(f"refused {sum(row.total() for row in refused.values())} packets that are not what they claim")
        document["refused"] = {user: dict(row) for user, row in refused.items()}
    return document


def user_list(users: list[str]) -> frozenset[str]:
    """Return `--from 7 --from 8,9` as a set of user ids."""
    from agora_cli.names import check_user

    return frozenset(check_user(user) for text in users for user in re.split(r",(?=\d)", text))
