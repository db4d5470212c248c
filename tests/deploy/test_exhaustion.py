"""What docs/exhaustion.md says of services that run out of something, row by row, by real processes and containers."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from scoredock.engines.docker import options as docker_options
from scoredock.errors import ScoredockError
from scoredock.service import Service

from deploy.conftest import Place, terminal
from pace import patience

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exhaustion.md"
GROUPS = Path("/sys/fs/cgroup")
MEGABYTE = 1 << 20

SCRIPT = """
    import json, os, resource, signal, threading

    enough = threading.Event()

    def init():
        pass

    def write(path, size):
        with open(path, "wb") as stream:
            while size > 0:
                stream.write(b"x" * (1 << 20))
                stream.flush()
                size -= 1 << 20

    def take(size):
        held = bytearray(size)
        held[::4096] = b"x" * len(held[::4096])
        return len(held)

    def threads():
        while True:
            threading.Thread(target=enough.wait, args=(60,), daemon=True).start()

    def limited(kind, most):
        resource.setrlimit(kind, (most, most))

    def run(data):
        given = json.loads(data)
        kind = given["kind"]
        if kind == "threads":
            threads()
        if kind == "heap":
            return take(given["bytes"])
        if kind == "address":
            limited(resource.RLIMIT_AS, 2 << 30)
            return len(bytearray(4 << 30))
        if kind == "file":
            write(given["path"], given["bytes"])
            return take(given.get("then", 1))
        if kind == "files":
            limited(resource.RLIMIT_NOFILE, 128)
            return len([open(os.devnull) for _ in range(200)])
        if kind == "left":
            return len(os.listdir("/tmp"))
        if kind == "end":
            os.kill(os.getppid(), signal.SIGKILL)
            enough.wait(30)
        return kind
"""
NO_RESPONSE = "cut off"


@dataclass(frozen=True)
class Row:
    """One of the page's table."""

    what: str
    engine: str
    limit: str
    state: str
    cause: str
    answer: str
    afterwards: str


def rows() -> list[Row]:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]
    return [Row(*each) for each in cells]


@dataclass(frozen=True)
class Scenario:
    """How a row comes about."""

    body: dict[str, Any]
    config: dict[str, Any] = field(default_factory=dict)
    """Of the deployment."""
    controller: str = ""
    """Of the control group that a service in a process is in."""
    needs_disk: bool = False


QUARTER = {"containerResourceRequirements": {"memoryInGB": 0.25}}
SCENARIOS = {
    ("processes and threads", "Docker"): Scenario({"kind": "threads"}, {"container": {"pidsLimit": 40}}),
    ("processes and threads", "process"): Scenario({"kind": "threads"}, controller="pids"),
    ("memory of the script", "Docker"): Scenario({"kind": "heap", "bytes": 400 * MEGABYTE}, QUARTER),
    ("memory of the script", "process"): Scenario({"kind": "heap", "bytes": 400 * MEGABYTE}, controller="memory"),
    ("address space", "process"): Scenario({"kind": "address"}),
    ("files in /tmp", "Docker"): Scenario({"kind": "file", "path": "/tmp/big", "bytes": 200 * MEGABYTE}, QUARTER),
    ("files in /dev/shm", "Docker"): Scenario(
        {"kind": "file", "path": "/dev/shm/big", "bytes": 100 * MEGABYTE}, QUARTER
    ),
    ("files in /tmp, with a `tmpSize` as large as the memory", "Docker"): Scenario(
        {"kind": "file", "path": "/tmp/big", "bytes": 250 * MEGABYTE}, {**QUARTER, "container": {"tmpSize": "256m"}}
    ),
    ("files in /tmp and memory of the script together", "Docker"): Scenario(
        {"kind": "file", "path": "/tmp/big", "bytes": 110 * MEGABYTE, "then": 220 * MEGABYTE}, QUARTER
    ),
    ("a disk", "Docker"): Scenario({"kind": "file", "bytes": 8 * MEGABYTE}, needs_disk=True),
    ("a disk", "process"): Scenario({"kind": "file", "bytes": 8 * MEGABYTE}, needs_disk=True),
    ("open files and connections", "Docker"): Scenario({"kind": "files"}),
    ("open files and connections", "process"): Scenario({"kind": "files"}),
}
AT_THE_GATE = (
    ("processes and threads", "Docker"),
    ("files in /tmp, with a `tmpSize` as large as the memory", "Docker"),
    ("memory of the script", "process"),
    ("open files and connections", "process"),
)


def ask(port: int | None, body: dict[str, Any]) -> str:
    """The status of the answer of `/score`, or that there was none."""
    assert port is not None
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience(60))
    try:
        connection.request("POST", "/score", json.dumps(body), {"Content-Type": "application/json"})
        return str(connection.getresponse().status)
    except (ConnectionError, http.client.HTTPException):
        return NO_RESPONSE
    finally:
        connection.close()


class Watched:
    """A service that is looked at again and again."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.phases: set[str] = set()

    def until(self, fact: Callable[[Service], bool]) -> Service:
        deadline = time.monotonic() + patience(30)
        while True:
            seen = self.place.deployments.service("svc-one")
            self.phases.add(seen.phase)
            if fact(seen):
                return seen
            assert time.monotonic() < deadline, seen
            time.sleep(0.1)

    def shown(self) -> str:
        """What `service show` prints."""
        command = terminal(self.place, "service", "show", "svc-one")
        out, error = command.communicate(None, timeout=100)
        assert command.returncode == 0, error
        return out.decode()

    def log(self) -> str:
        return "\n".join(record.m for record in self.place.deployments.logs.records("svc-one"))


class Group:
    """A control group of this test's own, for what is started while it is entered."""

    def __init__(self, controller: str) -> None:
        is_unified = (GROUPS / "cgroup.controllers").is_file()
        self._top = GROUPS if is_unified else GROUPS / controller
        self._controller = controller
        self.folder = self._top / f"scoredock-test-{secrets.token_hex(4)}"
        self.folder.mkdir()

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        unified = self._top == GROUPS
        before = next(
            place
            for _, controllers, place in (line.split(":", 2) for line in lines)
            if (not controllers if unified else self._controller in controllers.split(","))
        )
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            (self._top / before.lstrip("/") / "cgroup.procs").write_text(str(os.getpid()))

    def limit(self) -> None:
        """A little more than what is used now."""
        if self._controller == "pids":
            used = int((self.folder / "pids.current").read_text())
            (self.folder / "pids.max").write_text(str(used + 20))
            return
        names = ("memory.max", "memory.swap.max")
        if not (self.folder / names[0]).is_file():
            names = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
        for name in names:
            if (self.folder / name).is_file():
                (self.folder / name).write_text(str(250 * MEGABYTE) if "swap" not in name else "0")

    def remove(self) -> None:
        deadline = time.monotonic() + patience(5)
        while self.folder.is_dir() and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                self.folder.rmdir()
            time.sleep(0.05)


def mounted(point: str, *entered: str) -> None:
    """A disk of 2 MB there."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=1777", "tmpfs", point]
    for command in (["mkdir", "-p", point], mount):
        subprocess.run([*entered, *command], check=True, capture_output=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[Any, str], str]]:
    """`small_disk(place, engine)`: a folder, as the service sees it, on a disk that is soon full."""
    point = tmp_path / "small"

    def make(place: Any, engine: str) -> str:
        if engine == "process":
            mounted(str(point))
            return str(point)
        (running,) = [each for each in place.containers() if each["State"] == "running"]
        pid = place.docker.api.inspect_container(running["Id"])["State"]["Pid"]
        mounted("/var/azureml-app/small", "nsenter", "--target", str(pid), "--mount")
        return "/var/azureml-app/small"

    yield make
    if point.is_dir():
        subprocess.run(["umount", "-l", str(point)], check=False)


@pytest.fixture
def group() -> Iterator[Callable[[str], Group]]:
    made: list[Group] = []

    def make(controller: str) -> Group:
        made.append(Group(controller))
        return made[-1]

    yield make
    for each in made:
        each.remove()  # after the services, which a test asks for later


def deployed(place: Place, engine: str, config: dict[str, Any]) -> Service:
    more: dict[str, Any] = {}
    if config:
        text = json.dumps({"computeType": "local", **config})
        more["deployment_config"] = str(place.write("deploymentconfig.json", text))
    return place.deploy(SCRIPT, engine=engine.lower(), **more)


def marked(row: Row) -> Any:
    marks = [pytest.mark.docker] if row.engine == "Docker" else []
    if (row.what, row.engine) not in AT_THE_GATE:
        marks.append(pytest.mark.long("a service is deployed for each row; four of them at the gate"))
    return pytest.param(row, marks=marks, id=f"{row.what}-{row.engine}")


def test_each_row_has_a_scenario() -> None:
    assert {(row.what, row.engine) for row in rows()} == set(SCENARIOS)
    assert set(AT_THE_GATE) <= set(SCENARIOS)


@pytest.mark.parametrize("row", [marked(each) for each in rows()])
def test_what_runs_out_is_named_and_the_service_goes_on(
    row: Row,
    request: pytest.FixtureRequest,
    require: Callable[..., None],
    small_disk: Callable[[Any, str], str],
    group: Callable[[str], Group],
) -> None:
    scenario = SCENARIOS[row.what, row.engine]
    is_root = os.geteuid() == 0
    require(is_root or not (scenario.controller or scenario.needs_disk), "the right to make limits (root)")
    own = group(scenario.controller) if scenario.controller else None
    place: Place = request.getfixturevalue("docked" if row.engine == "Docker" else "place")
    with own.entered() if own is not None else contextlib.nullcontext():
        port = deployed(place, row.engine, scenario.config).port
    if own is not None:
        own.limit()
    path = {"path": f"{small_disk(place, row.engine)}/big"} if scenario.needs_disk else {}
    assert ask(port, {"kind": "plain"}) == "200"

    assert ask(port, {**scenario.body, **path}) == row.answer

    assert ask(port, {"kind": "plain"}) == "200", "whoever takes nothing of it is answered"
    watched = Watched(place)
    seen = watched.until(lambda each: each.failure is not None and each.state == row.state)
    assert seen.failure is not None
    assert (seen.failure.code, row.limit in seen.failure.message) == (row.cause, True), seen.failure
    assert (seen.restarts > 0) == (row.afterwards == "a new worker")
    if "/tmp" in row.what and row.afterwards == "a new worker":
        assert place.answer(body='{"kind": "left"}') == "0", "the files of the worker that ended are removed"
    assert "starting" not in watched.phases
    assert f"{row.cause}: " in watched.shown()
    assert row.limit in watched.log()
    assert "Failed" not in {seen.state for seen in place.deployments.services()}


@pytest.mark.docker
def test_an_init_that_fills_tmp_names_its_size(docked: Any) -> None:
    script = SCRIPT.replace("    def init():\n        pass", '    def init():\n        write("/tmp/big", 200 << 20)')
    config = docked.write("deploymentconfig.json", json.dumps({"computeType": "local", **QUARTER}))
    refused = docked.refused(script, deployment_config=str(config))
    assert refused.code == "init-failed"
    assert "/tmp is full: 128 MB (tmpSize)" in refused.message
    assert docked.deployments.service("svc-one").state == "Failed"


@pytest.mark.docker
def test_an_update_without_room_for_it_is_refused_with_the_limit(docked: Any) -> None:
    port = deployed(docked, "Docker", {"container": {"pidsLimit": 40}}).port
    assert ask(port, {"kind": "threads"}) == "500"
    docked.write("score.py", SCRIPT + "\n    CHANGED = 1\n")
    with pytest.raises(ScoredockError, match=r"limit of 40 processes and threads \(pidsLimit\)"):
        docked.deployments.reload("svc-one")
    assert ask(port, {"kind": "plain"}) == "200"
    assert docked.deployments.restart("svc-one").state == "Healthy", "a restart frees them"


@pytest.mark.docker
def test_a_container_that_ends_as_a_whole_is_started_again_once(docked: Any) -> None:
    port = deployed(docked, "Docker", QUARTER).port
    watched = Watched(docked)
    assert ask(port, {"kind": "end"}) == NO_RESPONSE
    seen = watched.until(lambda each: each.restarts == 1 and each.state == "Healthy")
    assert seen.port == port
    assert seen.failure is not None
    assert "was killed" in seen.failure.message
    assert "All of the service had ended, and it starts again" in watched.log()
    assert "starting" not in watched.phases
    assert ask(port, {"kind": "plain"}) == "200"
    assert ask(port, {"kind": "end"}) == NO_RESPONSE
    failed = watched.until(lambda each: each.state == "Failed").failure
    assert failed is not None
    assert "ended twice within 10 minutes" in failed.message
    assert [each["State"] for each in docked.containers()] == ["exited"]
    assert docked.deployments.start("svc-one").state == "Healthy"
    assert "ended twice" not in watched.shown()


@pytest.mark.docker
@pytest.mark.parametrize("arguments", [("--pids-limit 3",), ("--pids-limit=3",)])
def test_a_container_with_too_few_processes_gets_what_a_service_needs(docked: Any, told: Any, arguments: Any) -> None:
    environment = {
        "name": "few",
        "python": {"userManagedDependencies": False, "condaDependencies": {"dependencies": ["python"]}},
        "docker": {"arguments": list(arguments)},
    }
    script = docked.write("score.py", SCRIPT)
    document = {"entryScript": str(script), "environment": environment}
    path = docked.write("inferenceconfig.json", json.dumps(document))
    assert docked.deploy(SCRIPT, told, inference_config=str(path)).state == "Healthy"
    assert any("needs 32 processes and threads" in each for each in told.messages), told.messages


@pytest.mark.docker
def test_a_limit_of_three_processes_is_refused_before_anything_is_made(docked: Any) -> None:
    with pytest.raises(ScoredockError) as refused:
        deployed(docked, "Docker", {"container": {"pidsLimit": 3}})
    assert refused.value.code == "check-failed"
    assert docked.containers() == []


@pytest.mark.docker
def test_a_container_without_threads_of_its_own_for_answers_is_not_starting(docked: Any) -> None:
    """As those of earlier releases are: nobody there answers, and why is seen from outside."""
    port = deployed(docked, "Docker", {"container": {"pidsLimit": 40}}).port
    assert ask(port, {"kind": "threads"}) == "500"
    (running,) = [each for each in docked.containers() if each["State"] == "running"]
    top = docked.docker.api.top(running["Id"], ps_args="-eo pid,args")["Processes"]
    parents = [int(pid) for pid, line in top if "scoredock_runtime serve" in line and "docker-init" not in line]
    for pid in parents:
        os.kill(pid, signal.SIGSTOP)
    try:
        watched = Watched(docked)
        seen = watched.until(lambda each: each.failure is not None and each.state == "Unhealthy")
        assert seen.failure is not None
        assert (seen.failure.code, "(pidsLimit)" in seen.failure.message) == ("service-out-of-processes", True)
        assert "starting" not in watched.phases
        assert "starting" not in {each.phase for each in docked.again().services()}, "nor to whoever looks first now"
    finally:
        for pid in parents:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.docker
@pytest.mark.long("another one ends as a whole at the gate")
def test_a_container_without_a_guard_names_tmp_when_it_ends(docked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of earlier releases are."""
    monkeypatch.setattr(docker_options, "LIMIT_NAMES", {})
    config = {"containerResourceRequirements": {"memoryInGB": 0.1}, "container": {"tmpSize": "512m"}}
    port = deployed(docked, "Docker", config).port
    assert ask(port, {"kind": "file", "path": "/tmp/big", "bytes": 400 * MEGABYTE}) == NO_RESPONSE
    failed = Watched(docked).until(lambda each: each.state == "Failed").failure
    assert failed is not None
    assert failed.code == "container-out-of-memory"
    assert "Files in /tmp count as memory, and may take 512 MB (tmpSize)." in failed.message
    monkeypatch.undo()
    assert docked.deployments.restart("svc-one").state == "Healthy"
