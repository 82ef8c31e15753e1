"""What `record --expect` says and how it ends, in two processes on the local engine."""

import json
import wave
from pathlib import Path

import pytest

from .run import agora, start, wait_for_line

CHANNEL = ("--channelId", "expected", "--engine", "local")


@pytest.mark.parametrize(
    ("sample", "code", "failures"),
    [(b"\0\x40", 0, None), (b"\0\0", 6, ["level.rms>-45: 7.audio.level.rms is not known"])],
)
def test_silence_does_not_pass_for_sound(tmp_path: Path, sample: bytes, code: int, failures: list[str] | None) -> None:
    with wave.open(str(tmp_path / "sound.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(sample * 4800)
    limits = ("--untilLeft", "--json", "--expect", "level.rms>-45", "--expect", "loss<1%")
    with start(tmp_path, "record", *CHANNEL, "--output", tmp_path / "out", *limits) as recorder:
        wait_for_line(recorder, "joined expected")
        sent = agora(tmp_path, "send-pcm", *CHANNEL, "--userId", 7, "--audioFile", tmp_path / "sound.wav")
        assert sent.code == 0, sent.err
        out, _ = recorder.communicate(timeout=30)
    document = json.loads(out)
    assert (recorder.returncode, document["ok"], document.get("failures")) == (code, code == 0, failures)
    assert [user["userId"] for user in document["users"]] == ["7"]


def test_a_figure_that_does_not_exist_is_refused_before_joining(tmp_path: Path) -> None:
    ran = agora(tmp_path, "record", *CHANNEL, "--output", tmp_path / "out", "--expect", "volume>1")
    assert (ran.code, "no figure 'volume'" in ran.err, "joined" in ran.err) == (2, True, False)


def test_what_is_sent_is_held_against_expectations_too(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "sound.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(b"\0\x40" * 1600)
    send = ("send-pcm", *CHANNEL, "--audioFile", tmp_path / "sound.wav", "--json")
    alone = agora(tmp_path, *send, "--expect", "receivers>=1", "--expect", "units>=10")
    assert (alone.code, alone.json["ok"]) == (6, False)
    assert alone.json["failures"] == ["receivers>=1: receivers is 0"]
    assert alone.json["error"] == {"code": "expectation", "exit": 6, "message": "1 expectation(s) not met"}
    assert "warning: not met: receivers>=1: receivers is 0" in alone.err
    assert agora(tmp_path, *send, "--expect", "dropped<1", "--expect", "seconds>=100ms").code == 0
    wrong = agora(tmp_path, *send, "--expect", "loss<1%")
    assert (wrong.code, "no figure 'loss', there are bytes, dropped, late" in wrong.err) == (2, True)
    dry = agora(tmp_path, "send-pcm", "--audioFile", tmp_path / "sound.wav", "--dryRun", "--expect", "receivers>0")
    assert (dry.code, "--expect receivers cannot go with --dryRun" in dry.err) == (2, True)
    said = agora(tmp_path, "send-data", *CHANNEL, "--message", "x", "--json", "--expect", "receivers>0")
    assert (said.code, said.json["failures"]) == (6, ["receivers>0: receivers is 0"])
