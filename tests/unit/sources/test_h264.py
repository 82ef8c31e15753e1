"""media/elementary.py: access units, their times, loops, starts; every conformance stream comes out whole."""

import os
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.frames import EncodedVideo
from agora_cli.media.signature import starts_like_annexb
from agora_cli.native.access_unit import AccessUnitSplitter
from agora_cli.native.scan import nal_units
from agora_cli.sources.base import Excerpt
from agora_cli.sources.h264 import KEYFRAME_BYTES, ElementarySource, open_elementary
from agora_cli.sources.limited import limited
from tests.media_files import CONFORMANCE, NTSC, Film, decoded, decoded_units, elementary

STREAMS = sorted(CONFORMANCE.glob("*.264"))


@pytest.fixture(scope="module")
def film() -> bytes:
    return elementary()


def opened(path: Path, rate: Fraction | None = None, **excerpt: Any) -> ElementarySource:
    return open_elementary(str(path), rate, Excerpt(**excerpt), Stop())


def units(path: Path, rate: Fraction | None = None, **excerpt: Any) -> list[EncodedVideo]:
    return [unit for unit in opened(path, rate, **excerpt).units() if isinstance(unit, EncodedVideo)]


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "film.h264"
    path.write_bytes(data)
    return path


@pytest.mark.skipif(not STREAMS, reason=f"no conformance streams in {CONFORMANCE}")
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_conformance_streams_decode_to_the_same_pictures(path: Path) -> None:
    found = units(path)
    expected = decoded(path.read_bytes())
    assert expected
    assert decoded_units([bytes(unit.data) for unit in found]) == expected
    assert decoded(b"".join(bytes(unit.data) for unit in found)) == expected
    splitter = AccessUnitSplitter("h264")
    assert len(found) == len(splitter.push(path.read_bytes()) + splitter.flush())
    check_times(found, Fraction(30) if path.stem.startswith("VID") else Fraction(25))


def check_times(found: list[EncodedVideo], rate: Fraction) -> None:
    """Assert equal distances in decoding, each place of showing taken once, and nothing shown before it is sent."""
    assert [unit.dts_us for unit in found] == [int(n * 1_000_000 / rate) for n in range(len(found))]
    shown = sorted(unit.pts_us for unit in found)
    first = round(shown[0] * rate / 1_000_000)
    assert shown == [int((n + first) * 1_000_000 / rate) for n in range(len(found))]
    assert all(unit.pts_us >= unit.dts_us for unit in found)


def test_b_frames_are_shown_in_their_order(tmp_path: Path, film: bytes) -> None:
    found = units(written(tmp_path, film))
    assert len(found) == 60
    check_times(found, NTSC)
    # Hashes come in the order of showing; each access unit alone does not decode, so compare through a container.
    order = sorted(range(60), key=lambda n: found[n].pts_us)
    assert order != list(range(60))
    assert found[0].width == 160
    assert found[0].frame_rate == NTSC


def test_the_bytes_are_those_of_the_file(tmp_path: Path, film: bytes) -> None:
    assert b"".join(bytes(unit.data) for unit in units(written(tmp_path, film))) == film


def test_keyframes_without_parameter_sets_get_them(tmp_path: Path) -> None:
    stream = elementary(in_band=False)
    keyframes = [unit for unit in units(written(tmp_path, stream)) if unit.keyframe]
    assert len(keyframes) > 3
    for unit in keyframes:
        assert {7, 8} <= {nal.type for nal in nal_units(unit.data)}
    late = [bytes(unit.data) for unit in units(written(tmp_path, stream))]
    second = late.index(bytes(keyframes[1].data))
    assert decoded_units(late[second:]) == decoded(stream)[-len(late[second:]) :]


def test_the_rate_said_overrides_the_stream_s(tmp_path: Path, film: bytes) -> None:
    source = opened(written(tmp_path, film), Fraction(50))
    assert source.info.video is not None
    assert source.info.video.frame_rate == 50
    assert [u.dts_us for u in source.units() if isinstance(u, EncodedVideo)][:3] == [0, 20_000, 40_000]


@pytest.mark.skipif(not STREAMS, reason=f"no conformance streams in {CONFORMANCE}")
def test_a_stream_without_a_rate_is_taken_as_25_with_a_warning() -> None:
    source = opened(CONFORMANCE / "MIDR_MW_D.264")
    assert any("no frame rate in the stream, taken as 25" in warning for warning in source.info.warnings)
    assert not any("frame rate" in warning for warning in opened(STREAMS[0], Fraction(30)).info.warnings)


def test_b_frames_are_warned_of(tmp_path: Path, film: bytes) -> None:
    assert any("B-frames" in warning for warning in opened(written(tmp_path, film)).info.warnings)
    plain = written(tmp_path, elementary(Film(b_frames=0)))
    assert opened(plain).info.warnings == ()
    assert all(unit.pts_us == unit.dts_us for unit in units(plain))


def test_a_loop_goes_on_without_a_seam(tmp_path: Path, film: bytes) -> None:
    path = written(tmp_path, film)
    found = units(path, loops=3)
    check_times(found, NTSC)
    assert len(found) == 180
    assert found[60].keyframe
    assert [unit.data for unit in found[60:120]] == [unit.data for unit in found[:60]]


def test_an_endless_loop_ends_with_the_duration(tmp_path: Path, film: bytes) -> None:
    endless = opened(written(tmp_path, film), Fraction(25), loops=0)
    assert len(list(limited(endless, Fraction(10)).units())) == 250


@pytest.mark.parametrize(("start_s", "picture"), [("0.4", 0), ("0.6", 15), ("1.19", 15), ("1.2", 30)])
def test_a_start_goes_back_to_the_keyframe(tmp_path: Path, start_s: str, picture: int) -> None:
    path = written(tmp_path, elementary(Film(b_frames=0)))
    whole = units(path, Fraction(25))
    assert [unit.keyframe for unit in whole[:31]].count(True) == 3
    found = units(path, Fraction(25), start_s=Fraction(start_s))
    assert [unit.data for unit in found] == [unit.data for unit in whole[picture:]]
    assert found[0].dts_us == 0


def test_a_start_behind_the_end_is_refused(tmp_path: Path, film: bytes) -> None:
    with pytest.raises(InputError, match="--start is behind its end at 2.002 s"):
        opened(written(tmp_path, film), start_s=Fraction(60))


def test_pictures_before_the_first_keyframe_are_left_out(tmp_path: Path) -> None:
    splitter = AccessUnitSplitter("h264")
    stream = elementary(Film(b_frames=0))
    parts = splitter.push(stream) + splitter.flush()
    source = opened(written(tmp_path, b"".join(part.data for part in parts[10:])))
    assert any("first 5 pictures left out" in warning for warning in source.info.warnings)
    found = list(source.units())
    assert len(found) == 45
    assert bytes(found[0].data) == parts[15].data


@pytest.mark.parametrize("cut", [1, 10, 1500])
def test_a_cut_stream_gives_its_good_units(tmp_path: Path, film: bytes, cut: int) -> None:
    whole = units(written(tmp_path, film))
    found = units(written(tmp_path, film[:-cut]))
    assert 0 < len(found) <= len(whole)
    assert [unit.data for unit in found[:-1]] == [unit.data for unit in whole[: len(found) - 1]]


def without(stream: bytes, kind: int) -> bytes:
    """Return a stream without the NAL units of a type."""
    return b"".join(
        b"\0\0\0\1" + stream[nal.offset : nal.offset + nal.length] for nal in nal_units(stream) if nal.type != kind
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (5, "no keyframe in it: no receiver could begin to decode it"),
        (7, "no sequence parameter set in it: no receiver could decode it"),
        (8, "no picture parameter set in it: no receiver could decode it"),
    ],
)
def test_what_lacks_is_named(tmp_path: Path, kind: int, text: str) -> None:
    stream = elementary(Film(b_frames=0, gop=250, pictures=10))
    with pytest.raises(InputError) as caught:
        opened(written(tmp_path, without(stream, kind)))
    assert caught.value.message.endswith(text)
    assert caught.value.exit == 3


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        (b"hello, this is text and no video\n", "not-video"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "not-video"),
        (bytes(1000), "not-video"),
        (b"\0\0\0\x1cftypisom" + bytes(100), "container"),
        (b"\x1a\x45\xdf\xa3" + bytes(100), "container"),
        (b"\0\0\0\1\x40\x01\x0c\x01\xff\xff", "not-h264"),
        (b"\0\0\0\1\x09\x10\0\0\0\1\x0c\xff", "no-keyframe"),
    ],
)
def test_what_is_no_stream_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        opened(written(tmp_path, data))
    assert caught.value.code == code
    assert "film.h264" in caught.value.message


def test_zero_length_units_and_trailing_bytes_do_no_harm(tmp_path: Path) -> None:
    stream = elementary(Film(b_frames=0))
    splitter = AccessUnitSplitter("h264")
    parts = [part.data for part in splitter.push(stream) + splitter.flush()]
    damaged = b"\0\0\1\0\0\1".join(parts[:20]) + b"\0\0\3\0\0\3" + b"\0\0\1\x0c\xff\xff"
    assert len(units(written(tmp_path, damaged))) == 20


def test_a_fifo_that_closes_ends_the_stream(tmp_path: Path, film: bytes) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb") as pipe:
            pipe.write(film[: len(film) // 2])

    writer = threading.Thread(target=write)
    writer.start()
    source = opened(path)
    found = list(source.units())
    writer.join(10)
    source.close()
    splitter = AccessUnitSplitter("h264")
    assert len(found) == len(splitter.push(film[: len(film) // 2]) + splitter.flush())


@pytest.mark.parametrize("excerpt", [{"loops": 2}, {"start_s": Fraction(1)}])
def test_a_pipe_gives_no_loop_and_no_start(tmp_path: Path, excerpt: dict[str, Any]) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.write(descriptor, elementary(Film(pictures=2)))
        with pytest.raises(InputError, match="no --loop, no --start"):
            opened(path, **excerpt)
    finally:
        os.close(descriptor)


def test_starts_like_annexb() -> None:
    assert starts_like_annexb(b"\0\0\1\x67")
    assert starts_like_annexb(b"\0\0\0\1\x67")
    assert not starts_like_annexb(b"\1\0\0\1\x67")
    assert not starts_like_annexb(b"\0\0\0\0")
    assert KEYFRAME_BYTES > 1 << 20
