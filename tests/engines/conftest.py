"""One service folder per test, in an environment that is built once; nothing may run when a test has ended."""

from __future__ import annotations

import os
import secrets
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from scoredock.clusters.rights import role
from scoredock.clusters.target import ClusterPlace, ClusterTarget
from scoredock.containers.connection import Docker, DockerSettings
from scoredock.docker_place import DockerPlace
from scoredock.engine_table import engine_kind
from scoredock.engines.base import Engine, Launch, Observation
from scoredock.engines.docker.engine import DockerEngine
from scoredock.engines.handle import Handle
from scoredock.engines.kubernetes.engine import KubernetesEngine
from scoredock.engines.kubernetes.identity import selector
from scoredock.engines.process.engine import ProcessEngine
from scoredock.engines.remote_docker.engine import RemoteDockerEngine
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.forwarding.forwards import read_forwards
from scoredock.progress import CancelToken, Silent
from scoredock.services.lifecycle.engines import Engines

import docker_daemon
import hypothesis_profiles  # noqa: F401
from cluster.running import Cluster
from engines.cluster_images import ClusterImages
from pace import patience
from remote_host import RemoteHost, remote_host
from third_engine import third_row

ENGINES: dict[str, Callable[[], Engine]] = {
    "process": ProcessEngine,
    "docker": lambda: DockerEngine(DockerSettings(docker_daemon.docker_host())),
    "kubernetes": KubernetesEngine,
    "remote-docker": RemoteDockerEngine,
    third_row.NAME: lambda: Engines(DockerSettings())[third_row.NAME],
}
"""A new engine joins the contract tests with one line here."""
BY_SSH = "remote-docker by SSH"

ECHO = """
def init():
    print("init ran")

def run(data):
    return {"got": data}
"""


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interpreter of an environment that holds the runtime only."""
    cache = EnvironmentCache(tmp_path_factory.mktemp("environments"), EnvironmentSettings())
    spec = EnvironmentSpec(python=None, requirements=(), source="default", display_name="runtime only")
    return cache.prepare(spec, Silent(), CancelToken()).python


@dataclass(frozen=True)
class ClusterRoom:
    """A namespace to start services in, by an account that has the printed Role and nothing more."""

    cluster: Cluster
    images: ClusterImages
    target: ClusterTarget

    def pods(self, owner: Path) -> list[str]:
        """What runs there of a workspace."""
        found = self.cluster.get("pods", "-n", self.target.place.namespace, "-l", selector(owner))["items"]
        statuses = [(each["metadata"]["name"], each["status"].get("containerStatuses") or []) for each in found]
        return [name for name, containers in statuses if any(map(_runs, containers))]


def _runs(container: dict[str, Any]) -> bool:
    """One that fails again and again is started again and again, until its service is stopped."""
    return "running" in container["state"] and not container["restartCount"]


@pytest.fixture(scope="session")
def cluster_images(shared_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> ClusterImages:
    scratch = tmp_path_factory.mktemp("cluster-images")
    registries = scratch / "registries.conf"
    registries.write_text(f'[[registry]]\nlocation = "{shared_cluster.registry}"\ninsecure = true\n')
    os.environ["CONTAINERS_REGISTRIES_CONF"] = str(registries)
    return ClusterImages(shared_cluster, scratch)


@pytest.fixture
def room(cluster: Cluster, cluster_images: ClusterImages, namespace: str, tmp_path: Path) -> ClusterRoom:
    documents = yaml.safe_load_all(role(ClusterPlace(cluster.context, namespace), "tests"))
    rights = next(each for each in documents if each["kind"] == "Role")
    config = cluster.role_config(namespace, yaml.safe_dump(rights), tmp_path)
    place = ClusterPlace(cluster.context, namespace, str(config))
    return ClusterRoom(cluster, cluster_images, ClusterTarget("tests", place, cluster_images.repository))


@dataclass
class Bench:
    """An engine and a workspace folder to start services in."""

    engine: Engine
    owner: Path
    python: Path
    image: str = ""
    """For an engine that is contained; `python` is a path in it then."""
    handles: list[Handle] = field(default_factory=list)
    room: ClusterRoom | None = None
    """For an engine whose services run in a cluster."""
    host: RemoteHost | None = None
    """For an engine whose services run on another machine."""
    place: DockerPlace | None = None
    """The way to its Docker."""

    def launch(
        self, script: str = ECHO, *, name: str = "svc", revision: int = 1, nonce: str = "", **changes: object
    ) -> Launch:
        folder = self.owner / "services" / name
        root = folder / "revisions" / str(revision) / "azureml-app"
        (root / "azureml-models").mkdir(parents=True, exist_ok=True)
        (root / "score.py").write_text(textwrap.dedent(script))
        is_contained = engine_kind(self.engine.name).contained
        models = "/var/azureml-app/azureml-models" if is_contained else str(root / "azureml-models")
        values: dict[str, object] = {
            "service": name,
            "workspace": "w",
            "revision": revision,
            "folder": folder,
            "app_root": root,
            "entry_script": "score.py",
            "source_directory": None,
            "model_dir": models,
            "image": self.image,
            "python": self.python,
            "port": None,
            "nonce": nonce or secrets.token_hex(16),
            "start_timeout": 60.0,
            **changes,
        }
        if self.room is not None:
            # Without an image for what the one that runs takes up.
            image = changes["image"] if "image" in changes else self.room.images.of(root)
            values = {**values, "image": image, "cluster": self.room.target}
        if self.host is not None:
            values = {"docker": self.place, **values}
        return Launch(**values)  # type: ignore[arg-type]

    def start(self, script: str = ECHO, **changes: object) -> Handle:
        handle = self.engine.start(self.launch(script, **changes), Silent(), CancelToken())
        self.handles.append(handle)
        return handle

    def until(self, handle: Handle, *states: str) -> Observation:
        deadline = time.monotonic() + patience(30)
        pause = 0.02
        while (seen := self.engine.observe(handle)).state not in states:
            assert time.monotonic() < deadline, f"still {seen}"
            time.sleep(pause)
            pause = min(1.3 * pause, 0.2)  # to look takes of the time that the start needs
        return seen

    def healthy(self, script: str = ECHO, **changes: object) -> Handle:
        handle = self.start(script, **changes)
        self.until(handle, "Healthy")
        return handle

    def left(self) -> list[str]:
        """What still runs and names this owner in its command line, its environment or its labels."""
        found = []
        if self.room is not None:
            found = self.room.pods(self.owner)
        if self.image:
            running = self.docker.api.containers(filters={"label": f"com.scoredock.workspace={self.owner}"})
            found = [str(each["Names"]) for each in running]
        for number in psutil.pids():
            try:
                told = told_by(number)
                if number != os.getpid() and str(self.owner) in told and not self._is_needed_forward(told):
                    process = psutil.Process(number)
                    if process.status() != psutil.STATUS_ZOMBIE:
                        found.append(f"{number} {' '.join(process.cmdline())}")
            except (OSError, psutil.Error):
                continue
        return found

    @property
    def docker(self) -> Docker:
        """Where containers are."""
        return self.host.docker() if self.host is not None else docker_daemon.docker()

    def _is_needed_forward(self, told: str) -> bool:
        """Whether that is the process that holds the address of a service elsewhere, for one that was not stopped: it
        may have failed, and stays to be looked at."""
        folder = self.owner / "forwards"
        return (
            (self.room is not None or self.host is not None)
            and "scoredock.forwarding.forwards" in told
            and bool(read_forwards(folder))
        )


def told_by(number: int) -> str:
    """Command line and environment of a process; on Linux with a tenth of the work, as every test asks it of each."""
    if sys.platform == "linux":
        return "".join(os.fsdecode(Path(f"/proc/{number}/{name}").read_bytes()) for name in ("cmdline", "environ"))
    process = psutil.Process(number)
    return " ".join([*process.cmdline(), *process.environ().values()])


@pytest.fixture(scope="session")
def host() -> Iterator[RemoteHost]:
    """Another machine with a Docker, for all tests that leave it as it was."""
    with remote_host() as made:
        made.start_ssh()
        yield made


@pytest.fixture(
    params=[*sorted(ENGINES), pytest.param(BY_SSH, marks=pytest.mark.long("the other machine is reached by TLS"))]
)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with third_row.added(tmp_path / "third"):
        yield from _bench(request.param, request, tmp_path)


@pytest.fixture
def bench_in(tmp_path: Path) -> Callable[[Engine, str], Bench]:
    """A bench for a daemon of the test's own, from an engine and an image; nothing is cleaned up."""
    return lambda engine, image: Bench(engine, tmp_path / "workspace", Path(docker_daemon.PYTHON), image)


@pytest.fixture
def contained(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """The bench of the Docker engine, for what only containers can do."""
    yield from _bench("docker", request, tmp_path)


@pytest.fixture
def distant(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """The bench of the engine for Docker on another machine, for what only ways to it can do."""
    yield from _bench("remote-docker", request, tmp_path)


@pytest.fixture
def hosted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """The bench of the process engine, for what only processes of this machine can do."""
    yield from _bench("process", request, tmp_path)


@pytest.fixture
def clustered(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """The bench of the Kubernetes engine, for what only clusters can do."""
    yield from _bench("kubernetes", request, tmp_path)


def _bench(name: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Bench]:
    by_ssh = name == BY_SSH
    engine = ENGINES["remote-docker" if by_ssh else name]()
    if engine_kind(engine.name).in_cluster:
        room = request.getfixturevalue("room")
        made = Bench(engine, folder / "workspace", Path(docker_daemon.PYTHON), room=room)
    elif engine_kind(engine.name).needs_compute:
        host: RemoteHost = request.getfixturevalue("host")
        if by_ssh:
            request.getfixturevalue("monkeypatch").setenv("PATH", host.path)
        place = host.ssh_place if by_ssh else host.place
        image = docker_daemon.runtime_image(host.docker())
        made = Bench(engine, folder / "workspace", Path(docker_daemon.PYTHON), image, host=host, place=place)
    elif engine_kind(engine.name).contained:
        made = Bench(engine, folder / "workspace", Path(docker_daemon.PYTHON), docker_daemon.runtime_image())
    else:
        made = Bench(engine, folder / "workspace", request.getfixturevalue("python"))
    yield made
    for handle in made.handles:
        made.engine.remove(handle)
    assert made.left() == []
    if made.image:
        docker_daemon.require_nothing_of(made.owner, made.docker)
