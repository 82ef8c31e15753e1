"""From the options of rtm-chat to a client that is logged in."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from agora_cli.commands._channel.join import sdk_dir, tell_local
from agora_cli.engines.choose import choose_engine_name
from agora_cli.errors import UsageError
from agora_cli.names import is_app_id
from agora_cli.options.channel import ChannelOptions
from agora_cli.options.credentials import admit, certificate, gather
from agora_cli.rtm.base import RtmClient, RtmEngine, RtmSpec
from agora_cli.terminal.console import Console
from agora_cli.tokens.services import RTM
from agora_cli.tokens.stay import Grant
from agora_cli.tokens.verdict import Wanted


def log_in(
    options: ChannelOptions, user: str, rate: Literal["raise", "wait", "unlimited"], console: Console
) -> RtmClient:
    """Log in to the engine that the options choose; an own certificate makes the token."""
    secret = gather(replace(options, user_id=user), RTM)
    spec = RtmSpec(options.app_id or "default", user, secret.token, rate=rate, mint_token=secret.mint_token)
    client = _engine(options, spec, console).login(spec)
    console.status(f"logged in as {user}")
    return client


def _engine(options: ChannelOptions, spec: RtmSpec, console: Console) -> RtmEngine:
    name = choose_engine_name(options.engine, options.app_id)
    if name == "gateway":
        raise UsageError("gateway-sends-only", "--engine gateway only sends media: it carries no messages")
    if name == "sdk":
        from agora_cli.rtm.sdk.engine import SdkRtmEngine

        console.status("engine: sdk (Agora's network)")
        return SdkRtmEngine(sdk_dir(os.environ))
    from agora_cli.mesh.failures import foreign_errors

    foreign_errors()  # raises exit 7 with the way to install it where zenoh is missing
    from agora_cli.mesh.directory import default_runtime_dir
    from agora_cli.rtm.local.engine import LocalRtmEngine

    tell_local(options, console)
    return LocalRtmEngine(default_runtime_dir(os.environ), console.warn, _gate(spec))


def _gate(spec: RtmSpec) -> Callable[[str | None], Grant | None] | None:
    """Return what asks for a token as Agora's network does, None without a certificate or without an App ID."""
    own = certificate()
    if own is None or not is_app_id(spec.app_id):
        return None
    return lambda token: admit(token, Wanted(spec.app_id, own, user=spec.user, service=RTM), int(time.time()))
