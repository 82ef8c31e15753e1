"""Scores whose value is known by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.vad.labels import Labels
from agora_cli.vad.score import frame_scores, match, roc_auc, score
from agora_cli.vad.segments import Segment, segments_of
from tests.unit.vad.made import run


def segment(number: int, start: int, end: int, stopped: bool = True) -> Segment:
    return Segment(number, max(0, start - 26), start + 19, end + 25, start, end, stopped, "", "")


def segments(*spans: tuple[int, int]) -> tuple[Segment, ...]:
    return tuple(segment(number, start, end) for number, (start, end) in enumerate(spans))


def test_a_perfect_run() -> None:
    analysis = run((100, 0.0), (100, 1.0), (100, 0.0), (100, 1.0), (100, 0.0))
    scores = score(analysis, Labels(((1000, 2000), (3000, 4000)), 5000))
    assert scores.auc == scores.f1 == scores.precision == scores.recall == 1.0
    assert (scores.miss, scores.false, scores.split, scores.merge) == (0, 0, 0, 0)
    assert (scores.utterances, scores.ser, scores.clipped) == (2, 0.0, 0)
    assert (scores.onset_ms_p50, scores.offset_ms_p50) == (200, 250)


def test_one_error_of_each_kind() -> None:
    utterances = ((0, 1000), (2000, 4000), (5000, 6000), (6300, 7000))
    found = match(utterances, segments((200, 280), (320, 400), (500, 700), (800, 900)))
    assert found.missed == (0,)
    assert found.split == (1,)
    assert found.merged == (2,)
    assert found.false == (3,)
    assert found.errors == 4


@pytest.mark.parametrize(("overlap", "matches"), [(9, False), (10, True)])
def test_a_graze_is_no_match(overlap: int, matches: bool) -> None:
    found = match(((1000, 2000),), segments((200 - overlap, 300)))
    assert (found.missed == ()) == matches


def test_a_short_utterance_is_matched_by_half_of_it() -> None:
    assert match(((1000, 1100),), segments((105, 200))).missed == ()
    assert match(((1000, 1100),), segments((106, 200))).missed == (0,)


def test_lost_sound_at_the_start_is_counted() -> None:
    analysis = run((100, 0.0), (10, 0.0), (100, 1.0), (100, 0.0))
    (found,) = segments_of(analysis)
    assert found.start_frame == 84
    assert score(analysis, Labels(((790, 2100),), 3100)).clipped == 0
    assert score(analysis, Labels(((780, 2100),), 3100)).clipped == 1


def test_an_unfinished_segment_has_no_offset() -> None:
    scores = score(run((100, 0.0), (100, 1.0)), Labels(((1000, 2000),), 2000))
    assert scores.offset_ms_p50 is None
    assert scores.onset_ms_p50 == 200


def test_nothing_labelled_and_nothing_found() -> None:
    scores = score(run((100, 0.0)), Labels((), 1000))
    assert (scores.auc, scores.ser, scores.onset_ms_p50) == (None, None, None)
    assert (scores.precision, scores.recall, scores.f1) == (0, 0, 0)
    assert score(run((60, 1.0), (60, 0.0)), Labels((), 1200)).false == 1


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=60))
def test_roc_auc_is_the_share_of_pairs_in_order(frames: list[tuple[bool, int]]) -> None:
    speech = [value for is_speech, value in frames if is_speech]
    other = [value for is_speech, value in frames if not is_speech]
    pairs = [(a > b) + 0.5 * (a == b) for a in speech for b in other]
    found = roc_auc(np.array([one for one, _ in frames]), np.array([value for _, value in frames], np.float32))
    assert found == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)


def test_frame_scores() -> None:
    active, truth = np.array([True, True, False, False]), np.array([True, False, True, True])
    assert frame_scores(active, truth) == pytest.approx((1 / 2, 1 / 3, 0.4))
