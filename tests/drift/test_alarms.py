"""How often drift is said to be there: without a shift hardly ever, with one nearly always.

The goal is at most 2 alarms in 100 comparisons of ten features without a shift, and 95 of 100 shifts of half a standard
deviation found in 1,000 rows. `docs/drift.md` has what a long run measured.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from drift_process.columns import Column
from drift_process.features import KindThresholds, compare
from scoredock.contrib.drift.domain.thresholds import with_defaults

from depth import rounds

Draw = Callable[[np.random.Generator, int], np.ndarray]

NUMBERS: dict[str, Draw] = {
    "normal": lambda random, n: random.normal(size=n),
    "lognormal": lambda random, n: random.lognormal(size=n),
    "uniform": lambda random, n: random.uniform(size=n),
    "heavy tails": lambda random, n: random.standard_t(3, size=n),
    "outliers": lambda random, n: random.standard_cauchy(size=n),
    "counts": lambda random, n: random.poisson(2, size=n).astype(float),
    "rare": lambda random, n: (random.uniform(size=n) < 0.03).astype(float),
    "missing": lambda random, n: np.where(random.uniform(size=n) < 0.1, np.nan, random.normal(size=n)),
}
TEXTS: dict[str, Draw] = {
    "five": lambda random, n: random.choice(list("abcde"), p=[0.5, 0.3, 0.15, 0.04, 0.01], size=n),
    "long tail": lambda random, n: np.minimum(random.zipf(1.5, size=n), 5000).astype(str),
}
TEN = {**NUMBERS, **TEXTS}


def thresholds() -> KindThresholds:
    usual = with_defaults({})
    return KindThresholds(dict(usual.numerical), dict(usual.categorical))


def column(values: np.ndarray) -> Column:
    made = Column()
    made.add(values if values.dtype.kind == "f" else values.tolist(), len(values))
    return made


def alarms(random: np.random.Generator, n: int, m: int) -> list[str]:
    """Of ten features without a shift."""
    pairs = {name: (column(draw(random, n)), column(draw(random, m))) for name, draw in TEN.items()}
    return [name for name, (a, b) in pairs.items() if compare(name, a, b, thresholds())["drifted"]]


@pytest.mark.parametrize(("n", "m"), [(1000, 1000), (5000, 500), (100, 100), (10, 10)], ids=lambda size: str(size))
def test_without_a_shift_there_is_no_alarm(n: int, m: int) -> None:
    runs = rounds(gate=100, long=2000)
    all_alarms = [alarms(np.random.default_rng((n, m, seed)), n, m) for seed in range(runs)]
    count = sum(bool(each) for each in all_alarms)
    assert count <= 0.02 * runs, [each for each in all_alarms if each]


@pytest.mark.parametrize("shape", ["normal", "uniform", "lognormal", "heavy tails"])
def test_half_a_standard_deviation_in_1000_rows_is_found(shape: str) -> None:
    runs = rounds(gate=100, long=1000)
    hits = 0
    for seed in range(runs):
        random = np.random.default_rng((5, seed))
        before, now = TEN[shape](random, 1000), TEN[shape](random, 1000)
        moved = compare("x", column(before), column(now + 0.5 * np.std(before)), thresholds())
        hits += moved["drifted"]
    assert hits >= 0.95 * runs


def test_a_shift_of_a_category_is_found() -> None:
    hits = 0
    for seed in range(100):
        random = np.random.default_rng((9, seed))
        before = random.choice(["a", "b", "c"], p=[0.5, 0.3, 0.2], size=1000)
        now = random.choice(["a", "b", "c"], p=[0.3, 0.4, 0.3], size=1000)
        hits += compare("x", column(before), column(now), thresholds())["drifted"]
    assert hits >= 95


def test_a_tenth_of_a_standard_deviation_in_many_rows_is_no_drift() -> None:
    """Its probability is 1e-20, its effect is small: that is what effect sizes are for."""
    random = np.random.default_rng(1)
    before, now = random.normal(size=100_000), random.normal(0.05, 1, size=100_000)
    record = compare("x", column(before), column(now), thresholds())
    test = next(each for each in record["metrics"] if each["pValue"] is not None)
    assert test["pValue"] < 1e-10
    assert not record["drifted"]
