"""text.py: nothing that a stranger wrote steers the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.terminal.text import clean


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain, käse, 日本, 👩\u200d🚀", "plain, käse, 日本, 👩\u200d🚀"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("a\bb\x7f\r\n", "a\\x08b\\x7f\\x0d\\x0a"),
        ("\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_what_steers_is_seen(text: str, seen: str) -> None:
    assert clean(text) == seen


@given(st.text(alphabet=st.characters()))
def test_nothing_that_steers_is_left(text: str) -> None:
    assert not any(unicodedata.category(one) in ("Cc", "Zl", "Zp", "Cs") for one in clean(text))
