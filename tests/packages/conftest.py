"""A workspace with one model and a script, the packages that the tests share, and a daemon that never saw Scoredock."""

from __future__ import annotations

import os
import subprocess
import textwrap
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock
from scoredock.containers.archives import TarEntry, packed
from scoredock.containers.connection import DockerSettings
from scoredock.packaging.transfer import save
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.packaging.service_package import (
    Account,
    Packaged,
    PackageRequest,
    package_folder,
    package_image,
)
from scoredock.services.request import DeployRequest, DeploySettings

import hypothesis_profiles  # noqa: F401
from built_runtime import built_runtime
from docker_daemon import BASE, CACHE, PrivateDaemon, base_image, build, docker, docker_host, private_daemon
from pace import patience

ACCOUNT = Account("sub-1", "group-1", "contoso-ml", "local")
CA_BASE = "scoredock-test-base-ca:bookworm"
"""The base image with this machine's certificates, as pip in it must reach the package index."""
SCRIPT = """
    import json, logging, os
    from pathlib import Path

    def init():
        global FACTOR
        FACTOR = int((Path(os.environ["AZUREML_MODEL_DIR"]) / "factor.txt").read_text())
        print("init with", FACTOR, flush=True)

    def run(raw):
        data = json.loads(raw)
        if data.get("wrong"):
            raise ValueError("wrong on purpose")
        return {"sum": sum(data["data"]) * FACTOR, "said": os.environ["SAID"]}
"""


@dataclass
class Shop:
    """A project and a workspace to package from."""

    folder: Path
    registry: Registry
    deployments: Deployments
    name: str
    """A part of image names that is this run's own."""

    @property
    def wanted(self) -> DeployRequest:
        """What would be deployed."""
        return DeployRequest(
            "package",
            models=("factor:1",),
            entry_script=str(self.folder / "src" / "score.py"),
            source_directory=str(self.folder / "src"),
            environment_variables={"SAID": 'with "quotes" and $dollars'},
        )

    def image(self, label: str, cancel: CancelToken | None = None, deploy: DeployRequest | None = None) -> Packaged:
        request = PackageRequest(deploy=deploy or self.wanted, name=self.name, label=label)
        return package_image(
            self.deployments, request, account=ACCOUNT, progress=Silent(), cancel=cancel or CancelToken()
        )

    def package(self, target: Path, base: str = "", label: str = "1", deploy: DeployRequest | None = None) -> Packaged:
        request = PackageRequest(deploy=deploy or self.wanted, name=self.name, label=label)
        return package_folder(
            self.deployments, request, target, account=ACCOUNT, base_image=base, progress=Silent(), cancel=CancelToken()
        )


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """Every package that is made here takes the same wheel."""
    with built_runtime():
        yield


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(tmp_path_factory.mktemp("shop"), base_image(), new_name()) as made:
        yield made


def new_name() -> str:
    """A part of image names that nobody else has."""
    return f"scoredock-packages-{uuid.uuid4().hex[:8]}"


@contextmanager
def opened(folder: Path, base: str, name: str) -> Iterator[Shop]:
    """A project and a workspace of their own in a folder; its packages are gone afterwards."""
    workspace = folder / "home" / "workspaces" / "local"
    workspace.mkdir(parents=True)
    registry = Registry(workspace)
    (folder / "factor.txt").write_text("10")
    registry.register([folder / "factor.txt"], "factor")
    (folder / "src").mkdir()
    (folder / "src" / "score.py").write_text(textwrap.dedent(SCRIPT).lstrip())
    settings = DeploySettings(start_timeout=60.0, stop_grace=2.0, docker=DockerSettings(docker_host()), base_image=base)
    try:
        yield Shop(folder, registry, Deployments(registry, settings=settings), name)
    finally:
        for image in docker().api.images(filters={"reference": f"{name}*"}):
            docker().api.remove_image(image["Id"], force=True)


@pytest.fixture(scope="session")
def ready(shop: Shop) -> Packaged:
    """A ready image."""
    return shop.image("1")


@pytest.fixture(scope="session")
def ca_base() -> str:
    base_image()
    with FileLock(str(CACHE / "ca.lock")):
        if not docker().api.images(CA_BASE, quiet=True):
            _make_ca_base()
    return CA_BASE


def _make_ca_base() -> None:
    bundle = Path(os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt")
    text = (
        f"FROM {BASE}\nLABEL com.scoredock.tests=yes\nCOPY ca.crt /etc/ssl/certs/ca-certificates.crt\nENV"
        " PIP_CERT=/etc/ssl/certs/ca-certificates.crt\n"
    )
    build(docker(), packed([TarEntry("Dockerfile", text.encode()), TarEntry("ca.crt", bundle)]), CA_BASE)


@pytest.fixture(scope="session")
def folder(shop: Shop, ca_base: str, tmp_path_factory: pytest.TempPathFactory) -> Packaged:
    """A package as a folder."""
    return shop.package(tmp_path_factory.mktemp("packages") / "out", ca_base)


def plain_build(folder: Path, tag: str, *options: str) -> None:
    """`docker build` as anybody would type it, in the network of this machine, as that is where its index is."""
    command = [
        "docker",
        "build",
        "--force-rm",  # Docker's older builder keeps the container of a step that fails
        "--network",
        "host",
        "--label",
        "com.scoredock.tests=yes",
        *options,
        "--tag",
        tag,
        ".",
    ]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=patience(240), check=False, env=_docker()
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def _docker() -> dict[str, str]:
    return {**os.environ, "DOCKER_HOST": docker_host(), "DOCKER_BUILDKIT": "0"}


@pytest.fixture(scope="session")
def built(shop: Shop, folder: Packaged) -> str:
    """The image that plain `docker build` makes of the folder."""
    assert folder.folder is not None
    tag = f"{shop.name}:built"
    plain_build(folder.folder, tag)
    return tag


@pytest.fixture(scope="session")
def strange_daemon() -> Iterator[PrivateDaemon]:
    """A Docker that never saw Scoredock: its ports are published by its proxy, and it reaches no network."""
    with private_daemon(bridge=True) as daemon:
        yield daemon


def carried(image: str, daemon: PrivateDaemon, folder: Path) -> None:
    """Into another Docker by a tar file, and nothing else."""
    archive = folder / "image.tar"
    save(docker(), image, archive, Silent(), CancelToken())
    command = ["docker", "-H", daemon.host, "load", "--input", str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    archive.unlink()
