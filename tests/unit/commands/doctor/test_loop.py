"""diagnostics/loop.py: a tone that comes back whole, in part, changed, or not at all."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from agora_cli.commands.doctor.loop import FRAMES, check_loop, tone
from agora_cli.errors import NetworkError
from agora_cli.events import Event, Joined, MediaReceived
from agora_cli.frames import Metadata, PcmFrame, Unit


class Channel:
    """Two participants in one list; `carry` decides what becomes of a unit. A second passes with each look."""

    def __init__(self, carry: Callable[[Unit], Unit | None]) -> None:
        self.carry = carry
        self.events_waiting: list[Event] = [Joined(0, "2"), MediaReceived(0, "2", 1, Metadata(0, "audio", b"x"))]
        self.now_us = 0
        self.open = 0

    def join(self) -> "Channel":
        self.open += 1
        return self

    def push(self, unit: Unit) -> None:
        carried = self.carry(unit)
        if carried is not None:
            self.events_waiting.append(MediaReceived(self.now_us + 2500, "2", 1, carried))

    def events(self, timeout_s: float) -> Iterator[Event]:
        self.now_us += 1_000_000
        waiting, self.events_waiting = self.events_waiting, []
        return iter(waiting)

    def close(self) -> None:
        self.open -= 1


def dropped_half(unit: Unit) -> Unit | None:
    return unit if unit.pts_us % 20_000 else None


def quieter(unit: Unit) -> Unit | None:
    assert isinstance(unit, PcmFrame)
    return replace(unit, data=bytes(len(unit.data)))


@pytest.mark.parametrize(
    ("carry", "status", "detail"),
    [
        (lambda unit: unit, "ok", "50 frames of a tone came back unchanged, in 2.5 ms"),
        (lambda unit: None, "problem", "0 of 50 frames of a tone came back in 5 s"),
        (dropped_half, "problem", "25 of 50 frames of a tone came back in 5 s"),
        (quieter, "problem", "the tone came back changed"),
    ],
)
def test_loop(carry: Callable[[Unit], Unit | None], status: str, detail: str) -> None:
    channel = Channel(carry)
    check = check_loop("local engine", channel.join, lambda: channel.now_us)
    assert (check.status, check.detail) == (status, detail)
    assert channel.open == 0


def test_a_listener_is_closed_when_the_sender_cannot_join() -> None:
    channel = Channel(lambda unit: unit)

    def join() -> Channel:
        if channel.open:
            raise NetworkError("x", "no")
        return channel.join()

    with pytest.raises(NetworkError):
        check_loop("local engine", join)
    assert channel.open == 0


def test_the_tone() -> None:
    frames = tone()
    assert len(frames) == FRAMES
    assert {frame.samples for frame in frames} == {160}
    assert [frame.pts_us for frame in frames] == list(range(0, 500_000, 10_000))
    assert len({bytes(frame.data) for frame in frames}) > 1
