"""inspect as a user runs it."""

from pathlib import Path

import pytest

from agora_cli.commands.inspect import CURVE_CELLS, curve
from tests.media_files import Film, make_film

from .run import agora


def test_table(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4")
    ran = agora(tmp_path, "inspect", path, PYTHONIOENCODING="utf-8", COLUMNS="120")
    assert (ran.code, ran.err) == (0, "")
    assert "\x1b" not in ran.out
    lines = {line.split()[0]: line for line in ran.out.splitlines() if line.strip()}
    assert "picture" in lines["kind"]
    assert "sound" in lines["kind"]
    assert "160x120" in lines["size"]
    assert "passes through as h264" in ran.out


def test_table_without_unicode(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4")
    ran = agora(tmp_path, "inspect", path, PYTHONIOENCODING="ascii")
    assert ran.code == 0, ran.err
    assert ran.out.isascii()


def test_json(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mkv", Film(sound="libopus"))
    ran = agora(tmp_path, "inspect", path, "--json")
    assert (ran.code, ran.err) == (0, "")
    found = ran.json
    assert found["ok"] is True
    assert found["container"] == "Matroska / WebM"
    assert found["bytes"] == path.stat().st_size
    video, audio = found["tracks"]
    assert (video["codec"], video["frameRate"], video["constantRate"]) == ("h264", "30000/1001", True)
    assert video["keyframeIntervalS"] == pytest.approx([0.5, 0.501], abs=0.001)
    assert len(video["kilobits"]) == 2
    assert audio["sampleRateHz"] == 48_000
    assert "frameRate" not in audio


def test_a_damaged_file(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(muxer_options={"movflags": "faststart"}))
    path.write_bytes(path.read_bytes()[:-6000])
    ran = agora(tmp_path, "inspect", path)
    assert ran.code == 3
    assert ran.err.startswith("warning: damaged: ")
    assert "160x120" in ran.out
    as_json = agora(tmp_path, "inspect", path, "--json")
    assert (as_json.code, as_json.json["ok"], as_json.json["error"]["exit"]) == (3, False, 3)


@pytest.mark.parametrize("data", [None, b"", b"Nothing but a line of text."])
def test_what_cannot_be_read(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "file"
    if data is not None:
        path.write_bytes(data)
    ran = agora(tmp_path, "inspect", path)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("error: ")
    assert len(ran.err.splitlines()) == 1


def test_curve() -> None:
    assert curve((), "abc") == ""
    assert curve((5.0,), "abc") == ""
    assert curve((0.0, 50.0, 100.0), "abcd") == "acd up to 100 kb/s"
    assert curve((0.0, 0.0), "abcd") == "aa up to 0 kb/s"
    long = curve(tuple(float(n) for n in range(1000)), "ab")
    assert long == "a" * (CURVE_CELLS // 2) + "b" * (CURVE_CELLS // 2) + " up to 999 kb/s"
