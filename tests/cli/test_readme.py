"""What README and docs show in a shell is typed into one: what they show is what comes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .run import environment

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
BLOCKS = {
    f"{page.name}-{number}": block
    for page in PAGES
    for number, block in enumerate(re.findall(r"^```console\n(.*?)^```", page.read_text(), re.M | re.S))
}


def test_it_starts_in_a_minute() -> None:
    assert len(TEXT.splitlines()) <= 200
    assert BLOCKS


@pytest.mark.parametrize("name", BLOCKS)
def test_what_is_shown_is_what_comes(name: str, tmp_path: Path) -> None:
    """Each `$ ` line is typed into one shell; `...` stands for anything, at the end of a line or alone."""
    commands, expected = zip(*steps(BLOCKS[name]), strict=True)
    typed = "".join(f"{{ {command}\n}} 2>&1\necho '<end>'\n" for command in commands)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "agora"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m agora_cli "$@"\n')
    program.chmod(0o755)
    variables = environment(tmp_path, PYTHONPATH=str(ROOT), COLUMNS="80")
    variables["PATH"] = f"{tmp_path / 'bin'}:{variables['PATH']}"
    (tmp_path / "work").mkdir()
    ran = subprocess.run(
        ["bash"], input=typed, capture_output=True, text=True, timeout=100, env=variables, cwd=tmp_path / "work"
    )
    printed = ran.stdout.split("<end>\n")
    for command, wanted, got in zip(commands, expected, printed, strict=False):
        assert matches(wanted, got), f"$ {command}\n{got}\n--- is not\n{wanted}"


def steps(block: str) -> list[tuple[str, str]]:
    """Return each command with what the block shows of its output."""
    found = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)
    return [(command, output) for command, output in found]


def matches(wanted: str, got: str) -> bool:
    pattern = re.escape(wanted).replace(re.escape("...\n"), "(?:.*\n)*?").replace(re.escape("..."), ".*?")
    return re.fullmatch(pattern, got) is not None


def test_the_comparison_bites() -> None:
    assert matches("a\n...\nb 1...\n", "a\nx\ny\nb 12 c\n")
    assert not matches("a\nb\n", "a\nx\nb\n")
    assert not matches("...\nb\n", "a\n")


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(str(p.relative_to(ROOT)) for p in sorted(ROOT.glob("docs/*.md")))]
)
def test_links_lead_somewhere(page: str) -> None:
    file = ROOT / page
    targets = re.findall(r"\]\(((?!https?:)[^)#]+)", file.read_text())
    assert [target for target in targets if not (file.parent / target).exists()] == []
