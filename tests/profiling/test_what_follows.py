"""Replicas by the documents' formula, memory that grows, and latency against rate."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.contrib.profiling.domain.rate_curve import CurvePoint, following_rate, knee_of
from scoredock.contrib.profiling.domain.recommendation import (
    STEPS,
    BatchPoint,
    best_batch,
    body_with,
    concurrent_requests,
    replicas_for,
)
from scoredock.contrib.profiling.domain.usage_watch import growth


def test_the_example_of_the_documents() -> None:
    # targetRps 20, reqTime 10 s, one request at a time, 70 %
    assert concurrent_requests(20, 10) == pytest.approx(285.714, abs=0.001)
    assert replicas_for(20, 10, 1).replicas == 286


@given(st.floats(0.1, 1000), st.floats(0.001, 30), st.floats(0.1, 3.5), st.integers(0, 64))
def test_replicas_take_what_is_under_way_and_no_more(rate: float, seconds: float, cpu: float, limit: int) -> None:
    found = replicas_for(rate, seconds, cpu, per_container=limit)
    assert found.concurrency == (limit or found.workers)
    needed = rate * seconds / 0.7
    assert found.replicas * found.concurrency >= needed * (1 - 1e-6)
    assert found.replicas == 1 or (found.replicas - 1) * found.concurrency < needed
    assert found.workers - 1 < cpu <= found.workers


def readings(count: int, memory: float, each: float, noise: float, seed: int) -> list[tuple[int, int]]:
    chance = random.Random(seed)
    return [(20 * n, int(memory + each * 20 * n + chance.uniform(-noise, noise))) for n in range(count)]


@given(st.integers(0, 10_000), st.floats(3e7, 3e9))
def test_memory_that_settles_does_not_grow(seed: int, memory: float) -> None:
    warm = [(20 * n, int(memory * (0.5 + n / 60))) for n in range(30)]
    level = [(600 + number, used) for number, used in readings(170, memory, 0, memory * 0.003, seed)]
    assert growth([*warm, *level]) == 0


@given(st.integers(0, 10_000), st.floats(4_000, 1e6))
def test_memory_that_each_request_keeps_is_found_with_its_size(seed: int, kept: float) -> None:
    found = growth(readings(200, 6e7, kept, 2e5, seed))
    assert found == pytest.approx(kept, rel=0.1)


def test_few_readings_say_nothing() -> None:
    assert growth(readings(12, 6e7, 1e6, 0, 1)) == 0


def curve(limit: float, wished: float) -> list[CurvePoint]:
    """All rates that are measured of a service that holds up to `limit`, the wished one first."""
    points = [CurvePoint(wished, 10, 10, 10, wished <= limit)]
    while (rate := following_rate(points, wished)) is not None:
        points.append(CurvePoint(rate, 10, 10, 10, rate <= limit))
        assert len(points) < 12
    return points


@given(st.floats(1, 200), st.floats(0.5, 2000))
def test_the_knee_lies_between_two_measured_rates(wished: float, limit: float) -> None:
    points = curve(limit, wished)
    knee = knee_of(points)
    rates = sorted(each.rate for each in points)
    assert len(rates) == len(set(rates))
    if knee is None:
        assert min(rates) > limit
    else:
        assert knee <= limit
        above = [each for each in rates if each > knee]
        assert not above or min(above) > limit


ROWS = [b'{"data": [[1, 2]], "method": "predict"}', b'{"data": [[3, 4], [5, 6]]}']


@pytest.mark.parametrize("rows", STEPS)
def test_bodies_with_rows_become_one_with_as_many_as_are_wanted(rows: int) -> None:
    made = body_with(ROWS, rows)
    assert made is not None
    document = json.loads(made)
    assert document["method"] == "predict"
    assert len(document["data"]) == rows
    assert all(row in ([1, 2], [3, 4], [5, 6]) for row in document["data"])


@pytest.mark.parametrize(
    "bodies",
    [[b"photo"], [b"[[1, 2]]"], [b'{"data": [1, 2]}'], [b'{"a": [[1]], "b": [[2]]}'], [b'{"data": []}'], []],
)
def test_other_bodies_are_never_put_together(bodies: list[bytes]) -> None:
    assert body_with(bodies, 2) is None


def test_bodies_of_different_kinds_are_not_put_together() -> None:
    assert body_with([b'{"data": [[1]]}', b'{"rows": [[1]]}'], 2) is None


def test_more_rows_are_recommended_only_where_they_are_worth_their_latency() -> None:
    gains = [BatchPoint(rows, 10 + rows, 100 * rows) for rows in STEPS]
    assert best_batch(gains, 1000) == 64
    assert best_batch(gains, 30) == 16
    assert best_batch(gains, 5) is None
    assert best_batch([BatchPoint(rows, 10 * rows, 100) for rows in STEPS], 1000) == 1
