"""Sweep parameters against labels: the best by cross-validation, and what it costs in latency.

Every configuration of the grid is run once over the whole recording. The errors of a run fall to the
utterance or the segment where they happened, so the recording can be cut into folds of time afterwards: for
each fold the best configuration on the others is judged on it. The sum over the folds is what a user can
expect of a configuration that was chosen this way; the error of the best on everything it was chosen on is
not.
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from agora_cli.errors import UsageError
from agora_cli.native.vad import VadConfig, sdk_name
from agora_cli.vad.analysis import Analysis, judged_again
from agora_cli.vad.labels import Labels
from agora_cli.vad.score import FRAME_MS, Scores, latencies, match, score
from agora_cli.vad.segments import Segment, segments_of

FOLDS = 5
MAX_RUNS = 20_000
Grid = dict[str, tuple[float, ...]]

# What moves the errors at the cost of latency; the other parameters stay as they are given.
GRID: Grid = {
    "start_voice_prob": (30, 50, 60, 70, 80, 90),
    "stop_voice_prob": (30, 50, 70, 85),
    "start_recognize_count": (15, 22, 30, 40),
    "stop_recognize_count": (30, 50, 65, 80),
    "active_percent": (0.5, 0.7, 0.9),
    "inactive_percent": (0.5, 0.7, 0.9),
}


@dataclass(frozen=True, slots=True)
class Tuned:
    """The outcome of a sweep: scores before and after, and the error rate on sound not chosen by."""

    runs: int
    folds: int
    config: VadConfig
    before: Scores
    after: Scores
    held_out_ser: float
    held_out_ser_before: float

    @property
    def changes(self) -> dict[str, float]:
        """Return the parameters of the best configuration by their SDK names."""
        return {sdk_name(name): getattr(self.config, name) for name in VadConfig.__dataclass_fields__}


def tune(analysis: Analysis, labels: Labels, grid: Grid) -> Tuned:
    """Return the configuration with the fewest errors, then the least clipped, then the fastest to start.

    What was given is kept unless the error on held-out sound falls.

    Raises UsageError for labels with fewer utterances than two folds need, or a grid of over 20,000 runs.
    """
    utterances = labels.utterances()
    folds = min(FOLDS, len(utterances) // 2)
    if folds < 2:
        raise UsageError("tune-labels", f"--tune needs labels with at least 4 utterances, got {len(utterances)}")
    fold_ends = [utterances[len(utterances) * (fold + 1) // folds - 1][1] for fold in range(folds - 1)]
    configs = [analysis.settings.config, *_configs(analysis.settings.config, grid)]
    if len(configs) > MAX_RUNS:
        raise UsageError("tune-grid", f"the sweep has {len(configs)} runs, at most {MAX_RUNS} are made")
    errors = np.zeros((len(configs), folds))
    cost = np.zeros((len(configs), 2))
    for row, config in enumerate(configs):
        segments = segments_of(judged_again(analysis, replace(analysis.settings, config=config)))
        errors[row], cost[row] = _errors(utterances, segments, fold_ends)
    best = _best(errors, cost)
    chosen = [_best(np.delete(errors, fold, axis=1), cost) for fold in range(folds)]
    held_out = sum(errors[row, fold] for fold, row in enumerate(chosen))
    if held_out >= errors[0].sum():  # choosing does not help on sound that was not chosen by
        best = 0
    after = judged_again(analysis, replace(analysis.settings, config=configs[best]))
    return Tuned(
        len(configs),
        folds,
        configs[best],
        score(analysis, labels),
        score(after, labels),
        float(held_out / len(utterances)),
        float(errors[0].sum() / len(utterances)),
    )


def parse_sweep(text: str) -> tuple[str, tuple[float, ...]]:
    """Read `stopRecognizeCount=30:80:10` or `activePercent=0.5,0.7` as a parameter and its values."""
    name, _, values = text.partition("=")
    field = {sdk_name(known): known for known in VadConfig.__dataclass_fields__}.get(name)
    if field is None or field == "adaptive_rms_threshold":
        raise UsageError("sweep", f"--sweep {text!r}: expected PARAMETER=FROM:TO:STEP or =A,B,C, got {name!r}")
    try:
        if ":" in values:
            low, high, step = (float(value) for value in values.split(":"))
            if not step > 0 or not low <= high or (high - low) / step > MAX_RUNS:
                raise ValueError
            found = [low + step * number for number in range(int((high - low) / step + 1e-9) + 1)]
        else:
            found = [float(value) for value in values.split(",")]
    except ValueError:
        raise UsageError("sweep", f"--sweep {text!r}: expected FROM:TO:STEP or A,B,C after the =") from None
    whole = isinstance(getattr(VadConfig(), field), int)
    if whole and any(value != int(value) for value in found):
        raise UsageError("sweep", f"--sweep {text!r}: {name} takes whole numbers")
    return field, tuple(int(value) if whole else round(value, 6) for value in found)


def _configs(base: VadConfig, grid: Grid) -> list[VadConfig]:
    points: list[dict[str, Any]] = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    return [replace(base, **point) for point in points]


def _errors(
    utterances: tuple[tuple[int, int], ...], segments: tuple[Segment, ...], fold_ends: list[int]
) -> tuple[npt.NDArray[np.int64], tuple[float, float]]:
    """Return the errors in each fold, and the cost: clipped starts and the median onset latency."""
    found = match(utterances, segments)
    times = [utterances[at][0] for at in found.missed + found.split]
    times += [segments[at].voice_start * FRAME_MS for at in found.false + found.merged]
    folds = np.searchsorted(fold_ends, times, side="left")
    onsets, _, clipped = latencies(utterances, segments, found)
    return np.bincount(folds, minlength=len(fold_ends) + 1), (clipped, float(np.median(onsets)) if onsets else np.inf)


def _best(errors: npt.NDArray[np.float64], cost: npt.NDArray[np.float64]) -> int:
    """Return the row with the fewest errors, then the least clipped, then the fastest; the first of equals."""
    return int(np.lexsort((cost[:, 1], cost[:, 0], errors.sum(axis=1)))[0])
