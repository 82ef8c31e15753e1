"""The check of an engine: one participant sends a tone, another has to hear exactly that."""

import math
import statistics
from array import array
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Protocol

from agora_cli.clock import monotonic_us
from agora_cli.commands.doctor.check import Check, ok, problem
from agora_cli.events import Event, MediaReceived
from agora_cli.frames import PcmFrame, Unit

RATE_HZ = 16_000
FRAME_MS = 10
FRAMES = 50
TONE_HZ = 440
TIMEOUT_S = 5.0


class Participant(Protocol):
    """What the check needs of a connection."""

    def push(self, unit: Unit) -> None:
        """Send one unit."""

    def events(self, timeout_s: float) -> Iterator[Event]:
        """Yield what has arrived."""

    def close(self) -> None:
        """Leave."""


def check_loop(name: str, join: Callable[[], Participant], now_us: Callable[[], int] = monotonic_us) -> Check:
    """Join a channel twice, send half a second of a tone at once, and compare every sample that comes back.

    `join` is called for the listener first, then for the sender; what it raises is for the caller.
    """
    sent = tone()
    with closing(join()) as listener, closing(join()) as sender:
        start_us = now_us()
        for frame in sent:
            sender.push(frame)
        heard: list[PcmFrame] = []
        delays_us: list[int] = []
        while len(heard) < FRAMES and now_us() - start_us < TIMEOUT_S * 1_000_000:
            for event in listener.events(0.1):
                if isinstance(event, MediaReceived) and isinstance(event.unit, PcmFrame):
                    heard.append(event.unit)
                    delays_us.append(event.at_us - start_us)
    if len(heard) < FRAMES:
        text = f"{len(heard)} of {FRAMES} frames of a tone came back in {TIMEOUT_S:.0f} s"
        return problem(name, text, "run it again on an idle machine")
    if [bytes(frame.data) for frame in heard] != [bytes(frame.data) for frame in sent]:
        return problem(name, "the tone came back changed", "this is a bug: please report it")
    return ok(name, f"{FRAMES} frames of a tone came back unchanged, in {statistics.median(delays_us) / 1000:.1f} ms")


def tone() -> list[PcmFrame]:
    """Return half a second of a sine at -6 dBFS, as frames of 10 ms."""
    per_frame = RATE_HZ * FRAME_MS // 1000
    frames = []
    for index in range(FRAMES):
        start = index * per_frame
        wave = (math.sin(2 * math.pi * TONE_HZ * at / RATE_HZ) for at in range(start, start + per_frame))
        samples = array("h", (round(16384 * value) for value in wave))
        frames.append(PcmFrame(index * FRAME_MS * 1000, RATE_HZ, 1, samples.tobytes()))
    return frames
