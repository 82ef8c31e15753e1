"""errors.py: one exit code a kind, as the README promises them."""

import pytest

from agora_cli import errors
from agora_cli.errors import AgoraError, Exit

KINDS = {
    errors.UsageError: 2,
    errors.InputError: 3,
    errors.RefusedError: 4,
    errors.NetworkError: 5,
    errors.ExpectationError: 6,
    errors.UnavailableError: 7,
    errors.CrashError: 8,
}


@pytest.mark.parametrize("kind", KINDS)
def test_exit_codes(kind: type[AgoraError]) -> None:
    error = kind("some-code", "what happened", "what to try")
    assert error.exit == KINDS[kind]
    assert (error.code, error.message, error.hint, str(error)) == (
        "some-code",
        "what happened",
        "what to try",
        "what happened",
    )


def test_every_kind_is_covered() -> None:
    assert set(AgoraError.__subclasses__()) >= set(KINDS)
    assert {Exit.OK, Exit.BUG, Exit.HUNG_UP, Exit.INTERRUPTED, Exit.TERMINATED} == {0, 1, 129, 130, 143}
