"""send-h264 and send-mp4 into record, as processes over the local engine: what was encoded is what arrives."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from agora_cli.clock import Stop
from agora_cli.frames import EncodedVideo
from agora_cli.sources.base import Excerpt
from agora_cli.sources.h264 import open_elementary
from tests.media_files import CONFORMANCE, NTSC, Film, decoded, decoded_file, elementary, make_film, rewrap

from .run import agora, start, wait_for_line

CHANNEL = ("--channelId", "test", "--engine", "local")
STREAMS = sorted(CONFORMANCE.glob("*.264"))
FORMATS = ("h264", "mkv", "mp4")


@contextmanager
def recorder(home: Path, *args: object) -> Iterator["subprocess.Popen[str]"]:
    """Run a recorder into home/out that is in the channel when the block begins."""
    process = start(home, "record", *CHANNEL, "--output", home / "out", "--json", "--untilLeft", *args)
    try:
        wait_for_line(process, "joined test as user")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def sent_and_recorded(home: Path, recorded_as: str, *args: object) -> list[dict[str, Any]]:
    """Send with a command line while recording; return the rows of the recorded files."""
    with recorder(home, "--format", recorded_as, "--waitForUser", "20s") as process:
        ran = agora(home, *args, *CHANNEL, "--userId", 7)
        assert ran.code == 0, ran.err
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    return list(json.loads(out)["files"])


@pytest.mark.skipif(not STREAMS, reason=f"no conformance streams in {CONFORMANCE}")
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_conformance_streams_arrive_whole(tmp_path: Path, path: Path) -> None:
    """Every stream goes one way; the rest of the ways in and out is tested without processes in test_round_trip."""
    number = STREAMS.index(path)
    expected = decoded(path.read_bytes())
    command, source = "send-h264", path
    if number % 2:
        units = open_elementary(str(path), Fraction(25), Excerpt(), Stop()).units()
        command = "send-mp4"
        source = rewrap([unit for unit in units if isinstance(unit, EncodedVideo)], tmp_path / "film.mp4")
    rows = sent_and_recorded(tmp_path, FORMATS[number % 3], command, "--videoFile", source, "--speed", 0)
    assert [row["frames"] for row in rows] == [len(expected)]
    assert decoded_file(Path(rows[0]["path"])) == expected


@pytest.mark.parametrize("recorded_as", ["mkv", "mp4"])
def test_sound_and_picture_stay_together(tmp_path: Path, recorded_as: str) -> None:
    """The sound begins 0.25 s behind the first picture; recorded they are apart by that, within 10 ms."""
    delay_s = Fraction(1, 4)
    film = make_film(tmp_path / "film.mov", Film(sound="pcm_s16le", sound_delay_s=delay_s, b_frames=0))
    (row,) = sent_and_recorded(tmp_path, recorded_as, "send-mp4", "--videoFile", film)
    assert row["kind"] == "av"
    with av.open(row["path"]) as container:
        picture = next(container.decode(video=0)).time
    with av.open(row["path"]) as container:
        rate = container.streams.audio[0].rate
        frames = list(container.decode(audio=0))
        wave = np.concatenate([frame.to_ndarray().ravel() for frame in frames]).astype(float)
        first = frames[0].time
    assert picture is not None
    assert first is not None
    onset_s = first + int(np.argmax(np.abs(wave) > np.max(np.abs(wave)) / 10)) / rate
    assert abs(onset_s - picture - float(delay_s)) < 0.010


def test_a_late_joiner_sees_its_first_picture(tmp_path: Path) -> None:
    stream = tmp_path / "film.h264"
    stream.write_bytes(elementary(Film(pictures=60, b_frames=0), in_band=False))
    sender = start(tmp_path, "send-h264", *CHANNEL, "--videoFile", stream, "--userId", 7, "--loop", "3")
    try:
        wait_for_line(sender, "joined test as user")
        with recorder(tmp_path, "--format", "h264", "--waitForUser", "20s") as process:
            out, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
    finally:
        sender.kill()
        sender.communicate()
    (row,) = json.loads(out)["files"]
    data = Path(row["path"]).read_bytes()
    assert len(decoded(data)) == row["frames"]
    assert decoded(data)[-15:] == decoded(stream.read_bytes())[-15:]


def test_real_time_takes_as_long_as_the_film(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4")
    ran = agora(tmp_path, "send-mp4", "--videoFile", film, "--dryRun", "--json")
    assert (ran.code, ran.json["dropped"]) == (0, 0)
    assert ran.json["seconds"] == pytest.approx(float(60 / NTSC) + 0.067, abs=0.04)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_a_signal_finishes_the_file(tmp_path: Path, suffix: str, number: signal.Signals) -> None:
    film = make_film(tmp_path / "film.mp4", Film(pictures=120))
    with recorder(tmp_path, "--format", suffix) as process:
        sender = start(tmp_path, "send-mp4", *CHANNEL, "--videoFile", film, "--userId", 7, "--loop", "inf")
        wait_for_line(process, "user 7 joined")
        out = tmp_path / "out" / f"test_7.{suffix}"
        deadline = time.monotonic() + 20
        while not (out.exists() and out.stat().st_size > 10_000) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        document = json.loads(process.communicate(timeout=30)[0])
        sender.kill()
        sender.communicate()
    assert process.returncode == 128 + number
    (row,) = document["files"]
    with av.open(str(out)) as container:
        assert container.duration is not None  # written at the end of the file only
        assert sum(packet.size > 0 for packet in container.demux(video=0)) == row["frames"]
