"""sinks/probe/heard.py: each piece with its place, through any engine's way of cutting sound."""

import numpy as np
import pytest

from agora_cli.events import MediaReceived
from agora_cli.frames import PcmFrame
from agora_cli.media.probe import noise
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.sinks.probe.heard import Ear, SoundPiece
from agora_cli.sources.probe import ProbeSource


def arrivals(length_us: int = 400_000, channels: int = 2, identity: int = 0, early_us: int = 0) -> list[MediaReceived]:
    """Return the signal's sound as it comes 1 ms later."""
    units = ProbeSource(ProbeSignal(identity, length_us, channels, width=0)).units()
    return [MediaReceived(1_001_000 + unit.pts_us, "7", 1, unit) for unit in units]


@pytest.mark.parametrize("channels", [1, 2])
def test_places_are_those_that_were_sent(channels: int) -> None:
    heard = list(Ear(0).hear(arrivals(channels=channels), 1_000_000))
    assert [piece.place_us for piece in heard] == [number * 20_000 for number in range(20)]
    assert {(piece.identity, piece.swapped, piece.silent) for piece in heard} == {(0, False, False)}


def test_places_of_other_rates_and_cuts() -> None:
    events = []
    for number in range(30):
        data = noise.sound(1, 1, 16_000, number * 160, 160)
        events.append(MediaReceived(number * 10_000, "7", 1, PcmFrame(number * 10_000, 16_000, 1, data)))
    assert [piece.place_us for piece in Ear(1).hear(events, None)] == [number * 10_000 for number in range(30)]


def test_a_stranger_and_silence_are_told_apart() -> None:
    assert {piece.identity for piece in Ear(0).hear(arrivals(identity=1), None)} == {1}
    silence = MediaReceived(0, "7", 1, PcmFrame(0, 48_000, 2, bytes(3840)))
    assert list(Ear(0).hear([silence], None)) == [SoundPiece(0, 0, 20_000, -120.0)]
    static = np.random.default_rng(1).integers(-9000, 9000, 1920).astype("<i2").tobytes()
    (piece,) = Ear(0).hear([MediaReceived(0, "7", 1, PcmFrame(0, 48_000, 2, static))], None)
    assert piece.place_us is None
    assert not piece.silent


def test_long_signals_are_unrolled_by_the_clock_of_arrival() -> None:
    data = noise.sound(0, 1, 48_000, 48_000 * 40, 960)
    late = MediaReceived(41_000_000, "7", 1, PcmFrame(7, 48_000, 1, data))
    assert [piece.place_us for piece in Ear(0).hear([late], 1_000_000)] == [40_000_000]
