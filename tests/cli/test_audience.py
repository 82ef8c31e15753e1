"""What a sender says of who is there, in two processes on the local engine."""

import wave
from pathlib import Path

import pytest

from .run import agora, start, wait_for_line

CHANNEL = ("--channelId", "heard", "--engine", "local")


@pytest.fixture
def sending(tmp_path: Path) -> dict[str, tuple[object, ...]]:
    """Return the arguments of two send commands: sound, and a message."""
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(3200))
    return {"sound": ("send-pcm", *CHANNEL, "--audioFile", path), "message": ("send-data", *CHANNEL, "--message", "x")}


@pytest.mark.parametrize("kind", ["sound", "message"])
def test_a_sender_alone_says_so_and_does_not_wait_for_ever(
    tmp_path: Path, sending: dict[str, tuple[object, ...]], kind: str
) -> None:
    ran = agora(tmp_path, *sending[kind], "--json")
    assert (ran.code, ran.json["receivers"]) == (0, 0)
    assert "nobody else is in heard" in ran.err.splitlines()
    assert agora(tmp_path, *sending[kind]).err.splitlines()[-1].endswith("; nobody else was in heard")
    waited = agora(tmp_path, *sending[kind], "--waitForReceiver", "300ms", "--json")
    assert (waited.code, waited.json["error"]["code"]) == (6, "no-receiver")


@pytest.mark.parametrize("kind", ["sound", "message"])
def test_a_sender_waits_for_its_receiver(tmp_path: Path, sending: dict[str, tuple[object, ...]], kind: str) -> None:
    with start(tmp_path, *sending[kind], "--waitForReceiver", "30s") as sender:
        wait_for_line(sender, "nobody else is in heard: waiting for a receiver")
        with start(tmp_path, "record", *CHANNEL, "--userId", 9, "--output", tmp_path / "out") as recorder:
            wait_for_line(sender, "in heard: user 9")
            _, err = sender.communicate(timeout=30)
            recorder.terminate()
            recorder.communicate(timeout=30)
    assert sender.returncode == 0
    assert "nobody else was" not in err


def test_a_wait_for_nobody_is_refused(tmp_path: Path, sending: dict[str, tuple[object, ...]]) -> None:
    ran = agora(tmp_path, *sending["sound"], "--dryRun", "--waitForReceiver", "1s")
    assert (ran.code, "nobody can come" in ran.err) == (2, True)
