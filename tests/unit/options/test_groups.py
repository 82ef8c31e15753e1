"""groups.py: an empty text for an option is a mistake of the caller (`--duration "$UNSET"`), never "not given"."""

import pytest

from agora_cli import app
from agora_cli.options.click import Command

# Their commands know an empty message from none, and say what a message may be.
MESSAGES = {("send-data", "--message"), ("rtm-chat", "--message")}


def every_command() -> list[tuple[tuple[str, ...], Command]]:
    """Return each command of the tool with the words that call it."""
    found: list[tuple[tuple[str, ...], Command]] = []
    for name in app.COMMANDS:
        command = app.load(name)
        below = getattr(command, "commands", {})
        found += [((name, word), child) for word, child in below.items()] or [((name,), command)]
    return found


TEXTS = [
    (*words, parameter.opts[0])
    for words, command in every_command()
    for parameter in command.params
    if parameter.param_type_name == "option"
    and not getattr(parameter, "is_flag", False)
    and (words[0], parameter.opts[0]) not in MESSAGES
]


@pytest.mark.parametrize("line", TEXTS, ids=" ".join)
def test_an_empty_value_is_a_usage_error_that_names_the_option(
    line: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run([*line, ""]) == 2
    assert line[-1] in capsys.readouterr().err


def test_the_list_has_what_was_once_taken_for_unset() -> None:
    assert {
        ("record", "--duration"),
        ("send-h264", "--fps"),
        ("record", "--output"),
        ("token", "build", "--channelId"),
    } <= {*TEXTS}


def test_an_empty_argument_and_an_empty_line_of_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(["vad-dump", ""]) == 2
    assert "FILE" in capsys.readouterr().err
    home = tmp_path_factory.mktemp("config")
    (home / "agora").mkdir()
    (home / "agora" / "config.toml").write_text('[record]\nduration = ""\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    assert app.run(["record", "--channelId", "x"]) == 2
    assert "--duration is empty" in capsys.readouterr().err


def test_help_is_help_beside_an_empty_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["record", "--duration", "", "--help"]) == 0
    assert "--duration" in capsys.readouterr().out
