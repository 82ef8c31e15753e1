"""Channels on this machine, between the processes of one user: no account, no daemon, no network."""

from agora_cli.engines.local.engine import LocalEngine

__all__ = ["LocalEngine"]
