"""click.py: what is used of Typer's private click, pinned, so that a new Typer fails here and says where."""

import pytest
import typer

from agora_cli.options.click import (
    ClickException,
    Command,
    Context,
    NoSuchOption,
    completion_script,
    completion_variable,
)


def send(fps: int = typer.Option(25, "--fps", help="Pictures a second.")) -> None:
    """Send pictures."""
    typer.echo(f"fps {fps}")


@pytest.fixture
def command() -> Command:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(send)
    return typer.main.get_command(app)


def test_typer_makes_its_commands_of_this_class(command: Command) -> None:
    assert isinstance(command, Command)


def test_a_command_names_its_parameters_and_their_options(command: Command) -> None:
    assert [(each.name, each.opts) for each in command.params] == [("fps", ["--fps"])]


def test_a_context_gives_help_at_the_width_that_is_asked_for(command: Command) -> None:
    narrow, wide = (
        command.get_help(Context(command, info_name="agora x", terminal_width=width, max_content_width=width))
        for width in (30, 100)
    )
    assert wide.startswith("Usage: agora x [OPTIONS]\n")
    assert max(map(len, narrow.splitlines())) <= 30 < max(map(len, wide.splitlines()))


def test_a_context_s_default_map_stands_in_for_options_not_given(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(args=[], standalone_mode=False, default_map={"fps": 30})
    assert capsys.readouterr().out == "fps 30\n"


def test_an_unknown_option_is_named_with_what_is_near(command: Command) -> None:
    with pytest.raises(NoSuchOption) as caught:
        command.main(args=["--fpss", "3"], standalone_mode=False)
    assert (caught.value.option_name, caught.value.possibilities) == ("--fpss", ["--fps"])


def test_a_bad_value_is_a_click_exception_that_says_so_in_one_sentence(command: Command) -> None:
    with pytest.raises(ClickException) as caught:
        command.main(args=["--fps", "many"], standalone_mode=False)
    assert "many" in caught.value.format_message()


def test_each_shell_has_a_script_that_asks_by_our_variable() -> None:
    assert completion_variable("agora") == "_AGORA_COMPLETE"
    for shell in ("bash", "zsh", "fish"):
        assert f"_AGORA_COMPLETE=complete_{shell}" in completion_script("agora", shell)
