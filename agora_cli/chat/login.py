"""From the options of rtm-chat to a client that is logged in."""

import os
import time
from dataclasses import replace
from typing import Literal

from agora_cli.console import Console
from agora_cli.credentials import certificate, checked_end_s, gather
from agora_cli.names import is_app_id
from agora_cli.options import ChannelOptions
from agora_cli.rtm.base import RtmClient, RtmEngine, RtmSpec
from agora_cli.tokens.services import RTM
from agora_cli.tokens.verdict import Wanted


def log_in(
    options: ChannelOptions, user: str, rate: Literal["raise", "wait", "unlimited"], console: Console
) -> RtmClient:
    """Log in to the engine that the options choose.

    The local engine asks for a token as Agora's does where a certificate and an App ID are there: RefusedError.
    """
    secret = gather(replace(options, user_id=user), RTM)
    own = certificate()
    if own is not None and is_app_id(options.app_id):
        checked_end_s(secret.token, Wanted(options.app_id, own, user=user, service=RTM), int(time.time()))
    spec = RtmSpec(options.app_id or "default", user, secret.token, rate=rate, mint_token=secret.mint_token)
    client = _engine(options, console).login(spec)
    console.status(f"logged in as {user}")
    return client


def _engine(options: ChannelOptions, console: Console) -> RtmEngine:
    from agora_cli.mesh import default_runtime_dir
    from agora_cli.rtm.local.engine import LocalRtmEngine

    console.status(f"engine: local (this machine, namespace {options.app_id or 'default'})")
    return LocalRtmEngine(default_runtime_dir(os.environ))
