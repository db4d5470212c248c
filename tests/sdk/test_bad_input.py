"""What a script of the SDK cannot have here, or names wrongly: one sentence with a code, and nothing half-made."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cli.conftest import Terminal

from .conftest import PYTHON
from .test_scripts import CONNECT, notebook, run

SECRET = "a-secret-that-nobody-may-read-01"
DEPLOYING = (
    "from azureml.core import Environment, Model\nfrom azureml.core.model import InferenceConfig\n"
    "from azureml.core.webservice import AciWebservice\n"
    "config = InferenceConfig('score.py', environment=Environment('light'))\n"
)
REFUSED = {
    "a model that is not there": (
        "Model.deploy(ws, 'half-made', [Model(ws, 'missing')], config)",
        "[model-not-found]",
    ),
    "a model named by an id that is not there": (
        "Model.deploy(ws, 'half-made', ['missing:3'], config, AciWebservice.deploy_configuration())",
        "[model-not-found]",
    ),
    "a file that is not there": (
        "Model.register(ws, 'nowhere.pkl', 'half-made')",
        "nowhere.pkl",
    ),
    "several machines of another kind": (
        "from azureml.core import ScriptRunConfig\nfrom azureml.core.runconfig import RunConfiguration\n"
        "ScriptRunConfig('.', 'score.py', distributed_job_config=RunConfiguration())",
        "it must be an MpiConfiguration, PyTorchConfiguration or TensorflowConfiguration. [sdk-argument-invalid]",
    ),
    "None for a name": ("Workspace.create(name=None)", "The script gives None where a value is needed: name."),
    "None for an environment": (
        "Environment.get(ws, None)",
        "The script gives None where a value is needed: name.",
    ),
    "None for a configuration": (
        "from azureml.core import Experiment\nExperiment(ws, 'x').submit(None)",
        "The script gives None where a value is needed: config.",
    ),
    "None for a service": (
        "from azureml.core.webservice import Webservice\nWebservice(ws, None)",
        "[sdk-argument-invalid]",
    ),
    "a number for a text": (
        "Model.register(ws, 'score.py', 'half-made', description=4)",
        "The script gives an integer where text is needed: description.",
    ),
    "an environment that is not there": (
        "Environment.get(ws, 'nobodys')",
        "has no environment nobodys. Run `scoredock environment list -w ",
    ),
    "a file that was not uploaded": (
        "from azureml.core import Experiment\nExperiment(ws, 'x').start_logging().register_model('half-made', 'o.pkl')",
        "in the set of files uploaded to the run: []. Upload it first",
    ),
    "storage of Azure": (
        "from azureml.core import Dataset, Datastore\n"
        "store = Datastore.register_azure_sql_database(ws, 'x', 'y', 'sales')\n"
        "Dataset.Tabular.from_sql_query((store, 'select 1'))",
        "Dataset.Tabular.from_sql_query (the database sales of Azure) has no meaning on this machine. Read it with",
    ),
    "a pipeline": (
        "from azureml.pipeline.steps import DatabricksStep\nDatabricksStep(name='x')",
        "[sdk-not-here]",
    ),
}


def test_what_is_not_here_is_told_and_makes_nothing(terminal: Terminal) -> None:
    """One script tries them one after the other, so that one server answers all."""
    tries = "\n".join(
        f"try:\n    exec({text!r})\nexcept Exception as error:\n    told[{name!r}] = str(error)\n"
        for name, (text, _) in REFUSED.items()
    )
    listed = "[each.name for each in Model.list(ws)] + [each.name for each in ws.webservices.values()]"
    done = run(
        terminal, f"{CONNECT}{DEPLOYING}import json\ntold = {{}}\n{tries}\nprint(json.dumps([told, {listed}]))\n"
    )
    assert done.returncode == 0, done.stderr
    told, made = json.loads(done.stdout.splitlines()[-1])
    assert {name: words in told.get(name, "") for name, (_, words) in REFUSED.items()} == dict.fromkeys(
        REFUSED, True
    ), told
    assert made == []


@pytest.mark.long("three scripts; tests/az/test_az_bad_input.py asks it of az ml, tests/workspaces of configurations")
def test_a_configuration_of_another_subscription_is_another_workspace(terminal: Terminal) -> None:
    """Two subscriptions may have a workspace of one name; neither sees the models of the other."""
    config = terminal.folder / ".file-path" / "ws_config.json"
    identity = json.loads(config.read_text())
    name = f"{identity['workspace_name']}-two"
    text = (
        "from azureml.core import Model, Workspace\nws = Workspace.from_config('.file-path/ws_config.json')\n"
        "print(ws.subscription_id, [each.name for each in Model.list(ws)])\n"
        "Model.register(ws, 'score.py', 'of-' + ws.subscription_id)\n"
    )
    for subscription in ("11111111", "22222222"):
        config.write_text(json.dumps({**identity, "workspace_name": name, "subscription_id": subscription}))
        assert run(terminal, text).stdout.splitlines()[0] == f"{subscription} []"
    other = f"{CONNECT}Workspace.get(ws.name, subscription_id='33333333')\n"
    done = run(terminal, other)
    assert done.returncode == 1
    assert "33333333" in done.stderr
    assert "[workspace-not-found]" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("run", "nowhere.py"), "file-not-found", "nowhere.py does not exist."),
        (("run", "--python", "/nowhere/python", "score.py"), "python-not-found", "There is no Python at /nowhere"),
        (("notebook", "nowhere.ipynb"), "file-not-found", "does not exist"),
        (("notebook", "score.py"), "file-unreadable", "is not a notebook"),
    ],
)
def test_what_cannot_be_run_is_told_before_a_python_starts(
    terminal: Terminal, words: tuple[str, ...], code: str, sentence: str
) -> None:
    error = terminal.refused("sdk", *words)
    assert error["code"] == code
    assert sentence in error["message"]


def test_an_engine_that_is_none_is_told_with_its_variable(terminal: Terminal) -> None:
    terminal.env["SCOREDOCK_SDK_ENGINE"] = "kubernetes"
    done = run(terminal, f"{CONNECT}{DEPLOYING}Model.deploy(ws, 'half-made', [], config)\n")
    assert done.returncode == 1
    assert "SCOREDOCK_SDK_ENGINE is kubernetes; it must be process or docker." in done.stderr
    assert "[sdk-argument-invalid]" in done.stderr


def test_an_azureml_core_that_is_installed_waits_while_scoredock_runs_the_script(
    terminal: Terminal, tmp_path: Path
) -> None:
    """The whole SDK with its other packages: ours is in front for this run alone, and nothing is left behind."""
    site = tmp_path / "site"
    for package in ("azureml/core", "azureml/pipeline/core", "azureml/train/core"):
        (site / package).mkdir(parents=True)
        (site / package / "__init__.py").write_text("raise SystemExit('of Azure')\n")
    before = sorted(str(path) for path in site.rglob("*"))
    terminal.env["PYTHONPATH"] = str(site)
    pipeline = "from azureml.pipeline.core import Module\nprint(Module.__doc__)\n"
    done = run(terminal, f"{CONNECT}import azureml.core\nprint(ws.name)\n{pipeline}")
    assert done.returncode == 0, done.stderr
    assert "of Azure" not in done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("Not here.")
    assert sorted(str(path) for path in site.rglob("*") if "__pycache__" not in path.parts) == before


def test_no_credential_is_written_down_or_told(terminal: Terminal, home: Path) -> None:
    """Sign-in classes, keys of a deployment that is refused, and what a registry of images asks for."""
    text = (
        "from azureml.core.authentication import InteractiveLoginAuthentication, ServicePrincipalAuthentication\n"
        "from azureml.core import Environment, Workspace\nfrom azureml.core.model import InferenceConfig, Model\n"
        "from azureml.core.webservice import AciWebservice\nimport os\nsecret = os.environ['THE_SECRET']\n"
        "auth = ServicePrincipalAuthentication('tenant', 'id', secret)\n"
        "ws = Workspace.from_config('.file-path/ws_config.json', auth=auth)\nprint(auth, ws)\n"
        "environment = Environment('light')\nenvironment.docker.base_image_registry.username = 'me'\n"
        "environment.docker.base_image_registry.password = secret\n"
        "config = InferenceConfig('score.py', environment=environment)\n"
        "aci = AciWebservice.deploy_configuration(auth_enabled=True, primary_key=secret, secondary_key=secret)\n"
        "Model.deploy(ws, 'refused', ['missing:1'], config, aci)\n"
    )
    terminal.env["THE_SECRET"] = SECRET
    done = run(terminal, text)
    assert done.returncode == 1
    assert "[model-not-found]" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    places = (home, terminal.folder)
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_a_notebook_runs_up_to_a_cell_and_numbers_are_those_of_the_notebook(terminal: Terminal) -> None:
    (terminal.folder / "steps.ipynb").write_text(
        notebook([("markdown", "# Steps"), ("code", "print('one')"), ("code", "print('two')"), ("code", "1 / 0")])
    )
    assert terminal.run("sdk", "notebook", *PYTHON, "--to", "3", "steps.ipynb").stdout == "one\ntwo\n"
    done = terminal.run("sdk", "notebook", *PYTHON, "--to", "4", "steps.ipynb")
    assert (done.returncode, done.stdout) == (1, "one\ntwo\n")
    assert "steps.ipynb: cell 4, line 1" in done.stderr.replace(os.sep, "/")
