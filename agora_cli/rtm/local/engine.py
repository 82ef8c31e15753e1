"""Log in to the channels of this machine."""

from pathlib import Path

from agora_cli.mesh.rendezvous import namespace_directory
from agora_cli.mesh.session import open_mesh
from agora_cli.rtm.base import RtmSpec
from agora_cli.rtm.local.client import LocalRtmClient
from agora_cli.rtm.local.store import Store


class LocalRtmEngine:
    """Channels that live in one directory of this machine."""

    name = "local"

    def __init__(self, runtime_dir: Path) -> None:
        self._runtime_dir = runtime_dir

    def login(self, spec: RtmSpec) -> LocalRtmClient:
        """Log in; a token is not looked at. Raises RefusedError, NetworkError or UnavailableError: see open_mesh."""
        mesh = open_mesh(spec.app_id, self._runtime_dir)
        try:
            return LocalRtmClient(mesh, Store(namespace_directory(self._runtime_dir, spec.app_id)), spec)
        except BaseException:
            mesh.close()
            raise
