"""A package is the service: the same answers by `docker run`, on a Docker that never saw Scoredock."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scoredock.errors import ScoredockError
from scoredock.packaging.package import run_command
from scoredock.progress import CancelToken, Silent
from scoredock.services.packaging.service_package import Packaged, PackageRequest, package_folder, package_image
from scoredock.services.request import DeployRequest

from docker_daemon import PrivateDaemon, docker_host
from pace import patience
from ports import free_port

from .conftest import ACCOUNT, Shop, carried

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

JSON = {"Content-Type": "application/json"}
REQUESTS: list[tuple[str, str, str, str, dict[str, str]]] = [
    ("health", "GET", "/", "", {}),
    ("score", "POST", "/score", '{"data": [1, 2]}', JSON),
    ("score with a request id", "POST", "/score", '{"data": [1]}', {**JSON, "x-ms-request-id": "mine-1"}),
    ("bad JSON", "POST", "/score", "{not json", JSON),
    ("script fails", "POST", "/score", '{"wrong": true}', JSON),
    ("no body", "POST", "/score", "", JSON),
    ("no UTF-8", "POST", "/score", "\xff\xfe", JSON),
    ("by GET", "GET", "/score?data=1", "", {}),
    ("swagger", "GET", "/swagger.json", "", {}),
    ("swagger 3", "GET", "/swagger.json?version=3", "", {}),
    ("no such route", "GET", "/nowhere", "", {}),
    ("wrong verb", "PUT", "/score", "{}", JSON),
    ("options", "OPTIONS", "/score", "", {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}),
    ("metrics", "HEAD", "/", "", {}),
]
TOLD = ("content-type", "x-ms-server-version", "x-ms-run-function-failed", "allow", "access-control-allow-origin")


def ask(port: int, method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body.encode("latin-1"), headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def answers(port: int) -> dict[str, Any]:
    """What a client can tell two services by."""
    found = {}
    for name, method, path, body, headers in REQUESTS:
        status, told, content = ask(port, method, path, body, headers)
        kept = {each: told[each] for each in TOLD if each in told}
        if "x-ms-request-id" in headers:
            kept["id"] = told["x-ms-request-id"]
        found[name] = (status, kept, content.decode().replace(f":{port}", ":PORT"))
    return found


HOSTS = ["--env", "SCOREDOCK_ALLOWED_HOSTS=localhost"]
"""What the README hands in besides the port."""


@contextmanager
def running(image: str, host: str, *options: str, any_host: bool = False) -> Iterator[int]:
    """`docker run` as the README says it, on a free port; with `any_host` without the names that it answers to."""
    port = free_port()
    words = [word.replace("127.0.0.1:6789:", f"127.0.0.1:{port}:") for word in run_command(image, keys=False)]
    if any_host:
        at = words.index(HOSTS[0])
        assert words[at : at + 2] == HOSTS
        del words[at : at + 2]
    command = [*words[:2], "--detach", "--label", "com.scoredock.tests=yes", *options, *words[2:]]
    environment = {**os.environ, "DOCKER_HOST": host}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    container = done.stdout.strip()
    try:
        until_healthy(port, container, environment)
        require_health_check(container, environment)
        yield port
    finally:
        subprocess.run(["docker", "kill", container], capture_output=True, check=False, env=environment)


def require_health_check(container: str, environment: dict[str, str]) -> None:
    """Docker would ask the same every half minute."""
    found = subprocess.run(
        ["docker", "inspect", "--format", "{{json .Config.Healthcheck.Test}}", container],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    kind, *command = json.loads(found.stdout)
    assert kind == "CMD"
    done = subprocess.run(
        ["docker", "exec", container, *command], capture_output=True, text=True, timeout=60, env=environment
    )
    assert done.returncode == 0, done.stderr


def until_healthy(port: int, container: str, environment: dict[str, str]) -> None:
    deadline = time.monotonic() + patience(60)
    while True:
        try:
            if ask(port, "GET", "/ready", "", {})[0] == 200:
                return
        except OSError:
            pass
        except http.client.HTTPException:
            pass
        if time.monotonic() > deadline:
            logs = subprocess.run(["docker", "logs", container], capture_output=True, text=True, env=environment)
            raise AssertionError(f"no answer within a minute: {logs.stdout}{logs.stderr}")
        time.sleep(0.05)


@pytest.fixture(scope="module")
def expected(shop: Shop) -> Iterator[dict[str, Any]]:
    """The answers of the service that is not a package."""
    view = shop.deployments.deploy(shop.wanted)
    assert view.port is not None
    yield answers(view.port)
    shop.deployments.delete("package")


def test_a_ready_image_answers_like_the_service_where_scoredock_never_was(
    ready: Packaged, strange_daemon: PrivateDaemon, expected: dict[str, Any], tmp_path: Path
) -> None:
    carried(ready.name.reference, strange_daemon, tmp_path)
    with running(ready.name.reference, strange_daemon.host) as port:
        found = answers(port)
    assert found == expected
    assert expected["score"][0] == 200
    assert json.loads(expected["score"][2]) == {"sum": 30, "said": 'with "quotes" and $dollars'}


def test_a_folder_built_by_plain_docker_answers_like_the_service(built: str, expected: dict[str, Any]) -> None:
    with running(built, docker_host()) as port:
        assert answers(port) == expected


@pytest.mark.long("at the gate the ready image is carried there, and this image runs where it was built")
def test_it_answers_where_it_was_not_built(
    built: str, strange_daemon: PrivateDaemon, expected: dict[str, Any], tmp_path: Path
) -> None:
    carried(built, strange_daemon, tmp_path)
    with running(built, strange_daemon.host) as port:
        assert answers(port) == expected


def test_it_runs_hardened(ready: Packaged) -> None:
    hard = (
        "--read-only",
        "--tmpfs",
        "/tmp",
        "--cap-drop",
        "ALL",
        "--security-opt",
        "no-new-privileges",
        "--volume",
        "/var/scoredock",
        "--init",
    )
    with running(ready.name.reference, docker_host(), *hard) as port:
        assert ask(port, "POST", "/score", '{"data": [1]}', JSON)[0] == 200


def test_a_ready_image_answers_only_to_the_names_that_it_is_told(ready: Packaged) -> None:
    def asked_as(port: int, name: str) -> int:
        return ask(port, "POST", "/score", '{"data": [1]}', {**JSON, "Host": name})[0]

    names = ("evil.example", "localhost", "10.0.0.7:5001")
    with running(ready.name.reference, docker_host()) as port:
        assert [asked_as(port, name) for name in names] == [403, 200, 200]
        assert ask(port, "GET", "/", "", {"Host": "evil.example"})[0] == 403
    with running(ready.name.reference, docker_host(), any_host=True) as port:
        assert [asked_as(port, name) for name in names] == [200, 200, 200]


@pytest.fixture(scope="module")
def keyed(shop: Shop) -> Packaged:
    configuration = shop.folder / "deploymentconfig.json"
    told = {
        "computeType": "aci",
        "authEnabled": True,
        "containerResourceRequirements": {"cpu": 0.5, "memoryInGB": 0.25},
    }
    configuration.write_text(json.dumps(told))
    return shop.image("keyed", deploy=replace(shop.wanted, deployment_config=str(configuration)))


def test_keys_are_handed_in_by_their_digests(keyed: Packaged, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"the-key").hexdigest()
    other = hashlib.sha256(b"other").hexdigest()
    secret = tmp_path / "keys"
    secret.write_text(f"{other}\n")
    secret.chmod(0o644)
    options = ("--env", f"SCOREDOCK_KEY_DIGESTS={digest}", "--volume", f"{secret}:/run/secrets/scoredock_keys:ro")
    with running(keyed.name.reference, docker_host(), *options) as port:
        assert ask(port, "POST", "/score", '{"data": [1]}', JSON)[0] == 401
        for key in ("the-key", "other"):
            assert ask(port, "POST", "/score", '{"data": [1]}', {**JSON, "Authorization": f"Bearer {key}"})[0] == 200


@pytest.mark.parametrize("handed", ["", "the-key"])
def test_without_digests_it_does_not_stand_open(keyed: Packaged, handed: str) -> None:
    command = ["docker", "run", "--rm", "--env", f"SCOREDOCK_KEY_DIGESTS={handed}", keyed.name.reference]
    environment = {**os.environ, "DOCKER_HOST": docker_host()}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.returncode != 0
    assert "SCOREDOCK_KEY_DIGESTS" in done.stderr + done.stdout
    assert "the-key" not in done.stderr + done.stdout


def test_a_service_in_a_container_is_packaged_too(shop: Shop, tmp_path: Path) -> None:
    shop.deployments.deploy(replace(shop.wanted, name="contained", engine="docker"))
    try:
        request = PackageRequest(service="contained", name=shop.name, label="contained")
        made = package_image(shop.deployments, request, account=ACCOUNT, progress=Silent(), cancel=CancelToken())
        folder = package_folder(
            shop.deployments,
            request,
            tmp_path / "out",
            account=ACCOUNT,
            base_image="",
            progress=Silent(),
            cancel=CancelToken(),
        )
    finally:
        shop.deployments.delete("contained")
    with running(made.name.reference, docker_host()) as port:
        assert json.loads(ask(port, "POST", "/score", '{"data": [4]}', JSON)[2])["sum"] == 40
    assert folder.folder is not None
    assert (folder.folder / "azureml-app" / "azureml-models" / "factor" / "1" / "factor.txt").read_text() == "10"


def test_a_model_without_a_script(shop: Shop, tmp_path: Path) -> None:
    """What would be deployed without code is packaged without code."""
    with pytest.raises(ScoredockError) as refused:
        shop.package(tmp_path / "out", deploy=DeployRequest("package", models=("factor:1",)))
    assert refused.value.code == "no-code-framework"
