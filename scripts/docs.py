"""Write what is made from the live command tree: `agora_cli/help/`, `words.txt` and the pages of docs/reference/.

`make docs` runs it; tests/cli/test_help.py fails while any of them is out of date.
"""

from pathlib import Path

import typer
from typer.core import TyperGroup

from agora_cli.app import COMMANDS, application, load, option_names
from agora_cli.options.click import Command, Context
from agora_cli.options.groups import HELP_ALL

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
HELP = ROOT / "agora_cli" / "help"
WIDTH = 100
SCREEN = 80


def help_text(command: Command, name: str, *, kind: str = "--help", width: int = WIDTH) -> str:
    """Return the help of a command as a pipe would see it, whatever terminal this is; `kind` is what asks for it."""
    context = Context(command, info_name=name, terminal_width=width, max_content_width=width)
    context.meta[kind] = True
    return command.get_help(context) + "\n"


def root_help() -> str:
    """Return the live text of `agora --help`."""
    return help_text(typer.main.get_command(application), "agora", width=SCREEN)


def reference() -> dict[str, str]:
    """Return the text of each page of the reference by its file name: a page a command, and README.md names them."""
    return {"README.md": index()} | {f"{name}.md": page(name) for name in COMMANDS}


def index() -> str:
    """Return the page that names the others."""
    rows = "\n".join(f"| [`{name}`]({name}.md) | {line} |" for name, line in COMMANDS.items())
    return (
        f"# Reference\n\nMade by `make docs` from the live commands.\n\n| command | what it does |\n|---|---|\n{rows}\n"
    )


def page(name: str) -> str:
    """Return one command's page: its help, and that of the commands in it."""
    command = load(name)
    parts = [section("#", f"agora {name}", command)]
    if isinstance(command, TyperGroup):
        parts += [section("##", f"agora {name} {sub}", command.commands[sub]) for sub in command.commands]
    return "\n".join(parts)


def section(heading: str, name: str, command: Command) -> str:
    """Return one command's whole help under a Markdown heading."""
    return f"{heading} `{name}`\n\n```text\n{help_text(command, name, kind=HELP_ALL)}```\n"


def words() -> str:
    """Return what the configuration may speak of: a line of all commands, a line of all options, without dashes."""
    found: set[str] = set()
    for name in COMMANDS:
        command = load(name)
        for each in command.commands.values() if isinstance(command, TyperGroup) else [command]:
            found |= set(option_names(each))
    return f"{' '.join(COMMANDS)}\n{' '.join(sorted(found))}\n"


def stored_helps() -> dict[str, str]:
    """Return what each `--help` prints, at 80 columns, by its file name: `agora.txt`, `agora-token-build.txt`."""
    texts = {"agora.txt": root_help()}
    for name in COMMANDS:
        command = load(name)
        texts[f"agora-{name}.txt"] = help_text(command, f"agora {name}", width=SCREEN)
        for sub, each in command.commands.items() if isinstance(command, TyperGroup) else ():
            texts[f"agora-{name}-{sub}.txt"] = help_text(each, f"agora {name} {sub}", width=SCREEN)
    return texts


def replace_all(folder: Path, texts: dict[str, str]) -> None:
    """Make `folder` hold these texts by file name, and no other file."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def write() -> None:
    """Write the stored help, the known words, and every page; remove the page of a command that is no more."""
    replace_all(HELP, stored_helps())
    (ROOT / "agora_cli" / "words.txt").write_text(words(), encoding="utf-8")
    replace_all(REFERENCE, reference())


if __name__ == "__main__":
    write()
