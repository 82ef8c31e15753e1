"""console.py: what is said to a person is clean, what a program reads is exact."""

import json

import pytest

from agora_cli.errors import InputError
from agora_cli.terminal.console import Console


def test_what_others_wrote_reaches_a_person_as_visible_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(json_output=True, quiet=False)
    console.status("user \x1b]0;owned\x07 joined")
    console.warn("\x9b2J")
    console.error(InputError("bad", "a\bb\x1b[m"))
    shown = capsys.readouterr()
    lines = ["user \\x1b]0;owned\\x07 joined", "warning: \\x9b2J", "error: a\\x08b\\x1b[m"]
    assert shown.err.splitlines() == lines
    assert json.loads(shown.out)["error"]["message"] == "a\bb\x1b[m"


def test_a_cell_in_brackets_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    Console(json_output=False, quiet=False).table(["user"], [["[red]anna[/]"], ["a\x1b[m\nb"]])
    shown = capsys.readouterr().out
    assert "[red]anna[/]" in shown
    assert "a\\x1b[m" in shown


@pytest.mark.parametrize(
    ("environ", "is_terminal", "coloured"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
        ({}, True, False),
    ],
)
def test_the_word_that_matters_is_coloured_on_a_terminal(
    environ: dict[str, str],
    is_terminal: bool,
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)
    Console(json_output=False, quiet=False).warn("beware: of this")
    expected = "\x1b[33mwarning:\x1b[0m beware: of this\n" if coloured else "warning: beware: of this\n"
    assert capsys.readouterr().err == expected
