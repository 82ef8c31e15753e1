"""pytest fixtures around the fake SDK: where it is, and a child process that runs a scenario on it.

An SDK can be loaded once a process, and its one service cannot be made again, so each scenario (a function
of tests/contract/sdk_scenarios.py, or any command line) gets a process of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agora_cli.engines.sdk.engine import SdkEngine
from tests.contract.sdk_fake.build import VERSIONS, NotPossibleError, build

ROOT = Path(__file__).parents[3]
CHILD_TIMEOUT_S = 100
# Sound reaches receivers by the library's own clock, up to 15 ms late, the first 30 ms at once.
UNKIND_CLOCK = "15:30"


@cache
def built(version: str) -> Path | str:
    """Return the SDK's directory, or the reason why there is none, asked once a process."""
    try:
        return build(version)
    except NotPossibleError as error:
        return str(error)


def sdk_or_skip(version: str) -> Path:
    """Return the directory of a fake SDK; skips the test with the reason when it cannot be built."""
    found = built(version)
    if isinstance(found, str):
        pytest.skip(found)
    return found


@dataclass(frozen=True)
class Call:
    """One call into the native library: its name and its arguments as the C side saw them."""

    name: str
    args: list[Any]


@dataclass(frozen=True)
class Outcome:
    """What a child process did: `result` is the JSON document that it printed last, None when it printed none."""

    returncode: int
    stdout: str
    stderr: str
    result: Any
    calls: list[Call]
    violations: list[str]
    live: dict[str, int]

    def names(self, *ignored: str) -> list[str]:
        """Return the called functions in order, without those whose name begins with one of `ignored`."""
        return [call.name for call in self.calls if not call.name.startswith(ignored or ("\0",))]

    def args(self, name: str) -> list[list[Any]]:
        """Return the arguments of each call of `name`."""
        return [call.args for call in self.calls if call.name == name]


@dataclass
class Fake:
    """One fake SDK and an empty set of channels."""

    sdk_dir: Path
    version: str
    directory: Path
    trace: Path | None = None

    def environment(self, **extra: str) -> dict[str, str]:
        """Return the environment of a child that uses this SDK; see fake.h for the AGORA_FAKE_ variables."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("AGORA_")}
        channels = self.directory / "channels"
        channels.mkdir(exist_ok=True)
        return clean | {
            "AGORA_SDK_DIR": str(self.sdk_dir),
            "AGORA_FAKE_DIR": str(channels),
            "AGORA_FAKE_CLOCK": UNKIND_CLOCK,
            "AGORA_FAKE_TRACE": str(self.trace_file),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.directory),
            **extra,
        }

    @property
    def trace_file(self) -> Path:
        """Return where the native calls are written."""
        return self.trace or self.directory / "trace.jsonl"

    def scenario(
        self, name: str, *, clean: bool = True, env: dict[str, str] | None = None, **arguments: Any
    ) -> Outcome:
        """Run a function of sdk_scenarios.py in a child; with `clean` the child must leave nothing to complain of."""
        module = "tests.contract.sdk_scenarios"
        outcome = self.run([sys.executable, "-m", module, name, json.dumps(arguments)], **(env or {}))
        if clean:
            assert outcome.returncode == 0, outcome.stderr
            assert outcome.stderr == ""
            assert len(outcome.stdout.splitlines()) == 1, outcome.stdout
            assert outcome.violations == []
            assert outcome.live == {}
        return outcome

    def run(self, command: list[str], **env: str) -> Outcome:
        """Run any command to its end and return what it did."""
        self.trace_file.unlink(missing_ok=True)
        done = subprocess.run(
            command,
            env=self.environment(**env),
            capture_output=True,
            text=True,
            timeout=CHILD_TIMEOUT_S,
            check=False,
            cwd=self.directory,
        )
        return self.outcome(done.returncode, done.stdout, done.stderr)

    def outcome(self, returncode: int, stdout: str, stderr: str) -> Outcome:
        """Return what was written into the trace so far, with what a child said."""
        text = self.trace_file.read_text() if self.trace_file.exists() else ""
        lines = [json.loads(line) for line in text.splitlines()]
        last = stdout.splitlines()[-1:] or [""]
        return Outcome(
            returncode,
            stdout,
            stderr,
            json.loads(last[0]) if last[0].startswith(("{", "[")) else None,
            [Call(line["fn"], line["args"]) for line in lines if "args" in line],
            [f"{line['violation']}: {line['fn']}" for line in lines if "violation" in line],
            {kind: count for line in lines if "live" in line for kind, count in line["live"].items()},
        )


@pytest.fixture(params=VERSIONS)
def fake(request: pytest.FixtureRequest, tmp_path: Path) -> Fake:
    """Give each supported version of the SDK with the fake libraries."""
    return Fake(sdk_or_skip(request.param), request.param, tmp_path)


@pytest.fixture
def newest(tmp_path: Path) -> Fake:
    """Give the newest supported version only: for what does not depend on the package's code."""
    return Fake(sdk_or_skip(VERSIONS[-1]), VERSIONS[-1], tmp_path)


@pytest.fixture(scope="session")
def sdk_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SdkEngine]:
    """Give the one sdk engine that this process may have, of the newest version; set AGORA_FAKE_DIR for each test."""
    engine = SdkEngine(sdk_or_skip(VERSIONS[-1]))
    trace_file = tmp_path_factory.mktemp("sdk") / "trace.jsonl"
    trace_file.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGORA_FAKE_TRACE", str(trace_file))
        yield engine
        engine.close()
    assert [line for line in trace_file.read_text().splitlines() if "violation" in line] == []
