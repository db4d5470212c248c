"""Workers that crash, are killed or no longer answer: replaced soon, others unharmed, the service never given up."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from depth import rounds
from pace import within
from scoredock_runtime import contract
from scoredock_runtime.contract import Liveness
from scoredock_runtime.parent.probes import HUNG, LivenessProbe
from scoredock_runtime.parent.restarts import Restarts

KILLS = rounds(gate=8, long=200, name="SCOREDOCK_WORKER_KILLS")

ECHO = "import os\ndef init(): pass\ndef run(data):\n    return os.getpid()\n"

QUICK = Liveness(period=0.2, initial_delay=0.0, timeout=0.3, failure_threshold=3)


@pytest.mark.chance
def test_a_worker_that_stops_answering_is_killed_and_replaced(service: Any, wait_for: Any) -> None:
    service.up(ECHO, liveness=QUICK)
    pid = service.score(1).json()
    os.kill(pid, signal.SIGSTOP)
    stat = Path(f"/proc/{pid}/stat")
    wait_for(lambda: not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "T")
    begun = time.monotonic()
    assert wait_for(lambda: service.score(1).json()) != pid
    assert within(time.monotonic() - begun, 3 * (0.2 + 0.3) + 2)
    assert f"Worker {pid} has not answered 3 times." in service.log_text()
    status = wait_for(lambda: service.status if service.status.phase == contract.READY else None)
    assert status.restarts == 1


def test_a_long_run_is_no_hang(service: Any) -> None:
    """Pings are answered beside run(), whether it waits or computes."""
    service.up(
        "import time\ndef init(): pass\ndef run(data):\n    end = time.time() + 2\n    time.sleep(1)\n"
        "    while time.time() < end: pass\n    return 'done'\n",
        liveness=Liveness(period=0.2, initial_delay=0.0, timeout=1.0, failure_threshold=2),
    )
    assert service.score(1).json() == "done"
    assert service.status.restarts == 0


def test_a_worker_at_a_breakpoint_is_not_asked(service: Any, wait_for: Any) -> None:
    """A worker under a debugger: here nobody listens, so only that no ping is ever due."""
    pulse = LivenessProbe(QUICK, 0.0)
    assert pulse.due() is None
    pulse.begin(1.0)
    pulse.rest()
    assert pulse.due() is None
    assert pulse.act(1e9) is None


@pytest.mark.chance
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_worker_is_replaced_in_two_seconds_beside_another(service: Any, wait_for: Any) -> None:
    service.up(ECHO, worker_count=2)
    for _ in range(rounds(gate=2, long=5)):
        pid = service.score(1).json()
        os.kill(pid, signal.SIGKILL)
        begun = time.monotonic()
        wait_for(lambda pid=pid: is_whole(service, pid))
        assert within(time.monotonic() - begun, 2)
        assert service.score(1).status == 200


def is_whole(service: Any, gone: int) -> bool:
    status = service.status
    return status.phase == contract.READY and len(status.worker_pids) == 2 and gone not in status.worker_pids


class Load:
    """Clients that ask without pause, each on a connection of its own, and count lost answers."""

    def __init__(self, port: int, clients: int = 4) -> None:
        self.answered = 0
        self.lost = 0
        self.wrong: list[int] = []
        self._port = port
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(clients)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(20)

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        while not self._ended.is_set():
            try:
                connection.request("POST", "/score", "1", {"Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    self.wrong.append(response.status)
                self.answered += 1
            except (OSError, http.client.HTTPException):
                self.lost += 1
                connection.close()


@pytest.mark.long("tests/soak/test_kills.py kills workers under load at the gate")
@pytest.mark.chance
@pytest.mark.timeout(100 + KILLS)
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_kills_under_load_lose_only_what_the_killed_worker_had(service: Any, wait_for: Any) -> None:
    """SCOREDOCK_WORKER_KILLS=1000 for a longer form."""
    service.up(ECHO, worker_count=2)
    chance = random.Random(1)
    with Load(service.status.port) as load:
        for number in range(KILLS):
            seen = load.answered
            wait_for(lambda seen=seen: load.answered > seen + 3)
            pids = wait_for(lambda: service.status.worker_pids)
            pid = chance.choice(pids)
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            wait_for(lambda pid=pid: is_whole(service, pid), 10)
            assert load.lost <= 4 * (number + 1)
    assert load.wrong == []
    status = service.status
    assert (status.phase, len(status.worker_pids)) == (contract.READY, 2)
    print(f"{KILLS} kills, {load.answered} answers, {load.lost} lost with their workers, {status.restarts} restarts")
    # A client waits for one answer at a time, so a kill can cost each client one.
    assert load.lost <= 4 * KILLS


@pytest.mark.chance
def test_a_script_that_crashes_at_its_first_request_each_time_is_given_up(service: Any, wait_for: Any) -> None:
    """None of its workers was ever of use."""
    service.up("import os\ndef init(): pass\ndef run(data):\n    os._exit(5)\n", restart_limit=2)

    def ask() -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            service.score(1)
        return bool(service.status.phase == contract.FAILED)

    wait_for(ask)
    assert "ended 3 times" in service.status.failure.message


# Without processes


def test_useful_workers_may_end_as_often_as_they_like() -> None:
    restarts = Restarts()
    for second in range(1000):
        assert restarts.ended(second * 0.01, useful=True, limit=5, window=600) == 0.0
    delays = [restarts.ended(100 + i, useful=False, limit=5, window=600) for i in range(6)]
    assert delays == [0.0, 1.0, 2.0, 4.0, 8.0, None]
    restarts.clear()
    assert restarts.ended(200, useful=False, limit=5, window=600) == 0.0


def test_while_others_are_of_use_nothing_is_given_up() -> None:
    restarts = Restarts()
    rule: dict[str, Any] = {"useful": False, "limit": 2, "window": 600, "others": True}
    assert [restarts.ended(i, ready=True, **rule) for i in range(20)] == [0.0, *[1.0] * 19]
    assert restarts.ended(20, ready=False, **rule) == 60.0
    assert restarts.ended(21, useful=False, limit=2, window=600) is None


def test_failures_outside_the_window_do_not_count() -> None:
    restarts = Restarts()
    for second in range(0, 10_000, 300):
        assert restarts.ended(second, useful=False, limit=2, window=600) is not None


def test_pings_as_kubernetes_probes() -> None:
    pulse = LivenessProbe(Liveness(period=10, initial_delay=30, timeout=2, failure_threshold=2), started=100.0)
    pulse.begin(105.0)
    assert pulse.due() == 130.0  # counted from the start of the worker
    assert pulse.act(129.0) is None
    assert pulse.act(130.0) == 1
    pulse.answered(1)
    assert pulse.due() == 140.0
    assert pulse.act(140.0) == 2
    assert pulse.act(142.0) is None  # missed once
    assert pulse.act(150.0) == 3
    pulse.answered(2)  # late, and yet a sign of life
    assert pulse.act(152.0) is None
    assert pulse.act(160.0) == 4
    assert pulse.act(162.0) == HUNG
    assert pulse.due() is None


def test_a_threshold_of_none_means_no_pings() -> None:
    pulse = LivenessProbe(Liveness(failure_threshold=0), started=0.0)
    pulse.begin(400.0)
    assert pulse.due() is None


def test_the_first_ping_waits_for_readiness() -> None:
    pulse = LivenessProbe(Liveness(period=10, initial_delay=5), started=0.0)
    assert pulse.due() is None
    pulse.begin(400.0)
    assert pulse.due() == 400.0


@pytest.mark.chance
def test_a_run_that_does_not_come_back_costs_its_worker_only(service: Any, wait_for: Any) -> None:
    service.up(
        "import os, time\ndef init(): pass\ndef run(data):\n    while data == '1':\n        try:\n"
        "            time.sleep(60)\n        except BaseException:\n            pass\n    return os.getpid()\n",
        environment={"SCORING_TIMEOUT_MS": "300"},
    )
    pid = service.score(0).json()
    begun = time.monotonic()
    threading.Thread(target=ask_in_vain, args=(service,), daemon=True).start()
    wait_for(
        lambda: service.log_text().count(f"Worker {pid} is killed: run() did not come back from its time-out.\n") == 1
    )
    wait_for(lambda: service.score(0).json() != pid)
    print(f"request to fresh worker: {time.monotonic() - begun:.1f} s")
    wait_for(lambda: service.status.phase == contract.READY)
    assert service.status.restarts == 1


def ask_in_vain(service: Any) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        service.score(1)


@pytest.mark.chance
def test_what_waits_behind_a_run_that_does_not_come_back_is_503(service: Any, wait_for: Any) -> None:
    service.up(
        "import time\ndef init(): pass\ndef run(data):\n    print('asked', data, flush=True)\n    while data == '1':\n"
        "        try:\n            time.sleep(60)\n        except BaseException:\n            pass\n    return 'ran'\n",
        environment={"SCORING_TIMEOUT_MS": "500"},
    )
    statuses: list[int] = []
    stuck = threading.Thread(target=lambda: statuses.append(service.score(1).status))
    stuck.start()
    wait_for(lambda: "asked 1" in service.log_text())
    behind = service.score(0)
    stuck.join(20)
    assert (statuses, behind.status) == ([504], 503)
    assert int(behind.headers["retry-after"]) >= 1
    assert "asked 0" not in service.log_text()
    wait_for(lambda: service.status.phase == contract.READY)
    assert service.score(0).json() == "ran"
