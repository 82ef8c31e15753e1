"""agora completion"""

from typing import Annotated, Literal

from typer import Argument

from agora_cli.options.click import completion_script
from agora_cli.options.output import OutputOptions

Shell = Literal["bash", "zsh", "fish"]


def run(
    shell: Annotated[Shell, Argument(help="The shell to print the script of.", show_default=False)],
    output: OutputOptions,
) -> int:
    """Print the script that lets TAB complete commands, options, values and files.

    \b
    Examples:
      agora completion bash > ~/.local/share/bash-completion/completions/agora
      agora completion zsh > ~/.zfunc/_agora
      agora completion fish > ~/.config/fish/completions/agora.fish

    To try it in this shell alone: eval "$(agora completion bash)". In zsh, the directory must be in fpath before
    compinit runs.
    """
    console = output.console()
    script = completion_script("agora", shell)
    if console.json_output:
        console.result({"ok": True, "shell": shell, "script": script})
    else:
        console.line(script)
    return 0
