"""From a file to a recording without an engine between: every way in, every way out, the same pictures."""

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import pytest

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedVideo, Unit, send_time_us
from agora_cli.sinks.record.plan import RecordPlan
from agora_cli.sinks.record.recording import Recording
from agora_cli.sources.base import Excerpt
from agora_cli.sources.container.plan import ContainerOptions
from agora_cli.sources.container.source import open_container
from agora_cli.sources.h264 import open_elementary
from tests.media_files import CONFORMANCE, Film, decoded, decoded_file, elementary, make_film, rewrap

STREAMS = sorted(CONFORMANCE.glob("*.264"))
Recorded = Literal["h264", "mkv", "mp4"]
FORMATS: tuple[Recorded, ...] = get_args(Recorded)


@cache
def pictures_of(path: Path) -> list[int]:
    return decoded(path.read_bytes())


def plan(directory: Path, recorded: Recorded) -> RecordPlan:
    if recorded == "h264":
        return RecordPlan("demo", directory, layout="elementary")
    return RecordPlan("demo", directory, layout="av", av_format=recorded)


def recorded_file(units: list[Unit], directory: Path, recorded: Recorded) -> Path:
    """Record units as they would arrive, at the moments when they are sent."""
    recording = Recording(plan(directory, recorded))
    for unit in units:
        at_us = send_time_us(unit)
        recording.write(MediaReceived(at_us, "7", 1, unit))
        recording.flush(at_us)
    rows = recording.close()
    assert [row.lost for row in rows] == [0] * len(rows)
    return Path(next(row.path for row in rows if row.kind != "audio"))


def elementary_units(path: Path) -> list[Unit]:
    return list(open_elementary(str(path), Fraction(25), Excerpt(), Stop()).units())


def container_units(path: Path) -> list[Unit]:
    return list(open_container(str(path), ContainerOptions(), Excerpt(), Stop()).units())


@pytest.mark.skipif(not STREAMS, reason=f"no conformance streams in {CONFORMANCE}")
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_conformance_streams(path: Path, tmp_path: Path) -> None:
    units = elementary_units(path)
    rewrapped = rewrap([unit for unit in units if isinstance(unit, EncodedVideo)], tmp_path / "film.mp4")
    # Large ones go each way in once: three formats for both would be half of this suite's time.
    ways = [("h264", units, FORMATS), ("mp4", container_units(rewrapped), FORMATS)]
    if path.stat().st_size > 1 << 19:
        ways = [("h264", units, ("mp4",)), ("mp4", container_units(rewrapped), ("mkv",))]
    for name, given, formats in ways:
        for recorded in formats:
            directory = tmp_path / f"{name}-{recorded}"
            directory.mkdir()
            assert decoded_file(recorded_file(given, directory, recorded)) == pictures_of(path), f"{name} to {recorded}"


GENERATED: dict[str, Any] = {
    "b-frames": Film(),
    "slices": Film(codec_options={"x264-params": "slices=4"}),
    "aud": Film(codec_options={"x264-params": "aud=1"}),
    "open gop": Film(codec_options={"x264-params": "open-gop=1:keyint=15:bframes=2"}),
    "intra refresh": Film(b_frames=0, codec_options={"x264-params": "intra-refresh=1:keyint=15"}),
    "b-pyramid": Film(b_frames=8, codec_options={"x264-params": "b-pyramid=normal:b-adapt=0"}),
    "interlaced": Film(codec_options={"x264-params": "tff=1"}),
}


@pytest.mark.parametrize("name", GENERATED)
def test_generated_streams(name: str, tmp_path: Path) -> None:
    stream = tmp_path / "film.h264"
    stream.write_bytes(elementary(GENERATED[name]))
    expected = decoded(stream.read_bytes())
    units = elementary_units(stream)
    assert len(units) == len(expected) == 60
    rewrapped = rewrap([unit for unit in units if isinstance(unit, EncodedVideo)], tmp_path / "film.mp4")
    for way, given in (("h264", units), ("mp4", container_units(rewrapped))):
        for recorded in FORMATS:
            directory = tmp_path / f"{way}-{recorded}"
            directory.mkdir()
            assert decoded_file(recorded_file(given, directory, recorded)) == expected, f"{way} to {recorded}"


@pytest.mark.parametrize("recorded", ["mkv", "mp4"])
def test_a_film_with_sound(recorded: Recorded, tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mov", Film(sound="pcm_s16le"))
    assert decoded_file(recorded_file(container_units(path), tmp_path, recorded)) == decoded_file(path)


def test_what_is_cut_is_recorded_up_to_there(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(muxer_options={"movflags": "faststart"}, sound="", b_frames=0))
    expected = decoded_file(path)
    path.write_bytes(path.read_bytes()[:-500])
    units: list[Unit] = []
    with pytest.raises(InputError):
        units.extend(open_container(str(path), ContainerOptions(), Excerpt(), Stop()).units())
    found = decoded_file(recorded_file(units, tmp_path, "mkv"))
    assert 30 < len(found) < 60
    assert found == expected[: len(found)]
