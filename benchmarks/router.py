"""What the router of an endpoint costs: CPU time of a request in its process, and the latency that it adds.

    --seconds N    of load for each figure (3)
    --rounds N     rounds of which the median counts (3)

Two versions with an empty run() stand behind it. CPU time is what the kernel charged the router's worker, so other
work on the machine changes it little, but for what caches lose; latencies are for a quiet machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import http.client
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from measurement import Measurement
from scoredock_runtime import contract
from serving.load import Told, load
from serving.peers import free_port

GOAL_MICROSECONDS = 25.0
CONNECTIONS = (1, 8, 32)
BODY = json.dumps({"data": [[0.1 * column for column in range(10)]]}).encode()
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return 0.5\n"


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
    status = contract.read_status(folder)
    if status is not None:
        subprocess.run(["kill", str(status.parent_pid)], check=False, capture_output=True)


def cpu_of(pid: int) -> float:
    """Seconds that a process has had, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def microseconds(pid: int, port: int, connections: int, seconds: float) -> tuple[float, Told]:
    """CPU time of the process for one request."""
    before = cpu_of(pid)
    told = load(port, "/score", BODY, connections, seconds, {})
    return (cpu_of(pid) - before) / told.requests * 1e6, told


def mirrored_p50s(router: contract.ServiceStatus, routes: contract.Routes, seconds: float) -> tuple[float, float]:
    """Median latency in seconds without copies, and with one of every second request that the other version gets."""
    p50s = []
    for mirror, share in (("", 0), ("green", 50)):
        told = dataclasses.replace(
            routes,
            versions=[
                dataclasses.replace(routes.versions[0], share=100),
                dataclasses.replace(routes.versions[1], share=0),
            ],
            mirror=mirror,
            mirror_share=share,
        )
        connection = http.client.HTTPConnection("127.0.0.1", router.control_port, timeout=30)
        body = json.dumps({"routes": dataclasses.asdict(told)})
        connection.request("POST", "/routes", body, {"Authorization": "Bearer bench"})
        assert connection.getresponse().status == 200
        connection.close()
        p50s.append(load(router.port, "/score", BODY, 1, seconds, {}).p50)
    return p50s[0], p50s[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    costs: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="sd-bench-") as place:
        root = Path(place)
        versions = [start(root / name) for name in ("blue", "green")]
        routes = contract.Routes(
            [contract.Route(name, each.port, 50) for name, each in zip(("blue", "green"), versions, strict=True)],
            "blue",
        )
        router = start(root / "router", routes=routes, template=False)
        try:
            for connections in CONNECTIONS:
                load(router.port, "/score", BODY, connections, 1.0, {})
                rounds = []
                for _ in range(options.rounds):
                    direct = load(versions[0].port, "/score", BODY, connections, options.seconds, {})
                    rounds.append(
                        (*microseconds(router.worker_pids[0], router.port, connections, options.seconds), direct)
                    )
                cost, told, direct = sorted(rounds, key=lambda each: each[0])[len(rounds) // 2]
                costs[connections] = cost
                print(
                    f"{connections} connections: {cost:.1f} µs, p50 {told.p50 * 1e3:.2f} ms, "
                    f"direct {direct.p50 * 1e3:.2f} ms, {told.requests} requests",
                    flush=True,
                )
            alone, copied = mirrored_p50s(router, routes, options.seconds)
            print(f"p50 over 1 connection: {alone * 1e3:.2f} ms, half of the requests copied {copied * 1e3:.2f} ms")
        finally:
            for name in ("router", "blue", "green"):
                stop(root / name)
    busy = costs[CONNECTIONS[-1]]
    Measurement(
        f"CPU of a request in the router, {CONNECTIONS[-1]} connections",
        f"≤ {GOAL_MICROSECONDS:g} µs",
        f"{busy:.1f} µs",
        busy <= GOAL_MICROSECONDS,
    ).emit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
