"""The rounds of the measurement: every server once in each, in an order of its own, so that what the machine does
meanwhile falls on all alike."""

from __future__ import annotations

import json
import math
import random
import resource
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from serving import features
from serving import reload as reloading
from serving.load import load
from serving.peers import APPLICATIONS, OURS, Peer
from serving.processes import NoAnswer, Server, cores, serving
from serving.workloads import EMPTY, ROWS, SMALL, Workload, plain_body

WARM_UP = 40
"""Requests before the clock runs, so that first times are not part of it."""

BARE = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
import score
score.init()
told = []
for text, count in json.load(sys.stdin):
    for _ in range(count // 10):
        score.run(text)
    begun = time.process_time()
    for _ in range(count):
        score.run(text)
    told.append((time.process_time() - begun) / count)
print(json.dumps(told))
"""


@dataclass
class Figures:
    """Everything measured; one entry of each list a round. CPU in microseconds of a request, times in seconds."""

    cells: dict[str, dict[str, dict[str, list[float]]]] = field(default_factory=dict)
    """Server, workload, then cpu, rate, p50, p99."""
    starts: dict[str, list[float]] = field(default_factory=dict)
    empty_starts: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, list[float]] = field(default_factory=dict)
    bare: dict[str, list[float]] = field(default_factory=dict)
    features: dict[str, list[float]] = field(default_factory=dict)
    without: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """CPU of a request without one of `features.PARTS`, by workload."""
    reloads: dict[str, list[float]] = field(default_factory=dict)
    """The fields of `reload.Reloads`."""
    missing: dict[str, str] = field(default_factory=dict)
    others: list[float] = field(default_factory=list)
    """Share of the machine that other programs took during each load."""


class Rounds:
    """Measures round after round into `figures`."""

    def __init__(self, pythons: dict[Peer, Path], seconds: float, seed: int, say: Callable[[str], None]) -> None:
        self.figures = Figures()
        self._pythons = pythons
        self._ours = next(python for peer, python in pythons.items() if peer.name == OURS)
        self._seconds = seconds
        self._chance = random.Random(seed)
        self._say = say
        self._expected: dict[int, list[float]] = {}
        self._fault = ""
        self._measured_now: list[tuple[list[float], float]] = []

    def round(self, number: int) -> None:
        """The rounds are numbered from 0; some servers have their turn in every third only."""
        steps: list[tuple[str, Callable[[], None]]] = [("bare", self._bare), ("reload", self._reload)]
        steps += [
            (peer.name, lambda peer=peer: self._peer(peer)) for peer in self._pythons if number % peer.rounds_apart == 0
        ]
        steps += [(name, lambda name=name: self._feature(name)) for name in features.FEATURES]
        steps += [(f"without {name}", lambda name=name: self._without(name)) for name in features.PARTS]
        self._chance.shuffle(steps)
        for name, step in steps:
            begun = time.perf_counter()
            # Once more where it fails: a round in which a server is missing would spoil the ratios of all.
            if not (self._succeeds(name, step) or self._succeeds(name, step)):
                self.figures.missing[name] = self._fault
            self._say(f"  {name}: {time.perf_counter() - begun:.1f} s")

    def _succeeds(self, name: str, step: Callable[[], None]) -> bool:
        """What it measured counts as a whole or not at all."""
        self._measured_now = []
        try:
            step()
        except (NoAnswer, OSError, subprocess.SubprocessError, ValueError, psutil.Error) as fault:
            self._fault = str(fault)[:300]
            self._say(f"  {name} failed: {fault!r}")
            return False
        for values, value in self._measured_now:
            values.append(value)
        return True

    def _add(self, lists: dict[str, list[float]], name: str, value: float) -> None:
        self._measured_now.append((lists.setdefault(name, []), value))

    def _peer(self, peer: Peer) -> None:
        workloads = [*SMALL, ROWS]
        self._chance.shuffle(workloads)
        with serving(peer, self._pythons[peer], "score.py", peer.body(SMALL[0].rows)) as server:
            self._add(self.figures.starts, peer.name, server.started)
            for workload in workloads:
                self._check(server, workload)
            server.settle()
            for workload in workloads:
                self._cell(server, workload)
            self._add(self.figures.memory, peer.name, server.memory())
        if peer.serves_empty:
            with serving(peer, self._pythons[peer], EMPTY.script, peer.body(EMPTY.rows)) as server:
                self._add(self.figures.empty_starts, peer.name, server.started)
                server.settle()
                self._cell(server, EMPTY)

    def _check(self, server: Server, workload: Workload) -> None:
        """The same numbers from all, or what follows compares nothing."""
        told = server.peer.answers(json.loads(server.ask(server.peer.body(workload.rows))))
        expected = self._expected.setdefault(workload.row_count, told)
        if len(told) != workload.row_count or not all(map(math.isclose, told, expected)):
            raise NoAnswer(f"other numbers than the rest: {str(told)[:200]}")

    def _cell(self, server: Server, workload: Workload) -> None:
        cell = self.figures.cells.setdefault(server.peer.name, {}).setdefault(workload.key, {})
        for name, value in self._measured(server, workload, {}).items():
            self._add(cell, name, value)

    def _measured(self, server: Server, workload: Workload, headers: dict[str, str]) -> dict[str, float]:
        body = server.peer.body(workload.rows)
        for _ in range(WARM_UP):
            server.ask(body, headers)
        machine, own, used = _busy(), _own_and_children(), server.cpu_seconds()
        told = load(server.port, server.peer.path, body, workload.connections, self._seconds, headers)
        used = server.cpu_seconds() - used
        others = _busy() - machine - (_own_and_children() - own) - used
        self.figures.others.append(max(0.0, others / (told.seconds * cores())))
        rate = told.requests / told.seconds
        return {"cpu": used / told.requests * 1e6, "rate": rate, "p50": told.p50, "p99": told.p99}

    def _feature(self, name: str) -> None:
        peer, headers = features.with_feature(name), features.headers_for(name)
        with serving(peer, self._ours, "score.py", peer.body(SMALL[0].rows), headers) as server:
            server.settle()
            self._add(self.figures.features, name, self._measured(server, SMALL[-1], headers)["cpu"])

    def _without(self, name: str) -> None:
        peer = features.without_part(name)
        with serving(peer, self._ours, "score.py", peer.body(SMALL[0].rows)) as server:
            server.settle()
            lists = self.figures.without.setdefault(name, {})
            for workload in (SMALL[-1], ROWS):
                self._add(lists, workload.key, self._measured(server, workload, {})["cpu"])

    def _reload(self) -> None:
        for name, values in asdict(reloading.measure(self._ours, 3)).items():
            for value in values:
                self._add(self.figures.reloads, name, value)

    def _bare(self) -> None:
        """run() in a loop, in the environment of ours, with the standard library's JSON."""
        asked: list[Any] = [
            (plain_body(workload.rows).decode(), 20_000 // workload.row_count + 100) for workload in (SMALL[0], ROWS)
        ]
        words = [str(self._ours), "-c", BARE, str(APPLICATIONS)]
        done = subprocess.run(words, input=json.dumps(asked), capture_output=True, text=True, check=True)
        for name, value in zip(("small", "rows"), json.loads(done.stdout), strict=True):
            self._add(self.figures.bare, name, value * 1e6)


def _busy() -> float:
    """CPU seconds of the whole machine; what a hypervisor took counts as somebody else's."""
    times = psutil.cpu_times()
    return float(times.user + times.system + getattr(times, "steal", 0.0))


def _own_and_children() -> float:
    """CPU seconds of this program and the clients it has run."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
