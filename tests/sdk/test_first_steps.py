"""What the first lines of many projects do: permissions, uploads, secrets, and a Python that is too old."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import interpreters
from cli.conftest import Terminal
from parts import missing

from .conftest import PYTHON
from .test_scripts import notebook
from .test_surface import IMPORTS, MISSED

STORE = "from azureml.core import Dataset, Workspace\nstore = Workspace.get('local').get_default_datastore()\n"


def run(terminal: Terminal, text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    (terminal.folder / "first.py").write_text(text)
    return Terminal(terminal.home, terminal.folder, env={**terminal.env, **variables}).run(
        "sdk", "run", *PYTHON, "first.py"
    )


def test_permission_to_send_diagnostics_does_no_harm(terminal: Terminal) -> None:
    text = "from azureml.telemetry import set_diagnostics_collection\nset_diagnostics_collection(send_diagnostics=True)"
    done = run(terminal, f"{text}\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert terminal.json("check", "first.py")["findings"] == []
    absent = run(terminal, "from azureml.telemetry import get_telemetry_log_handler\nget_telemetry_log_handler()\n")
    assert "get_telemetry_log_handler has no meaning on this machine. Nothing is sent to Azure" in absent.stderr
    assert [each["code"] for each in terminal.json("check", "first.py")["findings"]] == ["SD825"]


UPLOADS = {
    "store.upload('nowhere')": "“nowhere” is not a folder. Nothing was uploaded. Check the path. [file-not-found]",
    "store.upload(src_dir='score.py', target_path='x')": "“score.py” is not a folder. Nothing was uploaded.",
    "store.upload_files(['score.py', 'none.py'], target_path='x')": "“none.py” is not a file. Nothing was uploaded.",
    "Dataset.File.upload_directory('nowhere', (store, 'x'))": "“nowhere” is not a folder. Nothing was uploaded.",
    "Dataset.File.from_files((store, 'x/y'))": "No file is at x/y of the datastore workspaceblobstore; upload it",
}


@pytest.mark.parametrize("text", UPLOADS)
def test_an_upload_of_what_is_not_there_says_so(terminal: Terminal, text: str) -> None:
    done = run(terminal, f"{STORE}{text}\n")
    assert (done.returncode, UPLOADS[text] in done.stderr) == (1, True), done.stderr
    told = terminal.json("check", "first.py")["findings"]
    assert ["SD816" for each in told] == ["SD816"] * ("nowhere" in text), told


def test_a_file_that_is_not_validated_may_come_later(terminal: Terminal) -> None:
    text = (
        f"{STORE}ws = Workspace.get('local')\n"
        "files = Dataset.File.from_files([(store, 'x/score.py')], validate=False)\n"
        "files.register(ws, 'later', create_new_version=True)\n"
        "store.upload_files(['score.py'], target_path='x', show_progress=False)\n"
        "again = Dataset.get_by_name(ws, 'later')\n"
        "print(files.to_path(), again.to_path(), open(again.download('copies')[0]).read() == open('score.py').read())\n"
    )
    done = run(terminal, text)
    assert (done.returncode, done.stdout) == (0, "['/score.py'] ['/score.py'] True\n"), done.stderr


def test_a_cluster_has_its_status_as_a_value_and_as_a_method(terminal: Terminal) -> None:
    text = (
        f"{STORE}from azureml.core.compute import AmlCompute, ComputeTarget\nws = Workspace.get('local')\n"
        "made = ComputeTarget.create(ws, 'nodes', AmlCompute.provisioning_configuration(vm_size='x'))\n"
        "print(made.status.serialize() == made.get_status().serialize(), made.status.provisioning_state)\n"
        "print(made.subnet_name, made.vnet_name, made.admin_username, made.identity_type)\n"
    )
    done = run(terminal, text)
    assert (done.returncode, done.stdout.splitlines()[-2:]) == (0, ["True Succeeded", "None None None None"]), done


def test_an_upload_goes_below_the_store_however_its_place_is_written(terminal: Terminal) -> None:
    (terminal.folder / "rows").mkdir()
    (terminal.folder / "rows" / "a.txt").write_text("1\n")
    text = "".join(
        f"place = store.upload('rows', target_path={place!r}, show_progress=False)\n"
        "print(place.path_on_datastore, Dataset.File.from_files(place).to_path())\n"
        for place in ("/up", "./up", "../up")
    )
    done = run(terminal, STORE + text)
    assert done.stdout.splitlines() == ["up ['/a.txt']"] * 3, done.stderr


def test_an_upload_says_which_files_are_there_already(terminal: Terminal) -> None:
    (terminal.folder / "kept").mkdir()
    (terminal.folder / "kept" / "a.txt").write_text("1\n")
    text = "for overwrite in (False, False, True):\n    store.upload('kept', 'kept', overwrite)\n"
    done = run(terminal, STORE + text)
    copied = ["Uploading kept/a.txt", "Uploaded kept/a.txt, 1 files out of an estimated total of 1"]
    assert done.stdout.splitlines() == [
        *copied,
        "Target already exists. Skipping upload for kept/a.txt",
        *copied,
    ], done.stderr


CONTEXT = "from azureml.core import Run\nrun = Run.get_context()\n"


def test_a_secret_outside_of_a_run_is_a_variable(terminal: Terminal) -> None:
    text = f"{CONTEXT}print(run.get_secret(name='openai-key'), run.get_secrets(['openai-key', 'other']))\n"
    done = run(terminal, text, OPENAI_KEY="s3")
    assert done.stdout.strip() == "s3 {'openai-key': 's3', 'other': None}", done.stderr
    done = run(terminal, f"{CONTEXT}run.get_secret('openai-key')\n")
    assert "Run.get_secret('openai-key') outside of a run has no meaning" in done.stderr
    assert "Set an environment variable of the secret's name, with underscores for dashes" in done.stderr


def test_what_only_a_run_has_is_not_there_outside_of_one(terminal: Terminal) -> None:
    done = run(terminal, f"{CONTEXT}print(hasattr(run, 'parent'), getattr(run, 'input_files', 5))\nrun.parent\n")
    assert done.stdout.strip() == "False 5"
    assert "Run.parent outside of a run has no meaning on this machine. Submit the script with" in done.stderr


TOO_OLD = (
    "import runpy, sys; sys.version_info = (3, 5, 10, 'final', 0); sys.executable = sys.argv[1];"
    " sys.argv[:2] = []; runpy.run_path(sys.argv[0], run_name='__main__')"
)
"""Has a Python say of itself that it is 3.5."""
NOTEBOOK = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def notebook_of(source: str) -> str:
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
    return json.dumps({**NOTEBOOK, "cells": [cell]})


@pytest.mark.parametrize("name", ["old.py", "old.ipynb"])
def test_a_python_that_is_too_old_is_named_with_what_to_do(terminal: Terminal, name: str) -> None:
    python = terminal.folder / "python3.5"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{TOO_OLD}" "$0" "$@"\n')
    python.chmod(0o755)
    (terminal.folder / name).write_text("print(1)\n" if name == "old.py" else notebook_of("print(1)\n"))
    done = terminal.run("sdk", "run" if name == "old.py" else "notebook", "--python", str(python), name)
    sentence = f"error: {python} is Python 3.5, which is too old for Scoredock. Choose Python 3.6 or later with"
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (
        1,
        "",
        [f"{sentence} --python. [sdk-python-unsupported]"],
    )


LATER = "{}from azure.ai.ml import MLClient\n"


@pytest.mark.parametrize("first", ["", "import json\nfrom azure.identity import DefaultAzureCredential\n"])
@pytest.mark.parametrize("name", ["later.py", "later.ipynb"])
def test_a_script_of_the_later_sdk_is_told_what_it_is(terminal: Terminal, name: str, first: str) -> None:
    text = LATER.format(first)
    (terminal.folder / name).write_text(text if name == "later.py" else notebook_of(text))
    done = terminal.run("sdk", "run" if name == "later.py" else "notebook", *PYTHON, name)
    assert "This is a script of the SDK v2 (azure-ai-ml)" in done.stderr, done.stderr
    assert "[sdk-script-later]" in done.stderr
    (terminal.folder / "other.py").write_text("import azure.storage.blob\n")
    assert "SDK v2" not in terminal.run("sdk", "run", *PYTHON, "other.py").stderr


def test_the_module_azure_that_the_sdk_brings_is_there_and_an_installed_one_is_taken(terminal: Terminal) -> None:
    venv.create(terminal.folder / ".venv", symlinks=True)
    (terminal.folder / "bare.py").write_text(
        "import azure\nimport azure.core\nfrom azureml.core import Workspace\nprint(vars(azure.core).get('HERE'))\n"
    )
    words = ("sdk", "run", "--python", str(terminal.folder / ".venv" / "bin" / "python"), "bare.py")
    done = terminal.run(*words)
    assert done.stdout.strip() == "None", done.stderr
    installed = next((terminal.folder / ".venv" / "lib").glob("python*/site-packages")) / "azure" / "core"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("HERE = 1\n")
    assert terminal.run(*words).stdout.strip() == "1", "of a namespace package"
    (installed.parent / "__init__.py").write_text("")
    assert terminal.run(*words).stdout.strip() == "1", "of a package, as azure-nspkg made it"


def test_the_virtual_environment_of_the_repository_runs_a_script_below(terminal: Terminal) -> None:
    venv.create(terminal.folder / ".venv", symlinks=True)
    below = terminal.folder / "src" / "deep"
    below.mkdir(parents=True)
    (below / "which.py").write_text("import sys\nprint(sys.prefix)\n")
    inside = Terminal(terminal.home, below, env={**terminal.env, "VIRTUAL_ENV": ""})
    done = inside.run("sdk", "run", "which.py")
    assert done.stdout.strip() != str(terminal.folder / ".venv")
    assert done.stderr.startswith(f"Scoredock's own Python runs this, {sys.executable}: "), done.stderr
    (terminal.folder / ".git").mkdir()
    done = inside.run("sdk", "run", "which.py")
    assert (done.stdout.strip(), done.stderr) == (str(terminal.folder / ".venv"), "")


INSTALLATIONS = (
    "!pip install --no-index absent-0",
    "%pip uninstall -y absent-1",
    "!cd . && {sys.executable} -m pip install --no-index absent-2",
    "made = !pip3 install --no-index absent-3",
    "%%bash\npip install --no-index absent-4\necho after",
)


@pytest.mark.parametrize("words", [(), PYTHON])
def test_a_notebook_installs_nothing_into_the_python_of_scoredock(terminal: Terminal, words: tuple[str, ...]) -> None:
    elsewhere = "!pip install --no-index --target there absent-5"
    cells = [("code", each) for each in ("import sys", *INSTALLATIONS, elsewhere)]
    (terminal.folder / "a.ipynb").write_text(notebook(cells))
    inside = Terminal(terminal.home, terminal.folder, env={**terminal.env, "VIRTUAL_ENV": ""})
    done = inside.run("sdk", "notebook", *words, "a.ipynb")
    assert done.returncode == 0, done.stderr
    assert [f"absent-{number}" in done.stdout for number in range(6)] == [False] * 5 + [True], done.stdout
    assert "after\n" in done.stdout
    assert done.stderr.count("left out, as nothing is installed into Scoredock's own Python: ") == 5, done.stderr
    assert "  Choose a Python that has it, such as that of a virtual environment." in done.stderr


def test_a_notebook_installs_into_the_virtual_environment_that_runs_it(terminal: Terminal) -> None:
    venv.create(terminal.folder / ".venv", symlinks=True)
    (terminal.folder / "a.ipynb").write_text(notebook_of("!echo pip; false || pip install --no-index absent-0"))
    inside = Terminal(terminal.home, terminal.folder, env={**terminal.env, "VIRTUAL_ENV": ""})
    assert "left out" not in inside.run("sdk", "notebook", "a.ipynb").stderr


def test_a_table_that_is_registered_by_hand_is_the_one_that_a_script_asks_for(terminal: Terminal) -> None:
    """As somebody does it by mouse in Azure before the script runs."""
    table = 'day, count,what\n1,2.5,"a, b"\n\n2,,True\n3,nan,"two\nlines"\n'
    (terminal.folder / "bikes.csv").write_text(table)
    (terminal.folder / "tabs.tsv").write_text("day\tcount\n1\t2\n")
    (terminal.folder / "wine.csv").write_text('"fixed acidity";"white";"none"\n7.4;Yes;a\n8;No;1\n')
    terminal.ok("dataset", "register", "bikes.csv")
    terminal.ok("dataset", "register", "tabs.tsv")
    terminal.ok("dataset", "register", "wine.csv")
    rows = [json.loads(each) for each in terminal.json("dataset", "rows", "bikes")["rows"]]
    assert rows == [
        {"day": 1, "count": 2.5, "what": "a, b"},
        {"day": 2, "count": None, "what": "True"},
        {"day": 3, "count": None, "what": "two\nlines"},
    ]
    assert terminal.json("dataset", "rows", "tabs")["rows"] == ['{"day": 1, "count": 2}']
    assert [json.loads(each) for each in terminal.json("dataset", "rows", "wine")["rows"]] == [
        {"fixed acidity": 7.4, "white": True, "none": "a"},
        {"fixed acidity": 8.0, "white": False, "none": "1"},
    ]
    (terminal.folder / "bad.csv").write_text('a,b\n1,"' + "x" * 140_000 + '"\n')
    refused = terminal.run("dataset", "register", "bad.csv")
    assert "cannot be read: field larger than field limit" in refused.stderr
    assert "bad.csv" in refused.stderr


OLD = """import os, sys
from azureml.core import Run
from azureml.core.runconfig import HdiConfiguration
from azureml.train.dnn import Gloo
run = Run.get_context()
try:
    HdiConfiguration()
except Exception as error:
    print(error.code)
run.log("python", sys.version_info[1])
open("outputs/model.txt", "w").write("6")
"""
SUBMIT_OLD = """import json, os
from azureml.core import Environment, Experiment, ScriptRunConfig, Workspace
environment = Environment("old")
environment.python.user_managed_dependencies = True
environment.python.interpreter_path = os.environ["OLD"]
config = ScriptRunConfig("training", "train.py", environment=environment)
run = Experiment(Workspace.get("local"), "old").submit(config)
run.wait_for_completion(show_output=True)
model = run.register_model("of-old", "outputs/model.txt")
print(json.dumps([run.get_metrics(), model.run_id == run.id]))
"""


@pytest.mark.parametrize("version", ["3.6", "3.7"])
def test_a_script_that_is_submitted_runs_in_the_python_of_the_time_of_its_environment(
    terminal: Terminal, version: str
) -> None:
    python = interpreters.old().get(version)
    if python is None:
        missing(f"a CPython {version}", "old-python")
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text(OLD)
    done = run(terminal, SUBMIT_OLD, OLD=str(python))
    lines = done.stdout.splitlines()
    assert json.loads(lines[-1]) == [{"python": int(version[2:])}, True], done.stdout + done.stderr
    assert "sdk-not-here" in lines


def test_every_name_can_be_imported_in_python_3_6_by_scripts_and_notebooks(terminal: Terminal) -> None:
    python = interpreters.old().get("3.6")
    if python is None:
        missing("a CPython 3.6", "old-python")
    (terminal.folder / "names.py").write_text(IMPORTS)
    (terminal.folder / "names.ipynb").write_text(notebook_of(IMPORTS))
    for verb, name in (("run", "names.py"), ("notebook", "names.ipynb")):
        done = terminal.run("sdk", verb, "--python", str(python), name)
        assert json.loads(done.stdout) == MISSED, done.stdout + done.stderr


def test_packages_without_a_python_are_for_the_one_that_runs_the_script(terminal: Terminal) -> None:
    old = interpreters.old()
    if not old:
        missing("a CPython before 3.9", "old-python")
    text = "from azureml.core.conda_dependencies import CondaDependencies\n"
    (terminal.folder / "file.py").write_text(f"{text}print(CondaDependencies.create().serialize_to_string())\n")
    for version, python in old.items():
        assert f"python={version}\n" in terminal.ok("sdk", "run", "--python", str(python), "file.py"), version


def test_an_environment_with_a_package_that_nothing_installs_is_registered_as_in_azure(terminal: Terminal) -> None:
    """Who builds it hears of the package, with its line."""
    (terminal.folder / "conda.yml").write_text(
        "name: x\ndependencies:\n  - python=3.11\n  - pip:\n    - azureml-defaults\n    - sklearn\n"
    )
    text = (
        "from azureml.core import Environment, Model, Workspace\nfrom azureml.core.model import InferenceConfig\n"
        "from azureml.core.webservice import LocalWebservice\nws = Workspace.get('local')\n"
        "own = Environment.from_conda_specification('renamed', 'conda.yml')\nown.register(ws)\n"
        "print([*Environment.get(ws, 'renamed').python.conda_dependencies.pip_packages])\n"
        "service = Model.deploy(ws, 'renamed', [], InferenceConfig('score.py', environment=own),"
        " LocalWebservice.deploy_configuration())\nservice.wait_for_deployment()\n"
    )
    done = run(terminal, text)
    assert done.stdout.splitlines()[0] == "['azureml-defaults', 'sklearn']", done.stderr
    assert f"\n{terminal.folder / 'conda.yml'}:6:7: SD418 “sklearn” is not the name" in done.stderr
    assert terminal.json("environment", "register", "conda.yml", "-n", "again")["id"] == "again:1"


def test_an_environment_that_only_azure_has_is_told_as_one(terminal: Terminal) -> None:
    text = "from azureml.core import Environment, Workspace\nEnvironment.get(Workspace.get('local'), name=NAME)\n"
    done = run(terminal, f"NAME = 'AzureML-sklearn-0.25-ubuntu18.04-py37-cpu'\n{text}")
    sentence = (
        "'AzureML-sklearn-0.25-ubuntu18.04-py37-cpu' is an environment of Azure, which is not on this machine. The"
    )
    assert f"UserErrorException:\n\tMessage: {sentence} nearest that is here is AzureML-sklearn-0.24-" in done.stderr
    done = run(terminal, f"NAME = 'AzureML-quantum'\n{text}")
    assert "not on this machine. `scoredock environment curated` lists those that are here. [asset-not" in done.stderr


def test_a_configuration_may_be_made_before_its_script(terminal: Terminal) -> None:
    text = "from azureml.core import Workspace\nws = Workspace.get('local')\n" + (
        "from azureml.core import Experiment, ScriptRunConfig\nconfig = ScriptRunConfig('.', 'later.py')\n"
        "empty = ScriptRunConfig('')\nopen('later.py', 'w').write('print(1)')\n"
        "print(Experiment(ws, 'late').submit(config).wait_for_completion()['status'])\n"
    )
    done = run(terminal, text)
    assert done.stdout.splitlines()[-1:] == ["Completed"], done.stderr


CLUSTERS = (
    "from azureml.core.compute import AmlCompute, ComputeTarget\n"
    "from azureml.core.compute_target import ComputeTargetException\n"
    "def get_or_make(ws, name):\n    try:\n        return 'found', ComputeTarget(ws, name)\n"
    "    except ComputeTargetException:\n"
    "        return 'made', ComputeTarget.create(ws, name, AmlCompute.provisioning_configuration('STANDARD_D2_V2'))\n"
)


def test_a_package_that_is_ready_for_a_missing_cluster_makes_it(terminal: Terminal) -> None:
    venv.create(terminal.folder / "env", symlinks=True)
    packages = next((terminal.folder / "env").glob("lib/python*/site-packages"))
    (packages / "clusters.py").write_text(CLUSTERS)
    (terminal.folder / "deploy.py").write_text(
        "import clusters\nfrom azureml.core import Workspace\n"
        "ws, again = (Workspace._get_or_create('of-a-package') for _ in range(2))\nassert again.name == ws.name\n"
        "print([clusters.get_or_make(ws, 'cpu')[0] for _ in range(2)])\n"
    )
    done = terminal.run("sdk", "run", "--python", str(terminal.folder / "env" / "bin" / "python"), "deploy.py")
    assert done.stdout.splitlines()[-1:] == ["['made', 'found']"], done.stderr


def test_an_image_that_is_not_built_is_not_said_to_be(terminal: Terminal) -> None:
    text = (
        "from azureml.core import Environment, Workspace\nws = Workspace.get('local')\n"
        "own = Environment.from_dockerfile('of-an-image', 'FROM nowhere.invalid/none:1\\nRUN false\\n')\n"
        "own.build(ws).wait_for_completion()\n"
    )
    done = run(terminal, text)
    assert "The image of the environment of-an-image is not built" in done.stdout, done.stderr
    assert "Succeeded" not in done.stdout


STORES = (
    "import os\nfrom azureml.core import Dataset, Datastore, Workspace\nws = Workspace.get('local')\n"
    "if 'lake' not in ws.datastores:\n"
    "    Datastore.register_azure_blob_container(ws, 'lake', 'houses', 'account', account_key='KEY-OF-THE-ACCOUNT')\n"
    "lake = Datastore.get(ws, 'lake')\nprint(lake.datastore_type, lake.container_name, lake.account_name)\n"
)


def test_storage_of_azure_is_a_folder_that_a_script_may_fill(terminal: Terminal) -> None:
    first = run(terminal, f"{STORES}print(len(Dataset.Tabular.from_delimited_files((lake, 'prices.csv'))._rows))\n")
    assert first.stdout.split() == ["AzureBlob", "houses", "account"]
    folder = re.findall(r"copy it from Azure into ([^\s.]+)\.?", first.stderr)
    assert folder, first.stderr
    (terminal.folder / "prices.csv").write_text("rooms,price\n1,2\n3,4\n")
    second = run(
        terminal,
        f"{STORES}from msrest.exceptions import HttpOperationError\n"
        "again = (ws, 'lake', 'flats', 'account')\n"
        "try:\n    Datastore.register_azure_blob_container(*again)\n"
        "except HttpOperationError as error:\n    print(error.response.status_code, lake.container_name)\n"
        "print(Datastore.register_azure_blob_container(*again, overwrite=True).container_name)\n"
        "lake.upload_files(['prices.csv'], show_progress=False)\n"
        "print(len(Dataset.Tabular.from_delimited_files((lake, 'prices.csv'))._rows))\n"
        "print(os.path.realpath(lake._folder))\nlake.unregister()\nprint('lake' in ws.datastores)\n",
    )
    assert second.stdout.split()[3:] == ["400", "houses", "flats", "2", os.path.realpath(folder[0]), "False"], (
        second.stderr
    )
    assert "nothing of houses is in it" in first.stderr
    assert "nothing of houses" not in second.stderr
    for path in terminal.home.rglob("*"):
        assert not path.is_file() or b"KEY-OF-THE-ACCOUNT" not in path.read_bytes(), path


def test_a_script_that_only_tells_of_failures_gets_the_cluster_that_it_names(terminal: Terminal) -> None:
    """As in Azure, where its author has one; who makes one after a failure gets the failure."""
    telling = "        print(f'failed: {error}')\n        return None\n"
    making = "        print(f'making it: {error}')\n        return AmlCompute.provisioning_configuration('x')\n"
    text = (
        "from azureml.core import Workspace\nfrom azureml.core.compute import AmlCompute, ComputeTarget\n"
        "ws = Workspace._get_or_create('of-tellers')\n"
    )
    for name, handler in (("telling", telling), ("making", making)):
        text += f"def {name}():\n    try:\n        target = ComputeTarget(ws, '{name}')\n        print(target.name)\n"
        text += f"    except Exception as error:\n{handler}{name}()\n"
    done = run(terminal, text)
    assert done.stdout.startswith("telling\nmaking it: ComputeTargetException:"), done.stderr
    assert "ComputeTargetNotFound: Compute Target with name making" in done.stdout


@pytest.mark.parametrize(
    ("handler", "printed"),
    [
        ("print('there is none of that name')", "target told"),
        ("print('making one'); target = None", "making one\ntarget None"),
    ],
)
def test_a_handler_of_the_missing_cluster_that_makes_none_gets_it(
    terminal: Terminal, handler: str, printed: str
) -> None:
    text = (
        "from azureml.core import Workspace\nfrom azureml.core.compute import ComputeTarget\n"
        "from azureml.core.compute_target import ComputeTargetException\n"
        "ws = Workspace._get_or_create('of-handlers')\n"
        f"try:\n    target = ComputeTarget(ws, '{'made' if '=' in handler else 'told'}')\n"
        f"except ComputeTargetException:\n    {handler}\n"
        "print('target', getattr(target, 'name', None))\n"
    )
    done = run(terminal, text)
    assert done.stdout.strip() == printed, done.stderr


def test_an_environment_that_a_script_does_not_change_stays_the_version_that_it_is(terminal: Terminal) -> None:
    """Whoever registered it, and whatever its file leaves open; a change makes a version of its own."""
    terminal.ok("workspace", "write-config")
    terminal.ok("environment", "register", "--image", "images.invalid/plain:1", "--name", "plain-image")
    text = (
        "from azureml.core import Environment, Experiment, ScriptRunConfig, Workspace\n"
        "ws = Workspace.from_config()\n"
        "own = Environment.get(ws, 'plain-image')\nprint(own.register(ws).version)\n"
        "open('said.py', 'w').write('print(1)')\n"
        "run = Experiment(ws, 'plain').submit(ScriptRunConfig('.', 'said.py', environment=own))\n"
        "try:\n    run.wait_for_completion()\nexcept Exception as error:\n    print(error)\n"
        "own.python.user_managed_dependencies = True\nown.environment_variables = {'A': 'b'}\n"
        "print(own.register(ws).version)\n"
        "run = Experiment(ws, 'plain').submit(ScriptRunConfig('.', 'said.py', environment=own))\n"
        "run.wait_for_completion()\nof_run = run.get_environment()\n"
        "print(of_run.name, of_run.version, of_run.environment_variables, of_run.docker.base_image)\n"
    )
    text += (
        "try:\n    Workspace.create(ws.name, subscription_id=ws.subscription_id, resource_group=ws.resource_group)\n"
        "except Exception as error:\n    print(error.message)\nprint(run.id)\n"
    )
    done = run(terminal, text)
    first, *refused, second, last, taken, id = done.stdout.splitlines()
    end = "already exists. Give exist_ok=True, or open it with Workspace.get. [workspace-exists]"
    assert re.fullmatch(rf"The workspace [\w-]+ {re.escape(end)}", taken), taken
    later = run(
        terminal,
        "from azureml.core import Experiment, Run, Workspace\nws = Workspace.from_config()\n"
        f"of_run = Run.get(ws, '{id}').get_environment()\n"
        "print(of_run.name, of_run.version, of_run.environment_variables, of_run.docker.base_image)\n"
        "try:\n    Experiment(ws, 'plain').start_logging().get_environment()\n"
        "except Exception as error:\n    print(error.message.partition(' has ')[2])\n",
    )
    assert later.stdout.splitlines() == [last, "no environment: its script was not submitted here."], later.stderr
    assert (first, second) == ("1", "2"), done.stderr
    assert "plain-image:1 is the Docker image" in "".join(refused)
    assert "give plain-image its packages as conda dependencies, or" in "".join(refused)
    assert "deploy to Docker" not in "".join(refused)
    assert last == "plain-image 2 {'A': 'b'} images.invalid/plain:1"


def test_what_a_script_sets_up_for_itself_is_there_while_it_runs(terminal: Terminal) -> None:
    (terminal.folder / "part.py").write_text(
        "from azureml.core import Run\nrun = Run.get_context()\n"
        "run.log('known', int(run.get_secret('db-password') == 'PASS-1'))\n"
    )
    text = (
        "from azureml.core import Experiment, ScriptRunConfig, Workspace\nws = Workspace.get('local')\n"
        "details = ws.update(image_build_compute='cpu-cluster', tags={'team': 'a'}, description='for tests')\n"
        "assert (details['tags'], details['description']) == ({'team': 'a'}, 'for tests')\n"
        "vault = ws.get_default_keyvault()\n"
        "vault.set_secret(name='db-password', value='PASS-1')\n"
        "parent = Experiment(ws, 'parts').start_logging(outputs=False)\n"
        "child = parent.submit_child(ScriptRunConfig('.', 'part.py'))\nchild.wait_for_completion()\n"
        "children = [each.id for each in parent.get_children()]\n"
        "print(child.get_metrics(), child.parent.id == parent.id, children == [child.id])\n"
        "vault.delete_secret('db-password')\nprint(vault.get_secret('db-password'))\n"
    )
    done = run(terminal, text)
    assert done.stdout.splitlines() == ["{'known': 1} True True", "None"], done.stderr
    again = run(
        terminal,
        "from azureml.core import Workspace\nws = Workspace.get('local')\n"
        "print(ws.get_default_keyvault().get_secret('db-password'), ws.tags, ws.get_details()['description'])\n",
    )
    assert again.stdout.splitlines() == ["None {'team': 'a'} for tests"], again.stderr


def test_a_workspace_that_a_script_deletes_is_hidden_and_keeps_its_files(terminal: Terminal) -> None:
    done = run(
        terminal,
        "from azureml.core import Workspace\nws = Workspace.create('short', subscription_id='s', tags={'a': 'b'})\n"
        "print(ws.tags, ws.get_details()['storageAccount'])\nws.delete(True)\n",
    )
    tags, _, path = done.stdout.strip().partition("} ")
    assert tags == "{'a': 'b'"
    assert f"The workspace short is no longer listed. Its files stay in {path}; remove them" in done.stderr
    assert Path(path).is_dir()
