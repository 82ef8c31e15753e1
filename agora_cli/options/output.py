"""How a command talks."""

from dataclasses import dataclass
from typing import Annotated

from typer import Option

from agora_cli.terminal.console import Console


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How a command talks."""

    json: Annotated[bool, Option("--json", rich_help_panel="Output", help="Print the result as JSON on stdout.")] = (
        False
    )
    quiet: Annotated[
        bool, Option("--quiet", "-q", rich_help_panel="Output", help="No status lines and no progress.")
    ] = False
    use: Annotated[
        str,
        Option("--use", rich_help_panel="Output", help="Take [profile.NAME] of config.toml on top.", metavar="NAME"),
    ] = ""
    debug: Annotated[bool, Option("--debug", rich_help_panel="Output", help="Show a traceback with an error.")] = False

    def console(self) -> Console:
        """Return the console that these options ask for."""
        return Console(self.json, self.quiet)
