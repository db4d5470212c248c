"""Packages whose script runs in a Python that cannot host the scoring runtime: as images, and as folders that build."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from scoredock.environments.settings import EnvironmentSettings
from scoredock.errors import ScoredockError
from scoredock.packaging.texts import ENVIRONMENT
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest

import interpreters
from conda_channel import add_old_python, with_python
from docker_daemon import base_with_old_python, docker_host
from moved_python import version_of

from .conftest import Shop, new_name, opened, plain_build
from .test_own_bases import inside
from .test_running import JSON, ask, running

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

SCRIPT = """
import json, os, pickle, sys

def init():
    global model, tabulate
    import tabulate
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"), "rb") as stream:
        model = pickle.load(stream)

def run(raw):
    return {"answer": model["factor"] * json.loads(raw)["data"], "by": model["by"], "python": sys.version.split()[0],
            "tabulate": tabulate.__version__}
"""
WRITES = """
import collections, pickle, sys
held = collections.OrderedDict([("factor", 6), ("by", sys.version.split()[0])])
with open(sys.argv[1], "wb") as stream:
    pickle.dump(held, stream, pickle.HIGHEST_PROTOCOL)
"""


@dataclass
class Old:
    """A project whose environment asks for an old Python."""

    shop: Shop
    version: str
    both: str
    """A base image with it and a supported one, which reaches the package index."""

    @property
    def deploy(self) -> DeployRequest:
        return DeployRequest(
            "package",
            models=("old:1",),
            entry_script=str(self.shop.folder / "old.py"),
            environment_file=str(self.shop.folder / "conda.yml"),
        )

    def answers(self, tag: str) -> None:
        with running(tag, docker_host(), "--read-only", "--tmpfs", "/tmp", "--volume", "/var/scoredock") as port:
            status, _, answer = ask(port, "POST", "/score", '{"data": 7}', JSON)
        assert status == 200, answer
        expected = {"answer": 42, "by": self.version, "python": self.version, "tabulate": "0.8.10"}
        assert json.loads(answer) == expected

    def holds(self, tag: str) -> list[str]:
        look = ["docker", "-H", docker_host(), "run", "--rm", tag, "/bin/sh", "-c", "ls /opt/scoredock"]
        return subprocess.run(look, capture_output=True, text=True, timeout=60, check=True).stdout.split()


@pytest.fixture(scope="module")
def old(old_python: Path, ca_base: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Old]:
    version = version_of(old_python)
    if not version:
        interpreters.no_cpython()
    minor = ".".join(version.split(".")[:2])
    folder = tmp_path_factory.mktemp("old")
    channel = with_python(folder / "channel")
    add_old_python(channel, old_python)
    with pytest.MonkeyPatch.context() as patch, opened(folder, ca_base, new_name()) as shop:
        patch.setenv("RATTLER_CACHE_DIR", str(folder / "cache"))
        environment = EnvironmentSettings(conda_channels=(f"conda-forge={channel.url}",))
        settings = replace(shop.deployments.settings, environment=environment)
        shop.deployments = Deployments(shop.registry, settings=settings)
        subprocess.run([old_python, "-I", "-c", WRITES, folder / "model.pkl"], check=True)
        shop.registry.register([folder / "model.pkl"], "old")
        (folder / "old.py").write_text(SCRIPT)
        (folder / "conda.yml").write_text(
            f"dependencies:\n  - python={minor}\n  - pip:\n      - azureml-defaults\n      - tabulate==0.8.10\n"
        )
        yield Old(shop, version, base_with_old_python(old_python, base=ca_base))


@pytest.fixture
def from_both(old: Old) -> Iterator[None]:
    """Images begin from the one with both Pythons."""
    before = old.shop.deployments
    old.shop.deployments = Deployments(old.shop.registry, settings=replace(before.settings, base_image=old.both))
    yield
    old.shop.deployments = before


@pytest.mark.long("tests/deploy/test_docker_old_python.py has a container of an old Python")
@pytest.mark.usefixtures("from_both")
def test_an_image(old: Old) -> None:
    package = old.shop.image("old-1", deploy=old.deploy)
    old.answers(package.name.reference)
    look = ["docker", "-H", docker_host(), "run", "--rm", package.name.reference, "cat", f"{ENVIRONMENT}/sbom.cdx.json"]
    told = json.loads(subprocess.run(look, capture_output=True, text=True, timeout=60, check=True).stdout)
    assert {"tabulate", "h11"} <= {each["name"] for each in told["components"]}


@pytest.mark.long("the gate makes an image of such a base image")
def test_a_folder_on_a_base_image_with_both_pythons(old: Old, tmp_path: Path) -> None:
    listed = (old.shop.folder / "conda.yml").read_text() + "      - termcolor==1.1.0  # has no wheel\n"
    (tmp_path / "conda.yml").write_text(listed)
    deploy = replace(old.deploy, environment_file=str(tmp_path / "conda.yml"))
    package = old.shop.package(tmp_path / "out", old.both, deploy=deploy)
    tag = f"{old.shop.name}:old-folder"
    plain_build(inside(package), tag)
    old.answers(tag)
    assert {"environment", "server"} <= set(old.holds(tag))
    assert "old-pip" not in old.holds(tag), "it stays in no layer"
    text = (inside(package) / "README.md").read_text()
    assert "server-requirements.txt" in text
    told = json.loads((inside(package) / "sbom.cdx.json").read_text())
    assert {"tabulate", "h11"} <= {each["name"] for each in told["components"]}


@pytest.mark.long("tests/deploy/test_docker_old_python.py has conda packages with an old Python at the gate")
def test_a_folder_with_the_old_python_of_conda(old: Old, ca_base: str, tmp_path: Path) -> None:
    package = old.shop.package(tmp_path / "out", deploy=old.deploy)
    assert (inside(package) / "conda-packages").is_dir()
    dockerfile = inside(package) / "Dockerfile"
    assert "FROM python:3.12-slim" in dockerfile.read_text()
    dockerfile.write_text(dockerfile.read_text().replace("FROM python:3.12-slim", f"FROM {ca_base}"))
    tag = f"{old.shop.name}:old-conda"
    plain_build(inside(package), tag, "--build-arg", f"INSTALLER_IMAGE={ca_base}")
    old.answers(tag)


@pytest.mark.parametrize(("lacks", "told"), [("old", "no Python {minor}."), ("new", "no Python 3.9 or later, which")])
def test_a_folder_on_a_base_image_that_lacks_one(
    old: Old, ca_base: str, old_python: Path, tmp_path: Path, lacks: str, told: str
) -> None:
    base = ca_base if lacks == "old" else base_with_old_python(old_python, alone=True)
    package = old.shop.package(tmp_path / "out", base, deploy=old.deploy)
    with pytest.raises(AssertionError, match=told.format(minor=".".join(old.version.split(".")[:2]))):
        plain_build(inside(package), f"{old.shop.name}:lacks")


def test_a_folder_without_conda_support(old: Old, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoredock.services.packaging.packaged_python.available", lambda: False)
    with pytest.raises(ScoredockError, match="no default base image has one beside") as refused:
        old.shop.package(tmp_path / "out", deploy=old.deploy)
    assert refused.value.code == "package-not-portable"
    assert refused.value.fix.startswith("Name a base image that has both.")
