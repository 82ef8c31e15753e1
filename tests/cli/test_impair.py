"""--impair as processes: what happens to a recording, and which calls are refused."""

from pathlib import Path

import pytest

from tests.cli.run import agora
from tests.cli.test_channel import CHANNEL, finish, noise, recorder, samples


def test_a_recording_of_a_lossy_sender_is_the_same_again(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", seconds=1)
    got = []
    for _ in range(2):
        with recorder(tmp_path, "--untilLeft", "--waitForUser", "20s") as process:
            impair = ("--impair", "loss=10%,burst=3,delay=50ms,seed=4")
            args = ("--audioFile", tmp_path / "in.wav", "--userId", 7, "--json", *impair)
            ran = agora(tmp_path, "send-pcm", *CHANNEL, *args)
            result = finish(process)
        lost = ran.json["impaired"]["lost"]
        assert 0 < lost == result["files"][0]["lost"]
        assert f"the link was impaired: 100 packets, {lost} lost" in ran.err
        got.append(samples(tmp_path / "out" / "test_7.wav"))
    assert got[0] == got[1]


def test_the_recorder_s_own_link(tmp_path: Path) -> None:
    noise(tmp_path / "in.wav", seconds=1)
    with recorder(tmp_path, "--untilLeft", "--waitForUser", "20s", "--impair", "outage=200ms@300ms") as process:
        agora(tmp_path, "send-pcm", *CHANNEL, "--audioFile", tmp_path / "in.wav", "--userId", 7)
        result = finish(process)
    assert result["impaired"]["lost"] == pytest.approx(20, abs=3)
    assert result["files"][0]["lost"] == result["impaired"]["lost"]
    assert result["files"][0]["seconds"] == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--engine", "local", "--impair", "loss=5"), "error: --impair 'loss=5': '5' must be a share like 5% or 0.05"),
        (("--engine", "local", "--impair", "loss=5%", "--dryRun"), "error: --impair cannot go with --dryRun"),
        (("--appId", "a" * 32, "--impair", "loss=5%"), "error: --impair is for channels on this machine"),
    ],
)
def test_where_it_is_refused(tmp_path: Path, args: tuple[str, ...], message: str) -> None:
    noise(tmp_path / "in.wav", seconds=0.1)
    ran = agora(tmp_path, "send-pcm", "--channelId", "x", "--audioFile", tmp_path / "in.wav", *args)
    assert ran.code == 2
    assert message in ran.err
