"""The one door to Typer's private copy of click: what is not imported here, this package does not use.

Typer makes its commands of these classes and gives them no public name; when a new Typer moves them, this file follows.
"""

from typer._click import Command, Context, Parameter
from typer._click.exceptions import ClickException, NoSuchOption

__all__ = ["ClickException", "Command", "Context", "NoSuchOption", "Parameter", "complete_words", "completion_script"]


def completion_script(program: str, shell: str) -> str:
    """Return what a shell (bash, zsh or fish) has to read so that TAB asks `program`."""
    from typer._completion_shared import get_completion_script

    return get_completion_script(prog_name=program, complete_var=completion_variable(program), shell=shell)


def completion_variable(program: str) -> str:
    """Return the environment variable by which a shell asks for completions."""
    return f"_{program.upper()}_COMPLETE"


def complete_words() -> None:
    """Let the next command line, where the variable is set, answer the shell instead of running."""
    from typer._completion_classes import completion_init

    completion_init()
