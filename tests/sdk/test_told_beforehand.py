"""The checks and a run agree: what a run of Scoredock refuses is told at the same line before it, and what runs has no
error. One run tries all scripts, and one check reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Terminal

from .conftest import PYTHON

HEAD = """import os
from azureml.core import Dataset, Datastore, Environment, Experiment, Model, ScriptRunConfig, Webservice, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, AksWebservice, LocalWebservice
ws = Workspace.get("local")
"""
_CONFIG = 'InferenceConfig("score.py", environment=Environment("x"))'
REFUSED = {
    # Files that a script names.
    "model_file": 'Model.register(ws, "missing.pkl", "five")',
    "entry_script": 'InferenceConfig("missing.py")',
    "entry_script_below": 'InferenceConfig("missing.py", source_directory="src")',
    "source_directory": 'InferenceConfig("score.py", source_directory="nowhere")',
    "conda_file": 'Environment.from_conda_specification("x", "missing.yml")',
    "requirements": 'Environment.from_pip_requirements("x", "missing.txt")',
    "older_conda_file": 'InferenceConfig("score.py", runtime="python", conda_file="missing.yml")',
    "docker_steps": 'InferenceConfig("score.py", extra_docker_file_steps="missing.txt", runtime="python")',
    "dependencies": 'CondaDependencies("missing.yml")',
    "config": 'Workspace.from_config("missing.json")',
    "environment_folder": 'Environment.load_from_directory("missing.folder")',
    "deployed_file": f'Model.deploy(ws, "adder", ["./missing.pkl"], {_CONFIG}, LocalWebservice.deploy_configuration())',
    "rows": 'Dataset.Tabular.from_delimited_files("missing.csv")',
    "rows_as_json": 'Dataset.Tabular.from_json_lines_files("missing.jsonl")',
    "dataset_file": 'Dataset.File.from_files("missing.csv")',
    "uploaded_folder": 'ws.get_default_datastore().upload(src_dir="./missing.folder")',
    "training_script": 'Experiment(ws, "x").submit(ScriptRunConfig(".", "missing.py"))',
    # What only Azure has.
    "automl": 'from azureml.train.automl import AutoMLConfig\nAutoMLConfig(task="regression")',
    "pipeline_step": 'from azureml.pipeline.steps import DatabricksStep\nDatabricksStep(name="x")',
    "pipeline": "from azureml.pipeline.core import Module\nModule.get(ws, 'x')",
    "by_its_module": "import azureml.pipeline.steps\nazureml.pipeline.steps.AutoMLStep()",
    "fpga": "from azureml.accel import AccelContainerImage\nAccelContainerImage.image_configuration()",
    "linked_service": "from azureml.core import LinkedService\nLinkedService.register(ws)",
    "inside_a_module": "from azureml.core.environment import RCranPackage\nRCranPackage()",
    "keys": "ws.sync_keys()",
    "property": "print(ws.discovery_url)",
    "excel": 'from azureml.core import Dataset\nDataset.from_excel_files("a.xlsx")',
    "page": 'lab = Experiment(ws, "x")\nprint(lab.portal_url)',
    "hdfs": 'Datastore.register_hdfs(ws, "x", "hdfs", "y")',
    "query": 'Dataset.Tabular.from_sql_query("x")',
    "archive": 'Experiment(ws, "x").get_docs_url()',
    "resumed": 'ScriptRunConfig(".", "score.py", resume_from=object())',
    "image_of_ones_own": "from azureml.train.estimator import Estimator\nEstimator('.', entry_script='score.py',"
    " compute_target='local', custom_docker_image='i:' + os.sep)",
    "autoscaler": "from azureml.core.webservice.aks import AutoScaler\nAutoScaler()",
    "private_endpoint": "from azureml.core.private_endpoint import PrivateEndPointConfig\nPrivateEndPointConfig('x')",
    # Values.
    "no_entry_script": 'InferenceConfig("")',
    "runtime": 'InferenceConfig("score.py", runtime="r")',
    "environment_and_runtime": 'InferenceConfig("score.py", runtime="python", environment=Environment("x"))',
    "service_name": f'Model.deploy(ws, "My_Service", [], {_CONFIG})',
    "model_name": 'Model.register(ws, "model.pkl", "a b")',
    "cores": "AciWebservice.deploy_configuration(cpu_cores=0)",
    "port": 'LocalWebservice.deploy_configuration(port="80")',
    "keys_and_tokens": "AksWebservice.deploy_configuration(token_auth_enabled=True, auth_enabled=True)",
    # Names.
    "attribute": "ws.nonsense()",
    "keyword": 'Model.register(ws, "model.pkl", "five", nonsense=1)',
    "argument": 'Model.register(ws, "model.pkl")',
    "name": "from azureml.core import Nonsense",
    "module": "import azureml.core.nonsense",
}
ANSWERED = {
    "files": 'Model.register(ws, "model.pkl", "five")\nInferenceConfig("score.py")\n'
    'Environment.from_conda_specification("x", "conda.yml")\nInferenceConfig("below.py", source_directory="src")\n'
    'Dataset.File.from_files("model.pkl")\nScriptRunConfig(".", "score.py")',
    "cluster": 'from azureml.core.compute import BatchCompute\nBatchCompute.attach_configuration("x", "y")',
    "compute_target": 'Experiment(ws, "x").submit(ScriptRunConfig(".", "score.py", compute_target="cpu-cluster"))',
    "sign_in": "from azureml.core.authentication import InteractiveLoginAuthentication\n"
    "InteractiveLoginAuthentication().get_authentication_header()",
    "caught": "try:\n    ws.sync_keys()\nexcept Exception:\n    pass",
    "imported": "from azureml.train.automl import AutoMLConfig\nfrom azureml.pipeline.core import Pipeline",
    "written_before": 'open("made.py", "w").write("")\nInferenceConfig("made.py")',
    "answered_here": "from azureml.train.sklearn import SKLearn\n"
    "from azureml.widgets import RunDetails\nRunDetails(None)\n"
    "from azureml.data.datapath import DataPath\nDataPath(ws.get_default_datastore(), 'x')",
    "logger": "import os\nos.environ['HOME'] = os.getcwd()\nfrom azureml.logging import get_azureml_logger\n"
    "get_azureml_logger().log('a', 1)",
    "null_of_a_file": "import json\nfrom azureml.train.estimator import Estimator\n"
    "settings = json.loads('{\"image\": null}')\nEstimator('.', entry_script='score.py', compute_target='local',"
    " custom_docker_image=settings['image'], source_directory_data_store=settings.get('store'))",
    "sql": 'Datastore.register_azure_sql_database(ws, "x", "y", "z")',
    "dockerfile": 'Environment.from_dockerfile("x", "FROM debian")',
    "older_arguments": 'InferenceConfig("score.py", runtime="python", conda_file="conda.yml")',
}
DRIVER = """import json, sys, traceback
told = {}
for name in sys.argv[1:]:
    path = name + ".py"
    try:
        exec(compile(open(path).read(), path, "exec"), {"__name__": "__main__"})
        told[name] = 0
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
        told[name] = lines[-1]
print(json.dumps(told))
"""


@pytest.fixture
def project(terminal: Terminal) -> Path:
    folder = terminal.folder
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    (folder / "src").mkdir()
    (folder / "src" / "below.py").write_text((folder / "score.py").read_text())
    (folder / "model.pkl").write_bytes(b"1")
    (folder / "conda.yml").write_text("name: x\ndependencies:\n  - python=3.11\n  - pip:\n    - azureml-defaults\n")
    return folder


def checked(terminal: Terminal, *files: str) -> dict[str, dict[int, set[str]]]:
    """The severities of what is found, by file and line."""
    done = terminal.run("check", "--json", *files)
    found: dict[str, dict[int, set[str]]] = {Path(file).stem: {} for file in files}
    for each in json.loads(done.stdout)["findings"]:
        lines = found.setdefault(Path(each["path"]).stem, {})
        lines.setdefault(each["line"] + 1, set()).add(each["severity"])
    return found


def test_what_a_run_refuses_is_told_before_and_what_runs_has_no_error(terminal: Terminal, project: Path) -> None:
    every = {f"t_{name}": text for name, text in (REFUSED | ANSWERED).items()}
    for name, text in every.items():
        (project / f"{name}.py").write_text(f"{HEAD}{text}\n")
    found = checked(terminal, *(f"{name}.py" for name in every))
    (project / "driver.py").write_text(DRIVER)
    done = terminal.run("sdk", "run", *PYTHON, "driver.py", *every)
    stopped: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    assert {name for name, line in stopped.items() if not line} == {f"t_{name}" for name in ANSWERED}, done.stderr
    untold = {name: line for name, line in stopped.items() if line and line not in found[name]}
    assert untold == {}
    wronged = {name: found[name] for name, line in stopped.items() if not line and found[name]}
    assert wronged == {}, "what runs has no finding at all here"


def test_of_a_notebook_it_is_told_in_its_cell(terminal: Terminal, project: Path) -> None:
    text = {"cell_type": "markdown", "source": "Words", "metadata": {}}
    cells = [HEAD, "%matplotlib inline\n\nws.sync_keys()\n", 'InferenceConfig("missing.py")\n']
    told = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            text,
            *(
                {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
                for text in cells
            ),
        ],
    }
    (project / "deploy.ipynb").write_text(json.dumps(told))
    done = terminal.run("sdk", "notebook", *PYTHON, "deploy.ipynb")
    assert "error: deploy.ipynb: cell 3, line 3" in done.stderr
    shown = terminal.run("check", "deploy.ipynb").stdout
    assert any("SD825" in line and "3:3:" in line for line in shown.replace("cell ", "").splitlines()), shown
    assert any("SD816" in line and "4:1" in line for line in shown.replace("cell ", "").splitlines()), shown
