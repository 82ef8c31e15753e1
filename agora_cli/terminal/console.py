"""Data goes to stdout, everything said to a person goes to stderr; nothing else in the tool prints.

Readable without colour. With `--json` stdout carries exactly one JSON document, or NDJSON whose last line
says ok or error.
"""

import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agora_cli.errors import AgoraError, Exit, StoppedError
from agora_cli.terminal.text import clean

# ECMA-48 8.3.117: red, yellow, cyan.
_COLOURS = {"error": 31, "warning": 33, "hint": 36}

if TYPE_CHECKING:
    from rich.console import Console as RichConsole


class Console:
    """What one command prints through."""

    def __init__(self, json_output: bool, quiet: bool) -> None:
        self.json_output = json_output
        self.quiet = quiet

    def status(self, message: str) -> None:
        """Say one line to a person, unless they asked for quiet."""
        if not self.quiet:
            self._say(message)

    def warn(self, message: str) -> None:
        """Say one line that matters even when quiet."""
        self._say(f"warning: {message}")

    def hint(self, message: str) -> None:
        """Say what to try next, unless quiet."""
        self.status(f"hint: {message}")

    def result(self, document: dict[str, Any], summary: str | None = None, failures: Sequence[str] = ()) -> None:
        """Print the outcome: the document with --json, else the summary as a status line.

        `failures` are the expectations that were not met: a warning each, and the document is none of success.
        """
        for line in failures:
            self.warn(f"not met: {line}")
        if failures:
            message = f"{len(failures)} expectation(s) not met"
            error = {"code": "expectation", "exit": int(Exit.EXPECTATION), "message": message}
            document = document | {"ok": False, "error": error, "failures": list(failures)}
        if self.json_output:
            self.line(json.dumps(document, ensure_ascii=False))
        elif summary is not None:
            self.status(summary)

    def line(self, text: str) -> None:
        """Print one line of data to stdout at once."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def table(self, columns: list[str], rows: list[list[str]], title: str | None = None) -> None:
        """Print a table as data, drawn for the width of the terminal."""
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        table = Table(*columns, title=title, box=SIMPLE_HEAD, title_justify="left")
        for row in rows:
            # As Text: in a string rich would take `[red]`, which somebody may be called, for markup.
            table.add_row(*(Text("\n".join(map(clean, cell.split("\n")))) for cell in row))
        self.screen().print(table)
        sys.stdout.flush()

    @property
    def draws(self) -> bool:
        """Tell whether stdout is a terminal that a person looks at, so that a picture of text can be drawn anew."""
        return sys.stdout.isatty() and not self.json_output

    def screen(self) -> "RichConsole":
        """Return the terminal as rich draws on it."""
        from rich.console import Console as RichConsole

        return RichConsole(file=sys.stdout, highlight=False)

    def error(self, error: AgoraError) -> None:
        """Print a failure: one line and its hint on stderr, the same as JSON on stdout with --json."""
        # Who pressed Ctrl-C knows, and nothing is wrong.
        self._say(error.message if isinstance(error, StoppedError) else f"error: {error.message}")
        if error.hint:
            self._say(f"hint: {error.hint}")
        if self.json_output:
            body = {"code": error.code, "exit": int(error.exit), "message": error.message}
            if error.hint:
                body["hint"] = error.hint
            self.line(json.dumps({"ok": False, "error": body}, ensure_ascii=False))

    def _say(self, line: str) -> None:
        text = clean(line)
        word, colon, rest = text.partition(":")
        if word in _COLOURS and _is_coloured():
            text = f"\x1b[{_COLOURS[word]}m{word}{colon}\x1b[0m{rest}"
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _is_coloured() -> bool:
    """Tell whether stderr is a terminal that shows colours and whose owner wants them (no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
