"""send-jpeg and send-yuv as processes: into a recording and back, dry runs, and bad input."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.stills import jpeg, numbered, planes, png, psnr, read_number, smooth

from .run import Ran, agora, start, wait_for_line

CHANNEL = ("--channelId", "test", "--engine", "local")


def dry(home: Path, command: str, *args: object, stdin: bytes = b"") -> Ran:
    return agora(home, command, "--channelId", "x", "--dryRun", "--speed", 0, *args, stdin=stdin)


def recorded(home: Path, command: str, *args: object) -> tuple[dict[str, Any], dict[str, Any], list[Any]]:
    """Send into a channel that is recorded; return both summaries and the decoded pictures."""
    import av

    recorder = start(
        home, "record", *CHANNEL, "--output", home / "out", "--json", "--untilLeft", "--waitForUser", "30s"
    )
    try:
        wait_for_line(recorder, "joined test as user")
        ran = agora(home, command, *CHANNEL, "--userId", 7, "--json", *args)
        assert ran.code == 0, ran.err
        out, err = recorder.communicate(timeout=60)
        assert recorder.returncode == 0, err
    finally:
        if recorder.poll() is None:
            recorder.kill()
            recorder.communicate()
    with av.open(str(home / "out" / "test_7.mkv")) as file:
        frames = list(file.decode(video=0))
    return ran.json, json.loads(out), frames


@pytest.mark.parametrize("codec", ["h264", "vp8", "vp9", "av1"])
def test_numbered_pictures_arrive_in_order_at_the_asked_rate(tmp_path: Path, codec: str) -> None:
    count = 300 if codec == "h264" else 40
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(count):
        (pictures / f"p{number}.{'JPG' if number % 2 else 'jpeg'}").write_bytes(jpeg(numbered(number, 640, 368)))
    sent, got, frames = recorded(tmp_path, "send-jpeg", "--dir", pictures, "--fps", 100, "--codec", codec)
    assert sent["units"] + sent["dropped"] == count
    numbers = [read_number(planes(frame.to_ndarray(), 640, 368)[0]) for frame in frames]
    assert len(numbers) == sent["units"]
    assert numbers == sorted(set(numbers))
    if not sent["dropped"]:
        assert numbers == list(range(count))
    for number, frame in zip(numbers, frames, strict=True):
        assert float(frame.time) == pytest.approx(number / 100, abs=0.002)
    (row,) = got["files"]
    assert row["seconds"] == pytest.approx((numbers[-1] + 1) / 100, abs=0.01)
    assert (row["codec"], row["frames"], row["lost"]) == (codec, sent["units"], 0)


def test_a_still_at_4_mbps_is_recorded_with_36_db(tmp_path: Path) -> None:
    still = smooth(1280, 720, 5)
    (tmp_path / "still.jpg").write_bytes(jpeg(still))
    options = ("--imageFile", tmp_path / "still.jpg", "--loop", 10, "--bitrate", "4M", "--fps", 15)
    _, _, frames = recorded(tmp_path, "send-jpeg", *options)
    assert min(psnr(frame.to_ndarray(format="rgb24"), still) for frame in frames) >= 36


def test_raw_video_arrives_encoded(tmp_path: Path) -> None:
    still = np.vstack([smooth(320, 192)[:, :, 0], np.full((96, 320), 128, np.uint8)])
    (tmp_path / "a.yuv").write_bytes(still.tobytes() * 10)
    sent, _, frames = recorded(
        tmp_path, "send-yuv", "--videoFile", tmp_path / "a.yuv", "--width", 320, "--height", 192, "--bitrate", "2M"
    )
    assert sent["units"] == len(frames) == 10 - sent["dropped"]
    assert psnr(planes(frames[-1].to_ndarray(), 320, 192)[0], still[:192]) >= 36


@pytest.mark.parametrize("wrap", [b"".join, lambda parts: b"--b\r\n\r\n" + b"\r\n--b\r\n\r\n".join(parts)])
def test_jpeg_on_stdin(tmp_path: Path, wrap: Any) -> None:
    ran = dry(tmp_path, "send-jpeg", "--imageFile", "-", "--json", stdin=wrap([jpeg(numbered(n)) for n in range(20)]))
    assert (ran.code, ran.json["units"]) == (0, 20)
    assert "note: 160x96 h264 at 100 kb/s: H264 is sent at any size" in ran.err


def test_raw_video_on_stdin_with_a_tail(tmp_path: Path) -> None:
    ran = dry(
        tmp_path, "send-yuv", "--videoFile", "-", "--width", 16, "--height", 16, "--json", stdin=bytes(384 * 3 + 5)
    )
    assert (ran.code, ran.json["units"]) == (0, 3)
    assert "warning: stdin: the last 5 bytes are no whole picture of 384 bytes and are left out" in ran.err


@pytest.mark.parametrize("name", ["i420", "nv12", "rgba"])
def test_raw_video_of_odd_size_is_padded_and_alpha_is_left_out(tmp_path: Path, name: str) -> None:
    size = 4 * 81 if name == "rgba" else 81 + 50 + 81
    (tmp_path / "a.yuv").write_bytes(bytes(size * 4))
    alpha = () if name == "rgba" else ("--alpha",)
    options = ("--videoFile", tmp_path / "a.yuv", "--width", 9, "--height", 9, "--format", name, *alpha, "--json")
    ran = dry(tmp_path, "send-yuv", *options)
    assert (ran.code, ran.json["units"]) == (0, 4)
    assert "note: 10x10 h264" in ran.err
    assert ("warning: the alpha plane is left out: h264 carries none" in ran.err) == (name != "rgba")
    raw = dry(tmp_path, "send-yuv", *options, "--codec", "raw")
    assert (raw.code, raw.json["units"], "alpha" in raw.err) == (0, 4, False)


def test_odd_sizes_are_said_once(tmp_path: Path) -> None:
    for number, side in enumerate((9, 1, 9)):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(smooth(side, side)))
    ran = dry(tmp_path, "send-jpeg", "--dir", tmp_path, "--json")
    assert (ran.code, ran.json["units"]) == (0, 3)
    assert ran.err.count("note: 9x9 has an odd side: sent as 10x10") == 1


def test_a_still_for_a_while(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(smooth(64, 48)))
    (tmp_path / "a.yuv").write_bytes(bytes(384))
    limit = ("--loop", "inf", "--duration", "2s", "--fps", 12.5, "--json")
    assert dry(tmp_path, "send-jpeg", "--imageFile", tmp_path / "a.jpg", *limit).json["units"] == 25
    raw = ("--videoFile", tmp_path / "a.yuv", "--width", 16, "--height", 16)
    assert dry(tmp_path, "send-yuv", *raw, *limit).json["units"] == 25


def test_av1_below_the_border_falls_back_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(smooth(360, 640)))
    ran = dry(tmp_path, "send-jpeg", "--imageFile", tmp_path / "a.jpg", "--codec", "av1", "--preset", "8")
    assert "AV1 is sent only above 360 lines on the shorter side: H264 is sent instead" in ran.err
    assert "note: --preset 8 was for av1: not used" in ran.err
    assert ran.code == 0


def test_damaged_pictures_are_left_out_named_and_counted(tmp_path: Path) -> None:
    good = jpeg(smooth(64, 48))
    bomb = bytearray(good)
    frame = bomb.index(b"\xff\xc0")
    bomb[frame + 5 : frame + 9] = (30000).to_bytes(2, "big") * 2
    files = {
        "1.jpg": good,
        "2.jpg": good[: len(good) // 2],
        "3.jpg": b"",
        "4.jpg": bytes(bomb),
        "5.jpg": png(smooth(64, 48)),
        "6.jpg": jpeg(smooth(64, 48), "CMYK", progressive=True),
        "7.jpg": b"GIF89a" * 9,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    ran = dry(tmp_path, "send-jpeg", "--dir", tmp_path, "--json")
    assert (ran.code, ran.json["units"]) == (0, 3)
    warnings = [line for line in ran.err.splitlines() if line.startswith("warning: left out")]
    assert [line.split(": ", 2)[1:] for line in warnings[:3]] == [
        ["left out 2.jpg", f"cut: no end of picture in {len(good) // 2} bytes"],
        ["left out 3.jpg", "an empty file"],
        ["left out 4.jpg", "30000x30000 is beyond the limit of 134217728 pixels"],
    ]
    assert "left out 7.jpg: expected a JPEG or PNG, got 47 49 46" in warnings[3]
    assert warnings[4:] == ["warning: left out 4 of 7 pictures"]


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("--dir", "{}"), 3, "no .jpg or .jpeg file in this directory"),
        (("--dir", "{}/missing"), 3, "missing: No such file or directory"),
        (("--imageFile", "{}/missing.jpg"), 3, "missing.jpg: no such file"),
        (("--imageFile", "{}"), 3, "is a directory, expected a file"),
        (("--imageFile", "-"), 3, "no usable picture: none came"),
        ((), 2, "give FILE, --imageFile or --dir"),
        (("--dir", "{}", "--imageFile", "a.jpg"), 2, "give FILE, --imageFile or --dir"),
        (("--imageFile", "a.jpg", "--watch"), 2, "--watch needs --dir"),
        (("--imageFile", "a.jpg", "--width", 64), 2, "--width and --height go together"),
        (("--imageFile", "a.jpg", "--width", -2, "--height", 4), 2, "must be 1 or more, got -2x4"),
        (("--imageFile", "-", "--loop", "2"), 2, "--loop cannot repeat stdin"),
        (("--dir", "{}", "--watch", "--loop", "inf"), 2, "--loop cannot repeat a watched directory"),
        (("--dir", "{}", "--loop", "0"), 2, "--loop must be 1 or more, or inf, got '0'"),
        (("--dir", "{}", "--fps", "0"), 2, "--fps must be above 0 to 240 frames a second, got '0'"),
        (("--dir", "{}", "--fps", "fast"), 2, "got 'fast'"),
        (("--dir", "{}", "--bitrate", "0"), 2, "--bitrate must be a bit rate like 800k or 2M, got '0'"),
        (("--dir", "{}", "--bitrate", "-5"), 2, "got '-5'"),
        (("--dir", "{}", "--bitrate", "fast"), 2, "got 'fast'"),
        (("--dir", "{}", "--gop", "0"), 2, "--gop must be 1 or more, got 0"),
        (("--dir", "{}", "--codec", "raw", "--gop", "5"), 2, "--codec raw leaves it to the engine"),
        (("--dir", "{}", "--codec", "h246"), 2, "--codec must be one of h264, h265, vp8, vp9, av1, raw, got 'h246'"),
        (("--dir", "{}", "--duration", "0"), 2, "--duration must be above 0, got '0'"),
        (("--dir", "{}", "--fit", "crop"), 2, "invalid value for '--fit'"),
    ],
)
def test_send_jpeg_refuses(tmp_path: Path, args: tuple[object, ...], code: int, message: str) -> None:
    ran = dry(tmp_path, "send-jpeg", *[str(arg).replace("{}", str(tmp_path)) for arg in args])
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err.splitlines()[-1 if code == 3 else 0], ran.err


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("--height", 16), 2, "--width is missing: raw video does not say its own size"),
        (("--width", 16), 2, "--height is missing: raw video does not say its own size"),
        (("--width", 99999, "--height", 1), 2, "must be 1 to 16384, got 99999x1"),
        (("--width", 16, "--height", 16, "--format", "rgba", "--alpha"), 2, "rgba carries its own"),
        (("--width", 16, "--height", 16, "--preset", "ultrafats"), 2, "--preset for h264 must be ultrafast"),
        (("--width", 640, "--height", 360), 3, "expected 345600 bytes for one picture of 640x360 i420, got 1000"),
    ],
)
def test_send_yuv_refuses(tmp_path: Path, args: tuple[object, ...], code: int, message: str) -> None:
    (tmp_path / "a.yuv").write_bytes(bytes(1000))
    ran = dry(tmp_path, "send-yuv", "--videoFile", tmp_path / "a.yuv", *args)
    assert (ran.code, ran.out) == (code, "")
    assert message in next(line for line in ran.err.splitlines() if line.startswith("error: "))


def test_a_watched_directory_sends_each_new_file_until_ctrl_c(tmp_path: Path) -> None:
    import signal

    pictures = tmp_path / "pictures"
    pictures.mkdir()
    sender = start(
        tmp_path, "send-jpeg", "--channelId", "x", "--dryRun", "--dir", pictures, "--watch", "--json",
        "--width", 160, "--height", 96,
    )  # fmt: skip
    try:
        wait_for_line(sender, "engine: none")
        (pictures / "a.jpg").write_bytes(jpeg(numbered(1)))
        (pictures / "b.tmp").write_bytes(jpeg(numbered(2)))
        (pictures / "b.tmp").rename(pictures / "b.jpg")
        (pictures / "cut.jpg").write_bytes(jpeg(numbered(3))[:-9])
        wait_for_line(sender, "left out cut.jpg: cut")
        sender.send_signal(signal.SIGINT)
        out, err = sender.communicate(timeout=20)
    finally:
        if sender.poll() is None:
            sender.kill()
            sender.communicate()
    assert sender.returncode == 130, err
    assert json.loads(out)["units"] == 2


def test_ctrl_c_before_the_first_picture_is_no_error(tmp_path: Path) -> None:
    import signal

    sender = start(tmp_path, "send-jpeg", "--channelId", "x", "--dryRun", "--imageFile", "-", stdin=subprocess.PIPE)
    try:
        wait_for_line(sender, "waiting for the first picture")
        sender.send_signal(signal.SIGINT)
        _, err = sender.communicate(timeout=20)
    finally:
        if sender.poll() is None:
            sender.kill()
            sender.communicate()
    assert (sender.returncode, "error" in err) == (130, False)
