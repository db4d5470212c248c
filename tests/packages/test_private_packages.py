"""A service whose packages only this machine has, somewhere else: the files of the packages come along."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from cli.conftest import Terminal
from docker_daemon import base_image, docker, docker_host
from exports.test_exported_services import started
from package_index import write_wheel

from .conftest import new_name, plain_build
from .test_running import JSON, ask
from .test_without_docker import NOWHERE, answered, base  # noqa: F401 (a fixture)

pytestmark = pytest.mark.timeout(600)
SCRIPT = """
import private_part
import private_wheel


def init():
    pass


def run(data):
    return private_part.VALUE + private_wheel.VALUE
"""
PROJECT = """\
[project]
name = "private-part"
version = "1.2.3"

[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
py-modules = ["private_part"]
"""
CONDA = """\
name: private
dependencies:
  - python=3.11
  - pip:
    - azureml-defaults
    - ./part
    - ./wheels/private_wheel-2.0-py3-none-any.whl
"""
DEPLOY = ("--entry-script", "score.py", "--environment-file", "conda.yml")
FILES = ["private_part-1.2.3-py3-none-any.whl", "private_wheel-2.0-py3-none-any.whl"]
ANSWER = 42


class Project:
    """Packages that are gone as soon as the service was packaged."""

    def __init__(self, folder: Path, **variables: str) -> None:
        source = folder / "project"
        source.mkdir()
        self.terminal = Terminal(folder / "home", source, env=variables)
        (source / "score.py").write_text(SCRIPT)
        (source / "conda.yml").write_text(CONDA)
        self.write()

    def write(self) -> None:
        source = self.terminal.folder
        (source / "part").mkdir()
        (source / "part" / "pyproject.toml").write_text(PROJECT)
        (source / "part" / "private_part.py").write_text("VALUE = 40\n")
        write_wheel(source / "wheels", "private-wheel", "2.0", body="VALUE = 2\n")

    def packaged(self, *words: str) -> Any:
        return self.without_them("package", "create", *DEPLOY, *words)

    def without_them(self, *words: str) -> Any:
        """What a command makes, after which the packages are gone."""
        made = self.terminal.json(*words)
        part = self.terminal.folder / "part"
        assert sorted(each.name for each in part.iterdir()) == [
            "private_part.py",
            "pyproject.toml",
        ]
        shutil.rmtree(part)
        shutil.rmtree(self.terminal.folder / "wheels")
        return made


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def digests_in(bill: str) -> dict[str, str]:
    """SHA-256 by name of each private package in a bill of materials."""
    components = json.loads(bill)["components"]
    found = {each["name"]: each["hashes"] for each in components if each["name"].startswith("private-")}
    return {name: hashes[0]["content"] for name, hashes in found.items() if hashes[0]["alg"] == "SHA-256"}


def digests_of(folder: Path) -> dict[str, str]:
    """The same of files."""
    assert sorted(each.name for each in folder.iterdir()) == FILES
    return {
        each.name.split("-")[0].replace("_", "-"): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in folder.iterdir()
    }


def named_here(folder: Path, place: Path) -> list[str]:
    """Files that name a place of this machine."""
    return [str(each) for each in folder.rglob("*") if each.is_file() and os.fsencode(place) in each.read_bytes()]


def test_a_folder_brings_their_files_and_answers_without_a_container(project: Project, tmp_path: Path) -> None:
    terminal, run, package = project.terminal, tmp_path / "run", tmp_path / "out"
    terminal.ok("service", "deploy", "private", *DEPLOY)
    terminal.ok("service", "stop", "private")
    terminal.ok("service", "export", "run.sh", "private", "--to", str(run))
    project.without_them("package", "create", "--service", "private", "--output-path", str(package))
    shutil.rmtree(terminal.home)
    assert digests_in((package / "sbom.cdx.json").read_text()) == digests_of(package / "pip-packages")
    assert named_here(package, tmp_path) == []
    for digest in digests_of(package / "pip-packages").values():
        assert f"--hash=sha256:{digest}" in (package / "requirements.txt").read_text()
    subprocess.run(
        ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"],
        cwd=package,
        check=True,
    )
    with started([str(run / "run.sh")], {}, cwd="/") as port:
        assert json.loads(ask(port, "POST", "/score", "{}", JSON)[2]) == ANSWER


@pytest.mark.docker
def test_docker_builds_the_folder_and_it_answers(project: Project, ca_base: str, tmp_path: Path) -> None:
    project.packaged("--output-path", str(tmp_path / "out"), "--base-image", ca_base)
    tag = f"{new_name()}:built"
    plain_build(tmp_path / "out", tag)
    try:
        assert answered(tag) == ANSWER
    finally:
        docker().api.remove_image(tag, force=True)


def bill_of(image: str) -> str:
    command = ["docker", "run", "--rm", "--network", "none", image, "python3", "-c"]
    program = "print(open('/opt/scoredock/environment/sbom.cdx.json').read())"
    done = subprocess.run(
        [*command, program],
        env={**os.environ, "DOCKER_HOST": docker().endpoint},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.docker
def test_an_image_without_docker_answers(tmp_path: Path, base: Path) -> None:  # noqa: F811
    project = Project(tmp_path, **NOWHERE)
    archive, name = tmp_path / "image.tar", new_name()
    made = project.packaged("--base", f"archive:{base}", "--to", f"archive:{archive}", "--image-name", name)
    kept = digests_of_kept(project)
    environment = {**os.environ, "DOCKER_HOST": docker().endpoint}
    subprocess.run(
        ["docker", "load", "-i", str(archive)],
        env=environment,
        check=True,
        capture_output=True,
    )
    try:
        assert answered(made["image"]) == ANSWER
        assert digests_in(bill_of(made["image"])) == kept
    finally:
        docker().api.remove_image(made["image"], force=True)


def digests_of_kept(project: Project) -> dict[str, str]:
    """Of what is kept in the workspace."""
    found = project.terminal.home.glob("workspaces/*/environments/wheels/local/*/private_*.whl")
    return {each.name.split("-")[0].replace("_", "-"): each.parent.name for each in found}


@pytest.mark.docker
def test_an_image_that_docker_gets_answers(tmp_path: Path) -> None:
    project = Project(tmp_path, DOCKER_HOST=docker_host(), SCOREDOCK_BASE_IMAGE=base_image())
    made = project.packaged("--image", "--image-name", new_name())
    try:
        assert answered(made["image"]) == ANSWER
        assert digests_in(bill_of(made["image"])) == digests_of_kept(project)
    finally:
        docker().api.remove_image(made["image"], force=True)


COMPILED = """\
from setuptools import Distribution, setup


class Compiled(Distribution):
    def has_ext_modules(self):
        return True


setup(name="private-part", version="1.2.3", py_modules=["private_part"], distclass=Compiled)
"""


@pytest.mark.docker
def test_compiled_parts_are_built_in_a_container_and_refused_without_one(tmp_path: Path, base: Path) -> None:  # noqa: F811
    project = Project(tmp_path, DOCKER_HOST=docker_host(), SCOREDOCK_BASE_IMAGE=base_image())
    part = project.terminal.folder / "part"
    (part / "pyproject.toml").unlink()
    (part / "setup.py").write_text(COMPILED)
    words = ("package", "create", *DEPLOY, "--base", f"archive:{base}", "--to", f"archive:{tmp_path / 'image.tar'}")
    refused = project.terminal.refused(*words)
    assert refused["code"] == "environment-build-failed"
    assert "private-part" in refused["message"]
    assert str(tmp_path) not in refused["message"]
    made = project.terminal.json("package", "create", *DEPLOY, "--image", "--image-name", new_name())
    assert sorted(each.name for each in part.iterdir()) == ["private_part.py", "setup.py"]
    try:
        assert answered(made["image"]) == ANSWER
        (digest,) = project.terminal.home.glob("workspaces/*/environments/wheels/local/*/private_part-1.2.3.tar.gz")
        assert digests_in(bill_of(made["image"]))["private-part"] == digest.parent.name
    finally:
        docker().api.remove_image(made["image"], force=True)


@pytest.mark.docker
def test_a_service_in_docker_is_packaged_with_the_bytes_that_it_runs_with(tmp_path: Path, ca_base: str) -> None:
    project = Project(tmp_path, DOCKER_HOST=docker_host(), SCOREDOCK_BASE_IMAGE=base_image())
    terminal, package = project.terminal, tmp_path / "out"
    terminal.ok("service", "deploy", "private", *DEPLOY, "--engine", "docker")
    try:
        words = ("--service", "private", "--output-path", str(package), "--base-image", ca_base)
        project.without_them("package", "create", *words)
    finally:
        terminal.ok("service", "delete", "private")
    assert digests_of(package / "pip-packages") == digests_of_kept(project)
    assert named_here(package, tmp_path) == []


SDK = """
from azureml.core import Environment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig, Model

ws = Workspace.get("local")
{environment}
configuration = InferenceConfig(entry_script="score.py", environment=environment)
package = Model.package(ws, [], configuration, generate_dockerfile=True)
package.wait_for_creation(show_output=True)
package.save("packaged")
"""


OF_A_WHEEL = """
packages = CondaDependencies.create(python_version="3.11", pip_packages=["azureml-defaults", "./part"])
wheel = "wheels/private_wheel-2.0-py3-none-any.whl"
packages.add_pip_package(Environment.add_private_pip_wheel(workspace=ws, file_path=wheel, exist_ok=True))
environment = Environment("private")
environment.python.conda_dependencies = packages
"""
OF_A_FILE = "environment = Environment.from_conda_specification('private', 'conda.yml')"


@pytest.mark.parametrize("environment", [OF_A_WHEEL, OF_A_FILE], ids=["add_private_pip_wheel", "conda file"])
def test_model_package_takes_a_private_wheel_and_a_folder_along(project: Project, environment: str) -> None:
    terminal = project.terminal
    (terminal.folder / "package.py").write_text(SDK.format(environment=environment))
    terminal.ok("sdk", "run", "package.py")
    package = terminal.folder / "packaged"
    assert digests_in((package / "sbom.cdx.json").read_text()) == digests_of(package / "pip-packages")
    assert digests_of(package / "pip-packages") == digests_of_kept(project)
    assert named_here(package, terminal.folder) == []


def test_packages_of_git_are_installed_beside_those_with_hashes(project: Project, tmp_path: Path) -> None:
    """pip takes no file that has both."""
    terminal, repository, run = project.terminal, tmp_path / "repository", tmp_path / "run"
    shutil.copytree(terminal.folder / "part", repository)
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "part"]):
        account = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *account, *words], cwd=repository, check=True)
    subprocess.run(["git", "update-server-info"], cwd=repository, check=True)
    with served(tmp_path) as address:
        (terminal.folder / "conda.yml").write_text(
            CONDA.replace("./part", f"private-part @ git+{address}/repository/.git")
        )
        terminal.ok("service", "deploy", "private", *DEPLOY)
        terminal.ok("service", "stop", "private")
        terminal.ok("service", "export", "run.sh", "private", "--to", str(run))
        with started([str(run / "run.sh")], {}, cwd="/") as port:
            assert json.loads(ask(port, "POST", "/score", "{}", JSON)[2]) == ANSWER


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder by HTTP, as git reads a repository that no program serves."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
