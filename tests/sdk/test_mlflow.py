"""MLflow in scripts of the SDK: what is logged and registered is in the workspace, whatever the folder, for both."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from depth import LONG
from runs.conftest import NEWEST, QUIET, VERSIONS

from .conftest import RUN
from .test_runs import told
from .test_scripts import CONNECT

_SECONDS = 400
"""MLflow takes its time to be imported, by the script and by what it submits."""
HEAD = CONNECT + (
    "import json, os, mlflow\nfrom azureml.core import Experiment, Model, Run, ScriptRunConfig\n"
    "mlflow.set_tracking_uri(ws.get_mlflow_tracking_uri())\n"
)
LOGGING = HEAD + (
    "id = mlflow.create_experiment('tracked', tags={'team': 'loans'})\n"
    "mlflow.set_experiment('tracked')\n"
    "mlflow.tracking.MlflowClient().set_experiment_tag(id, 'stage', 'lab')\n"
    "class Echo(mlflow.pyfunc.PythonModel):\n"
    "    def predict(self, context, model_input, params=None):\n        return model_input\n"
    "with mlflow.start_run(run_name='first') as run:\n"
    "    mlflow.log_param('alpha', 0.5)\n    mlflow.set_tag('stage', 'lab')\n"
    "    for step in range(3):\n        mlflow.log_metric('loss', 1 / (step + 1), step=step)\n"
    "    open('note.txt', 'w').write('kept')\n    mlflow.log_artifact('note.txt', 'notes')\n"
    "    mlflow.pyfunc.log_model('echo', python_model=Echo(), pip_requirements=['mlflow'],"
    " registered_model_name='echo')\n"
    "    with mlflow.start_run(run_name='inner', nested=True):\n        mlflow.log_metric('loss', 0.1)\n"
    "version = mlflow.register_model(f'runs:/{run.info.run_id}/echo', 'again')\n"
    "print(json.dumps([run.info.run_id, version.version]))\n"
)
READING = HEAD + (
    "client = mlflow.tracking.MlflowClient()\nexperiment = client.get_experiment_by_name('tracked')\n"
    "found = mlflow.search_runs([experiment.experiment_id], 'metrics.loss < 0.5', order_by=['metrics.loss DESC'])\n"
    "id = found['run_id'][0]\nrun = client.get_run(id)\nof_sdk = Run(Experiment(ws, 'tracked'), id)\n"
    "echoed = mlflow.pyfunc.load_model('models:/echo/1').predict({'x': [1]})\n"
    "note = client.download_artifacts(id, 'notes/note.txt', '.')\n"
    "print(json.dumps([list(found['tags.mlflow.runName']), run.info.status, run.data.metrics, run.data.params,"
    " run.data.tags['stage'], [(m.step, m.value) for m in client.get_metric_history(id, 'loss')],"
    " sorted(each.path for each in client.list_artifacts(id)),"
    " sorted(each.path for each in client.list_artifacts(id, 'notes')), 'x' in echoed,"
    " open(note).read(), of_sdk.get_metrics(), of_sdk.status, len(list(of_sdk.get_children())),"
    " Model(ws, 'again').run_id == id, [m.name for m in Model.list(ws)],"
    " [v.version for v in client.search_model_versions(\"name='echo'\")], os.path.exists('mlruns'),"
    " experiment.tags]))\n"
)
TRAIN = (
    "import mlflow, sys\nfrom azureml.core import Run\n"
    "with mlflow.start_run() as run:\n    mlflow.log_metric('by-mlflow', 4)\n"
    "    mlflow.log_param('alpha', sys.argv[1])\n"
    "    now = mlflow.get_run(run.info.run_id)\n"
    "    assert mlflow.__version__ < '2.4' or now.inputs.dataset_inputs == [], 'MLflow 3.0 asks for it'\n"
    "Run.get_context().log('by-sdk', 5)\nassert Run.get_context().id == run.info.run_id\n"
)
PROJECT = (
    "name: trained\nentry_points:\n  main:\n    parameters:\n      alpha: {type: float, default: 0.5}\n"
    '    command: "python train.py {alpha} && echo afterwards"\n'
)


@pytest.fixture(scope="session", params=list(VERSIONS) if LONG else [NEWEST])
def python(request: pytest.FixtureRequest, mlflow: Callable[[str], Path]) -> str:
    """A Python with one version of MLflow."""
    return str(mlflow(request.param) / "python")


def run(terminal: Terminal, python: str, text: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
    path = terminal.folder / folder / "script.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace("'.file-path/", f"'{terminal.folder}/.file-path/"))
    words = [sys.executable, "-m", "scoredock.cli", "sdk", "run", "--python", python, path.name]
    return subprocess.run(
        words,
        cwd=path.parent,
        env={**terminal.environment(), **QUIET},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


def test_what_one_script_logs_and_registers_the_next_one_finds_from_another_folder(
    terminal: Terminal, python: str
) -> None:
    id, version = told(run(terminal, python, LOGGING, "one"))
    assert version in ("1", 1)
    found: list[Any] = told(run(terminal, python, READING, "two"))
    assert found == [
        ["first", "inner"],
        "FINISHED",
        {"loss": 1 / 3},
        {"alpha": "0.5"},
        "lab",
        [[0, 1.0], [1, 0.5], [2, 1 / 3]],
        ["echo", "notes"],
        ["notes/note.txt"],
        True,
        "kept",
        {"loss": [1.0, 0.5, 1 / 3]},
        "Completed",
        1,
        True,
        ["again", "echo"],
        [1] if isinstance(found[15][0], int) else ["1"],
        False,
        {"team": "loans", "stage": "lab"},
    ]
    workspace = json.loads((terminal.folder / ".file-path" / "ws_config.json").read_text())["workspace_name"]
    listed = terminal.json("-w", workspace, "run", "list", "workspace", "tracked")["runs"]
    assert [(each["id"], each["name"], each["params"]) for each in listed] == [(id, "first", {"alpha": "0.5"})]


def test_what_a_submitted_script_logs_with_mlflow_is_in_its_run(terminal: Terminal, python: str) -> None:
    (terminal.folder / "job").mkdir()
    (terminal.folder / "job" / "train.py").write_text(TRAIN)
    text = CONNECT + (
        "import json\nfrom azureml.core import Experiment, ScriptRunConfig\n"
        "job = Experiment(ws, 'jobs').submit(ScriptRunConfig('job', 'train.py', ['1']))\n"
        "job.wait_for_completion(show_output=True)\n"
        "own = {name: value for name, value in job.get_properties().items() if name != 'ContentSnapshotId'}\n"
        "print(json.dumps([job.get_metrics(), own, len(list(job.experiment.get_runs()))]))\n"
    )
    done = run(terminal, python, text)
    assert told(done) == [{"by-mlflow": 4.0, "by-sdk": 5}, {"alpha": "1"}, 1], done.stdout


def test_a_project_runs_as_a_run_of_the_experiment(terminal: Terminal, python: str) -> None:
    (terminal.folder / "job").mkdir()
    (terminal.folder / "job" / "train.py").write_text(TRAIN)
    (terminal.folder / "job" / "MLproject").write_text(PROJECT)
    text = HEAD + (
        "mlflow.set_experiment('projects')\n"
        "done = mlflow.projects.run('job', parameters={'alpha': 0.25}, backend='azureml',"
        " backend_config={'COMPUTE': 'local', 'USE_CONDA': False})\nrun = ws.get_run(done.run_id)\n"
        "print(json.dumps([run.get_metrics(), mlflow.get_run(run.id).data.params, run.experiment.name,"
        " done.get_status()]))\n"
    )
    done = run(terminal, python, text)
    assert told(done) == [{"by-mlflow": 4.0, "by-sdk": 5}, {"alpha": "0.25"}, "projects", "Completed"]
    assert "afterwards" in done.stdout


def test_a_project_that_fails_says_so_and_one_without_the_workspace_what_it_needs(
    terminal: Terminal, python: str
) -> None:
    (terminal.folder / "job").mkdir()
    (terminal.folder / "job" / "train.py").write_text("raise SystemExit('no data')\n")
    (terminal.folder / "job" / "MLproject").write_text(PROJECT)
    text = HEAD + (
        "for uri in (ws.get_mlflow_tracking_uri(), 'http://127.0.0.1:9'):\n"
        "    mlflow.set_tracking_uri(uri)\n    mlflow.tracking.fluent._active_experiment_id = '0'\n"
        "    try:\n        mlflow.projects.run('job', backend='azureml', backend_config={'USE_CONDA': False},"
        " experiment_id='0')\n"
        "    except mlflow.exceptions.ExecutionException as error:\n        print(error)\n"
    )
    done = run(terminal, python, text)
    assert done.returncode == 0, done.stderr
    assert "no data" in done.stdout
    assert "failed" in done.stdout
    assert "mlflow.set_tracking_uri(ws.get_mlflow_tracking_uri())" in done.stdout


def test_a_store_of_before_is_still_found_and_another_one_can_still_be_chosen(terminal: Terminal, python: str) -> None:
    kept = Terminal(terminal.home, terminal.folder, env={**terminal.env, "MLFLOW_TRACKING_URI": "mlruns"})
    text = HEAD + (
        "mlflow.set_experiment('tracked')\nwith mlflow.start_run() as run:\n    mlflow.log_metric('a', 1)\n"
        "print(json.dumps([ws.get_mlflow_tracking_uri(), ws.get_run(run.info.run_id).type]))\n"
    )
    assert told(run(kept, python, text, "beside")) == ["mlruns", "mlflow"]
    assert told(run(terminal, python, f"{HEAD}print(json.dumps(ws.get_run('{RUN}').id))\n")) == RUN


DEPLOYING = HEAD + (
    "import numpy\nfrom mlflow.deployments import get_deploy_client\n"
    "class Double(mlflow.pyfunc.PythonModel):\n"
    "    def predict(self, context, model_input, params=None):\n        return numpy.asarray(model_input) * 2\n"
    "with mlflow.start_run() as run:\n"
    "    mlflow.pyfunc.log_model('double', python_model=Double(), pip_requirements=['mlflow==' + mlflow.__version__])\n"
    "client = get_deploy_client(ws.get_mlflow_tracking_uri())\n"
    "json.dump({'computeType': 'aci', 'authEnabled': True}, open('aci.json', 'w'))\n"
    "json.dump({'traffic': {'blue': 100}}, open('traffic.json', 'w'))\n"
    "uri = f'runs:/{run.info.run_id}/double'\n"
    "alone = client.create_deployment('alone', uri, config={'deploy-config-file': 'aci.json'})\n"
    "doubled = numpy.ravel(client.predict('alone', numpy.array([[1, 2]])))\n"
    "told = [alone['state'], alone['authEnabled'], doubled.tolist()]\n"
    "client.create_endpoint('behind')\nclient.create_deployment('blue', 'models:/alone/1', endpoint='behind')\n"
    "endpoint = client.update_endpoint('behind', {'endpoint-config-file': 'traffic.json'})['properties']\n"
    "told += [endpoint['traffic'], endpoint['scoringUri'].endswith('/score')]\n"
    "told += [numpy.ravel(client.predict(endpoint='behind', inputs=numpy.array([[3]]))).tolist()]\n"
    "client.delete_endpoint('behind')\nclient.delete_deployment('alone')\nclient.delete_deployment('alone')\n"
    "told.append([each['name'] for each in client.list_deployments()])\n"
    "try:\n    client.get_deployment('alone')\nexcept mlflow.exceptions.MlflowException as error:\n"
    "    told.append('WebserviceNotFound' in str(error))\nprint(json.dumps(told))\n"
)


def test_a_deployment_client_serves_a_model_alone_and_behind_an_endpoint(terminal: Terminal, python: str) -> None:
    found = told(run(terminal, python, DEPLOYING))
    assert found == ["Healthy", True, [2, 4], {"blue": 100}, True, [6], [], True]


def test_a_metric_without_a_value_is_left_out_and_told(terminal: Terminal, python: str) -> None:
    """Azure only warns of it; what is not a number at all ends the script there, too."""
    text = (
        HEAD + "client = mlflow.MlflowClient()\nid = client.create_run('0').info.run_id\n"
        "client.log_metric(id, 'support', None)\nclient.log_metric(id, 'recall', 0.5)\n"
        "print(client.get_run(id).data.metrics)\n"
    )
    done = run(terminal, python, text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "{'recall': 0.5}"
    assert "The metric support has no value; it is left out of the run" in done.stderr
