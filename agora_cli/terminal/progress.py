"""One live line on a terminal, drawn by a timer: a line that only media draws shows nothing when none comes.

Nothing of it appears in pipes, in CI or with --quiet: a log full of carriage returns helps nobody.
"""

import os
import shutil
import sys
import threading
from collections.abc import Callable
from typing import TextIO

from agora_cli.clock import monotonic_us
from agora_cli.terminal.console import Console
from agora_cli.terminal.text import clean

REFRESH_S = 0.1


class Progress:
    """Draw `text(now_us)` ten times a second until close(), which wipes it; what it is made of may change meanwhile.

    Lines for a person go through say(), which keeps the two apart.
    """

    def __init__(self, console: Console, text: Callable[[int], str], stream: TextIO = sys.stderr) -> None:
        self.active = not console.quiet and stream.isatty() and not os.environ.get("CI")
        self._console = console
        self._text = text
        self._stream = stream
        self._drawn = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        if self.active:
            threading.Thread(target=self._run, name="progress", daemon=True).start()

    def say(self, line: str) -> None:
        """Say a line in the place of the live one, which comes back below it."""
        with self._lock:
            self._wipe()
            self._console.status(line)

    def draw(self, now_us: int) -> None:
        """Draw the line as it is at `now_us`, unless closed."""
        with self._lock:
            if self._over.is_set():
                return
            width = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + clean(self._text(now_us))[:width] + "\x1b[K")
            self._stream.flush()
            self._drawn = True

    def close(self) -> None:
        """Wipe the line and draw no more; a second call does nothing."""
        with self._lock:
            self._over.set()
            self._wipe()

    def _wipe(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False

    def _run(self) -> None:
        while not self._over.wait(REFRESH_S):
            self.draw(monotonic_us())
