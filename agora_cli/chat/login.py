"""From the options of rtm-chat to a client that is logged in."""

import os
from typing import Literal

from agora_cli.console import Console
from agora_cli.options import ChannelOptions
from agora_cli.rtm.base import RtmClient, RtmEngine, RtmSpec


def log_in(
    options: ChannelOptions, user: str, rate: Literal["raise", "wait", "unlimited"], console: Console
) -> RtmClient:
    """Log in to the engine that the options choose."""
    spec = RtmSpec(app_id=options.app_id or "default", user=user, token=options.token or None, rate=rate)
    client = _engine(options, console).login(spec)
    console.status(f"logged in as {user}")
    return client


def _engine(options: ChannelOptions, console: Console) -> RtmEngine:
    from agora_cli.mesh import default_runtime_dir
    from agora_cli.rtm.local.engine import LocalRtmEngine

    console.status(f"engine: local (this machine, namespace {options.app_id or 'default'})")
    return LocalRtmEngine(default_runtime_dir(os.environ))
