"""One row of a diagnosis: what was looked at, how it is, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from agora_cli.errors import AgoraError

Status = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Check:
    """`detail` is one line without a full stop; a warning or a problem has a `fix` wherever there is one."""

    name: str
    status: Status
    detail: str
    fix: str | None = None


def ok(name: str, detail: str) -> Check:
    """Return a row that needs nothing."""
    return Check(name, "ok", detail)


def warning(name: str, detail: str, fix: str | None = None) -> Check:
    """Return a row that something else may trip over."""
    return Check(name, "warning", detail, fix)


def problem(name: str, detail: str, fix: str | None = None) -> Check:
    """Return a row that keeps what it names from working."""
    return Check(name, "problem", detail, fix)


def guarded(name: str, check: Callable[[], Check], fix: str | None = None) -> Check:
    """Return what `check` returns; its expected failures, and those of an import or a file, become a problem."""
    try:
        return check()
    except AgoraError as error:
        return problem(name, error.message, error.hint or fix)
    except (ImportError, OSError) as error:
        return problem(name, f"{type(error).__name__}: {error}".splitlines()[0], fix)
