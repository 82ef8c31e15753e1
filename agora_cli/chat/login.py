"""From the options of rtm-chat to a client that is logged in."""

import os
from dataclasses import replace
from typing import Literal

from agora_cli.console import Console
from agora_cli.credentials import gather
from agora_cli.engines.choose import choose_engine_name
from agora_cli.joining import sdk_dir
from agora_cli.options import ChannelOptions
from agora_cli.rtm.base import RtmClient, RtmEngine, RtmSpec
from agora_cli.tokens.services import RTM

LOGIN_TIMEOUT_S = 10.0


def log_in(
    options: ChannelOptions, user: str, rate: Literal["raise", "wait", "unlimited"], console: Console
) -> RtmClient:
    """Log in to the engine that the options choose; an own certificate makes the token."""
    secret = gather(replace(options, user_id=user), RTM)
    spec = RtmSpec(options.app_id or "default", user, secret.token, LOGIN_TIMEOUT_S, rate, secret.mint_token)
    client = _engine(options, console).login(spec)
    console.status(f"logged in as {user}")
    return client


def _engine(options: ChannelOptions, console: Console) -> RtmEngine:
    if choose_engine_name(options.engine, options.app_id) == "local":
        from agora_cli.mesh import default_runtime_dir
        from agora_cli.rtm.local.engine import LocalRtmEngine

        console.status(f"engine: local (this machine, namespace {options.app_id or 'default'})")
        return LocalRtmEngine(default_runtime_dir(os.environ))
    from agora_cli.rtm.sdk.engine import SdkRtmEngine

    console.status("engine: sdk (Agora's network)")
    return SdkRtmEngine(sdk_dir(os.environ))
