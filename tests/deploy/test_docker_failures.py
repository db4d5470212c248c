"""What goes wrong around containers is named, keeps its log, and leaves nothing behind."""

from __future__ import annotations

import socket
import time

import pytest
from scoredock.containers.connection import DockerSettings
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments

from deploy.conftest import ECHO, Told
from deploy.docked import Docked, settings
from pace import patience

pytestmark = pytest.mark.docker
FURTHER = pytest.mark.long("another step of the same change, which the same block clears up after")


def test_a_failing_init_is_told_with_its_line_and_the_container_stays(docked: Docked) -> None:
    error = docked.refused("import os\n\ndef init():\n    raise ValueError('no weights')\n\ndef run(data):\n    pass\n")
    view = docked.deployments.service("svc-one")
    assert error.code == "init-failed"
    assert error.place is not None
    assert (error.place.path, error.place.line) == (str(docked.project / "score.py"), 3)
    assert view.state == "Failed"
    assert len(docked.containers()) == 1
    assert any("no weights" in record.m for record in docked.deployments.logs.records("svc-one"))
    docked.deploy(ECHO)
    assert len(docked.containers()) == 1


@pytest.mark.long(
    "of another way to fail in a container than test_a_failing_init; test_failures has this one in a process"
)
def test_a_script_that_ends_its_process(docked: Docked) -> None:
    error = docked.refused("import os\n\ndef init():\n    os._exit(3)\n\ndef run(data):\n    pass\n")
    assert error.code in ("init-exited", "service-crashed")
    assert docked.deployments.service("svc-one").state == "Failed"


def test_an_init_that_hangs_ends_after_the_start_time_out(docked: Docked) -> None:
    docked.deployments.settings = settings(start_timeout=2.0)
    error = docked.refused("import time\n\ndef init():\n    time.sleep(600)\n\ndef run(data):\n    pass\n")
    assert error.code == "init-timeout"
    assert [each["State"] for each in docked.containers()] == ["exited"]


def test_a_package_that_does_not_exist_fails_the_build(docked: Docked) -> None:
    packages = docked.write("requirements.txt", "no-such-package-of-scoredock==1.2.3\n")
    error = docked.refused(ECHO, environment_file=str(packages))
    assert "no-such-package-of-scoredock" in error.message
    view = docked.deployments.service("svc-one")
    assert view.state == "Failed"
    assert docked.containers() == []


def test_a_base_image_that_is_nowhere(docked: Docked) -> None:
    docked.deployments = Deployments(docked.registry, settings=settings(base_image="127.0.0.1:1/nothing:here"))
    error = docked.refused(ECHO)
    assert "127.0.0.1:1/nothing:here" in error.message
    assert docked.containers() == []


def test_a_port_that_is_taken_is_named(docked: Docked) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        error = docked.refused(ECHO, port=port)
    assert error.code == "port-in-use"
    assert str(port) in error.message
    assert docked.containers() == []


def test_memory_that_runs_out_is_named(docked: Docked) -> None:
    config = '{"computeType": "local", "containerResourceRequirements": {"memoryInGB": 0.1}}'
    path = docked.write("deploymentconfig.json", config)
    script = (
        "def init():\n    global held\n    held = bytearray(400_000_000)\n    held[::4096] = b'x' *"
        " len(held[::4096])\n\ndef run(data):\n    pass\n"
    )
    error = docked.refused(script, deployment_config=str(path))
    assert error.code == "container-out-of-memory", error
    assert docked.deployments.service("svc-one").state == "Failed"


def test_a_container_that_is_removed_from_outside(docked: Docked) -> None:
    docked.deploy(ECHO)
    for each in docked.containers():
        docked.docker.api.remove_container(each["Id"], force=True, v=True)
    assert docked.until("Failed").failure is not None
    assert docked.deployments.restart("svc-one").state == "Healthy"


def test_without_a_daemon_all_places_are_named_and_nothing_is_begun(docked: Docked) -> None:
    absent = DockerSettings("unix:///nowhere/docker.sock")
    docked.deployments = Deployments(Registry(docked.workspace), settings=settings(docker=absent))
    error = docked.refused(ECHO)
    assert error.code == "docker-unavailable"
    assert "/nowhere/docker.sock" in error.message
    assert docked.deployments.services() == []


@pytest.mark.parametrize(
    "step",
    [
        "Staging",
        "Starting the container",
        *(
            pytest.param(step, marks=FURTHER)
            for step in (
                "Creating the container",
                "Checking",
                "Resolving",
                "Installing",
                "Adding",
                "Starting the service",
            )
        ),
    ],
)
def test_a_cancel_at_any_step_leaves_nothing(docked: Docked, told: Told, step: str) -> None:
    cancel = CancelToken()
    told.at[step] = cancel.cancel
    packages = docked.own_requirements()
    with pytest.raises(ScoredockError) as cancelled:
        docked.deploy(ECHO, told, cancel, environment_file=str(packages))
    assert cancelled.value.code == "cancelled", step
    assert docked.deployments.services() == []
    docked.no_orphans()


@pytest.mark.long("test_what_init_prints_is_told_while_it_runs cancels at the same step, a moment later")
def test_a_cancel_while_init_runs_leaves_nothing(docked: Docked) -> None:
    cancel = CancelToken()
    import threading

    ended = threading.Event()

    def when_it_runs() -> None:
        while not ended.wait(0.02):
            if any(each["State"] == "running" for each in docked.containers()):
                cancel.cancel()
                return

    watching = threading.Thread(target=when_it_runs)
    watching.start()
    try:
        with pytest.raises(ScoredockError) as cancelled:
            docked.deploy("import time\n\ndef init():\n    time.sleep(600)\n\ndef run(data):\n    pass\n", None, cancel)
    finally:
        ended.set()
        watching.join()
    assert cancelled.value.code == "cancelled"
    docked.no_orphans()


def test_memory_that_runs_out_in_run_is_named_in_the_log_and_the_service_goes_on(docked: Docked) -> None:
    config = '{"computeType": "local", "containerResourceRequirements": {"memoryInGB": 0.15}}'
    path = docked.write("deploymentconfig.json", config)
    script = (
        "import json\n\ndef init():\n    pass\n\ndef run(data):\n    size = json.loads(data)\n    held ="
        " bytearray(size)\n    held[::4096] = b'x' * len(held[::4096])\n    return len(held)\n"
    )
    docked.deploy(script, deployment_config=str(path))
    assert docked.answer(body="1000") == "1000"
    with pytest.raises((ScoredockError, OSError)):
        docked.answer(body="600000000")

    def is_told() -> bool:
        told = [record.m for record in docked.deployments.logs.records("svc-one")]
        return any("there was no memory left for it" in each for each in told)

    # The end of the worker comes after the end of the connection: until then the service is as healthy as before.
    deadline = time.monotonic() + patience(10)
    while not is_told():
        assert time.monotonic() < deadline, docked.log()
        time.sleep(0.02)
    docked.until("Healthy")
    assert docked.answer(body="1000") == "1000"
