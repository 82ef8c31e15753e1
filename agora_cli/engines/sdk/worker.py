"""A thread for what callbacks must not do: calls of the SDK, and anything that may take long."""

import queue
import threading
from collections.abc import Callable

from agora_cli.errors import AgoraError

JOIN_TIMEOUT_S = 2.0


class Worker:
    """Run jobs one after the other on a thread of its own, started by the first.

    `on_failure` gets one line for a job that raised; the jobs after it still run.
    """

    def __init__(self, on_failure: Callable[[str], None]) -> None:
        self._on_failure = on_failure
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.closed = False

    def do(self, job: Callable[[], None]) -> None:
        """Queue a job and return at once; after close() it is ignored."""
        with self._lock:
            if self.closed:
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="agora-sdk-worker", daemon=True)
                self._thread.start()
        self._jobs.put(job)

    def close(self) -> None:
        """Finish the job that is running, drop the others."""
        with self._lock:
            self.closed = True
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(JOIN_TIMEOUT_S)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None and not self.closed:
            try:
                job()
            except AgoraError as error:
                self._on_failure(error.message)
            except Exception as error:  # the top of a thread: a bug of ours or of a caller's function
                self._on_failure(f"bug: {type(error).__name__}: {error}")
