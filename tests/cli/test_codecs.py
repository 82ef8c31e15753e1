"""agora codecs as a process: one answer, the matrix, and questions that are none."""

from pathlib import Path

import pytest

from .run import agora

CODECS = ("h264", "h265", "vp8", "vp9", "av1")


def expected(codec: str, direction: str, width: int, height: int) -> str:
    """Say the published matrix."""
    if direction == "send" and (codec == "h265" or (codec == "av1" and min(width, height) <= 360)):
        return "h264"
    return codec


def test_one_question_as_json(tmp_path: Path) -> None:
    ran = agora(tmp_path, "codecs", "--codec", "av1", "--width", 320, "--height", 180, "--json")
    assert ran.json == {
        "ok": True,
        "requested": "av1",
        "direction": "send",
        "width": 320,
        "height": 180,
        "codec": "h264",
        "action": "encode",
        "reason": "AV1 is sent only above 360 lines on the shorter side: H264 is sent instead",
    }
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--codec", "AV1", "--width", 361, "--height", 640), "encode av1: "),
        (("--codec", "av1", "--width", 360, "--height", 640, "--direction", "receive"), "pass av1: "),
        (("--codec", "h265", "--width", 640, "--height", 360, "--encoded"), "transcode h264: H265 can only be"),
        (("--codec", "vp8", "--width", 640, "--height", 360, "--encoded"), "pass vp8: "),
    ],
)
def test_one_question_in_words(tmp_path: Path, options: tuple[object, ...], line: str) -> None:
    ran = agora(tmp_path, "codecs", *options)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(line)


def test_the_matrix_as_json_agrees_in_every_cell(tmp_path: Path) -> None:
    rows = agora(tmp_path, "codecs", "--json").json["choices"]
    assert {(row["requested"], row["direction"]) for row in rows} == {
        (c, d) for c in CODECS for d in ("send", "receive")
    }
    sizes = {(row["width"], row["height"]) for row in rows}
    assert {(640, 360), (360, 640), (642, 361), (361, 642)} <= sizes
    assert len(rows) == len(CODECS) * 2 * len(sizes)
    for row in rows:
        assert row["codec"] == expected(row["requested"], row["direction"], row["width"], row["height"]), row
        assert row["action"] == ("encode" if row["direction"] == "send" else "pass")


def test_the_matrix_for_people_says_what_this_machine_encodes(tmp_path: Path) -> None:
    ran = agora(tmp_path, "codecs")
    assert ran.code == 0
    assert "encoders on this machine: h264 (libx264), vp8 (libvpx), vp9 (libvpx-vp9), av1 (libsvtav1)" in ran.out
    assert ran.err == ""


def test_the_matrix_is_narrowed(tmp_path: Path) -> None:
    rows = agora(tmp_path, "codecs", "--json", "--codec", "av1", "--direction", "send").json["choices"]
    assert {(row["requested"], row["direction"]) for row in rows} == {("av1", "send")}
    rows = agora(tmp_path, "codecs", "--json", "--width", 10, "--height", 20).json["choices"]
    assert {(row["width"], row["height"]) for row in rows} == {(10, 20)}


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        (("--codec", "h246"), "--codec must be one of h264, h265, vp8, vp9, av1, got 'h246'", "h264"),
        (("--codec", "av1", "--width", 640), "--width and --height go together", None),
        (("--codec", "av1", "--width", 0, "--height", 5), "--width and --height must be 1 or more, got 0x5", None),
    ],
)
def test_questions_that_are_none(tmp_path: Path, options: tuple[object, ...], message: str, hint: str | None) -> None:
    ran = agora(tmp_path, "codecs", *options)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == f"error: {message}"
    assert hint is None or hint in ran.err
