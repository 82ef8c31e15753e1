"""Where speech started and stopped, and why, in numbers and in words."""

from dataclasses import dataclass
from itertools import count

import numpy as np

from agora_cli.native.vad import SILENT, START, STOP, Rules, Steps
from agora_cli.vad.analysis import Analysis

FRAMES_A_SECOND = 100


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch that the VAD let through; all numbers are frames of 10 ms.

    Emitted are start_frame..end_frame-1, pre-roll included: the bytes of vad_<number>.pcm. The start was
    decided at the end of `decided_frame`. voice_start..voice_end-1 is what the decisions were about: from
    the first active frame that counted for the start to the last active one before the stop. `stopped` is
    False where the input ended first.
    """

    number: int
    start_frame: int
    decided_frame: int
    end_frame: int
    voice_start: int
    voice_end: int
    stopped: bool
    start_reason: str
    stop_reason: str

    @property
    def file(self) -> str:
        """Return the name of its sound in the dump."""
        return f"vad_{self.number}.pcm"

    @property
    def start_s(self) -> float:
        """Return where its sound begins."""
        return self.start_frame / FRAMES_A_SECOND

    @property
    def end_s(self) -> float:
        """Return where its sound ends."""
        return self.end_frame / FRAMES_A_SECOND

    @property
    def decided_s(self) -> float:
        """Return when the start was decided."""
        return (self.decided_frame + 1) / FRAMES_A_SECOND


def segments_of(analysis: Analysis) -> tuple[Segment, ...]:
    """Return the segments of a run in order, the one that its end cut off included."""
    steps, rules = analysis.steps, analysis.settings.rules
    starts = np.flatnonzero(steps["state"] == START).tolist()
    stops = np.flatnonzero(steps["state"] == STOP).tolist()
    ends = [stop for stop in stops if not starts or stop > starts[0]]
    return tuple(
        _segment(number, steps, rules, start, ends[number] if number < len(ends) else None)
        for number, start in zip(count(), starts, strict=False)
    )


def _segment(number: int, steps: Steps, rules: Rules, start: int, stop: int | None) -> Segment:
    end = len(steps) if stop is None else stop + 1
    window = max(0, start + 1 - int(steps["window"][start]))
    heard = np.flatnonzero(steps["active"][window : start + 1])
    voiced = np.flatnonzero(steps["active"][start:end])
    return Segment(
        number=number,
        start_frame=start + 1 - int(steps["emit_frames"][start]),
        decided_frame=start,
        end_frame=end,
        voice_start=window + int(heard[0]) if len(heard) else start,
        voice_end=start + int(voiced[-1]) + 1 if len(voiced) else start + 1,
        stopped=stop is not None,
        start_reason=reason(steps, start, rules),
        stop_reason=reason(steps, end - 1, rules),
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """A start or a stop: when it was decided, from when its sound is emitted (for a start), and why."""

    is_start: bool
    at_s: float
    sound_from_s: float | None
    reason: str


def decisions(steps: Steps, first_frame: int, rules: Rules) -> list[Decision]:
    """Return the starts and stops among `steps`, the first of which is that of frame `first_frame` of its stream."""
    found = []
    for index in np.flatnonzero((steps["state"] == START) | (steps["state"] == STOP)).tolist():
        ends, is_start = first_frame + index + 1, bool(steps["state"][index] == START)
        sound_from = (ends - int(steps["emit_frames"][index])) / FRAMES_A_SECOND if is_start else None
        found.append(Decision(is_start, ends / FRAMES_A_SECOND, sound_from, reason(steps, index, rules, first_frame)))
    return found


def reason(steps: Steps, frame: int, rules: Rules, first_frame: int = 0) -> str:
    """Say in words what happened at a frame and what was counted: "stop at 3.42 s: 25 of 49 inactive"."""
    step = steps[frame]
    at = f"{(first_frame + frame + 1) / FRAMES_A_SECOND:.2f} s"
    state = int(step["state"])
    kind = "active" if state in (SILENT, START) else "inactive"
    counted = f"{step['counted']} of {step['window']} {kind}"
    if rules == "2.4":
        counted = f"{step['counted']} {kind} in a row, {step['window']} wanted"
    if state == START:
        return f"start at {at}: {counted}"
    if state == STOP:
        return f"stop at {at}: {counted}"
    return f"end of input at {at}: {counted}"


def nearest_to_a_start(analysis: Analysis) -> str | None:
    """Say how near a run without any start came to one, or None where it has a start or no frame."""
    steps = analysis.steps
    if not len(steps) or (steps["state"] != SILENT).any():
        return None
    best = int(np.argmax(steps["counted"]))
    return "no start: the nearest was " + reason(steps, best, analysis.settings.rules).removeprefix("end of input ")
