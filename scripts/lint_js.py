"""Lint the JavaScript of our pages with ESLint, each page's parts as the one script that a browser sees.

Needs npm (Debian: apt-get install npm); without it a line says what was left out, and CI installs it.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from agora_cli.vad.report.page import SCRIPTS

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / "scripts" / "js"
PACKAGE = ROOT / "agora_cli"
REPORT = PACKAGE / "vad" / "report"


def scripts() -> list[list[Path]]:
    """Return what is loaded together: the report's parts in their order, every other file alone."""
    report = [REPORT / name for name in SCRIPTS]
    return [report, *([path] for path in sorted(PACKAGE.rglob("*.js")) if path not in report)]


def faults(parts: list[Path]) -> list[str]:
    """Return the lines `file:line: what is wrong` of a script."""
    lines = [(path, number) for path in parts for number, _ in enumerate(path.read_text("utf-8").splitlines(), 1)]
    source = "".join(path.read_text("utf-8") for path in parts)
    eslint = [TOOLS / "node_modules" / ".bin" / "eslint", "-c", TOOLS / "eslint.config.mjs", "-f", "json", "--stdin"]
    # A name inside the configuration's own folder: ESLint lints nothing outside.
    eslint += ["--stdin-filename", TOOLS / "page.js"]
    run = subprocess.run(eslint, input=source, capture_output=True, text=True, cwd=TOOLS)
    if not run.stdout:
        raise SystemExit(run.stderr)
    found = json.loads(run.stdout)[0]["messages"]
    return [_told(*lines[min(fault["line"], len(lines)) - 1], fault["message"]) for fault in found]


def _told(path: Path, line: int, message: str) -> str:
    return f"{path.relative_to(ROOT)}:{line}: {message}"


def main() -> int:
    """Print every fault; return 1 when there is one."""
    if shutil.which("npm") is None:
        print("JavaScript is not linted: no npm on this machine (Debian: apt-get install npm)", file=sys.stderr)
        return 0
    if not (TOOLS / "node_modules").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=TOOLS, check=True)
    found = [fault for parts in scripts() for fault in faults(parts)]
    print("\n".join(found) if found else "JavaScript: no faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
