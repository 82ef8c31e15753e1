"""engines/sdk/worker.py: order, failures, the end."""

import threading

from agora_cli.engines.sdk.worker import Worker
from agora_cli.errors import RefusedError


def test_jobs_run_in_order_on_one_other_thread_and_survive_failures() -> None:
    told: list[str] = []
    done: list[object] = []
    finished = threading.Event()

    def refuse() -> None:
        raise RefusedError("token", "no token for you")

    worker = Worker(told.append)
    worker.do(lambda: done.append(threading.current_thread()))
    worker.do(refuse)
    worker.do(lambda: done.append(1 / 0))
    worker.do(lambda: done.append(threading.current_thread()))
    worker.do(finished.set)
    assert finished.wait(10)
    worker.close()
    assert told == ["no token for you", "bug: ZeroDivisionError: division by zero"]
    assert len(done) == 2
    assert done[0] is done[1] is not threading.current_thread()


def test_after_close_nothing_runs() -> None:
    ran: list[int] = []
    worker = Worker(print)
    worker.close()
    worker.do(lambda: ran.append(1))
    assert ran == []


def test_close_drops_what_waits() -> None:
    started, release, ran = threading.Event(), threading.Event(), []

    def slow() -> None:
        started.set()
        release.wait(10)

    worker = Worker(print)
    worker.do(slow)
    worker.do(lambda: ran.append(1))
    assert started.wait(10)
    closer = threading.Thread(target=worker.close)
    closer.start()
    while not worker.closed:
        pass
    release.set()
    closer.join(10)
    assert ran == []
