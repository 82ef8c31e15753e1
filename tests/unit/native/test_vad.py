"""native/vad.c against a naive twin, and the figures that the rule sets are known by."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.errors import UsageError
from agora_cli.native.vad import (
    MAX_COUNT,
    RULES,
    SILENT,
    SPEAKING,
    START,
    STOP,
    Rules,
    VadConfig,
    VadMachine,
    frame_dtype,
    sdk_name,
    step_dtype,
)
from tests.unit.native.vad_twin import Heard, Twin

VOICE = Heard(voice_prob=100, rms=100)
QUIET = Heard(voice_prob=0, rms=20)
FLAGGED = Heard(voice_prob=1, rms=100)


def frames(heard: list[Heard]) -> Any:
    rows = [(h.far_field, h.voice_prob, h.rms, h.pitch, h.music_prob) for h in heard]
    return np.array(rows, frame_dtype())


def events(rules: Rules, heard: list[Heard], config: VadConfig | None = None) -> list[tuple[int, int]]:
    """Return (frame number, state) of each start and stop."""
    states = VadMachine(rules, config or VadConfig()).run(frames(heard))["state"]
    return [(int(i), int(states[i])) for i in np.flatnonzero((states == START) | (states == STOP))]


shares = st.floats(0, 1, exclude_min=True)
configs = st.builds(
    VadConfig,
    pre_start_recognize_count=st.integers(0, 6),
    start_recognize_count=st.integers(1, 6),
    stop_recognize_count=st.integers(1, 6),
    active_percent=shares,
    inactive_percent=shares,
    start_voice_prob=st.integers(0, 3),
    stop_voice_prob=st.integers(0, 3),
    start_rms_threshold=st.integers(-100, -90),
    stop_rms_threshold=st.integers(-100, -90),
    adaptive_rms_threshold=st.booleans(),
    adaptive_rms_factor=st.floats(0, 2, exclude_min=True),
)
heard = st.builds(Heard, st.integers(0, 1), st.integers(0, 4), st.integers(25, 40))


@given(st.sampled_from(RULES), configs, st.lists(heard, max_size=120))
def test_it_decides_as_its_twin_does(rules: Rules, config: VadConfig, sounds: list[Heard]) -> None:
    twin = Twin(rules, config)
    expected = [twin.process(sound) for sound in sounds]
    steps = VadMachine(rules, config).run(frames(sounds))
    assert steps["state"].tolist() == [state for state, _ in expected]
    emitted = [list(range(i - step["emit_frames"] + 1, i + 1)) for i, step in enumerate(steps)]
    assert emitted == [numbers for _, numbers in expected]


@given(st.sampled_from(RULES), configs, st.lists(heard, max_size=60), st.integers(1, 60))
def test_cutting_the_stream_changes_nothing(rules: Rules, config: VadConfig, sounds: list[Heard], cut: int) -> None:
    whole = VadMachine(rules, config).run(frames(sounds))
    machine = VadMachine(rules, config)
    parts = [machine.run(frames(sounds[at : at + cut])) for at in range(0, len(sounds), cut)]
    assert np.concatenate([np.empty(0, step_dtype()), *parts]).tolist() == whole.tolist()


@pytest.mark.parametrize(("rules", "on_ms", "off_ms"), [("documented", 210, 250), ("2.1", 200, 250), ("2.4", 300, 500)])
def test_time_from_onset_to_start_and_from_offset_to_stop(rules: Rules, on_ms: int, off_ms: int) -> None:
    voice = FLAGGED if rules == "2.4" else VOICE
    assert events(rules, [QUIET] * 100 + [voice] * 200 + [QUIET] * 100) == [
        (100 + on_ms // 10 - 1, START),
        (300 + off_ms // 10 - 1, STOP),
    ]


@pytest.mark.parametrize(("rules", "first"), [("documented", 29), ("2.1", 45), ("2.4", 45)])
def test_the_earliest_start(rules: Rules, first: int) -> None:
    voice = FLAGGED if rules == "2.4" else VOICE
    assert events(rules, [voice] * 60) == [(first, START)]


def test_what_is_emitted_ends_with_the_frame_and_never_reaches_before_a_stop() -> None:
    sounds = [QUIET] * 100 + [VOICE] * 100 + [QUIET] * 30 + [VOICE] * 100
    steps = VadMachine("2.1", VadConfig()).run(frames(sounds))
    starts = np.flatnonzero(steps["state"] == START)
    stop = int(np.flatnonzero(steps["state"] == STOP)[0])
    assert steps["emit_frames"][starts].tolist() == [46, 46]
    assert starts[1] - 45 == stop + 1
    assert set(steps["emit_frames"][steps["state"] == SILENT]) == {0}
    assert set(steps["emit_frames"][(steps["state"] == SPEAKING) | (steps["state"] == STOP)]) == {1}


def test_the_reason_of_each_decision_can_be_told() -> None:
    steps = VadMachine("2.1", VadConfig()).run(frames([QUIET] * 100 + [VOICE] * 100 + [QUIET] * 30))
    start, stop = steps[steps["state"] == START][0], steps[steps["state"] == STOP][0]
    assert (start["counted"], start["window"], start["queued"], start["queue_size"]) == (20, 29, 46, 46)
    assert (stop["counted"], stop["window"], stop["queued"], stop["queue_size"]) == (25, 49, 50, 50)


def test_rule_set_2_1_compares_rms_raw_and_passes_over_the_oldest_frame() -> None:
    faint = Heard(voice_prob=100, rms=0)
    assert events("2.1", [faint] * 60) == [(45, START)]
    assert events("documented", [faint] * 60) == []
    assert events("2.1", [QUIET] * 46, VadConfig(start_recognize_count=1, active_percent=1.0)) == [(16, START)]
    never = VadConfig(inactive_percent=0.99)
    assert events("2.1", [VOICE] * 60 + [QUIET] * 500, never) == [(45, START)]
    assert events("documented", [VOICE] * 60 + [QUIET] * 500, never)[1:] == [(109, STOP)]


def test_rule_set_2_1_wants_the_far_field_flag() -> None:
    assert events("2.1", [Heard(far_field=0, voice_prob=100, rms=100)] * 60) == []


def test_rule_set_2_4_learns_its_threshold_from_the_run_that_started_it() -> None:
    loud, half = Heard(rms=100), Heard(rms=67)
    steps = VadMachine("2.4", VadConfig()).run(frames([loud] * 46 + [half] * 60 + [Heard(rms=68)] * 60))
    assert steps["rms_threshold"][[0, 45, 46, 120]].tolist() == [77, 77, 67, 67]
    assert np.flatnonzero(steps["state"] == STOP).tolist() == [95]
    assert np.flatnonzero(steps["state"] == START).tolist() == [45, 141]
    fixed = VadMachine("2.4", VadConfig(adaptive_rms_threshold=False)).run(frames([loud] * 60))
    assert set(fixed["rms_threshold"]) == {77}


def test_values_at_the_edge_of_int32_are_safe() -> None:
    wild = [Heard(2**31 - 1, -(2**31), 2**31 - 1), Heard(-(2**31), 2**31 - 1, -(2**31))] * 100
    for rules in RULES:
        assert (
            len(VadMachine(rules, VadConfig(start_recognize_count=1, adaptive_rms_factor=10)).run(frames(wild))) == 200
        )


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("active_percent", 0, "activePercent must be above 0 and at most 1, got 0"),
        ("active_percent", 1.1, "activePercent must be above 0 and at most 1, got 1.1"),
        ("inactive_percent", float("nan"), "inactivePercent must be above 0 and at most 1, got nan"),
        ("start_voice_prob", 101, "startVoiceProb must be 0 to 100, got 101"),
        ("stop_voice_prob", -1, "stopVoiceProb must be 0 to 100, got -1"),
        ("start_rms_threshold", 1, "startRmsThreshold must be -100 to 0, got 1"),
        ("stop_rms_threshold", -101, "stopRmsThreshold must be -100 to 0, got -101"),
        ("pre_start_recognize_count", -1, "preStartRecognizeCount must be 0 to 6000, got -1"),
        ("start_recognize_count", 0, "startRecognizeCount must be 1 to 6000, got 0"),
        ("stop_recognize_count", MAX_COUNT + 1, "stopRecognizeCount must be 1 to 6000, got 6001"),
    ],
)
def test_a_parameter_out_of_range_is_named(field: str, value: float, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        VadConfig(**{field: value})  # type: ignore[arg-type]
    assert caught.value.message == text


def test_names_are_the_sdks() -> None:
    assert sdk_name("pre_start_recognize_count") == "preStartRecognizeCount"
