"""Where the processes of one user meet: directories that are theirs alone, so that nobody else can knock.

A unix socket lies in its namespace's directory, or, where that path is too long or holds what zenoh reads as
syntax, in a short directory of /tmp whose name stands for it. Both are 0700 and checked: what listens in them is
reached by this user and root only, which is how a neighbour proves who it is. Nothing ever listens on a port.
"""

import hashlib
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from agora_cli.errors import RefusedError

_SOCKET_PATH_MAX_BYTES = 103 if sys.platform == "darwin" else 107
# "/<pid>-<8 hex digits>.ep", with the largest pid that Linux gives.
_ENTRY_BYTES = len("/4194304-01234567.ep")
# They separate the parts of a zenoh endpoint, or of a list of them.
_ENDPOINT_SYNTAX = frozenset("?#;,")


def default_runtime_dir(environ: Mapping[str, str]) -> Path:
    """Return where local channels of this user meet: $XDG_RUNTIME_DIR/agora, else /tmp/agora-<uid>."""
    base = environ.get("XDG_RUNTIME_DIR", "")
    return Path(base) / "agora" if Path(base).is_absolute() else Path(f"/tmp/agora-{os.getuid()}")


def namespace_hash(namespace: str) -> str:
    """Return the 12 hex digits that stand for a namespace in paths and keys."""
    return hashlib.sha256(namespace.encode()).hexdigest()[:12]


def namespace_directory(runtime_dir: Path, namespace: str) -> Path:
    """Return the directory of a namespace, made if need be, after checking that it is ours alone.

    Raises RefusedError when it, or `runtime_dir`, is a link, belongs to another user, or is open to others.
    """
    directory = runtime_dir / namespace_hash(namespace)
    runtime_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_private(runtime_dir)
    directory.mkdir(mode=0o700, exist_ok=True)
    check_private(directory)
    return directory


def meeting_path(directory: Path) -> Path:
    """Return where the sockets of a namespace's directory lie; nothing is made."""
    if len(os.fsencode(directory)) + _ENTRY_BYTES <= _SOCKET_PATH_MAX_BYTES and _ENDPOINT_SYNTAX.isdisjoint(
        str(directory)
    ):
        return directory
    digits = hashlib.sha256(os.fsencode(os.path.realpath(directory))).hexdigest()[:16]
    return Path(f"/tmp/agora-{os.getuid()}-{digits}")


def meeting_directory(directory: Path) -> Path:
    """Return meeting_path(), made if need be. Raises RefusedError when it is a link, another user's, or open."""
    meeting = meeting_path(directory)
    meeting.mkdir(mode=0o700, exist_ok=True)
    check_private(meeting)
    return meeting


def check_private(directory: Path) -> None:
    """Raise RefusedError for a directory that is a link, belongs to another user, or is open to others."""
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode):
        found = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "not a directory"
    elif status.st_uid != os.getuid():
        found = f"owned by user {status.st_uid}, not {os.getuid()}"
    elif status.st_mode & 0o077:
        found = f"open to others: mode {stat.S_IMODE(status.st_mode):04o}, expected 0700"
    else:
        return
    raise RefusedError(
        "runtime-directory",
        f"{directory} is {found}",
        hint="local channels need a directory that is yours alone; set XDG_RUNTIME_DIR to one",
    )
