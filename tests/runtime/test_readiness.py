"""Workers with a readiness probe: when they get requests first, when they get none any more, and when again."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

import pytest

from scoredock_runtime import contract
from scoredock_runtime.contract import Liveness, Readiness
from scoredock_runtime.parent.probes import UNREADY, ReadinessProbe

ECHO = "import os\ndef init(): pass\ndef run(data):\n    return os.getpid()\n"
PATIENT = Liveness(period=10.0, initial_delay=300.0)
RULE = Readiness(period=2.0, initial_delay=10.0, timeout=1.0, success_threshold=3, failure_threshold=2)


def test_it_counts_as_kubernetes_does() -> None:
    probe = ReadinessProbe(RULE, started=100.0)
    assert not probe.passed
    assert probe.due() is None, "not before init() has returned"
    probe.begin(105.0)
    moments = []
    for _ in range(3):
        due = probe.due()
        assert due is not None
        moments.append(due)
        assert probe.act(due - 0.001) is None
        number = probe.act(due)
        assert isinstance(number, int)
        assert probe.answered(number) is (len(moments) == 3)
        assert probe.answered(number) is False, "one answer counts once"
    assert moments == [110.0, 112.0, 114.0]
    assert probe.passed
    assert missed(probe, 116.0) is None
    assert missed(probe, 118.0) == UNREADY
    assert not probe.passed
    assert missed(probe, 120.0) is None, "told once"
    assert [answer(probe, moment) for moment in (122.0, 124.0)] == [False, False]
    assert missed(probe, 126.0) is None
    assert [answer(probe, moment) for moment in (128.0, 130.0, 132.0)] == [False, False, True], "in a row"


def missed(probe: ReadinessProbe, moment: float) -> object:
    assert isinstance(probe.act(moment), int)
    return probe.act(moment + RULE.timeout)


def answer(probe: ReadinessProbe, moment: float) -> bool:
    number = probe.act(moment)
    assert isinstance(number, int)
    return probe.answered(number)


def test_an_answer_that_comes_late_counts_as_none() -> None:
    probe = ReadinessProbe(Readiness(period=2.0, initial_delay=0.0, timeout=1.0, failure_threshold=1), started=0.0)
    probe.begin(0.0)
    number = probe.act(0.0)
    assert isinstance(number, int)
    assert probe.act(1.0) is None
    assert probe.answered(number) is False
    assert not probe.passed


def test_without_a_probe_a_worker_gets_requests_at_once() -> None:
    probe = ReadinessProbe(Readiness(), started=0.0)
    probe.begin(0.0)
    assert (probe.passed, probe.due()) == (True, None)


def test_requests_come_after_the_delay_and_the_successes(service: Any) -> None:
    begun = time.monotonic()
    rule = Readiness(period=0.5, initial_delay=1.5, timeout=0.5, success_threshold=3, failure_threshold=3)
    service.up(ECHO, readiness=rule, liveness=PATIENT)
    assert time.monotonic() - begun >= 1.5 + 2 * 0.5
    assert service.score(1).status == 200
    assert service.status.phase == contract.READY


@pytest.mark.chance
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_worker_that_hangs_gets_no_requests_until_it_has_answered_often_enough(service: Any, wait_for: Any) -> None:
    """It is not ended, as its liveness probe waits long, and comes back as it was."""
    rule = Readiness(period=0.4, initial_delay=0.0, timeout=0.3, success_threshold=5, failure_threshold=2)
    service.up(ECHO, worker_count=2, readiness=rule, liveness=PATIENT)
    pids = set(wait_for(lambda: both if len(both := {service.score(1).json() for _ in range(20)}) == 2 else None))
    hung = service.score(1).json()
    os.kill(hung, signal.SIGSTOP)
    try:
        wait_for(lambda: f"Worker {hung} has not answered its readiness probe 2 times" in service.log_text())
    finally:
        os.kill(hung, signal.SIGCONT)
    again = f"Worker {hung} answers its readiness probe again, and gets requests."
    asked = 0
    while again not in service.log_text():
        answered = service.score(1).json()
        asked += again not in service.log_text()
        assert answered != hung or again in service.log_text()
    assert asked >= 5
    wait_for(lambda: {service.score(1).json() for _ in range(20)} == pids)
    assert service.status.restarts == 0


@pytest.mark.chance
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_worker_that_replaces_a_dead_one_is_asked_too(service: Any, wait_for: Any) -> None:
    rule = Readiness(period=0.3, initial_delay=0.5, timeout=0.3, success_threshold=2, failure_threshold=2)
    service.up(ECHO, readiness=rule, liveness=PATIENT)
    pid = service.score(1).json()
    os.kill(pid, signal.SIGKILL)
    begun = time.monotonic()
    assert wait_for(lambda: service.score(1).json()) != pid, "requests wait meanwhile"
    assert time.monotonic() - begun >= 0.5
    assert service.status.restarts == 1
