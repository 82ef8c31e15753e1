import threading
from collections.abc import Iterator

import pytest

from agora_cli.engines.impairment import MEDIA, Impairment, ImpairmentPlan
from agora_cli.engines.local.impair.link import ImpairedLink


@pytest.fixture
def came() -> list[bytes]:
    return []


@pytest.fixture
def slow(request: pytest.FixtureRequest) -> Iterator[ImpairedLink]:
    link = ImpairedLink(ImpairmentPlan("", 1, 0, dict.fromkeys(MEDIA, request.param)), "out")
    yield link
    link.close()


DELAYED = pytest.mark.parametrize("slow", [Impairment(delay_us=30_000)], indirect=True)
FOREVER = pytest.mark.parametrize("slow", [Impairment(delay_us=3_600_000_000)], indirect=True)


@DELAYED
def test_all_comes_in_order_and_late(slow: ImpairedLink, came: list[bytes]) -> None:
    for number in range(20):
        slow.carry("audio", "7", bytes([number]), came.append)
    assert came == []
    assert slow.drain(None)
    assert came == [bytes([number]) for number in range(20)]
    assert slow.counts == {"packets": 20}


@DELAYED
def test_an_action_waits_for_all_before_it(slow: ImpairedLink, came: list[bytes]) -> None:
    done = threading.Event()
    slow.carry("video", "7", b"1", came.append)
    slow.after_all(lambda: (came.append(b"left"), done.set()))
    assert done.wait(10)
    assert came == [b"1", b"left"]


@pytest.mark.parametrize("slow", [Impairment(reorder=1)], indirect=True)
def test_an_action_waits_for_what_nobody_overtook(slow: ImpairedLink, came: list[bytes]) -> None:
    slow.carry("video", "7", b"1", came.append)
    slow.after_all(lambda: came.append(b"left"))
    assert slow.drain(None)
    assert came == [b"1", b"left"]


@pytest.mark.parametrize("slow", [Impairment(loss=1)], indirect=True)
def test_what_is_lost_does_not_come_at_the_end(slow: ImpairedLink, came: list[bytes]) -> None:
    slow.carry("audio", "7", b"1", came.append)
    assert slow.drain(None)
    slow.after_all(lambda: came.append(b"left"))
    assert slow.drain(None)
    assert came == [b"left"]


@FOREVER
def test_a_drain_has_an_end_and_a_close_lets_nothing_out(slow: ImpairedLink, came: list[bytes]) -> None:
    slow.carry("audio", "7", b"1", came.append)
    assert not slow.drain(0.01)
    slow.close()
    assert slow.drain(0.01)
    slow.carry("audio", "7", b"2", came.append)
    assert came == []
