"""sources/probe.py: sound and picture in the order of their time, as much as was asked for."""

from fractions import Fraction

from agora_cli.frames import PcmFrame, RawVideo
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.sources.probe import ProbeSource


def test_units_come_in_order_and_end() -> None:
    source = ProbeSource(ProbeSignal(0, 1_000_000))
    units = list(source.units())
    assert [unit.pts_us for unit in units] == sorted(unit.pts_us for unit in units)
    assert sum(isinstance(unit, PcmFrame) for unit in units) == 50
    assert sum(isinstance(unit, RawVideo) for unit in units) == 15
    assert source.info.total_us == 1_000_000
    assert source.dropped == 0
    source.request_keyframe()
    source.close()


def test_only_what_is_asked_for_is_there() -> None:
    sound = ProbeSource(ProbeSignal(0, 100_000, channels=1, width=0))
    assert sound.info.video is None
    assert [unit.pts_us for unit in sound.units()] == [0, 20_000, 40_000, 60_000, 80_000]
    picture = ProbeSource(ProbeSignal(0, 100_000, channels=0, frame_rate=Fraction(30)))
    assert picture.info.audio is None
    assert [unit.pts_us for unit in picture.units()] == [0, 33_333, 66_666]
    assert next(picture.units()) != next(ProbeSource(ProbeSignal(1, 100_000, channels=0)).units())
