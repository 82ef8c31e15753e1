"""Segments and their reasons."""

import pytest

from agora_cli.native.vad import VadConfig
from agora_cli.vad.segments import nearest_to_a_start, segments_of
from tests.unit.vad.made import run


def test_a_segment_has_its_sound_its_decisions_and_their_reasons() -> None:
    (segment,) = segments_of(run((100, 0.0), (100, 1.0), (100, 0.0)))
    assert (segment.start_frame, segment.decided_frame, segment.end_frame) == (74, 119, 225)
    assert (segment.voice_start, segment.voice_end) == (100, 200)
    assert (segment.start_s, segment.decided_s, segment.end_s) == (0.74, 1.2, 2.25)
    assert segment.start_reason == "start at 1.20 s: 20 of 29 active"
    assert segment.stop_reason == "stop at 2.25 s: 25 of 49 inactive"
    assert segment.file == "vad_0.pcm"
    assert segment.stopped


def test_the_end_of_the_input_cuts_a_segment_off() -> None:
    first, last = segments_of(run((50, 1.0), (60, 0.0), (100, 1.0), (10, 0.0)))
    assert first.stopped
    assert not last.stopped
    assert last.end_frame == 220
    assert last.voice_end == 210
    assert last.stop_reason == "end of input at 2.20 s: 10 of 49 inactive"
    assert last.start_frame > first.end_frame - 1


def test_rule_set_2_4_counts_in_a_row() -> None:
    config = VadConfig(adaptive_rms_threshold=False)
    (segment,) = segments_of(run((100, 0.0), (100, 1.0), (100, 0.0), rules="2.4", rms=20, config=config))
    assert segment.start_reason == "start at 1.30 s: 30 active in a row, 30 wanted"
    assert segment.stop_reason == "stop at 2.50 s: 50 inactive in a row, 50 wanted"


def test_a_start_on_silence_has_a_voice_too() -> None:
    config = VadConfig(start_recognize_count=1, active_percent=1.0)
    (segment,) = segments_of(run((30, 0.0), config=config))[:1]
    assert segment.voice_start <= segment.decided_frame < segment.voice_end


@pytest.mark.parametrize("turns", [[(0, 0.0)], [(60, 1.0)]])
def test_only_a_run_without_a_start_was_near_one(turns: list[tuple[int, float]]) -> None:
    assert nearest_to_a_start(run(*turns)) is None


def test_how_near_a_start_was() -> None:
    analysis = run((100, 0.0), (12, 1.0), (100, 0.0))
    assert segments_of(analysis) == ()
    assert nearest_to_a_start(analysis) == "no start: the nearest was at 1.12 s: 12 of 29 active"
