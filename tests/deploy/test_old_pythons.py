"""Services whose script runs in a Python that is too old for the scoring runtime: all that a service does, through the
doors that people use.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import textwrap
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import from_conda
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.services.debug import debug
from scoredock.services.deployments import Deployments
from scoredock.services.endpoints.changes import VersionChanges
from scoredock.services.endpoints.endpoints import Endpoints
from scoredock.services.request import DeploySettings, UpdateRequest

import interpreters
from conda_channel import add_old_python, with_python
from deploy.conftest import Place, new_place
from deploy.debugged import SCRIPT as DEBUGGED
from deploy.debugged import TOTAL, Start, editor_for, mappings
from deploy.ended_updates import FAST, SCRIPT, SLOW, Kind, Tally, Updated, fail_if_wrong
from deploy.reload_parts import wait_for
from pace import patience

VERSION = """
    import os, pickle, sys

    def init():
        global model
        path = os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl")
        model = pickle.load(open(path, "rb"))
        print("loaded in", sys.version_info[:2])

    def run(data):
        return {"python": list(sys.version_info[:2]), "model": model, "got": data, "turn": os.environ.get("TURN", "")}
"""
LOAD = 5_000
"""Requests while a service is updated again and again; none of them may fail."""
CALLERS = 4


@pytest.fixture
def old_environment(place: Place, old_python: Path) -> str:
    return str(interpreters.environment_file(place.project, old_python))


@pytest.fixture
def model(place: Place, old_python: Path) -> str:
    """A pickle that the old Python wrote."""
    path = place.project / "model.pkl"
    program = "import pickle, sys; pickle.dump({'weights': (1, 2)}, open(sys.argv[1], 'wb'))"
    subprocess.run([str(old_python), "-c", program, path], check=True)
    place.registry.register([path], "m")
    return "m:1"


def version_of(python: Path) -> list[int]:
    told = subprocess.run(
        [str(python), "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, check=True
    )
    return [int(each) for each in told.stdout.split()]


@pytest.fixture
def old_service(place: Place, old_environment: str, model: str) -> Place:
    place.deploy(VERSION, environment_file=old_environment, models=(model,))
    return place


def script_processes(place: Place) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if any(word.endswith("script_process/host.py") for word in process.cmdline()) and str(
                place.workspace
            ) in " ".join(process.environ().values()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_the_script_runs_in_the_python_that_is_asked_for(old_service: Place, old_python: Path) -> None:
    told = json.loads(old_service.answer(body="[1]"))
    assert told == {"python": version_of(old_python), "model": {"weights": [1, 2]}, "got": "[1]", "turn": ""}
    log = "\n".join(record.m for record in old_service.deployments.logs.records("svc-one"))
    assert f"The script runs in Python {version_of(old_python)[0]}.{version_of(old_python)[1]}." in log
    assert "loaded in" in log


def test_the_memory_of_the_row_is_that_of_the_script_too(old_service: Place) -> None:
    (script,) = script_processes(old_service)
    worker = script.parent()
    shown = old_service.deployments.service("svc-one").memory_bytes
    assert worker is not None
    assert shown is not None
    assert shown > worker.memory_info().rss + script.memory_info().rss


def test_update_and_rollback(old_service: Place, old_python: Path) -> None:
    """To a supported Python and back, and by files that change."""
    supported = str(old_service.write("new.yml", "name: new\ndependencies:\n- pip:\n  - azureml-defaults"))
    old_service.deployments.update("svc-one", UpdateRequest(environment_file=supported))
    assert json.loads(old_service.answer())["python"] != version_of(old_python)
    assert script_processes(old_service) == []
    old_service.deployments.rollback("svc-one")
    assert json.loads(old_service.answer())["python"] == version_of(old_python)
    assert len(script_processes(old_service)) == 1


def test_stop_start_and_delete_leave_no_process(old_service: Place) -> None:
    old_service.deployments.stop("svc-one")
    wait_for(lambda: not script_processes(old_service))
    old_service.deployments.start("svc-one")
    assert json.loads(old_service.answer())["model"] == {"weights": [1, 2]}
    old_service.deployments.delete("svc-one")
    wait_for(lambda: not script_processes(old_service))


@pytest.mark.chance
@pytest.mark.timeout(300)
def test_none_of_five_thousand_requests_fails_while_it_is_updated(old_service: Place) -> None:
    """Each answer is of a revision that was asked for, the last one of the last."""
    address = urlsplit(next(iter(old_service.deployments.services())).scoring_uri)
    assert address.hostname is not None
    seen: Counter[tuple[int, str]] = Counter()
    left, lock = [LOAD], threading.Lock()
    over = threading.Event()

    def call() -> None:
        connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=60)
        own: Counter[tuple[int, str]] = Counter()
        while True:
            with lock:
                left[0] -= 1
                if left[0] < 0 and over.is_set():
                    break
            connection.request("POST", "/score", b"[1]", {"Content-Type": "application/json"})
            answer = connection.getresponse()
            body = answer.read()
            own[(answer.status, json.loads(body)["turn"] if answer.status == 200 else body.decode())] += 1
        with lock:
            seen.update(own)

    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    for each in callers:
        each.start()
    turns = 0
    while turns < 3 or left[0] > 0:
        turns += 1
        old_service.deployments.update("svc-one", UpdateRequest(environment_variables={"TURN": str(turns)}))
    over.set()
    for each in callers:
        each.join(patience(60))
    assert sum(seen.values()) >= LOAD
    assert {status for status, _ in seen} == {200}, seen
    assert {turn for _, turn in seen} <= {"", *map(str, range(1, turns + 1))}
    assert json.loads(old_service.answer())["turn"] == str(turns)


@pytest.mark.long("tests/deploy/test_who_answers.py counts who answers")
@pytest.mark.chance
@pytest.mark.timeout(600)
def test_ends_of_who_updates_it(tmp_path: Path, shared: Path, old_python: Path) -> None:
    """As tests/deploy/test_who_answers.py counts them."""
    tally = Tally()
    for number, kind in enumerate((Kind(SLOW, gate=1, long=40), Kind(FAST, gate=3, long=80))):
        with new_place(tmp_path / str(number), shared) as place:
            environment = str(interpreters.environment_file(place.project, old_python))
            place.deploy(SCRIPT, environment_variables={"TURN": "1"}, environment_file=environment)
            tally += Updated(place, kind).sweep()
    fail_if_wrong(tally)


@pytest.mark.chance
def test_a_script_that_is_killed_is_there_again(old_service: Place) -> None:
    for _ in range(3):
        (script,) = script_processes(old_service)
        os.kill(script.pid, signal.SIGKILL)
        wait_for(lambda: [each.pid for each in script_processes(old_service)] not in ([], [script.pid]))  # noqa: B023
        wait_for(lambda: _answers(old_service))
    assert len(script_processes(old_service)) == 1


def _answers(place: Place) -> bool:
    try:
        return json.loads(place.answer())["model"] == {"weights": [1, 2]}
    except (ScoredockError, OSError, ValueError, KeyError):
        return False


def test_an_endpoint_with_one_old_and_one_new_version(old_service: Place, old_python: Path, model: str) -> None:
    supported = str(old_service.write("new.yml", "name: new\ndependencies:\n- pip:\n  - azureml-defaults"))
    old_service.deploy(VERSION, name="svc-new", environment_file=supported, models=(model,))
    endpoints = Endpoints(old_service.deployments)
    endpoints.create("both", "old", "svc-one")
    try:
        endpoints.set_version("both", "new", VersionChanges("svc-new"))
        half = endpoints.traffic("both", {"old": 50, "new": 50})
        assert half.observation is not None
        seen: Counter[tuple[int, ...]] = Counter()
        connection = http.client.HTTPConnection("127.0.0.1", half.observation.port, timeout=60)
        for _ in range(60):
            connection.request("POST", "/score", b"[1]", {"Content-Type": "application/json"})
            answer = connection.getresponse()
            told = json.loads(answer.read())
            assert answer.status == 200, told
            seen[tuple(told["python"])] += 1
        assert len(seen) == 2
        assert min(seen.values()) > 10
    finally:
        endpoints.delete("both")


def test_the_environment_is_one_row_with_both_pythons(old_service: Place, old_python: Path) -> None:
    (row,) = [
        each
        for each in old_service.deployments.environments.list()
        if each.key == old_service.deployments.ledger.require("svc-one").current.environment_key  # type: ignore[union-attr]
    ]
    assert row.python_version.startswith("{}.{}.".format(*version_of(old_python)))
    assert not row.broken


@pytest.mark.long("installs NumPy and scikit-learn for old Pythons from the index")
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("version", "pins"),
    [("3.6", "scikit-learn==0.20.3"), ("3.7", "scikit-learn==0.24.2"), ("3.8", "scikit-learn==1.2.2")],
)
def test_a_tree_of_its_own_time_answers(place: Place, version: str, pins: str) -> None:
    if version not in interpreters.old():
        interpreters.no_cpython()
    environment = place.write(
        "conda.yml", f"name: old\ndependencies:\n- python={version}\n- pip:\n  - azureml-defaults\n  - {pins}\n"
    )
    spec = from_conda(CondaSpec("old", python=version, pip=(pins,)), str(environment))
    built = place.deployments.environments.prepare(spec, Silent(), CancelToken())
    path = place.project / "tree.pkl"
    program = (
        "import pickle, sys; from sklearn.tree import DecisionTreeRegressor as T;"
        "pickle.dump(T(random_state=0).fit([[0], [1], [2]], [0, 10, 20]), open(sys.argv[1], 'wb'))"
    )
    subprocess.run([str(built.python), "-c", program, path], check=True)
    place.registry.register([path], "tree")
    script = """
        import json, os, pickle

        def init():
            global model
            model = pickle.load(open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "tree.pkl"), "rb"))

        def run(data):
            return model.predict(json.loads(data)["data"]).tolist()
    """
    place.deploy(script, environment_file=str(environment), models=("tree:1",), skip_checks=True)
    assert json.loads(place.answer(body='{"data": [[0], [2]]}')) == [0, 20]


@pytest.mark.parametrize("which", [0, pytest.param(-1, marks=pytest.mark.long("its debugpy is nearly today's"))])
def test_a_breakpoint_stops_in_an_old_python(place: Place, old_python: Path, which: int) -> None:
    """By the newest debugpy that there is for it; where there is none the reason is said, and the service stays."""
    python = old_python if which == 0 else list(interpreters.old().values())[which]
    environment = str(interpreters.environment_file(place.project, python))
    script = place.write("score.py", DEBUGGED)
    place.deploy(entry_script=str(script), environment_file=environment)
    with editor_for(place) as editor:
        editor.listen(mappings(place))
        begun = Start(lambda: debug(place.deployments, "svc-one", editor.port, Silent(), CancelToken()))
        if python.name == "pypy3":
            begun.over()
            assert isinstance(begun.error, ScoredockError)
            assert "lacks debugpy" in begun.error.message
            assert place.answer(body="[1, 2]") == "3"
            return
        assert editor.begin({script: [TOTAL]}) == {script: [True]}
        begun.end()
        told: list[str] = []
        caller = threading.Thread(target=lambda: told.append(place.answer(body="[1, 2]")))
        caller.start()
        assert editor.stopped() == (str(script), TOTAL, "run")
        assert place.deployments.service("svc-one").state == "Healthy", "health answers while the script stands still"
        editor.go_on()
        caller.join(patience(30))
        assert told == ["3"]
        editor.disconnect()


@pytest.mark.long("tests/environments makes an environment of a conda channel at the gate")
def test_a_python_of_a_conda_channel(
    place: Place, old_python: Path, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment of real conda packages, with a package of pip's that is Python alone."""
    if old_python.name == "pypy3":
        interpreters.no_cpython()
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "packages"))
    channel = with_python(tmp_path / "channel")
    version = add_old_python(channel, old_python)
    dependencies = [f"python={version}", "ffmpeg", {"pip": ["azureml-defaults", "tabulate==0.8.10"]}]
    environment = place.write("conda.yml", json.dumps({"channels": ["conda-forge"], "dependencies": dependencies}))
    settings = DeploySettings(
        start_timeout=60.0, environment=EnvironmentSettings(conda_channels=(f"conda-forge={channel.url}",))
    )
    place.deployments = Deployments(place.registry, settings=settings)
    script = textwrap.dedent(VERSION).replace("import os, pickle, sys", "import os, pickle, sys, tabulate")
    place.deploy(script, environment_file=str(environment), models=(model,))
    told = json.loads(place.answer())
    assert (told["python"], told["model"]) == (version_of(old_python), {"weights": [1, 2]})
