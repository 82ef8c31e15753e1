"""send-h264 and send-mp4 as a user runs them."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.media_files import CONFORMANCE, Film, elementary, make_film

from .run import agora, start, wait_until_it_catches

SUMMARY = {"ok": True, "engine": "none", "channelId": "", "userId": "0", "late": 0, "dropped": 0}
DRY = ("--dryRun", "--speed", "0")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    make_film(path)
    return path


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stream") / "film.h264"
    path.write_bytes(elementary(Film(b_frames=0)))
    return path


def test_send_h264(tmp_path: Path, stream: Path) -> None:
    ran = agora(tmp_path, "send-h264", "--videoFile", stream, *DRY, "--json")
    assert ran.code == 0
    assert ran.err == "engine: none (--dryRun)\n"
    assert ran.json == SUMMARY | {"units": 60, "bytes": stream.stat().st_size, "seconds": ran.json["seconds"]}
    assert ran.json["seconds"] == pytest.approx(2.002, abs=0.04)


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--channelId", "a/b"], 2, "error: channel name 'a/b' has a character that is not allowed: '/' at 1"),
        (["--userId", "4294967296"], 2, "error: user id must be 0 to 4294967295, got 4294967296"),
        (["--connectionNumber", "0"], 2, "error: --connectionNumber must be 1 to 256, got 0"),
        (["--tokenFile", "none"], 3, "error: cannot read the token from none: No such file or directory"),
    ],
)
def test_a_dry_run_checks_what_it_would_join(
    tmp_path: Path, stream: Path, args: list[str], code: int, message: str
) -> None:
    ran = agora(tmp_path, "send-h264", "--videoFile", stream, *DRY, *args)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err.splitlines()


def test_send_h264_from_stdin(tmp_path: Path, stream: Path) -> None:
    args = ("send-h264", "--videoFile", "-", "--fps", "50", *DRY, "--json")
    ran = agora(tmp_path, *args, stdin=stream.read_bytes())
    assert (ran.code, ran.json["units"]) == (0, 60)
    assert ran.json["seconds"] == pytest.approx(1.2, abs=0.03)


@pytest.mark.skipif(not CONFORMANCE.exists(), reason=f"no conformance streams in {CONFORMANCE}")
def test_send_h264_warns_of_a_guessed_rate(tmp_path: Path) -> None:
    path = CONFORMANCE / "SVA_BA2_D.264"
    ran = agora(tmp_path, "send-h264", "--videoFile", path, *DRY, "--quiet")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"warning: {path}: no frame rate in the stream, taken as 25 (--fps says it)\n"


@pytest.mark.parametrize("fps", ["0", "-1", "abc", "1/0", "1001"])
def test_send_h264_refuses_a_wrong_rate(tmp_path: Path, stream: Path, fps: str) -> None:
    ran = agora(tmp_path, "send-h264", "--videoFile", stream, f"--fps={fps}", *DRY)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: --fps must be above 0 to 240 frames a second, got {fps!r}")


def test_send_mp4(tmp_path: Path, film: Path) -> None:
    ran = agora(tmp_path, "send-mp4", "--videoFile", film, *DRY, "--json")
    assert ran.code == 0
    assert ran.json == SUMMARY | {"units": 261, "bytes": ran.json["bytes"], "seconds": ran.json["seconds"]}
    assert ran.err.splitlines() == [
        f"warning: {film}: has B-frames, which real-time receivers may not reorder; --transcode sends none",
        "engine: none (--dryRun)",
    ]


def test_send_mp4_says_what_it_encodes_again(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(codec="libx265", pictures=5, sound=""))
    ran = agora(tmp_path, "send-mp4", "--videoFile", path, *DRY)
    assert (ran.code, ran.out) == (0, "")
    assert "from hevc: H265 can only be received: H264 is sent instead" in ran.err


@pytest.mark.parametrize(
    ("args", "units"),
    [
        (["--videoOnly"], 60),
        (["--audioOnly"], 201),
        (["--audioCodec", "copy"], 60 + 95),
        (["--loop", "2", "--videoOnly"], 120),
        (["--duration", "500ms", "--videoOnly"], 15),
        (["--start", "1s", "--videoOnly"], 45),
        (["--track", "1", "--videoOnly"], 60),
        (["--transcode", "--bitrate", "200k", "--gop", "5", "--preset", "ultrafast", "--videoOnly"], 60),
        (["--codec", "VP8", "--videoOnly"], 60),
    ],
)
def test_send_mp4_options(tmp_path: Path, film: Path, args: list[str], units: int) -> None:
    ran = agora(tmp_path, "send-mp4", "--videoFile", film, *args, *DRY, "--json")
    assert (ran.code, ran.json["units"]) == (0, units), ran.err


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["--videoOnly", "--audioOnly"], "leave nothing to send"),
        (["--bitrate", "2M"], "need --transcode"),
        (["--transcode", "--preset", "quick"], "--preset for h264 must be"),
        (["--codec", "h266"], "--codec must be one of"),
        (["--track", "7"], "--track 7"),
        (["--audioCodec", "mp3"], "is not one of"),
        (["--gop", "0"], "--gop"),
    ],
)
def test_send_mp4_refuses_wrong_options(tmp_path: Path, film: Path, args: list[str], text: str) -> None:
    ran = agora(tmp_path, "send-mp4", "--videoFile", film, *args, *DRY)
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err
    assert ran.err.startswith("error: ")


@pytest.mark.parametrize("command", ["send-h264", "send-mp4"])
@pytest.mark.parametrize(
    ("data", "text"), [(b"", "is empty"), (b"This is a letter to you.", "is text"), (bytes(5000), "")]
)
def test_bad_files(tmp_path: Path, command: str, data: bytes, text: str) -> None:
    path = tmp_path / "file.mp4"
    path.write_bytes(data)
    ran = agora(tmp_path, command, "--videoFile", path, *DRY, "--json")
    assert ran.code == 3
    assert ran.json["error"]["exit"] == 3
    assert text in ran.json["error"]["message"]
    assert len(ran.err.splitlines()) == 1
    assert agora(tmp_path, command, "--videoFile", tmp_path / "none", *DRY).code == 3


def test_a_cut_file_ends_with_3_after_what_was_there(tmp_path: Path, film: Path) -> None:
    path = tmp_path / "cut.mp4"
    make_film(path, Film(muxer_options={"movflags": "faststart"}))
    path.write_bytes(path.read_bytes()[:-5000])
    ran = agora(tmp_path, "send-mp4", "--videoFile", path, *DRY)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines()[-1].startswith(f"error: {path} is cut")


@pytest.mark.parametrize(("command", "option"), [("send-h264", "--videoFile"), ("send-mp4", "--videoFile")])
def test_a_signal_before_the_first_byte_is_no_fault_of_the_input(tmp_path: Path, command: str, option: str) -> None:
    process = start(tmp_path, command, "--channelId", "x", option, "-", "--json", stdin=subprocess.PIPE)
    wait_until_it_catches(process, signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 143
    assert json.loads(out)["error"]["code"] == "stopped"
