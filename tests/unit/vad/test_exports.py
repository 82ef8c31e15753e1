"""The formats of other tools, as those tools read them."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from agora_cli.errors import InputError
from agora_cli.vad import exports
from agora_cli.vad.segments import segments_of
from tests.unit.vad.made import run

ANALYSIS = run((100, 0.0), (100, 1.0), (60, 0.0), (100, 0.9))
SEGMENTS = segments_of(ANALYSIS)
SPANS = [(0.74, 2.25), (2.34, 3.6)]


def test_audacity() -> None:
    rows = [line.split("\t") for line in exports.audacity(SEGMENTS).splitlines()]
    assert [(float(start), float(end), text) for start, end, text in rows] == [
        (*SPANS[0], "vad_0"),
        (*SPANS[1], "vad_1"),
    ]


def test_textgrid_covers_the_recording_without_a_gap() -> None:
    text = exports.textgrid(SEGMENTS, ANALYSIS.seconds)
    assert text.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 3.60\n')
    found = re.findall(r'xmin = ([\d.]+)\n +xmax = ([\d.]+)\n +text = "(.*)"', text)
    assert [text for *_, text in found] == ["", "vad_0", "", "vad_1"]
    assert found[0][0] == "0.00"
    assert found[-1][1] == "3.60"
    assert all(left[1] == right[0] for left, right in zip(found, found[1:], strict=False))
    assert f"intervals: size = {len(found)}" in text
    assert 'text = ""' in exports.textgrid((), 1.0)


def test_rttm() -> None:
    lines = exports.rttm(SEGMENTS, "my talk.wav").splitlines()
    assert lines[0] == "SPEAKER my_talk.wav 1 0.740 1.510 <NA> <NA> speech <NA> <NA>"
    assert [len(line.split()) for line in lines] == [10, 10]
    assert exports.rttm(SEGMENTS, " ").startswith("SPEAKER recording 1")


def test_webvtt() -> None:
    blocks = exports.webvtt(SEGMENTS).split("\n\n")
    assert blocks[0] == "WEBVTT"
    assert blocks[1].splitlines()[:3] == ["0", "00:00:00.740 --> 00:00:02.250", "vad_0"]
    assert "start at 1.20 s: 20 of 29 active" in blocks[1]
    assert len(blocks) == 3
    late = segments_of(run((400_000, 0.0), (100, 1.0)))
    assert "01:06:39.740 -->" in exports.webvtt(late)


def test_frames_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(exports.frames_csv(ANALYSIS))))
    assert ",".join(rows[0]) == "frame,time_s,state,active,voice_prob,rms,pitch,far,music"
    assert len(rows) == 360
    assert rows[119] == {
        "frame": "119", "time_s": "1.19", "state": "1", "active": "1", "voice_prob": "100", "rms": "90",
        "pitch": "0", "far": "1", "music": "0",
    }  # fmt: skip
    assert rows[7]["time_s"] == "0.07"


def test_segments_json() -> None:
    document = json.loads(exports.segments_json("talk", ANALYSIS, SEGMENTS))
    assert document["parameters"]["stopRecognizeCount"] == 50
    assert [(one["startS"], one["endS"]) for one in document["segments"]] == SPANS
    assert document["segments"][0]["stopReason"] == "stop at 2.25 s: 25 of 49 inactive"
    assert [one["stopped"] for one in document["segments"]] == [True, False]


def test_all_files_are_written_over_old_ones(tmp_path: Path) -> None:
    (tmp_path / "segments.txt").write_text("old")
    exports.write_exports(tmp_path, "talk", ANALYSIS, SEGMENTS)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "frames.csv",
        "segments.TextGrid",
        "segments.json",
        "segments.rttm",
        "segments.txt",
        "segments.vtt",
    ]
    assert (tmp_path / "segments.txt").read_text() == exports.audacity(SEGMENTS)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*/none/segments.json: No such file"):
        exports.write_exports(tmp_path / "none", "talk", ANALYSIS, SEGMENTS)
