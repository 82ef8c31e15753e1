"""Every failure that a user can meet: a code for programs, a message for people, an exit code for CI.

Below `commands/` an error is raised, never printed; `app.py` is the one place that turns it into an exit
code. A message is one line and says what, where (file, byte offset), what was expected and what was found.
"""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command; the table in the README is made from these."""

    OK = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    REFUSED = 4
    NETWORK = 5
    EXPECTATION = 6
    UNAVAILABLE = 7
    CRASHED = 8
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class AgoraError(Exception):
    """Base of all expected failures.

    `code` is a stable lower-case word for programs (`"file-not-found"`), `message` one line without a full
    stop, `hint` an optional line that says what to try. The subclass decides the exit code.
    """

    exit = Exit.BUG

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class UsageError(AgoraError):
    """The command line is wrong: nothing was opened or sent."""

    exit = Exit.USAGE


class InputError(AgoraError):
    """A file or stream cannot be read, understood or written."""

    exit = Exit.INPUT


class RefusedError(AgoraError):
    """The channel refused us: App ID, token, encryption key, user id, ban."""

    exit = Exit.REFUSED


class NetworkError(AgoraError):
    """The link failed or an answer did not come in time."""

    exit = Exit.NETWORK


class ExpectationError(AgoraError):
    """All worked, but what the user asked to see did not happen: no media, no user, loss, latency."""

    exit = Exit.EXPECTATION


class UnavailableError(AgoraError):
    """An engine, library, encoder or model is missing on this machine."""

    exit = Exit.UNAVAILABLE


class StoppedError(AgoraError):
    """A signal came before there was anything to finish; `exit` is 128 + its number."""

    def __init__(self, exit_code: int) -> None:
        super().__init__("stopped", "stopped before any input came")
        self.exit = Exit(exit_code)


class CrashError(AgoraError):
    """A native library died under us; what was recorded until then is on disk."""

    exit = Exit.CRASHED
