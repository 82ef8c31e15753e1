"""sources/container/stages.py: what each track becomes, as it is, decoded or encoded again."""

import io
from pathlib import Path
from typing import Any

import av
import pytest

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.frames import EncodedAudio, EncodedVideo
from agora_cli.native.scan import nal_units
from agora_cli.sources.base import Excerpt
from agora_cli.sources.container.plan import ContainerOptions, Transcode
from agora_cli.sources.h264 import open_elementary
from tests.media_files import NTSC, RATE_HZ, Film, decoded_units, elementary, make_film, rewrap
from tests.unit.sources.container.films import opened, pictures, samples, sound, units


def test_keyframes_carry_their_parameter_sets(tmp_path: Path) -> None:
    for unit in pictures(units(make_film(tmp_path / "film.mp4"))):
        types = {nal.type for nal in nal_units(unit.data)}
        assert unit.keyframe == ({7, 8} <= types)


@pytest.mark.parametrize(("codec", "name"), [("libvpx", "vp8"), ("libvpx-vp9", "vp9")])
def test_vp8_and_vp9_pass_through(tmp_path: Path, codec: str, name: str) -> None:
    path = make_film(tmp_path / "film.mkv", Film(codec=codec, pictures=10, sound=""))
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    found = pictures(units(path))
    assert [bytes(unit.data) for unit in found] == packets
    assert {unit.codec for unit in found} == {name}
    assert found[0].keyframe


def test_av1_passes_through_above_360_lines(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(codec="libsvtav1", size=(640, 384), pictures=5, sound=""))
    found = pictures(units(path))
    assert {unit.codec for unit in found} == {"av1"}
    context: Any = av.CodecContext.create("libdav1d", "r")
    frames = [frame for unit in found for frame in context.decode(av.Packet(bytes(unit.data)))] + context.decode(None)
    assert len(frames) == 5


def test_h265_is_sent_as_h264_and_says_so(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(codec="libx265", pictures=20, b_frames=2))
    source = opened(path)
    assert any("H265 can only be received: H264 is sent instead" in note for note in source.info.notes)
    found = pictures(list(source.units()))
    source.close()
    assert len(found) == 20
    assert {unit.codec for unit in found} == {"h264"}
    assert all(unit.pts_us == unit.dts_us for unit in found)
    assert len(decoded_units([bytes(unit.data) for unit in found])) == 20


def test_transcoding_takes_the_b_frames_out(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4")
    options = ContainerOptions(transcode=Transcode(bitrate_bps=300_000, gop=10), always_transcode=True)
    source = opened(path, options, loops=2)
    assert source.info.warnings == ()
    assert source.info.video is not None
    assert source.info.video.bitrate_bps == 300_000
    found = list(source.units())
    source.close()
    mine = pictures(found)
    keyframes = [n for n, unit in enumerate(mine) if unit.keyframe]
    assert {0, 60} <= set(keyframes)
    assert max(b - a for a, b in zip(keyframes, keyframes[1:], strict=False)) <= 10
    assert [unit.pts_us for unit in mine] == [n * 1_001_000_000 // 30_000 for n in range(120)]
    assert sound(found)[0].pts_us == 0


def test_a_keyframe_can_be_asked_for_where_we_encode(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(sound=""))

    def keyframes(asked_after: int) -> set[int]:
        source = opened(path, ContainerOptions(always_transcode=True))
        found = set()
        for number, unit in enumerate(source.units()):
            assert isinstance(unit, EncodedVideo)
            if unit.keyframe:
                found.add(number)
            if number == asked_after:
                source.request_keyframe()
        source.close()
        return found

    added = keyframes(24) - keyframes(-1)
    assert added
    assert 24 < min(added) <= 40


def test_another_codec_on_request(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(pictures=5, sound=""))
    found = pictures(units(path, ContainerOptions(transcode=Transcode(codec="vp8"))))
    assert {unit.codec for unit in found} == {"vp8"}
    assert pictures(units(path, ContainerOptions(transcode=Transcode(codec="h264")))) == pictures(units(path))


def test_copied_aac_says_what_it_is(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4")
    copied = [unit for unit in units(path, ContainerOptions(copy_sound=True)) if isinstance(unit, EncodedAudio)]
    assert {unit.codec for unit in copied} == {"aac"}
    assert sum(unit.samples for unit in copied) == 1024 + int(60 / NTSC * RATE_HZ)
    with av.open(io.BytesIO(b"".join(bytes(unit.data) for unit in copied)), format="aac") as stream:
        assert sum(frame.samples for frame in stream.decode(audio=0)) == 95 * 1024


def test_copied_opus_is_untouched(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mkv", Film(sound="libopus"))
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    copied = [unit for unit in units(path, ContainerOptions(copy_sound=True)) if isinstance(unit, EncodedAudio)]
    assert [bytes(unit.data) for unit in copied] == packets
    assert all(unit.samples == 960 for unit in copied[:-1])


def test_sound_that_no_channel_carries_is_not_copied(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mkv", Film(sound="flac"))
    with pytest.raises(InputError, match="no channel carries flac sound"):
        opened(path, ContainerOptions(copy_sound=True))


def test_a_size_that_changes_is_told(tmp_path: Path) -> None:
    stream = tmp_path / "film.h264"
    stream.write_bytes(elementary(Film(b_frames=0)) + elementary(Film(b_frames=0, size=(320, 240))))
    source = [unit for unit in open_elementary(str(stream), None, Excerpt(), Stop()).units()]
    sizes = [(160, 120)] * 60 + [(320, 240)] * 60
    assert [(unit.width, unit.height) for unit in pictures(source)] == sizes
    for name in ("film.mp4", "film.mkv"):
        found = pictures(units(rewrap(pictures(source), tmp_path / name)))
        assert [(unit.width, unit.height) for unit in found] == sizes


def test_many_channels_are_mixed_down_and_high_rates_resampled(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mkv", Film(sound="flac", channels=6, sound_rate_hz=96_000))
    source = opened(path)
    assert source.info.audio is not None
    assert (source.info.audio.channels, source.info.audio.sample_rate_hz) == (2, 48_000)
    assert any("6 channels mixed down to 2" in note for note in source.info.notes)
    assert any("96000 Hz is outside 8-48 kHz" in note for note in source.info.notes)
    got = samples(sound(list(source.units())))
    source.close()
    assert abs(len(got) - int(60 / NTSC * RATE_HZ)) <= 1
