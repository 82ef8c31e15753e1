"""rtm/rate.py: three answers to the 61st message of a second."""

import time

import pytest

from agora_cli.errors import NetworkError
from agora_cli.rtm import rate as module
from agora_cli.rtm.rate import Rate


class Clock:
    """A monotonic clock that only sleeping moves."""

    now_us = 0

    def sleep(self, seconds: float) -> None:
        self.now_us += int(seconds * 1_000_000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "monotonic_us", lambda: clock.now_us)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock


def test_refuses_and_says_how_long_to_wait(clock: Clock) -> None:
    rate = Rate("raise")
    for _ in range(60):
        rate.keep()
    clock.now_us = 250_000
    with pytest.raises(NetworkError) as caught:
        rate.keep()
    assert (caught.value.code, caught.value.hint) == ("rtm-11025", "wait 751 ms")
    clock.now_us = 1_000_000
    rate.keep()


def test_waits_for_its_turn(clock: Clock) -> None:
    rate = Rate("wait")
    for _ in range(121):
        rate.keep()
    assert clock.now_us == 2_000_000


def test_does_not_care(clock: Clock) -> None:
    rate = Rate("unlimited")
    for _ in range(1000):
        rate.keep()
    assert clock.now_us == 0
