"""diagnostics/libraries.py: what is missing is named together with what it is for."""

import pytest

from agora_cli.commands.doctor.libraries import check_codecs, check_core, check_voice, has_codec, pyav_version


def test_core() -> None:
    good = check_core(list, lambda: ["agora_a", "agora_b"])
    assert (good.status, good.detail) == ("ok", "2 functions, known answers from all")
    bad = check_core(lambda: ["agora_b"], lambda: ["agora_a", "agora_b"])
    assert (bad.status, bad.detail) == ("problem", "wrong answers from agora_b")
    assert "reinstall" in (bad.fix or "")


@pytest.mark.parametrize(
    ("missing", "status", "words"),
    [
        (set(), "ok", "PyAV 18, all 13 that are used"),
        ({"libx264"}, "problem", "PyAV 18 lacks libx264 (sending pictures as H264)"),
        ({"libsvtav1", "hevc"}, "warning", "PyAV 18 lacks libsvtav1 (sending AV1), hevc (reading H265)"),
        ({"aac", "hevc"}, "problem", "PyAV 18 lacks aac (reading MP4 sound)"),
    ],
)
def test_codecs(missing: set[str], status: str, words: str) -> None:
    check = check_codecs(lambda name, mode: name not in missing, lambda: "18")
    assert (check.status, check.detail) == (status, words)


def test_pyav_itself_is_asked() -> None:
    assert has_codec("h264", "r")
    assert not has_codec("no such codec", "r")
    assert not has_codec("libdav1d", "w"), "a decoder is no encoder"
    assert pyav_version().split(".")[0].isdigit()


@pytest.mark.parametrize(
    ("probability", "status"), [(0.003, "ok"), (0.5, "problem"), (float("nan"), "problem"), (-1.0, "problem")]
)
def test_voice(probability: float, status: str) -> None:
    assert check_voice(lambda: probability).status == status
