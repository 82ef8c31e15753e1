"""vad-dump on a channel of Agora's network: the labels of its frames, judged by us and by the SDK's own VAD."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from agora_cli.vad.replay import read_dump
from tests.contract.sdk_fake.fixtures import CHILD_TIMEOUT_S, Fake
from tests.contract.test_sdk_commands import AGORA, CHANNEL, send

SILENCE_S, SPEECH_S = 0.8, 1.0


def speech(path: Path) -> bytes:
    """Write quiet, loud, quiet at 16 kHz; return the samples."""
    loud = np.random.default_rng(3).integers(-12000, 12000, int(16000 * SPEECH_S), dtype=np.int16)
    quiet = np.zeros(int(16000 * SILENCE_S), np.int16)
    samples = np.concatenate([quiet, loud, quiet])
    soundfile.write(path, samples, 16000)
    return samples.tobytes()


@pytest.fixture
def judged(fake: Fake, tmp_path: Path) -> tuple[bytes, dict[str, object], str]:
    """Run vad-dump on a channel into which two users speak; return what was sent, the document and stderr."""
    sent = speech(tmp_path / "in.wav")
    options = ("--vadEngine", "sdk", "--untilLeft", "--waitForUser", "20s", "--json", "--output", str(tmp_path / "vad"))
    command = [*AGORA, "vad-dump", *CHANNEL, "--userId", "9", *options]
    environment = fake.environment() | {"AGORA_FAKE_TRACE": str(tmp_path / "dump.jsonl")}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any(line.startswith("joined demo") for line in iter(process.stderr.readline, ""))
        assert send(fake, tmp_path / "in.wav").returncode == 0
        stdout, stderr = process.communicate(timeout=CHILD_TIMEOUT_S)
    assert process.returncode == 0, stderr
    document: dict[str, object] = json.loads(stdout.splitlines()[-1])
    return sent, document, stderr


def test_the_dump_is_the_sdks_own(judged: tuple[bytes, dict[str, object], str], tmp_path: Path) -> None:
    sent, document, stderr = judged
    (user,) = document["users"]  # type: ignore[misc]
    assert user["userId"] == "7"
    (folder,) = [path for path in (tmp_path / "vad").glob("demo_7*/*") if path.is_dir()]
    dump = read_dump(folder)
    assert bytes(dump.pcm()) == sent
    assert dump.frames["voice_prob"].tolist() == [0] * 80 + [1] * 100 + [0] * 80
    assert set(dump.frames["far_field"].tolist()) == {1}
    assert dump.frames["rms"].max() > 110
    assert "user 7 starts speaking at 1.10 s" in stderr
    assert "user 7 stops speaking at 2.30 s" in stderr


def test_our_states_are_those_of_the_sdks_own_vad(judged: tuple[bytes, dict[str, object], str], tmp_path: Path) -> None:
    (states,) = (tmp_path / "vad").glob("demo_7*/sdk-states.csv")
    rows = [line.split(",") for line in states.read_text().splitlines()[1:]]
    assert len(rows) == 260
    # The manager takes a user's first frame for itself and judges nothing.
    assert [row for row in rows if row[1] != row[2]] == [["0", "0", "-1"]]


def test_a_channel_of_this_machine_has_no_labels(newest: Fake, tmp_path: Path) -> None:
    command = [*AGORA, "vad-dump", "-c", "sdk-labels", "--vadEngine", "sdk", "--engine", "local"]
    outcome = newest.run(command)
    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert "channels of this machine have no labels" in outcome.stderr
    speech(tmp_path / "in.wav")
    outcome = newest.run(
        [sys.executable, "-m", "agora_cli", "vad-dump", str(tmp_path / "in.wav"), "--vadEngine", "sdk"]
    )
    assert outcome.returncode == 2
    assert "a recording carries none" in outcome.stderr
