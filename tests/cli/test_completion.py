"""TAB in real shells."""

import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from .run import agora, environment

PROMPT = "READY>"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home whose bin/agora is the tool under test, and which holds one sound file."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "agora"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m agora_cli "$@"\n')
    program.chmod(0o755)
    (tmp_path / "speech.wav").touch()
    return tmp_path


def needs(shell: str) -> str:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


def variables(home: Path) -> dict[str, str]:
    base = environment(home, PYTHONPATH=str(Path(__file__).parents[2]), TERM="dumb")
    return base | {"PATH": f"{home / 'bin'}:{base['PATH']}"}


LINES = [
    ("agora send-pc", "agora send-pcm "),
    ("agora send-pcm --audioF", "agora send-pcm --audioFile "),
    ("agora send-pcm --engine loc", "agora send-pcm --engine local "),
    ("agora send-pcm spe", "agora send-pcm speech.wav "),
    ("agora token insp", "agora token inspect "),
]


@pytest.mark.parametrize(("typed", "becomes"), LINES)
def test_bash(typed: str, becomes: str, home: Path) -> None:
    shell = pexpect.spawn(
        needs("bash"), ["--norc", "--noprofile"], env=variables(home), cwd=str(home), encoding="utf-8", timeout=30
    )
    try:
        shell.sendline(f"PS1={PROMPT[:3]}'{PROMPT[3:]}'; bind 'set enable-bracketed-paste off'")
        shell.expect_exact(PROMPT)
        shell.sendline('eval "$(agora completion bash)"')
        shell.expect_exact(PROMPT)
        shell.send(f"{typed}\t")
        shell.expect_exact(becomes)
    finally:
        shell.close(force=True)


@pytest.mark.parametrize(("typed", "becomes"), [pair for pair in LINES if not pair[0].endswith("spe")])
def test_fish(typed: str, becomes: str, home: Path) -> None:
    script = f"agora completion fish | source; complete -C '{typed}'"
    ran = subprocess.run(
        [needs("fish"), "-c", script], env=variables(home), cwd=home, capture_output=True, text=True, timeout=30
    )
    assert [line.split("\t")[0] for line in ran.stdout.splitlines()] == [becomes.split()[-1]], ran.stderr


@pytest.mark.parametrize(("typed", "becomes"), LINES)
def test_zsh(typed: str, becomes: str, home: Path) -> None:
    shell = pexpect.spawn(needs("zsh"), ["-f", "-i"], env=variables(home), cwd=str(home), encoding="utf-8", timeout=30)
    try:
        shell.sendline(f"PS1={PROMPT[:3]}'{PROMPT[3:]}'; autoload -Uz compinit; compinit -u; unsetopt ZLE_DUMB")
        shell.expect_exact(PROMPT)
        shell.sendline('eval "$(agora completion zsh)"; echo LOADED')
        shell.expect_exact("LOADED\r\n")
        shell.send(f"{typed}\t")
        shell.expect_exact(becomes.removeprefix("agora ").split()[-1])
    finally:
        shell.close(force=True)


def test_a_shell_that_is_none_is_refused(tmp_path: Path) -> None:
    ran = agora(tmp_path, "completion", "tcsh")
    assert (ran.code, "tcsh" in ran.err) == (2, True)


def test_the_script_is_data(tmp_path: Path) -> None:
    ran = agora(tmp_path, "completion", "bash", "--json")
    assert ran.json["script"].strip() == agora(tmp_path, "completion", "bash").out.strip()


def test_a_line_that_makes_no_sense_has_no_answer(tmp_path: Path) -> None:
    asked = {"COMP_WORDS": "agora nonsense --x", "COMP_CWORD": "2", "_AGORA_COMPLETE": "complete_bash"}
    ran = agora(tmp_path, **asked)
    assert (ran.out.strip(), ran.err) == ("", "")
