"""Write what is made from the live command tree: `agora_cli/help.txt` and the reference in README.md.

`make docs` runs it; tests/cli/test_help.py fails while either is out of date.
"""

import re
from pathlib import Path

import typer
from typer.core import TyperGroup

from agora_cli.app import COMMANDS, application, load
from agora_cli.options.click import Command, Context

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- reference: made by `make docs` -->", "<!-- end of reference -->"
WIDTH = 100


def help_text(command: Command, name: str) -> str:
    """Return the help of a command as a pipe would see it, whatever terminal this is."""
    return command.get_help(Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)) + "\n"


def root_help() -> str:
    """Return the live text of `agora --help`."""
    return help_text(typer.main.get_command(application), "agora")


def reference() -> str:
    """Return the README's section with the help of every command."""
    parts = []
    for name in COMMANDS:
        command = load(name)
        parts.append(section(f"agora {name}", command))
        if isinstance(command, TyperGroup):
            parts += [section(f"agora {name} {sub}", command.commands[sub]) for sub in command.commands]
    return "\n".join(parts)


def section(name: str, command: Command) -> str:
    """Return one command's help as a Markdown section."""
    return f"### `{name}`\n\n```text\n{help_text(command, name)}```\n"


def with_reference(readme: str) -> str:
    """Return the README with its reference brought up to date."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    return pattern.sub(lambda _: f"{BEGIN}\n\n{reference()}\n{END}", readme)


if __name__ == "__main__":
    (ROOT / "agora_cli" / "help.txt").write_text(root_help(), encoding="utf-8")
    path = ROOT / "README.md"
    path.write_text(with_reference(path.read_text(encoding="utf-8")), encoding="utf-8")
