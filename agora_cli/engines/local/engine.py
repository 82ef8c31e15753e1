"""Open local channels; the connections of one engine share one zenoh session a namespace."""

import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from agora_cli.engines.base import ConnectionSpec, Gate
from agora_cli.engines.encryption import checked
from agora_cli.engines.local.cipher import Cipher, Plain
from agora_cli.engines.local.connection import LocalConnection
from agora_cli.engines.local.gcm import GcmCipher
from agora_cli.engines.local.keys import Keys, parse_token
from agora_cli.errors import UsageError
from agora_cli.mesh.failures import translated
from agora_cli.mesh.session import Mesh, open_mesh, silence
from agora_cli.names import ASSIGNED, UID_MAX

_TOKENS_TIMEOUT_S = 1.0


class LocalEngine:
    """Channels on this machine; `runtime_dir` is where its processes meet (mesh.default_runtime_dir).

    With a `gate`, tokens are asked for as on Agora's network: at the door, and again at their end. `warn` is told
    of processes that were there and did not answer.
    """

    def __init__(
        self, runtime_dir: Path, gate: Gate | None = None, warn: Callable[[str], None] = lambda text: None
    ) -> None:
        self._runtime_dir = runtime_dir
        self._gate = gate
        self._warn = warn
        self._lock = threading.Lock()
        self._meshes: dict[str, tuple[Mesh, int]] = {}

    @property
    def name(self) -> str:
        """Return "local"."""
        return "local"

    def open(self, spec: ConnectionSpec) -> LocalConnection:
        """Join a channel; `spec.app_id` is its namespace.

        Returns when everybody present will receive our first unit, and we theirs. Raises RefusedError for a
        runtime directory that others can enter or a token that the gate refuses, NetworkError when no link can be
        made, UnavailableError without zenoh or with an option that this engine has not.
        """
        grant = self._gate(spec.token, spec) if self._gate is not None else None
        for line in grant.warnings if grant is not None else ():
            self._warn(line)
        cipher = _cipher(spec)
        for name in spec.parameters:
            raise UsageError("parameter", f"the local engine has no parameter {name!r}")
        mesh = self._acquire(spec.app_id, spec.timeout_s)
        try:
            user = spec.user if spec.user != ASSIGNED else _free_user(mesh, spec.channel)
            connection = LocalConnection(mesh, spec, user, cipher, lambda: self._release(spec.app_id))
            if grant is not None and self._gate is not None:
                connection.stay_until(grant, self._gate)
            return connection
        except BaseException:
            self._release(spec.app_id)
            raise

    def _acquire(self, namespace: str, timeout_s: float) -> Mesh:
        with self._lock:
            known = self._meshes.get(namespace)
            mesh, users = known or (open_mesh(namespace, self._runtime_dir, timeout_s), 0)
            self._meshes[namespace] = (mesh, users + 1)
        for line in silence(mesh) if known is None else ():
            self._warn(line)
        return mesh

    def _release(self, namespace: str) -> None:
        with self._lock:
            mesh, users = self._meshes.pop(namespace)
            if users > 1:
                self._meshes[namespace] = (mesh, users - 1)
            else:
                mesh.close()


def _cipher(spec: ConnectionSpec) -> Cipher:
    asked = spec.encryption
    if asked is None:
        return Plain()
    return GcmCipher(checked(asked.mode, asked.key, asked.salt), spec.app_id, spec.channel)


def _free_user(mesh: Mesh, channel: str) -> str:
    with translated("list who is in the channel"):
        tokens = mesh.session.liveliness().get(Keys.of(channel).tokens(), timeout=_TOKENS_TIMEOUT_S)
        taken = {parse_token(str(reply.ok.key_expr))[0] for reply in tokens if reply.ok is not None}
    while (user := str(1 + secrets.randbelow(UID_MAX))) in taken:
        continue
    return user
