"""Whoever updates a service is ended at any moment, by any signal: exactly one revision answers from then on, and it is
the one that is shown.

How answers are counted is in ended_updates.py. Sixty ends of terminals at the gate, five hundred in the long run, and
language servers besides. Services of workspaces of their own are updated side by side, as each mostly waits.
"""

from __future__ import annotations

import json
import textwrap
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from scoredock.engines.base import ModelFolder
from scoredock.engines.docker.engine import DockerEngine
from scoredock.engines.docker.models import volume_of
from scoredock.engines.parent_control import read_status
from scoredock.errors import ScoredockError
from scoredock.services.lifecycle.recovery import Recovery
from scoredock.services.request import UpdateRequest

from built_runtime import changed_runtime
from deploy.conftest import Place, new_docked, new_place
from deploy.docked import Docked
from deploy.ended_updates import (
    FAST,
    NAME,
    SCRIPT,
    SLOW,
    Kind,
    Tally,
    Updated,
    fail_if_wrong,
    mixed,
    wrong_after_a_kill,
)
from deploy.reload_parts import wait_for, workers
from depth import LONG
from suspension import suspend

pytestmark = [pytest.mark.chance, pytest.mark.timeout(3600 if LONG else 600)]

PROCESSES = (
    Kind(SLOW, gate=4, long=40),
    Kind(SLOW, gate=4, long=40),
    Kind(FAST, gate=8, long=120),
)
CONTAINERS = (
    Kind(SLOW, gate=3, long=120, moves=True),
    Kind(FAST, gate=3, long=100, moves=True),
    Kind(SLOW, gate=2, long=80),
)
EDITORS = {
    "process": (Kind(SLOW, gate=2, long=20),),
    "docker": (Kind(SLOW, gate=0, long=14, moves=True), Kind(SLOW, gate=0, long=6)),
}


def side_by_side(kinds: Iterable[Kind], sweep: Callable[[int, Kind], Tally]) -> None:
    """A sweep for each kind, all at once."""
    numbered = list(enumerate(kinds))
    with ThreadPoolExecutor(len(numbered)) as pool:
        fail_if_wrong(sum(pool.map(lambda each: sweep(*each), numbered), Tally()))


@contextmanager
def in_a_process(folder: Path, shared: Path, kind: Kind) -> Iterator[Updated]:
    with new_place(folder, shared) as place:
        place.deploy(SCRIPT, environment_variables={"TURN": "1"})
        yield Updated(place, kind)


def in_a_container(docked: Docked, kind: Kind, planted: str = "") -> Updated:
    for number in (1, 2):
        model = docked.project / f"{number}.txt"
        model.write_text(f"{docked.workspace} {number}")
        docked.registry.register([model], "m")
    docked.deploy(SCRIPT, models=("m:1",), environment_variables={"TURN": "1"})
    return Updated(docked, kind, planted)


def test_twenty_four_ends_at_the_gate_and_five_hundred_in_the_long_run() -> None:
    kinds = (*PROCESSES, *CONTAINERS)
    assert (sum(kind.gate for kind in kinds), sum(kind.long for kind in kinds)) == (24, 500)


def test_of_processes(tmp_path: Path, shared: Path) -> None:
    def sweep(number: int, kind: Kind) -> Tally:
        with in_a_process(tmp_path / str(number), shared, kind) as service:
            return service.sweep()

    side_by_side(PROCESSES, sweep)


@pytest.mark.docker
def test_of_containers(tmp_path: Path, shared: Path, shared_images: Path) -> None:
    def sweep(number: int, kind: Kind) -> Tally:
        with new_docked(tmp_path / str(number), shared, shared_images) as docked:
            return in_a_container(docked, kind).sweep() + what_is_left(docked, kind)

    side_by_side(CONTAINERS, sweep)


@pytest.mark.parametrize(
    "engine",
    [
        "process",
        pytest.param(
            "docker",
            marks=[
                pytest.mark.docker,
                pytest.mark.long("at the gate terminals are ended there, and test_docker_kills_editor kills an editor"),
            ],
        ),
    ],
)
def test_the_language_server_is_killed(tmp_path: Path, shared: Path, shared_images: Path, engine: str) -> None:
    """With all the processes below it, as VS Code does it, while init() of the new revision runs or just before or
    after."""

    def sweep(number: int, kind: Kind) -> Tally:
        if engine == "process":
            with in_a_process(tmp_path / str(number), shared, kind) as service:
                return service.sweep_in_editor()
        with new_docked(tmp_path / str(number), shared, shared_images) as docked:
            return in_a_container(docked, kind).sweep_in_editor() + what_is_left(docked, kind)

    side_by_side(EDITORS[engine], sweep)


def what_is_left(docked: Docked, kind: Kind) -> Tally:
    """Containers and volumes that nobody can explain, once an editor has started again.

    A daemon may still make something for a client that is gone already; the next start of an editor clears it away.
    """
    docked.again().recover()
    containers = docked.containers()
    wrong = []
    states = [each["State"] for each in containers]
    if states not in (["running"], ["running", "running"]):
        wrong.append(f"{kind}: {states}, and not only the one that serves and the holder of its network")
    mounted = {mount["Name"] for each in containers for mount in each["Mounts"] if mount.get("Name")}
    models = {volume_of(_model_folder(docked, number)) for number in (1, 2)}
    there = {each["Name"] for each in docked.docker.api.volumes()["Volumes"] or ()}
    unused = {*docked.volumes(), *(each for each in there if each.removesuffix("-complete") in models)}
    for volume in sorted(each for each in unused if each.removesuffix("-complete") not in mounted):
        wrong.append(f"{kind}: the volume {volume} belongs to no container")
    return Tally(wrong=wrong)


def _model_folder(docked: Docked, number: int) -> ModelFolder:
    model = docked.registry.model(f"m:{number}")
    files = [(each.path, docked.registry.blobs.path(each.sha256), each.size, each.sha256) for each in model.files]
    return ModelFolder(model.name, model.version, tuple(files), tuple(model.folders))


# ---------------------------------------------------------------------------------------------- the count can fail


@pytest.mark.parametrize(
    ("left", "is_wrong"),
    [
        ([1, 1, 1], False),
        ([1, 1, 2], False),
        ([2, 2, 2], False),
        ([1, 2, 1], True),
        ([2, 2, 1], True),
        (["ConnectionRefusedError"] * 3, True),
        ([1, "ConnectionRefusedError", 2], True),
        ([3, 3, 3], True),
    ],
)
def test_of_an_update_from_one_to_two_nobody_else_may_answer(left: list[int | str], is_wrong: bool) -> None:
    assert bool(mixed(left, 1, 2)) == is_wrong


def _nothing(*_: object) -> None:
    return None


def test_a_process_that_takes_up_what_nobody_decided_is_seen_by_the_count(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it once was: the parent went on for a client that was gone, and a look settled nothing."""
    going_on = {"parent/control_requests.py": ("            if is_disconnected():", "            if False:")}
    with (
        changed_runtime(tmp_path / "wheels", going_on),
        in_a_process(tmp_path, shared, Kind(SLOW, gate=1, long=1)) as service,
    ):
        service.settle_seconds = 1.0
        monkeypatch.setattr(Recovery, "before_a_look", _nothing)
        wrong = wrong_after_a_kill(service, lambda: workers(service.place) == 2)
        monkeypatch.undo()
        assert any("1 is shown, and Counter({2: 10}) answers" in each for each in wrong), wrong


@pytest.mark.long("shows with two workers what the test above shows with one")
def test_a_worker_that_listens_before_the_decision_is_seen_by_the_count(tmp_path: Path, shared: Path) -> None:
    """One of two new workers is ready early and the other one fails late, so the change is refused after all."""
    listening = {
        "parent/control_requests.py": ("            if is_disconnected():", "            if False:"),
        "parent/worker_pool.py": ("        late = self.is_closed or candidate\n", "        late = self.is_closed\n"),
    }
    with changed_runtime(tmp_path / "wheels", listening), new_place(tmp_path, shared) as place:
        config = place.write("dc.json", json.dumps({"computeType": "aks", "numReplicas": 2, "authEnabled": False}))
        script = ONE_OF_TWO_FAILS.replace("FOLDER", str(place.project))
        place.deploy(script, deployment_config=str(config), environment_variables={"TURN": "1"})
        service = Updated(place, Kind(SLOW, gate=1, long=1))
        wrong = wrong_after_a_kill(service, (place.project / "2").exists)
        assert any("mixed before a look" in each for each in wrong), wrong


ONE_OF_TWO_FAILS = """
import os, time

def init():
    try:
        os.mkdir(os.path.join("FOLDER", os.environ["TURN"]))
    except FileExistsError:
        time.sleep(float(os.environ.get("INIT_SECONDS", "0")))
        if os.environ["TURN"] != "1":
            raise ValueError("the second worker cannot start")

def run(data):
    return int(os.environ["TURN"])
"""
LISTENS_BY_ITSELF = """
import dataclasses
from scoredock.engines.docker import start as docker_start

inside = docker_start.spec_inside
docker_start.spec_inside = lambda *given: dataclasses.replace(inside(*given), bind_late=False)
"""


@pytest.mark.docker
@pytest.mark.long("the same of a service in a process is quicker, and at the gate")
def test_a_container_that_listens_by_itself_is_seen_by_the_count(
    docked: Docked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it once was: the new container listened after init(), and nobody told the old one to leave."""
    service = in_a_container(docked, Kind(SLOW, gate=1, long=1, moves=True), LISTENS_BY_ITSELF)
    monkeypatch.setattr(DockerEngine, "_settle", _nothing)
    wrong = wrong_after_a_kill(service, lambda: [each["State"] for each in docked.containers()] == ["running"] * 2)
    monkeypatch.undo()
    assert any("mixed before a look" in each or " is shown, and " in each for each in wrong), wrong


# ---------------------------------------------------------------------------------------------- before the decision


def test_a_revision_that_is_not_decided_yet_answers_nobody(place: Place) -> None:
    """The parent stands still once the new script is ready, and the old worker does, too: nobody answers then. Whoever
    asked is told that it is halted, and what was given up is not carried out when it goes on."""
    place.deploy(SCRIPT, environment_variables={"TURN": "1"})
    service = Updated(place, PROCESSES[0])
    told = read_status(place.workspace / "services" / NAME)
    assert told is not None
    parent, (old,) = psutil.Process(told.parent_pid), map(psutil.Process, told.worker_pids)
    reached = place.project / "reached"
    stopping = f"import os, signal\nos.kill({parent.pid}, signal.SIGSTOP)\nopen({str(reached)!r}, 'w').close()\n"
    place.write("score.py", textwrap.dedent(SCRIPT).replace("def init():\n", f"def init():\n{_inside(stopping)}"))
    answers: list[int | str] = []
    asking = threading.Thread(target=lambda: answers.append(service.answer_once()))
    refused: list[str] = []

    def update() -> None:
        try:
            place.deployments.update(NAME, UpdateRequest(environment_variables={"TURN": "2"}))
        except ScoredockError as error:
            refused.append(error.code)

    updating = threading.Thread(target=update)
    updating.start()
    try:
        wait_for(reached.exists)
        suspend(old)
        asking.start()
        asking.join(2.0)  # a revision that would answer is ready long before
        assert answers == []
        updating.join()
        assert refused == ["service-unreachable"]
    finally:
        old.resume()
        asking.join()
        parent.resume()
        updating.join()
    assert answers == [1]
    assert service.shown() == ("Healthy", 1)
    assert set(service.answers(10, 1.0)) == {1}


def _inside(lines: str) -> str:
    return textwrap.indent(lines, "    ")
