"""What was refused of others on a wire: counted by sender and reason, told once each, bounded."""

import threading
from collections.abc import Callable

from agora_cli.errors import InputError

# Whoever forges senders fills no memory: those beyond are counted together, as nobody's.
MOST_SENDERS = 64
NOBODY = ""


class Refusals:
    """Count refused packets; any thread may call it.

    `tell` is called with sender and reason (an error's code) when a pair is met for the first time, on the thread
    that met it. The sender is who the packet claims to be of; "" where it does not say.
    """

    def __init__(self, tell: Callable[[str, str], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._counts: dict[str, dict[str, int]] = {}

    def note(self, sender: str, error: InputError) -> None:
        """Count one packet."""
        with self._lock:
            known = sender if sender in self._counts or len(self._counts) < MOST_SENDERS else NOBODY
            reasons = self._counts.setdefault(known, {})
            reasons[error.code] = reasons.get(error.code, 0) + 1
            is_first = reasons[error.code] == 1
        if is_first:
            self._tell(known, error.code)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many packets were refused, by sender and reason; empty where none was."""
        with self._lock:
            return {sender: dict(reasons) for sender, reasons in self._counts.items()}
