"""`agora watch` beside living processes: the right sentence, a document a second, metrics."""

import json
import re
import subprocess
import urllib.request
import wave
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from .run import Ran, agora, start, wait_for_line

CHANNEL = ("--channelId", "room", "--engine", "local")
BRIEF = ("--duration", "0.7s")


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "loud.wav", b"\0\x40")


def write_wav(path: Path, sample: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(sample * 16000)
    return path


@contextmanager
def beside(home: Path, *args: object) -> Iterator["subprocess.Popen[str]"]:
    """Run another command that is in the channel when the block begins."""
    with start(home, *args) as process:
        wait_for_line(process, "joined room")
        yield process
        process.kill()
        process.communicate()


def sender(home: Path, wav: Path, *args: object) -> AbstractContextManager["subprocess.Popen[str]"]:
    return beside(home, "send-pcm", *CHANNEL, "--audioFile", wav, "--loop", "inf", "--userId", 7, *args)


def why(home: Path, *args: object) -> Ran:
    ran = agora(home, "watch", *CHANNEL, "--why", *BRIEF, "--json", *args)
    assert ran.code == (0 if ran.json["ok"] else 6)
    return ran


def test_the_sentence_fits_what_is_there(tmp_path: Path, wav: Path) -> None:
    assert why(tmp_path).json["verdict"] == "nobody"
    silent = write_wav(tmp_path / "silent.wav", b"\0\0")
    recorder = ("record", "--output", tmp_path / "out", "--userId", 9, "--engine", "local", "--channelId", "room")
    with beside(tmp_path, *recorder, "--appId", "team"):
        verdict = why(tmp_path).json
        assert verdict["verdict"] == "elsewhere"
        assert "namespace 'team' of this machine has a channel room" in verdict["error"]["message"]
    with beside(tmp_path, *recorder):
        assert why(tmp_path).json["verdict"] == "no-track"
    with sender(tmp_path, silent):
        assert why(tmp_path).json["verdict"] == "silence"
    with sender(tmp_path, wav):
        ran = why(tmp_path)
        assert (ran.json["verdict"], ran.json["users"][0]["userId"]) == ("ok", "7")
        key = tmp_path / "key"
        key.write_text("open sesame")
        salt = "c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M="
        sealed = ("--encryptionMode", "aes-128-gcm2", "--encryptionKeyFile", key, "--encryptionSalt", salt)
        assert why(tmp_path, *sealed).json["verdict"] == "wrong-key"


def test_doctor_says_the_same(tmp_path: Path) -> None:
    ran = agora(tmp_path, "doctor", "--channelId", "room", "--json")
    assert ran.code == 6
    assert ran.json["checks"][-1]["name"] == "channel"
    assert ran.json["checks"][-1]["detail"].startswith("nobody else is in room")


def test_a_document_a_second_lines_and_metrics(tmp_path: Path, wav: Path) -> None:
    with sender(tmp_path, wav):
        ran = agora(tmp_path, "watch", *CHANNEL, "--json", "--duration", "1.5s")
        documents = [json.loads(line) for line in ran.out.splitlines()]
        assert ran.code == 0
        assert len(documents) == 3
        assert (documents[-1]["ok"], documents[-1]["users"][0]["audio"]["levelNow"]) == (True, -6.0)
        ran = agora(tmp_path, "watch", *CHANNEL, "--once", *BRIEF)
        assert re.match(r"1 s  user 7  pcm 16000 Hz, 1 channel  \d+ kb/s", ran.out)
        with start(tmp_path, "watch", *CHANNEL, "--metrics", 0) as process:
            url = wait_for_line(process, "metrics: ").split()[1]
            assert url.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert b'agora_users{channel="room"}' in answer.read()
            process.kill()
            process.communicate()


def test_a_port_that_cannot_be(tmp_path: Path) -> None:
    ran = agora(tmp_path, "watch", *CHANNEL, "--metrics", 70000)
    assert (ran.code, ran.err) == (2, "error: --metrics must be a port of 0 to 65535, got 70000\n")
