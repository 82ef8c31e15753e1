"""send-pcm and record as processes on the sdk engine: two of them over the fake library, and what goes wrong."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.contract.sdk_fake.fixtures import CHILD_TIMEOUT_S, Fake, Outcome
from tests.contract.sdk_scenarios import pcm
from tests.contract.test_sdk_sequences import RECORD_CALLS, UNINTERESTING, send_video_calls

APP_ID = "0123456789abcdef0123456789abcdef"
AGORA = [sys.executable, "-m", "agora_cli"]
PUSHES = {"agora_video_encoded_image_sender_send", "agora_audio_pcm_data_sender_send"}
CHANNEL = ["--appId", APP_ID, "--channelId", "demo"]


def noise(path: Path, seconds: float) -> bytes:
    """Write a WAV file at the rate that record asks the SDK for; return its samples."""
    samples = np.random.default_rng(7).integers(-20000, 20000, int(48000 * seconds), dtype=np.int16)
    soundfile.write(path, samples, 48000)
    return samples.tobytes()


def heard(path: Path) -> bytes:
    data, _ = soundfile.read(path, dtype="int16")
    return bytes(data.tobytes())


def send(fake: Fake, path: Path, *options: str, **env: str) -> Outcome:
    return fake.run(
        [*AGORA, "send-pcm", *CHANNEL, "--userId", "7", "--audioFile", str(path), "--json", *options], **env
    )


@contextmanager
def recorder(fake: Fake, *options: str, **env: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a recorder that is in the channel when the block begins, and has its trace in a file of its own."""
    environment = fake.environment(**env) | {"AGORA_FAKE_TRACE": str(fake.directory / "recorder.jsonl")}
    command = [*AGORA, "record", *CHANNEL, "--userId", "9", "--output", str(fake.directory / "out"), "--json", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:  # type: ignore[call-overload]
        try:
            assert process.stderr is not None
            lines = iter(process.stderr.readline, "")
            assert any(line.startswith("joined demo as user 9") for line in lines)
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_what_is_sent_is_recorded(fake: Fake, tmp_path: Path) -> None:
    sent = noise(tmp_path / "in.wav", 0.75)
    with recorder(fake, "--untilLeft", "--waitForUser", "20s") as process:
        outcome = send(fake, tmp_path / "in.wav")
        stdout, stderr = process.communicate(timeout=CHILD_TIMEOUT_S)
    assert process.returncode == 0, stderr
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.result["engine"] == "sdk"
    assert outcome.result["userId"] == "7"
    assert outcome.stderr.splitlines()[0] == "engine: sdk (Agora's network)"
    assert (outcome.violations, outcome.live) == ([], {})
    (file,) = json.loads(stdout)["files"]
    assert (file["userId"], file["seconds"], file["lost"]) == ("7", 0.75, 0)
    assert heard(Path(file["path"])) == sent
    assert '"violation"' not in (fake.directory / "recorder.jsonl").read_text()


@pytest.mark.parametrize("clock", ["30:0", "30:60", "0:150"])
def test_a_recording_of_plain_clients_is_exact_to_the_sample(newest: Fake, clock: str) -> None:
    unkind = {"AGORA_FAKE_PLAIN": "1", "AGORA_FAKE_CLOCK": clock}
    limits = ("--untilLeft", "--waitForUser", "20s", "--receiveRate", "16000")
    with recorder(newest, *limits, **unkind) as process:
        # All at once: what a busy machine makes of the sender is not what is tested.
        assert newest.scenario("send_pcm", frames=150).result["sent"] == 150
        stdout, stderr = process.communicate(timeout=CHILD_TIMEOUT_S)
    assert process.returncode == 0, stderr
    (file,) = json.loads(stdout)["files"]
    assert (file["seconds"], file["lost"]) == (1.5, 0)
    assert heard(Path(file["path"])) == b"".join(bytes(pcm(number).data) for number in range(150))


def test_stereo_is_recorded_where_it_is_asked_for(newest: Fake, tmp_path: Path) -> None:
    samples = np.random.default_rng(8).integers(-20000, 20000, (12000, 2), dtype=np.int16)
    soundfile.write(tmp_path / "in.wav", samples, 16000)
    options = ("--receiveRate", "16000", "--receiveChannels", "2")
    with recorder(newest, "--untilLeft", "--waitForUser", "20s", *options) as process:
        assert send(newest, tmp_path / "in.wav").returncode == 0
        stdout, stderr = process.communicate(timeout=CHILD_TIMEOUT_S)
    assert process.returncode == 0, stderr
    (file,) = json.loads(stdout)["files"]
    got, rate_hz = soundfile.read(file["path"], dtype="int16")
    assert rate_hz == 16000
    assert got.tolist() == samples.tolist()


@pytest.mark.parametrize(("options", "codec"), [((), 2), (("--sdkCodec", "vp9"), 5), (("--sdkCodec", "av1"), 12)])
def test_the_sdks_own_encoder_is_told_codec_and_bit_rate(
    fake: Fake, tmp_path: Path, options: tuple[str, ...], codec: int
) -> None:
    (tmp_path / "in.yuv").write_bytes(bytes(64 * 48 * 3 // 2) * 2)
    size = ("--videoFile", str(tmp_path / "in.yuv"), "--width", "64", "--height", "48", "--fps", "25")
    raw = ("--codec", "raw", "--bitrate", "300k", *options, "--json")
    outcome = fake.run([*AGORA, "send-yuv", *CHANNEL, *size, *raw])
    assert outcome.returncode == 0, outcome.stderr
    (configured,) = outcome.args("agora_local_video_track_set_video_encoder_config")
    assert configured == [{"codec": codec, "width": 64, "height": 48, "fps": 25, "bps": 300_000, "alpha": 0}]


def film(path: Path) -> None:
    """Write an MP4 of 25 pictures and a second of sound."""
    import av

    with av.open(path, "w") as container:
        picture = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "tune": "zerolatency"})
        picture.width, picture.height, picture.pix_fmt = 320, 240, "yuv420p"
        sound = container.add_stream("aac", rate=48000)
        for number in range(25):
            grey = av.VideoFrame.from_ndarray(np.full((360, 320), number * 10, np.uint8), format="yuv420p")
            grey.pts, grey.time_base = number, Fraction(1, 25)
            container.mux(picture.encode(grey))
        for at in range(0, 48000, 1000):
            quiet = av.AudioFrame.from_ndarray(np.full((1, 1000), at % 700, np.int16), format="s16", layout="mono")
            quiet.sample_rate, quiet.pts = 48000, at
            container.mux(sound.encode(quiet))
        for stream in (picture, sound):
            container.mux(stream.encode(None))


def test_a_film_is_sent_and_recorded_by_the_published_sequences(fake: Fake, tmp_path: Path) -> None:
    film(tmp_path / "in.mp4")
    with recorder(fake, "--untilLeft", "--waitForUser", "20s") as process:
        command = [*AGORA, "send-mp4", *CHANNEL, "--userId", "7", "--videoFile", str(tmp_path / "in.mp4"), "--json"]
        sender = fake.run(command)
        stdout, stderr = process.communicate(timeout=CHILD_TIMEOUT_S)
    assert (sender.returncode, process.returncode) == (0, 0), sender.stderr + stderr
    names = sender.names(*UNINTERESTING)
    pushes = [name for name in names if name in PUSHES]
    assert names == send_video_calls(pushes)
    assert pushes.count("agora_video_encoded_image_sender_send") == 25
    milliseconds = sum(arguments[0] / 48 for arguments in sender.args("agora_audio_pcm_data_sender_send"))
    assert milliseconds == pytest.approx(1000, abs=50)
    frames = [arguments[1] for arguments in sender.args("agora_video_encoded_image_sender_send")]
    assert [frame["ms"] - frames[0]["ms"] for frame in frames] == [40 * number for number in range(25)]
    assert [frame["type"] for frame in frames] == [3, *[4] * 24]
    trace_of_recorder = replace(fake, trace=fake.directory / "recorder.jsonl").outcome(0, stdout, stderr)
    assert trace_of_recorder.names(*UNINTERESTING) == RECORD_CALLS
    (file,) = trace_of_recorder.result["files"]
    assert (file["kind"], file["codec"].split("+")[0], file["frames"]) == ("av", "h264", 25)
    for outcome in (sender, trace_of_recorder):
        assert (outcome.violations, outcome.live) == ([], {})


def test_a_crash_of_the_library_loses_no_recording(fake: Fake, tmp_path: Path) -> None:
    sent = noise(tmp_path / "in.wav", 1.2)
    with recorder(fake, AGORA_FAKE_ABORT_AFTER="100") as process:
        send(fake, tmp_path / "in.wav")
        stdout, stderr = process.communicate(timeout=CHILD_TIMEOUT_S)
    assert process.returncode == 8
    assert "error: native code died (SIGABRT); what was recorded until then is on disk\n" in stderr
    assert json.loads(stdout)["error"]["exit"] == 8
    (path,) = (fake.directory / "out").glob("*.wav")
    got = heard(path)
    assert len(got) >= 48000  # half of the second that came before the crash, at least
    assert sent.startswith(got)


@pytest.mark.parametrize(
    ("env", "exit_code", "code"),
    [
        ({"AGORA_FAKE_CONNECT": "failure:8"}, 4, "token-invalid"),
        ({"AGORA_FAKE_CONNECT": "silence"}, 5, "connect-timeout"),
        ({"AGORA_FAKE_SCRIPT": "100:failure:3"}, 4, "banned"),
        ({"AGORA_FAKE_SCRIPT": "100:encryption:2"}, 4, "encryption-failed"),
        ({"AGORA_FAKE_SCRIPT": "100:encryption:0"}, 4, "encryption-failed"),
        ({"AGORA_SDK_DIR": "/nonexistent"}, 7, "sdk-dir"),
        ({"AGORA_FAKE_ERRORS": "agora_service_initialize=-7"}, 7, "sdk-service"),
    ],
)
def test_failures_have_their_exit_code(
    newest: Fake, tmp_path: Path, env: dict[str, str], exit_code: int, code: str
) -> None:
    noise(tmp_path / "in.wav", 1.0)
    outcome = send(newest, tmp_path / "in.wav", "--timeout", "1s" if code == "connect-timeout" else "20s", **env)
    assert outcome.returncode == exit_code
    error = outcome.result["error"]
    assert (error["code"], error["exit"]) == (code, exit_code)
    assert f"error: {error['message']}" in outcome.stderr.splitlines()
    assert outcome.violations == []


@pytest.mark.parametrize(("options", "least", "most"), [((), 10, 150), (("--incremental", "2000:2"), 200, 350)])
def test_incremental_sending_has_the_sound_at_hand(
    newest: Fake, tmp_path: Path, options: tuple[str, ...], least: int, most: int
) -> None:
    noise(tmp_path / "in.wav", 5.0)
    ended = send(newest, tmp_path / "in.wav", *options, AGORA_FAKE_SCRIPT="300:failure:3")
    assert ended.returncode == 4
    given_ms = sum(arguments[0] // 48 for arguments in ended.args("agora_audio_pcm_data_sender_send"))
    assert least * 10 <= given_ms <= most * 10


def test_a_sender_says_no_more_than_it_saw(newest: Fake, tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", 0.1)
    outcome = newest.run([*AGORA, "send-pcm", *CHANNEL, "--audioFile", str(tmp_path / "in.wav")])
    assert outcome.stderr.splitlines()[-1].endswith("no other broadcaster was seen in demo")


def test_a_missing_sdk_names_the_cure(newest: Fake, tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", 0.1)
    outcome = send(newest, tmp_path / "in.wav", AGORA_SDK_DIR="")
    assert outcome.returncode == 7
    assert "AGORA_SDK_DIR" in outcome.stderr
    assert "--engine local" in outcome.stderr


def test_a_network_lost_in_mid_send_is_survived(newest: Fake, tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", 0.5)
    outcome = send(newest, tmp_path / "in.wav", AGORA_FAKE_SCRIPT="100:reconnecting:2,200:lost:0,300:reconnected:15")
    assert outcome.returncode == 0
    assert outcome.result["seconds"] == 0.5
    assert outcome.result["reconnects"] == 1
    told = [line for line in outcome.stderr.splitlines() if line.startswith("link ")]
    assert told == [
        "link reconnecting: the connection was interrupted",
        "link reconnecting: the link was lost",
        "link connected: joined again",
    ]


def test_a_stranger_with_another_key_ends_no_sender(newest: Fake, tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", 0.5)
    outcome = send(newest, tmp_path / "in.wav", AGORA_FAKE_SCRIPT="100:encryption:1,150:encryption:1")
    assert outcome.returncode == 0, outcome.stderr
    told = [line for line in outcome.stderr.splitlines() if "decrypted" in line]
    assert told == ["somebody cannot be decrypted: another key, salt or mode, or none"]


def test_a_stranger_with_another_key_ends_no_recording(newest: Fake, tmp_path: Path) -> None:
    sent = noise(tmp_path / "in.wav", 0.5)
    limits = ("--untilLeft", "--waitForUser", "20s")
    with recorder(newest, *limits, AGORA_FAKE_SCRIPT="10:encryption:1,20:encryption:3") as process:
        time.sleep(1.5)  # longer than anybody's patience with a stranger
        assert send(newest, tmp_path / "in.wav").returncode == 0
        stdout, stderr = process.communicate(timeout=CHILD_TIMEOUT_S)
    assert process.returncode == 0, stderr
    assert "messages of somebody cannot be decrypted" in stderr
    (file,) = json.loads(stdout)["files"]
    assert heard(Path(file["path"])) == sent


def test_who_can_decrypt_nobody_is_told_so_when_all_is_over(newest: Fake) -> None:
    with recorder(newest, "--waitForUser", "1s", AGORA_FAKE_SCRIPT="10:encryption:1") as process:
        stdout, _ = process.communicate(timeout=CHILD_TIMEOUT_S)
    assert (process.returncode, json.loads(stdout)["error"]["code"]) == (4, "decryption-failed")
