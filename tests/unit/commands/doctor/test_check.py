"""diagnostics/check.py: an expected failure is a row, a bug is not hidden."""

import pytest

from agora_cli.commands.doctor.check import Check, guarded, ok, problem, warning
from agora_cli.errors import UnavailableError


def test_rows() -> None:
    assert ok("a", "b") == Check("a", "ok", "b", None)
    assert warning("a", "b", "c") == Check("a", "warning", "b", "c")
    assert problem("a", "b") == Check("a", "problem", "b", None)


def test_expected_failures_become_problems() -> None:
    def refuse() -> Check:
        raise UnavailableError("x", "no model", "install it")

    def no_module() -> Check:
        raise ModuleNotFoundError("No module named 'av'")

    def no_file() -> Check:
        raise PermissionError(13, "Permission denied", "/run/x")

    assert guarded("model", refuse, "reinstall") == problem("model", "no model", "install it")
    assert guarded("av", no_module, "reinstall") == problem(
        "av", "ModuleNotFoundError: No module named 'av'", "reinstall"
    )
    assert "Permission denied" in guarded("file", no_file).detail
    assert guarded("fine", lambda: ok("fine", "yes")) == ok("fine", "yes")


def test_a_bug_is_not_a_row() -> None:
    with pytest.raises(ZeroDivisionError):
        guarded("bug", lambda: ok("bug", str(1 // 0)))
