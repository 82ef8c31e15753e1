"""Run the tool as a user does: a process with its own stdout, stderr and exit code."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

TIMEOUT_S = 60
SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


@cache
def schema(name: str) -> Any:
    """Return what checks a document against docs/schema/NAME.json."""
    return fastjsonschema.compile(json.loads((SCHEMAS / f"{name}.json").read_text()))


def check_shape(command: str, document: Any) -> None:
    """Raise JsonSchemaException for a document that is not what docs/schema/ says of the command."""
    if "error" in document:
        schema("error")(document)
        if set(document) == {"ok", "error"}:
            return
    name = "send" if command.startswith("send-") else command
    if (SCHEMAS / f"{name}.json").exists():
        schema(name)(document)


@dataclass(frozen=True)
class Ran:
    """What a finished run left."""

    code: int
    out: str
    err: str
    command: str = field(default="", compare=False)

    @property
    def json(self) -> Any:
        """Return stdout as the one JSON document that it must be, of the shape that docs/schema/ tells."""
        document = json.loads(self.out)
        check_shape(self.command, document)
        return document

    @property
    def ndjson(self) -> list[Any]:
        """Return stdout as the NDJSON that a stream's must be: events, then the outcome."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(home: Path, **extra: str) -> dict[str, str]:
    """Return an environment in which nothing of the developer's own shows, and channels are private."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AGORA_", "XDG_", "CI", "NO_COLOR"))}
    return kept | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_RUNTIME_DIR": str(home)} | extra


def command(*args: object) -> list[str]:
    """Return the command line of this checkout's tool."""
    return [sys.executable, "-m", "agora_cli", *map(str, args)]


def agora(home: Path, *args: object, stdin: bytes = b"", **extra: str) -> Ran:
    """Run the tool to its end."""
    done = subprocess.run(
        command(*args), input=stdin, capture_output=True, timeout=TIMEOUT_S, env=environment(home, **extra), check=False
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode(), str(args[0]) if args else "")


def start(home: Path, *args: object, **kwargs: Any) -> "subprocess.Popen[str]":
    """Start the tool; the caller ends it."""
    kwargs.setdefault("env", environment(home))
    return subprocess.Popen(command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kwargs)


def wait_for_line(process: "subprocess.Popen[str]", text: str) -> str:
    """Read stderr up to the line with `text` and return that line."""
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        seen.append(line)
        if text in line:
            return line
    raise AssertionError(f"the process ended without {text!r}: {''.join(seen)}")


def wait_until_it_catches(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    """Wait until a process has a handler of its own for a signal, which the kernel tells."""
    status = Path(f"/proc/{process.pid}/status")
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        (caught,) = re.findall(r"^SigCgt:\s*([0-9a-f]+)$", status.read_text(), re.MULTILINE)
        if int(caught, 16) >> (number - 1) & 1:
            return
        time.sleep(0.01)
    raise AssertionError(f"{number.name} is not caught")
