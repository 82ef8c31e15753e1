"""What a command's help text costs: none of the heavy packages, and nothing of the media path."""

import json
import subprocess
import sys

import pytest

from agora_cli.app import COMMANDS

HEAVY = {"numpy", "av", "soundfile", "onnxruntime", "zenoh", "rich", "prompt_toolkit", "cryptography", "earshot"}
# What only a running command needs, and what it takes to read options beside it.
BEHIND_DOORS = ("agora_cli.media.encode", "agora_cli.sinks.record", "agora_cli.rtm.local", "agora_cli.vad.live")
PROGRAM = """
import contextlib, io, json, sys
from agora_cli.__main__ import main
sys.argv = ["agora", *sys.argv[1:]]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main()
print(json.dumps(sorted(sys.modules)), file=sys.__stdout__)
"""


def loaded(*arguments: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_loads_nothing_heavy(command: str) -> None:
    """--help itself is stored; what is asked of the live command loads no more than its options need."""
    modules = loaded(*[command, "--help-all"] if command else ["--help"])
    assert {module.split(".")[0] for module in modules} & HEAVY == set()
    assert [module for module in modules if module.startswith(BEHIND_DOORS)] == []


def test_the_check_bites() -> None:
    assert "rich" in {module.split(".")[0] for module in loaded("codecs")}
