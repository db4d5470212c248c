"""Versions that the router withdraws by itself: errors, slow responses, and what stays as it is."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from endpoints import MARK, Endpoint
from scoredock_runtime.contract import WithdrawalLimits
from scoredock_runtime.router.withdrawal import Watch

FAILS = """
import json

def init():
    pass

def run(data):
    raise ValueError("broken")
"""
SLOW = """
import time

def init():
    pass

def run(data):
    time.sleep(0.03)
    return {"version": "green"}
"""


@pytest.fixture
def endpoint(make_service: Callable[..., Any], wait_for: Callable[..., Any]) -> Endpoint:
    return Endpoint(make_service, wait_for)


def statuses(endpoint: Endpoint, number: int) -> list[tuple[int, str]]:
    return [(answer.status, answer.headers[MARK]) for answer in (endpoint.ask(0) for _ in range(number))]


def test_a_version_with_errors_is_withdrawn_and_stays_so_until_it_is_given_traffic(endpoint: Endpoint) -> None:
    endpoint.version("blue")
    endpoint.version("green", FAILS)
    limits = {"green": WithdrawalLimits(armed=1, errors=5, requests=5)}
    endpoint.up(blue=0, green=100, default="blue", limits=limits)
    seen = statuses(endpoint, 12)
    assert seen[:5] == [(500, "green")] * 5
    assert seen[5:] == [(200, "blue")] * 7
    assert "green is withdrawn: 100% of 5 responses in 60 s were errors" in endpoint.router.log_text()
    # New routes with the same limits do not bring it back, and neither does the next router.
    endpoint.use(blue=0, green=100, default="blue", limits=limits)
    assert statuses(endpoint, 3) == [(200, "blue")] * 3
    pids = endpoint.router.status.worker_pids
    os.kill(pids[0], signal.SIGKILL)
    endpoint.wait_for(lambda: endpoint.router.status.worker_pids not in ([], pids))
    assert statuses(endpoint, 3) == [(200, "blue")] * 3
    endpoint.use(blue=0, green=100, default="blue", limits=limits)
    assert statuses(endpoint, 3) == [(200, "blue")] * 3
    # Given traffic again, it is tried again.
    endpoint.use(blue=0, green=100, default="blue", limits={"green": WithdrawalLimits(armed=2, errors=5, requests=5)})
    assert statuses(endpoint, 6) == [(500, "green")] * 5 + [(200, "blue")]


def test_a_slow_version_is_withdrawn_and_the_default_one_never_is(endpoint: Endpoint) -> None:
    endpoint.version("blue", SLOW.replace("green", "blue"))
    endpoint.version("green", SLOW)
    limit = WithdrawalLimits(armed=1, milliseconds=10, requests=4)
    endpoint.up(blue=0, green=100, default="blue", limits={"green": limit, "blue": limit})
    assert statuses(endpoint, 12) == [(200, "green")] * 4 + [(200, "blue")] * 8


def test_few_or_old_responses_decide_nothing() -> None:
    limits = WithdrawalLimits(armed=1, errors=10, milliseconds=100, seconds=5, requests=10)
    watch = Watch(limits)
    assert [watch.add(1.0, True, 0.0) for _ in range(9)] == [None] * 9
    # Six seconds later nothing of that counts: one slow answer of twenty is not above the 95th percentile.
    later = [watch.add(7.0, False, 0.2 if each == 19 else 0.01) for each in range(20)]
    assert later == [None] * 20
    excess = watch.add(7.0, False, 0.2)
    assert excess is not None
    assert (excess.kind, excess.requests) == ("latency", 21)
