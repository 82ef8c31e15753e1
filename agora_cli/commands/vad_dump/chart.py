"""A run drawn in characters for a terminal; readable without colour."""

import numpy as np
import numpy.typing as npt

from agora_cli.native.vad import SILENT, START, STOP
from agora_cli.vad.analysis import Analysis
from agora_cli.vad.labels import Labels

BARS = " ▁▂▃▄▅▆▇█"
NAMES = 6
NARROWEST = 20
SILENT_RMS = 127
FLOOR_DB = 67


def timeline(analysis: Analysis, width: int, labels: Labels | None = None) -> list[str]:
    """Return lines of at most `width` characters: time, loudness, probability, VAD, labels where given.

    Loudness is drawn from -60 dBov up, probability from 0 to 1, both as the highest of a column. In the VAD's
    line `[` is a start, `=` speech, `]` a stop.
    """
    count = len(analysis.frames)
    columns = max(NARROWEST, min(width - NAMES, count))
    if not count:
        return []
    edges = np.linspace(0, count, columns + 1).astype(int)[:-1]
    rms = np.clip((analysis.frames["rms"] - FLOOR_DB) / (SILENT_RMS - FLOOR_DB), 0, 1)
    lines = [
        _axis(analysis.seconds, columns),
        _named("rms", _bars(np.maximum.reduceat(rms, edges))),
        _named("prob", _bars(np.maximum.reduceat(analysis.probability, edges))),
        _named("vad", _states(analysis, edges)),
    ]
    if labels is not None:
        spoken = np.maximum.reduceat(labels.mask(count), edges)
        lines.append(_named("label", "".join("-" if is_speech else " " for is_speech in spoken)))
    return [line.rstrip() for line in lines]


def _named(name: str, cells: str) -> str:
    return f"{name:<{NAMES}}{cells}"


def _axis(seconds: float, columns: int) -> str:
    end = f"{seconds:.2f} s"
    return _named("", "0 s".ljust(columns - len(end)) + end)


def _bars(values: npt.NDArray[np.float64]) -> str:
    return "".join(BARS[int(value * (len(BARS) - 1) + 0.5)] for value in values)


def _states(analysis: Analysis, edges: npt.NDArray[np.int64]) -> str:
    state = analysis.steps["state"]
    starts = np.maximum.reduceat(state == START, edges)
    stops = np.maximum.reduceat(state == STOP, edges)
    speech = np.maximum.reduceat(state != SILENT, edges)
    cells = np.where(speech, "=", ".")
    cells[stops] = "]"
    cells[starts] = "["
    return "".join(cells)
