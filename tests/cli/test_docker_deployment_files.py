"""Online deployments of Azure ML v2 in containers: images built of the Dockerfile that the file names with what it
copies, limits, probes, two deployments behind one endpoint, and what stops."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import docker_daemon
from cli.conftest import Terminal
from cli.test_deployed_files import CONDA, SCRIPT, WHO, call, deploy, deployment, endpoint

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

COPYING = (
    "import json\nimport os\nimport subprocess\n\nimport housing\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
    + (
        "    said = subprocess.run(['/opt/tools/say.sh'], capture_output=True, text=True, check=True).stdout\n"
        "    return [housing.NAME, said.strip(), os.path.exists('/opt/tools/left-out.txt')]\n"
    )
)
DOCKERFILE = """\
FROM {base}
COPY housing.py /opt/housing/
COPY tools /opt/tools
ENV PYTHONPATH=/opt/housing
"""


@pytest.fixture
def project(terminal: Terminal) -> Iterator[Terminal]:
    terminal.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
    terminal.env["DOCKER_HOST"] = docker_daemon.docker_host()
    (terminal.folder / "src").mkdir()
    (terminal.folder / "src" / "score.py").write_text(SCRIPT)
    (terminal.folder / "conda.yml").write_text(CONDA)
    yield terminal
    for made in terminal.json("endpoint", "list")["endpoints"]:
        terminal.run("endpoint", "delete", made["name"])
    for service in terminal.json("service", "list")["services"]:
        terminal.run("service", "delete", service["name"])
    docker_daemon.require_nothing_of(terminal.home / "workspaces" / "local")


def write_context(folder: Path, name: str) -> None:
    (folder / "tools").mkdir(parents=True, exist_ok=True)
    (folder / "build").mkdir(exist_ok=True)
    (folder / "build" / "Dockerfile").write_text(DOCKERFILE.format(base=docker_daemon.base_image()))
    (folder / "housing.py").write_text(f"NAME = {name!r}\n")
    (folder / "tools" / "say.sh").write_text("#!/bin/sh\necho said\n")
    (folder / "tools" / "say.sh").chmod(0o755)
    (folder / "tools" / "left-out.txt").write_text("x")
    (folder / ".dockerignore").write_text("**/left-out.txt\n")


def test_an_image_is_built_of_the_dockerfile_and_what_it_copies(project: Terminal) -> None:
    (project.folder / "src" / "score.py").write_text(COPYING)
    context = project.folder / "context"
    write_context(context, "first")
    environment = {"name": "built", "build": {"path": "context", "dockerfile_path": "build/Dockerfile"}}
    files = {"blue": deployment("blue", environment=environment)}
    made = deploy(project, files, "--engine", "docker", "--auth", "none")["endpoint"]
    assert call(made["scoringUri"], "") == ["first", "said", False]

    # An edited file is another version of the environment; the same files are the same version.
    (context / "housing.py").write_text("NAME = 'second'\n")
    made = deploy(project, files, "--engine", "docker", "--auth", "none", "--overwrite")["endpoint"]
    assert call(made["scoringUri"], "") == ["second", "said", False]
    deploy(project, files, "--engine", "docker", "--auth", "none", "--overwrite")
    environments = project.json("environment", "list")["environments"]
    versions = [each["asset"]["version"] for each in environments if each["name"] == "built" and each["asset"]]
    assert sorted(versions) == [1, 2]

    # What was copied is kept: the folder may go, and the service may be made anew.
    for path in (context / "housing.py", context / "build" / "Dockerfile"):
        path.unlink()
    assert project.json("service", "update", "house-blue")["state"] == "Healthy"
    assert call(made["scoringUri"], "") == ["second", "said", False]


@pytest.mark.long("tests/deploy has limits and the life of containers at the gate, test_deployed_files.py probes")
def test_two_deployments_in_containers_with_limits_and_probes(project: Terminal) -> None:
    (project.folder / "src" / "score.py").write_text(WHO)
    probe = {"initial_delay": 1, "period": 1, "timeout": 1, "success_threshold": 1, "failure_threshold": 2}
    own = {"environment": {"conda_file": "conda.yml", "image": docker_daemon.base_image()}}
    files = {
        "endpoint": endpoint(traffic={"blue": 100, "green": 0}),
        "blue": deployment("blue", readiness_probe=probe, liveness_probe=probe, **own),
        "green": deployment("green", instance_type="Standard_F2s_v2", **own),
    }
    made = deploy(project, files, "--engine", "docker")["endpoint"]
    assert {each["name"]: each["state"] for each in made["versions"]} == {"blue": "Healthy", "green": "Healthy"}
    key = project.json("service", "keys", "house-blue")["primaryKey"]
    worker = call(made["scoringUri"], key)
    api = docker_daemon.docker().api
    green, blue = (_container(project, name) for name in ("house-green", "house-blue"))
    assert api.inspect_container(green)["HostConfig"]["Memory"] == 4 << 30
    stop = api.exec_create(blue, ["sh", "-c", f"kill -STOP {worker}"])
    assert (api.exec_start(stop["Id"]), api.exec_inspect(stop["Id"])["ExitCode"]) == (b"", 0)
    assert call(made["scoringUri"], key) != worker, "the request waits for the worker that takes its place"
    log = project.ok("service", "logs", "house-blue")
    assert f"Worker {worker} has not answered 2 times." in log


def _container(project: Terminal, service: str) -> str:
    """Its id."""
    workspace = project.home / "workspaces" / "local"
    labels = {"label": f"com.scoredock.workspace={workspace}", "name": service}
    found = docker_daemon.docker().api.containers(filters=labels)
    assert len(found) == 1, found
    return str(found[0]["Id"])


@pytest.mark.parametrize(
    ("dockerfile", "code", "message"),
    [
        ("FROM x\nCOPY gone.txt /\n", "file-not-found", "gone.txt"),
        ("FROM x\nCOPY ../outside.txt /\n", "image-steps-invalid", "outside the folder"),
        ("COPY housing.py /\n", "image-steps-invalid", "FROM"),
        ("FROM x\nCOPY big.bin /\n", "deployment-file-unsupported", "64 MB"),
    ],
)
def test_what_cannot_be_copied_stops_before_anything_is_made(
    terminal: Terminal, dockerfile: str, code: str, message: str
) -> None:
    terminal.env["DOCKER_HOST"] = docker_daemon.docker_host()
    (terminal.folder / "src").mkdir()
    (terminal.folder / "src" / "score.py").write_text(SCRIPT)
    context = terminal.folder / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(dockerfile)
    (context / "housing.py").write_text("")
    with (context / "big.bin").open("wb") as stream:
        os.truncate(stream.fileno(), 65 << 20)
    (terminal.folder / "blue.yml").write_text(deployment("blue", environment={"build": {"path": "context"}}))
    error = terminal.refused("service", "deploy", "--file", "blue.yml", "--engine", "docker")
    assert (error["code"], message in error["message"]) == (code, True), error
    assert Path(error["place"]["path"]) == context / "Dockerfile"
    assert terminal.json("environment", "list")["environments"] == []
    assert json.loads(terminal.ok("model", "list", "--json"))["models"] == []
