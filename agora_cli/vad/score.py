"""How well a run did against labels: frames, utterances, latencies.

Frames: ROC-AUC is that of the voice probability, precision, recall and F1 those of the frames that the rules
judged active.

Utterances: labelled speech with pauses under 250 ms closed. A segment stands for the stretch that its
decisions were about (Segment.voice_start to voice_end), so that queues and pre-roll count neither for nor
against it. The two match where they share 100 ms, or half of a shorter utterance. An utterance without a
segment is a miss, a segment without an utterance a false start; each segment beyond an utterance's first is
a split, each utterance beyond a segment's first a merge. SER is their sum over the number of utterances.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agora_cli.vad.analysis import Analysis
from agora_cli.vad.labels import Labels
from agora_cli.vad.segments import Segment, segments_of

FRAME_MS = 10
MATCH_MS = 100
# What a labeller places no better than this is not lost sound.
CLIPPED_MS = 50
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Match:
    """Which segments touch which utterances, by number, and the four kinds of error as lists of numbers.

    `missed` and `split` hold utterances, `false` and `merged` segments; a number stands in `split` and
    `merged` once for each one too many.
    """

    segments_of_utterance: tuple[tuple[int, ...], ...]
    missed: tuple[int, ...]
    split: tuple[int, ...]
    false: tuple[int, ...]
    merged: tuple[int, ...]

    @property
    def errors(self) -> int:
        """Return how many errors there are."""
        return len(self.missed) + len(self.split) + len(self.false) + len(self.merged)


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one run, named as in the JSON; None where there is nothing to take them from."""

    auc: float | None
    f1: float
    precision: float
    recall: float
    miss: int
    false: int
    split: int
    merge: int
    utterances: int
    ser: float | None
    onset_ms_p50: float | None
    offset_ms_p50: float | None
    clipped: int


def score(analysis: Analysis, labels: Labels) -> Scores:
    """Return the scores of a run against what a person heard."""
    segments = segments_of(analysis)
    utterances = labels.utterances()
    truth = labels.mask(len(analysis.frames))
    found = match(utterances, segments)
    precision, recall, f1 = frame_scores(analysis.steps["active"].astype(bool), truth)
    onsets, offsets, clipped = latencies(utterances, segments, found)
    return Scores(
        auc=roc_auc(truth, analysis.probability),
        f1=f1,
        precision=precision,
        recall=recall,
        miss=len(found.missed),
        false=len(found.false),
        split=len(found.split),
        merge=len(found.merged),
        utterances=len(utterances),
        ser=found.errors / len(utterances) if utterances else None,
        onset_ms_p50=_median(onsets),
        offset_ms_p50=_median(offsets),
        clipped=clipped,
    )


def match(utterances: tuple[Span, ...], segments: tuple[Segment, ...]) -> Match:
    """Match labelled utterances (milliseconds) with segments, as the head of this file tells."""
    spans = [(segment.voice_start * FRAME_MS, segment.voice_end * FRAME_MS) for segment in segments]
    touching = tuple(
        tuple(number for number, span in enumerate(spans) if _match(utterance, span)) for utterance in utterances
    )
    count = [0] * len(spans)
    for numbers in touching:
        for number in numbers:
            count[number] += 1
    return Match(
        touching,
        missed=tuple(at for at, numbers in enumerate(touching) if not numbers),
        split=tuple(at for at, numbers in enumerate(touching) for _ in numbers[1:]),
        false=tuple(at for at, touched in enumerate(count) if not touched),
        merged=tuple(at for at, touched in enumerate(count) for _ in range(1, touched)),
    )


def latencies(
    utterances: tuple[Span, ...], segments: tuple[Segment, ...], found: Match
) -> tuple[list[int], list[int], int]:
    """Return onset and offset latencies in milliseconds, and how many utterances lost sound at their start.

    An onset is taken where an utterance is the first of its first segment, an offset where it is the last
    of its last one and that one stopped. Both are times of decision against times of the label.
    """
    firsts: dict[int, int] = {}
    lasts: dict[int, int] = {}
    for at, numbers in enumerate(found.segments_of_utterance):
        if numbers:
            firsts.setdefault(numbers[0], at)
            lasts[numbers[-1]] = at
    onsets = [(segments[n].decided_frame + 1) * FRAME_MS - utterances[at][0] for n, at in firsts.items()]
    offsets = [segments[n].end_frame * FRAME_MS - utterances[at][1] for n, at in lasts.items() if segments[n].stopped]
    lost = [segments[n].start_frame * FRAME_MS - utterances[at][0] for n, at in firsts.items()]
    return onsets, offsets, sum(late > CLIPPED_MS for late in lost)


def frame_scores(active: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return precision, recall and F1; each is 0 where it has nothing to divide by."""
    hits = int((active & truth).sum())
    precision = hits / int(active.sum()) if active.any() else 0.0
    recall = hits / int(truth.sum()) if truth.any() else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


def roc_auc(truth: npt.NDArray[np.bool_], probability: npt.NDArray[np.float32]) -> float | None:
    """Return how probable it is that a speech frame has a higher probability than another one, ties half.

    None where all frames are of one kind.
    """
    speech = int(truth.sum())
    other = len(truth) - speech
    if not speech or not other:
        return None
    _, place, count = np.unique(probability, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(count) - (count - 1) / 2
    ranks = float(mean_rank[place][truth].sum())
    return (ranks - speech * (speech + 1) / 2) / (speech * other)


def _match(utterance: Span, span: Span) -> bool:
    shared = min(utterance[1], span[1]) - max(utterance[0], span[0])
    return shared > 0 and shared >= min(MATCH_MS, (utterance[1] - utterance[0]) / 2)


def _median(values: list[int]) -> float | None:
    return float(np.median(values)) if values else None
