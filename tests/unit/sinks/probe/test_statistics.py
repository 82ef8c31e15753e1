"""sinks/probe/statistics.py: against values worked out by hand, and numpy's fit."""

import numpy as np
import pytest

from agora_cli.sinks.probe.statistics import fit, jitter_s, percentile, spread


def test_percentiles() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(range(1, 101), 0.95) == 95
    assert spread([1000, 2000, 3000]) == {"p50": 0.002, "p95": 0.003, "p99": 0.003, "max": 0.003}
    assert spread([]) == {"p50": None, "p95": None, "p99": None, "max": None}


def test_a_line_has_the_slope_and_the_error_of_least_squares() -> None:
    random = np.random.default_rng(3)
    x = np.arange(200.0)
    y = 2.5 * x + random.standard_normal(200) * 4
    slope, covariance = np.polyfit(x, y, 1, cov=True)
    line = fit(list(zip(x.tolist(), y.tolist(), strict=True)))
    assert line is not None
    assert line.slope == pytest.approx(slope[0])
    assert line.error == pytest.approx(1.96 * covariance[0, 0] ** 0.5, rel=0.01)


def test_no_line_through_too_little() -> None:
    assert fit([(0, 0), (1, 1)]) is None
    assert fit([(1, 0), (1, 1), (1, 2)]) is None


def test_jitter_is_the_mean_step() -> None:
    assert jitter_s([0, 1000, 0, 1000]) == 0.001
    assert jitter_s([5]) is None
