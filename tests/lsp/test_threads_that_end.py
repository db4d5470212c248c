"""Threads of the server and the command line are ended by an exception, and somebody notices."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scoredock import run as programs
from scoredock import threads
from scoredock.clusters import connection, forward
from scoredock.clusters.target import ClusterPlace
from scoredock.containers import container_events
from scoredock.contrib.pipelines.verbs.run_output import RunOutput
from scoredock.contrib.profiling.domain import load, usage_watch
from scoredock.contrib.runs.domain.mlflow import find
from scoredock.contrib.runs.domain.mlflow.find import FoundStore
from scoredock.engines.kubernetes import identity
from scoredock.engines.process import engine as process_engine
from scoredock.features.guide import doctor
from scoredock.features.services import log_watches, logs, reloading
from scoredock.progress import CancelToken
from scoredock.registry.blobs import hashing
from scoredock.server import Server
from scoredock.services import pod_changes


class Ended(BaseException):
    """Nobody expects it, and no `except Exception` stops it."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(threads, "_PAUSE", 0.001)
    threads.faults.clear()
    yield
    threads.faults.clear()


def until(fact: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not fact():
        assert time.monotonic() < deadline, "nobody noticed"
        time.sleep(0.002)


def test_what_a_run_prints_and_cannot_be_sent_ends_no_run() -> None:
    def push(_: object) -> None:
        raise Ended("the pipe")

    with RunOutput("stream", push) as output:
        output.tell("line", "first")
        until(lambda: threads.faults["scoredock-pipeline-output"])
        output.tell("line", "second")


@pytest.mark.parametrize("fault", [ValueError("a"), SystemExit(0), KeyboardInterrupt(), Ended("b")])
def test_what_a_thread_raises_is_logged_counted_and_told(fault: BaseException, caplog: Any) -> None:
    told: list[BaseException] = []

    def work() -> None:
        raise fault

    threads.start(work, name="work", at_fault=told.append).join(20)
    assert told == [fault]
    assert threads.faults["work"] == 1
    assert "the thread work raised an exception" in caplog.text


def test_work_is_begun_again() -> None:
    turns: list[int] = []

    def work() -> None:
        turns.append(1)
        if len(turns) < 4:
            raise Ended

    threads.start(work, name="turns", at_fault=threads.again).join(20)
    assert (len(turns), threads.faults["turns"]) == (4, 3)


def test_work_that_nobody_waits_for_any_more() -> None:
    with threads.pool(1, "observe") as pool:
        future = pool.submit(lambda: 1 / 0)
        future.add_done_callback(threads.note_fault_of("observe"))
    assert threads.faults["observe"] == 1


def test_a_server_that_cannot_write_ends() -> None:
    """The editor starts another one; one that goes on would answer nobody."""
    lines = [
        "import time, types",
        "from scoredock.lsp.framing import QueuedWriter",
        "def write(data): raise MemoryError",
        "QueuedWriter(types.SimpleNamespace(write=write)).write(b'1')",
        "time.sleep(60)",
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=60)
    assert done.returncode == threads.THREAD_ENDED
    assert "scoredock-writer raised an exception" in done.stderr


def test_a_server_that_cannot_read_ends() -> None:
    class Broken(io.RawIOBase):
        def readline(self, _: int | None = -1) -> bytes:
            raise Ended

        read = readline

    written = io.BytesIO()
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(Server().serve(Broken(), written)))  # type: ignore[arg-type]
    thread.start()
    thread.join(60)
    assert codes == [threads.THREAD_ENDED]


def test_output_is_read_on_when_its_reader_raises() -> None:
    seen: list[str] = []

    def on_line(line: str) -> None:
        seen.append(line)
        raise Ended if len(seen) == 1 else ValueError(line)

    lines = "for n in range(20000): print('line', n)"
    done = programs.run([sys.executable, "-c", lines], on_line=on_line, timeout=60)
    assert done.returncode == 0, "it would wait for ever for somebody who reads"
    assert threads.faults["drain"] >= 1


def test_an_alarm_rings_again() -> None:
    rung: list[int] = []

    def ring() -> None:
        rung.append(1)
        if len(rung) == 1:
            raise Ended

    with programs._alarm(0.001, ring):
        until(lambda: len(rung) == 2)


def test_no_digest_of_half_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Failing:
        def update(self, _: Any) -> None:
            raise Ended

        def hexdigest(self) -> str:
            return "0" * 64

    monkeypatch.setattr(hashing.hashlib, "sha256", Failing)
    with hashing.Hasher() as hasher:
        for _ in range(8):
            buffer = hasher.buffer()
            hasher.feed(buffer, len(buffer))
        with pytest.raises(Ended):
            hasher.digest()
    path = tmp_path / "model"
    path.write_bytes(b"1" * 1000)
    descriptor = os.open(path, os.O_RDONLY)
    with hashing.FollowingHash(descriptor) as following:
        following.grown(1000)
        with pytest.raises(Ended):
            following.digest()
    os.close(descriptor)


def test_a_store_that_cannot_be_looked_at_is_no_good_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "open_store", lambda *_, **__: 1 / 0)
    (looked,) = find.look([FoundStore("http://localhost:1", "http://localhost:1", "server", "")], CancelToken())
    assert "ZeroDivisionError" in looked.problem


def test_a_load_that_breaks_is_no_result() -> None:
    class Line:
        def send(self, _: bytes) -> tuple[str, float]:
            raise Ended

        def interrupt(self) -> None: ...

        close = interrupt

    made = load.Load.__new__(load.Load)
    made._lines = [Line(), Line()]  # type: ignore[list-item]
    made._bodies = [b"1"]
    made._plan = SimpleNamespace(requests=10, rate=0, seconds=0)  # type: ignore[assignment]
    made._lock, made._over, made._fault, made._next = threading.Lock(), CancelToken(), None, 0
    with pytest.raises(Ended):
        made.run(CancelToken(), lambda _: None)


def test_readings_go_on() -> None:
    looks: list[int] = []

    def observe() -> Any:
        looks.append(1)
        if len(looks) == 2:
            raise Ended
        return SimpleNamespace(cpu_seconds=0.0, memory_bytes=1, moment=None)

    with usage_watch.UsageWatch(observe):
        until(lambda: len(looks) > 3)
    assert threads.faults["profile"] == 1


def test_an_update_that_nobody_asked_for_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def control(*_: Any) -> Any:
        raise Ended

    monkeypatch.setattr(process_engine, "control_patiently", control)
    engine = process_engine.ProcessEngine.__new__(process_engine.ProcessEngine)
    handle: Any = SimpleNamespace(pid=0, started=0.0, folder=str(tmp_path))
    launch: Any = SimpleNamespace(start_timeout=1.0, service="adder", revision=2, folder=tmp_path)
    with pytest.raises(Exception, match="Ended"):
        engine._ask_to_replace(handle, Path("spec"), launch, CancelToken())


def test_a_check_of_the_computer_that_breaks_is_one_without_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_: Any) -> None:
        raise Ended

    monkeypatch.setattr(doctor, "_look", look)
    monkeypatch.setattr(doctor, "_about", lambda _: "")
    params: Any = SimpleNamespace(editor="")
    operation: Any = SimpleNamespace(progress=SimpleNamespace(report=lambda _: None), cancel=CancelToken(), form=None)
    report = doctor.check(params, SimpleNamespace(), operation)  # type: ignore[arg-type]
    assert len(report.rows) == len(doctor._looks())
    assert {row.state for row in report.rows} != {"fine"}


@pytest.mark.parametrize("kind", ["logs", "watches"])
def test_one_log_that_cannot_be_gone_on_with_holds_up_no_other(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def advance(_: Any, entry: Any) -> None:
        seen.append(entry.id)
        if entry.id == "bad":
            raise ValueError("planted")
        if len(seen) == 5:
            raise Ended

    made: Any
    if kind == "logs":
        made, entries = logs.Subscriptions(lambda _: None), "_entries"
    else:
        made, entries = log_watches.LogWatches(lambda _: None), "_watches"
    monkeypatch.setattr(type(made), "_advance", advance)
    getattr(made, entries).update({name: SimpleNamespace(id=name) for name in ("bad", "good")})
    name = f"scoredock-{'logs' if kind == 'logs' else 'log-watches'}"
    made._thread = threads.start(made._run, name=name, at_fault=threads.again)
    until(lambda: seen.count("good") > 6)
    assert seen.count("bad") == 1
    assert threads.faults[name] == 2
    getattr(made, entries).clear()
    made._thread.join(20)


def test_containers_are_followed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from scoredock.containers import connection as daemon
    from scoredock.containers import events

    happened: list[int] = []
    followed: list[int] = []

    def look(*_: Any) -> Iterator[int]:
        followed.append(1)
        if len(followed) == 1:
            raise Ended
        yield 1
        time.sleep(0.01)

    monkeypatch.setattr(daemon, "connect", lambda _: None)
    monkeypatch.setattr(events, "events", look)
    made = container_events.ContainerEvents(lambda: happened.append(1))
    made.follow("owner", container_events.DockerSettings())
    until(lambda: happened)
    made.stop()
    assert threads.faults["scoredock-containers"] == 1


def test_pods_are_watched_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    happened: list[int] = []
    watched: list[tuple[str, str]] = []

    class Planted:
        def watch(self, kind: str, selector: str, cancel: CancelToken) -> Iterator[int]:
            watched.append((kind, selector))
            if len(watched) == 1:
                raise Ended
            yield 1
            cancel.wait(20)

    place = ClusterPlace("prod", "models")
    monkeypatch.setattr(connection, "connect", lambda _: Planted())
    identity.remember(tmp_path / "services" / "prices", identity.ClusterRecord(place, "nonce"))
    made = pod_changes.PodChanges(lambda: happened.append(1))
    made.follow(tmp_path, ["prices"])
    made.follow(tmp_path, ["prices"])
    until(lambda: happened)
    made.stop()
    until(lambda: not any(each.name == "scoredock-pods" for each in threading.enumerate()))
    assert threads.faults["scoredock-pods"] == 1
    assert watched == [("Pod", identity.selector(tmp_path))] * 2


def test_a_reload_that_breaks_off_lets_the_next_one_begin() -> None:
    made: Any = reloading.Reloads.__new__(reloading.Reloads)
    made._condition = threading.Condition()
    key = ("local", "adder")
    made._work = {key: None}
    made._forget(key)
    assert made._work == {}


def test_the_loop_of_all_forwards_goes_on() -> None:
    loop = forward._Loop()

    async def answer() -> int:
        return 7

    loop.loop.call_soon_threadsafe(sys.exit)
    until(lambda: threads.faults["forwards"] == 1)
    assert loop.call(answer(), 20) == 7


SITES = {
    "contrib/azure/domain/process.py": 1,  # a timer that kills a process which has ended, or should have
    "contrib/batch/domain/work/remote_worker.py": 3,  # for a driver its end is that of its worker; input and log of it
    "contrib/batch/domain/work/workers.py": 2,  # for a driver its end is that of its worker; the other is its log
    "cli/workspaces/unattended.py": 1,  # asks the loop to end
    "cli/session.py": 1,
    "clusters/access.py": 1,  # its end is waited for, however it comes
    "clusters/forward.py": 2,  # logins hand on what they raise
    "contrib/events/domain/delivery.py": 1,  # of a process of its own; what it leaves is sent by the next one
    "contrib/events/domain/receivers/event_grid.py": 1,  # nobody's validation comes then; the wait has an end
    "contrib/events/domain/receivers/program.py": 3,  # one that is not fed or read, or never ends, has a time-out
    "contrib/events/domain/receivers/webhook.py": 1,  # an answer without it ends by the time-outs of the socket
    "forwarding/process.py": 3,  # of a process of its own, which goes on
    "containers/long_calls.py": 1,
    "containers/port_tunnel.py": 2,  # begins again; of whoever waits for its futures
    "containers/ssh_tunnel.py": 1,  # the words of `ssh`; without them it ended for no reason that is known
    "containers/waiting.py": 1,
    "engines/docker/data.py": 1,
    "engines/docker/debug.py": 3,
    "engines/docker/replace.py": 1,
    "engines/docker/state.py": 1,
    "contrib/batch/domain/elsewhere/pods.py": 1,  # begins again
    "engines/kubernetes/development.py": 3,  # of whoever waits for their futures
    "engines/kubernetes/router_pods.py": 1,  # of whoever waits for their futures
    "engines/kubernetes/rollout_watch.py": 1,  # whoever looks reads the pods without it
    "engines/process/engine.py": 1,
    "engines/tethered.py": 1,
    "contrib/rules/verbs/conditions.py": 1,  # of a limit of time, which ends a condition
    "services/pod_changes.py": 2,  # one only ends a watch
    "images/listing.py": 1,
    "containers/container_events.py": 1,
    "features/guide/doctor.py": 1,
    "contrib/pipelines/verbs/run_output.py": 1,
    "features/services/log_watches.py": 1,
    "features/services/logs.py": 1,
    "features/services/reloading.py": 2,
    "features/state.py": 4,
    "lsp/diagnostics.py": 1,
    "lsp/editing.py": 2,
    "lsp/endpoint.py": 2,
    "lsp/framing.py": 1,
    "contrib/runs/domain/mlflow/connection.py": 1,
    "contrib/runs/domain/mlflow/find.py": 1,
    "oci/layers.py": 1,  # of whoever waits for its future
    "oci/push_image.py": 1,  # of whoever waits for its future
    "oci/registry_transport.py": 1,  # hands on what it raises; see tests/oci_registry
    "registry/blobs/hashing.py": 2,
    "processes.py": 1,
    "run.py": 1,
    "server.py": 2,  # the launcher is written by the next server or installation, too
    "services/access/reporting.py": 1,
    # What they raise is what the row says, or no list of namespaces; a timer that only calls off.
    "services/compute_looks.py": 3,
    "services/endpoints/looks.py": 1,  # what one raises is noted, and its row is as it was
    "services/lifecycle/health.py": 1,
    "services/lifecycle/recovery.py": 1,
    "contrib/profiling/domain/generator_report.py": 1,
    "contrib/profiling/domain/load.py": 1,
    "contrib/profiling/domain/usage_watch.py": 1,
}


def test_every_place_where_a_thread_begins_is_known_here() -> None:
    """Whoever adds one says what becomes of it, and asks it above where somebody waits for it."""
    package = Path(threads.__file__).parent
    found = {}
    for file in sorted(package.rglob("*.py")):
        count = len(re.findall(r"(?<![.\w])threads\.(?:start|call_later|pool)\(", file.read_text(encoding="utf-8")))
        if count:
            found[file.relative_to(package).as_posix()] = count
    assert found == SITES
