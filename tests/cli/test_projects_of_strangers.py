"""What samples of repositories showed as false, or told too often: each beside a neighbour that is told."""

from __future__ import annotations

import json
import os

import pytest

from checks.test_shapes_of_projects import notebook
from cli.conftest import Terminal
from cli.test_unfamiliar_projects import codes

START = "def init():\n    pass\n\n\n"
WINDOWS = (
    "import cv2\n\n\ndef show(image):\n    cv2.imshow('a', image)\n    cv2.waitKey(0)\n    cv2.destroyAllWindows()\n"
)
LOADS = (
    "import os\n\nimport joblib\n\n\ndef init():\n    global model\n"
    "    model = joblib.load(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'model.pkl'))\n\n\n"
    "def run(data):\n    return model.predict(data).tolist()\n"
)
ASKS = LOADS.replace("os.path.join(os.environ['AZUREML_MODEL_DIR'], 'model.pkl')", "Model.get_model_path('m')")
SDK = "from azureml.core import Workspace\n\nws = Workspace.from_config()\n"


@pytest.mark.parametrize(
    ("more", "called", "count"),
    [
        ("\n\ndef every(image):\n    show(image)\n", "count(data)", 0),
        ("\n\ndef every(image):\n    show(image)\n", "every(data)", 1),
        ("\n\ndef every(image):\n    return [show(each) for each in image]\n\n\nevery([])\n", "count(data)", 1),
    ],
)
def test_windows_that_nothing_leads_to_are_not_told_and_others_once(
    terminal: Terminal, more: str, called: str, count: int
) -> None:
    module = f"{WINDOWS}{more}\n\ndef count(data):\n    return len(data)\n"
    name = called.partition("(")[0]
    script = f"from images import {name}\n\n\n{START}def run(data):\n    return {called}\n"
    assert codes(terminal, {"score.py": script, "images.py": module}).count(("images.py", "SD170")) == count


@pytest.mark.parametrize(
    ("registers", "is_told"),
    [
        ({}, True),
        ({"train.py": "print('model.pkl')\n"}, True),
        ({"train.py": f"{SDK}from azureml.core import Model\n\nModel.register(ws, 'model.pkl', 'm')\n"}, False),
        ({"train.ipynb": notebook("run.register_model('m', 'outputs/model.pkl')\n")}, False),
        ({"train.sh": "az ml model register -n m -p model.pkl\n"}, False),
        ({"../train.yml": "- script: az ml model create -n m -p model.pkl\n"}, False),
    ],
)
@pytest.mark.parametrize(("script", "code"), [(LOADS, "SD501"), (f"from azureml.core import Model\n{ASKS}", "SD503")])
def test_a_model_that_a_program_of_the_project_registers(
    terminal: Terminal, registers: dict[str, str], is_told: bool, script: str, code: str
) -> None:
    files = {
        "model.pkl": "x",
        "deploy/score.py": script,
        **{f"deploy/{name}": text for name, text in registers.items()},
    }
    assert (("deploy/score.py", code) in codes(terminal, files)) is is_told


@pytest.mark.parametrize(("more", "is_told"), [({}, True), ({".git/HEAD": ""}, False)])
def test_a_model_that_the_project_in_a_folder_beside_registers(
    terminal: Terminal, more: dict[str, str], is_told: bool
) -> None:
    train = f"{SDK}from azureml.core import Model\n\nModel.register(ws, 'model.pkl', 'm')\n"
    files = {"model.pkl": "x", "one/score.py": LOADS, "other/train.py": train, **more}
    assert (("one/score.py", "SD501") in codes(terminal, files)) is is_told


def test_a_file_that_no_model_has_is_told_once(terminal: Terminal) -> None:
    again = LOADS.replace(
        "\n\n\ndef run", "\n    joblib.load(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'model.pkl'))\n\n\ndef run"
    )
    assert codes(terminal, {"score.py": again}).count(("score.py", "SD501")) == 1


BRICKS = "# Databricks notebook source\n"
CELLS = (
    "\n# COMMAND ----------\nfrom azureml.core import Workspace\n\nspace = Workspace.get(name=chosen)\n"
    "\n# COMMAND ----------\nprint(space.name)\n"
)
FUNCTIONS = (
    f"{BRICKS}from azureml.core import Workspace\n\n\ndef train():\n    return fit(params, Workspace)\n\n\n"
    "def fit(*each):\n    pass\n"
)


@pytest.mark.parametrize(
    ("files", "is_told"),
    [
        ({"src/all.py": FUNCTIONS}, True),
        ({"src/all.py": FUNCTIONS, "src/train.py": f"{BRICKS}# MAGIC %run ./all\nparams = 1\ntrain()\n"}, False),
        ({"src/all.py": FUNCTIONS, "jobs/train.py": f"{BRICKS}# MAGIC %run ../src/all\nparams = 1\ntrain()\n"}, False),
        ({"src/all.py": FUNCTIONS, "src/train.py": f"{BRICKS}# MAGIC %run ./all\ntrain()\n"}, True),
        ({"src/all.py": FUNCTIONS, "main.py": f"{BRICKS}# MAGIC %run ./own\n# MAGIC %run ./src/all\n"}, False),
        (
            {"src/all.py": FUNCTIONS, "src/train.ipynb": notebook("%run ./all\n", "print()\nparams = 1\ntrain()\n")},
            False,
        ),
        ({"src/all.py": FUNCTIONS, "src/train.py": f"{BRICKS}# MAGIC %run ./other\nparams = 1\ntrain()\n"}, True),
        ({"src/all.py": FUNCTIONS.replace("source\n", "source\n# MAGIC %run ./given\n")}, False),
        ({"src/all.py": f"{BRICKS}{CELLS}"}, True),
        ({"src/all.py": f"{BRICKS}# MAGIC %run ./given\n{CELLS}"}, False),
    ],
)
def test_names_that_notebooks_of_databricks_give_each_other(
    terminal: Terminal, files: dict[str, str], is_told: bool
) -> None:
    assert (("src/all.py", "SD802") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(
    ("lines", "is_told"),
    [
        ("ScriptRunConfig('.', 'train.py', resume_from=1)", True),
        ("ScriptRunConfig('.', 'train.py', resume_from=None)", False),
        ("job = None\nScriptRunConfig('.', 'train.py', resume_from=job)", False),
        ("def submit(job=None):\n    ScriptRunConfig('.', 'train.py', resume_from=job)", False),
        ("def submit(nodes):\n    if nodes > 1:\n        Environment.label('a')", False),
        ("def submit(nodes):\n    Environment.label('a')", True),
    ],
)
def test_what_a_run_need_not_come_to(terminal: Terminal, lines: str, is_told: bool) -> None:
    files = {"submit.py": f"from azureml.core import Environment, ScriptRunConfig\n\n{lines}\n", "train.py": ""}
    assert (("submit.py", "SD825") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(
    ("python", "also", "severity"),
    [("3.8", "", ""), ("3.10", "", "warning"), ("3.10", "\n    - scikit-learn", ""), ("", "", "information")],
)
def test_the_old_name_of_scikit_learn_that_brings_it_to_old_pythons(
    terminal: Terminal, python: str, also: str, severity: str
) -> None:
    """Tried with pip and setuptools: 75 carries its requirement over, 78 and later do not."""
    line = f"  - python={python}\n" if python else ""
    text = f"name: a\ndependencies:\n{line}  - pip\n  - pip:\n    - azureml-defaults\n    - sklearn==0.0{also}\n"
    (terminal.folder / "conda.yml").write_text(text)
    told = json.loads(terminal.run("check", "--json", ".").stdout)["findings"]
    assert [each["severity"] for each in told if each["code"] == "SD418"] == ([severity] if severity else [])


V2 = (
    "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: blue\n"
    "endpoint_name: e\ninstance_type: Standard_DS3_v2\ninstance_count: 1\nenvironment: azureml:e:1\n"
    "model: azureml:m:1\n"
    "code_configuration:\n  code: src\n  scoring_script: {script}\n"
)


@pytest.mark.parametrize(("script", "is_told"), [("score.py", False), ("other.py", True)])
def test_a_deployment_of_v2_runs_in_the_folder_of_its_script(terminal: Terminal, script: str, is_told: bool) -> None:
    reads = "import json\n\n\ndef init():\n    json.load(open('./words.json'))\n\n\ndef run(data):\n    return data\n"
    files = {
        "src/score.py": reads,
        "src/other.py": f"{START}def run(data):\n    return data\n",
        "src/words.json": "{}",
        "deployment.yml": V2.format(script=script),
    }
    assert (("src/score.py", "SD508") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(
    ("code", "path", "model", "code_of_finding"),
    [
        ("src", "../models/m.pkl", "azureml:m:1", "SD508"),
        ("src", "../models/m.pkl", "{path: models/m.pkl}", "SD516"),
        ("src", "../models/m.pkl", "{path: models}", "SD516"),
        ("src", "models/m.pkl", "azureml:m:1", "SD508"),
        ("src", "../models/none.pkl", "azureml:m:1", "SD517"),
        (".", "../models/m.pkl", "azureml:m:1", None),
    ],
)
def test_a_file_outside_of_the_folder_that_v2_deploys(
    terminal: Terminal, code: str, path: str, model: str, code_of_finding: str | None
) -> None:
    deployment = V2.format(script="score.py").replace("model: azureml:m:1", f"model: {model}")
    files = {
        "src/score.py": f"def init():\n    open({path!r}, 'rb')\n\n\ndef run(data):\n    return data\n",
        "models/m.pkl": "",
        "deployment.yml": deployment
        if code == "src"
        else deployment.replace("code: src", "code: .").replace("score.py", "src/score.py"),
    }
    found = [each for path, each in codes(terminal, files) if path == "src/score.py" and each.startswith("SD5")]
    assert found == ([code_of_finding] if code_of_finding else [])


@pytest.mark.parametrize(("name", "is_told"), [("requirements.txt", False), ("missing.txt", True)])
def test_a_list_of_packages_in_a_deployment_of_v2_may_include_a_file(
    terminal: Terminal, name: str, is_told: bool
) -> None:
    packages = "environment:\n  image: an/image:1\n  conda_file:\n    dependencies:\n    - pip:\n      - -r {}\n"
    files = {
        "src/score.py": f"{START}def run(data):\n    return data\n",
        "requirements.txt": "azureml-inference-server-http\n",
        "deployment.yml": V2.format(script="score.py").replace("environment: azureml:e:1\n", packages.format(name)),
    }
    assert (("deployment.yml", "SD432") in codes(terminal, files)) is is_told


V2_PROGRAM = (
    "from azure.ai.ml.entities import CodeConfiguration, ManagedOnlineDeployment\n\n"
    "CODE = CodeConfiguration(code='.', scoring_script='{script}')\n"
    "BLUE = ManagedOnlineDeployment(name='blue', endpoint_name='words', code_configuration=CODE)\n"
)
V1_PROGRAM = (
    "from azureml.core.model import InferenceConfig\n\n"
    "CONFIG = InferenceConfig(entry_script='score.py', environment=None)\n"
)


@pytest.mark.parametrize(
    ("script", "more", "is_told"), [("score.py", "", False), ("other.py", "", True), ("score.py", V1_PROGRAM, True)]
)
def test_so_does_one_that_a_program_makes(terminal: Terminal, script: str, more: str, is_told: bool) -> None:
    files = {
        "src/score.py": "import json\n\n\ndef init():\n    json.load(open('words.json'))\n\n\n"
        "def run(data):\n    return data\n",
        "src/words.json": "{}",
        "src/release.py": V2_PROGRAM.format(script=script),
        "first.py": more,
    }
    assert (("src/score.py", "SD508") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(
    ("lines", "is_told"),
    [
        ("data = pd.read_json(data)", True),
        ("data = json.dumps(json.loads(data))\n    data = pd.read_json(open(data))", False),
        ("data = path_of(data)\n    data = pd.read_json(data)", False),
    ],
)
def test_a_table_that_takes_the_name_of_the_body(terminal: Terminal, lines: str, is_told: bool) -> None:
    head = f"import json\n\nimport pandas as pd\n\n\ndef path_of(a):\n    return a\n\n\n{START}"
    script = f"{head}def run(data):\n    {lines}\n    return data.to_json()\n"
    assert (("score.py", "SD158") in codes(terminal, {"score.py": script})) is is_told


def test_the_folder_of_a_submitted_script_that_is_not_there(terminal: Terminal) -> None:
    head = "# train/train.py is what runs\nfrom azureml.core import ScriptRunConfig\n\n"
    files = {"train/train.py": "print(1)\n"}
    for source, is_told in (("train", False), ("training", True)):
        text = f"{head}ScriptRunConfig(source_directory={source!r}, script='train.py')\n"
        assert (("submit.py", "SD824") in codes(terminal, {**files, "submit.py": text})) is is_told


SUBMITS = "from azureml.core import ScriptRunConfig\nfrom azureml.core.conda_dependencies import CondaDependencies\n\n"
OLD = "from sklearn.externals import joblib\n"


@pytest.mark.parametrize(
    ("listed", "train", "is_told"),
    [
        ("CondaDependencies.create(conda_packages=['scikit-learn'])", OLD, True),
        ("CondaDependencies.create(conda_packages=['scikit-learn'])", "import joblib\n", False),
        (
            "CondaDependencies.create(conda_packages=['scikit-learn'])",
            f"try:\n    {OLD}except ImportError:\n    pass\n",
            False,
        ),
        ("CondaDependencies.create(conda_packages=['scikit-learn==0.20.3'])", OLD, False),
        ("Environment.from_conda_specification('e', 'new.yml')", OLD, True),
        ("Environment.from_conda_specification('e', 'old.yml')", OLD, False),
        ("Environment.get(ws, 'AzureML-Scikit-learn-0.20.3')", OLD, False),
    ],
)
def test_an_old_import_of_a_script_that_is_submitted(
    terminal: Terminal, listed: str, train: str, is_told: bool
) -> None:
    files = {
        "submit.py": f"{SUBMITS}{listed}\nScriptRunConfig('.', 'train.py')\n".replace("Environment.", "a.Environment."),
        "train.py": train,
        "of_something_else.txt": "scikit-learn==0.20.3\n",
    }
    name = "old" if "old.yml" in listed else "new"
    pin = "=0.20.3" if name == "old" else ""
    files[f"{name}.yml"] = f"dependencies:\n- python=3.8\n- scikit-learn{pin}\n"
    assert (("submit.py", "SD126") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(
    ("call", "is_told"),
    [
        ("Environment.from_pip_requirements('e', 'jobs/packages.txt')", True),
        ("Environment.from_pip_requirements(name='e',\n    file_path='./jobs/packages.txt')", True),
        ("print('packages.txt')", False),
        ("Environment.from_pip_requirements('e', 'jobs/other.txt')", False),
    ],
)
def test_a_list_of_packages_under_another_name(terminal: Terminal, call: str, is_told: bool) -> None:
    files = {"submit.py": f"from azureml.core import Environment\n\n{call}\n", "jobs/packages.txt": "numpy=1.2\n"}
    assert (("jobs/packages.txt", "SD408") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(
    ("value", "is_told"),
    [
        ("<your-model-name>", True),
        ("<model name>", True),
        ("<your_model>", True),
        ("<start>", False),
        ("<start_of_turn>", False),
        ("<svg a='b c'>", False),
        ("</s> a-b", False),
        ("a-b", False),
    ],
)
def test_a_placeholder_in_an_entry_script(terminal: Terminal, value: str, is_told: bool) -> None:
    script = f"NAME = {value!r}\n\n\n{START}def run(data):\n    return [NAME, data]\n"
    assert (("score.py", "SD839") in codes(terminal, {"score.py": script})) is is_told


WRITES = "    with open('{name}', 'wb') as f:\n        f.write(b'')\n"
HEADERS = "headers = {'Authorization': ws.name, 'Content-Type': 'a'}\n"
TABLE = (
    "def table(frame):\n    path = 'data/a.csv'\n    frame.to_csv(path)\n"
    "    Dataset.Tabular.from_delimited_files(path=path)\n"
)


def test_files_that_are_written_are_told_once(terminal: Terminal) -> None:
    writes = WRITES.format(name="a.bin") + WRITES.format(name="b.bin")
    assert codes(terminal, {"score.py": f"{START}def run(data):\n{writes}    return data\n"}) == [("score.py", "SD172")]


def test_a_table_that_the_script_writes_is_not_missed(terminal: Terminal) -> None:
    sdk = SDK.replace("import Workspace", "import Dataset, Workspace")
    assert codes(terminal, {"data.py": f"{sdk}\n\n{TABLE}"}) == []
    unwritten = TABLE.replace("    frame.to_csv(path)\n", "")
    assert codes(terminal, {"data.py": f"{sdk}\n\n{unwritten}"}) == [("data.py", "SD824")]


@pytest.mark.parametrize(("header", "is_told"), [("['Content-Type']", False), ("['Authorization']", True), ("", True)])
def test_a_printed_header_is_told_where_it_has_the_key(terminal: Terminal, header: str, is_told: bool) -> None:
    told = codes(terminal, {"client.py": f"{SDK}{HEADERS}print(headers{header})\n"})
    assert (("client.py", "SD837") in told) is is_told


MAGIC_CELL = (
    "{head}# MAGIC %%writefile {target}\n# MAGIC\n# MAGIC import json\n"
    "# MAGIC \n# MAGIC def init():\n# MAGIC     pass\n"
    "# MAGIC \n# MAGIC def run(data):\n# MAGIC     return json.loads(dta)\n\n# COMMAND ----------\nprint(1)\n"
)


@pytest.mark.parametrize(
    ("head", "target", "is_told"),
    [
        (BRICKS, "/dbfs/models/score.py", True),
        (BRICKS, "score.py", True),
        (BRICKS, "$folder/score.py", False),
        (BRICKS, "notes.txt", False),
        (f"{BRICKS}# MAGIC %md text\n\n# COMMAND ----------\n", "score.py", True),
    ],
)
def test_a_script_that_a_notebook_of_databricks_writes(
    terminal: Terminal, head: str, target: str, is_told: bool
) -> None:
    text = MAGIC_CELL.format(head=head, target=target)
    (terminal.folder / "entry.py").write_text(text)
    told = json.loads(terminal.run("check", "--json", ".").stdout)["findings"]
    places = [(each["lineNumber"], each["columnNumber"]) for each in told if each["code"] == "SD110"]
    line = text[: text.index("dta")].count("\n") + 1
    assert places == ([(line, len("# MAGIC     return json.loads(") + 1)] if is_told else [])


def test_the_repair_of_such_a_script_stays_in_its_cell(terminal: Terminal) -> None:
    lines = MAGIC_CELL.format(head=BRICKS, target="score.py").replace("dta", "data").splitlines(keepends=True)
    wrong = [line.replace("json.loads(data)", "np.zeros(1).tolist()") for line in lines if "import json" not in line]
    (terminal.folder / "entry.py").write_text("".join(wrong))
    terminal.run("check", "--fix", ".")
    repaired = (terminal.folder / "entry.py").read_text().splitlines()
    assert [line for line in repaired if "import" in line] == ["# MAGIC import numpy as np"]


@pytest.mark.parametrize(
    ("name", "text", "is_told"),
    [
        ("../.github/workflows/ml.yml", "- run: az ml model create -n m -p model.pkl\n", False),
        ("../.pipeline/ml.yml", "- script: az ml model register -n m -p model.pkl\n", False),
        ("../.github/workflows/ml.yml", "- run: az ml model list\n", True),
    ],
)
def test_a_model_that_a_pipeline_registers(terminal: Terminal, name: str, text: str, is_told: bool) -> None:
    told = codes(terminal, {"src/deploy/score.py": LOADS, f"src/{name}": text})
    assert (("src/deploy/score.py", "SD501") in told) is is_told


@pytest.mark.parametrize(
    ("register", "is_told"), [("Model.register(ws, 'model.pkl', 'm')", False), ("print(ws)", True)]
)
def test_a_script_that_a_notebook_writes_to_a_folder_of_a_cluster(
    terminal: Terminal, register: str, is_told: bool
) -> None:
    cells = f"%%writefile /dbfs/models/score.py\n{LOADS}"
    told = codes(terminal, {"deploy.ipynb": notebook(f"{SDK}from azureml.core import Model\n{register}\n", cells)})
    assert (("deploy.ipynb", "SD501") in told) is is_told


@pytest.mark.parametrize(
    ("pins", "severities"),
    [
        (("mlflow==1.26.1", "azureml-mlflow==1.42.0"), ["information"]),
        (("mlflow==1.26.1", "azureml-mlflow"), ["information"]),
        (("mlflow==1.26.1", "mlflow-skinny==2.17.2"), ["information"]),
        (("mlflow==1.26.1", "mlflow-skinny==1.26.1", "azureml-mlflow"), []),
        (("mlflow==2.22.0", "azureml-mlflow"), []),
        (("mlflow", "azureml-mlflow"), []),
        (("mlflow==1.26.1",), []),
    ],
)
def test_mlflow_beside_its_part_in_another_release(
    terminal: Terminal, pins: tuple[str, ...], severities: list[str]
) -> None:
    path = terminal.folder / "requirements.txt"
    path.write_text("\n".join(("# no service", *pins, "")))
    told = json.loads(terminal.run("check", "--json", ".").stdout)["findings"]
    assert [each["severity"] for each in told if each["code"] == "SD462"] == severities


@pytest.mark.parametrize(("release", "is_told"), [("0.1.0.19950822", False), ("1.0.2", True)])
def test_previews_of_the_defaults_are_no_old_releases(terminal: Terminal, release: str, is_told: bool) -> None:
    conda = f"dependencies:\n  - python=3.6\n  - pip:\n      - azureml-defaults=={release}\n"
    files = {"conda.yml": conda, "score.py": f"{START}def run(data):\n    return data\n"}
    assert (("conda.yml", "SD427") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(
    ("schema", "is_told"),
    [
        ("", True),
        (
            "from azureml.api.realtime.services import generate_schema\n",
            False,
        ),
    ],
)
def test_a_script_of_the_first_service_gets_what_its_schema_says(
    terminal: Terminal, schema: str, is_told: bool
) -> None:
    script = f"{schema}{START}def run(frame):\n    return list(frame['a']) + [v for v in frame.b] + frame.c.tolist()\n"
    told = {code for _, code in codes(terminal, {"score.py": script})} & {"SD185", "SD186", "SD192", "SD195"}
    assert bool(told) is is_told, told


@pytest.mark.parametrize("path", ["config.json", "./config.json", "none/config.json"])
def test_the_file_of_a_workspace_that_scoredock_writes(terminal: Terminal, path: str) -> None:
    script = f"from azureml.core import Workspace\n\nprint(Workspace.from_config(path={path!r}).name)\n"
    files = {"connect.py": script, "src/connect.py": script}
    assert codes(terminal, files) == [("connect.py", "SD824"), ("src/connect.py", "SD824")]
    terminal.ok("workspace", "write-config")
    assert codes(terminal, files) == [], "what Scoredock writes is right, and from_config finds it"
    assert "local" in terminal.ok("sdk", "run", "src/connect.py")


@pytest.mark.parametrize(
    ("subscription", "group", "workspace", "count"),
    [("", "", "local", 0), ("", "lab", "local", 1), ("", "lab", "", 1), ("", "", "", 1), (5, "lab", "local", 1)],
)
def test_an_empty_value_of_a_workspace(
    terminal: Terminal, subscription: object, group: str, workspace: str, count: int
) -> None:
    config = {"subscription_id": subscription, "resource_group": group, "workspace_name": workspace}
    found = codes(terminal, {".azureml/config.json": json.dumps(config)})
    assert [code for _, code in found] == ["SD422"] * count
    assert terminal.run("check", ".").returncode == int(subscription == 5), "a form to fill in is not an error"


SERVES = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"
DEPLOYS = (
    "from azureml.core import Environment, Workspace\nfrom azureml.core.model import InferenceConfig, Model\n\n"
    "ws = Workspace.from_config()\nenv = Environment.from_conda_specification(name='e', file_path='packages.yml')\n"
    "config = InferenceConfig(\n    entry_script='inference.py',\n    environment=env,\n)\n"
    "Model.deploy(ws, 's', [Model(ws, 'm')], config)\n"
)
PACKAGES = "name: e\ndependencies:\n  - python=3.9\n  - pip:\n    - pandas\n"


@pytest.mark.parametrize(
    ("deploys", "is_told"),
    [
        (DEPLOYS, True),
        (DEPLOYS.replace("=env,", "=Environment('other'),"), False),
        (DEPLOYS.replace("packages.yml", "other.yml"), False),
        (DEPLOYS.replace("environment=env", "runtime='python', conda_file='packages.yml'"), True),
        (DEPLOYS.replace("InferenceConfig(", "ScriptRunConfig('.', "), False),
        (notebook(DEPLOYS), True),
    ],
)
def test_an_environment_that_is_deployed_with_a_script_of_any_name(
    terminal: Terminal, deploys: str, *, is_told: bool
) -> None:
    (terminal.folder / "score.py").unlink()
    name = "deploy.ipynb" if deploys.startswith("{") else "deploy.py"
    files = {name: deploys, "packages.yml": PACKAGES, "inference.py": SERVES}
    assert (("packages.yml", "SD406") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(
    ("value", "is_told"),
    [
        ("row.get('name', '<empty>')", False),
        ("getattr(row, 'name', '<not set>')", False),
        ("row.get('name', '<your name>')", True),
        ("row.get('<name>')", True),
        ("os.environ.get('NAME', '<your-workspace>')", False),
        ("os.environ.get('NAME', default='<workspace>')", False),
        ("os.getenv('NAME', '<your-workspace>')", False),
        ("os.getenv('<name>')", True),
        ("str('<empty>')", True),
    ],
)
def test_what_stands_for_nothing_is_no_placeholder(terminal: Terminal, value: str, *, is_told: bool) -> None:
    script = f"import os\n\n{SDK}\n\ndef show(row):\n    print({value}, os.name)\n\n\nshow(ws.tags)\n"
    assert (("client.py", "SD839") in codes(terminal, {"client.py": script})) is is_told


PART = (
    "from azureml.core import Run\nfrom azureml.pipeline.wrapper.dsl.module import OutputDirectory\n\n\n"
    "def train(folder: OutputDirectory(type='AnyDirectory')):\n    print(folder, Run)\n\n\n"
    "def predict(data):\n    return data\n"
)


@pytest.mark.parametrize(
    ("files", "is_told"),
    [
        ({"service/packages.yml": "  - azureml-pipeline-wrapper==0.1\n"}, False),
        ({"service/requirements.txt": "azureml_pipeline_wrapper\n"}, False),
        ({"service/packages.yml": "  - azureml-defaults\n  - azureml-pipeline-steps\n"}, True),
        ({"service/packages.yml": "  - azureml-pipeline-wrapper\n", "service/score.py": SERVES}, True),
        ({"packages.yml": "  - azureml-pipeline-wrapper\n"}, True),
    ],
)
def test_a_module_of_a_service_that_has_the_package(
    terminal: Terminal, files: dict[str, str], *, is_told: bool
) -> None:
    files = {f: f"dependencies:\n- pip:\n{text}" if f.endswith(".yml") else text for f, text in files.items()}
    script = f"from common.parts import predict\n\n\n{START}def run(data):\n    return predict(data)\n"
    files = {"service/score.py": script, "service/common/parts.py": PART, **files}
    assert (("service/common/parts.py", "SD825") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(
    ("source", "is_told"),
    [
        ("Model.register(ws, 'model.pkl', 'm')\n", False),
        ("Model.register(ws, 'model.pkl', 'other')\n", True),
        ("print('m')\n", True),
    ],
)
def test_a_model_that_a_notebook_registers_beside_others_of_the_workspace(
    terminal: Terminal, source: str, *, is_told: bool
) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "five")
    files = {"score.py": f"from azureml.core import Model\n{ASKS}", "train.ipynb": notebook(source)}
    assert (("score.py", "SD503") in codes(terminal, files)) is is_told


DEPLOYMENT = (
    "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: blue\n"
    "endpoint_name: taxi\nmodel:\n  path: {model}\ncode_configuration:\n  code: ..\n  scoring_script: {script}\n"
    "environment: azureml:taxi@latest\ninstance_type: {size}\ninstance_count: 1\n"
)


@pytest.mark.parametrize(
    ("size", "model", "script", "expectation"),
    [
        ("Standard_DS3_v2", "model.pkl", "score.py", []),
        ("Standard_DS3_v2", "model.pkl", "online/score.py", [("SD621", "error")]),
        ("${SIZE}", "model.pkl", "online/score.py", [("SD621", "information")]),
        ("${SIZE}", "half_plus_two", "score.py", [("SD623", "information")]),
        ("Standard_DS3_v2", "half_plus_two", "score.py", [("SD623", "warning")]),
        ("Standard_DS3_v2", "modle.pkl", "score.py", [("SD623", "error")]),
    ],
)
def test_paths_of_a_template_and_of_a_model_that_is_in_no_repository(
    terminal: Terminal, size: str, model: str, script: str, expectation: list[tuple[str, str]]
) -> None:
    text = DEPLOYMENT.format(size=size, model=model, script=script)
    files = {
        "assets/deployment.yml": text,
        "assets/model.pkl": "x",
        "score.py": f"{START}def run(data):\n    return 1\n",
    }
    codes(terminal, files)
    told = json.loads(terminal.run("check", "--json", ".").stdout)["findings"]
    assert [(each["code"], each["severity"]) for each in told if each["code"].startswith("SD62")] == expectation


def test_a_model_below_the_working_directory_as_a_service_holds_it(terminal: Terminal) -> None:
    (terminal.folder / "model.pkl").write_bytes(b"x")
    terminal.ok("model", "register", "-n", "taxi", "model.pkl")
    (terminal.folder / "model.pkl").unlink()
    for path, is_told in (("azureml-models/taxi/1/model.pkl", False), ("models/taxi/1/model.pkl", True)):
        script = f"import joblib\n\n\ndef init():\n    global model\n    model = joblib.load({path!r})\n\n\n"
        told = codes(terminal, {"score.py": f"{script}def run(data):\n    return model\n"})
        assert any(code in ("SD516", "SD517") for _, code in told) is is_told, path


def test_prose_in_a_list_of_packages_is_told_where_pip_stops(terminal: Terminal) -> None:
    packages = "".join(f"package-{number}\n" for number in range(9))
    prose = "numpy\nNumPy is the package for numbers.\npandas\nPandas is a tool for tables.\nIt is easy to use.\n"
    told = codes(terminal, {"requirements.txt": packages + prose})
    assert told == [("requirements.txt", "SD408")]
    slips = f"{packages}scipy is a library\nnumpy and more\n"
    assert codes(terminal, {"requirements.txt": slips}) == [("requirements.txt", "SD408")] * 2


def test_a_file_with_the_name_of_a_library_is_told_once(terminal: Terminal) -> None:
    config = {"entryScript": "score.py", "sourceDirectory": "."}
    script = f"import json\nfrom json import dumps\nfrom json import loads\n\n\n{START}def run(data):\n    return 1\n"
    told = codes(terminal, {"score.py": script, "json.py": "", "inferenceconfig.json": json.dumps(config)})
    assert [code for _, code in told].count("SD163") == 1


def test_a_script_that_names_a_model_of_a_parallel_run_is_none_of_batches(terminal: Terminal) -> None:
    script = f"import json\n\n\n{START}def run(raw_data):\n    return 'prs_' + str(json.loads(raw_data)['store'])\n"
    assert codes(terminal, {"score.py": script}) == []
    batch = f"prs_count = 0\n\n\n{START}def run(rows):\n    return len(rows)\n"
    assert codes(terminal, {"score.py": batch}) == [("score.py", "SD180")]


@pytest.mark.parametrize(("head", "is_told"), [("get_workspace: lab\n---\n", False), ("# of the lab\n---\n", True)])
def test_a_printed_list_of_environments_is_no_conda_file(terminal: Terminal, head: str, is_told: bool) -> None:
    text = f"{head}name: a\nchannels: [conda-forge]\ndependencies:\n- python=3.5\n- pip: azureml-defaults\n"
    assert bool(codes(terminal, {"config/environments.txt": text})) is is_told


def test_printed_keys_are_told_once_and_names_out_of_a_vault_never(terminal: Terminal) -> None:
    prints = "first, second = service.get_keys()\nprint('one', first)\nprint('two', second)\nprint(first)\n"
    assert codes(terminal, {"client.py": f"{SDK}service = ws.webservices['a']\n{prints}"}) == [("client.py", "SD837")]
    (terminal.folder / "client.py").unlink()
    vault = (
        f"{SDK}vault = ws.get_default_keyvault()\nvalue = vault.get_secret(name='{{}}')\nprint(f'Is {{{{value}}}}')\n"
    )
    for name, is_told in (
        ("DATASETNAME", False),
        ("STORAGE-ACCOUNT", False),
        ("STORAGE-KEY", True),
        ("account2", True),
    ):
        assert bool(codes(terminal, {"vault.py": vault.format(name)})) is is_told, name


@pytest.mark.parametrize(("packages", "status"), [("    -\n    -\n", 0), ("    - numpy\n    -\n", 1)])
def test_a_list_of_blanks_is_a_form(terminal: Terminal, packages: str, status: int) -> None:
    told = codes(terminal, {"conda.yml": f"name: a\ndependencies:\n  - python=3.11\n  - pip:\n{packages}"})
    assert ("conda.yml", "SD405") in told
    assert terminal.run("check", ".").returncode == status


COPIES = "steps:\n- task: CopyFiles@2\n  inputs:\n    Contents: 'inference/*'\n    flattenFolders: true\n"


@pytest.mark.parametrize(
    ("more", "expectation"),
    [
        ({}, "error"),
        ({"inference/rate.py": SERVES}, "warning"),
        ({"inference/rate.py": SERVES, "azure-pipelines.yml": COPIES}, "information"),
        ({"inference/rate.py": SERVES, "release.txt": "Copy to $(Build.ArtifactStagingDirectory)"}, "information"),
        ({"inference/rate.py": SERVES, "notes/build/release.txt": "$(Build.ArtifactStagingDirectory)"}, "information"),
        ({"azure-pipelines.yml": COPIES}, "error"),
    ],
)
def test_an_entry_script_that_a_release_lays_beside_its_configuration(
    terminal: Terminal, more: dict[str, str], expectation: str
) -> None:
    codes(terminal, {"deployment/inferenceConfig.yml": "entryScript: rate.py\nsourceDirectory: .\n", **more})
    told = json.loads(terminal.run("check", "--json", ".").stdout)["findings"]
    assert [each["severity"] for each in told if each["code"] == "SD207"] == [expectation]


@pytest.mark.parametrize(("folder", "is_told"), [("deployment", False), ("a/b/c", True)])
def test_a_pipeline_above_the_folder_that_it_deploys_from(terminal: Terminal, folder: str, is_told: bool) -> None:
    line = "az ml model deploy -n a -m a:1 --ic inferenceConfig.yml --dc aci.yml"
    files = {
        "cd.yml": f"steps:\n- script: {line}\n",
        f"{folder}/inferenceConfig.yml": "entryScript: score.py\n",
        f"{folder}/aci.yml": "computeType: ACI\n",
        f"{folder}/score.py": SERVES,
    }
    assert (("cd.yml", "SD858") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(("folder", "is_told"), [("pipelines/x/detect", False), ("pipelines/x/detect/old", True)])
def test_a_file_of_a_line_that_is_started_in_another_folder(terminal: Terminal, folder: str, is_told: bool) -> None:
    files = {
        "components/a/b/create.sh": "#!/bin/bash\naz ml online-endpoint create -f scripts/endpoint.yml\n",
        f"{folder}/scripts/{'other' if is_told else 'endpoint'}.yml": "name: endpoint-a\nauth_mode: key\n",
    }
    assert (("components/a/b/create.sh", "SD858") in codes(terminal, files)) is is_told


def test_the_definition_of_an_environment_by_another_name(terminal: Terminal) -> None:
    definition = {
        "databricks": {},
        "docker": {"baseImage": None},
        "name": "a",
        "python": {"condaDependencies": {"dependencies": ["python=3.11", {"pip": ["azureml-defaults"]}]}},
    }
    assert codes(terminal, {"environment-a.yml": json.dumps(definition, indent=2)}) == []
    wrong = json.dumps({**definition, "docker": 5}, indent=2)
    assert codes(terminal, {"environment-a.yml": wrong}) != []


def test_the_placeholders_of_a_form_are_told_once(terminal: Terminal) -> None:
    form = {key: f"<your {key}>" for key in ("subscription_id", "resource_group", "workspace_name")}
    assert codes(terminal, {".azureml/config.json": json.dumps(form)}) == [(".azureml/config.json", "SD459")]


PARSER = (
    "import argparse\n\nfrom azureml.core import Run\n\nparser = argparse.ArgumentParser()\n"
    "parser.add_argument('--data-folder')\nparser.add_argument('-r', '--rate', dest='reg_rate')\n"
)


@pytest.mark.parametrize(
    ("rest", "is_told"),
    [
        ("args = parser.parse_args()\nprint(args.data_folder, args.reg_rate)\n", False),
        ("args = parser.parse_args()\nprint(args.rate)\n", True),
        ("args, rest = parser.parse_known_args()\nprint(args.rate)\n", True),
        ("args = parser.parse_args()\nargs.rate = 1\nprint(args.rate)\n", False),
        ("parser.set_defaults(rate=1)\nargs = parser.parse_args()\nprint(args.rate)\n", False),
        ("add_more(parser)\nargs = parser.parse_args()\nprint(args.rate)\n", False),
        ("args = parser.parse_args()\nprint(args.rate if hasattr(args, 'rate') else 1)\n", False),
        ("args = parser.parse_args()\n\n\ndef main(args):\n    print(args.rate)\n\n\nmain(Run)\n", False),
    ],
)
def test_an_argument_that_the_parser_of_a_script_lacks(terminal: Terminal, rest: str, is_told: bool) -> None:
    told = codes(terminal, {"train.py": f"{PARSER}{rest}".replace("add_more", "from lab import add_more as a\na")})
    assert (("train.py", "SD804") in told) is is_told


@pytest.mark.parametrize(
    ("other", "severity"),
    [
        ("!mkdir src\n", "information"),
        ("%%writefile src/train.py\nx = 1\n", "information"),
        ("print('src')\n", "error"),
    ],
)
def test_a_folder_that_another_notebook_makes(terminal: Terminal, other: str, severity: str) -> None:
    text = DEPLOYMENT.format(size="Standard_DS3_v2", model="model.pkl", script="score.py").replace(
        "code: ..", "code: src"
    )
    codes(terminal, {"deployment.yml": text, "model.pkl": "x", "train.ipynb": notebook(other)})
    told = json.loads(terminal.run("check", "--json", ".").stdout)["findings"]
    assert [each["severity"] for each in told if each["code"] == "SD623"] == [severity]


@pytest.mark.parametrize(
    ("handler", "is_told"),
    [
        ("    except Exception as e:\n        result = str(e)\n        return json.dumps({'error': result})\n", True),
        ("    except Exception as e:\n        raise RuntimeError(json.dumps(str(e)))\n", False),
    ],
)
def test_an_init_that_gives_its_failure_back(terminal: Terminal, handler: str, is_told: bool) -> None:
    script = (
        "import json\nimport os\n\nimport joblib\n\n\ndef init():\n    global model\n    try:\n"
        f"        model = joblib.load(os.environ['AZUREML_MODEL_DIR'])\n{handler}\n\n"
        "def run(data):\n    return model.predict(json.loads(data)).tolist()\n"
    )
    assert (("score.py", "SD521") in codes(terminal, {"score.py": script})) is is_told


@pytest.mark.parametrize("package", ["keras", "tensorflow.keras"])
def test_a_model_that_init_looks_for_beside_itself(terminal: Terminal, package: str) -> None:
    script = (
        f"from {package}.models import load_model\n\n\ndef init():\n    global model\n    model = load_model('m.h5')\n"
        "\n\ndef run(data):\n    return model.predict(data).tolist()\n"
    )
    assert ("score.py", "SD517") in codes(terminal, {"score.py": script})
    assert ("score.py", "SD517") not in codes(terminal, {"score.py": script, "m.h5": "x"})


@pytest.mark.parametrize(("path", "code"), [("<conda.yml-path>", "SD839"), ("conda.yml", "SD824")])
def test_a_path_that_is_still_to_be_filled_in_is_not_missed(terminal: Terminal, path: str, code: str) -> None:
    makes = f"from azureml.core import Environment\n\nEnvironment.from_conda_specification('lab', '{path}')\n"
    assert codes(terminal, {"make.py": makes}) == [("make.py", code)]


def test_a_name_that_older_releases_of_numpy_have_is_no_slip(terminal: Terminal) -> None:
    script = f"import numpy as np\n\n\n{START}def run(data):\n    return np.loads(data).tolist()\n"
    assert ("score.py", "SD190") not in codes(terminal, {"score.py": script})
    assert ("score.py", "SD190") in codes(terminal, {"score.py": script.replace("loads", "loadd")})


@pytest.mark.parametrize(
    ("reads", "is_told"),
    [
        ("if service.auth_enabled:\n    key = service.get_keys()\nelif service.token_auth_enabled:\n    ", False),
        ("if service.state == 'Healthy':\n    ", True),
        ("", True),
    ],
)
def test_a_service_that_is_asked_how_it_is_called(terminal: Terminal, reads: str, is_told: bool) -> None:
    script = (
        f"{SDK}from azureml.core.webservice import AciWebservice\n\nservice = AciWebservice(ws, 'taxi')\n"
        f"{reads}token = service.get_token()\n"
    )
    assert (("call.py", "SD820") in codes(terminal, {"call.py": script})) is is_told


def test_a_deployment_whose_values_a_pipeline_fills_in(terminal: Terminal) -> None:
    form = 'name: ""\nendpoint_name: ""\nmodel: ""\nenvironment: ""\ncode_configuration:\n  code: ""\n'
    form = f'{DEPLOYMENT.splitlines()[0]}\n{form}  scoring_script: ""\ninstance_type: ""\ninstance_count: ""\n'
    codes(terminal, {"deployment.yml": form})
    told = json.loads(terminal.run("check", "--json", ".").stdout)["findings"]
    assert [each["severity"] for each in told] == ["information"]
    codes(terminal, {"deployment.yml": DEPLOYMENT.format(size='""', model="m.pkl", script="score.py"), "m.pkl": "x"})
    assert terminal.run("check", ".").returncode == 1, "a single empty value is a mistake"


@pytest.mark.parametrize(
    ("deploys", "is_told"),
    [
        ("import shutil\n\nshutil.copytree(\n    os.path.join('.', 'nets'),\n    'out/nets')\n", False),
        ("# cp -r nets out\n", False),
        ("print('nets')\n", True),
    ],
)
def test_a_package_that_the_deployment_copies_beside_its_script(
    terminal: Terminal, deploys: str, is_told: bool
) -> None:
    files = {
        "deployment/score.py": f"from nets.one import Net\n\n\n{START}def run(data):\n    return Net(data).answer\n",
        "deployment/inferenceconfig.json": json.dumps({"entryScript": "score.py", "sourceDirectory": "./"}),
        "deployment/deploy.py": deploys,
        "nets/__init__.py": "",
        "nets/one.py": "class Net:\n    def __init__(self, data):\n        self.answer = data\n",
    }
    assert (("deployment/score.py", "SD160") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(
    ("package", "module", "is_told"),
    [
        ("anaconda", "seaborn", False),
        ("numpy", "seaborn", True),
        ("numpy", "wheel", False),
        ("numpy", "opencensus", False),
    ],
)
def test_modules_of_packages_that_others_bring(terminal: Terminal, package: str, module: str, is_told: bool) -> None:
    files = {
        "score.py": f"import json\n\nimport {module}\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
        f"    return [json.loads(data), str({module})]\n",
        "conda.yml": f"dependencies:\n- python=3.11\n- {package}\n- pip:\n  - azureml-defaults\n",
        "inferenceconfig.json": '{"entryScript": "score.py", "condaFile": "conda.yml"}',
    }
    assert (("score.py", "SD150") in codes(terminal, files)) is is_told


DEPLOYED = (
    "$schema: https://azuremlschemas.azureedge.net/latest/{kind}.schema.json\nname: blue\nendpoint_name: e-1\n"
    "code_configuration:\n  code: ../src\n  scoring_script: {script}.py\n"
)


@pytest.mark.parametrize(
    ("deployment", "told"),
    [
        (DEPLOYED.format(kind="managedOnlineDeployment", script="answer"), ["SD103", "SD104"]),
        (DEPLOYED.format(kind="batchDeployment", script="answer"), []),
        (DEPLOYED.format(kind="managedOnlineDeployment", script="other"), []),
        (
            DEPLOYED.format(kind="managedOnlineDeployment", script="answer")
            + "environment:\n  image: mine\n  inference_config:\n    scoring_route: {port: 80, path: /}\n",
            [],
        ),
    ],
)
def test_a_script_that_v2_deploys_needs_its_functions(terminal: Terminal, deployment: str, told: list[str]) -> None:
    files = {"src/answer.py": "import json\n\n\ndef load():\n    return json\n", "deploy/blue.yml": deployment}
    found = codes(terminal, files)
    assert sorted(code for path, code in found if path == "src/answer.py") == told


@pytest.mark.parametrize(
    ("package", "configuration", "is_told"),
    [
        ("azureml-sdk", '{"entryScript": "score.py", "condaFile": "conda.yml"}', True),
        ("azureml-sdk\n  - gunicorn==19.9.0", '{"entryScript": "score.py", "condaFile": "conda.yml"}', False),
        ("azureml-sdk[services]", '{"entryScript": "score.py", "condaFile": "conda.yml"}', False),
        ("azureml-sdk", '{"entryScript": "score.py", "condaFile": "other.yml"}', False),
        ("azureml-defaults", '{"entryScript": "score.py", "condaFile": "conda.yml"}', False),
    ],
)
def test_the_sdk_for_training_brings_no_server(
    terminal: Terminal, package: str, configuration: str, is_told: bool
) -> None:
    files = {
        "score.py": f"import json\n\n\n{START}def run(data):\n    return json.loads(data)\n",
        "conda.yml": f"dependencies:\n- python=3.11\n- pip:\n  - {package}\n  - joblib\n",
        "inferenceconfig.json": configuration,
    }
    assert (("conda.yml", "SD406") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(("runtime", "is_told"), [("spark-py", False), ("python", True)])
def test_a_script_whose_image_has_spark(terminal: Terminal, runtime: str, is_told: bool) -> None:
    files = {
        "deploy/scoring.py": f"import json\n\nimport pyspark\n\n\n{START}def run(data):\n"
        "    return [json.loads(data), str(pyspark)]\n",
        "deploy/conda.yml": "dependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n  - numpy\n",
        "services/image.py": "from azureml.core.image import ContainerImage\n\n"
        f"ContainerImage.image_configuration('scoring.py', runtime='{runtime}', conda_file='conda.yml')\n",
    }
    assert (("deploy/scoring.py", "SD150") in codes(terminal, files)) is is_told


@pytest.mark.parametrize(("place", "is_told"), [("jobs/x/more/a.yml", False), ("jobs/x/a.yml", True)])
def test_a_script_that_a_job_starts_in_another_folder(terminal: Terminal, place: str, is_told: bool) -> None:
    files = {
        "parts/one/two/go.sh": "az ml online-endpoint create -f more/a.yml\n",
        place: "name: endpoint-1\nauth_mode: key\n",
    }
    assert (("parts/one/two/go.sh", "SD858") in codes(terminal, files)) is is_told


@pytest.mark.skipif(os.path.exists(__file__.upper()), reason="this disk takes both for one name")  # noqa: PTH110
@pytest.mark.parametrize(
    ("head", "source", "is_told"),
    [
        ("", "scripts", True),
        ("", "Scripts", False),
        ("os.makedirs('scripts', exist_ok=True)\n", "scripts", False),
        ("folder = 'scripts'\nos.makedirs(folder)\n", "scripts", False),
        ("os.makedirs('Scripts', exist_ok=True)\n", "scripts", True),
    ],
)
def test_a_folder_that_has_another_case_on_disk(terminal: Terminal, head: str, source: str, is_told: bool) -> None:
    (terminal.folder / "score.py").unlink()
    submits = f"from azureml.core import ScriptRunConfig\n\nprint(ScriptRunConfig('{source}', 'train.py'), os.name)\n"
    files = {"Scripts/train.py": "print(1)\n", "job.py": f"import os\n{head}\n{submits}"}
    codes(terminal, files)
    told = json.loads(terminal.run("check", "--json", "job.py").stdout)["findings"]
    assert any("“scripts” is written “Scripts” on disk" in each["message"] for each in told) is is_told


@pytest.mark.skipif(os.path.exists(__file__.upper()), reason="this disk takes both for one name")  # noqa: PTH110
@pytest.mark.parametrize(("path", "is_of_case"), [("inference/score.py", True), ("inference/scoring.py", False)])
def test_an_entry_script_that_has_another_case_on_disk(terminal: Terminal, path: str, is_of_case: bool) -> None:
    (terminal.folder / "score.py").unlink()
    deploys = f"{SDK}from azureml.core.model import InferenceConfig\n\nInferenceConfig(entry_script='{path}')\n"
    codes(terminal, {"Inference/score.py": LOADS, "deploy.py": deploys})
    told = json.loads(terminal.run("check", "--json", "deploy.py").stdout)["findings"]
    (message,) = [each["message"] for each in told if each["code"] == "SD816"]
    assert ("“inference/score.py” is written “Inference/score.py” on disk" in message) is is_of_case


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("<path to the model>", "SD839"),
        ("path/to/your/model.pkl", "SD839"),
        ("YOUR_MODEL_PATH", "SD839"),
        ("outputs/model.pkl", "SD814"),
    ],
)
def test_a_model_path_that_is_still_to_be_filled_in(terminal: Terminal, path: str, code: str) -> None:
    deploys = f"{SDK}from azureml.core import Model\n\nModel.register(ws, '{path}', 'm')\n"
    assert ("deploy.py", code) in codes(terminal, {"deploy.py": deploys})
    assert [each for each, found in codes(terminal, {}) if found in ("SD814", "SD839")] == ["deploy.py"]


@pytest.mark.parametrize(
    ("lines", "code", "words"),
    [
        ("%%sql\nSELECT * FROM rows\n", "SD102", "remove the cell"),
        ("%%time\nprint(1)\n", "SD102", "remove the line"),
    ],
)
def test_words_of_a_finding_fit_what_is_there(terminal: Terminal, lines: str, code: str, words: str) -> None:
    head = f"{SDK}from azureml.core import Webservice\n\nservice = Webservice(ws, 'a')\n"
    codes(terminal, {"job.py": f"{head}{lines}"})
    told = json.loads(terminal.run("check", "--json", "job.py").stdout)["findings"]
    assert any(words in each["message"] for each in told if each["code"] == code), told


FLASK = (
    "import os\n\nfrom azureml.core.model import Model\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n"
    "def init():\n    global model\n    model = Model.get_model_path(os.getenv('AZUREML_MODEL_DIR'))\n\n\n"
    "{route}def index():\n    return 'Welcome'\n\n\nif __name__ == '__main__':\n    init()\n"
)


@pytest.mark.parametrize(
    ("route", "configuration", "is_told"),
    [
        ("@app.route('/')\n", "inference_config.yml: entryScript: score.py\nruntime: python\n", False),
        ("@app.route('/')\n", 'inferenceconfig.json: {"entryScript": "src/score.py"}', False),
        ("@app.route('/')\n", "inference_config.yml: entryScript: app.py\nruntime: python\n", True),
        ("@app.route('/')\n", "notes.yml: a: 1\n", True),
        ("", "inference_config.yml: entryScript: score.py\nruntime: python\n", True),
    ],
)
def test_a_program_with_routes_beside_the_script_that_is_deployed(
    terminal: Terminal, route: str, configuration: str, is_told: bool
) -> None:
    name, _, text = configuration.partition(": ")
    folder = "" if "src/" in text else "src/"
    files = {"src/app.py": FLASK.format(route=route), "src/score.py": f"{START}def run(data):\n    return data\n"}
    assert (("src/app.py", "SD104") in codes(terminal, {**files, f"{folder}{name}": text})) is is_told
