"""native/selftest.py: a good core passes, every compiled function is covered, and a wrong one is named."""

import pytest

from agora_cli.native import selftest
from agora_cli.native.ffi import lib


def test_a_good_core_gives_the_known_answers() -> None:
    assert selftest.wrong_functions() == []


def test_every_function_that_is_compiled_in_has_known_answers() -> None:
    assert set(selftest.functions()) <= selftest.covered(), "add its answers to native/selftest.py"
    assert "agora_status_text" in selftest.functions()


class Wrong:
    """The core with one function that answers 0."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        return (lambda *args: 0) if name == self._name else getattr(lib, name)

    def __dir__(self) -> list[str]:
        return dir(lib)


@pytest.mark.parametrize("name", ["agora_level_dbov", "agora_level_s16", "agora_level_limit_luma"])
def test_a_wrong_function_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "lib", Wrong(name))
    assert name in selftest.wrong_functions()
