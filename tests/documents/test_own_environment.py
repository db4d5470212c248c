"""The environment of the documents deploys as it is written, through each door of a terminal; by mouse in tests/ui."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cli.conftest import Terminal
from documents import own_environment
from documents.own_environment import ANSWER, BODY, INSTALLS, MODEL

DEPLOY = """from azureml.core import Workspace
from azureml.core.environment import Environment
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import LocalWebservice

ws = Workspace.from_config()
model = Model(ws, name='sklearn_mnist')
environment = Environment.from_conda_specification(name='myenv', file_path='myenv.yml')
service = Model.deploy(
    ws, 'by-sdk', [model], InferenceConfig(entry_script='score.py', environment=environment),
    LocalWebservice.deploy_configuration()
)
service.wait_for_deployment()
print(service.state, service.run('{"data": [[1.8]]}'))
"""

pytestmark = [INSTALLS, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    base = tmp_path_factory.mktemp("own-environment")
    project = base / "project"
    project.mkdir()
    own_environment.fill(project, base / "scratch")
    terminal = Terminal(base / "home", project)
    terminal.ok("model", "register", "sklearn_mnist_model.pkl", "--name", MODEL)
    yield terminal
    terminal.ok("service", "stop-all", "--all")


def test_the_command_line(terminal: Terminal) -> None:
    deployment = terminal.run(
        "service", "deploy", "by-cli", "--entry-script", "score.py", "--environment-file", "myenv.yml",
        "--model", f"{MODEL}:1",
    )  # fmt: skip
    assert "The script runs in Python 3.6" in deployment.stderr
    assert json.loads(terminal.ok("service", "call", "by-cli", "--data", BODY)) == ANSWER


def test_a_script_of_the_sdk(terminal: Terminal) -> None:
    (terminal.folder / "deploy.py").write_text(DEPLOY)
    printed = terminal.ok("sdk", "run", "deploy.py")
    assert f"running {ANSWER}" in printed


def test_a_line_of_az(terminal: Terminal) -> None:
    project = terminal.folder
    (project / "inferenceconfig.json").write_text(
        json.dumps({"entryScript": "score.py", "runtime": "python", "condaFile": "myenv.yml"})
    )
    (project / "deploymentconfig.json").write_text(json.dumps({"computeType": "local"}))
    terminal.ok(
        "az", "ml", "model", "deploy", "-n", "by-az", "-m", f"{MODEL}:1", "--ic", "inferenceconfig.json", "--dc",
        "deploymentconfig.json",
    )  # fmt: skip
    assert json.loads(terminal.ok("az", "ml", "service", "run", "-n", "by-az", "-d", BODY)) == ANSWER
