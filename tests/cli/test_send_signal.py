"""Send without a file, and files without an option's name."""

from pathlib import Path

import pytest

from .run import agora
from .test_channel import recorder, samples

CHANNEL = ("--channelId", "test", "--engine", "local")


def test_a_tone_needs_no_file(tmp_path: Path) -> None:
    with recorder(tmp_path, "--untilLeft", "--expect", "level.rms>-25") as recording:
        sent = agora(tmp_path, "send-pcm", *CHANNEL, "--userId", 7, "--tone", "--duration", "1s", "--json")
        assert (sent.code, sent.json["seconds"]) == (0, 1.0), sent.err
        recording.communicate(timeout=60)
        assert recording.returncode == 0
    assert len(samples(tmp_path / "out" / "test_7.wav")) == 2 * 48_000


@pytest.mark.parametrize(("wanted", "units"), [((), 250), (("--videoOnly",), 50), (("--audioOnly",), 200)])
def test_a_test_pattern_has_picture_and_sound(wanted: tuple[str, ...], units: int, tmp_path: Path) -> None:
    args = ("--testPattern", "--duration", "2s", "--dryRun", "--speed", 0, "--json", *wanted)
    sent = agora(tmp_path, "send-mp4", "-c", "x", *args)
    assert (sent.code, sent.json["units"]) == (0, units), sent.err


def test_what_a_signal_has_not_is_refused(tmp_path: Path) -> None:
    sent = agora(tmp_path, "send-pcm", "-c", "x", "--tone", "--loop", "inf")
    assert (sent.code, sent.err) == (
        2,
        "error: --tone has no beginning and no end: --loop and --start are for files\n",
    )


def test_each_command_takes_its_file_without_a_name(tmp_path: Path) -> None:
    pattern = agora(tmp_path, "send-mp4", "-c", "x", tmp_path / "none.mp4", "--dryRun")
    assert (pattern.code, pattern.err.splitlines()[0]) == (3, f"error: {tmp_path}/none.mp4: no such file")
    for command, args in (
        ("send-pcm", ()),
        ("send-h264", ()),
        ("send-jpeg", ()),
        ("send-yuv", ("--width", 2, "--height", 2)),
    ):
        ran = agora(tmp_path, command, "-c", "x", tmp_path / "none", *args, "--dryRun")
        assert (ran.code, "none" in ran.err) == (3, True), ran.err


def test_a_directory_of_pictures_is_known_by_being_one(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    ran = agora(tmp_path, "send-jpeg", "-c", "x", tmp_path / "frames", "--dryRun")
    assert (ran.code, "frames" in ran.err) == (3, True), ran.err
    both = agora(tmp_path, "send-jpeg", "-c", "x", tmp_path / "frames", "--dir", tmp_path, "--dryRun")
    assert both.code == 2
