"""An endpoint under bodies of every size, whole and in pieces: no process of it keeps a descriptor or memory longer
than its clients need it. Ten minutes in the long run, seconds at the gate; SCOREDOCK_SOAK_MINUTES says otherwise."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from depth import LONG, SEED
from endpoints import Endpoint
from soak.conftest import SERVICES
from soak.footprint import made
from soak.mixed_bodies import SCRIPT, MixedLoad

MINUTES = float(os.environ.get("SCOREDOCK_SOAK_MINUTES") or (10 if LONG else 1 / 5))

pytestmark = [pytest.mark.chance, pytest.mark.timeout(300 + 3 * 60 * MINUTES)]

CLIENTS = 12
DIRECT_CLIENTS = 2
RATE = 200 if LONG else 120
"""Requests in a second."""
SPARE_DESCRIPTORS = 20
LEVEL_AFTER = min(60.0, 20 * MINUTES)
"""Seconds in which caches fill and buffers find their size: the first minute, in short runs a third."""
MEMORY = 2_000_000 if MINUTES >= 5 else 4_000_000
"""Bytes that a process may have more or less afterwards. In seconds nothing levels off, and a leak is still more."""
BETWEEN_RESTS = min(10.0, 4 * MINUTES * 60 / 20)
REST = 1.5
REPORT = Path(__file__).resolve().parents[2] / "dist" / "reports" / "soak-endpoint.json"


class Processes:
    """All processes of some services, by what they are: the router's worker, the template of a version, …"""

    def __init__(self, services: dict[str, Any]) -> None:
        self.of: dict[str, int] = {}
        for name, service in services.items():
            status = service.status
            workers = list(status.worker_pids)
            for process in service.processes():
                pid = process.pid
                kind = "parent" if pid == status.parent_pid else "template"
                self.of[f"{name} {f'worker {workers.index(pid)}' if pid in workers else kind}"] = pid

    def descriptors(self) -> dict[str, int]:
        return {name: sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()) for name, pid in self.of.items()}

    def memory(self) -> dict[str, int]:
        return {name: made(pid) for name, pid in self.of.items()}


class Watch(threading.Thread):
    """The most descriptors that each process ever had."""

    def __init__(self, processes: Processes) -> None:
        super().__init__(daemon=True)
        self.most = processes.descriptors()
        self.fault = ""
        self._processes = processes
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.05):
            try:
                now = self._processes.descriptors()
            except OSError as fault:
                self.fault = repr(fault)
                return
            self.most = {name: max(count, now[name]) for name, count in self.most.items()}

    def end(self) -> None:
        self._ended.set()
        self.join()


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    services: list[Any] = []

    def make(name: str) -> Any:
        services.append(SERVICES.Service(tmp_path / name, sys.executable))
        return services[-1]

    yield Endpoint(make, SERVICES.wait_for)
    for service in services:
        service.clean_up()


def settled(counts: Callable[[], dict[str, int]], limits: dict[str, int]) -> dict[str, int]:
    """The descriptors once they are below their limits, or a second after the last client has left."""
    until = time.monotonic() + 1.0
    while True:
        now = counts()
        if time.monotonic() >= until or all(now[name] <= limit for name, limit in limits.items()):
            return now
        time.sleep(0.05)


def at_rest(processes: Processes) -> dict[str, int]:
    """The memory that is kept for nobody: that of the last messages is given back a second later."""
    time.sleep(REST)
    return processes.memory()


def test_nothing_of_an_endpoint_grows(endpoint: Endpoint, capsys: Any) -> None:
    for name in ("blue", "green", "red"):
        endpoint.version(name, SCRIPT)
    endpoint.up(blue=50, green=50, red=0, mirror="red", mirror_share=20)
    processes = Processes({"router": endpoint.router, **endpoint.versions})
    assert sorted(processes.of) == [
        *(f"{name} {kind}" for name in ("blue", "green", "red") for kind in ("parent", "template", "worker 0")),
        "router parent",
        "router worker 0",
    ]
    start = processes.descriptors()
    watch = Watch(processes)
    watch.start()
    load = MixedLoad(endpoint.router.status.port, CLIENTS, RATE, SEED)
    # A version answers clients of its own as well, on the same server.
    direct = MixedLoad(endpoint.versions["red"].status.port, DIRECT_CLIENTS, RATE / 10, SEED + 1)
    begun = time.monotonic()
    memory: list[tuple[float, dict[str, int]]] = []
    for each in (load, direct):
        each.start()
    while (now := time.monotonic()) < begun + 60 * MINUTES:
        time.sleep(min(BETWEEN_RESTS, begun + 60 * MINUTES - now))
        memory.append((time.monotonic() - begun, direct.rest(lambda: load.rest(lambda: at_rest(processes)))))
        assert endpoint.counts(), "parents answer as well"
    for each in (load, direct):
        each.end()
    watch.end()
    left = settled(
        processes.descriptors,
        {name: count + SPARE_DESCRIPTORS for name, count in start.items()},
    )
    level = [each for at, each in memory if at >= LEVEL_AFTER]
    told = {
        "seconds": round(time.monotonic() - begun),
        "requests": load.answered + direct.answered,
        "wrong": (load.wrong + direct.wrong)[:5],
        "descriptors": {name: [start[name], watch.most[name], left[name]] for name in start},
        "megabytes": {name: [round(each[name] / 1e6, 2) for _, each in memory] for name in start},
        "traffic": endpoint.counts(),
    }
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(told, indent=1) + "\n")
    with capsys.disabled():
        print(f"\n{told['requests']} requests in {told['seconds']} s; descriptors at the start, at most, afterwards:")
        for name in start:
            lowest, highest = (pick(each[name] for each in level) / 1e6 for pick in (min, max))
            print(
                f"  {name}: {start[name]}, {watch.most[name]}, {left[name]};"
                f" {memory[0][1][name] / 1e6:.1f} MB, then {level[0][name] / 1e6:.2f} ({lowest:.2f} to {highest:.2f})"
            )
    assert load.wrong + direct.wrong == []
    assert watch.fault == ""
    assert all(psutil.pid_exists(pid) for pid in processes.of.values())
    assert {n: c for n, c in watch.most.items() if c > 2 * CLIENTS + SPARE_DESCRIPTORS} == {}
    assert {n: c for n, c in left.items() if c > start[n] + SPARE_DESCRIPTORS} == {}
    grown = {n: [each[n] for each in level] for n in start}
    assert {n: each for n, each in grown.items() if max(abs(one - each[0]) for one in each) > MEMORY} == {}
