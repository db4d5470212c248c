"""Compares the statistics of drift with SciPy's; run by a Python that has it, with the folder of `drift_process`.

Prints a JSON object: statistic → the largest difference over all cases, relative to SciPy's value; the absolute one of
what goes from 0 to 1 and may be as small as one likes: probabilities, and the Jensen-Shannon distance, in which both
lose digits where the shares are nearly equal.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

sys.path.insert(0, sys.argv[1])
statistics: Any = importlib.import_module("drift_process.statistics")
np: Any = importlib.import_module("numpy")
distance: Any = importlib.import_module("scipy.spatial.distance")
special: Any = importlib.import_module("scipy.special")
stats: Any = importlib.import_module("scipy.stats")
worst: dict[str, float] = {}


def note(name: str, ours: float, theirs: float, *, absolute: bool = False) -> None:
    difference = abs(ours - theirs) / (1 if absolute else max(abs(theirs), 1e-300))
    worst[name] = max(worst.get(name, 0.0), float(difference))


def numbers(random: Any, case: int) -> None:
    n, m = (int(each) for each in random.integers(2, 3000, 2))
    a = random.normal(size=n) * 10 ** random.uniform(-3, 3)
    b = random.normal(size=m) + random.normal()
    if case % 3 == 0:  # ties
        a, b = a.round(), b.round()
    if case % 5 == 0:
        b = np.full(m, a[0])
    values, difference = statistics.merged(np.sort(a), np.sort(b))
    theirs = stats.ks_2samp(a, b, method="asymp")
    ours = statistics.kolmogorov_smirnov(values, difference)
    note("two_sample_kolmogorov_smirnov_test", ours, theirs.statistic)
    area = statistics.wasserstein(values, difference)
    note("wasserstein", area, stats.wasserstein_distance(a, b))
    normalized = statistics.normalized_wasserstein(area, float(np.std(a)))
    if np.std(a) > 0:
        note("normalized_wasserstein_distance", normalized, stats.wasserstein_distance(a, b) / np.std(a))
    chance = statistics.kolmogorov_smirnov_p_value(ours, n, m)
    note("p of Kolmogorov-Smirnov", chance, special.kolmogorov((n * m / (n + m)) ** 0.5 * ours), absolute=True)


def categories(random: Any) -> None:
    count = int(random.integers(2, 80))
    a = random.integers(0, 50, count).astype(float)
    b = random.integers(0, 50, count).astype(float)
    if not a.sum() or not b.sum():
        return
    p, q = a / a.sum(), b / b.sum()
    ours, theirs = statistics.jensen_shannon_distance(p, q), distance.jensenshannon(a, b, base=2)
    note("jensen_shannon_distance", ours, theirs, absolute=True)
    p, q = statistics.smoothed(a), statistics.smoothed(b)
    theirs = special.rel_entr(p, q).sum() + special.rel_entr(q, p).sum()
    note("population_stability_index", statistics.population_stability_index(p, q), theirs)
    used = a + b > 0
    if used.sum() < 2:
        return
    table = stats.chi2_contingency([a[used], b[used]], correction=False)
    statistic, degrees = statistics.chi_squared(a, b)
    note("pearsons_chi_squared_test", statistic, table.statistic)
    note("degrees", degrees, table.dof)
    note("p of chi-squared", statistics.chi_squared_p_value(statistic, degrees), table.pvalue, absolute=True)
    note(
        "Cramér's V", statistics.cramers_v(statistic, a.sum() + b.sum()), (table.statistic / (a.sum() + b.sum())) ** 0.5
    )


def main() -> None:
    """All cases of a seed."""
    random = np.random.default_rng(int(sys.argv[2]))
    for case in range(int(sys.argv[3])):
        numbers(random, case)
        categories(random)
    print(json.dumps(worst))


if __name__ == "__main__":
    main()
