"""What every engine must do, whichever it is. Parametrised over all engines by the `bench` fixture."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.handle import handle_from_text, handle_to_text
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

from pace import patience, within
from ports import free_port


def score(port: int | None, body: str = "[1]") -> object:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/score", body.encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def test_ready(bench: Any) -> None:
    assert bench.engine.ready().ready


def test_a_service_is_started_looked_at_and_stopped(bench: Any) -> None:
    handle = handle_from_text(handle_to_text(bench.start()))
    seen = bench.until(handle, "Healthy")
    assert (seen.revision, seen.failure) == (1, None)
    assert score(seen.port) == {"got": "[1]"}
    told_of_memory_and_cpu(bench, handle)
    logs_follow_a_number(bench, handle)

    other = type(bench.engine)()
    assert other.observe(handle).state == "Healthy"
    other.stop(handle, 1)
    assert other.observe(handle).state == "Stopped"
    bench.engine.stop(handle, 1)  # once more is harmless
    assert bench.engine.observe(handle).state == "Stopped"
    assert bench.left() == []
    assert any("init ran" in record.m for record in bench.engine.logs(handle))


def told_of_memory_and_cpu(bench: Any, handle: Any) -> None:
    first = bench.engine.observe(handle)
    assert first.memory_bytes is not None
    assert first.memory_bytes > 1_000_000
    deadline = time.monotonic() + patience(10)
    time.sleep(0.6)
    # What a daemon says of another machine's container comes with a later look.
    while (second := bench.engine.observe(handle)).cpu_percent is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert second.cpu_percent is not None
    assert 0 <= second.cpu_percent < 1000


def logs_follow_a_number(bench: Any, handle: Any) -> None:
    records = list(bench.engine.logs(handle))
    assert any("init ran" in record.m for record in records)
    assert [record.n for record in records] == sorted(record.n for record in records)
    half = records[len(records) // 2].n
    assert [record.n for record in bench.engine.logs(handle, half)] == [
        record.n for record in records if record.n > half
    ]
    assert list(bench.engine.logs(handle, records[-1].n)) == []


def test_a_port_that_is_asked_for_is_taken_and_freed(bench: Any) -> None:
    port = free_port()
    handle = bench.healthy(port=port)
    assert bench.engine.observe(handle).port == port
    bench.engine.stop(handle, 1)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_a_taken_port_is_refused_and_leaves_nothing(bench: Any) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(ScoredockError) as refused:
            bench.start(port=holder.getsockname()[1])
    assert refused.value.code == "port-in-use"
    assert bench.left() == []


@pytest.mark.chance
def test_stop_lets_a_request_finish(bench: Any) -> None:
    script = "import time\ndef init(): pass\ndef run(data):\n    print('begun')\n    time.sleep(1)\n    return 'late'\n"
    handle = bench.healthy(script)
    port = bench.engine.observe(handle).port
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(score, port)
        while not any("begun" in record.m for record in bench.engine.logs(handle)):
            assert not answer.done()
            time.sleep(0.02)
        bench.engine.stop(handle, 10)
        assert answer.result(10) == "late"


def test_remove_leaves_nothing(bench: Any) -> None:
    handle = bench.healthy()
    bench.engine.remove(handle)
    assert bench.left() == []
    assert not (bench.owner / "services" / "svc").exists()
    assert bench.engine.observe(handle).state in ("Failed", "Stopped")
    bench.engine.remove(handle)


def test_find_knows_what_runs_and_only_below_its_owner(bench: Any) -> None:
    assert bench.engine.find(str(bench.owner)) == []
    handle = bench.healthy()
    found = bench.engine.find(str(bench.owner))
    assert len(found) == 1
    assert bench.engine.observe(found[0]).state == "Healthy"
    assert bench.engine.find(str(bench.owner.parent / "workspac")) == []
    bench.engine.stop(handle, 1)
    assert bench.engine.find(str(bench.owner)) == []


def test_a_failing_init_is_failed_with_its_frame(bench: Any) -> None:
    handle = bench.start("def init():\n    raise ValueError('no model')\ndef run(d): pass\n")
    seen = bench.until(handle, "Failed", "Healthy")
    assert seen.state == "Failed"
    assert seen.failure is not None
    assert seen.failure.cause == "init-failed"
    assert "no model" in seen.failure.message
    assert seen.failure.frames[-1].line == 2
    deadline = time.monotonic() + patience(10)
    while bench.left() and time.monotonic() < deadline:  # it tells why before it has ended
        time.sleep(0.05)
    assert bench.left() == []


@pytest.mark.chance
def test_replace_serves_the_new_without_a_failed_request(bench: Any) -> None:
    nonce = "n" * 32
    handle = bench.healthy("def init(): pass\ndef run(data): return 1\n", nonce=nonce)
    port = bench.engine.observe(handle).port
    answers: list[object] = []
    done = threading.Event()

    def keep_calling() -> None:
        while not done.is_set():
            try:
                answers.append(score(port))
            except OSError as fault:
                answers.append(f"{len(answers)}: {fault!r}")

    caller = threading.Thread(target=keep_calling)
    caller.start()
    try:
        slow = "import time\ndef init(): time.sleep(0.5)\ndef run(data): return 2\n"
        after = bench.engine.replace(handle, bench.launch(slow, revision=2, nonce=nonce), Silent(), CancelToken())
        decided = len(answers) + 1  # one may be under way
        deadline = time.monotonic() + patience(10)
        while len(answers) < decided + 20 and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        done.set()
        caller.join()
    assert bench.engine.observe(after).revision == 2
    assert score(port) == 2
    assert set(answers) == {1, 2}
    # Old and new share the port for a moment; from the answer of `replace` on there is only the new.
    assert len(answers) >= decided + 20
    assert set(answers[decided:]) == {2}


def test_a_failing_replacement_keeps_the_old(bench: Any) -> None:
    nonce = "n" * 32
    handle = bench.healthy(nonce=nonce)
    with pytest.raises(LaunchFailed) as failed:
        bench.engine.replace(
            handle,
            bench.launch("def init(): 1/0\ndef run(d): pass\n", revision=2, nonce=nonce),
            Silent(),
            CancelToken(),
        )
    assert failed.value.failure.cause == "init-failed"
    seen = bench.engine.observe(handle)
    assert (seen.state, seen.revision) == ("Healthy", 1)
    assert score(seen.port) == {"got": "[1]"}


def test_cancel_reaches_a_replacement_that_hangs(bench: Any) -> None:
    nonce = "n" * 32
    handle = bench.healthy(nonce=nonce)
    cancel = CancelToken()
    threading.Timer(0.7, cancel.cancel).start()
    begun = time.monotonic()
    hanging = bench.launch("import time\ndef init(): time.sleep(60)\ndef run(d): pass\n", revision=2, nonce=nonce)
    with pytest.raises(ScoredockError) as cancelled:
        bench.engine.replace(handle, hanging, Silent(), cancel)
    assert cancelled.value.code == "cancelled"
    assert within(time.monotonic() - begun, 10)
    seen = bench.engine.observe(handle)
    assert (seen.state, seen.revision) == ("Healthy", 1)


def test_cancelled_before_the_start_starts_nothing(bench: Any) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(ScoredockError) as cancelled:
        bench.engine.start(bench.launch(), Silent(), cancel)
    assert cancelled.value.code == "cancelled"
    assert bench.left() == []


@pytest.mark.chance
def test_many_services_side_by_side(bench: Any) -> None:
    handles = [bench.start(name=f"svc-{number}") for number in range(4)]
    ports = {bench.until(handle, "Healthy").port for handle in handles}
    assert len(ports) == 4
    assert len(bench.engine.find(str(bench.owner))) == 4


def test_the_history_is_told_and_stays(bench: Any) -> None:
    handle = bench.healthy(metrics=True)
    port = bench.engine.observe(handle).port
    for _ in range(12):
        score(port)

    def requests() -> int:
        rows = bench.engine.history(handle)
        return int(sum(rows[-1].kinds) - sum(rows[0].kinds)) if rows else -1

    deadline = time.monotonic() + patience(10)
    while requests() < 12 and time.monotonic() < deadline:  # a request is counted just after its answer
        time.sleep(0.05)
    assert requests() == 12
    last = bench.engine.history(handle)[-1]
    assert (last.revision, last.workers) == (1, 1)
    assert last.memory > 1_000_000
    for _ in range(5):
        score(port)
    bench.engine.stop(handle, 5)
    assert requests() == 17
    rows = bench.engine.history(handle)
    assert len({(row.origin, row.number) for row in rows}) == len(rows)
