"""The entry point: answer `--help` and `--version` from a file, hand everything else to the app.

Start-up is a feature: importing typer costs five times an empty interpreter, so the two commonest calls do
not. `tests/cli/test_help.py` holds the stored text to the live one; `make docs` writes it.
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
        if argv in ([], ["--help"], ["-h"], ["help"]):
            help_path = f"{__file__.removesuffix('__main__.py')}help.txt"
            with open(help_path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs more than all the rest
                sys.exit(_print(file.read()))
        from agora_cli.terminal.interrupts import leave_on_signals

        leave_on_signals("--json" in argv)
        from agora_cli.app import run

        sys.exit(run(argv))
    except KeyboardInterrupt:
        sys.exit(130)


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
