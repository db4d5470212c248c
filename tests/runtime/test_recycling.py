"""Fresh workers for worn ones, without a lost request."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from scoredock_runtime import contract
from scoredock_runtime.parent import growth

from .test_hang import Load

PID = "import os\ndef init(): pass\ndef run(data):\n    return os.getpid()\n"
OPENS = """
import json, os
kept = []
def init(): pass
def run(data):
    kept.extend(os.open("/dev/null", 0) for _ in range(json.loads(data)))
    return os.getpid()
"""
# As fast as a client can ask, it would fill the memory of the machine before the first look at it.
LEAK = """
import os, time
kept = []
def init(): pass
def run(data):
    kept.append(bytearray(os.urandom(1)) * 4_000_000)
    time.sleep(0.02)
    return os.getpid()
"""


@pytest.mark.chance
def test_a_worker_is_replaced_after_so_many_requests_and_none_is_lost(service: Any, wait_for: Any) -> None:
    service.up(PID, recycle_requests=50)
    first = service.status.worker_pids
    with Load(service.status.port) as load:
        wait_for(lambda: service.log_text().count("is replaced by a fresh one: it has answered 50 requests.") >= 3)
        wait_for(lambda: load.answered > 250)
    assert (load.lost, load.wrong) == (0, [])
    status = wait_for(lambda: service.status if len(service.status.worker_pids) == 1 else None)
    assert not set(first) & set(status.worker_pids)
    assert (status.phase, status.restarts, status.reloads, status.failure) == (contract.READY, 0, 0, None)


def test_a_worker_that_holds_too_much_memory_is_replaced(service: Any, wait_for: Any) -> None:
    service.up(LEAK, recycle_megabytes=150)
    first = service.score(1).json()
    with Load(service.status.port, clients=1) as load:
        wait_for(lambda: "MB, more than 150." in service.log_text())
        wait_for(lambda: first not in service.status.worker_pids)
        seen = load.answered
        wait_for(lambda: load.answered > seen + 3)
    assert (load.lost, load.wrong) == (0, [])


def test_a_limit_below_what_a_fresh_worker_holds_replaces_nothing(service: Any, wait_for: Any) -> None:
    service.up(PID, recycle_megabytes=5)
    wait_for(lambda: "A fresh worker holds more than 5 MB already" in service.log_text())
    pid = service.score(1).json()
    assert growth.Growth([pid], 5).why_recycle() is None
    assert growth.Growth([pid], 0).warning is None


@pytest.mark.chance
def test_when_no_fresh_worker_comes_up_the_old_one_goes_on(service: Any, wait_for: Any) -> None:
    service.up(PID, recycle_requests=20)
    pid = service.score(1).json()
    service.write("def init():\n    raise ValueError('no more')\ndef run(data): pass\n")
    for _ in range(25):
        assert service.score(1).json() == pid
    wait_for(lambda: "A fresh worker failed: ValueError: no more" in service.log_text())
    wait_for(lambda: service.status.worker_pids == [pid])
    assert service.score(1).json() == pid
    status = service.status
    assert (status.phase, status.failure, status.failed_revision) == (contract.READY, None, 0)


@pytest.mark.chance
def test_a_worn_worker_that_dies_comes_back_when_a_newer_change_fails(
    service: Any, wait_for: Any, tmp_path: Path
) -> None:
    hold = tmp_path / "hold"
    waits = f"import os, time\ndef init():\n    while os.path.exists({str(hold)!r}):\n        time.sleep(0.01)\n"
    service.up(waits + "def run(data):\n    return os.getpid()\n", recycle_requests=3)
    hold.touch()
    pids = {service.score(1).json() for _ in range(3)}
    wait_for(lambda: "is replaced by a fresh one" in service.log_text())
    (pid,) = pids
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: f"Worker {pid} ended" in service.log_text())
    answer = service.replace("def init():\n    raise ValueError('new')\ndef run(data): pass\n")
    assert answer.json()["failed_revision"] == 2
    hold.unlink()
    assert wait_for(lambda: served(service)) != pid
    wait_for(lambda: service.status.phase == contract.READY)


def served(service: Any) -> int:
    """The worker that answers; 0 when none does."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        return int(service.score(1).json())
    return 0


@pytest.mark.long("two workers are replaced in turn in the last test as well")
@pytest.mark.chance
def test_each_of_several_workers_has_its_turn(service: Any, wait_for: Any) -> None:
    service.up(PID, recycle_requests=30, worker_count=2)
    first = set(service.status.worker_pids)
    with Load(service.status.port) as load:
        wait_for(lambda: not first & set(service.status.worker_pids) and len(service.status.worker_pids) == 2)
    assert (load.lost, load.wrong) == (0, [])


@pytest.mark.chance
@pytest.mark.skipif(sys.platform != "linux", reason="counted in /proc")
def test_leaked_threads_and_files_count_as_worn(service: Any, wait_for: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    service.up(OPENS)
    pid = service.score(0).json()
    worker_growth = growth.Growth([pid], 0)
    assert worker_growth.why_recycle() is None
    monkeypatch.setattr(growth, "THREAD_LIMIT", 1)
    assert "threads" in (worker_growth.why_recycle() or "")
    monkeypatch.undo()
    limit = growth._descriptor_limit(pid)
    if limit > 20_000:
        pytest.skip(f"this system allows {limit} descriptors")
    assert service.score(int(limit * 0.9)).json() == pid
    assert (worker_growth.why_recycle() or "").endswith(f"files open of {limit}")


def test_memory_is_read_for_any_process() -> None:
    own = growth.resident_megabytes(os.getpid())
    assert 5 < own < 5000
    assert growth.resident_megabytes(2**22 + 1) == 0.0


def test_variables_of_the_environment_say_what_the_spec_leaves_open(service: Any, wait_for: Any) -> None:
    """WORKER_COUNT is v1's."""
    given = {"WORKER_COUNT": "2", "SCOREDOCK_RECYCLE_REQUESTS": "40"}
    service.up(PID, environment=given)
    assert len(service.status.worker_pids) == 2
    with Load(service.status.port) as load:
        wait_for(lambda: service.log_text().count("it has answered 40 requests.") >= 2)
    assert (load.lost, load.wrong) == (0, [])
