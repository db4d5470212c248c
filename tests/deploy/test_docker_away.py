"""A service in Docker is deleted while Docker is away; what Docker holds of it goes when it is found again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scoredock.containers.connection import DockerSettings
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments

from deploy.conftest import ECHO
from deploy.docked import Docked, settings
from docker_daemon import docker_host

pytestmark = pytest.mark.docker


class Away:
    """A workspace that reaches the daemon by a socket of its own, which can be taken away."""

    def __init__(self, docked: Docked, folder: Path) -> None:
        self.docked = docked
        self._way = folder / "docker.sock"
        self.found()
        self.look()

    def look(self) -> Deployments:
        """As a server that starts now."""
        used = settings(docker=DockerSettings(f"unix://{self._way}"))
        self.docked.deployments = Deployments(Registry(self.docked.workspace), settings=used)
        return self.docked.deployments

    def lost(self) -> None:
        self._way.unlink()

    def found(self) -> None:
        self._way.symlink_to(docker_host().removeprefix("unix://"))

    def refused(self, act: Callable[[], object]) -> None:
        with pytest.raises(ScoredockError) as error:
            act()
        assert error.value.code == "docker-unavailable"


@pytest.fixture
def away(docked: Docked) -> Iterator[Away]:
    folder = Path(tempfile.mkdtemp(prefix="sd"))  # a socket's path must be short
    made = Away(docked, folder)
    yield made
    if not (folder / "docker.sock").exists():
        made.found()
    for view in made.look().services():
        docked.deployments.delete(view.name)
    shutil.rmtree(folder)
    docked.deployments = Deployments(Registry(docked.workspace), settings=settings())


def test_it_goes_at_once_and_its_container_once_docker_is_back(away: Away) -> None:
    docked = away.docked
    docked.deploy(ECHO)
    away.lost()
    away.refused(lambda: docked.deployments.delete("svc-one"))
    assert [view.name for view in docked.deployments.services()] == ["svc-one"]
    docked.deployments.delete("svc-one", force=True)
    assert docked.deployments.services() == []
    assert list((docked.workspace / "services").iterdir()) == []
    away.look().recover()
    assert len(docked.containers()) == 1, "nobody can reach it yet"
    away.found()
    away.look().recover()
    docked.no_orphans()
    assert list(docked.workspace.glob("left-in-*")) == [], "nothing is remembered of it"


def test_a_service_of_the_same_name_is_left_alone(away: Away) -> None:
    """One in a process, which stands still while the container of the deleted one is found and still runs."""
    docked = away.docked
    docked.deploy(ECHO)
    away.lost()
    docked.deployments.delete("svc-one", force=True)
    docked.deploy("def init():\n    pass\n\ndef run(data):\n    return 'new'\n", engine="process")
    docked.deployments.stop("svc-one")
    away.found()
    away.look().recover()
    view = docked.deployments.service("svc-one")
    assert (view.engine, view.state, docked.containers(), docked.volumes()) == ("process", "Stopped", [], [])
    docked.deployments.start("svc-one")
    assert docked.answer(body="[1]") == '"new"'


@pytest.mark.chance
def test_what_a_killed_writer_left_does_not_keep_it(away: Away) -> None:
    docked = away.docked
    docked.deploy(ECHO)
    with docked.registry.store.write() as connection:
        connection.execute(
            "INSERT INTO intents (service, verb, revision, phase, writer_pid, writer_started, begun)"
            " VALUES ('svc-one', 'update', 2, 'starting', 999999, 1.0, 1.0)"
        )
    away.lost()
    away.refused(lambda: docked.deployments.delete("svc-one"))
    docked.deployments.delete("svc-one", force=True)
    assert docked.deployments.services() == []
    assert docked.deployments.ledger.intents() == []
    away.found()
    away.look().recover()
    docked.no_orphans()


def test_the_next_use_of_docker_is_enough(away: Away) -> None:
    """The command line looks after nothing when it starts."""
    docked = away.docked
    docked.deploy(ECHO)
    away.lost()
    docked.deployments.delete("svc-one", force=True)
    away.found()
    (left,) = docked.containers()
    away.look().deploy(docked.request(ECHO, "svc-two"))
    assert left["Id"] not in [each["Id"] for each in docked.containers()]
    assert list(docked.workspace.glob("left-in-*")) == []


def test_another_daemon_does_not_make_it_forgotten(away: Away) -> None:
    """Docker Desktop is quit, say, and the settings choose the native one by now."""
    docked = away.docked
    docked.deploy(ECHO)
    handle = docked.deployments.ledger.require("svc-one").service.handle
    assert handle is not None
    away.lost()
    docked.deployments = Deployments(Registry(docked.workspace), settings=settings())
    away.refused(lambda: docked.deployments.delete("svc-one"))
    docked.deployments.delete("svc-one", force=True)
    docked.deploy(ECHO, name="svc-two")
    docked.deployments.recover()
    left = docked.workspace / "left-in-docker"
    assert left.read_text() == f"{handle.endpoint}\n", "its own daemon was not met yet"
    docked.deployments.delete("svc-two")
    away.found()
    docked.deployments.recover()
    assert not left.exists()
    docked.no_orphans()
