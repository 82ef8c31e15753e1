"""The entry point: answer every `--help`, and `--version`, from a file, hand everything else to the app.

Start-up is a feature: importing typer costs five times an empty interpreter, so the commonest calls do not.
`tests/cli/test_help.py` holds the stored texts to the live ones; `make docs` writes them.
"""

import os
import sys

from agora_cli.terminal import streams


def main() -> None:
    """Run the command line of this process and exit with its code."""
    try:
        streams.install()
        argv = sys.argv[1:]
        if "_AGORA_COMPLETE" in os.environ:  # a shell asks what TAB may become
            from agora_cli.app import complete

            sys.exit(complete())
        if argv == ["--version"]:
            from agora_cli import __version__

            sys.exit(_print(f"agora {__version__}\n"))
        if (text := _stored_help(argv)) is not None:
            sys.exit(_print(text))
        from agora_cli.terminal.interrupts import leave_on_signals

        leave_on_signals("--json" in argv)
        from agora_cli.app import run

        sys.exit(run(argv))
    except KeyboardInterrupt:
        sys.exit(130)


def _stored_help(argv: list[str]) -> str | None:
    """Return what `agora [COMMAND ..] --help`, `-h` or `agora help [COMMAND ..]` prints; None for any other line."""
    words = argv[1:] if argv[:1] == ["help"] else argv[:-1] if argv[-1:] in (["--help"], ["-h"]) else argv
    if (words == argv and argv) or not all(word.replace("-", "").isalpha() and word[0] != "-" for word in words):
        return None
    folder = __file__.removesuffix("__main__.py")
    try:
        # noqa reason: pathlib costs more than all the rest
        with open(f"{folder}help/{'-'.join(['agora', *words])}.txt", encoding="utf-8") as file:  # noqa: PTH123
            return file.read()
    except FileNotFoundError:
        return None  # no such command: the app says so


def _print(text: str) -> int:
    from agora_cli.errors import InputError

    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except InputError as error:
        sys.stderr.write(f"error: {error.message}\n")
        return error.exit
    return 0


if __name__ == "__main__":
    main()
