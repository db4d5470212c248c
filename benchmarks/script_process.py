"""What a Python of its own costs a script: the same service with its script in the worker and in a process beside it.

    --seconds N    of load for each figure (2)
    --rounds N     rounds of which the median counts (7)

One supported Python on both sides, so that nothing but the second process differs. CPU time is that of all processes
of the service.

All run on one processor, where the goal holds, and then on all of them. On a virtual machine it costs the kernel 30 to
100 µs to wake a processor that sleeps, and a second process has two more of these for each request: how much that is
here is measured beside it, by two processes that do nothing but send 200 bytes back and forth.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import random
import resource
import statistics
from collections.abc import Iterator
from pathlib import Path

from measurement import Measurement
from serving.load import load
from serving.peers import OURS, PEERS, Peer, interpreter, spec
from serving.processes import serving
from serving.workloads import plain_body

GOAL_MICROSECONDS = 60.0
GOAL_LARGE = 1.3
"""Times what a plain service takes for a large body."""
CONNECTIONS = (1, 32)
ONE, ALL = "one processor", "all processors"
ROUND_TRIPS = 5_000
SMALL = plain_body([[0.1 * column for column in range(10)]])
LARGE = b'{"data": "' + b"0123456789" * 1_000_000 + b'"}'
WARM_UP = 200
IN_WORKER = next(peer for peer in PEERS if peer.name == OURS)


def _beside(python: Path, folder: Path, port: int) -> list[str]:
    spec(python, folder, port, script_python=str(python))
    return [str(python), "-m", "scoredock_runtime", "serve", str(folder)]


BESIDE = dataclasses.replace(IN_WORKER, name="script in a process of its own", command=_beside)
Figures = dict[tuple[str, str, str], list[float]]
"""By where it ran, what ran, and what is measured of it."""


@contextlib.contextmanager
def _on(where: str) -> Iterator[None]:
    """This process, and all that it starts, on these processors."""
    processors = os.sched_getaffinity(0)
    try:
        if where == ONE:
            os.sched_setaffinity(0, {max(processors)})
        yield
    finally:
        os.sched_setaffinity(0, processors)


def _round_trip() -> float:
    """CPU microseconds of two processes that send 200 bytes there and back: less than that no second process costs."""
    (there_end, there), (back_end, back) = os.pipe(), os.pipe()
    before = sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    child = os.fork()
    if not child:
        for _ in range(ROUND_TRIPS):
            os.write(back, os.read(there_end, 4096))
        os._exit(0)
    for _ in range(ROUND_TRIPS):
        os.write(there, bytes(200))
        os.read(back_end, 4096)
    os.waitpid(child, 0)
    for descriptor in (there_end, there, back_end, back):
        os.close(descriptor)
    after = sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    return (after - before) / ROUND_TRIPS * 1e6


def measure(peer: Peer, python: Path, seconds: float, where: str, figures: Figures) -> None:
    """CPU microseconds of a small request by the number of connections, and milliseconds of a large one."""
    with serving(peer, python, "empty.py", SMALL) as server:
        server.settle()
        for _ in range(WARM_UP):
            server.ask(SMALL)
        for connections in CONNECTIONS:
            used = server.cpu_seconds()
            told = load(server.port, peer.path, SMALL, connections, seconds, {})
            cost = (server.cpu_seconds() - used) / told.requests * 1e6
            figures.setdefault((where, peer.name, f"{connections}"), []).append(cost)
        if where == ALL:
            server.ask(LARGE)
            told = load(server.port, peer.path, LARGE, 1, seconds, {})
            figures.setdefault((where, peer.name, "large"), []).append(told.p50 * 1000.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    python = interpreter(IN_WORKER.name, IN_WORKER.packages)
    figures: Figures = {}
    bare: dict[str, list[float]] = {ONE: [], ALL: []}
    for number in range(options.rounds):
        order = [(where, peer) for where in (ONE, ALL) for peer in (IN_WORKER, BESIDE)]
        random.shuffle(order)
        for where, peer in order:
            with _on(where):
                measure(peer, python, options.seconds, where, figures)
        for where, costs in bare.items():
            with _on(where):
                costs.append(_round_trip())
        print(f"round {number + 1} of {options.rounds}", flush=True)
    middle = {key: statistics.median(values) for key, values in figures.items()}
    for where in (ONE, ALL):
        for connections in map(str, CONNECTIONS):
            own, plain = middle[where, BESIDE.name, connections], middle[where, IN_WORKER.name, connections]
            what = f"script in a process of its own, {where}: CPU of a request, {connections} connections"
            said = (
                f"{own - plain:.0f} µs more ({plain:.0f} without; bare round trip {statistics.median(bare[where]):.0f})"
            )
            goal = f"<= {GOAL_MICROSECONDS:g} µs more" if where == ONE else ""
            Measurement(what, goal, said, own - plain <= GOAL_MICROSECONDS if goal else None).emit()
    ratio = statistics.median(
        own / plain
        for own, plain in zip(figures[ALL, BESIDE.name, "large"], figures[ALL, IN_WORKER.name, "large"], strict=True)
    )
    said = f"{ratio:.2f} times ({middle[ALL, IN_WORKER.name, 'large']:.1f} ms without)"
    Measurement(
        "script in a process of its own: a body of 10 MB", f"<= {GOAL_LARGE} times", said, ratio <= GOAL_LARGE
    ).emit()


if __name__ == "__main__":
    main()
