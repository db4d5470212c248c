"""Metrics: the text as Prometheus reads it, sums over workers that live, die and are killed, and what a count costs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

import interpreters
from depth import rounds
from pace import within
from scoredock_runtime.base import counters
from scoredock_runtime.base.metric_slots import DROPPED, KINDS, LAYOUT, NAMES, SLOTS
from scoredock_runtime.contract_history import BOUNDS
from scoredock_runtime.observability.metrics import Metrics

if TYPE_CHECKING:
    from conftest import Service

RUNTIME = Path(__file__).resolve().parents[2] / "pyserver" / "runtime"
PYTHONS = interpreters.found()

WORKER = """
import sys
sys.path.insert(0, {runtime!r})
from scoredock_runtime.observability.metrics import Metrics
metrics = Metrics(sys.argv[1], int(sys.argv[2]))
print("ready", flush=True)
for line in sys.stdin:
    word, _, number = line.strip().partition(" ")
    if word == "count":
        for index in range(int(number)):
            metrics.count_answer(200, 0.002)
    elif word == "load":
        metrics.load(int(number), 2)
    elif word == "text":
        import json
        print(json.dumps(metrics.text().decode()), flush=True)
        continue
    print("done", flush=True)
"""


class Worker:
    """A process that counts as it is told."""

    def __init__(self, folder: Path, number: int, python: Path | str = sys.executable) -> None:
        self.process = subprocess.Popen(
            [str(python), "-c", WORKER.format(runtime=str(RUNTIME)), str(folder), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.line()

    def line(self) -> str:
        assert self.process.stdout is not None
        told = self.process.stdout.readline().strip()
        assert told, "the worker ended"
        return told

    def tell(self, text: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.line()

    def text(self) -> str:
        told = json.loads(self.tell("text"))
        assert isinstance(told, str)
        return told

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def workers(tmp_path: Path) -> Any:
    made: list[Worker] = []

    def make(number: int = 1, python: Path | str = sys.executable) -> Worker:
        made.append(Worker(tmp_path, number, python))
        return made[-1]

    yield make
    for worker in made:
        worker.kill()
        for stream in (worker.process.stdin, worker.process.stdout):
            if stream is not None:
                stream.close()


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Name and label values → value, as Prometheus' own parser has them."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items())))
            assert key not in found, f"told twice: {key}"
            found[key] = float(sample.value)
    return found


def value(text: str, name: str, *labels: str) -> float:
    return samples(text)[(f"scoredock_{name}", *labels)]


def test_the_text_is_what_prometheus_reads(tmp_path: Path) -> None:
    metrics = Metrics(str(tmp_path), 1)
    for status, seconds in ((200, 0.0001), (200, 0.0002), (500, 3.0), (404, 61.0), (502, 60.0)):
        metrics.count_answer(status, seconds)
    for kind in KINDS:
        metrics.count_refusal(kind)
    metrics.count_refusal("size")
    metrics.load(3, 4)
    metrics.count_drops("collection", 7)
    text = metrics.text().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert {name: family.type for name, family in families.items()} == {
        "scoredock_requests": "counter",
        "scoredock_request_duration_seconds": "histogram",
        "scoredock_refused": "counter",
        "scoredock_records_dropped": "counter",
        "scoredock_worker_starts": "counter",
        "scoredock_cpu_seconds": "counter",
        "scoredock_workers": "gauge",
        "scoredock_requests_in_flight": "gauge",
        "scoredock_requests_queued": "gauge",
        "scoredock_requests_open": "gauge",
        "scoredock_uptime_seconds": "gauge",
        "scoredock_resident_memory_bytes": "gauge",
        "scoredock_open_fds": "gauge",
        "scoredock_build_info": "gauge",
    }
    assert all(family.documentation for family in families.values())
    assert value(text, "requests_total", "class=2xx", "code=200") == 2
    assert value(text, "requests_total", "class=5xx", "code=500") == 1
    assert value(text, "refused_total", "kind=size") == 2
    assert value(text, "refused_total", "kind=deadline") == 1
    assert value(text, "requests_in_flight") == 3
    assert value(text, "requests_queued") == 4
    assert value(text, "requests_open") == 7
    assert value(text, "records_dropped_total", "of=collection") == 7
    assert value(text, "workers") == value(text, "worker_starts_total") == 1
    assert value(text, "resident_memory_bytes") > 1_000_000
    assert value(text, "cpu_seconds_total") > 0
    assert value(text, "open_fds") > 0


def test_the_guide_names_every_metric(tmp_path: Path) -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(scoredock_[a-z_]+)", guide))
    text = Metrics(str(tmp_path), 1).text().decode()
    families = set(re.findall(r"^# TYPE (scoredock_[a-z_]+) ", text, re.MULTILINE))
    assert families <= told
    assert told <= families | {f"{name}_bucket" for name in families}
    assert all(f"`{kind}`" in guide for kind in (*KINDS, *DROPPED))


def test_the_histogram_is_cumulative_and_its_bounds_are_inclusive(tmp_path: Path) -> None:
    metrics = Metrics(str(tmp_path), 1)
    for bound in BOUNDS:
        metrics.count_answer(200, bound)
    metrics.count_answer(200, 100.0)
    text = metrics.text().decode()
    told = [value(text, "request_duration_seconds_bucket", f"le={bound}") for bound in (*BOUNDS, "+Inf")]
    assert told == [float(number) for number in range(1, len(BOUNDS) + 2)]
    assert value(text, "request_duration_seconds_count") == len(BOUNDS) + 1
    assert value(text, "request_duration_seconds_sum") == pytest.approx(sum(BOUNDS) + 100)


def test_any_worker_tells_the_sum_of_all(workers: Callable[..., Worker]) -> None:
    first, second, third = workers(1), workers(2), workers(3)
    for worker, number in ((first, 10), (second, 20), (third, 30)):
        worker.tell(f"count {number}")
        worker.tell(f"load {number}")
    for worker in (first, second, third):
        text = worker.text()
        assert value(text, "requests_total", "class=2xx", "code=200") == 60
        assert value(text, "requests_in_flight") == 60
        assert value(text, "requests_queued") == 6
        assert value(text, "workers") == value(text, "worker_starts_total") == 3


@pytest.mark.skipif(sys.platform != "linux", reason="what another process takes is told by Linux alone")
def test_processor_time_memory_and_files_are_those_of_all_workers(workers: Callable[..., Worker]) -> None:
    first = workers(1)
    alone = first.text()
    second = workers(2)
    second.tell("count 50000")
    its_own = sum(psutil.Process(second.process.pid).cpu_times()[:2])
    text = first.text()
    tick = 1 / os.sysconf("SC_CLK_TCK")
    assert value(text, "cpu_seconds_total") >= value(alone, "cpu_seconds_total") + its_own - 4 * tick
    assert value(text, "resident_memory_bytes") > 1.5 * value(alone, "resident_memory_bytes")
    assert value(text, "open_fds") >= value(alone, "open_fds") + 3
    second.kill()
    assert value(first.text(), "resident_memory_bytes") < 1.5 * value(alone, "resident_memory_bytes")


def test_what_a_killed_worker_counted_stays_and_its_file_goes(workers: Callable[..., Worker], tmp_path: Path) -> None:
    first, second = workers(1), workers(2)
    first.tell("count 500")
    first.tell("load 9")
    before = second.text()
    cpu = value(before, "cpu_seconds_total")
    first.kill()
    second.tell("count 1")
    after = second.text()
    assert value(after, "requests_total", "class=2xx", "code=200") == 501
    assert value(after, "request_duration_seconds_sum") == pytest.approx(501 * 0.002)
    assert value(after, "requests_in_flight") == 0
    assert value(after, "workers") == 1
    assert value(after, "worker_starts_total") == 2
    assert value(after, "cpu_seconds_total") >= cpu
    assert len(list((tmp_path / counters.FOLDER).glob("*.values"))) == 1


def test_counts_survive_all_workers(workers: Callable[..., Worker], tmp_path: Path) -> None:
    for _ in range(3):
        worker = workers(1)
        worker.tell("count 100")
        worker.kill()
    text = Metrics(str(tmp_path), 1).text().decode()
    assert value(text, "requests_total", "class=2xx", "code=200") == 300
    assert value(text, "worker_starts_total") == 4


def test_counters_never_fall_while_workers_write_and_are_killed(workers: Callable[..., Worker], tmp_path: Path) -> None:
    reader = Metrics(str(tmp_path), 0)
    reader.count_answer(200, 0.1)
    stop = threading.Event()
    highest: dict[tuple[str, ...], float] = {}
    fallen: list[str] = []

    def watch() -> None:
        while not stop.is_set():
            for key, number in samples(reader.text().decode()).items():
                if key[0].endswith(("_total", "_bucket", "_count", "_sum")):
                    if number < highest.get(key, 0.0) - 1e-9:
                        fallen.append(f"{key}: {highest[key]} → {number}")
                    highest[key] = max(number, highest.get(key, 0.0))

    watching = threading.Thread(target=watch)
    watching.start()
    counted = 1
    try:
        for _ in range(rounds(gate=3, long=6)):
            group = [workers(number) for number in range(2)]
            for worker in group:
                worker.tell("count 2000")
                counted += 2000
                worker.text()  # several fold at once
            for worker in group:
                worker.kill()
    finally:
        stop.set()
        watching.join()
    assert fallen == []
    assert value(reader.text().decode(), "requests_total", "class=2xx", "code=200") == counted


def test_a_folding_that_is_cut_off_adds_nothing_twice(
    workers: Callable[..., Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = workers(1)
    worker.tell("count 10")
    reader = Metrics(str(tmp_path), 0)
    worker.kill()
    with monkeypatch.context() as cut:
        # The power goes after the sums are written and before the file is gone.
        cut.setattr(os, "unlink", lambda *_: (_ for _ in ()).throw(OSError("cut")))
        assert value(reader.text().decode(), "requests_total", "class=2xx", "code=200") == 10
    assert len(list((tmp_path / counters.FOLDER).glob("*.values"))) == 2
    for _ in range(3):
        assert value(reader.text().decode(), "requests_total", "class=2xx", "code=200") == 10
    assert len(list((tmp_path / counters.FOLDER).glob("*.values"))) == 1


def test_a_reading_that_a_folding_crosses_misses_nothing(
    workers: Callable[..., Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying, folding = workers(1), workers(2)
    dying.tell("count 10")
    reader = Metrics(str(tmp_path), 0)
    files = counters.Counters._files
    crossed: list[str] = []

    def cross(self: counters.Counters) -> list[str]:
        if self is reader._counters and len(crossed) < 3:
            crossed.append("")
            if len(crossed) == 3:
                # The sums were read; now another worker folds, and only then the folder is listed.
                dying.kill()
                crossed.append(folding.text())
        return files(self)

    with monkeypatch.context() as between:
        between.setattr(counters.Counters, "_files", cross)
        assert value(reader.text().decode(), "requests_total", "class=2xx", "code=200") == 10
    assert len(crossed) == 4


def test_a_damaged_or_foreign_file_stops_nothing(tmp_path: Path) -> None:
    folder = tmp_path / counters.FOLDER
    folder.mkdir()
    (folder / "1-aa.values").write_bytes(b"\0" * 17)
    (folder / "2-bb.values").write_bytes(os.urandom(8192))
    (folder / "ended.json").write_text('{"sums": [1, 2')
    metrics = Metrics(str(tmp_path), 1)
    metrics.count_answer(200, 0.01)
    assert value(metrics.text().decode(), "requests_total", "class=2xx", "code=200") == 1


def test_without_a_place_for_the_file_a_worker_tells_its_own(tmp_path: Path) -> None:
    (tmp_path / counters.FOLDER).write_text("in the way")
    metrics = Metrics(str(tmp_path), 1)
    metrics.count_answer(503, 0.01)
    text = metrics.text().decode()
    assert value(text, "requests_total", "class=5xx", "code=503") == 1
    assert value(text, "workers") == 1


@pytest.mark.parametrize("version", PYTHONS)
def test_every_python_here_counts(version: str, workers: Callable[..., Worker], tmp_path: Path) -> None:
    worker = workers(1, PYTHONS[version])
    worker.tell("count 300")
    assert value(worker.text(), "requests_total", "class=2xx", "code=200") == 300
    assert value(Metrics(str(tmp_path), 2).text().decode(), "requests_total", "class=2xx", "code=200") == 300


@pytest.mark.timed
def test_a_count_costs_less_than_half_a_microsecond(tmp_path: Path) -> None:
    count_answer = Metrics(str(tmp_path), 1).count_answer
    best = 1.0
    for _ in range(300):
        # CPU time of short runs, of which the best counts: other programs are at work on the machine, too.
        began = time.thread_time()
        for _ in range(1000):
            count_answer(200, 0.0012)
        best = min(best, (time.thread_time() - began) / 1000)
    assert within(best, 0.5e-6), f"{best * 1e9:.0f} ns"


# ------------------------------------------------------------------------------------------ over HTTP


def told(service: Service) -> str:
    answer = service.request("GET", "/metrics")
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.body.decode()


def scored(service: Service) -> float:
    return samples(told(service)).get(("scoredock_requests_total", "class=2xx", "code=200"), 0.0)


def test_what_is_off_is_not_loaded(service: Service) -> None:
    script = """
        import sys

        def init(): pass

        def run(data):
            return sorted(name.rpartition(".")[2] for name in sys.modules if name.startswith("scoredock_runtime."))
    """
    optional = {"collection", "metrics", "telemetry"}
    service.up(script, fresh=True)
    assert optional & set(service.score().json()) == set()
    service.stop()
    asked = {"AML_APP_INSIGHTS_ENABLED": "true", "OTEL_TRACES_EXPORTER": "none"}
    service.up(script, fresh=True, metrics=True, collect_data=True, environment=asked)
    assert optional <= set(service.score().json())


def test_a_service_tells_its_metrics(service: Service, wait_for: Callable[..., Any]) -> None:
    script = "def init():\n    pass\n\ndef run(data):\n    return 1 / int(data)\n"
    service.up(script, metrics=True, body_limit=1000)
    for _ in range(20):
        assert service.score(5).status == 200
    assert service.score(0).status == 500
    assert service.request("POST", "/score", b"x" * 2000).status == 413
    assert service.request("GET", "/", headers={"Host": "evil.example"}).status == 403
    assert service.request("GET", "/", headers={"Origin": "https://evil.example"}).status == 403
    text = told(service)
    assert value(text, "requests_total", "class=2xx", "code=200") >= 20
    assert value(text, "requests_total", "class=5xx", "code=500") == 1
    assert value(text, "requests_total", "class=4xx", "code=403") == 2
    assert value(text, "refused_total", "kind=size") == 1
    assert value(text, "refused_total", "kind=host") == 1
    assert value(text, "refused_total", "kind=origin") == 1
    assert value(text, "request_duration_seconds_count") >= 21
    assert value(text, "worker_starts_total") == value(text, "workers") == 1
    assert value(text, "uptime_seconds") >= 0


def test_without_the_setting_there_is_no_such_route(service: Service) -> None:
    service.up()
    assert service.request("GET", "/metrics").status == 404
    assert not (service.folder / counters.FOLDER).exists()


def test_the_queue_is_told_while_run_is_busy(service: Service, wait_for: Callable[..., Any], tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    script = (
        "import os, time\ndef init():\n    pass\n\ndef run(data):\n"
        f"    while not os.path.exists({str(gate)!r}):\n        time.sleep(0.005)\n    return 1\n"
    )
    service.up(script, metrics=True)
    callers = [threading.Thread(target=service.score) for _ in range(4)]
    for caller in callers:
        caller.start()

    def four() -> bool:
        text = told(service)
        return (value(text, "requests_in_flight"), value(text, "requests_queued")) == (1, 3)

    try:
        wait_for(four)
    finally:
        gate.touch()
        for caller in callers:
            caller.join()
    wait_for(lambda: value(told(service), "requests_in_flight") + value(told(service), "requests_queued") == 0)


def test_workers_that_are_killed_and_replaced_leave_their_counts(
    service: Service, wait_for: Callable[..., Any]
) -> None:
    service.up(metrics=True, worker_count=2)
    for number in range(1, 41):
        assert service.score(number).status == 200
    wait_for(lambda: counted(service, "code:200") == 40)  # an answer is counted just after it was sent
    pid = service.status.worker_pids[0]
    os.kill(pid, signal.SIGKILL)
    # Its pid is known before it has begun, and what has not begun when it is replaced is not a start.
    wait_for(lambda: pid not in service.status.worker_pids and counted(service, "starts") == 3)
    for asked in range(10):
        assert 40 <= wait_for(lambda: scored_or_none(service)) <= 40 + asked
    assert service.replace("def init():\n    pass\n\ndef run(data):\n    return 2\n").status == 200
    assert service.score(1).json() == 2
    wait_for(lambda: counted(service, "code:200") == 51)
    text = told(service)
    assert samples(text)["scoredock_requests_total", "class=2xx", "code=200"] == 51
    assert value(text, "worker_starts_total") == 5
    wait_for(lambda: value(told(service), "workers") == 2)
    service.stop()
    wait_for(service.gone)
    before = counted(service, "code:200")
    service.up(metrics=True, worker_count=2)
    assert scored(service) == before
    assert len(list((service.folder / counters.FOLDER).glob("*.values"))) == 2


def counted(service: Service, name: str) -> float:
    """A sum over all workers, from their files: asking a worker for it would add to what it counts."""
    return counters.CounterFiles(str(service.folder), SLOTS, LAYOUT, NAMES).read().sums.get(name, 0.0)


def scored_or_none(service: Service) -> float | None:
    """None while the connection is one that the killed worker had."""
    try:
        return scored(service)
    except OSError:
        return None
