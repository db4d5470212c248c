"""Compares one column of both data sets: its metrics with their limits, shares for a picture, and notes."""

import math
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from . import noise, statistics
from .columns import Column

Array = Any
Record = Dict[str, Any]

WASSERSTEIN = "normalized_wasserstein_distance"
JENSEN_SHANNON = "jensen_shannon_distance"
STABILITY = "population_stability_index"
KOLMOGOROV = "two_sample_kolmogorov_smirnov_test"
CHI_SQUARED = "pearsons_chi_squared_test"
NULL_RATE = "null_value_rate"
NEW_RATE = "new_category_rate"

_FEW_ROWS = 30
_PICTURE_BINS = 20
_PICTURE_CATEGORIES = 12
_LISTED = 20
_EXPECTED = 5.0
"""Categories with fewer rows to be expected in the smaller data set are compared as one."""
_IDENTIFIERS = 200
_TRUE_FALSE = frozenset(("True", "False"))


class KindThresholds:
    """Values from which on a metric counts, by kind of column; see `docs/drift.md`."""

    def __init__(self, numerical: Dict[str, float], categorical: Dict[str, float]) -> None:
        self.numerical, self.categorical = numerical, categorical


def compare(name: str, before: Column, now: Column, thresholds: KindThresholds) -> Record:
    """The record of a column that both have; what is too large to be computed with has no value in it."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _compared(name, before, now, thresholds)


def _compared(name: str, before: Column, now: Column, thresholds: KindThresholds) -> Record:
    same_kind = _align(before, now)
    record = {
        "name": name,
        "kind": "numerical" if before.is_number and now.is_number else "categorical",
        "role": "feature",
        "drifted": False,
        "metrics": [],
        "baseline": _facts(before),
        "target": _facts(now),
        "histogram": None,
        "newCategories": [],
        "newCategoryCount": 0,
        "lostCategories": [],
        "lostCategoryCount": 0,
        "notes": [],
    }  # type: Record
    if not same_kind:
        record["notes"].append("typeChanged")
        record["drifted"] = True
        return record
    if record["kind"] == "numerical":
        _compare_numbers(record, _finite(before), _finite(now), thresholds.numerical)
    elif _is_identifier(before) or _is_identifier(now):
        record["kind"] = "identifier"
    else:
        _compare_categories(record, before.counts(), now.counts(), thresholds.categorical)
    _compare_missing(record, thresholds)
    _note(record)
    record["drifted"] = any(each["exceeded"] for each in record["metrics"])
    return record


def _note(record: Record) -> None:
    counts = [record[side]["rows"] - record[side]["missing"] for side in ("baseline", "target")]
    if record["kind"] == "identifier":
        record["notes"].append("identifier")
    if 0 in counts:
        record["notes"].append("empty")
    elif min(counts) < _FEW_ROWS:
        record["notes"].append("fewRows")
    if record["baseline"]["different"] == 1:
        record["notes"].append("constant")


def _align(before: Column, now: Column) -> bool:
    """Both as numbers or both as categories, where they can be; a column without values is of either kind."""
    if before.is_number == now.is_number:
        return True
    number, other = (before, now) if before.is_number else (now, before)
    values = number.values()
    present = values[np.isfinite(values)]
    if not len(present):
        number.become_categories()
        return True
    if set(other.codes) <= _TRUE_FALSE and set(np.unique(present).tolist()) <= {0.0, 1.0}:
        other.codes = {{"True": "1", "False": "0"}[name]: code for name, code in other.codes.items()}
    return other.become_numbers()


def _finite(column: Column) -> Array:
    """Numbers in order, without missing and infinite ones; the column is not needed as it was any more."""
    if not column.is_sorted:
        values = column.values()
        finite = np.isfinite(values)
        values = np.sort(values) if finite.all() else np.sort(values[finite])
        column.rows, column.pieces, column.is_sorted = len(finite), [values], True
    return column.values()


def _is_identifier(column: Column) -> bool:
    different = len(column.codes)
    present = len(column.values()) - column.missing()
    return column.has_further or different > max(_IDENTIFIERS, present // 2)


def _facts(column: Column) -> Record:
    """Facts of one side."""
    facts: Record = {"mean": None, "deviation": None, "min": None, "median": None, "max": None}
    if not column.is_number:
        facts.update(rows=len(column.values()), missing=column.missing(), different=len(column.codes))
    else:
        finite = _finite(column)
        facts.update(rows=column.rows, missing=column.rows - len(finite), different=statistics.different(finite))
        if len(finite):
            facts.update(
                mean=_plain(np.mean(finite)),
                deviation=_plain(np.std(finite)),
                min=_plain(finite[0]),
                median=_plain(finite[len(finite) // 2]),
                max=_plain(finite[-1]),
            )
    return facts


def _plain(number: Any) -> Optional[float]:
    return float(number) if math.isfinite(number) else None


# Numbers


def _compare_numbers(record: Record, a: Array, b: Array, thresholds: Dict[str, float]) -> None:
    n, m = len(a), len(b)
    if not n or not m:
        return
    values, difference = statistics.merged(a, b)
    edges = statistics.bin_edges(a, b)
    counts_a, counts_b = statistics.counts_of(a, edges), statistics.counts_of(b, edges)
    deviation = record["baseline"]["deviation"] or 0.0
    larger = max(deviation, record["target"]["deviation"] or 0.0)
    # Sums of equal numbers leave a rest of rounding.
    deviation = 0.0 if record["baseline"]["different"] == 1 else deviation
    distance = statistics.normalized_wasserstein(statistics.wasserstein(values, difference), deviation)
    floor = noise.of_wasserstein(a, b, larger) / deviation if deviation else None
    if distance is None and WASSERSTEIN in thresholds and JENSEN_SHANNON not in thresholds:
        thresholds = dict(thresholds)
        thresholds[JENSEN_SHANNON] = thresholds[WASSERSTEIN]
    _add(record, thresholds, WASSERSTEIN, distance, floor if floor is None or math.isfinite(floor) else None)
    _add_binned(record, thresholds, counts_a, counts_b)
    statistic = statistics.kolmogorov_smirnov(values, difference)
    p_value = statistics.kolmogorov_smirnov_p_value(statistic, n, m)
    floor = noise.of_kolmogorov_smirnov(n, m)
    _add(record, thresholds, KOLMOGOROV, statistic, floor, (statistic, p_value))
    record["histogram"] = _number_picture(a, b)


def _add_binned(record: Record, thresholds: Dict[str, float], counts_a: Array, counts_b: Array) -> None:
    n, m = int(counts_a.sum()), int(counts_b.sum())
    used = counts_a + counts_b > 0
    counts_a, counts_b = counts_a[used], counts_b[used]
    p, q = statistics.shares(counts_a), statistics.shares(counts_b)
    bins = len(counts_a)
    distance = statistics.jensen_shannon_distance(p, q)
    _add(record, thresholds, JENSEN_SHANNON, distance, noise.of_jensen_shannon(bins, n, m))
    index = statistics.population_stability_index(statistics.smoothed(counts_a), statistics.smoothed(counts_b))
    _add(record, thresholds, STABILITY, index, noise.of_population_stability(bins, n, m))


def _number_picture(a: Array, b: Array) -> Record:
    """Shares in bins of the same width; what lies far outside is in the first and the last one."""
    low = min(a[len(a) // 200], b[len(b) // 200])
    high = max(a[-1 - len(a) // 200], b[-1 - len(b) // 200])
    if not math.isfinite(high - low):
        return {"labels": [], "edges": [], "baseline": [], "target": []}
    if low == high:
        edges = np.array([low, high])
        inner = np.array([np.nextafter(low, -np.inf), np.nextafter(high, np.inf)])
        counts = [statistics.counts_of(side, inner) for side in (a, b)]
        edges = np.array([low, low, high, high])
    else:
        edges = np.linspace(low, high, _PICTURE_BINS + 1)
        counts = [statistics.counts_of(side, edges[1:-1]) for side in (a, b)]
    shares = [[round(float(each), 6) for each in statistics.shares(side)] for side in counts]
    return {"labels": [], "edges": [float(each) for each in edges], "baseline": shares[0], "target": shares[1]}


# Categories


def _compare_categories(
    record: Record, before: Dict[str, int], now: Dict[str, int], thresholds: Dict[str, float]
) -> None:
    n, m = sum(before.values()), sum(now.values())
    new = sorted((name for name in now if name not in before), key=lambda name: (-now[name], name))
    lost = sorted((name for name in before if name not in now), key=lambda name: (-before[name], name))
    record.update(newCategories=new[:_LISTED], newCategoryCount=len(new))
    record.update(lostCategories=lost[:_LISTED], lostCategoryCount=len(lost))
    if not n or not m:
        return
    names = _ordered(before, now)
    counts_a = np.array([before.get(name, 0) for name in names], dtype=float)
    counts_b = np.array([now.get(name, 0) for name in names], dtype=float)
    together = _together(counts_a, counts_b)
    _add_binned(record, thresholds, *together)
    statistic, degrees = statistics.chi_squared(*together)
    effect = statistics.cramers_v(statistic, n + m)
    p_value = statistics.chi_squared_p_value(statistic, degrees)
    floor = noise.of_cramers_v(degrees, n, m)
    _add(record, thresholds, CHI_SQUARED, effect, floor, (statistic, p_value))
    singles = sum(1 for count in before.values() if count == 1)
    rate = sum(now[name] for name in new) / float(m)
    _add(record, thresholds, NEW_RATE, rate, noise.of_new_values(singles, n, m))
    record["histogram"] = _category_picture(names, counts_a, counts_b)


def _ordered(before: Dict[str, int], now: Dict[str, int]) -> List[str]:
    """By their rows in both, the most first."""
    names = set(before) | set(now)
    return sorted(names, key=lambda name: (-before.get(name, 0) - now.get(name, 0), name))


def _with_rest(counts: Array, most: int) -> Array:
    return counts if len(counts) <= most else np.append(counts[:most], counts[most:].sum())


def _together(counts_a: Array, counts_b: Array) -> Tuple[Array, Array]:
    """Those of which too few rows are expected count as one: by chance alone they are in one sample only."""
    both = counts_a + counts_b
    smaller = min(counts_a.sum(), counts_b.sum()) / both.sum()
    few = both * smaller < _EXPECTED
    if few.sum() < 2:
        return counts_a, counts_b
    kept = ~few
    return np.append(counts_a[kept], counts_a[few].sum()), np.append(counts_b[kept], counts_b[few].sum())


def _category_picture(names: List[str], counts_a: Array, counts_b: Array) -> Record:
    """`None` as the last label stands for all others."""
    shown: List[Optional[str]] = [name[:80] for name in names[:_PICTURE_CATEGORIES]]
    if len(names) > _PICTURE_CATEGORIES:
        shown.append(None)
    sides = [statistics.shares(_with_rest(counts, _PICTURE_CATEGORIES)) for counts in (counts_a, counts_b)]
    shares = [[round(float(each), 6) for each in side] for side in sides]
    return {"labels": shown, "edges": [], "baseline": shares[0], "target": shares[1]}


# Of both


def _compare_missing(record: Record, thresholds: KindThresholds) -> None:
    n, m = record["baseline"]["rows"], record["target"]["rows"]
    if not n or not m:
        return
    before, now = record["baseline"]["missing"] / float(n), record["target"]["missing"] / float(m)
    together = (record["baseline"]["missing"] + record["target"]["missing"]) / float(n + m)
    kind = thresholds.numerical if record["kind"] == "numerical" else thresholds.categorical
    _add(record, kind, NULL_RATE, abs(now - before), noise.of_rate(together, n, m))


def _add(
    record: Record,
    thresholds: Dict[str, float],
    name: str,
    value: Optional[float],
    floor: Optional[float],
    test: Tuple[Optional[float], Optional[float]] = (None, None),
) -> None:
    """`test` has the statistic and the probability of one; `floor` is what the value stays below by chance."""
    threshold = thresholds.get(name)
    limit = None if threshold is None or value is None else max(threshold, floor or 0.0)
    record["metrics"].append(
        {
            "name": name,
            "value": value,
            "threshold": threshold,
            "limit": limit,
            "noise": floor,
            "statistic": test[0],
            "pValue": test[1],
            "exceeded": limit is not None and value is not None and value > limit,
        }
    )
