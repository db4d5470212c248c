"""A service at 70 per cent of what it can take, for ten minutes in CI and for as long as SCOREDOCK_SOAK_MINUTES says:
no wrong answer, no error, and nothing of it grows."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from soak.clients import Tally, load
from soak.footprint import GROWTH, Sample, growth, sample, write

pytestmark = pytest.mark.timeout(0)

CLIENTS = 8
SHARE = 0.7
LEAST_SHARE = 0.25
"""Of the rate aimed at: what else the machine does takes its share."""
AT_LEAST_LEVEL_AFTER = 240.0
"""Seconds that a short run is given to level off."""
DESCRIPTORS_AND_THREADS = 2
"""A client that connects just then is one more."""
REPORT = Path(__file__).resolve().parents[2] / "dist" / "reports" / "soak.jsonl"


def minutes() -> float:
    """Ten where everything counts, half a minute for whoever runs all tests in between."""
    return float(os.environ.get("SCOREDOCK_SOAK_MINUTES") or (10 if os.environ.get("CI") == "true" else 0.5))


def soak(service: Any, seconds: float, rate: float, samples: list[Sample]) -> Tally:
    """Load for so long; `samples` grows by what the service takes meanwhile."""
    interval = max(1.0, seconds / 300)

    def look() -> None:
        if not samples or samples[-1].at + interval <= time.time():
            samples.append(sample(service.status.parent_pid, service.folder))

    return load(service.status.port, CLIENTS, seconds, rate, look)


def test_nothing_grows_and_nothing_fails(service: Any, script: str, capsys: Any) -> None:
    limits = {"SCOREDOCK_DATA_MEGABYTES": "40"}
    service.up(script, metrics=True, collect_data=True, log_file_bytes=1_000_000, environment=limits)
    warm = load(service.status.port, CLIENTS, 5.0)
    assert warm.wrong == []
    rate = SHARE * warm.answered / 5.0
    (pid,) = service.status.worker_pids
    seconds = minutes() * 60
    samples: list[Sample] = []
    tally = soak(service, seconds, rate, samples)
    # What fills up to a limit levels off, on a slow machine later; what leaks never does.
    longest = max(2 * seconds, AT_LEAST_LEVEL_AFTER)
    while growth(samples, "memory") >= GROWTH and seconds < longest:
        more = min(minutes() * 60 / 4 + 15, longest - seconds)
        tally = tally + soak(service, more, rate, samples)
        seconds += more
    write(samples, REPORT)
    slow = sorted(tally.seconds)
    told = (
        f"{tally.answered} requests in {seconds:.0f} s ({tally.answered / seconds:.0f}/s, aimed at {rate:.0f}), "
        f"{len(tally.wrong)} wrong; p50 {slow[len(slow) // 2] * 1000:.1f} ms, p99 {slow[int(len(slow) * 0.99)] * 1000:.1f} ms; "
        f"memory {samples[0].memory / 1e6:.1f} to {samples[-1].memory / 1e6:.1f} MB, growth {growth(samples, 'memory'):+.2%}; "
        f"descriptors {samples[0].descriptors} to {samples[-1].descriptors}, threads {samples[0].threads} to {samples[-1].threads}; "
        f"disk {samples[-1].disk / 1e6:.1f} MB"
    )
    with capsys.disabled():
        print(f"\n{told}\n{REPORT}")
    assert tally.wrong == []
    assert service.status.worker_pids == [pid]
    assert service.status.restarts == 0
    assert tally.answered > LEAST_SHARE * rate * seconds
    assert growth(samples, "memory") < GROWTH
    for what in ("descriptors", "threads", "processes"):
        settled = [getattr(each, what) for each in samples[len(samples) // 5 :]]
        assert max(settled) - min(settled) <= CLIENTS + DESCRIPTORS_AND_THREADS, (what, settled)
        assert abs(settled[-1] - settled[0]) <= CLIENTS + DESCRIPTORS_AND_THREADS
    # The log and the collected data have limits; here they are met many times over.
    assert samples[-1].disk < 60_000_000


def test_a_leak_would_be_seen(service: Any, leaking: str) -> None:
    """A planted leak of 3 kB a request turns the verdict around."""
    service.up(leaking, metrics=True)
    samples: list[Sample] = []
    soak(service, 20, 400, samples)
    assert growth(samples, "memory") > GROWTH
    assert psutil.Process(service.status.parent_pid).is_running()
