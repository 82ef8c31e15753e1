import threading
from collections.abc import Iterator

import pytest

from agora_cli.errors import InputError
from agora_cli.sources.read_ahead import ReadAhead


def test_results_come_in_order_whatever_worker_is_faster() -> None:
    second_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert second_done.wait(10)
        if item == 1:
            second_done.set()
        return item * item

    ahead = ReadAhead(iter(range(20)), work, ahead=4, workers=2)
    assert list(ahead) == [item * item for item in range(20)]
    ahead.close()


def test_no_more_than_ahead_items_are_taken() -> None:
    taken: list[int] = []
    enough = threading.Event()

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            if len(taken) == 5:  # four that may be ahead, and the one that waits for a slot
                enough.set()
            yield item

    ahead = ReadAhead(items(), lambda item: item, ahead=4, workers=2)
    assert enough.wait(10)
    assert len(taken) == 5
    results = iter(ahead)
    assert [next(results), next(results)] == [0, 1]
    ahead.close()
    assert len(taken) <= 8


def test_a_failure_of_the_items_comes_after_the_good_ones() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise InputError("x", "disk on fire")

    ahead = ReadAhead(items(), lambda item: item, ahead=4, workers=2)
    results = iter(ahead)
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(InputError, match="disk on fire"):
        next(results)
    ahead.close()


def test_a_failure_of_the_work_comes_in_its_place() -> None:
    ahead = ReadAhead(iter([1, 0, 2]), lambda item: 2 // item, ahead=4, workers=2)
    results = iter(ahead)
    assert next(results) == 2
    with pytest.raises(ZeroDivisionError):
        next(results)
    ahead.close()


def test_close_ends_a_consumer_that_waits_and_leaves_no_thread() -> None:
    gate = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        gate.wait(10)

    ahead = ReadAhead(items(), lambda item: item, ahead=2, workers=1)
    results = iter(ahead)
    assert next(results) == 1
    gate.set()
    ahead.close()
    assert list(results) == []
    assert not [thread for thread in threading.enumerate() if thread.name == "read-ahead-reader"]
