"""Curated environments that a script of the SDK deploys."""

from __future__ import annotations

import pytest

from cli.conftest import Terminal

from .conftest import PYTHON

HEAD = """from azureml.core import Environment, Model, Workspace
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, LocalWebservice
ws = Workspace.from_config('.file-path/ws_config.json')
environment = Environment.get(ws, 'AzureML-Minimal')
"""
DEPLOY = """for name, kind in (('ready-aci', AciWebservice), ('ready-local', LocalWebservice)):
    config = InferenceConfig(entry_script='score.py', environment=environment)
    service = Model.deploy(ws, name, [], config, kind.deploy_configuration())
    service.wait_for_deployment()
    print(service.state, service.run('{"data": [[1, 2]]}'))
    service.delete()
"""


def test_an_unchanged_one_is_deployed_as_by_its_name(terminal: Terminal) -> None:
    (terminal.folder / "deploy.py").write_text(HEAD + DEPLOY)
    done = terminal.run("sdk", "run", *PYTHON, "deploy.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.lower() for line in done.stdout.splitlines() if "[3]" in line] == ["healthy [3]", "running [3]"]


@pytest.mark.parametrize(
    "change", ["environment.python.conda_dependencies.add_pip_package('tqdm')", "environment.name = 'AzureML-Own'"]
)
def test_one_that_was_changed_needs_a_name_of_its_own(terminal: Terminal, change: str) -> None:
    (terminal.folder / "deploy.py").write_text(f"{HEAD}{change}\n{DEPLOY}")
    done = terminal.run("sdk", "run", *PYTHON, "deploy.py")
    assert done.returncode == 1
    assert "must not begin with “AzureML”" in done.stderr, done.stderr
