"""The size that a search recommends holds, and the next smaller one does not: in containers, measured independently."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

import docker_daemon
from profiling.conftest import BURN, Terminal, deploy, searched

pytestmark = [pytest.mark.docker, pytest.mark.slow]

RATE, LATENCY, BURNT = 20, 50.0, 0.010
"""Requests a second, milliseconds for 95 % of them, and seconds of CPU time that each takes."""
RUNS, HOLDING, FAILING = 10, 9, 8
SEARCH_SECONDS = 600


@pytest.fixture
def docked(terminal: Terminal) -> Iterator[Terminal]:
    terminal.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
    yield terminal
    for service in terminal.json("service", "list")["services"]:
        terminal.run("service", "delete", service["name"])
    left = docker_daemon.docker().api.containers(all=True)
    assert [each for each in left if str(terminal.home) in json.dumps(each["Labels"])] == []


def percentile_at(terminal: Terminal, cpu: float, memory: float) -> float:
    """Of a fresh container of this size, in a run that no search had anything to do with."""
    sizes = (f"containerResourceRequirements.cpu={cpu:g}", f"containerResourceRequirements.memoryInGB={memory:g}")
    settings = [word for each in sizes for word in ("--setting", each)]
    terminal.ok("service", "deploy", "once", "--entry-script", "score.py", "--engine", "docker", *settings)
    measured = ("--rate", f"{RATE}", "--duration", "15", "--connections", "8", "--rows", "rows.txt")
    terminal.ok("service", "profile", "once", "--rate", f"{RATE}", "--duration", "2", "--rows", "rows.txt")
    done = terminal.run("service", "profile", "once", *measured, "--json")
    terminal.ok("service", "delete", "once")
    told = json.loads(done.stdout)
    assert told["generator"]["keptUp"], told["generator"]
    return float(told["latencyPercentile95InMs"])


@pytest.mark.timeout(3600)
@pytest.mark.timed
@pytest.mark.long("a search and twenty measurements take a quarter of an hour")
def test_the_recommended_size_holds_and_the_next_smaller_one_does_not(docked: Terminal) -> None:
    deploy(docked, BURN.format(seconds=BURNT), "--engine", "docker")
    begun = time.monotonic()
    told = searched(docked, rate=RATE, latency=LATENCY)
    took = time.monotonic() - begun
    assert took <= SEARCH_SECONDS
    assert told["end"] == "complete", told["reason"]
    chosen, smaller = told["recommended"], told["nextSmaller"]
    assert smaller is not None
    sizes = [(size["cpu"], size["memoryInGB"]) for size in (chosen, smaller)]
    holding, failing = ([percentile_at(docked, *size) for _ in range(RUNS)] for size in sizes)
    print(f"search {took:.0f} s, {sizes[0]} at {holding}, {sizes[1]} at {failing}")
    assert sum(each <= LATENCY for each in holding) >= HOLDING, holding
    assert sum(each > LATENCY for each in failing) >= FAILING, failing
