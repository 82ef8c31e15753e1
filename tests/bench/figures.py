"""How benches measure and print: medians with their spread, ratios to a peer of the same run."""

import statistics
import time
from collections.abc import Callable, Sequence


def spread(values: Sequence[float], unit: str = "", digits: int = 2) -> str:
    """Return `median (min-max) unit`."""
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f}-{high:.{digits}f}) {unit}".rstrip()


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))]


def timed(action: Callable[[], object]) -> float:
    """Return how many seconds one call takes on the wall clock."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def alternating(actions: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Time each action once a round, in turn, so that a machine that drifts drifts for all."""
    for action in actions.values():
        action()
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            times[name].append(timed(action))
    return times


def ratios(times: dict[str, list[float]], peer: str) -> dict[str, list[float]]:
    """Return each action's times divided by the peer's of the same round."""
    return {name: [a / b for a, b in zip(values, times[peer], strict=True)] for name, values in times.items()}


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in plain text."""
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    for row in [columns, ["-" * width for width in widths], *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
