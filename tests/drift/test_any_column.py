"""Whatever a column has, there is a record of it, which is JSON, and the same data has not moved."""

from __future__ import annotations

import json
import warnings

import numpy as np
from drift_process.columns import Column, Sample
from drift_process.features import KindThresholds, compare
from hypothesis import given
from hypothesis import strategies as st
from scoredock.contrib.drift.domain.record import deciding_metric, remarks
from scoredock.contrib.drift.domain.thresholds import ALL, with_defaults

NUMBERS = st.lists(st.floats() | st.sampled_from([0.0, -0.0, 1e308, -1e308, 5e-324, 1.0]), max_size=60)
TEXTS = st.lists(st.none() | st.text(max_size=3) | st.sampled_from(["nan", "1", "1.0", "True", "a"]), max_size=60)
EVERY = dict.fromkeys(ALL, 1e-09)


def column(values: list[float] | list[str | None], *, is_number: bool) -> Column:
    made = Column()
    if is_number:
        made.add(np.array(values, dtype=float), len(values))
    else:
        made.add(list(values), len(values))
    return made


def thresholds(changes: dict[str, float]) -> KindThresholds:
    usual = with_defaults(changes)
    return KindThresholds(dict(usual.numerical), dict(usual.categorical))


@given(NUMBERS | TEXTS, NUMBERS | TEXTS)
def test_there_is_always_a_record(before: list[float], now: list[float]) -> None:
    columns = [column(each, is_number=all(isinstance(value, float) for value in each)) for each in (before, now)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = compare("x", *columns, thresholds(EVERY))
    text = json.dumps(record, allow_nan=False)
    assert json.loads(text)["baseline"]["rows"] == len(before)
    assert isinstance(remarks(record), str)
    deciding_metric(record)


@given(NUMBERS | TEXTS)
def test_the_same_data_has_not_moved(values: list[float]) -> None:
    is_number = all(isinstance(value, float) for value in values)
    record = compare("x", *(column(values, is_number=is_number) for _ in range(2)), thresholds({}))
    assert not record["drifted"]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=12), st.integers(0, 9))
def test_a_sample_keeps_whole_rows_and_no_more_than_it_may(sizes: list[int], seed: int) -> None:
    """Columns that come later have no values before."""
    sample = Sample(1000, 10**9, seed)
    begin = 0
    for number, size in enumerate(sizes):
        values = np.arange(begin, begin + size, dtype=float)
        columns = {"a": values, "b": [str(int(each)) for each in values]}
        if number % 2:
            columns["c"] = values
        sample.add(columns, size)
        begin += size
    sample.finish()
    assert sample.rows == sum(sizes)
    assert sample.kept == min(sum(sizes), 1000)
    a, b = sample.columns["a"].values(), sample.columns["b"]
    names = list(b.codes)
    assert len(set(a.tolist())) == sample.kept
    assert [names[code] for code in b.values()] == [str(int(each)) for each in a]
    if "c" in sample.columns:
        c = sample.columns["c"].values()
        assert len(c) == sample.kept
        assert np.all(np.isnan(c) | (c == a))
