"""What the router of an endpoint costs: CPU time of a request in its process, and the latency that copies add.

    --seconds N    of load for each figure (2)
    --rounds N     rounds of which the median counts (5)

Two versions with an empty run() stand behind it. CPU time is what the kernel charged the router's worker, so other
work on the machine changes it little, but for what caches lose; beside it stands what a process costs that passes bytes
on without reading them. With one connection both wait twice for a request, which no router can do without: most of that
figure is the system's. Latencies are for a quiet machine. Callers of mirrored traffic pause between two requests, as a
client that keeps the machine busy would share it with the version that answers the copies.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from measurement import Measurement
from scoredock_runtime import contract
from serving.load import Told, load
from serving.peers import free_port

GOAL_MICROSECONDS = 25.0
CONNECTIONS = (1, 8, 32)
MIRROR_GOAL_MILLISECONDS = 0.02
"""Less than two rounds of the same differ by on a quiet machine."""
MOST_COPIED = 50
CALLS = 200
ROUNDS_OF_COPIES = 6
"""For each round of the other figures: of ten rounds, a few disturbed ones move the median by more than the goal."""
PAUSE_SECONDS = 0.002
BODY = json.dumps({"data": [[0.1 * column for column in range(10)]]}).encode()
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return 0.5\n"


class Costs(NamedTuple):
    """Microseconds of CPU for a request."""

    own: float
    least: float
    """Of a process that passes bytes on."""


def start(folder: Path, **changes: object) -> contract.ServiceStatus:
    """A service that answers, of a folder of its own."""
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    spec = contract.ServiceSpec(
        name=folder.name,
        revision=1,
        nonce="bench",
        python=sys.executable,
        app_root=str(folder),
        entry_script="score.py",
        port=free_port(),
        request_log=contract.LOG_OFF,
        **changes,  # type: ignore[arg-type]
    )
    (folder / contract.SPEC_FILE).write_text(contract.to_json(spec))
    words = [sys.executable, "-m", "scoredock_runtime", "start", str(folder)]
    subprocess.run(words, check=True, capture_output=True)
    while True:
        status = contract.read_status(folder)
        if status is not None and status.phase != contract.STARTING:
            assert status.phase == contract.READY, status
            return status


def stop(folder: Path) -> None:
    """Returns once it has ended, so that nothing writes into the folder any more."""
    status = contract.read_status(folder)
    if status is None:
        return
    os.kill(status.parent_pid, signal.SIGTERM)
    while Path(f"/proc/{status.parent_pid}").exists():
        time.sleep(0.02)


def cpu_of(pid: int) -> float:
    """Seconds that a process has had, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def microseconds(pid: int, port: int, connections: int, seconds: float) -> tuple[float, Told]:
    """CPU time of the process for one request."""
    before = cpu_of(pid)
    told = load(port, "/score", BODY, connections, seconds, {})
    return (cpu_of(pid) - before) / told.requests * 1e6, told


@contextlib.contextmanager
def passing_on(port: int) -> Iterator[tuple[int, int]]:
    """A process that passes bytes on to a port: its id, and the port that it listens on."""
    words = [sys.executable, "-m", "serving.pass_on", str(port)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parent)
    try:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def costs_of(router: contract.ServiceStatus, passing: tuple[int, int], connections: int, options: Any) -> Costs:
    """CPU of a request, the two in turn."""
    load(router.port, "/score", BODY, connections, 1.0, {})
    rounds = []
    for _ in range(options.rounds):
        own, told = microseconds(router.worker_pids[0], router.port, connections, options.seconds)
        least, _least_told = microseconds(*passing, connections, options.seconds)
        rounds.append((own, least, told.p50))
    own, least, p50 = (statistics.median(each) for each in zip(*rounds, strict=True))
    print(
        f"{connections} connections: {own:.1f} µs, bytes passed on {least:.1f} µs, p50 {p50 * 1e3:.2f} ms", flush=True
    )
    return Costs(own, least)


def mirror(router: contract.ServiceStatus, routes: contract.Routes, share: int) -> None:
    """The first version answers all requests, and the second one gets copies of so many percent."""
    shares = [dataclasses.replace(each, share=given) for each, given in zip(routes.versions, (100, 0), strict=True)]
    told = dataclasses.replace(routes, versions=shares, mirror=routes.versions[1].name if share else "")
    told = dataclasses.replace(told, mirror_share=share)
    connection = http.client.HTTPConnection("127.0.0.1", router.control_port, timeout=30)
    body = json.dumps({"routes": dataclasses.asdict(told)})
    connection.request("POST", "/routes", body, {"Authorization": "Bearer bench"})
    assert connection.getresponse().status == 200
    connection.close()


def paced_p50(port: int) -> float:
    """Seconds that a caller waits who pauses between two requests."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    taken = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        connection.request("POST", "/score", BODY, {"Content-Type": "application/json"})
        assert connection.getresponse().read() == b"0.5"
        taken.append(time.perf_counter() - begun)
        time.sleep(PAUSE_SECONDS)
    connection.close()
    return statistics.median(taken)


def mirrored(router: contract.ServiceStatus, routes: contract.Routes, rounds: int) -> Measurement:
    """What a caller waits without copies and with the most that there can be, in turn."""
    seen: dict[int, list[float]] = {0: [], MOST_COPIED: []}
    for number in range(ROUNDS_OF_COPIES * rounds):
        for share in sorted(seen, reverse=bool(number % 2)):
            mirror(router, routes, share)
            seen[share].append(paced_p50(router.port) * 1e3)
    alone, copied = (statistics.median(each) for each in seen.values())
    noise = statistics.median(abs(each - alone) for each in seen[0])
    print(
        f"a caller waits {alone:.3f} ms, with half of the requests copied {copied:.3f} ms; rounds differ by {noise:.3f}"
    )
    return Measurement(
        "what copies of requests add to a caller's wait (median, 50% copied)",
        f"≤ {MIRROR_GOAL_MILLISECONDS:g} ms",
        f"{copied - alone:.3f} ms",
        copied - alone <= MIRROR_GOAL_MILLISECONDS,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sd-bench-") as place:
        root = Path(place)
        versions = [start(root / name) for name in ("blue", "green")]
        routes = contract.Routes(
            [contract.Route(name, each.port, 50) for name, each in zip(("blue", "green"), versions, strict=True)],
            "blue",
        )
        router = start(root / "router", routes=routes, template=False)
        try:
            with passing_on(versions[0].port) as passing:
                costs = {each: costs_of(router, passing, each, options) for each in CONNECTIONS}
            copies = mirrored(router, routes, options.rounds)
        finally:
            for name in ("router", "blue", "green"):
                stop(root / name)
    for connections, cost in costs.items():
        alone = connections == 1
        Measurement(
            f"CPU of a request in the router, {connections} connection{'' if alone else 's'}",
            f"{cost.least:.1f} µs to pass bytes on" if alone else f"≤ {GOAL_MICROSECONDS:g} µs",
            f"{cost.own:.1f} µs",
            None if alone else cost.own <= GOAL_MICROSECONDS,
        ).emit()
    copies.emit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
