"""The sweep finds what was hidden, tells what it costs, and is honest about sound it was not chosen by."""

import pytest

from agora_cli.errors import UsageError
from agora_cli.native.vad import VadConfig
from agora_cli.vad.labels import Labels
from agora_cli.vad.tune import GRID, parse_sweep, tune
from tests.unit.vad.made import run

# Utterances with a pause of 400 ms in them, which the default stop cuts.
TURNS = ((100, 0.0), *((60, 1.0), (40, 0.0), (60, 1.0), (150, 0.0)) * 8)
SPOKEN = Labels(tuple((1000 + 3100 * n, 2600 + 3100 * n) for n in range(8)), 26_000)


def test_it_finds_the_stop_that_does_not_cut() -> None:
    tuned = tune(run(*TURNS), SPOKEN, {"stop_recognize_count": (30, 50, 90), "inactive_percent": (0.5, 0.9)})
    assert tuned.before.split == 8
    assert tuned.after.ser == 0.0
    assert tuned.held_out_ser == 0.0
    assert tuned.held_out_ser_before == 1.0
    assert (tuned.runs, tuned.folds) == (7, 4)
    assert tuned.after.offset_ms_p50 > (tuned.before.offset_ms_p50 or 0)
    assert tuned.config != VadConfig()


def test_what_was_given_wins_among_equals() -> None:
    analysis = run((100, 0.0), *((60, 1.0), (100, 0.0)) * 8)
    spoken = Labels(tuple((1000 + 1600 * n, 1600 + 1600 * n) for n in range(8)), 13_800)
    tuned = tune(analysis, spoken, {"stop_recognize_count": (50, 60)})
    assert tuned.config == VadConfig()


def test_the_held_out_error_is_not_the_error_chosen_by() -> None:
    # Each half wants another threshold: whatever is best on one is wrong on the other.
    loud = ((60, 1.0), (100, 0.55)) * 4
    faint = ((60, 0.65), (100, 0.0)) * 4
    spoken = [(1000 + 1600 * n, 1600 + 1600 * n) for n in range(8)]
    tuned = tune(run((100, 0.55), *loud, *faint), Labels(tuple(spoken), 13_800), {"start_voice_prob": (40, 60, 90)})
    assert tuned.held_out_ser >= (tuned.after.ser or 0)


def test_what_held_out_sound_refutes_is_not_recommended() -> None:
    # One utterance alone is helped by a lower threshold: that gain is seen only where it was chosen by.
    spoken = Labels(tuple((1000 + 1600 * n, 1600 + 1600 * n) for n in range(8)), 13_800)
    analysis = run((100, 0.0), *((60, 1.0), (100, 0.0)) * 7, (60, 0.65), (100, 0.0))
    tuned = tune(analysis, spoken, {"start_voice_prob": (60,), "stop_recognize_count": (50, 60)})
    assert tuned.held_out_ser >= tuned.held_out_ser_before > 0
    assert tuned.config == VadConfig()
    assert tuned.after == tuned.before


def test_too_few_labels() -> None:
    with pytest.raises(UsageError, match="at least 4 utterances, got 3"):
        tune(run((100, 0.0)), Labels(SPOKEN.speech[:3], 10_000), GRID)


def test_too_large_a_sweep() -> None:
    with pytest.raises(UsageError, match="the sweep has 40002 runs, at most 20000"):
        tune(run((100, 0.0)), SPOKEN, {"stop_recognize_count": (50,) * 40_001})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stopRecognizeCount=30:80:10", ("stop_recognize_count", (30, 40, 50, 60, 70, 80))),
        ("activePercent=0.5:0.8:0.1", ("active_percent", (0.5, 0.6, 0.7, 0.8))),
        ("startVoiceProb=50,70", ("start_voice_prob", (50, 70))),
        ("startRmsThreshold=-50", ("start_rms_threshold", (-50,))),
    ],
)
def test_a_sweep_is_read(text: str, expected: tuple[str, tuple[float, ...]]) -> None:
    assert parse_sweep(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "speed=1",
        "stopRecognizeCount",
        "stopRecognizeCount=a",
        "stopRecognizeCount=1:2",
        "stopRecognizeCount=9:1:1",
        "stopRecognizeCount=1:9:0",
        "stopRecognizeCount=1.5",
        "adaptiveRmsThreshold=1",
        "activePercent=0:1:0.0000001",
    ],
)
def test_a_sweep_that_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="--sweep"):
        parse_sweep(text)
