"""How the newest requests went is in the status of a service, so that whoever shows it needs no log."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from scoredock_runtime import contract
from scoredock_runtime.http.messages import Request
from scoredock_runtime.worker.request_tally import RequestTally

from .conftest import Service, wait_for

SCRIPT = """
import json
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

def half(value):
    return 2 / value

def run(data):
    value = json.loads(data)
    if value == "refused":
        return AMLResponse("no", 400)
    if value == "own":
        return AMLResponse("broken", 503)
    return half(value)
"""

WAITING = """
import pathlib
import time

def run(data, without_waiting=run):
    value = json.loads(data)
    if not isinstance(value, list):
        return without_waiting(data)
    begun, failed = map(pathlib.Path, value)
    begun.touch()
    while not failed.exists():
        time.sleep(0.001)
    return "later"
"""


def requests_of(service: Service, fact: Callable[[contract.RecentRequests], bool]) -> contract.RecentRequests:
    return wait_for(lambda: service.status.requests if fact(service.status.requests) else None)


def test_a_failed_request_is_told_with_its_lines_until_one_is_answered(service: Service) -> None:
    service.up(SCRIPT)
    assert service.score(1).status == 200
    assert service.status.requests == contract.RecentRequests(), "nothing is told while nothing fails"
    refused = service.score(0)
    assert refused.status == 500
    told = requests_of(service, lambda each: each.failed == 1)
    assert told.answered == 2
    assert told.failure is not None
    assert told.failure.id == refused.headers["x-ms-request-id"]
    assert told.failure.message == "ZeroDivisionError: division by zero"
    assert [(frame.line, frame.function) for frame in told.failure.frames] == [(17, "run"), (9, "half")]
    assert service.score(2).status == 200
    told = requests_of(service, lambda each: each.failure is None)
    assert (told.failed, told.answered) == (1, 3)


def test_what_a_script_answers_itself_counts_and_the_callers_own_faults_do_not(service: Service) -> None:
    service.up(SCRIPT)
    assert service.score("refused").status == 400
    assert service.score("own").status == 503
    told = requests_of(service, lambda each: each.failed == 1)
    assert told.answered == 1
    assert told.failure is not None
    assert told.failure.message == "The request was answered with status 503."
    assert told.failure.frames == []


def test_only_the_newest_count(service: Service) -> None:
    service.up(SCRIPT)
    for _ in range(3):
        assert service.score(0).status == 500
    for _ in range(contract.RECENT_REQUESTS - 1):
        assert service.score(1).status == 200
    told = requests_of(service, lambda each: (each.failed, each.answered) == (1, contract.RECENT_REQUESTS))
    assert told.failure is None
    assert service.score(1).status == 200
    told = requests_of(service, lambda each: each.failed == 0)
    assert told == contract.RecentRequests(contract.RECENT_REQUESTS)


def test_new_code_begins_anew(service: Service) -> None:
    service.up(SCRIPT)
    assert service.score(0).status == 500
    requests_of(service, lambda each: each.failed == 1)
    assert service.control("POST", "/reload", {}).status == 200
    assert service.status.requests == contract.RecentRequests()


def test_of_several_workers_any_answer_ends_a_failure(service: Service) -> None:
    service.up(SCRIPT, worker_count=2)
    for _ in range(6):  # whoever takes the one and the other
        assert service.score(0).status == 500
        requests_of(service, lambda each: each.failure is not None)
        assert service.score(1).status == 200
        requests_of(service, lambda each: each.failure is None)


def test_a_failure_that_goes_out_together_with_the_answer_before_it_is_told() -> None:
    told: list[dict[str, Any]] = []
    tally = RequestTally("/app", told.append, {})
    request = Request(b"POST", b"/score", [], b"1")
    begun = time.monotonic()
    for status in (200, 500):
        tally.add(request, status, begun)
    assert told[-1]["requests"]["failed"] == 1
    assert told[-1]["failed_at"] >= told[-1]["succeeded_at"] > begun


def test_an_answer_right_behind_a_failure_ends_it_whoever_gave_it(service: Service, tmp_path: Path) -> None:
    service.up(SCRIPT + WAITING, worker_count=2)
    failures = rounds = 0
    while rounds < 5:
        failures += 1
        begun, failed = tmp_path / f"begun-{failures}", tmp_path / f"failed-{failures}"
        with ThreadPoolExecutor(2) as both:
            later = both.submit(service.score, [str(begun), str(failed)])
            wait_for(begun.exists)
            # One worker is busy now, and the other one answers. Where that is late, the first one takes this as well,
            # and answers it last.
            first = both.submit(service.score, 0)
            in_order = bool(wait([first], timeout=1).done)
            failed.touch()
            assert (first.result().status, later.result().status) == (500, 200)
        if in_order:
            rounds += 1
            requests_of(service, lambda each, failures=failures: each.failed == failures and each.failure is None)
