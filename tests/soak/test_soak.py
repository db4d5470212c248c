"""A service at 70 per cent of what it can take for ten minutes in the long run, at half of that for seconds at the
gate, and for as long as SCOREDOCK_SOAK_MINUTES says: no wrong answer, no error, and nothing of it grows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from depth import LONG, rounds
from soak.clients import Tally, load
from soak.footprint import GROWTH, Sample, growth, sample, write

MINUTES = float(os.environ.get("SCOREDOCK_SOAK_MINUTES") or (10 if LONG else 1 / 5))

pytestmark = [pytest.mark.chance, pytest.mark.timeout(600 + 3 * 60 * MINUTES)]

CLIENTS = 8
SHARE = 0.7 if LONG else 0.35
"""Of what it can take; at the gate half of that, as the machine has others to serve."""
LEAST_SHARE = 0.25
"""Of the rate aimed at: what else the machine does takes its share."""
AT_LEAST_LEVEL_AFTER = rounds(gate=90, long=240)
"""Seconds that a short run is given to level off."""
DESCRIPTORS_AND_THREADS = 2
"""A client that connects just then is one more."""
REPORT = Path(__file__).resolve().parents[2] / "dist" / "reports" / "soak.jsonl"


def soak(service: Any, seconds: float, rate: float, samples: list[Sample]) -> Tally:
    """Load for so long; `samples` grows by what the service takes meanwhile."""
    interval = max(1.0 if LONG else 0.5, seconds / 300)

    def look() -> None:
        if not samples or samples[-1].at + interval <= time.time():
            samples.append(sample(service.status.parent_pid, service.folder))

    return load(service.status.port, CLIENTS, seconds, rate, look)


def test_nothing_grows_and_nothing_fails(service: Any, script: str, capsys: Any) -> None:
    limits = {"SCOREDOCK_DATA_MEGABYTES": "40"}
    service.up(script, metrics=True, collect_data=True, log_file_bytes=1_000_000, environment=limits)
    warm_up = rounds(gate=2, long=5)
    warm = load(service.status.port, CLIENTS, warm_up)
    assert warm.wrong == []
    rate = SHARE * warm.answered / warm_up
    (pid,) = service.status.worker_pids
    seconds = MINUTES * 60
    samples: list[Sample] = []
    tally = soak(service, seconds, rate, samples)
    # What fills up to a limit levels off, on a slow machine later; what leaks never does.
    longest = max(2 * seconds, AT_LEAST_LEVEL_AFTER)
    while growth(samples, "memory") >= GROWTH and seconds < longest:
        more = min(MINUTES * 60 / 4 + rounds(gate=5, long=15), longest - seconds)
        tally = tally + soak(service, more, rate, samples)
        seconds += more
    write(samples, REPORT)
    slow = sorted(tally.seconds)
    told = (
        f"{tally.answered} requests in {seconds:.0f} s ({tally.answered / seconds:.0f}/s, aimed at {rate:.0f}),"
        f" {len(tally.wrong)} wrong; p50 {slow[len(slow) // 2] * 1000:.1f} ms, p99"
        f" {slow[int(len(slow) * 0.99)] * 1000:.1f} ms; memory {samples[0].memory / 1e6:.1f} to"
        f" {samples[-1].memory / 1e6:.1f} MB, growth {growth(samples, 'memory'):+.2%}; descriptors"
        f" {samples[0].descriptors} to {samples[-1].descriptors}, threads {samples[0].threads} to"
        f" {samples[-1].threads}; disk {samples[-1].disk / 1e6:.1f} MB"
    )
    with capsys.disabled():
        print(f"\n{told}\n{REPORT}")
    assert tally.wrong == []
    assert service.status.worker_pids == [pid]
    assert service.status.restarts == 0
    # How much it takes beside others, the long run judges.
    assert tally.answered > (LEAST_SHARE * rate * seconds if LONG else 20 * CLIENTS)
    assert growth(samples, "memory") < GROWTH
    for what in ("descriptors", "threads", "processes"):
        settled = [getattr(each, what) for each in samples[len(samples) // 5 :]]
        assert max(settled) - min(settled) <= CLIENTS + DESCRIPTORS_AND_THREADS, (what, settled)
        assert abs(settled[-1] - settled[0]) <= CLIENTS + DESCRIPTORS_AND_THREADS
    # The log and the collected data have limits; here they are met many times over.
    assert samples[-1].disk < 60_000_000


def test_what_rises_with_every_sample_is_growth() -> None:
    """By the judge alone: a leak, what levels off in the first half, and what goes up and down."""

    def made(memory: Callable[[int], int]) -> list[Sample]:
        return [Sample(float(at), memory(at), 20, 9, 3, 0) for at in range(20)]

    assert growth(made(lambda at: 60_000_000 + 1_200_000 * at), "memory") > GROWTH
    assert growth(made(lambda at: 60_000_000 + 4_000_000 * min(at, 9)), "memory") == 0
    assert abs(growth(made(lambda at: 60_000_000 + 2_000_000 * (at % 2)), "memory")) < GROWTH
    assert growth(made(lambda at: 60_000_000), "descriptors") == 0


@pytest.mark.long("a planted leak takes half a minute until it is seen; the judge is tested by itself")
def test_a_leak_would_be_seen(service: Any, leaking: str) -> None:
    """A planted leak of 3 kB a request turns the verdict around."""
    service.up(leaking, metrics=True)
    samples: list[Sample] = []
    soak(service, 20, 400, samples)
    assert growth(samples, "memory") > GROWTH
    assert psutil.Process(service.status.parent_pid).is_running()
