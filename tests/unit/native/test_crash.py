"""native/crash.py: the last words of a child that dies."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, faulthandler, os, signal, sys
from agora_cli.native.crash import CrashGuard
guard = CrashGuard(json_output=sys.argv[1] == "json")
guard.arm(sys.argv[3])
if sys.argv[2] == "disarm":
    guard.disarm()
if sys.argv[2] == "segv":
    ctypes.string_at(0)
os.abort()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(("how", "name"), [("abort", "SIGABRT"), ("segv", "SIGSEGV")])
def test_last_words(how: str, name: str) -> None:
    done = run("text", how, "the log: /x.log")
    assert done.returncode == 8
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"error: native code died ({name}); what was recorded until then is on disk",
        "hint: the log: /x.log",
    ]


def test_the_document_is_one_json_line() -> None:
    done = run("json", "segv", 'quotes " and \u00fc and \\')
    (line,) = done.stdout.splitlines()
    error = json.loads(line)["error"]
    assert (error["code"], error["exit"]) == ("native-crash", 8)
    assert "(SIGSEGV)" in error["message"]
    assert error["hint"] == 'quotes " and \u00fc and \\'


def test_a_long_hint_is_cut() -> None:
    done = run("json", "abort", "\u00fc" * 5000)
    assert done.returncode == 8
    assert json.loads(done.stdout)["error"]["hint"] == done.stderr.splitlines()[1].removeprefix("hint: ")


def test_disarmed_the_process_dies_as_ever() -> None:
    done = run("text", "disarm", "")
    assert done.returncode == -6
