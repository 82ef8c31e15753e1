"""Log in to the channels of this machine."""

import time
from collections.abc import Callable
from pathlib import Path

from agora_cli.mesh.directory import namespace_directory
from agora_cli.mesh.session import open_mesh, silence
from agora_cli.reasons import TOKEN_EXPIRED, connection_failure
from agora_cli.rtm.base import RtmSpec
from agora_cli.rtm.local.client import LocalRtmClient
from agora_cli.rtm.local.store import Store
from agora_cli.tokens.stay import Grant, TokenWatch, follow

# From a token to its grant: None where no token is asked for. Raises RefusedError.
RtmGate = Callable[[str | None], Grant | None]


class LocalRtmEngine:
    """Channels that live in one directory of this machine; `warn` is told of processes that did not answer.

    With a `gate`, tokens are asked for as on Agora's network: at the door, and again at their end.
    """

    name = "local"

    def __init__(
        self, runtime_dir: Path, warn: Callable[[str], None] = lambda text: None, gate: RtmGate | None = None
    ) -> None:
        self._runtime_dir = runtime_dir
        self._warn = warn
        self._gate = gate

    def login(self, spec: RtmSpec) -> LocalRtmClient:
        """Log in. Raises RefusedError for a token that the gate refuses, and what open_mesh raises."""
        grant = self._gate(spec.token) if self._gate is not None else None
        mesh = open_mesh(spec.app_id, self._runtime_dir)
        for line in silence(mesh):
            self._warn(line)
        try:
            client = LocalRtmClient(mesh, Store(namespace_directory(self._runtime_dir, spec.app_id)), spec)
        except BaseException:
            mesh.close()
            raise
        if grant is not None and self._gate is not None:
            _watch_token(client, spec, grant, self._gate)
        return client


def _watch_token(client: LocalRtmClient, spec: RtmSpec, grant: Grant, gate: RtmGate) -> None:
    """Warn before the end of the client's token, renew it if that is possible, and log the client out at its end."""

    def renew() -> Grant | None:
        return gate(spec.mint_token()) if spec.mint_token is not None else None

    def expired(text: str) -> None:
        client.end(connection_failure(TOKEN_EXPIRED, text), TOKEN_EXPIRED)

    follow(TokenWatch(grant, time.time(), renew, client.tell, expired), client.stopped)
