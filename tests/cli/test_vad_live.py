"""vad-dump --channelId and record --vad: each user judged while it speaks."""

import json
from pathlib import Path

import pytest

from .run import agora, start, wait_for_line

SPEECH = Path(__file__).parents[2] / "test_data" / "speech.wav"
CHANNEL = ("--channelId", "test", "--engine", "local")
LIMITS = ("--waitForUser", "30s", "--untilLeft", "--json")


def speak(home: Path) -> None:
    ran = agora(home, "send-pcm", *CHANNEL, "--audioFile", SPEECH, "--userId", 7)
    assert ran.code == 0, ran.err


def test_a_user_is_judged_as_a_recording_of_it_would_be(tmp_path: Path) -> None:
    with start(tmp_path, "vad-dump", *CHANNEL, "--output", tmp_path / "live", *LIMITS) as listener:
        wait_for_line(listener, "joined test as user")
        speak(tmp_path)
        out, err = listener.communicate(timeout=60)
    assert listener.returncode == 0, err
    *events, document = map(json.loads, out.splitlines())
    (heard,) = document["users"]
    *alike, offline = agora(tmp_path, "vad-dump", SPEECH, "--live", "--output", tmp_path / "offline", "--json").ndjson
    assert events == [{"userId": "7"} | event for event in alike]
    assert heard["userId"] == "7"
    assert heard["frames"] == offline["frames"]
    assert heard["segments"] == offline["segments"]
    assert heard["segments"]
    assert f"user 7 starts speaking at {heard['segments'][0]['startReason'].split()[2]} s" in err
    assert {path.name for path in (tmp_path / "live" / "test_7").iterdir()} >= {"report.html", "frames.csv"}
    assert (Path(heard["dump"]) / "source.pcm").read_bytes() == (Path(offline["dump"]) / "source.pcm").read_bytes()


def test_record_with_vad_leaves_both(tmp_path: Path) -> None:
    with start(tmp_path, "record", *CHANNEL, "--output", tmp_path / "out", "--vad", *LIMITS) as recorder:
        wait_for_line(recorder, "joined test as user")
        speak(tmp_path)
        out, err = recorder.communicate(timeout=60)
    assert recorder.returncode == 0, err
    assert [Path(row["path"]).name for row in json.loads(out)["files"]] == ["test_7.wav"]
    assert "user 7 starts speaking" in err
    assert (tmp_path / "out" / "test_7" / "report.html").exists()


@pytest.mark.parametrize("extra", [["x.wav"], ["--replay", "x"], ["--labels", "x"], ["--tune"]])
def test_a_channel_goes_with_no_recording(tmp_path: Path, extra: list[str]) -> None:
    ran = agora(tmp_path, "vad-dump", *CHANNEL, *extra)
    assert (ran.code, ran.out) == (2, "")
    assert "--channelId judges who is in the channel" in ran.err


def test_nobody_is_heard(tmp_path: Path) -> None:
    ran = agora(tmp_path, "vad-dump", *CHANNEL, "--waitForUser", "0.3", "--json")
    assert ran.code == 6
    assert ran.json["error"]["code"] == "no-user"
