"""The door to the compiled core: `ffi`, `lib`, and a status code turned into an exception."""

from agora_cli.errors import InputError, UnavailableError

try:
    from agora_cli.native._core import ffi, lib
except ImportError as error:  # a source tree that was never built
    raise UnavailableError(
        "native-core",
        f"the native core is not built: {error}",
        hint="install the package with pip, or type `make native` in a checkout",
    ) from error

__all__ = ["NativeError", "check", "ffi", "lib", "status_text"]


class NativeError(InputError):
    """The core refused its input. `offset` is the byte where, or None."""

    def __init__(self, status: int, offset: int | None = None) -> None:
        where = "" if offset is None else f" at byte {offset}"
        super().__init__("malformed-media", status_text(status) + where)
        self.status = status
        self.offset = offset


def status_text(status: int) -> str:
    """Return the core's own text for a status code."""
    return str(ffi.string(lib.agora_status_text(status)).decode("ascii"))


def check(status: int, offset: int | None = None) -> int:
    """Return a status that is not negative, else raise NativeError with the core's text."""
    if status < 0:
        raise NativeError(status, offset)
    return status
