"""sources/container/sound.py on packets and frames made by hand."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from agora_cli.errors import InputError
from agora_cli.frames import EncodedAudio
from agora_cli.sources.base import AudioInfo
from agora_cli.sources.container.clock import TickClock
from agora_cli.sources.container.plan import copied_format, pcm_format
from agora_cli.sources.container.sound import SoundCopier


def stream(codec: str = "opus", rate: int = 48_000, channels: int = 2, **rest: Any) -> Any:
    context = SimpleNamespace(codec=SimpleNamespace(canonical_name=codec), extradata=rest.pop("extradata", None))
    return SimpleNamespace(rate=rate, channels=channels, codec_context=context, start_time=0)


class Packet(bytes):
    """An audio packet as PyAV hands it on."""

    pts: int
    dts: int
    duration: int
    is_discard: bool


def packet(pts: int, duration: int = 960, discard: bool = False) -> Any:
    made = Packet(b"opus")
    made.pts = made.dts = pts
    made.duration, made.is_discard = duration, discard
    return made


def copier(time_base: Fraction = Fraction(1, 48_000), from_us: int | None = None) -> SoundCopier:
    return SoundCopier(stream(), AudioInfo(48_000, 2, "opus"), TickClock(time_base, 0), from_us)


def units(track: SoundCopier, packets: list[Any]) -> list[EncodedAudio]:
    return [unit for packet in packets for unit in track.push(packet)]


@pytest.mark.parametrize(
    ("rate", "channels", "expected", "notes"),
    [
        (48_000, 2, (48_000, 2), 0),
        (8_000, 1, (8_000, 1), 0),
        (44_100, 6, (44_100, 2), 1),
        (96_000, 2, (48_000, 2), 1),
        (7_350, 8, (48_000, 2), 2),
    ],
)
def test_pcm_format(rate: int, channels: int, expected: tuple[int, int], notes: int) -> None:
    info, said = pcm_format(stream(rate=rate, channels=channels))
    assert ((info.sample_rate_hz, info.channels), len(said), info.codec) == (expected, notes, None)


@pytest.mark.parametrize(
    ("codec", "sent"),
    [("opus", "opus"), ("aac", "aac"), ("adpcm_g722", "g722"), ("pcm_alaw", "pcma"), ("pcm_mulaw", "pcmu")],
)
def test_what_is_copied(codec: str, sent: str) -> None:
    assert copied_format(stream(codec), "film").codec == sent


def test_what_no_channel_carries() -> None:
    with pytest.raises(InputError, match="film: no channel carries vorbis sound"):
        copied_format(stream("vorbis"), "film")


def test_packets_keep_their_times() -> None:
    track = copier()
    assert (track.extent.start, track.extent.end) == (None, None)
    found = units(track, [packet(960 * n) for n in range(3)])
    assert [(unit.pts_us, unit.samples) for unit in found] == [(0, 960), (20_000, 960), (40_000, 960)]
    assert (track.extent.start, track.extent.end) == (0, Fraction(6, 100))
    assert list(track.flush()) == []


def test_samples_of_a_container_that_counts_milliseconds() -> None:
    track = copier(Fraction(1, 1000))
    assert [unit.samples for unit in units(track, [packet(0, 20), packet(20, 3), packet(23, 0)])] == [960, 144, 0]


def test_a_seek_leaves_out_what_is_earlier() -> None:
    assert [unit.pts_us for unit in units(copier(from_us=30_000), [packet(960 * n) for n in range(4)])] == [
        40_000,
        60_000,
    ]


def test_of_what_is_before_the_edit_list_only_the_preroll_is_sent() -> None:
    packets = [packet(960 * n, discard=n < 0) for n in range(-10, 2)]
    assert [unit.pts_us for unit in units(copier(), packets)] == [20_000 * n for n in range(-4, 2)]
