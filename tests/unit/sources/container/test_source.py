"""sources/container/source.py: what a file holds comes out in sync, from its start and in loops."""

from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.frames import MICROSECONDS
from agora_cli.native.scan import nal_units
from agora_cli.sources.base import Excerpt
from agora_cli.sources.container.plan import ContainerOptions
from agora_cli.sources.h264 import open_elementary
from agora_cli.sources.limited import limited
from tests.media_files import CONFORMANCE, NTSC, RATE_HZ, Film, decoded, decoded_units, elementary, make_film, rewrap
from tests.unit.sources.container.films import (
    AUDIO_ONLY,
    FRAGMENTED,
    VIDEO_ONLY,
    opened,
    pictures,
    samples,
    send_us,
    sound,
    tone,
    units,
)

STREAMS = sorted(CONFORMANCE.glob("*.264"))


@cache
def expected_pictures(path: Path) -> list[int]:
    return decoded(path.read_bytes())


@pytest.mark.skipif(not STREAMS, reason=f"no conformance streams in {CONFORMANCE}")
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_rewrapped_conformance_streams_come_out_whole(path: Path, suffix: str, tmp_path: Path) -> None:
    source = pictures(list(open_elementary(str(path), Fraction(25), Excerpt(), Stop()).units()))
    wrapped = rewrap(source, tmp_path / f"film.{suffix}")
    found = pictures(units(wrapped))
    assert len(found) == len(source)
    assert decoded_units([bytes(unit.data) for unit in found]) == expected_pictures(path)
    tolerance_us = 0 if suffix == "mp4" else 1000
    shift_us = source[0].pts_us - found[0].pts_us
    for mine, theirs in zip(found, source, strict=True):
        assert abs(mine.pts_us + shift_us - theirs.pts_us) <= tolerance_us + 1
        assert mine.pts_us >= mine.dts_us


@pytest.mark.parametrize(
    "film",
    [
        Film(),
        Film(muxer_options=FRAGMENTED),
        Film(muxer_options={"movflags": "faststart"}),
        Film(sound="libopus"),
        Film(b_frames=0),
        Film(rate=Fraction(60)),
    ],
    ids=["mp4", "fragmented", "faststart", "opus", "no-b-frames", "60"],
)
def test_picture_times_are_exact(tmp_path: Path, film: Film) -> None:
    found = units(make_film(tmp_path / "film.mp4", film))
    shown = sorted(unit.pts_us for unit in pictures(found))
    assert len(shown) == film.pictures
    for number, pts_us in enumerate(shown):
        assert abs(pts_us - shown[0] - number * MICROSECONDS / film.rate) <= 1
    assert [send_us(unit) for unit in found] == sorted(send_us(unit) for unit in found)
    assert send_us(found[0]) == 0
    assert all(unit.pts_us >= unit.dts_us for unit in pictures(found))
    expected_rate = NTSC if film.rate == NTSC else film.rate
    assert pictures(found)[0].frame_rate == expected_rate


def test_nothing_drifts_in_an_hour(tmp_path: Path) -> None:
    """1800 pictures of 29.97 are one minute and 60 ms; the last is where it belongs to the microsecond."""
    film = Film(pictures=60, b_frames=0, sound="")
    found = pictures(units(make_film(tmp_path / "film.mp4", film), loops=60))
    assert len(found) == 3600
    assert [unit.pts_us for unit in found] == [n * 1_001_000_000 // 30_000 for n in range(3600)]


def test_varying_distances_are_kept(tmp_path: Path) -> None:
    times = [0, 10, 50, 70, 200, 210, 400, 401, 900, 1000]
    film = Film(pictures=10, picture_times=times, sound="", b_frames=0)
    for name in ("film.mp4", "film.mkv"):
        found = pictures(units(make_film(tmp_path / name, film)))
        assert [unit.pts_us for unit in found] == [1000 * time for time in times]
        # Matroska's header tells the rate that the encoder was opened with.
        assert found[0].frame_rate == (None if name == "film.mp4" else NTSC)


@pytest.mark.parametrize("delay_s", [Fraction(0), Fraction(1, 4), Fraction(7, 1000)])
@pytest.mark.parametrize("name", ["film.mov", "film.mkv"])
def test_sound_keeps_its_offset_to_the_sample(tmp_path: Path, delay_s: Fraction, name: str) -> None:
    """PCM has no priming: its first sample is `delay_s` behind the first picture."""
    film = Film(sound="pcm_s16le", sound_delay_s=delay_s)
    found = units(make_film(tmp_path / name, film))
    first_picture = min(unit.pts_us for unit in pictures(found))
    frames = sound(found)
    tolerance_us = 1 if name == "film.mov" else 1000
    assert abs(frames[0].pts_us - first_picture - delay_s * MICROSECONDS) <= tolerance_us
    total = int(film.pictures / NTSC * RATE_HZ)
    assert np.array_equal(samples(frames), tone(total))
    origin = frames[0].pts_us
    assert [frame.pts_us for frame in frames] == [origin + 10_000 * n for n in range(len(frames))]


def test_compressed_sound_begins_where_its_file_says(tmp_path: Path) -> None:
    """AAC: FFmpeg's own decoding is the reference, priming left out and the last packet cut as the file says."""
    path = make_film(tmp_path / "film.mp4")
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.duration is not None
        total = 94 * 1024
        plane = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(stream)])
    found = units(path)
    frames = sound(found)
    got = samples(frames)
    assert frames[0].pts_us == min(unit.pts_us for unit in pictures(found))
    assert len(plane) == total
    assert len(got) == int(60 / NTSC * RATE_HZ)
    assert np.max(np.abs(got - np.clip(plane[: len(got)] * 32768, -32768, 32767))) <= 1


def test_a_loop_is_as_long_as_its_longest_track(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mov", Film(sound="pcm_s16le"))
    once, twice = units(path), units(path, loops=3)
    length_us = Fraction(60) / NTSC * MICROSECONDS
    first, second = pictures(once), pictures(twice)
    assert len(second) == 180
    for number, unit in enumerate(second):
        run, index = divmod(number, 60)
        assert abs(unit.pts_us - first[index].pts_us - run * length_us) <= 1
        assert unit.data == first[index].data
    total = int(60 / NTSC * RATE_HZ)
    heard = samples(sound(twice))
    for run in range(3):
        begin = round(run * length_us * RATE_HZ / MICROSECONDS)
        assert np.array_equal(heard[begin : begin + total - 1], tone(total)[: total - 1])
    assert [send_us(unit) for unit in twice] == sorted(send_us(unit) for unit in twice)


def test_shorter_sound_is_followed_by_silence_in_a_loop(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    with av.open(str(make_film(tmp_path / "long.mov", Film(sound="pcm_s16le")))) as source:
        video, audio = source.streams.video[0], source.streams.audio[0]
        with av.open(str(path), "w") as out:
            copies = {stream.index: out.add_stream_from_template(stream) for stream in (video, audio)}
            for packet in source.demux(video, audio):
                if packet.dts is None or (packet.stream_index == audio.index and packet.pts >= RATE_HZ):
                    continue
                packet.stream = copies[packet.stream_index]
                out.mux(packet)
    found = units(path, loops=2)
    frames = sound(found)
    gap = [b.pts_us - a.pts_us for a, b in zip(frames, frames[1:], strict=False)]
    assert max(gap) > 900_000
    begins = [unit.pts_us for unit in pictures(found) if unit.keyframe]
    second_run = frames[gap.index(max(gap)) + 1]
    assert abs(second_run.pts_us - begins[len(begins) // 2]) <= 1


@pytest.mark.parametrize("muxer", [{}, FRAGMENTED])
def test_a_start_begins_with_a_keyframe_and_its_sound(tmp_path: Path, muxer: dict[str, str]) -> None:
    path = make_film(tmp_path / "film.mp4", Film(b_frames=0, muxer_options=muxer))
    whole = pictures(units(path, ContainerOptions(VIDEO_ONLY)))
    found = units(path, start_s=Fraction("1.2"))
    mine = pictures(found)
    assert mine[0].keyframe
    assert mine[0].dts_us == 0
    assert [bytes(unit.data) for unit in mine] == [bytes(unit.data) for unit in whole[30:]]
    assert 0 <= sound(found)[0].pts_us - mine[0].pts_us <= MICROSECONDS // RATE_HZ + 1


def test_sound_alone_starts_exactly(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mov", Film(sound="pcm_s16le"))
    frames = sound(units(path, ContainerOptions(AUDIO_ONLY), start_s=Fraction("0.505")))
    total = int(60 / NTSC * RATE_HZ)
    assert np.array_equal(samples(frames), tone(total)[24_240:])


def test_a_duration_ends_both_tracks(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mov", Film(sound="pcm_s16le", b_frames=0))
    found = list(limited(opened(path), Fraction("0.525")).units())
    assert len(pictures(found)) == 16
    assert len(samples(sound(found))) == int(0.525 * RATE_HZ)
    assert sound(found)[-1].padding == 240
    assert sound(found)[-1].samples == 480


def test_a_start_behind_the_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--start is behind its end"):
        opened(make_film(tmp_path / "film.mp4"), start_s=Fraction(60))


def test_an_edit_list_is_respected(tmp_path: Path) -> None:
    """The film is shown from 0.3 s on: sound begins there exactly, picture where decoding must."""
    source = make_film(tmp_path / "whole.mov", Film(sound="pcm_s16le", b_frames=0))
    path = tmp_path / "film.mov"
    with av.open(str(source)) as whole, av.open(str(path), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream) for stream in whole.streams}
        for packet in whole.demux():
            if packet.pts is None or packet.dts is None or packet.time_base is None:
                continue
            earlier = round(Fraction(3, 10) / packet.time_base)
            packet.pts, packet.dts, packet.stream = (
                packet.pts - earlier,
                packet.dts - earlier,
                copies[packet.stream_index],
            )
            out.mux(packet)
    opened_film = opened(path)
    assert any("pictures before its edit list are sent too" in note for note in opened_film.info.notes)
    found = list(opened_film.units())
    opened_film.close()
    whole_film = units(source)
    assert [bytes(unit.data) for unit in pictures(found)] == [bytes(unit.data) for unit in pictures(whole_film)]
    assert np.array_equal(samples(sound(found)), samples(sound(whole_film))[14_400:])
    assert abs(sound(found)[0].pts_us - pictures(found)[0].pts_us - 300_000) <= 1001
    copied = units(path, ContainerOptions(AUDIO_ONLY))
    assert copied[0].pts_us == 0
    transcoded = units(path, ContainerOptions(always_transcode=True))
    assert len(pictures(transcoded)) == 51
    assert abs(sound(transcoded)[0].pts_us - pictures(transcoded)[0].pts_us) <= 1001


def test_negative_decoding_times_begin_at_zero(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(sound=""))
    with av.open(str(path)) as container:
        assert next(container.demux(video=0)).dts == -2002
    found = pictures(units(path))
    assert found[0].dts_us == 0
    assert abs(found[0].pts_us - 2 * MICROSECONDS / NTSC) <= 1


def test_timestamps_that_wrap_go_on(tmp_path: Path) -> None:
    """A VP8 stream whose milliseconds are kept in 16 bits: the time goes on, nothing is sent twice or waited for."""
    with av.open(str(make_film(tmp_path / "film.mkv", Film(codec="libvpx", pictures=50, sound="")))) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    header = b"DKIF\0\0\x20\0VP80" + (160).to_bytes(2, "little") + (120).to_bytes(2, "little")
    header += (1000).to_bytes(4, "little") + (1).to_bytes(4, "little") + bytes(8)
    frames = (
        len(data).to_bytes(4, "little") + (((64_800 + 40 * n) % 65_536).to_bytes(8, "little")) + data
        for n, data in enumerate(packets)
    )
    path = tmp_path / "film.ivf"
    path.write_bytes(header + b"".join(frames))
    found = pictures(units(path))
    assert [unit.dts_us for unit in found] == [40_000 * n for n in range(50)]


def test_open_gop_streams_serve_a_late_joiner(tmp_path: Path) -> None:
    """Keyframes that are no IDR pictures get their parameter sets too."""
    film = Film(codec_options={"x264-params": "open-gop=1:keyint=15:min-keyint=15:bframes=2:scenecut=0"}, sound="")
    stream = tmp_path / "film.h264"
    stream.write_bytes(elementary(film, in_band=False))
    source = pictures(list(open_elementary(str(stream), None, Excerpt(), Stop()).units()))
    found = pictures(units(rewrap(source, tmp_path / "film.mp4")))
    keyframes = [n for n, unit in enumerate(found) if unit.keyframe]
    assert len(keyframes) >= 3
    assert sum(5 in {nal.type for nal in nal_units(unit.data)} for unit in found) == 1
    late = [bytes(unit.data) for unit in found[keyframes[1] :]]
    assert {7, 8} <= {nal.type for nal in nal_units(late[0])}
    assert decoded_units(late)[-20:] == decoded(stream.read_bytes())[-20:]
