"""What a Python of its own costs a script: the same service with its script in the worker and in a process beside it.

    --seconds N    of load for each figure (2)
    --rounds N     rounds of which the median counts (7)

One supported Python on both sides, so that nothing but the second process differs. CPU time is that of all processes
of the service.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import statistics
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
SMALL = plain_body([[0.1 * column for column in range(10)]])
LARGE = b'{"data": "' + b"0123456789" * 1_000_000 + b'"}'
WARM_UP = 200
IN_WORKER = next(peer for peer in PEERS if peer.name == OURS)


def _beside(python: Path, folder: Path, port: int) -> list[str]:
    spec(python, folder, port, script_python=str(python))
    return [str(python), "-m", "scoredock_runtime", "serve", str(folder)]


BESIDE = dataclasses.replace(IN_WORKER, name="script in a process of its own", command=_beside)
Figures = dict[tuple[str, str], list[float]]


def measure(peer: Peer, python: Path, seconds: float, figures: Figures) -> None:
    """CPU microseconds of a small request by the number of connections, and milliseconds of a large one."""
    with serving(peer, python, "empty.py", SMALL) as server:
        server.settle()
        for _ in range(WARM_UP):
            server.ask(SMALL)
        for connections in CONNECTIONS:
            used = server.cpu_seconds()
            told = load(server.port, peer.path, SMALL, connections, seconds, {})
            cost = (server.cpu_seconds() - used) / told.requests * 1e6
            figures.setdefault((peer.name, f"{connections}"), []).append(cost)
        server.ask(LARGE)
        told = load(server.port, peer.path, LARGE, 1, seconds, {})
        figures.setdefault((peer.name, "large"), []).append(told.p50 * 1000.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    python = interpreter(IN_WORKER.name, IN_WORKER.packages)
    figures: Figures = {}
    for number in range(options.rounds):
        order = [IN_WORKER, BESIDE]
        random.shuffle(order)
        for peer in order:
            measure(peer, python, options.seconds, figures)
        print(f"round {number + 1} of {options.rounds}", flush=True)
    middle = {key: statistics.median(values) for key, values in figures.items()}
    for connections in map(str, CONNECTIONS):
        own, plain = middle[BESIDE.name, connections], middle[IN_WORKER.name, connections]
        what = f"script in a process of its own: CPU of a request, {connections} connections"
        said = f"{own - plain:.0f} µs more ({plain:.0f} without)"
        Measurement(what, f"<= {GOAL_MICROSECONDS:g} µs more", said, own - plain <= GOAL_MICROSECONDS).emit()
    ratio = statistics.median(
        own / plain for own, plain in zip(figures[BESIDE.name, "large"], figures[IN_WORKER.name, "large"], strict=True)
    )
    said = f"{ratio:.2f} times ({middle[IN_WORKER.name, 'large']:.1f} ms without)"
    Measurement(
        "script in a process of its own: a body of 10 MB", f"<= {GOAL_LARGE} times", said, ratio <= GOAL_LARGE
    ).emit()


if __name__ == "__main__":
    main()
