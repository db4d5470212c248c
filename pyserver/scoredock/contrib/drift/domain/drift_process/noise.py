"""Noise: how large a distance gets by chance alone, between two samples of the same distribution.

Each function gives the value that the distance stays below in 9,999 of 10,000 comparisons without a shift, for samples
of these sizes: small samples differ by chance, and no threshold can be below that. NumPy only.
"""

import math
from typing import Any

import numpy as np

Array = Any

CHANCE = 1e-4
_NORMAL = 3.719
"""Of the standard normal distribution, above which 1 of 10,000 values is."""
_CONCENTRATION = math.sqrt(2 * math.log(1 / CHANCE))
"""The same by the bound of Borell and Tsirelson for the largest value of a Gaussian process."""
_POINTS = 4000


def chi_squared_quantile(degrees: int) -> float:
    """Quantile of the chi-squared distribution, by the approximation of Wilson and Hilferty."""
    if degrees <= 0:
        return 0.0
    part = 2.0 / (9 * degrees)
    return degrees * (1 - part + _NORMAL * math.sqrt(part)) ** 3


def of_jensen_shannon(bins: int, n: int, m: int) -> float:
    """The divergence of equal samples is about chi-squared: 8 ln 2 nm / (n + m) times it."""
    scale = (1.0 / n + 1.0 / m) / (8 * math.log(2))
    return min(1.0, math.sqrt(chi_squared_quantile(bins - 1) * scale))


def of_population_stability(bins: int, n: int, m: int) -> float:
    return chi_squared_quantile(bins - 1) * (1.0 / n + 1.0 / m)


def of_cramers_v(degrees: int, n: int, m: int) -> float:
    return min(1.0, math.sqrt(chi_squared_quantile(degrees) / (n + m)))


def of_kolmogorov_smirnov(n: int, m: int) -> float:
    return min(1.0, math.sqrt(-math.log(CHANCE / 2) / 2 * (1.0 / n + 1.0 / m)))


def of_wasserstein(a: Array, b: Array, deviation: float) -> float:
    """Noise in the area between the distribution functions of two sorted samples; `deviation` is the larger one of
    both.

    The difference of the functions is about a Brownian bridge: the mean of its area is the integral of
    sqrt(2 / pi * F(1 - F)), and the area leaves that mean as a normal variable with the deviation of the values would
    at most. Both are taken from the sample in which they are larger: one outlier may be all there is to it.
    """
    mean = math.sqrt(2 / math.pi) * max(_width(a), _width(b))
    return math.sqrt(1.0 / len(a) + 1.0 / len(b)) * (mean + _CONCENTRATION * deviation)


def _width(values: Array) -> float:
    """Width of a sample, from a few thousand of its values, which are enough for an estimate."""
    last = len(values) - 1
    places = np.unique(np.linspace(0, last, min(last, _POINTS) + 1).astype(np.int64))
    share = (places[:-1] + 1) / float(len(values))
    return float(np.sum(np.sqrt(share * (1 - share)) * np.diff(values[places])))


def of_rate(share: float, n: int, m: int) -> float:
    """Noise in the difference of two shares; `share` is that of both together."""
    spread = math.sqrt(share * (1 - share) * (1.0 / n + 1.0 / m))
    return min(1.0, _NORMAL * spread + 2.0 / min(n, m))


def of_new_values(singles: int, n: int, m: int) -> float:
    """Share of rows whose category the baseline never had. By Good and Turing as much is unseen as the baseline has
    rows of categories that it has once; what is rare comes by chance."""
    unseen = min(1.0, (singles + 1 + _NORMAL * math.sqrt(singles + 1.0)) / n)
    return min(1.0, unseen + _NORMAL * math.sqrt(unseen * (1 - unseen) / m) + 4.0 / m)
