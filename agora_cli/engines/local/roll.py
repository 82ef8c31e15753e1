"""Who is alive in which channel of this machine, by name: keys and paths hold hashes, which nobody can read back.

Each stay declares a liveliness token `roll/<namespace>/<channel>/<user>/<pid>` in its namespace, names in hex (the
namespace without a name is `-`). The kernel ends a namespace's directory entry with its process, zenoh the token: what
is listed is alive.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agora_cli.errors import InputError
from agora_cli.mesh.directory import namespace_hash
from agora_cli.mesh.failures import translated
from agora_cli.mesh.rendezvous import namespace_directories
from agora_cli.mesh.session import join_directory

TOKENS_TIMEOUT_S = 1.0
ROLL = "roll/*/*/*/*"
_NAMELESS = "-"


@dataclass(frozen=True, slots=True, order=True)
class Seat:
    """One stay of a user in a channel, and the process it is in."""

    namespace: str
    channel: str
    user: str
    pid: int

    def key(self) -> str:
        """Return the key of its token."""
        namespace = self.namespace.encode().hex() or _NAMELESS
        return f"roll/{namespace}/{self.channel.encode().hex()}/{self.user.encode().hex()}/{self.pid}"


def parse_seat(key: str) -> Seat:
    """Return the seat of a token's key. Raises InputError for a key that is none."""
    parts = key.split("/")
    try:
        root, namespace, channel, user, pid = parts[-5:]
        if root != "roll" or not (namespace and channel and user) or not (pid.isascii() and pid.isdigit()):
            raise ValueError(key)
        own = "" if namespace == _NAMELESS else bytes.fromhex(namespace).decode()
        return Seat(own, bytes.fromhex(channel).decode(), bytes.fromhex(user).decode(), int(pid))
    except ValueError as error:
        raise InputError("wire-token", f"roll token {key!r}: expected roll/<3 names in hex>/<pid>") from error


def seats(runtime_dir: Path) -> list[Seat]:
    """Return every seat of this user's local channels, in order. Raises what joining a namespace raises.

    What another program of this user declares under such a key, but cannot be of its namespace, is left out.
    """
    return sorted({seat for directory in namespace_directories(runtime_dir) for seat in _seats_in(directory)})


def _seats_in(directory: Path) -> Iterator[Seat]:
    with join_directory(directory) as mesh, translated("list the local channels"):
        for reply in mesh.session.liveliness().get(ROLL, timeout=TOKENS_TIMEOUT_S):
            if reply.ok is None:
                continue
            try:
                seat = parse_seat(str(reply.ok.key_expr))
            except InputError:
                continue
            if namespace_hash(seat.namespace) == directory.name:
                yield seat
