"""Distances between two samples, as Azure Machine Learning v2 names them. NumPy only; nothing here knows files.

`a` is the baseline with `n` values, `b` the target with `m`. Proportions `p` (of the baseline) and `q` (of the target)
are of the same bins or categories. `tests/drift/test_statistics.py` compares all of them with SciPy.
"""

import math
from typing import Any, Optional, Tuple

import numpy as np

Array = Any

BINS = 10
"""Of equal share of the baseline."""
VALUES = 20
"""A column with at most so many different numbers has a bin for each."""
_SMOOTHING = 0.5
_FREQUENT = 20
"""A value that at least one of so many rows has."""


def jensen_shannon_distance(p: Array, q: Array) -> float:
    """Square root of the Jensen-Shannon divergence with logarithms of base 2: 0 for the same shares, 1 for shares that
    have nothing in common. SciPy: `scipy.spatial.distance.jensenshannon(p, q, base=2)`."""
    middle = (p + q) / 2
    divergence = (_entropy(p, middle) + _entropy(q, middle)) / (2 * math.log(2))
    return math.sqrt(max(0.0, divergence))


def population_stability_index(p: Array, q: Array) -> float:
    """Sum of (q - p) ln(q / p). Both must be positive everywhere, see `smoothed`. SciPy: the sum of `rel_entr(p, q)`
    and of `rel_entr(q, p)`."""
    return float(np.sum((q - p) * np.log(q / p)))


def smoothed(counts: Array) -> Array:
    """Shares of bins of which none is 0: each has half a row more."""
    return (counts + _SMOOTHING) / (counts.sum() + _SMOOTHING * len(counts))


def shares(counts: Array) -> Array:
    """Counts as proportions."""
    return counts / max(1.0, float(counts.sum()))


def chi_squared(counts_a: Array, counts_b: Array) -> Tuple[float, int]:
    """Pearson's statistic of the table of both, and its degrees of freedom. SciPy: `chi2_contingency([counts_a,
    counts_b], correction=False)`. Categories that neither has do not count."""
    table = np.array([counts_a, counts_b], dtype=float)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return 0.0, 0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(np.sum((table - expected) ** 2 / expected)), table.shape[1] - 1


def cramers_v(statistic: float, rows: float) -> float:
    """Effect size of chi-squared for two rows: root of the statistic by the number of rows; 0 to 1."""
    return math.sqrt(statistic / rows) if rows else 0.0


def merged(a: Array, b: Array) -> Tuple[Array, Array]:
    """All values of two sorted samples in order, and the difference of both distribution functions behind each."""
    n, m = len(a), len(b)
    is_a = np.ones(n + m, dtype=bool)
    places = np.arange(m) + np.searchsorted(a, b, side="right")
    is_a[places] = False
    values = np.empty(n + m)
    values[places], values[is_a] = b, a
    of_a: Array = np.cumsum(is_a, dtype=np.int32 if n + m < 2**31 else np.int64)
    of_b: Array = np.arange(1, n + m + 1, dtype=of_a.dtype) - of_a
    return values, of_a / n - of_b / m


def kolmogorov_smirnov(values: Array, difference: Array) -> float:
    """Largest distance of the distribution functions that `merged` gave. SciPy: `ks_2samp(a, b).statistic`."""
    last_of_equal = np.append(values[1:] != values[:-1], True)
    return float(np.max(np.abs(difference[last_of_equal])))


def wasserstein(values: Array, difference: Array) -> float:
    """Area between the distribution functions that `merged` gave. SciPy: `wasserstein_distance(a, b)`."""
    return float(np.sum(np.abs(difference[:-1]) * np.diff(values)))


def normalized_wasserstein(distance: float, deviation: float) -> Optional[float]:
    """Distance in standard deviations of the baseline; None for a constant baseline."""
    share = distance / deviation if deviation > 0 else math.inf
    return share if math.isfinite(share) else None


def bin_edges(a: Array, b: Array) -> Array:
    """Beginnings of the bins behind the first one, for `counts_of`: of two sorted samples.

    A column with few different numbers has a bin for each; else ten of equal share of the baseline, fewer for a small
    sample, so that about five of its values are in each. Where the smallest or the largest value of the baseline is a
    frequent one, what lies beyond it has a bin of its own.
    """
    few = _few_values(a, b)
    if few is not None:
        return few[1:]
    bins = max(2, min(BINS, min(len(a), len(b)) // 5))
    places = np.linspace(0, len(a) - 1, bins + 1).round().astype(int)
    edges = [a[places[1:-1]]]
    often = len(a) // _FREQUENT
    if a[often] == a[0]:
        edges.append(a[:1])
    if a[-1 - often] == a[-1]:
        edges.append(np.array([np.nextafter(a[-1], np.inf)]))
    return np.unique(np.concatenate(edges))


def counts_of(sorted_values: Array, edges: Array) -> Array:
    """Numbers of values in each bin: below the first edge, from each edge to the next, from the last on."""
    places = np.searchsorted(sorted_values, edges, side="left")
    return np.diff(np.concatenate(([0], places, [len(sorted_values)]))).astype(float)


def _few_values(a: Array, b: Array) -> Optional[Array]:
    for part in (a[:: max(1, len(a) // 500)], a, b):
        if len(part) and different(part) > VALUES:
            return None
    both = np.unique(np.concatenate((np.unique(a), np.unique(b))))
    return both if len(both) <= VALUES else None


def different(sorted_values: Array) -> int:
    """Number of different values."""
    return int(np.count_nonzero(sorted_values[1:] != sorted_values[:-1])) + bool(len(sorted_values))


def _entropy(p: Array, q: Array) -> float:
    some = p > 0
    return float(np.sum(p[some] * np.log(p[some] / q[some])))


# Probabilities, for those who want them: at 100,000 rows they are small for differences that matter to nobody.


def kolmogorov_smirnov_p_value(statistic: float, n: int, m: int) -> float:
    """P-value by Kolmogorov's limit distribution. SciPy: `kolmogorov(sqrt(n * m / (n + m)) * statistic)`."""
    x = math.sqrt(float(n) * m / (n + m)) * statistic
    if x <= 0:
        return 1.0
    if x < 1.0:  # where the other series needs many terms
        scale = math.pi * math.pi / (8 * x * x)
        total = sum(math.exp(-((2 * k - 1) ** 2) * scale) for k in range(1, 20))
        return max(0.0, 1.0 - math.sqrt(2 * math.pi) / x * total)
    terms = (math.exp(-2 * k * k * x * x) * (1 if k % 2 else -1) for k in range(1, 20))
    return min(1.0, max(0.0, 2 * math.fsum(terms)))


def chi_squared_p_value(statistic: float, degrees: int) -> float:
    """Upper tail of the chi-squared distribution, by its finite sums. SciPy: `chi2.sf(statistic, degrees)`."""
    if degrees <= 0 or statistic <= 0:
        return 1.0
    half = statistic / 2
    log_half = math.log(half)
    odd = degrees % 2
    first = 0.5 if odd else 0.0
    terms = (math.exp(-half + (k + first) * log_half - math.lgamma(k + first + 1)) for k in range(degrees // 2))
    total = math.fsum(terms)
    return min(1.0, total + (math.erfc(math.sqrt(half)) if odd else 0.0))
