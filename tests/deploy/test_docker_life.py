"""The life of a service in a container, over a real daemon: the same verbs, files and answers as in a process."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from scoredock.engines.docker.identity import DESCRIPTION
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.services.request import UpdateRequest

from deploy.conftest import ECHO, Told, terminal
from deploy.docked import Docked
from pace import patience
from ports import free_port

pytestmark = pytest.mark.docker

READS_MODEL = """
    import json, os, pathlib

    def init():
        global text
        text = (pathlib.Path(os.environ["AZUREML_MODEL_DIR"]) / "weights.txt").read_text()

    def run(data):
        return {"model": text, "where": os.environ["AZUREML_MODEL_DIR"], "root": os.environ["AML_APP_ROOT"]}
"""


def two(value: object) -> str:
    return f"def init():\n    pass\n\n\ndef run(data):\n    return {value!r}\n"


def register(place: Docked, text: str) -> str:
    path = place.project / "weights.txt"
    path.write_text(text)
    return place.registry.register([path], "weights").id


def test_a_model_lies_where_it_lies_in_the_cloud_without_a_copy_and_deleting_leaves_nothing(
    docked: Docked, told: Told
) -> None:
    model = register(docked, "one")
    view = docked.deploy(READS_MODEL, told, models=(model,))
    assert (view.state, view.engine, view.models) == ("Healthy", "docker", (model,))
    assert json.loads(docked.answer()) == {
        "model": "one",
        "where": "/var/azureml-app/azureml-models/weights/1",
        "root": "/var/azureml-app",
    }
    assert list(docked.workspace.glob("services/*/revisions/*/azureml-app/azureml-models/*")) == []
    assert told.messages[-1] == "Starting the container"
    docked.deployments.delete("svc-one")
    docked.deployments.recover()
    docked.no_orphans()


def test_an_update_brings_script_model_and_environment(docked: Docked) -> None:
    docked.deploy(READS_MODEL, models=(register(docked, "one"),))
    first = docked.deployments.service("svc-one")
    docked.write("score.py", two("script"))
    assert docked.deployments.update("svc-one", UpdateRequest()).revision == 2
    assert docked.answer() == '"script"'
    docked.write("score.py", READS_MODEL)
    docked.deployments.update("svc-one", UpdateRequest(models=(register(docked, "two"),)))
    assert json.loads(docked.answer())["model"] == "two"
    docked.write("score.py", "import toml\n\ndef init():\n    pass\n\ndef run(data):\n    return toml.__name__\n")
    packages = docked.write("requirements.txt", "toml==0.10.2\n")
    view = docked.deployments.update("svc-one", UpdateRequest(environment_file=str(packages)))
    assert docked.answer() == '"toml"'
    assert (view.port, view.revision, view.state) == (first.port, 4, "Healthy")


def test_a_refused_update_leaves_the_old_one_serving(docked: Docked) -> None:
    docked.deploy(two(1))
    docked.write("score.py", "def init():\n    raise ValueError('broken on purpose')\n\ndef run(data):\n    pass\n")
    with pytest.raises(ScoredockError, match="broken on purpose") as refused:
        docked.deployments.update("svc-one", UpdateRequest(environment_variables={"A": "1"}))
    view = docked.deployments.service("svc-one")
    assert refused.value.code == "init-failed"
    assert refused.value.place is not None
    assert refused.value.place.path == str(docked.project / "score.py")
    assert (docked.answer(), view.state, view.revision) == ("1", "Healthy", 1)
    assert view.failure is not None
    assert view.failure.during == "update"


def test_a_reload_takes_saved_files_in_and_refuses_broken_ones(docked: Docked) -> None:
    docked.deploy(two(1))
    docked.write("score.py", two(2))
    assert docked.deployments.reload("svc-one").outcome == "reloaded"
    assert docked.answer() == "2"
    assert docked.deployments.reload("svc-one").outcome == "unchanged"
    docked.write("score.py", "def init():\n    1 / 0\n\ndef run(data):\n    pass\n")
    with pytest.raises(ScoredockError, match="division by zero"):
        docked.deployments.reload("svc-one")
    assert docked.answer() == "2"
    failure = docked.deployments.service("svc-one").failure
    assert failure is not None
    assert [(frame.file, frame.line) for frame in failure.frames] == [(str(docked.project / "score.py"), 2)]


def test_stopped_it_keeps_its_container_and_starts_again(docked: Docked) -> None:
    docked.deploy(two(1))
    assert docked.deployments.stop("svc-one").state == "Stopped"
    assert [each["State"] for each in docked.containers()] == ["exited"]
    assert docked.deployments.start("svc-one").state == "Healthy"
    assert docked.answer() == "1"
    assert len(docked.containers()) == 1
    assert docked.deployments.restart("svc-one").state == "Healthy"
    assert docked.answer() == "1"


@pytest.mark.chance
def test_another_process_adopts_what_runs_and_shows_its_memory(docked: Docked) -> None:
    docked.deploy(two(1))
    other = docked.again()
    assert other.recover() == []
    view = other.service("svc-one")
    assert view.state == "Healthy"
    assert view.memory_bytes is not None
    assert 1 << 20 < view.memory_bytes < 1 << 30
    docked.write("score.py", two(2))
    assert other.reload("svc-one").outcome == "reloaded"
    assert docked.answer() == "2"


def test_a_service_moves_between_engines_and_ports(docked: Docked) -> None:
    docked.deploy(two(1), engine="process")
    assert docked.containers() == []
    view = docked.deployments.update("svc-one", UpdateRequest(engine="docker"))
    assert (view.engine, view.state, docked.answer()) == ("docker", "Healthy", "1")
    assert not [line for line in docked.left() if "scoredock_runtime" in line]
    free = free_port()
    assert docked.deployments.update("svc-one", UpdateRequest(port=free)).port == free
    assert docked.answer() == "1"
    view = docked.deployments.update("svc-one", UpdateRequest(engine="process"))
    assert (view.engine, docked.answer(), docked.containers()) == ("process", "1", [])


def test_a_service_whose_move_failed_starts_where_its_revision_belongs(docked: Docked) -> None:
    docked.deploy(two(1))
    docked.write("score.py", "def init(): 1/0\ndef run(data): pass\n")
    with pytest.raises(ScoredockError, match="division"):
        docked.deployments.update("svc-one", UpdateRequest(engine="process"))
    assert docked.deployments.service("svc-one").state == "Failed"
    assert docked.containers() == []
    view = docked.deployments.start("svc-one")
    assert (view.engine, view.state, docked.answer()) == ("docker", "Healthy", "1")


def test_resources_and_opt_outs_of_the_deployment_configuration_reach_the_container(docked: Docked, told: Told) -> None:
    docked.deploy(two(1))
    (first,) = [each["Names"][0].lstrip("/") for each in docked.containers()]
    config = {
        "computeType": "local",
        "containerResourceRequirements": {"cpu": 0.5, "memoryInGB": 0.25},
        "container": {"pidsLimit": 99, "shmSize": "64m", "readOnlyRoot": False, "capabilities": ["CHOWN"]},
    }
    path = docked.write("deploymentconfig.json", json.dumps(config))
    docked.deployments.update("svc-one", UpdateRequest(deployment_config=str(path)), told)
    (running,) = [each for each in docked.containers() if "svc-one-2" in each["Names"][0]]
    host: dict[str, Any] = docked.docker.api.inspect_container(running["Id"])["HostConfig"]
    assert (host["NanoCpus"], host["Memory"], host["PidsLimit"]) == (500_000_000, 256 << 20, 99)
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["CapAdd"]) == (False, ["ALL"], ["CHOWN"])
    assert any("less protected than usual: “readOnlyRoot” is false" in each for each in told.messages)
    assert docked.answer() == "1"
    # The container beside it can be explained, by itself and by whoever looks at the service.
    assert f"kept up by the container {first}, which no longer serves requests" in shown(docked)
    assert "holds them" in docked.docker.api.inspect_container(first)["Config"]["Labels"][DESCRIPTION]
    docked.deployments.stop("svc-one")
    assert "held by" not in shown(docked)


def shown(place: Docked) -> str:
    """What `service show` prints."""
    command = terminal(place, "service", "show", "svc-one")
    out, error = command.communicate(None, timeout=100)
    assert command.returncode == 0, error
    return out.decode()


def test_build_and_container_log_are_one(docked: Docked, told: Told) -> None:
    packages = docked.own_requirements()
    docked.deploy(
        "def init():\n    print('hello from init')\n\ndef run(data):\n    return 1\n",
        told,
        environment_file=str(packages),
    )
    lines = [record.m for record in docked.deployments.logs.records("svc-one")]
    numbers = [record.n for record in docked.deployments.logs.records("svc-one")]
    staged = lines.index("Staging score.py")
    installed = next(index for index, each in enumerate(lines) if each.strip().startswith("+ scoredock-tests-"))
    said = next(index for index, each in enumerate(lines) if "hello from init" in each)
    assert staged < installed < said
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.chance
def test_requests_are_answered_through_an_update(docked: Docked) -> None:
    docked.deploy(two(1))
    stop, failures = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            try:
                assert docked.answer() in ("1", "2")
            except (ScoredockError, AssertionError) as error:
                failures.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        docked.write("score.py", two(2))
        docked.deployments.update("svc-one", UpdateRequest(environment_variables={"A": "1"}))
    finally:
        stop.set()
        asking.join()
    assert failures == []
    assert docked.answer() == "2"


def test_what_init_prints_is_told_while_it_runs(docked: Docked) -> None:
    script = "import time\n\ndef init():\n    print('half way')\n    time.sleep(600)\n\ndef run(data):\n    pass\n"
    cancel = CancelToken()
    refused: list[str] = []

    def deploy() -> None:
        try:
            docked.deploy(script, cancel=cancel)
        except ScoredockError as error:
            refused.append(error.code)

    deploying = threading.Thread(target=deploy)
    deploying.start()
    try:
        deadline = time.monotonic() + patience(60)
        while not any("half way" in line for line in lines_of(docked)):
            assert time.monotonic() < deadline
            assert deploying.is_alive()
            time.sleep(0.05)
        assert docked.deployments.service("svc-one").state == "Transitioning"
    finally:
        cancel.cancel()
        deploying.join(30)
    assert refused == ["cancelled"]
    docked.no_orphans()


def lines_of(docked: Docked) -> list[str]:
    try:
        return [record.m for record in docked.deployments.logs.records("svc-one")]
    except ScoredockError:  # not recorded yet
        return []


def test_a_start_again_resolves_nothing(docked: Docked, told: Told) -> None:
    # What the runtime stands in for is known when it is deployed, and no more when it is started again.
    packages = docked.write("requirements.txt", "azureml-defaults\n")
    docked.deploy(ECHO, environment_file=str(packages))
    docked.deployments.stop("svc-one")
    docked.deployments.start("svc-one", told)
    assert not [message for message in told.messages if message.startswith("Resolving")]
    assert json.loads(docked.answer()) == {"got": "[1]"}
