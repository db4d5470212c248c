"""A Docker that hangs: it takes connections and requests, and answers nothing."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scoredock.containers.connection import DockerSettings
from scoredock.features.environments.built import Built
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments

from deploy.conftest import ECHO
from deploy.docked import Docked, settings
from docker_daemon import docker_host
from pace import patience, within

pytestmark = pytest.mark.docker


class Passage:
    """A way to the daemon that can be held up."""

    def __init__(self, path: Path) -> None:
        self.address = f"unix://{path}"
        self._open = threading.Event()
        self._open.set()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def hang(self) -> None:
        self._open.clear()

    def go_on(self) -> None:
        self._open.set()

    def close(self) -> None:
        self.go_on()
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(docker_host().removeprefix("unix://"))
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self._open.wait()
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def passage(docked: Docked) -> Iterator[Passage]:
    folder = Path(tempfile.mkdtemp(prefix="sd"))  # a socket's path must be short
    made = Passage(folder / "docker.sock")
    docked.deployments = Deployments(Registry(docked.workspace), settings=settings(docker=DockerSettings(made.address)))
    yield made
    made.go_on()
    for view in docked.deployments.services():
        docked.deployments.delete(view.name)
    made.close()
    shutil.rmtree(folder)
    docked.deployments = Deployments(Registry(docked.workspace), settings=settings())


@pytest.mark.long("the other tests of this file ask a daemon that hangs at the gate")
def test_the_others_are_seen_meanwhile(docked: Docked, passage: Passage) -> None:
    docked.deploy(ECHO)
    docked.deploy(ECHO, name="beside", engine="process")

    def states() -> dict[str, str]:
        return {view.name: view.state for view in docked.deployments.services()}

    assert states() == {"svc-one": "Healthy", "beside": "Healthy"}
    passage.hang()
    begun = time.monotonic()
    assert states() == {"svc-one": "Healthy", "beside": "Healthy"}, "nothing else is known yet"
    assert within(time.monotonic() - begun, 4)
    begun = time.monotonic()
    docked.deployments.stop("beside")
    assert states() == {"svc-one": "Healthy", "beside": "Stopped"}
    assert within(time.monotonic() - begun, 3), "nobody waits for the look that is under way"
    deadline = time.monotonic() + patience(60)
    while states()["svc-one"] != "Unhealthy":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    passage.go_on()
    while states()["svc-one"] != "Healthy":
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.long("it waits for what hangs")
@pytest.mark.chance
def test_what_a_killed_writer_left_holds_up_no_look(docked: Docked, passage: Passage) -> None:
    docked.deploy(ECHO)
    docked.deploy(ECHO, name="beside", engine="process")
    with docked.registry.store.write() as connection:
        connection.execute(
            "INSERT INTO intents (service, verb, revision, phase, writer_pid, writer_started, begun)"
            " VALUES ('svc-one', 'update', 2, 'starting', 999999, 1.0, 1.0)"
        )
    passage.hang()
    begun = time.monotonic()
    for _ in range(5):
        views = {view.name: view.state for view in docked.deployments.services()}
        assert views == {"svc-one": "Healthy", "beside": "Healthy"}
    assert within(time.monotonic() - begun, 9), "only the first one waits, for seconds"
    passage.go_on()
    deadline = time.monotonic() + patience(60)
    while docked.deployments.ledger.intents():
        assert time.monotonic() < deadline
        docked.deployments.services()
        time.sleep(0.1)
    assert docked.until("Healthy").revision == 1


def test_what_removes_images_waits_for_a_slow_docker(docked: Docked, passage: Passage) -> None:
    docked.deploy(ECHO)
    current = docked.deployments.ledger.require("svc-one").current
    assert current is not None

    def keys(*, waits: bool) -> list[str]:
        return [each.key for each in Built(docked.deployments, waits=waits).all_built() if each.form == "image"]

    passage.hang()
    assert keys(waits=False) == [], "a list shows at once what is known without it"
    threading.Timer(1.0, passage.go_on).start()
    assert current.environment_key in keys(waits=True)
