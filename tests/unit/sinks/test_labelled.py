"""sinks/labelled.py: the SDK's own dump, from frames that carry its labels."""

from pathlib import Path

import pytest

from agora_cli.errors import UnavailableError
from agora_cli.events import DataReceived, MediaReceived
from agora_cli.frames import FrameLabels, Metadata, PcmFrame
from agora_cli.native.vad import VadConfig
from agora_cli.sinks.labelled import LabelSink
from agora_cli.vad.analysis import Settings
from agora_cli.vad.replay import read_dump
from agora_cli.vad.segments import Decision

QUIET = FrameLabels(1, 0, 20, 0, 0, 0)
LOUD = FrameLabels(1, 1, 110, 120, 3, 2)
CONFIG = VadConfig(4, 6, 10)


def heard(number: int, labels: FrameLabels | None, data: bytes = bytes(320), user: str = "7") -> MediaReceived:
    return MediaReceived(number * 10_000, user, 1, PcmFrame(number * 10_000, 16000, 1, data, labels=labels))


def sink_of(tmp_path: Path, told: list[tuple[str, Decision]], rules: str = "2.4") -> LabelSink:
    settings = Settings(rules, CONFIG, causal=True)  # type: ignore[arg-type]
    return LabelSink(tmp_path, "demo", settings, lambda *event: told.append(event))


def test_frames_are_judged_and_dumped_by_their_labels(tmp_path: Path) -> None:
    told: list[tuple[str, Decision]] = []
    sink = sink_of(tmp_path, told)
    labels = [QUIET] * 10 + [LOUD] * 20 + [QUIET] * 20
    for number, label in enumerate(labels):
        sink.write(heard(number, label, bytes([number]) * 320))
    (one,) = sink.close()
    assert [(user, one.is_start, one.at_s) for user, one in told] == [("7", True, 0.16), ("7", False, 0.4)]
    dump = read_dump(one.outputs.dump)
    assert dump.frames["rms"].tolist() == [label.rms for label in labels]
    assert dump.frames["music_prob"].tolist() == [label.music_prob for label in labels]
    assert bytes(dump.pcm()) == b"".join(bytes([number]) * 320 for number in range(50))
    assert (one.analysis.voice, one.analysis.sample_rate_hz, one.analysis.channels) == ("sdk", 16000, 1)
    rows = (one.outputs.dump.parent / "sdk-states.csv").read_text().splitlines()
    assert rows[0] == "frame,state,sdk_state"
    assert (rows[1], rows[16], rows[50]) == ("0,0,0", "15,1,2", "49,0,0")
    assert any("differs from AudioVadManager's in" in note for note in one.analysis.notes)


def test_what_is_no_sound_is_left_out_and_sound_of_another_size_is_counted(tmp_path: Path) -> None:
    sink = sink_of(tmp_path, [])
    sink.write(MediaReceived(0, "7", 1, Metadata(0, "audio", b"x")))
    sink.write_data(DataReceived(0, "7", b"x", 0))
    sink.write(heard(0, QUIET))
    sink.write(heard(1, QUIET, bytes(640)))
    sink.flush(0)
    (one,) = sink.close(report=False)
    assert len(one.analysis.frames) == 1
    assert "1 frames of another size than the first were left out" in one.analysis.notes
    assert sink.close() == []


def test_flags_under_an_older_rule_set_are_noted(tmp_path: Path) -> None:
    sink = sink_of(tmp_path, [], "2.1")
    sink.write(heard(0, FrameLabels(1, 1, 100, 0, 0)))
    (one,) = sink.close(report=False)
    assert "only ever 0 or 1" in one.analysis.notes[0]
    assert (one.outputs.dump.parent / "sdk-states.csv").read_text().splitlines()[1] == "0,0,"


def test_sound_without_labels_cannot_be_judged(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="carries no labels"):
        sink_of(tmp_path, []).write(heard(0, None))
