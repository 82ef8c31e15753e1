"""Work done ahead of its consumer: a reader thread, a few workers, a bounded number of results, in order."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_JOIN_S = 1.0


class ReadAhead(Generic[Item, Result]):
    """Yield work(item) for each item, in order, started before it is asked for.

    Items are taken by one thread, so an iterator that blocks (a pipe, a watched directory) blocks nobody
    else. Invariant: at most `ahead` items are taken and not yet yielded. What `items` or `work` raises is
    raised to the consumer, in its place.
    """

    def __init__(self, items: Iterator[Item], work: Callable[[Item], Result], *, ahead: int, workers: int) -> None:
        self._items = items
        self._work = work
        self._slots = threading.Semaphore(ahead)
        self._results: SimpleQueue[Future[Result] | None] = SimpleQueue()
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(workers, "read-ahead")
        self._reader = threading.Thread(target=self._read, name="read-ahead-reader", daemon=True)
        self._reader.start()

    def __iter__(self) -> Iterator[Result]:
        """Yield the results; waits for the next one where it is not ready."""
        while (future := self._results.get()) is not None:
            yield future.result()
            self._slots.release()

    def close(self) -> None:
        """Stop reading and drop what is ahead; a reader stuck in a pipe is left behind, it dies with the process."""
        self._stopped.set()
        self._slots.release()
        self._results.put(None)
        self._reader.join(_JOIN_S)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self) -> None:
        try:
            for item in self._items:
                self._slots.acquire()
                if self._stopped.is_set():
                    return
                self._results.put(self._pool.submit(self._work, item))
        except Exception as error:  # the top of a thread: the consumer gets it in its place
            failed: Future[Result] = Future()
            failed.set_exception(error)
            self._results.put(failed)
        finally:
            self._results.put(None)
