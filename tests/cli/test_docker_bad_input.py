"""What goes wrong with Docker, as a person in a terminal is told it: the cause once, the next step, nothing left."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

import docker_daemon
from cli.conftest import SCRIPT, Terminal

pytestmark = pytest.mark.docker

BASE = "scoredock-test-base:bookworm"
HANGS = "import time\n\n\ndef init():\n    print('it runs')\n    time.sleep(600)\n\n\ndef run(data):\n    return data\n"


@pytest.fixture
def docked(terminal: Terminal) -> Iterator[Terminal]:
    terminal.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
    (terminal.folder / "score.py").write_text(SCRIPT)
    yield terminal
    for service in terminal.json("service", "list")["services"]:
        terminal.run("service", "delete", service["name"])
    left = docker_daemon.docker().api.containers(all=True)
    assert [each for each in left if str(terminal.home) in json.dumps(each["Labels"])] == []


def refused(terminal: Terminal, *words: str, code: str) -> str:
    """The words of the error of a deployment that must fail."""
    result = terminal.run("service", "deploy", "adder", "--engine", "docker", *words)
    assert result.returncode == 1, result.stdout
    told = result.stderr[result.stderr.index("error: ") :]
    assert f"[{code}]" in told
    return told


def older_form(terminal: Terminal, *steps: str, **fields: object) -> tuple[str, str]:
    """Arguments for an inference configuration with `extraDockerfileSteps`."""
    (terminal.folder / "steps").write_text("\n".join(steps) + "\n")
    written = {
        "entryScript": "score.py",
        "sourceDirectory": ".",
        "runtime": "python",
        "baseImage": BASE,
        **fields,
    }
    (terminal.folder / "ic.json").write_text(
        json.dumps({**written, **({"extraDockerfileSteps": "steps"} if steps else {})})
    )
    return "--inference-config", "ic.json"


def test_a_step_that_fails_is_told_by_what_it_complained_of(docked: Terminal) -> None:
    told = refused(
        docked,
        *older_form(docked, "RUN echo all is well; echo no such thing >&2; exit 4"),
        code="image-build-failed",
    )
    assert "ended with exit code 4: no such thing." in told
    log = docked.ok("service", "logs", "adder")
    assert "no such thing" in log
    assert "\\x1b" not in log
    assert log.count("RUN echo all is well") == 2, "the step, and the error"


def test_a_failing_step_is_named_by_the_file_and_line_of_the_person(docked: Terminal) -> None:
    """A file of steps; an environment in JSON whose Dockerfile stands in one text."""
    steps = ("# first", "RUN true", "RUN false && \\", "  true")
    told = refused(docked, *older_form(docked, *steps), code="image-build-failed")
    assert f"{docked.folder}/steps:3: RUN false &&" in told
    assert "Step " not in told
    lines = f"FROM {BASE}\nRUN true\nRUN echo gone >&2; exit 7"
    environment = {"name": "own", "docker": {"baseImage": None, "baseDockerfile": lines}}
    config = {"entryScript": "score.py", "environment": {**environment, "python": {"userManagedDependencies": True}}}
    text = json.dumps(config, indent=1)
    (docked.folder / "own.json").write_text(text)
    line = text[: text.index("FROM")].count("\n") + 1
    told = refused(docked, "--inference-config", "own.json", code="image-build-failed")
    assert f"{docked.folder}/own.json:{line}: RUN echo gone >&2; exit 7 ended with exit code 7: gone." in told


def test_a_failing_step_of_a_script_is_named_by_the_line_of_the_script(docked: Terminal) -> None:
    (docked.folder / "deploy.py").write_text(
        "from azureml.core import Environment, Workspace\nfrom azureml.core.model import InferenceConfig, Model\n"
        "from azureml.core.webservice import LocalWebservice\nws = Workspace.get('local')\n"
        "own = Environment('own')\nown.docker.base_image = None\n"
        f"own.docker.base_dockerfile = '''FROM {BASE}\nRUN true\nRUN echo gone >&2; exit 7\n'''\n"
        "own.python.user_managed_dependencies = True\nconfig = InferenceConfig('score.py', environment=own)\n"
        "Model.deploy(ws, 'adder', [], config, LocalWebservice.deploy_configuration()).wait_for_deployment()\n"
    )
    done = docked.run("sdk", "run", "--python", sys.executable, "--engine", "docker", "deploy.py")
    assert done.returncode == 1
    assert "deploy.py, line 9: RUN echo gone >&2; exit 7 ended with exit code 7: gone." in done.stderr, done.stderr


def test_a_step_that_fetches_nothing_is_no_missing_base_image(docked: Terminal) -> None:
    told = refused(
        docked,
        *older_form(docked, "ADD http://127.0.0.1:1/x /x"),
        code="image-build-failed",
    )
    assert "ADD http://127.0.0.1:1/x" in told


def test_a_line_break_in_the_name_of_an_image_adds_no_instruction(
    docked: Terminal,
) -> None:
    told = refused(
        docked,
        *older_form(docked, baseImage=f"{BASE}\nRUN touch /evil"),
        code="base-image-invalid",
    )
    assert "is not the name of an image" in told


def test_a_base_image_that_cannot_be_pulled_is_told_once(docked: Terminal) -> None:
    told = refused(
        docked,
        *older_form(docked, baseImage="127.0.0.1:1/team/python:3.11"),
        code="image-pull-failed",
    )
    assert told.count("could not pull") == 1
    assert "registry can be reached" in told


def test_a_gpu_that_docker_cannot_reach_is_told_with_what_is_missing(
    docked: Terminal,
) -> None:
    told = refused(docked, *older_form(docked, enableGpu=True), code="docker-failed")
    assert "has no access to a GPU" in told
    assert "NVIDIA Container Toolkit" in told


def test_ctrl_c_while_init_runs_leaves_nothing(docked: Terminal) -> None:
    (docked.folder / "score.py").write_text(HANGS)
    words = (
        "service",
        "deploy",
        "adder",
        "--engine",
        "docker",
        "--entry-script",
        "score.py",
    )
    deploying = subprocess.Popen(
        [sys.executable, "-m", "scoredock.cli", *words],
        cwd=docked.folder,
        env=docked.environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert deploying.stderr is not None
    for line in deploying.stderr:
        if "Starting the container" in line:
            break
    deploying.send_signal(signal.SIGINT)
    _, told = deploying.communicate(timeout=60)
    assert deploying.returncode == 130
    assert "[cancelled]" in told
    assert docked.json("service", "list")["services"] == []
    assert list((docked.home / "workspaces" / "local" / "services").glob("*")) == []


def test_a_service_can_be_deleted_while_docker_is_away(docked: Terminal) -> None:
    docked.json("service", "deploy", "adder", "--entry-script", "score.py", "--engine", "docker")
    here, docked.env["DOCKER_HOST"] = docked.env.get("DOCKER_HOST"), "unix:///nowhere/docker.sock"
    refused = docked.run("service", "delete", "adder")
    assert refused.returncode == 1
    assert "[docker-unavailable]" in refused.stderr
    assert "`scoredock service delete adder --force`" in refused.stderr
    done = docked.run("service", "delete", "adder", "--force")
    assert (done.returncode, done.stdout) == (0, "deleted adder\n")
    assert docked.json("service", "list")["services"] == []
    del docked.env["DOCKER_HOST"]
    if here is not None:
        docked.env["DOCKER_HOST"] = here
