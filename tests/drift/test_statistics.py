"""The statistics are SciPy's to twelve digits, and what SciPy does not have is right by its definition."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path

import numpy as np
import pytest
from drift_process import noise, statistics

from depth import rounds
from drift.records import PROCESS

JUDGE = Path(__file__).with_name("scipy_judge.py")


def test_they_are_those_of_scipy(scipy_python: Path) -> None:
    cases = rounds(gate=200, long=3000)
    command = [str(scipy_python), str(JUDGE), str(PROCESS), "7", str(cases)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    worst = json.loads(done.stdout)
    assert len(worst) == 10
    assert {name: value for name, value in worst.items() if value > 1e-12} == {}


@pytest.mark.parametrize(("first", "second", "expected"), [([1, 0], [0, 1], 1.0), ([1, 1], [1, 1], 0.0)])
def test_jensen_shannon_goes_from_0_to_1(first: list[int], second: list[int], expected: float) -> None:
    p, q = np.array(first) / sum(first), np.array(second) / sum(second)
    assert statistics.jensen_shannon_distance(p, q) == pytest.approx(expected, abs=1e-12)


def test_a_move_by_one_standard_deviation_is_1() -> None:
    a = np.sort(np.random.default_rng(0).normal(5, 3, 2000))
    values, difference = statistics.merged(a, a + np.std(a))
    distance = statistics.normalized_wasserstein(statistics.wasserstein(values, difference), float(np.std(a)))
    assert distance == pytest.approx(1, abs=1e-12)
    assert statistics.normalized_wasserstein(1.0, 0.0) is None


def test_bins_have_equal_shares_of_the_baseline() -> None:
    a = np.sort(np.random.default_rng(0).normal(size=5000))
    counts = statistics.counts_of(a, statistics.bin_edges(a, a))
    assert len(counts) == 10
    assert counts.sum() == 5000
    assert max(counts) - min(counts) <= 2


def test_what_lies_beyond_a_frequent_value_has_its_own_bin() -> None:
    constant = np.full(100, 7.0)
    other = np.sort(np.random.default_rng(0).normal(9, 1, 100))
    edges = statistics.bin_edges(constant, other)
    before, now = statistics.counts_of(constant, edges), statistics.counts_of(other, edges)
    assert not (before * now).any() or now[before > 0].sum() < 5


def test_few_different_numbers_have_a_bin_each() -> None:
    a, b = np.sort(np.repeat([0.0, 1.0, 2.0], 50)), np.sort(np.repeat([1.0, 5.0], 40))
    edges = statistics.bin_edges(a, b)
    assert statistics.counts_of(a, edges).tolist() == [50, 50, 50, 0]
    assert statistics.counts_of(b, edges).tolist() == [0, 40, 0, 40]


def test_quantiles_of_chance() -> None:
    """Against tables: 0.9999 of chi-squared."""
    assert noise.chi_squared_quantile(1) == pytest.approx(15.137, rel=0.08)
    assert noise.chi_squared_quantile(9) == pytest.approx(33.720, rel=0.02)
    assert noise.of_kolmogorov_smirnov(1000, 1000) == pytest.approx(
        math.sqrt(-math.log(5e-5) / 2) * math.sqrt(0.002), rel=1e-9
    )
