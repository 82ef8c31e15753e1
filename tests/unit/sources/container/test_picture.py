"""sources/container/picture.py: settings for an encoder, and packets that only a made-up demuxer gives."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from agora_cli.errors import InputError, UsageError
from agora_cli.frames import EncodedVideo
from agora_cli.native.access_unit import AccessUnitSplitter
from agora_cli.native.annexb import Converter
from agora_cli.sources.base import VideoInfo
from agora_cli.sources.container.clock import TickClock
from agora_cli.sources.container.picture import VideoCopier
from agora_cli.sources.container.plan import Transcode, encoder_settings, nominal_rate
from tests.avcc import extradata_from, to_length_prefixed
from tests.media_files import Film, decoded_units, elementary


class Packet(bytearray):
    """A packet as PyAV hands it on: writable bytes with times and side data."""

    def __init__(self, data: bytes, pts: int | None, dts: int | None, **rest: Any) -> None:
        super().__init__(data)
        self.pts, self.dts = pts, dts
        self.duration: int = rest.get("duration", 40)
        self.is_keyframe: bool = rest.get("keyframe", False)
        self.pos: int | None = rest.get("pos", 100)
        self.new_extradata: bytes | None = rest.get("new_extradata")

    def has_sidedata(self, kind: str) -> bool:
        return kind == "new_extradata" and self.new_extradata is not None

    def get_sidedata(self, kind: str) -> bytes:
        assert kind == "new_extradata"
        assert self.new_extradata is not None
        return self.new_extradata


def stream(extradata: bytes = b"", **context: Any) -> Any:
    values = {"extradata": extradata, "width": 160, "height": 120, "colorspace": 1} | context
    return SimpleNamespace(average_rate=Fraction(25), guessed_rate=None, codec_context=SimpleNamespace(**values))


def copier(codec: Any, extradata: bytes = b"") -> VideoCopier:
    info = VideoInfo(160, 120, codec=codec, frame_rate=Fraction(25))
    return VideoCopier(stream(extradata), info, TickClock(Fraction(1, 1000), 0), "film.mp4")


def pushed(track: VideoCopier, packet: Packet) -> EncodedVideo:
    (unit,) = track.push(packet)  # type: ignore[arg-type]
    return unit


def film(size: tuple[int, int], pictures: int = 4) -> list[bytes]:
    splitter = AccessUnitSplitter("h264")
    data = elementary(Film(pictures=pictures, b_frames=0, size=size))
    return [unit.data for unit in splitter.push(data) + splitter.flush()]


def test_times_and_length() -> None:
    track = copier("vp8")
    assert (track.extent.start, track.extent.end) == (None, None)
    assert [(u.pts_us, u.dts_us) for u in (pushed(track, Packet(b"x", 40 + n, n)) for n in (0, 40, 80))] == [
        (40_000, 0),
        (80_000, 40_000),
        (120_000, 80_000),
    ]
    assert (track.extent.start, track.extent.end) == (Fraction(40, 1000), Fraction(160, 1000))


def test_a_picture_is_never_shown_before_it_is_sent() -> None:
    track = copier("vp8")
    pushed(track, Packet(b"x", 100, 100))
    assert pushed(track, Packet(b"x", 60, 110)).pts_us == 110_000
    assert pushed(track, Packet(b"x", None, 150)).pts_us == 150_000


def test_a_new_description_in_mid_stream_is_followed() -> None:
    """Two sample entries of one MP4 track: the sets of the second come as side data of its first packet."""
    first, second = film((160, 120)), film((320, 240))
    track = copier("h264", extradata_from("h264", first[0]))
    units = []
    for n, data in enumerate(first + second):
        extradata = extradata_from("h264", second[0]) if n == len(first) else None
        packet = Packet(bare(data), 40 * n, 40 * n, keyframe=n in (0, len(first)), new_extradata=extradata)
        units.append(pushed(track, packet))
    assert [(unit.width, unit.height) for unit in units] == [(160, 120)] * 4 + [(320, 240)] * 4
    assert len(decoded_units([bytes(unit.data) for unit in units])) == 8


def bare(data: bytes, dropped: tuple[int, ...] = (7, 8)) -> bytes:
    """Return an access unit as MP4 holds it: lengths, no parameter sets."""
    lengths = to_length_prefixed(data)
    kept, offset = b"", 0
    while offset < len(lengths):
        end = offset + 4 + int.from_bytes(lengths[offset : offset + 4], "big")
        if lengths[offset + 4] & 31 not in dropped:
            kept += lengths[offset:end]
        offset = end
    return kept


@pytest.mark.parametrize("length_size", [1, 2, 4])
def test_every_length_size_comes_out_the_same(length_size: int) -> None:
    plain = film((32, 32))  # so small that a length of one byte can say a whole picture
    record = bytearray(extradata_from("h264", plain[0]))
    record[4] = record[4] & ~3 | length_size - 1
    units = []
    for data in plain:
        lengths, packet, offset = bare(data, (6, 7, 8)), b"", 0
        while offset < len(lengths):
            size = int.from_bytes(lengths[offset : offset + 4], "big")
            packet += size.to_bytes(length_size, "big") + lengths[offset + 4 : offset + 4 + size]
            offset += 4 + size
        units.append((packet, data))
    track = copier("h264", bytes(record))
    found = [pushed(track, Packet(p, 40 * n, 40 * n, keyframe=n == 0)) for n, (p, _) in enumerate(units)]
    assert decoded_units([bytes(unit.data) for unit in found]) == decoded_units(plain)


def test_a_fault_names_the_packet() -> None:
    plain = film((160, 120))
    track = copier("h264", extradata_from("h264", plain[0]))
    with pytest.raises(InputError, match="film.mp4: packet at byte 100: NAL length points beyond the packet at byte 0"):
        pushed(track, Packet(b"\0\0\1\0ab", 0, 0))


def test_settings() -> None:
    settings = encoder_settings(stream(width=161, height=121), "h264", Transcode(gop=7))
    assert (settings.width, settings.height, settings.gop, settings.frame_rate) == (160, 120, 7, 25)
    assert settings.color_space == "bt709"
    assert encoder_settings(stream(), "vp8", Transcode(bitrate_bps=123_456)).bitrate_bps == 123_456
    with pytest.raises(UsageError, match="--preset"):
        encoder_settings(stream(), "h264", Transcode(preset="hasty"))
    assert not Transcode(codec="vp8").said
    assert Transcode(preset="fast").said


def test_a_rate_that_cannot_be_is_not_believed() -> None:
    odd = SimpleNamespace(average_rate=Fraction(90_000), guessed_rate=Fraction(30))
    assert nominal_rate(odd) == 30  # type: ignore[arg-type]
    assert nominal_rate(SimpleNamespace(average_rate=None, guessed_rate=Fraction(0))) is None  # type: ignore[arg-type]


def test_the_converter_is_the_core_s() -> None:
    plain = film((160, 120))
    track = copier("h264", extradata_from("h264", plain[0]))
    converter = Converter("h264", extradata_from("h264", plain[0]))
    expected = bytes(converter.convert(bare(plain[0]), True))
    assert bytes(pushed(track, Packet(bare(plain[0]), 0, 0, keyframe=True)).data) == expected
