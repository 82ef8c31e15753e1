"""Where recordings land: two recorders in one folder, a second run, links, pipes; as processes."""

import json
import os
import signal
import subprocess
import threading
from contextlib import ExitStack
from pathlib import Path

import av
import pytest

from tests.media_files import Film, make_film

from .run import agora, start, wait_for_line
from .test_channel import CHANNEL, finish, noise, samples

LIMITS = ("--json", "--untilLeft", "--waitForUser", "20s")


def recorded(home: Path, target: Path, *args: object) -> tuple[str, str]:
    """Record one second of sound to `target`; return the path in the result and what was said."""
    with start(home, "record", *CHANNEL, "--output", target, *LIMITS, *args) as recorder:
        wait_for_line(recorder, "joined test as user")
        ran = agora(home, "send-pcm", *CHANNEL, "--audioFile", home / "in.wav", "--userId", 7)
        assert ran.code == 0, ran.err
        out, err = recorder.communicate(timeout=60)
    assert recorder.returncode == 0, err
    (row,) = json.loads(out)["files"]
    return row["path"], err


def test_a_second_recording_replaces_the_first_only_when_asked(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = noise(tmp_path / "in.wav", seed=1)
    assert recorded(tmp_path, out)[0] == str(out / "test_7.wav")
    second = noise(tmp_path / "in.wav", seed=2)
    path, err = recorded(tmp_path, out)
    assert path == str(out / "test_7_2.wav")
    assert f"warning: {out / 'test_7.wav'} was there already: this recording has another number" in err
    assert (samples(out / "test_7.wav"), samples(out / "test_7_2.wav")) == (first, second)
    assert recorded(tmp_path, out, "--overwrite")[0] == str(out / "test_7.wav")
    assert samples(out / "test_7.wav") == second


def test_two_recorders_in_one_folder_have_a_file_each(tmp_path: Path) -> None:
    sent = noise(tmp_path / "in.wav", seconds=2)
    out = tmp_path / "out"
    with ExitStack() as stack:
        recorders = [
            stack.enter_context(start(tmp_path, "record", *CHANNEL, "--output", out, "--overwrite", *LIMITS))
            for _ in range(2)
        ]
        for recorder in recorders:
            wait_for_line(recorder, "joined test as user")
        agora(tmp_path, "send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7)
        rows = [finish(recorder)["files"][0] for recorder in recorders]
    assert {row["path"] for row in rows} == {str(out / "test_7.wav"), str(out / "test_7_2.wav")}
    assert [samples(Path(row["path"])) for row in rows] == [sent, sent]


@pytest.mark.parametrize("overwrite", [(), ("--overwrite",)])
def test_a_link_is_not_followed(tmp_path: Path, overwrite: tuple[str, ...]) -> None:
    noise(tmp_path / "in.wav")
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "talk.wav").symlink_to(tmp_path / "precious")
    path, err = recorded(tmp_path, tmp_path / "talk.wav", *overwrite)
    assert path == str(tmp_path / "talk_2.wav")
    assert "talk.wav was there already" in err
    assert (tmp_path / "precious").read_text() == "mine"


@pytest.mark.parametrize("suffix", ["wav", "ogg", "mkv", "mp4"])
def test_a_pipe_gets_the_whole_file_and_its_end(tmp_path: Path, suffix: str) -> None:
    film = make_film(tmp_path / "film.mp4", Film(pictures=60))
    fifo = tmp_path / f"talk.{suffix}"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()), daemon=True)
    with start(tmp_path, "record", *CHANNEL, "--output", fifo, *LIMITS) as recorder:
        wait_for_line(recorder, "waiting for a reader of")
        reader.start()
        wait_for_line(recorder, "joined test as user")
        ran = agora(tmp_path, "send-mp4", *CHANNEL, "--videoFile", film, "--userId", 7)
        assert ran.code == 0, ran.err
        (row,) = finish(recorder)["files"]
    reader.join(10)
    assert (row["path"], row["sha256"]) == (str(fifo), None)
    (tmp_path / f"copy.{suffix}").write_bytes(got[0])
    with av.open(str(tmp_path / f"copy.{suffix}")) as container:
        frames = [sum(1 for _ in container.decode(stream)) for stream in container.streams.video]
        assert frames == ([60] if suffix in ("mkv", "mp4") else [])
        assert container.streams.audio


@pytest.mark.parametrize("suffix", ["wav", "mkv"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_waiting_for_the_reader_of_a_pipe_ends_with_a_signal(
    tmp_path: Path, suffix: str, number: signal.Signals
) -> None:
    os.mkfifo(tmp_path / f"talk.{suffix}")
    with start(tmp_path, "record", *CHANNEL, "--output", tmp_path / f"talk.{suffix}") as recorder:
        wait_for_line(recorder, "waiting for a reader of")
        recorder.send_signal(number)
        assert recorder.wait(10) == 128 + number


@pytest.mark.parametrize("suffix", ["wav", "mkv"])
def test_a_reader_that_stalls_or_leaves_does_not_hold_the_recorder(tmp_path: Path, suffix: str) -> None:
    film = make_film(tmp_path / "film.mp4", Film(pictures=300, codec_options={"crf": "1"}))
    fifo = tmp_path / f"talk.{suffix}"
    os.mkfifo(fifo)
    stalled = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    for leaves in (False, True):
        with start(tmp_path, "record", *CHANNEL, "--output", fifo, "--json") as recorder:
            wait_for_line(recorder, "joined test as user")
            sender = start(
                tmp_path, "send-mp4", *CHANNEL, "--videoFile", film, "--userId", 7, "--loop", "inf", "--speed", 20
            )
            wait_for_line(recorder, "user 7 joined")
            with pytest.raises(subprocess.TimeoutExpired):
                recorder.wait(3)
            if leaves:
                os.close(stalled)
            else:
                recorder.send_signal(signal.SIGTERM)
            out, err = recorder.communicate(timeout=20)
            sender.kill()
            sender.communicate()
        assert recorder.returncode == 3, err
        reason = "Broken pipe" if leaves else "its reader takes nothing"
        assert f"error: cannot write the recording: {fifo}: {reason}" in err
