"""Made where no container engine can be reached, run where there is one: the tests of the project pass in it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bare_root import CHECKOUT, ENGINES, PYTHON, BareRoot
from docker_daemon import docker, missing
from oci_registry.real_registry import real_registry
from pace import patience
from packages.test_without_docker import base, short_folder
from ports import free_port

__all__ = ["base", "short_folder"]

KEY = "canary-7741-canary-7741"
DIGEST = hashlib.sha256(KEY.encode()).hexdigest()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> BareRoot:
    return BareRoot(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example whose service has keys, with its request tests."""
    return Path(shutil.copytree(CHECKOUT / "examples" / "guarded", tmp_path_factory.mktemp("project") / "guarded"))


@pytest.fixture(scope="module")
def pushed(root: BareRoot, project: Path, base: Path, address: str) -> dict[str, Any]:
    """What `package create` says of the image that it pushed."""
    deploy = ("--inference-config", "inferenceconfig.json", "--deployment-config", "deploymentconfig.json")
    where = ("--base", f"archive:{base}", "--push", f"{address}/bare/loans:1", "--json")
    done = root.scoredock("package", "create", *deploy, *where, cwd=project)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


LOOK = """
import os, shutil, socket, sys
from scoredock.containers.connection import DockerSettings, reachable
open_ones = [name for name in sys.argv[1:] if shutil.which(name)]
sockets = [each for each in ("/var/run/docker.sock", "/run/podman", "/run/containerd") if os.path.exists(each)]
print(open_ones, sockets, reachable(DockerSettings(""))[0])
"""


def test_no_engine_can_be_reached_there(root: BareRoot, project: Path) -> None:
    """Nor would the other tests say anything. With the engines left where they are, this fails."""
    python = str(PYTHON)
    assert root.run(python, "-c", LOOK, *ENGINES, cwd=project).stdout == "[] [] None\n"
    docker()
    open_root = BareRoot(root.home, engines=True)
    assert root.run("sh", "-c", "docker version", cwd=project).returncode
    shown = open_root.run(python, "-c", LOOK, *ENGINES, cwd=project).stdout
    assert not shown.startswith("[] [] "), shown


def project_tests(port: int, project: Path, root: BareRoot, *around: str) -> subprocess.CompletedProcess[str]:
    """The tests of the project, against what listens on the port; what `around` runs the command."""
    python = str(PYTHON)
    words = ("-m", "scoredock.cli", "test", "--port", str(port), "--variable", f"key={KEY}")
    return subprocess.run(
        [*around, python, *words], cwd=project, env=root.environment(), capture_output=True, text=True, check=False
    )


def require_all_passed(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == 4, done.stdout


def wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + patience(60)
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5)
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_docker_runs_what_was_made_without_any_daemon(root: BareRoot, project: Path, pushed: dict[str, Any]) -> None:
    reference = pushed["run"][-1]
    repository, _, tag = reference.rpartition(":")
    docker().api.pull(repository, tag=tag)
    port = free_port()
    run = ["docker", "run", "-d", "--label", "com.scoredock.tests=yes", "-p", f"127.0.0.1:{port}:5001"]
    try:
        assert docker().api.inspect_image(reference)["Id"] == pushed["imageId"]
        environment = {**os.environ, "DOCKER_HOST": docker().endpoint}
        container = subprocess.run(
            [*run, "--env", f"SCOREDOCK_KEY_DIGESTS={DIGEST}", reference],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        try:
            wait_until_ready(port)
            require_all_passed(project_tests(port, project, root))
            (project / "score.py").write_text((project / "score.py").read_text().replace("1200", "1201"))
            require_all_passed(
                project_tests(port, project, root)
            )  # the container is asked, not the script of the folder
        finally:
            docker().api.remove_container(container, force=True, v=True)
    finally:
        docker().api.remove_image(reference, force=True)


def test_podman_runs_what_was_made_without_any_daemon(
    root: BareRoot, project: Path, pushed: dict[str, Any], short_folder: Path
) -> None:
    """Its container is in a network of its own, in which the tests are run."""
    if not shutil.which("podman"):
        missing("podman")
    reference = pushed["run"][-1]

    def podman(*words: str) -> str:
        places = ("--root", f"{short_folder}/root", "--runroot", f"{short_folder}/run", "--cgroup-manager", "cgroupfs")
        done = subprocess.run(["podman", *places, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    try:
        podman("pull", "--quiet", "--tls-verify=false", reference)
        # The limits of this machine's own may be below podman's, which the kernel then refuses.
        limits = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--network", "none")
        podman("run", "--detach", "--name", "asked", *limits, "--env", f"SCOREDOCK_KEY_DIGESTS={DIGEST}", reference)
        deadline = time.monotonic() + patience(60)
        while "ready for serving" not in (log := podman("logs", "asked")):
            assert time.monotonic() < deadline, log
            time.sleep(0.2)
        process = podman("inspect", "--format", "{{.State.Pid}}", "asked")
        require_all_passed(project_tests(5001, project, root, "nsenter", "--net", "--target", process))
    finally:
        podman("rm", "--force", "--ignore", "asked")
        podman("rmi", "--all", "--force")
