"""Log in to the channels of this machine."""

from collections.abc import Callable
from pathlib import Path

from agora_cli.mesh.directory import namespace_directory
from agora_cli.mesh.session import open_mesh, silence
from agora_cli.rtm.base import RtmSpec
from agora_cli.rtm.local.client import LocalRtmClient
from agora_cli.rtm.local.store import Store


class LocalRtmEngine:
    """Channels that live in one directory of this machine; `warn` is told of processes that did not answer."""

    name = "local"

    def __init__(self, runtime_dir: Path, warn: Callable[[str], None] = lambda text: None) -> None:
        self._runtime_dir = runtime_dir
        self._warn = warn

    def login(self, spec: RtmSpec) -> LocalRtmClient:
        """Log in; a token is not looked at. Raises RefusedError, NetworkError or UnavailableError: see open_mesh."""
        mesh = open_mesh(spec.app_id, self._runtime_dir)
        for line in silence(mesh):
            self._warn(line)
        try:
            return LocalRtmClient(mesh, Store(namespace_directory(self._runtime_dir, spec.app_id)), spec)
        except BaseException:
            mesh.close()
            raise
