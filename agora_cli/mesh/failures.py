"""The one place where a foreign failure (zenoh's or the system's) becomes one of ours."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from agora_cli.errors import AgoraError, InputError, NetworkError, RefusedError, UnavailableError

_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM}


def foreign_errors() -> tuple[type[Exception], ...]:
    """Return the exception types that `translate` knows. Raises UnavailableError where zenoh is missing."""
    try:
        import zenoh
    except ImportError as error:
        raise translate(error, "load zenoh") from error
    return (zenoh.ZError, OSError)


def translate(error: Exception, doing: str) -> AgoraError:
    """Return our error for a foreign one; `doing` completes "cannot ..." in its message."""
    message = f"cannot {doing}: {_one_line(error)}"
    if isinstance(error, ImportError):
        return UnavailableError(
            "zenoh-missing",
            message,
            hint="python -m pip install 'eclipse-zenoh==1.10.*'; there is no wheel for musl-based systems",
        )
    if isinstance(error, OSError) and error.errno in _DENIED:
        return RefusedError("local-channel-denied", message, hint="set XDG_RUNTIME_DIR to a directory of your own")
    if isinstance(error, OSError) and error.errno in _FULL:
        return InputError("local-channel-resources", message)
    return NetworkError("local-channel", message)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise foreign failures of the body as ours; not for the path of every frame (it costs 2 us)."""
    try:
        yield
    except foreign_errors() as error:
        raise translate(error, doing) from error


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}"
    text = " ".join(str(error).split())
    # zenoh appends where in its own source the error was made: " at /root/.cargo/....rs:123."
    return text.split(" at /", 1)[0].rstrip(".") or type(error).__name__
