"""send-pcm and record as processes over the local engine: exact sound, kills, signals, limits, bad targets."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from .run import agora, command, environment, start, wait_for_line

CHANNEL = ("--channelId", "test", "--engine", "local")


def noise(path: Path, rate: int = 16000, channels: int = 1, seconds: float = 1.0, seed: int = 1) -> bytes:
    """Write a WAV file of noise and return its samples."""
    samples = np.random.default_rng(seed).integers(-20000, 20000, (int(rate * seconds), channels), dtype=np.int16)
    soundfile.write(path, samples, rate)
    return samples.tobytes()


def samples(path: Path) -> bytes:
    data, _ = soundfile.read(path, dtype="int16", always_2d=True)
    return bytes(data.tobytes())


@contextmanager
def recorder(home: Path, *args: object) -> Iterator["subprocess.Popen[str]"]:
    """Run a recorder into home/out that is in the channel when the block begins."""
    process = start(home, "record", *CHANNEL, "--output", home / "out", "--json", *args)
    try:
        wait_for_line(process, "joined test as user")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def finish(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Wait for the end of a command and return its JSON."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return dict(json.loads(out))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000])
def test_a_wav_comes_out_sample_for_sample(tmp_path: Path, rate: int, channels: int) -> None:
    sent = noise(tmp_path / "in.wav", rate, channels, seconds=0.537)
    with recorder(tmp_path, "--untilLeft", "--waitForUser", "20s") as process:
        ran = agora(tmp_path, "send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7, "--json")
        assert ran.code == 0, ran.err
        result = finish(process)
    assert samples(tmp_path / "out" / "test_7.wav") == sent
    summary = ran.json
    assert (summary["ok"], summary["engine"], summary["channelId"], summary["userId"]) == (True, "local", "test", "7")
    (row,) = result["files"]
    assert (row["userId"], row["kind"], row["codec"], row["lost"]) == ("7", "audio", "pcm_s16le", 0)
    assert row["frames"] == summary["units"]
    assert row["seconds"] == pytest.approx(len(sent) / 2 / channels / rate)


def test_as_fast_as_the_channel_takes_it_loses_nothing(tmp_path: Path) -> None:
    sent = noise(tmp_path / "in.wav", 48000, 2, seconds=30)
    with recorder(tmp_path, "--untilLeft", "--waitForUser", "20s") as process:
        begin = time.monotonic()
        ran = agora(tmp_path, "send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7, "--speed", 0)
        assert ran.code == 0, ran.err
        assert time.monotonic() - begin < 25
        finish(process)
    assert samples(tmp_path / "out" / "test_7.wav") == sent


def test_ten_senders_give_ten_exact_files_and_a_killed_one_harms_no_other(tmp_path: Path) -> None:
    sent = {user: noise(tmp_path / f"{user}.wav", seconds=2, seed=user) for user in range(1, 11)}
    with recorder(tmp_path, "--untilLeft", "--waitForUser", "30s", "--grace", "1s") as process, ExitStack() as stack:
        senders = {}
        for user in sent:
            args = ("send-pcm", *CHANNEL, "--audioFile", tmp_path / f"{user}.wav", "--userId", user)
            senders[user] = stack.enter_context(start(tmp_path, *args))
        wait_for_line(senders[3], "joined test as user 3")
        time.sleep(0.5)
        senders[3].kill()
        for user, sender in senders.items():
            sender.communicate(timeout=60)
            assert sender.returncode == (-9 if user == 3 else 0)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 6, err
    document = json.loads(out)
    assert document["failures"] == ["user 3 left without a goodbye: what it sent after that is not here"]
    assert {user["userId"]: user["left"] for user in document["users"]} == {
        str(user): "link-lost" if user == 3 else "bye" for user in sent
    }
    for user, data in sent.items():
        got = samples(tmp_path / "out" / f"test_{user}.wav")
        assert got == data[: len(got)]
        assert user == 3 or len(got) == len(data)


def test_a_recorder_killed_in_mid_run_leaves_a_file_with_at_most_half_a_second_missing(tmp_path: Path) -> None:
    sent = noise(tmp_path / "in.wav", 48000, seconds=6)
    with recorder(tmp_path) as process:
        with start(tmp_path, "send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7) as sender:
            wait_for_line(sender, "joined test")
            time.sleep(2)
            process.kill()
            killed_after = time.monotonic()
            sender.send_signal(signal.SIGINT)
            _, err = sender.communicate(timeout=30)
    assert killed_after
    assert sender.returncode == 130, err
    got = samples(tmp_path / "out" / "test_7.wav")
    assert got == sent[: len(got)]
    assert len(got) / 96000 > 1.3


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_finishes_the_files(tmp_path: Path, number: signal.Signals, code: int) -> None:
    sent = noise(tmp_path / "in.wav", seconds=5)
    with recorder(tmp_path) as process:
        with start(
            tmp_path, "send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7, "--json"
        ) as sender:
            wait_for_line(process, "user 7 joined")
            time.sleep(0.5)
            sender.send_signal(number)
            out, err = sender.communicate(timeout=30)
            assert sender.returncode == code, err
            assert json.loads(out)["ok"]
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert process.returncode == code, err
    (row,) = json.loads(out)["files"]
    assert samples(Path(row["path"])) == sent[: row["frames"] * 320]


def test_a_sender_that_comes_back_goes_on_in_the_same_file(tmp_path: Path) -> None:
    sent = noise(tmp_path / "in.wav", seconds=0.5)
    args = ("send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7)
    with recorder(tmp_path, "--duration", "8s", "--waitForUser", "20s", "--idle", "4s") as process:
        assert agora(tmp_path, *args).code == 0
        assert agora(tmp_path, *args).code == 0
        result = finish(process)
    got = samples(tmp_path / "out" / "test_7.wav")
    assert got[: len(sent)] == sent
    assert got[-len(sent) :] == sent
    assert not any(got[len(sent) : -len(sent)])
    assert len(result["files"]) == 1


def test_a_live_pipe_is_sent_to_its_end(tmp_path: Path) -> None:
    sent = noise(tmp_path / "in.wav", seconds=0.3)
    with recorder(tmp_path, "--untilLeft", "--waitForUser", "20s") as process:
        args = ("send-pcm", *CHANNEL, "--audioFile", "-", "--sampleRate", 16000, "--numOfChannels", 1, "--userId", 7)
        with subprocess.Popen(command(*args), stdin=subprocess.PIPE, env=environment(tmp_path)) as sender:
            assert sender.stdin is not None
            for offset in range(0, len(sent), 1000):
                sender.stdin.write(sent[offset : offset + 1000])
                sender.stdin.flush()
            sender.stdin.close()
            assert sender.wait(30) == 0
        finish(process)
    assert samples(tmp_path / "out" / "test_7.wav") == sent


@pytest.mark.parametrize("audio_format", ["flac", "ogg", "pcm"])
def test_other_formats(tmp_path: Path, audio_format: str) -> None:
    sent = noise(tmp_path / "in.wav", 48000)
    with recorder(tmp_path, "--untilLeft", "--waitForUser", "20s", "--format", audio_format) as process:
        agora(tmp_path, "send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7)
        (row,) = finish(process)["files"]
    path = tmp_path / "out" / f"test_7.{audio_format}"
    assert row["path"] == str(path)
    if audio_format == "flac":
        assert samples(path) == sent
    elif audio_format == "pcm":
        assert path.read_bytes() == sent
    else:
        assert soundfile.info(path).duration == pytest.approx(1, abs=0.03)


def test_from_takes_only_these_users_and_mix_takes_all(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav")
    with (
        recorder(tmp_path, "--from", 2, "--untilLeft", "--waitForUser", "20s") as one,
        recorder(tmp_path, "--mix", "--untilLeft", "--waitForUser", "20s") as mixed,
        ExitStack() as stack,
    ):
        for user in (1, 2):
            args = ("send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", user)
            stack.enter_context(start(tmp_path, *args))
        assert [row["userId"] for row in finish(one)["files"]] == ["2"]
        assert [Path(row["path"]).name for row in finish(mixed)["files"]] == ["test_mixed.wav"]


def test_connection_number_names_channels_as_the_sdk_does(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", seconds=0.1)
    args = ("--audioFile", tmp_path / "in.wav", "--connectionNumber", 3, "--json")
    ran = agora(tmp_path, "send-pcm", *CHANNEL, *args)
    assert ran.code == 0
    assert [line.split()[1] for line in ran.err.splitlines() if line.startswith("joined")] == ["test", "test1", "test2"]
    assert len(ran.json["userIds"]) == 3


def test_the_earlier_of_two_equal_users_is_told(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", seconds=10)
    args = ("send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7, "--json")
    watch = ("record", *CHANNEL, "--userId", 8, "--output", tmp_path)
    with start(tmp_path, *args) as first, start(tmp_path, *watch) as watcher:
        wait_for_line(first, "joined")
        second = agora(tmp_path, *args, "--duration", "0.2")
        out, err = first.communicate(timeout=30)
        watcher.kill()
        watcher.communicate()
    assert second.code == 0
    assert first.returncode == 4
    assert json.loads(out)["error"]["code"] == "same-user"
    assert "reason 19" in err


def test_nobody_comes(tmp_path: Path) -> None:
    ran = agora(tmp_path, "record", *CHANNEL, "--output", tmp_path / "out", "--waitForUser", "0.3", "--json")
    assert ran.code == 6
    assert ran.json["error"]["message"] == "nobody sent anything within 0.3 s"
    ran = agora(tmp_path, "record", *CHANNEL, "--output", tmp_path / "out", "--duration", "0.2")
    assert (ran.code, ran.err.splitlines()[-1]) == (6, "error: nothing was recorded: no media came")


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--channelId", "x" * 64], 2, "channel name must be 1 to 63 bytes, got 64"),
        (["--channelId", "a/b"], 2, "channel name 'a/b' has a character that is not allowed: '/' at 1"),
        (["--channelId", "a", "--userId", "4294967296"], 2, "user id must be 0 to 4294967295, got 4294967296"),
        ([], 2, "which channel? --channelId is missing"),
        (["--channelId", "a", "--duration", "-5"], 2, "--duration must be a duration like"),
        (["--channelId", "a", "--output", "/proc/nowhere/x", "--duration", "1"], 3, "cannot write the recording"),
        (["--channelId", "a", "--output", "x.wav", "--format", "flac"], 2, "--format flac contradicts the file name"),
        (["--channelId", "a", "--format", "h264", "--mix"], 2, "h264 is for picture"),
        (["--channelId", "a", "--rotate", "0"], 2, "--rotate must be above 0, got '0'"),
        (["--channelId", "a", "--snapshot", "0s"], 2, "--snapshot must be above 0, got '0s'"),
        (["--channelId", "x", "--output", "talk.mp3"], 2, "--output talk.mp3: no .mp3 is written"),
    ],
)
def test_bad_calls(tmp_path: Path, args: list[str], code: int, message: str) -> None:
    ran = agora(tmp_path, "record", "--engine", "local", *args)
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert ran.code == code
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in ran.err


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", seconds=2)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "test_7.wav").symlink_to("/dev/full")
    with recorder(tmp_path, "--waitForUser", "20s", "--untilLeft") as process:
        agora(tmp_path, "send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 3
    where = tmp_path / "out" / "test_7.wav"
    assert json.loads(out)["error"]["message"] == f"cannot write the recording: {where}: No space left on device"
    assert err.count("error:") == 1


def test_signals_at_every_stage_of_a_start(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", seconds=5)
    for args in (
        ("send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav"),
        ("record", *CHANNEL, "--output", tmp_path),
    ):
        for delay_ms in (20, 60, 100, 150, 200, 300, 450):
            with start(tmp_path, *args) as process:
                threading.Event().wait(delay_ms / 1000)
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=30)
            # Until Python runs its first line of ours, SIGINT is the interpreter's.
            if "agora_cli" in err or "engine" in err or not err:
                assert process.returncode in (130, -2), (delay_ms, err)
                assert "Traceback" not in err or delay_ms <= 100, err


def test_a_closed_stdout_loses_no_recording(tmp_path: Path) -> None:
    sent = noise(tmp_path / "in.wav", seconds=0.5)
    with recorder(tmp_path, "--waitForUser", "20s", "--untilLeft") as process:
        assert process.stdout is not None
        process.stdout.close()
        agora(tmp_path, "send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7)
        assert process.stderr is not None
        err = process.stderr.read()
        assert process.wait(30) == 3
        process.stdout = open(os.devnull)  # noqa: SIM115, PTH123 - communicate() wants one
    assert err.splitlines()[-1] == "error: stdout was closed by its reader"
    assert samples(tmp_path / "out" / "test_7.wav") == sent
