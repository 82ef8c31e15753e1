"""Percentiles and straight lines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that `share` (0..1) of all do not exceed; None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def spread(values_us: Sequence[float]) -> dict[str, float | None]:
    """Return p50, p95, p99 and max of microseconds, in seconds."""
    shares = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
    found = {name: percentile(values_us, share) for name, share in shares}
    return {name: None if value is None else round(value / 1e6, 6) for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """A least-squares line: its slope, and half the width of the slope's 95 % confidence interval."""

    slope: float
    error: float


def fit(points: Sequence[tuple[float, float]]) -> Line | None:
    """Return the line through (x, y); None for less than three points or one x only. Errors are taken as normal."""
    count = len(points)
    if count < 3:
        return None
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    square = sum((x - mean_x) ** 2 for x, _ in points)
    if not square:
        return None
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / square
    rest = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    return Line(slope, 1.96 * math.sqrt(rest / (count - 2) / square))


def jitter_s(transits_us: Sequence[float]) -> float | None:
    """Return the mean difference of one transit time to the next, in seconds (RFC 3550 section 6.4.1, unsmoothed)."""
    steps = [abs(after - before) for before, after in zip(transits_us, transits_us[1:], strict=False)]
    return round(sum(steps) / len(steps) / 1e6, 6) if steps else None
