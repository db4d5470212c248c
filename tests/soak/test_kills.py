"""Killed workers under load, a thousand in the long run: no request is lost but those that the killed one had."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import threading
import time
from functools import partial
from typing import Any

import pytest

from depth import rounds
from pace import within

KILLS = rounds(gate=8, long=1000, name="SCOREDOCK_SOAK_KILLS")

pytestmark = [pytest.mark.chance, pytest.mark.timeout(200 + 4 * KILLS)]

CLIENTS = 6
WORKERS = 2
REPLACED_WITHIN = 2.0


class Asker(threading.Thread):
    """Asks one after the other, and says of each failure whose connection it was."""

    def __init__(self, port: int, number: int, killed: dict[int, float], stop: threading.Event) -> None:
        super().__init__()
        self.port, self.number, self.killed, self.stop = port, number, killed, stop
        self.answered = 0
        self.seen: set[int] = set()
        """Process ids of the workers that answered."""
        self.cut = 0
        """Failures on connections of killed workers."""
        self.lost: list[str] = []
        """Failures that nobody's death explains."""
        self.refused: list[str] = []

    def run(self) -> None:
        connection: http.client.HTTPConnection | None = None
        owner, asked = 0, 0
        while not self.stop.is_set():
            asked += 1
            name = f"{self.number}.{asked}"
            begun = time.monotonic()
            if connection is None:
                connection, owner = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20), 0
                try:
                    connection.connect()
                except OSError as fault:
                    self.refused.append(f"{name}: {fault!r}")
                    connection = None
                    continue
            try:
                connection.request("POST", "/score", json.dumps({"pid": name}), {"x-request-id": name})
                response = connection.getresponse()
                told = json.loads(response.read())
                if response.status != 200 or told[0] != name:
                    self.lost.append(f"{name}: {response.status} {told}")
                owner = told[1]
                self.seen.add(owner)
                self.answered += 1
                if asked % 20 == 0:
                    connection.close()  # so that new workers get their share
                    connection = None
            except (OSError, http.client.HTTPException) as fault:
                died = self.killed.get(owner) if owner else max(self.killed.values(), default=0.0)
                # A connection that has answered belongs to a worker; a new one to any that died since it was made.
                if died is not None and (owner or died >= begun - 1.0):
                    self.cut += 1
                else:
                    self.lost.append(f"{name} of {owner or 'a new connection'}: {fault!r}")
                with contextlib.suppress(OSError):
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()


def is_whole(service: Any, killed: dict[int, float], restarts: int) -> bool:
    """Whether all workers are ready again, after so many restarts."""
    status = service.status
    alive = set(status.worker_pids) - set(killed)
    return status.phase == "ready" and len(alive) == WORKERS and status.restarts >= restarts


def working(service: Any, askers: list[Asker], killed: dict[int, float]) -> list[int]:
    """Workers that have answered, once all of them have."""
    alive = [pid for pid in service.status.worker_pids if pid not in killed]
    seen = set().union(*(set(each.seen) for each in askers))
    return alive if len(alive) == WORKERS and set(alive) <= seen else []


def test_only_the_requests_of_killed_workers_are_lost(service: Any, script: str, wait_for: Any, capsys: Any) -> None:
    service.up(script, worker_count=WORKERS, metrics=True)
    killed: dict[int, float] = {}
    stop = threading.Event()
    askers = [Asker(service.status.port, number, killed, stop) for number in range(CLIENTS)]
    for each in askers:
        each.start()
    chance = random.Random(20261120)
    replaced: list[float] = []
    begun = time.monotonic()
    for number in range(KILLS):
        # One that works: what ends without having answered anything counts towards giving the service up.
        victim = chance.choice(wait_for(lambda: working(service, askers, killed)))
        time.sleep(chance.random() * 0.02)
        killed[victim] = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        wait_for(partial(is_whole, service, killed, number + 1), 30)
        replaced.append(time.monotonic() - killed[victim])
    taken = time.monotonic() - begun
    stop.set()
    for each in askers:
        each.join()
    answered, cut = sum(each.answered for each in askers), sum(each.cut for each in askers)
    replaced.sort()
    with capsys.disabled():
        print(
            f"\n{KILLS} kills in {taken:.0f} s: {answered} answered, {cut} cut with their worker, "
            f"{sum(len(each.lost) for each in askers)} lost, {sum(len(each.refused) for each in askers)} refused; "
            f"replaced after {replaced[len(replaced) // 2] * 1000:.0f} ms, at most {replaced[-1] * 1000:.0f} ms"
        )
    assert [each.lost for each in askers if each.lost] == []
    assert [each.refused for each in askers if each.refused] == []
    assert cut <= KILLS * CLIENTS
    assert answered > KILLS
    assert within(replaced[int(len(replaced) * 0.99)], REPLACED_WITHIN)
    assert service.status.restarts >= KILLS
    assert service.score({"pid": "after"}).status == 200
