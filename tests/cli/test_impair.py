"""--impair as processes: what happens to a recording, and which calls are refused."""

import json
from pathlib import Path

import pytest

from tests.cli.run import agora, start, wait_for_line
from tests.cli.test_channel import CHANNEL, finish, noise, recorder, samples


def test_a_recording_of_a_lossy_sender_is_the_same_again(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", seconds=1)
    got = []
    for _ in range(2):
        with recorder(tmp_path, "--untilLeft", "--waitForUser", "20s", "--maxLoss", "50%") as process:
            impair = ("--impair", "loss=10%,burst=3,delay=50ms,seed=4")
            args = ("--audioFile", tmp_path / "in.wav", "--userId", 7, "--json", *impair)
            ran = agora(tmp_path, "send-pcm", *CHANNEL, *args)
            result = finish(process)
        lost = ran.json["impaired"]["lost"]
        assert 0 < lost == result["files"][0]["lost"]
        assert f"the link was impaired: 100 packets, {lost} lost" in ran.err
        got.append(samples(tmp_path / "out" / "test_7.wav"))
    assert got[0] == got[1]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("--engine", "local", "--impair", "loss=5"),
            "error: --impair 'loss=5': must be a share like 5% or 0.05, got '5'",
        ),
        (("--engine", "local", "--impair", "loss=5%", "--dryRun"), "error: --impair cannot go with --dryRun"),
        (("--appId", "a" * 32, "--impair", "loss=5%"), "error: --impair is for channels on this machine"),
    ],
)
def test_where_it_is_refused(tmp_path: Path, args: tuple[str, ...], message: str) -> None:
    noise(tmp_path / "in.wav", seconds=0.1)
    ran = agora(tmp_path, "send-pcm", "--channelId", "x", "--audioFile", tmp_path / "in.wav", *args)
    assert ran.code == 2
    assert message in ran.err


def test_what_is_missing_is_a_number_and_ends_with_6_unless_allowed(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", seconds=1)
    outage = ("--impair", "audio:outage=200ms@300ms")
    for allowed, code in ((), 6), (("--maxLoss", "30%"), 0):
        with recorder(tmp_path, "--untilLeft", "--waitForUser", "20s", *outage, *allowed) as process:
            agora(tmp_path, "send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7)
            out, err = process.communicate(timeout=30)
        assert process.returncode == code, err
        document = json.loads(out)
        sound = document["users"][0]["audio"]
        assert (sound["gaps"], sound["stalls"], sound["startsAt"]) == (1, 0, 0)
        assert document["files"][0]["seconds"] == 1
        assert sound["missingSeconds"] == document["impaired"]["lost"] / 100 == pytest.approx(0.2, abs=0.03)
        assert f"user 7: {sound['missingSeconds']:.2f} s of sound missing in 1 place" in err
        if code:
            (failure,) = document["failures"]
            assert failure.endswith("% of the sound of user 7 is missing, --maxLoss is 0")


def test_who_joins_in_the_middle_says_what_was_before(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", seconds=2)
    args = ("send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7)
    with start(tmp_path, *args) as sender:
        wait_for_line(sender, "joined test")
        with recorder(tmp_path, "--untilLeft", "--waitForUser", "20s") as process:
            result = finish(process)
        sender.communicate(timeout=30)
    sound = result["users"][0]["audio"]
    assert 0 < sound["startsAt"] < 2
    assert sound["startsAt"] + result["files"][0]["seconds"] == pytest.approx(2)
    assert (sound["gaps"], sound["missingSeconds"]) == (0, 0)
