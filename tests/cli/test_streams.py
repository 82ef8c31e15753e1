"""streams.py: a standard stream that is closed, full or without a reader is one line, never a traceback."""

import subprocess
from pathlib import Path

import pytest

from .run import command, environment

COMMANDS = (
    ["--version"],
    ["--help"],
    ["record", "--help"],
    ["codecs"],
    ["codecs", "--json"],
    ["send-pcm", "--audioFile", "none.wav", "--json"],
)


def shell(home: Path, redirection: str, args: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run the tool with the shell's redirections."""
    return subprocess.run(
        ["bash", "-c", f'"$@" {redirection}', "-", *command(*args)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(home),
        cwd=home,
        check=False,
    )


@pytest.mark.parametrize("args", COMMANDS)
@pytest.mark.parametrize(
    ("redirection", "why"),
    [
        (">&-", "cannot be written: Bad file descriptor"),
        (">/dev/full", "cannot be written: No space left on device"),
    ],
)
def test_a_stdout_that_takes_nothing(tmp_path: Path, redirection: str, why: str, args: list[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    ran = shell(tmp_path, redirection, args)
    expected = "error: none.wav: no such file\n" if "none.wav" in args else f"error: stdout {why}\n"
    assert ran.stdout == ""
    assert (ran.returncode, ran.stderr) == (3, expected)


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_a_stderr_that_takes_nothing_stops_no_work(tmp_path: Path, redirection: str) -> None:
    (tmp_path / "a.pcm").write_bytes(bytes(640))
    done = shell(tmp_path, redirection, ["send-pcm", "--audioFile", "a.pcm", "--dryRun", "--speed", "0", "--json"])
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")
    failed = shell(tmp_path, redirection, ["send-pcm", "--audioFile", "none.wav"])
    assert (failed.returncode, failed.stdout, failed.stderr) == (3, "", "")


def test_a_closed_stdin_is_bad_input(tmp_path: Path) -> None:
    ran = shell(tmp_path, "<&-", ["send-pcm", "--audioFile", "-"])
    assert (ran.returncode, ran.stderr) == (3, "error: stdin: Bad file descriptor\n")
