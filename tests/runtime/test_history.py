"""The history that the parent of a service writes: nothing is counted twice, nothing is lost, and it stays small."""

from __future__ import annotations

import base64
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from history_rows import history_row
from parts import missing
from scoredock_runtime import contract, contract_history
from scoredock_runtime.contract_history import ANSWER_KINDS, BOUNDS, FIRST, RINGS, ROW_BYTES, HistoryWriter, Row

from .conftest import Service, wait_for

SCRIPT = """
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

def run(data):
    import json, os
    what = json.loads(data)
    if what == "raise":
        raise ValueError("no")
    if what == "die":
        os._exit(7)
    if isinstance(what, int):
        return AMLResponse("as asked", what)
    return what
"""


def rows_now(service: Service) -> list[Row]:
    """Asks the parent, as a page does."""
    answer = service.control("GET", "/history")
    assert answer.status == 200, answer.body
    return [stored.row for stored in contract_history.rows_of(base64.b64decode(answer.json()["rows"]))]


def rows_of_all(service: Service, number: int) -> list[Row]:
    """Rows once so many requests are in them: one is counted right after it is answered, so that a worker that is
    killed between the two loses it."""
    wait_for(lambda: sum(kinds_of(rows_now(service)).values()) >= number)
    return rows_now(service)


def kinds_of(rows: list[Row]) -> dict[str, int]:
    """What was answered between the first and the last row."""
    return {
        kind: last - first
        for kind, first, last in zip(ANSWER_KINDS, rows[0].kinds, rows[-1].kinds, strict=True)
        if last != first
    }


def test_what_was_sent_is_what_the_history_tells(service: Service) -> None:
    service.up(SCRIPT, metrics=True, worker_count=2)
    for _ in range(30):
        assert service.score("fine").status == 200
    for _ in range(4):
        service.score("raise")
    for status, number in ((400, 2), (404, 3), (401, 1), (413, 1), (503, 2), (504, 1), (418, 1)):
        for _ in range(number):
            assert service.score(status).status == status
    # Whoever looks after the service is not a caller of it.
    for path in ("/", "/ready", "/metrics", "/swagger.json"):
        assert service.request("GET", path).status == 200
    assert service.request("GET", "/nowhere").status == 404
    rows = rows_of_all(service, 46)
    assert kinds_of(rows) == {
        "succeeded": 30,
        "failed": 4,
        "badRequest": 3,
        "notFound": 4,
        "unauthorized": 1,
        "tooLarge": 1,
        "busy": 2,
        "timeout": 1,
    }
    last = rows[-1]
    assert sum(last.buckets) - sum(rows[0].buckets) == sum(kinds_of(rows).values())
    assert last.seconds > rows[0].seconds
    assert (last.revision, last.workers) == (1, 2)
    assert last.memory > 1_000_000
    assert last.cpu > 0


def test_nothing_is_in_flight_when_all_is_answered(service: Service) -> None:
    service.up(SCRIPT, metrics=True)
    for _ in range(3):
        assert service.score("fine").status == 200
    wait_for(lambda: rows_now(service)[-1].in_flight == 0)


def test_counts_go_on_over_killed_workers_and_killed_parents(service: Service) -> None:
    service.up(SCRIPT, metrics=True)
    sent = 0

    def send(number: int) -> None:
        nonlocal sent
        for _ in range(number):
            assert service.score(1.5).status == 200
            sent += 1

    send(5)
    assert kinds_of(rows_of_all(service, sent)) == {"succeeded": 5}
    for round_ in (1, 2):
        send(7)
        worker = service.status.worker_pids[0]
        assert kinds_of(rows_of_all(service, sent)) == {"succeeded": sent}
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda gone=worker: gone not in service.status.worker_pids and service.status.phase == contract.READY)
        wait_for(lambda: service.score(1.5).status == 200)
        sent += 1
        send(2)
        assert kinds_of(rows_of_all(service, sent)) == {"succeeded": sent}
        os.kill(service.status.parent_pid, signal.SIGKILL)
        wait_for(service.gone)
        service.up(SCRIPT, metrics=True)
        send(3)
        rows = rows_of_all(service, sent)
        assert kinds_of(rows) == {"succeeded": sent}
        assert sum(bool(row.flags & FIRST) for row in rows) == round_ + 1
    assert len({row.number for row in rows}) == len(rows)
    assert len({row.origin for row in rows}) == 1
    service.stop()
    kept = contract_history.read_history(str(service.folder))
    assert kinds_of(kept) == {"succeeded": sent}, "what came last before the stop"
    assert kept[-1].workers == 0


def test_rows_are_told_apart_by_the_revision_that_answered(service: Service) -> None:
    service.up(SCRIPT, metrics=True)
    for _ in range(6):
        service.score("fine")
    assert service.replace(SCRIPT, 2, metrics=True).status == 200
    for _ in range(4):
        service.score("fine")
    rows = rows_of_all(service, 10)
    by_revision = {
        revision: sum(
            row.kinds[0] - before.kinds[0] for before, row in itertools.pairwise(rows) if row.revision == revision
        )
        for revision in (1, 2)
    }
    assert by_revision == {1: 6, 2: 4}


def row(number: int, **given: Any) -> Row:
    """The number of requests is the number of the row."""
    kinds = (number, *[0] * (len(ANSWER_KINDS) - 1))
    counters = {"kinds": kinds, "buckets": (number, *[0] * len(BOUNDS)), "seconds": number / 10, "cpu": number / 100}
    return history_row(number, **{**counters, **given})


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / contract_history.FOLDER).iterdir())


def test_two_days_fit_into_their_place_and_the_last_one_is_there(tmp_path: Path) -> None:
    writer = HistoryWriter(str(tmp_path))
    step, days = 2.0, 1.1
    for index in range(int(days * 86400 / step)):
        moment = index * step
        writer.append(row(index + 1, wall=1e9 + moment, clock=moment, elapsed=step))
    assert size_of(tmp_path) <= 2_000_000
    assert size_of(tmp_path) == sum(ring.rows for ring in RINGS) * ROW_BYTES
    rows = contract_history.read_history(str(tmp_path))
    newest = rows[-1]
    assert newest.number == int(days * 86400 / step)
    assert newest.clock - rows[0].clock >= 86400 - 60
    # The newest 20 minutes each 2 s, 6 h each 15 s, a day each minute.
    for seconds, apart in ((1190, 2), (6 * 3600 - 60, 16), (86000, 60)):
        recent = [each.clock for each in rows if newest.clock - each.clock <= seconds]
        assert max(later - earlier for earlier, later in itertools.pairwise(recent)) <= apart


def test_a_row_that_was_cut_off_is_passed_over_and_no_count_is_lost(tmp_path: Path) -> None:
    writer = HistoryWriter(str(tmp_path))
    for number in range(1, 11):
        writer.append(row(number, elapsed=2.0, clock=number * 2.0))
    path = tmp_path / contract_history.FOLDER / RINGS[0].name
    data = bytearray(path.read_bytes())
    data[4 * ROW_BYTES + 30 : 4 * ROW_BYTES + 200] = bytes(170)
    path.write_bytes(data[: 9 * ROW_BYTES + 100])
    again = HistoryWriter(str(tmp_path))
    rows = contract_history.read_history(str(tmp_path))
    assert [each.number for each in rows] == [1, 2, 3, 4, 6, 7, 8, 9]
    assert rows[-1].kinds[0] - rows[0].kinds[0] == 8
    again.append(row(10, elapsed=2.0))
    assert [each.number for each in contract_history.read_history(str(tmp_path))][-2:] == [9, 10]


def test_clocks_that_jump_neither_lose_nor_mix_up_rows(tmp_path: Path) -> None:
    writer = HistoryWriter(str(tmp_path))
    jumps = {0: 0.0, 20: 7200.0, 40: -90000.0}
    ahead = 0.0
    for index in range(60):
        ahead += jumps.get(index, 0.0)
        writer.append(row(index + 1, wall=2e9 + index * 2 + ahead, clock=index * 2.0, elapsed=2.0))
    rows = contract_history.read_history(str(tmp_path))
    assert [each.number for each in rows] == list(range(1, 61))
    now = 2e9 + 59 * 2 + ahead + 1
    times = contract_history.placed(rows, now)
    assert [round(later - earlier, 3) for earlier, later in itertools.pairwise(times)] == [2.0] * 59
    assert times[-1] == now - 1
    # After a restart of the machine its own clock begins anew, and what lies between is by the clock on the wall.
    writer.append(row(61, wall=2e9 + 500, clock=5.0, elapsed=0.0, boot=2, flags=FIRST), everywhere=True)
    times = contract_history.placed(contract_history.read_history(str(tmp_path)), 2e9 + 500)
    assert times == sorted(times)
    assert times[-1] == 2e9 + 500


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk")
def test_a_full_disk_stops_nothing_and_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "svc"
    (folder / contract_history.FOLDER).mkdir(parents=True)
    place = folder / contract_history.FOLDER
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(place)], check=False).returncode:
        missing("the right to mount a small disk")
    try:
        writer = HistoryWriter(str(folder))
        faults = [writer.append(row(number, elapsed=2.0, clock=number * 2.0)) for number in range(1, 101)]
        assert any(fault is not None for fault in faults)
        known = contract_history.merged([*contract_history.read_history(str(folder)), *writer.unwritten()])
        assert [each.number for each in known] == list(range(1, 101))
        subprocess.run(["mount", "-o", "remount,size=4m", str(place)], check=True)
        assert writer.append(row(101, elapsed=2.0)) is None
        assert [each.number for each in writer.unwritten()] == [101]
        assert [each.number for each in contract_history.read_history(str(folder))] == list(range(1, 102))
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_service_goes_on_without_a_place_for_its_history(service: Service) -> None:
    (service.folder / contract_history.FOLDER).write_text("in the way")
    service.up(SCRIPT, metrics=True)
    for _ in range(3):
        assert service.score("fine").status == 200
    assert kinds_of(rows_of_all(service, 3)) == {"succeeded": 3}
    rows_now(service)
    wait_for(lambda: service.log_text().count("The history of the service cannot be written") == 1)
    (service.folder / contract_history.FOLDER).unlink()
    rows_now(service)
    wait_for(lambda: "The history of the service is written again." in service.log_text())
    service.stop()
    assert kinds_of(contract_history.read_history(str(service.folder))) == {"succeeded": 3}


def test_a_service_of_the_command_line_writes_none(service: Service) -> None:
    service.up(SCRIPT)
    assert json.loads(service.control("GET", "/history").body) == {"rows": ""}
    assert not (service.folder / contract_history.FOLDER).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="counts wake-ups by /proc")
def test_an_idle_parent_is_not_waked_up_for_it(service: Service) -> None:
    """What it wakes up for is counted by its voluntary context switches; a look at the history is part of a wake-up
    that is there anyway. What belongs to the start may take longer on a slow machine: one quiet span is waited for."""
    service.up(SCRIPT, metrics=True)
    parent = psutil.Process(service.status.parent_pid)

    def was_quiet() -> bool:
        before, began = parent.num_ctx_switches().voluntary, time.monotonic()
        time.sleep(3.0)  # the span that is counted
        switches = parent.num_ctx_switches().voluntary - before
        return switches <= 1 + (time.monotonic() - began) / 2.0

    wait_for(was_quiet, 20.0)
