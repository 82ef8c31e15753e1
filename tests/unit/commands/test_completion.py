import pytest

from agora_cli.commands.completion import run
from agora_cli.options.output import OutputOptions


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script_of_its_own(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shell, OutputOptions()) == 0  # type: ignore[arg-type]
    text = capsys.readouterr().out
    assert f"complete_{shell}" in text
    assert "_AGORA_COMPLETE" in text
