"""send-pcm and record as processes on the sdk engine: two of them over the fake library, and what goes wrong."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.contract.sdk_fake.fixtures import CHILD_TIMEOUT_S, Fake, Outcome

APP_ID = "0123456789abcdef0123456789abcdef"
AGORA = [sys.executable, "-m", "agora_cli"]
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
        ({"AGORA_FAKE_SCRIPT": "100:encryption:1"}, 4, "decryption-failed"),
        ({"AGORA_SDK_DIR": "/nonexistent"}, 7, "sdk-missing"),
        ({"AGORA_FAKE_ERRORS": "agora_service_initialize=-7"}, 7, "sdk-service"),
    ],
)
def test_failures_have_their_exit_code(
    newest: Fake, tmp_path: Path, env: dict[str, str], exit_code: int, code: str
) -> None:
    noise(tmp_path / "in.wav", 1.0)
    outcome = send(newest, tmp_path / "in.wav", "--timeout", "1s", **env)
    assert outcome.returncode == exit_code
    error = outcome.result["error"]
    assert (error["code"], error["exit"]) == (code, exit_code)
    assert f"error: {error['message']}" in outcome.stderr.splitlines()
    assert outcome.violations == []


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
