"""A deploying process is killed at its system calls; what is found afterwards is whole, and the same action works.

Only the process that deploys is traced and killed: the runtime and the installer it started are left to themselves, as
they are when an editor dies. Where the kills fall is spread over the steps of each phase; the long run has many more of
them. Each has a world of its own, so that some of them run side by side.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from depth import LONG, SEED, rounds
from pace import patience, within

sys.path.insert(0, str(Path(__file__).parent.parent))

from scoredock.environments.built import MARKER
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest, DeploySettings

from crash.harness import KILLED_AT, Harness, Outcome, Point, acknowledged, table

CHILD = Path(__file__).parent.parent / "crash" / "deploy_child.py"
SYSCALLS = (*KILLED_AT, "connect", "sendto", "recvfrom", "vfork", "clone3", "wait4", "kill")
STEADY = ("fsync", "fdatasync", "pwrite64", "unlink", "connect", "sendto", "recvfrom", "ftruncate")
"""Calls that waiting does not repeat: their numbers stay the same from run to run."""
PHASES = ("staging", "environment", "starting", "probing")
CLAIMING = rounds(gate=0, long=4)
"""Kills of a deployment before it has staged anything."""
IN_PHASE = rounds(gate=1, long=14)
"""In each later phase."""
OTHERS = rounds(gate=1, long=10)
"""Of each other change."""
AT_ONCE = 3
"""Kills that are tried beside one another."""
NAME = "svc-one"
pytestmark = [pytest.mark.slow, pytest.mark.chance]
_MARK = re.compile(r"/scoredock-mark/(begin-(\w+)|end)")
_CALL = re.compile(r"^(\w+)\((.*)$")


class MainThread(Harness):
    """Traces the first thread of the child only, not what it starts; phases come from the child's marks."""

    def record_phases(self, arguments: Sequence[object]) -> list[Point]:
        log = self.log_folder / "clean.strace"
        outcome = self._start(arguments, log, [])
        assert outcome.returncode == 0, outcome.output
        counts: Counter[str] = Counter()
        points: list[Point] = []
        phase = ""
        for line in log.read_text(errors="replace").splitlines():
            call = _CALL.match(line)
            if call is None:
                continue
            counts[call[1]] += 1
            if marked := _MARK.search(call[2]):
                phase = marked[2] or ""
            elif phase:
                points.append(Point(call[1], counts[call[1]], call[2], phase))
        return points

    def _start(self, arguments: Sequence[object], log: Path, extra: Iterable[str]) -> Outcome:
        argv = [
            str(self.strace()),
            "-qq",
            "-y",
            "-s",
            "200",
            "-o",
            str(log),
            "-e",
            f"trace={self.syscalls}",
            "-e",
            "signal=none",
            *extra,
            sys.executable,
            "-B",
            str(self.script),
            *map(str, arguments),
        ]
        done = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            check=False,
            timeout=self.timeout,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            stdin=subprocess.DEVNULL,
        )
        return Outcome(done.returncode, done.stdout + done.stderr)


class World:
    """One workspace with a model, made anew for each kill."""

    def __init__(self, folder: Path, environments: Path | None = None) -> None:
        """`environments`: those of the other tests, where none has to be built."""
        self.folder = folder
        self.workspace = folder / "workspaces" / "local"
        self.workspace.mkdir(parents=True)
        if environments is not None:
            (self.workspace / "environments").symlink_to(environments)
        self.acknowledgements = folder / "acknowledged"
        self.script = folder / "score.py"
        self.script.write_text("def init():\n    pass\n\n\ndef run(data):\n    return 1\n")
        model = folder / "model.txt"
        model.write_text("bytes")
        Registry(self.workspace).register([model], "m")

    def arguments(self, verb: str, order: str = "right") -> list[object]:
        return [self.workspace, self.acknowledgements, verb, order, self.script]

    def deployments(self) -> Deployments:
        return Deployments(Registry(self.workspace), settings=DeploySettings(start_timeout=60.0, stop_grace=1.0))

    def deploy(self, **changes: Any) -> None:
        self.deployments().deploy(DeployRequest(NAME, models=("m:1",), entry_script=str(self.script), **changes))

    def change_script(self) -> None:
        self.script.write_text(self.script.read_text().replace("return 1", "return 2"))

    def intent_phase(self) -> str:
        """How far the killed writer had come, by its own word."""
        connection = sqlite3.connect(self.workspace / "store.sqlite3")
        try:
            row = connection.execute("SELECT phase, verb FROM intents").fetchone()
            return "outside the lease" if row is None else row[0] or "claimed"
        finally:
            connection.close()

    def carrying(self) -> list[psutil.Process]:
        """Processes that name this workspace in their command line or environment, this one aside."""
        found = []
        for process in psutil.process_iter():
            try:
                told = " ".join(process.cmdline()) + " ".join(process.environ().values())
                if (
                    str(self.workspace) in told
                    and process.pid != os.getpid()
                    and process.status() != psutil.STATUS_ZOMBIE
                ):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def problems(self, verb: str) -> list[str]:
        """Everything that dangles after a recovery; empty when all is well."""
        found: list[str] = []
        begun = time.monotonic()
        deployments = self.deployments()
        deployments.recover()
        taken = time.monotonic() - begun
        if not within(taken, 8):
            found.append(f"recovery took {taken:.1f} s")
        if deployments.ledger.intents():
            found.append("an intent row is left")
        deadline = time.monotonic() + patience(10)
        while any(view.state == "Transitioning" for view in deployments.services()) and time.monotonic() < deadline:
            time.sleep(0.05)
        views = {view.name: view for view in deployments.services()}
        view = views.get(NAME)
        states = {
            "deploy": ("Healthy", "Failed", None),
            "update": ("Healthy",),
            "stop": ("Stopped", "Healthy"),
            "delete": (None, "Healthy"),
        }[verb]
        state = view.state if view else None
        if state not in states:
            found.append(f"the service is {state} after a killed {verb}")
        if acknowledged(self.acknowledgements):
            wanted = {"deploy": "Healthy", "update": "Healthy", "stop": "Stopped", "delete": None}[verb]
            if state != wanted:
                found.append(f"an acknowledged {verb} is {state}")
        if state == "Healthy" and deployments.client.call(NAME, b"").body not in (b"1", b"2"):
            found.append("the service answers something else")
        services = self.workspace / "services"
        folders = [entry.name for entry in services.iterdir()] if services.is_dir() else []
        if not set(folders) <= set(views):
            found.append(f"folders {folders}, services {list(views)}")
        parents = [process for process in self.carrying() if "start" in process.cmdline()]
        if len(parents) != (state == "Healthy"):
            found.append(f"{len(parents)} parents of a service that is {state}")
        environments = self.workspace / "environments"
        for entry in environments.iterdir() if environments.is_dir() else ():
            if entry.name.startswith(".building") or (
                (entry / "pyvenv.cfg").exists() and not (entry / MARKER).exists()
            ):
                found.append(f"half an environment: {entry.name}")
        return found

    def works_again(self) -> None:
        """The same action repeated succeeds, and deleting leaves nothing at all."""
        self.deploy(overwrite=True)
        deployments = self.deployments()
        assert deployments.service(NAME).state == "Healthy"
        assert deployments.client.call(NAME, b"").body in (b"1", b"2")
        deployments.delete(NAME)
        deadline = time.monotonic() + patience(5)
        while self.carrying() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [process.cmdline() for process in self.carrying()] == []
        assert list((self.workspace / "services").iterdir()) == []

    def end(self) -> None:
        for process in self.carrying():
            process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def harness(tmp_path: Path, shared: Path, require: Any) -> MainThread:
    require(Harness.strace(), "strace that may trace")
    return MainThread(CHILD, tmp_path, SYSCALLS, timeout=90)


def spread(points: list[Point], count: int) -> list[Point]:
    """Evenly chosen, one of each of so many equal parts: the one in the middle, in the long run another one each
    time."""
    if len(points) <= count:
        return points
    inside = random.Random(SEED).random() if LONG else 0.5
    return [points[int((number + inside) * len(points) / count)] for number in range(count)]


def kill(folder: Path, environments: Path | None, harness: MainThread, verb: str, point: Point) -> str:
    """In a world of its own: how far the writer had come, once all that must hold afterwards does."""
    world = World(folder, environments)
    try:
        if verb != "deploy":
            world.deploy()
            world.change_script()
        outcome = harness.run(world.arguments(verb), point.kill)
        hit = world.intent_phase() if outcome.killed else "not killed"
        assert outcome.killed or outcome.returncode == 0, outcome.output
        assert world.problems(verb) == [], f"{point} ({hit})"
        world.works_again()
    finally:
        world.end()
    return hit


def kill_all(
    folder: Path, environments: Path | None, harness: MainThread, verb: str, points: Sequence[Point]
) -> list[str]:
    """What `kill` tells of each."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun = [
            pool.submit(kill, folder / str(number), environments, harness, verb, point)
            for number, point in enumerate(points)
        ]
        return [each.result() for each in begun]


@pytest.mark.timeout(1800)
def test_kills_of_a_deployment_leave_nothing_half_done(tmp_path: Path, harness: MainThread) -> None:
    world = World(tmp_path / "world")
    try:
        points = harness.record_phases(world.arguments("deploy"))
    finally:
        world.end()
    chosen: list[Point] = spread([point for point in points if point.phase == "claiming"], CLAIMING)
    for phase in PHASES:
        mine = [point for point in points if point.phase == phase]
        steady = [point for point in mine if point.syscall in STEADY]
        chosen += spread(steady if phase == "probing" and len(steady) >= 12 else mine, IN_PHASE)
    hit = kill_all(tmp_path, None, harness, "deploy", chosen)
    print(table("kills of deploy, by the phase in the ledger", sorted(hit)))
    counts = Counter(hit)
    assert all(counts[phase] >= int(0.6 * IN_PHASE) for phase in PHASES), counts


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "verb",
    [
        pytest.param("update", marks=pytest.mark.long("test_who_answers.py ends thirty updates at the gate")),
        pytest.param("stop", marks=pytest.mark.long("the gate kills who deletes, which begins with the same stop")),
        "delete",
    ],
)
def test_kills_of_other_changes_leave_nothing_half_done(
    tmp_path: Path, shared: Path, harness: MainThread, verb: str
) -> None:
    world = World(tmp_path / "world", shared)
    try:
        world.deploy()
        world.change_script()
        points = spread(harness.record_phases(world.arguments(verb)), OTHERS)
    finally:
        world.end()
    hit = kill_all(tmp_path, shared, harness, verb, points)
    print(table(f"kills of {verb}, by the phase in the ledger", sorted(hit)))
    assert sum(phase != "not killed" for phase in hit) >= max(1, int(0.6 * OTHERS))


@pytest.mark.long("of the test itself: shows that it would find what it looks for")
@pytest.mark.timeout(600)
def test_the_oracle_notices_an_action_without_an_intent(tmp_path: Path, harness: MainThread) -> None:
    world = World(tmp_path / "world")
    points = [
        point
        for point in harness.record_phases(world.arguments("deploy", "planted"))
        if point.phase in ("staging", "environment")
    ]
    world.end()
    noticed = []
    for number, point in enumerate(spread(points, 4)):
        world = World(tmp_path / str(number))
        try:
            harness.run(world.arguments("deploy", "planted"), point.kill)
            noticed += world.problems("deploy")
        finally:
            world.end()
    assert any("Transitioning" in problem for problem in noticed)
