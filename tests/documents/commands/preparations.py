"""Files that lie in the folder in which the commands of a page run."""

from __future__ import annotations

import json
import pickle
import random
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import interpreters
import kubeconfigs
import tracking_stores

ROOT = Path(__file__).parents[3]
_SCHEMAS = "$schema: https://azuremlschemas.azureedge.net/latest/"
SCRIPT = """
    import json
    import os
    import pickle


    def init():
        global weight
        with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"), "rb") as file:
            weight = pickle.load(file)["weight"]


    def run(data):
        return [weight * sum(row) for row in json.loads(data).get("data", [])]
"""
SUM_SCRIPT = """
    import json


    def init():
        pass


    def run(data):
        return sum(json.loads(data)["data"])
"""
SDK_SCRIPT = """
    from azureml.core import Workspace
    from azureml.core.model import InferenceConfig, Model
    from azureml.core.webservice import LocalWebservice

    workspace = Workspace.from_config()
    model = Model.register(workspace, "model.pkl", "diabetes")
    service = Model.deploy(
        workspace, "diabetes", [model], InferenceConfig("score.py"), LocalWebservice.deploy_configuration()
    )
    service.wait_for_deployment()
    print(service.state)
    service.delete()
"""
CONFIG = {
    "subscription_id": "5f08d643-1910-4a38-a7c7-84a39d4f42e0",
    "resource_group": "docs",
    "workspace_name": "team",
}

KNOWN_BAD = b"cos\nsystem\n(S'true'\ntR."
"""A pickle that runs a program when it is loaded."""
RAW_SCRIPT = """
    from azureml.contrib.services.aml_request import AMLRequest, rawhttp
    from azureml.contrib.services.aml_response import AMLResponse


    def init():
        pass


    @rawhttp
    def run(request):
        image = request.files["image"].read() if request.files else request.get_data()
        return AMLResponse(image, 200)
"""


def project(folder: Path) -> None:
    """A model with its script, as a person has one, and the other files that pages name."""
    texts = {
        "score.py": dedent(SCRIPT).lstrip(),
        "conda.yml": "name: diabetes\ndependencies:\n  - python\n  - pip:\n      - azureml-defaults\n",
        "requirements.txt": "azureml-defaults\n",
        "inferenceconfig.json": json.dumps({"entryScript": "score.py", "runtime": "python", "condaFile": "conda.yml"}),
        **dict.fromkeys(("deploymentconfig.json", "deployment.json"), json.dumps({"computeType": "local"})),
        "request.json": '{"data": [[1, 2, 3]]}',
        "sample-request.json": '{"data": [[1, 2, 3]]}',
        "requests.jsonl": '{"data": [[1, 2, 3]]}\n{"data": [[4, 5, 6]]}\n',
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "model.pkl").write_bytes(pickle.dumps({"weight": 0.5}))


def event_program(folder: Path) -> None:
    """The program of the page about events."""
    project(folder)
    (folder / "take.py").write_text("import sys\n\nprint(sys.stdin.read())\n", encoding="utf-8")


def nothing(folder: Path) -> None:
    """For pages that begin in an empty folder."""


def runs(folder: Path) -> None:
    """The same project, with an `mlruns` folder and a database of MLflow, and a script that logs a run."""
    project(folder)
    (folder / "log.py").write_text(
        "from azureml.core import Experiment, Workspace\n"
        "experiment = Experiment(Workspace.get('local'), 'my-experiment')\n"
        f"run = experiment.start_logging(run_id={tracking_stores.RUN!r})\n"
        "run.upload_file('outputs/model.pkl', 'model.pkl')\nrun.complete()\n"
    )
    tracking_stores.experiment(folder / "mlruns")
    logged = tracking_stores.run(folder / "mlruns")
    (logged / "artifacts" / "outputs" / "model.pkl").write_bytes(pickle.dumps({"weight": 0.5}))
    store = folder / "mlflow.db"
    tracking_stores.database(folder / "elsewhere")
    (folder / "elsewhere" / "mlflow.db").rename(store)
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE runs SET artifact_uri = ?", (str(logged / "artifacts"),))
        connection.commit()


def kubeconfig(folder: Path) -> None:
    """The project with a kubeconfig file of a context that no cluster answers."""
    project(folder)
    kubeconfigs.write_kubeconfig(folder / "kubeconfig", {"prod": kubeconfigs.NOBODY})


def environments(folder: Path) -> None:
    """The same with an `azureml_environment.json`."""
    project(folder)
    definition = {
        "name": "from-json",
        "python": {"condaDependencies": {"dependencies": ["python", {"pip": ["azureml-defaults"]}]}},
    }
    (folder / "azureml_environment.json").write_text(json.dumps(definition), encoding="utf-8")


def endpoint(folder: Path) -> None:
    """The same with the YAML of an online endpoint of v2."""
    project(folder)
    (folder / "endpoint.yml").write_text(
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\n"
        "name: diabetes\nauth_mode: key\ntraffic:\n  green: 100\n",
        encoding="utf-8",
    )


def deployment_files(folder: Path) -> None:
    """The project, an endpoint of Azure ML v2 with two deployments of it, and files of a model and an environment."""
    project(folder)
    _endpoint_files(folder, {"blue": 90, "green": 10})
    _model_file(folder / "models" / "prices" / "model.yml", "../../model.pkl")
    _environment_file(folder / "environments" / "small" / "environment.yml", "../../conda.yml")


def environment_file(folder: Path) -> None:
    """The project, and a file of Azure ML v2 that describes its environment."""
    project(folder)
    _environment_file(folder / "environment.yml", "conda.yml")


def _endpoint_files(folder: Path, traffic: Mapping[str, int]) -> None:
    (folder / "endpoint.yml").write_text(
        f"{_SCHEMAS}managedOnlineEndpoint.schema.json\nname: prices\nauth_mode: key\ntraffic: {json.dumps(traffic)}\n",
        encoding="utf-8",
    )
    for name in traffic:
        (folder / f"{name}-deployment.yml").write_text(
            f"{_SCHEMAS}managedOnlineDeployment.schema.json\nname: {name}\nendpoint_name: prices\n"
            "model:\n  path: model.pkl\ncode_configuration: {code: ., scoring_script: score.py}\n"
            "instance_type: Standard_DS3_v2\ninstance_count: 1\n",
            encoding="utf-8",
        )


def _model_file(file: Path, path: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{_SCHEMAS}model.schema.json\nname: prices\nversion: '1'\npath: {path}\n", encoding="utf-8")


def _environment_file(file: Path, conda: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f"{_SCHEMAS}environment.schema.json\nname: small\nversion: '1'\nimage: python:3.11\nconda_file: {conda}\n",
        encoding="utf-8",
    )


def customers(folder: Path) -> None:
    """A table, the batch script of the guide, and its packages."""
    project(folder)
    rows = "".join(f"{number},{number}\n" for number in range(1_000))
    (folder / "customers.csv").write_text(f"id,amount\n{rows}", encoding="utf-8")
    guide = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    script = guide.partition("```python\n")[2].partition("```")[0]
    (folder / "batch_score.py").write_text(script, encoding="utf-8")
    (folder / "packages.txt").write_text("azureml-defaults\npandas\n", encoding="utf-8")
    (folder / "conda.yml").write_text(
        "dependencies:\n  - python\n  - pip:\n      - azureml-defaults\n      - pandas\n", encoding="utf-8"
    )
    (folder / "images").mkdir()
    (folder / "images" / "one.png").write_bytes(b"1")
    (folder / "count.py").write_text("def run(mini_batch):\n    return mini_batch\n", encoding="utf-8")
    (folder / "deployment.yml").write_text(
        "$schema: https://azuremlschemas.azureedge.net/latest/batchDeployment.schema.json\n"
        "name: count\nendpoint_name: heart\ntype: model\nmodel: azureml:churn:1\n"
        "code_configuration: {code: ., scoring_script: count.py}\n"
        "environment: {conda_file: conda.yml, image: debian}\ncompute: azureml:cpu\n",
        encoding="utf-8",
    )


def moved_data(folder: Path) -> None:
    """A service that collects, the table that its model was trained with, later ones, and what trains again."""
    project(folder)
    (folder / "score.py").write_text(
        dedent(SCRIPT).lstrip().replace("weight * sum(row)", "weight * row[0]"), encoding="utf-8"
    )
    config = {"computeType": "aks", "authEnabled": False, "dataCollection": {"storageEnabled": True}}
    (folder / "deployment.json").write_text(json.dumps(config), encoding="utf-8")
    draw = random.Random(28)

    def rows(count: int, shift: float) -> list[tuple[float, int, str]]:
        return [(round(draw.gauss(28 + shift, 5), 1), draw.randint(20, 80), draw.choice("FM")) for _ in range(count)]

    for name, shift in (("training", 0.0), ("new", 4.0), ("old", 4.0)):
        lines = "".join(f"{bmi},{age},{sex}\n" for bmi, age, sex in rows(1000, shift))
        (folder / f"{name}.csv").write_text(f"bmi,age,sex\n{lines}", encoding="utf-8")
    (folder / "request.json").write_text(json.dumps({"data": rows(40, 0.0)}), encoding="utf-8")
    (folder / "retrain.py").write_text("print('trained')\n", encoding="utf-8")


def labelled_rows(folder: Path) -> None:
    """The project, and rows that say what is right."""
    project(folder)
    rows = (json.dumps({"data": [[x, 1]], "y": 2 * (x + 1)}) for x in range(10))
    (folder / "labelled.jsonl").write_text("".join(f"{each}\n" for each in rows))


def old_pins(folder: Path) -> None:
    """The same with pins that no index has for a Python of today."""
    project(folder)
    (folder / "conda.yml").write_text(
        "name: old\ndependencies:\n  - python=3.6.2\n  - pip:\n      - azureml-defaults\n      - six==1.11.0\n",
        encoding="utf-8",
    )


def pipelines(folder: Path) -> None:
    """A project, and a pipeline of Azure ML v1 beside it."""
    project(folder)
    (folder / "azure-pipelines-v1.yml").write_text(
        """steps:
  - task: AzureCLI@2
    displayName: Register
    inputs:
      scriptType: bash
      scriptLocation: inlineScript
      inlineScript: az ml model register -n diabetes -p model.pkl --tag environment=$(environment)
""",
        encoding="utf-8",
    )


def example(name: str) -> Callable[[Path], None]:
    """One of the examples of this checkout, with nothing made in it yet."""

    def copy(folder: Path) -> None:
        shutil.copytree(ROOT / "examples" / name, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.pkl"))

    return copy


def configured(folder: Path) -> None:
    """The same with configurations of workspaces."""
    project(folder)
    (folder / ".file-path").mkdir()
    for path in (folder / "config.json", folder / ".file-path" / "ws_config.json"):
        path.write_text(json.dumps(CONFIG), encoding="utf-8")


def known_bad(folder: Path) -> None:
    """The same with a model that would run a program."""
    project(folder)
    (folder / "model.pkl").write_bytes(KNOWN_BAD)


def old_model(folder: Path) -> None:
    """The same with a model of scikit-learn 1.2.2, and rows for it."""
    project(folder)
    shutil.copy(ROOT / "tests" / "carry_over" / "pickles" / "1.2.2" / "linear.pkl", folder / "price.pkl")
    (folder / "rows.csv").write_text("a,b,c,d\n1,2,3,4\n0.5,-1,2,7\n", encoding="utf-8")


def old_environment(folder: Path) -> None:
    """A script and an environment of an old Python; where there is only PyPy, which no version names, of any."""
    folder.mkdir(exist_ok=True)
    (folder / "score.py").write_text(dedent(SUM_SCRIPT), encoding="utf-8")
    python = next(iter(interpreters.old().values()))
    if python.name == "pypy3":
        (folder / "conda.yml").write_text("name: old\ndependencies:\n  - pip:\n      - azureml-defaults\n")
    else:
        interpreters.environment_file(folder, python)


def model_folder(folder: Path) -> None:
    """The same with the model in a folder of its own."""
    project(folder)
    (folder / "model").mkdir()
    (folder / "model.pkl").rename(folder / "model" / "model.pkl")


def models(folder: Path) -> None:
    """The same with a second file, rows of requests and an MLflow model."""
    project(folder)
    (folder / "rows.txt").write_text('{"data": [[1, 2, 3]]}\n{"data": [[4, 5, 6]]}\n', encoding="utf-8")
    (folder / "labels.txt").write_text("low\nhigh\n", encoding="utf-8")
    (folder / "sentiment").mkdir()
    (folder / "sentiment" / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n", encoding="utf-8"
    )
    shutil.copy(folder / "model.pkl", folder / "sentiment" / "model.pkl")
    (folder / "known-bad.pkl").write_bytes(KNOWN_BAD)
    _model_file(folder / "model.yml", "model.pkl")


def services(folder: Path) -> None:
    """The same with what calls of services name."""
    requests(folder)
    pictures(folder)
    shutil.copytree(ROOT / "examples" / "diabetes", folder / "examples" / "diabetes")
    with (folder / "requests.http").open("a", encoding="utf-8") as file:
        file.write('\n### two-rows\nPOST {{service}}/score\nContent-Type: application/json\n\n{"data": [[1], [2]]}\n')
    (folder / "rows.txt").write_text('{"data": [[1, 2, 3]]}\n{"data": [[4, 5, 6]]}\n', encoding="utf-8")
    (folder / "key.txt").write_text("a-key-of-my-own-with-32-characters\n", encoding="utf-8")
    (folder / "model.json").write_text('{"modelId": "diabetes:1"}', encoding="utf-8")
    _endpoint_files(folder, {"blue": 100})


def pictures(folder: Path) -> None:
    """A script that takes and gives bytes, in a folder of its own, and a file of such bytes."""
    (folder / "faces").mkdir()
    (folder / "faces" / "faces.py").write_text(dedent(RAW_SCRIPT).lstrip(), encoding="utf-8")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")


def requests_with_pictures(folder: Path) -> None:
    """Requests of both kinds."""
    requests(folder)
    pictures(folder)


def tests(folder: Path) -> None:
    """The same with a batch script, and requests that say what they expect."""
    requests(folder)
    customers(folder)
    (folder / "tests").mkdir()
    shutil.copy(folder / "requests.http", folder / "tests" / "loans.http")


def requests(folder: Path) -> None:
    """The same with requests and their environments."""
    project(folder)
    (folder / "requests.http").write_text(
        dedent(
            """
            ### two patients
            # @name two-patients
            # @expect status 200
            POST {{service}}/score
            Content-Type: application/json

            {"data": [[1, 2], [3, 4]]}

            ### as many rows as you like
            POST {{service}}/score
            Content-Type: application/json

            {"data": [[{{rows}}, 2]]}
            """
        ),
        encoding="utf-8",
    )
    (folder / "http-client.env.json").write_text(
        json.dumps({"dev": {"rows": 1}, "prod": {"rows": 2}}), encoding="utf-8"
    )


def sdk(folder: Path) -> None:
    """The same with a deployment script, a module and a notebook of the SDK v1."""
    project(folder)
    script = dedent(SDK_SCRIPT).lstrip()
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (folder / "deploy.py").write_text(script, encoding="utf-8")
    (folder / "project").mkdir()
    (folder / "project" / "__init__.py").touch()
    (folder / "project" / "deploy.py").write_text(script, encoding="utf-8")
    cells = [
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": part,
        }
        for part in script.split("\n\n")
    ]
    (folder / "deploy.ipynb").write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
        encoding="utf-8",
    )
