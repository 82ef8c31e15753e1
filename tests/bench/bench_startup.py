"""Start-up: `agora --help`, each command's, and `--version` against an empty interpreter (asked: within 4x)."""

import subprocess
import sys
from functools import partial
from pathlib import Path

from agora_cli.app import COMMANDS

from .figures import alternating, ratios, spread, table

ROUNDS = 15
AGORA = str(Path(sys.executable).parent / "agora")


def run(*command: str) -> None:
    """Run a process to its end."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)


def main() -> None:
    """Print the table."""
    actions = {
        "python -c pass": lambda: run(sys.executable, "-c", "pass"),
        "agora --help": lambda: run(AGORA, "--help"),
        "agora --version": lambda: run(AGORA, "--version"),
    } | {f"agora {name} --help": partial(run, AGORA, name, "--help") for name in COMMANDS}
    times = alternating(actions, ROUNDS)
    relative = ratios(times, "python -c pass")
    rows = [
        [name, spread([value * 1000 for value in times[name]], "ms", 0), spread(relative[name], "x")] for name in times
    ]
    table(["command", "wall", "ratio"], rows)
