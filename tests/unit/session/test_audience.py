"""Who else is in a channel, on a fake clock."""

from fractions import Fraction

import pytest

from agora_cli.clock import Stop
from agora_cli.errors import ExpectationError
from agora_cli.events import Event, Joined, Left
from agora_cli.session.audience import Audience


class ScriptedChannel:
    """A clock, and events that come at their time on it."""

    def __init__(self, events: list[Event], channels: tuple[str, ...] = ("demo",), knows_at_once: bool = True) -> None:
        self.time_us = 0
        self.said: list[str] = []
        self.audience = Audience(channels, self.said.append, knows_at_once)
        self._events = events

    def now_us(self) -> int:
        return self.time_us

    def sleep_us(self, duration_us: int) -> None:
        self.time_us += duration_us

    def obey(self) -> None:
        while self._events and self._events[0].at_us <= self.time_us:
            self.audience.follow(self._events.pop(0))

    def meet(self, limit_s: int, stop: Stop | None = None) -> None:
        self.audience.meet(self.obey, Fraction(limit_s), self, stop or Stop())

    def go_to(self, time_us: int) -> None:
        self.time_us = time_us
        self.obey()


def test_a_sender_alone_is_told_so_at_once() -> None:
    channel = ScriptedChannel([])
    channel.meet(0)
    assert (channel.said, channel.time_us, channel.audience.ever) == (["nobody else is in demo"], 0, set())


def test_who_is_there_is_named_by_number_and_the_last_one_who_leaves_is_told() -> None:
    came: list[Event] = [Joined(0, "10"), Joined(0, "9")]
    channel = ScriptedChannel([*came, Left(1, "9", "bye"), Left(2, "10", "lost"), Joined(3, "11")])
    channel.meet(0)
    assert channel.said == ["in demo: users 9, 10"]
    channel.go_to(1)
    assert len(channel.said) == 1
    channel.go_to(2)
    assert channel.said[1:] == ["nobody else is in demo"]
    channel.go_to(3)
    assert channel.said[2:] == ["in demo: user 11"]
    assert channel.audience.ever == {"9", "10", "11"}


def test_an_engine_that_hears_of_users_late_claims_nothing_at_the_start() -> None:
    channel = ScriptedChannel([Joined(1, "7")], knows_at_once=False)
    channel.meet(0)
    assert channel.said == []
    channel.go_to(1)
    assert channel.said == ["in demo: user 7"]


def test_a_crowd_is_not_listed_whole() -> None:
    channel = ScriptedChannel([Joined(0, str(number)) for number in range(1, 12)])
    channel.meet(0)
    assert channel.said == ["in demo: users 1, 2, 3, 4, 5, 6, 7, 8 and 3 more"]


def test_the_wait_ends_when_somebody_comes() -> None:
    channel = ScriptedChannel([Joined(1_000_000, "7")])
    channel.meet(5)
    assert channel.time_us == 1_000_000
    assert channel.said == ["nobody else is in demo: waiting for a receiver", "in demo: user 7"]


def test_the_wait_ends_with_an_error_when_nobody_comes() -> None:
    channel = ScriptedChannel([Joined(6_000_000, "7")])
    with pytest.raises(ExpectationError, match="nobody joined demo within 5 s"):
        channel.meet(5)
    assert channel.time_us == 5_000_000


def test_a_stop_ends_the_wait_without_an_error() -> None:
    channel, stop = ScriptedChannel([]), Stop()
    stop.set()
    channel.meet(5, stop)
    assert channel.time_us == 0


def test_a_user_of_two_channels_is_gone_when_it_left_both() -> None:
    left: list[Event] = [Left(1, "7", "bye"), Left(2, "7", "bye"), Left(2, "7", "bye")]
    channel = ScriptedChannel([Joined(0, "7"), Joined(0, "7"), Joined(0, "7"), *left], ("demo", "demo1"))
    channel.meet(0)
    channel.go_to(1)
    assert channel.said == ["in demo to demo1: user 7"]
    channel.go_to(2)
    assert channel.said[1:] == ["nobody else is in demo to demo1"]
