"""Make the README's pictures: the VAD report as a browser shows it (Chromium), a terminal as rich draws it.

.venv/bin/python scripts/pictures.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
AGORA = [sys.executable, "-m", "agora_cli"]
TIMEOUT_S = 120
COLUMNS = 84


def main() -> None:
    """Write both."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder))
    terminal()


def report(folder: Path) -> None:
    """Judge the speech of test_data and take a picture of the report."""
    speech = ROOT / "test_data" / "speech.wav"
    run(*AGORA, "vad-dump", str(speech), "--output", str(folder / "dump"), "--quiet")
    run(
        *("chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1200,760"),
        *(f"--user-data-dir={folder / 'profile'}", f"--screenshot={PICTURES / 'vad-report.png'}"),
        f"file://{folder / 'dump' / 'report.html'}",
    )


def terminal() -> None:
    """Draw what `agora smoke` prints."""
    command = "agora smoke -c ci --preset voice"
    console = Console(record=True, width=COLUMNS, file=open("/dev/null", "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    console.print(Text(f"$ {command}\n{run(*AGORA, *command.split()[1:], '--quiet')}"))
    (PICTURES / "smoke.svg").write_text(console.export_svg(title="one line for CI"), encoding="utf-8")


def run(*command: str) -> str:
    """Run a command and return what it printed; raises when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True, cwd=ROOT)
    return done.stdout


if __name__ == "__main__":
    main()
