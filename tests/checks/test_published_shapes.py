"""What was wrongly blamed in files that others have published, in words of our own."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from typing import Any

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check
from scoredock.checks.configs.environment.requirements import parse_requirements
from scoredock.formats.document_kind import kind_of

SCORED = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"
STEP = (
    "import argparse\n\nimport joblib\n\nparser = argparse.ArgumentParser()\nparser.add_argument('--model')\n"
    "model = joblib.load(parser.parse_args().model)\nprint(model)\n"
)
WRITER = (
    "import os\n\nPLACE = os.environ.get('AZUREML_MODEL_DIR')\n\n\ndef script(folder):\n    return '''\n"
    "import joblib\n\ndef init():\n    pass\n\ndef run(data):\n    return data\n'''.strip() + folder\n"
)
SERVER = (
    "from .constants import ROOT\n\nFOLDER = 'AZUREML_MODEL_DIR'\n\n\ndef run():\n    print(ROOT, FOLDER)\n\n\n"
    "if __name__ == '__main__':\n    run()\n"
)
LOADED = "import os\n\n\ndef load_model():\n    return os.environ['AZUREML_MODEL_DIR']\n"
METRICS = "def score(kind, wanted, given):\n    return kind, wanted, given\n"
PARALLEL = (
    "def init():\n    from azureml_user.parallel_run import EntryScript\n\n    EntryScript().logger.info('up')\n\n\n"
    "def run(input_data):\n    return [str(row) for row in input_data]\n"
)
CLUSTER = (
    '{\n  "location": "",\n  "properties": {\n    "description": null,\n    "computeType": "AKS",\n    "properties":'
    " {}\n  }\n}\n"
)
SERVICE = '{\n  "imageId": null,\n  "name": null,\n  "computeType": "ACI",\n  "location": null\n}\n'
GIVEN = '{\n  "name": null,\n  "kvTags": null,\n  "computeType": null,\n  "environmentImageRequest": null\n}\n'


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("score.py", STEP),
        ("components/score/src/score.py", STEP),
        ("deploy/_util.py", WRITER),
        ("server/amlserver.py", SERVER),
        ("metrics/_score.py", METRICS),
        (
            "serving/__init__.py",
            "import joblib\n\n\ndef init(model):\n    return joblib.load(model)\n",
        ),
        ("metrics/f1_score.py", METRICS),
        ("inference/online_scoring.py", f"from .capture import Capture\n\n{LOADED}"),
        ("inference/online_scoring.py", f"{LOADED}\n\nclass Scoring:\n    def run(self, data):\n        return data\n"),
    ],
)
def test_modules_that_are_no_entry_scripts(path: str, text: str) -> None:
    assert kind_of(f"/project/{path}", text) not in ("entry-script", "batch-script")


def test_a_script_of_a_parallel_run_is_one_of_batches() -> None:
    assert kind_of("/project/many_models.py", PARALLEL) == "batch-script"
    assert check(PARALLEL, Facts(path="/project/many_models.py")) == []


@pytest.mark.parametrize("text", [CLUSTER, SERVICE, GIVEN])
def test_what_is_sent_to_the_service_is_no_deployment_configuration(text: str) -> None:
    assert kind_of("/project/payload_template.json", text) is None
    assert kind_of("/project/deploymentconfig.json", text) == "deployment-config"


def test_scripts_that_begin_an_entry_script_are_known() -> None:
    for name in ("score.py", "score_v2.py", "scoring.py"):
        assert kind_of(
            f"/project/{name}",
            "def initialize():\n    pass\n\n\ndef predict(data):\n    return data\n",
        )
    assert kind_of("/project/f1_score.py", SCORED) == "entry-script"
    assert kind_of("/project/score.py", '"""A """\n' + SCORED) == "entry-script"
    assert (
        kind_of(
            "/project/any.py",
            "import json, joblib\n\n\ndef run(x):\n    return joblib.load(json.loads(x))\n",
        )
        == "entry-script"
    )


def test_a_hostile_number_of_functions_is_soon_counted() -> None:
    assert kind_of("/project/any.py", '"""\n' + "def run(\n" * 10_000) is None


MODEL = (
    "import joblib\nfrom azureml.core.model import Model\n\n\ndef init():\n    global model\n"
    "    model = joblib.load(Model.get_model_path('ridge'))\n\n\n"
    "def run(data):\n    return model.predict([[1.0]]).tolist()\n"
)


def test_an_empty_workspace_makes_no_errors() -> None:
    def severities(models: Mapping[str, tuple[ModelFacts, ...]] | None) -> set[str]:
        found = check(MODEL, Facts(path="/project/score.py", models=models))
        return {finding.severity for finding in found if finding.code == "SD503"}

    assert severities(None) == set()
    assert not severities({}) & {"error", "warning"}
    assert severities({"lasso": (ModelFacts("lasso", 1, ("model.pkl",)),)}) == {"error"}


def test_a_deployment_of_v2_may_name_its_script_as_it_likes() -> None:
    files = {"/project/blue.yml": "name: blue\ncode_configuration:\n  code: src\n  scoring_script: score-image.py\n"}

    def codes(name: str, others: Mapping[str, str]) -> set[str]:
        facts = Facts(
            path=f"/project/src/{name}",
            listing=lambda folder: [p.rpartition("/")[2] for p in others if p.rpartition("/")[0] == folder],
            read=others.get,
        )
        return {finding.code for finding in check(SCORED, facts)}

    assert "SD114" in codes("score-image.py", {})
    assert "SD114" in codes("score-image.py", {"/project/blue.yml": "name: blue\n"})
    assert "SD114" not in codes("score-image.py", files)


def test_a_switch_for_raw_requests_from_elsewhere() -> None:
    text = (
        "from {home} import {name}\n\n\ndef init():\n    {name}()\n\n\ndef run(request):\n"
        "    return request.get_data().decode()\n"
    )
    facts = Facts(path="/project/score.py")
    assert not check(text.format(home="serving.requests", name="enable_rawhttp"), facts)
    assert "SD128" in {f.code for f in check(text.format(home="serving.requests", name="enable_raw"), facts)}


def test_text_that_is_taken_for_the_request_is_told_once_and_with_its_remedy() -> None:
    text = (
        "def init():\n    pass\n\n\ndef run(request):\n    try:\n        rows = request.get_data(False)\n"
        "        return {'rows': len(rows), 'count': request.args.get('count')}\n"
        "    except Exception:\n        return {}\n"
    )
    facts = Facts(path="/project/score.py")
    (finding,) = (f for f in check(text, facts) if f.severity != "information")
    assert (finding.code, finding.severity, finding.range.start.line) == ("SD128", "warning", 6)
    assert "“@rawhttp”, from “azureml.contrib.services.aml_request”" in finding.message
    mended = text
    lines = Lines(text)
    for edit in sorted(finding.fixes[0].edits, key=lambda e: e.range.start, reverse=True):
        begin, end = lines.offset(edit.range.start), lines.offset(edit.range.end)
        mended = mended[:begin] + edit.new_text + mended[end:]
    assert not [f for f in check(mended, facts) if f.severity != "information"]
    sought = text.replace("except Exception", "except AttributeError")
    assert not [f for f in check(sought, facts) if f.severity != "information"]


def test_a_checkpoint_is_called_by_what_its_files_begin_with() -> None:
    text = (
        "import os\n\nimport tensorflow.compat.v1 as tf\n\n\ndef init():\n    global session\n"
        "    session = tf.Session()\n    saver = tf.train.Saver()\n"
        "    saver.restore(session, os.path.join(os.environ['AZUREML_MODEL_DIR'], 'digits', 'net.model'))\n\n\n"
        "def run(data):\n    return str(session.run(data))\n"
    )
    parts = ("net.model.meta", "net.model.index", "net.model.data-00000-of-00001")

    def problems(*names: str) -> list[str]:
        model = ModelFacts("digits", 1, tuple(f"digits/{name}" for name in names))
        facts = Facts(path="/project/score.py", models={"digits": (model,)}, deployed_models=(model,))
        return [finding.code for finding in check(text, facts) if finding.code == "SD501"]

    assert problems(*parts) == []
    assert problems(*parts[:1]) == ["SD501"]


@pytest.mark.parametrize(
    ("name", "is_told"), [("<<modelid>>", False), ("PLACE_HOLDER", False), ("your-model", False), ("holder", True)]
)
@pytest.mark.parametrize("given", ["Model.get_model_path('{}')", "os.path.join(os.environ['AZUREML_MODEL_DIR'], '{}')"])
def test_a_model_that_is_named_when_the_script_is_written(name: str, given: str, is_told: bool) -> None:
    text = (
        "import os\n\nimport joblib\nfrom azureml.core.model import Model\n\n\ndef init():\n    global model\n"
        f"    model = joblib.load({given.format(name)})\n\n\ndef run(data):\n    return str(model.predict([data]))\n"
    )
    other = ModelFacts("other", 1, ("other.pkl",))
    facts = Facts(path="/project/score.py", models={"other": (other,)})
    assert bool({"SD501", "SD503"} & {f.code for f in check(text, facts, "entry-script")}) is is_told


def test_an_address_that_an_example_leaves_open() -> None:
    text = "import requests\n\nscoring_uri = '{}'\nprint(requests.post(scoring_uri, json={{'data': [1]}}).json())\n"
    facts = Facts(path="/project/endpoint.py")
    assert "SD835" not in {f.code for f in check(text.format(""), facts)}
    assert "SD835" in {f.code for f in check(text.format("localhost/score"), facts)}


OPENSHIFT = '{\n  "kind": "Template",\n  "apiVersion": "v1",\n  "objects": [{"kind": "DeploymentConfig"}]\n}\n'
LIGHTSAIL = '{\n  "containers": {"web": {"image": "web:1"}},\n  "publicEndpoint": {"containerName": "web"}\n}\n'


@pytest.mark.parametrize(
    "text",
    [
        OPENSHIFT,
        LIGHTSAIL,
        "apiVersion: v1\nkind: DeploymentConfig\nspec:\n  replicas: 1\n",
    ],
)
def test_deployment_configurations_of_others(text: str) -> None:
    name = "deploymentconfig.json" if text[0] == "{" else "deploymentconfig.yaml"
    assert kind_of(f"/project/{name}", text) is None
    assert kind_of(f"/project/{name}", "{\n}\n") == "deployment-config"
    assert kind_of(f"/project/{name}", 'kind: x\ncomputeType: "aci"\n') == "deployment-config"


@pytest.mark.parametrize("value", ['"BUILD_GENERAL1_SMALL"', '{"shape": "ComputeType"}'])
def test_builds_and_interfaces_of_another_cloud_are_no_deployment_configuration(
    value: str,
) -> None:
    text = '{{\n  "examples": [],\n  "environment": {{"image": "python:3.11", "computeType": {}}}\n}}\n'
    assert kind_of("/project/build.json", text.format(value)) is None
    assert kind_of("/project/build.json", text.format('"ACI"')) == "deployment-config"


def test_a_key_of_the_first_templates_that_says_nothing() -> None:
    def codes(text: str) -> set[str]:
        return {f.code for f in check(text, Facts(path="/project/inferenceConfig.yml"))}

    assert "SD203" not in codes("entryScript: score.py\nschemaFile:\n")
    assert "SD203" in codes("entryScript: score.py\nschemaFile: service_schema.json\n")


@pytest.mark.parametrize(
    "name",
    [
        "ipython",
        "tensorboardX",
        "cattrs",
        "authlib",
        "simpy",
        "ngboost",
        "ijson",
        "pyamg",
    ],
)
def test_packages_whose_names_are_near_to_better_known_ones(name: str) -> None:
    assert check(f"{name}>=1.0\n", Facts(path="/project/requirements.txt")) == []
    text = f"name: env\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - {name}\n"
    assert "SD460" not in {f.code for f in check(text, Facts(path="/project/environment.yml"))}


_SCORE = "def init(): pass\n\ndef run(data): return data\n"
_CONFIGURATION = '{"entryScript": "score.py", "condaFile": "environment.yml"}'
_NEWER = (
    "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nx: environment.yml\n"
)


@pytest.mark.parametrize(
    ("package", "around", "served"),
    [
        ("sphinx", {"conf.py": ""}, False),
        ("azureml-defaults", {"train.py": ""}, False),
        ("sphinx", {"score.py": ""}, False),
        ("azureml-defaults", {"score.py": _SCORE}, True),
        (
            "azureml-defaults",
            {"score.py": _SCORE, "training.yml": "dependencies:\n- pip:\n  - azureml-defaults\n"},
            False,
        ),
        ("azureml-defaults", {"score.py": _SCORE, "deployment.yml": _NEWER}, False),
        ("azureml-defaults", {"score.py": "import sys\n\nprint(sys.argv)\n"}, False),
        ("sphinx", {"inferenceconfig.json": _CONFIGURATION}, True),
        ("sphinx", {"../configuration/inferenceconfig.json": _CONFIGURATION}, True),
        (
            "sphinx",
            {"inferenceconfig.json": '{"entryScript": "score.py", "condaFile": "other.yml"}'},
            False,
        ),
    ],
)
def test_an_environment_that_is_for_no_service_may_have_an_older_python(
    package: str, around: dict[str, str], served: bool
) -> None:
    files = {posixpath.normpath(f"/project/docs/{name}"): text for name, text in around.items()}

    def listing(folder: str) -> list[str]:
        return sorted({path[len(folder) + 1 :].partition("/")[0] for path in files if path.startswith(f"{folder}/")})

    text = f"name: env\ndependencies:\n  - python=3.6\n  - pip:\n    - {package}\n"
    facts = Facts(path="/project/docs/environment.yml", listing=listing, read=files.get)
    assert ("SD463" in {f.code for f in check(text, facts)}) == served


@pytest.mark.parametrize(
    "line",
    [
        ".",
        "..",
        ".[dev]",
        "../",
        "./lib",
        "${WHEEL}",
        "{{ package }}",
        "Click{% endif %}",
    ],
)
def test_requirements_that_are_folders_or_filled_in(line: str) -> None:
    found = {f.code for f in check(f"numpy\n{line}\n", Facts(path="/project/requirements.txt"))}
    assert "SD408" not in found
    text = f"name: env\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - '{line}'\n"
    assert "SD408" not in {f.code for f in check(text, Facts(path="/project/environment.yml"))}


def test_a_folder_that_holds_the_configuration_of_the_workspace() -> None:
    text = (
        "from azureml.core import Workspace\n\nws = Workspace.from_config(path='./.azureml',"
        " _file_name='config.json')\nprint(ws.name)\n"
    )
    facts = Facts(
        path="/project/register.py",
        exists=lambda path: path in ("/project", "/project/register.py"),
    )
    assert "SD824" not in {f.code for f in check(text, facts)}


@pytest.mark.parametrize("between", ["@", " @", "@ ", " @ "])
def test_an_address_behind_a_name_needs_no_spaces(between: str) -> None:
    facts = Facts(path="/project/requirements.txt", exists=lambda path: path == "/project")
    lines = f"tools[all]{between}https://host/tools-1.0-py3-none-any.whl\nown{between}./own-1.0-py3-none-any.whl\n"
    assert [f.range.start.line for f in check(lines, facts) if f.code == "SD431"] == [1]


def test_extras_between_quotation_marks_and_the_c_library_of_yaml() -> None:
    facts = Facts(path="/project/requirements.txt", exists=lambda path: path == "/project")
    assert "SD431" not in {f.code for f in check('-e ".[docs]"\n', facts)}
    text = "name: env\ndependencies:\n  - python=3.11\n  - yaml=0.1.6=0\n"
    assert "SD418" not in {f.code for f in check(text, Facts(path="/project/environment.yml"))}


def test_an_environment_in_the_form_of_mlflow_is_no_conda_file() -> None:
    text = "python: 3.10.4\nbuild_dependencies:\n- pip==22.0\n- wheel\ndependencies:\n- -r requirements.txt\n"
    assert kind_of("/project/model/python_env.yaml", text) is None
    assert kind_of("/project/python_env.yaml", "dependencies:\n- python=3.11\n- pip\n") == "conda"


@pytest.mark.parametrize(
    ("target", "expected"),
    [("aks", {"SD308"}), ("aci", {"SD313"}), ("local", {"SD308", "SD313"})],
)
def test_a_key_that_is_not_read_misses_no_other(target: str, expected: set[str]) -> None:
    text = f'{{"computeType": "{target}", "sslEnabled": true, "vnetName": "net"}}'
    found = {f.code for f in check(text, Facts(path="/project/deploymentconfig.json"))}
    assert found & {"SD308", "SD313"} == expected


def test_a_package_that_somebody_has_installed_is_no_slip() -> None:
    """hjson is one letter from json, and a package all the same."""
    text = "pandass>=1.0\n"

    def findings_with(**facts: Any) -> list[tuple[str, str, int]]:
        found = check(text, Facts(path="/project/requirements.txt", **facts))
        return [(f.code, f.severity, len(f.fixes)) for f in found]

    assert findings_with() == [("SD460", "information", 0)]
    assert findings_with(is_package=lambda name: name == "pandass") == []
    lock = '[[package]]\nname = "pandass"\nversion = "1.0"\n'
    assert findings_with(read=lambda path: lock if path == "/project/poetry.lock" else None) == []
    assert findings_with(read=lambda path: lock.replace("pandass", "pandasss")) != []


def test_placeholders_are_told_once_a_file() -> None:
    text = (
        "from azureml.core import Workspace\n"
        'ws = Workspace.get("<workspace>", subscription_id="<subscription>", resource_group="<group>")\n'
    )
    assert [f.code for f in check(text, Facts(path="/project/deploy.py"))].count("SD839") == 1


DATAFRAMES = """import argparse

import joblib


def init():
    global model
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=str)
    known, _ = parser.parse_known_args()
    model = joblib.load(known.model)


def run(input_data):
    answers = model.predict(input_data)
    rows = input_data.drop(input_data.columns[4:], axis=1)
    return rows.assign(answer=answers.reshape((input_data.shape[0], 1)))
"""


def test_a_script_that_reads_a_command_line_in_init_is_one_of_batches() -> None:
    """Its batches are tables, whatever the parameter is called; one that decodes a request is served all the same."""
    assert check(DATAFRAMES, Facts(path="/project/src/tabular.py")) == []
    served = DATAFRAMES.replace("model.predict(input_data)", "model.predict(json.loads(input_data))")
    assert kind_of("/project/src/tabular.py", "import json\n" + served) == "entry-script"
    training = DATAFRAMES.replace("def init():", "def prepare():").replace("joblib.load", "print")
    assert kind_of("/project/src/train.py", training) is None


LIBRARY = """import joblib


class Model:
    def init(self):
        self.model = joblib.load("model.pkl")

    def predict(self, data):
        return super().predict(data)
"""
BOUND = """import joblib


def init(store) -> None:
    store.model = joblib.load("model.pkl")
"""
HELPER = """import joblib


def run_impl(data, model, meta=""):
    return model.predict(data), meta
"""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("automl/model.py", LIBRARY),
        ("store/mlflow.py", BOUND),
        ("operationalization/score_script_helper.py", HELPER),
        ("operationalization/score_utils.py", HELPER),
    ],
)
def test_libraries_with_functions_of_these_names_are_no_entry_scripts(path: str, text: str) -> None:
    assert kind_of(f"/project/{path}", text) not in ("entry-script", "batch-script")
    named = kind_of("/project/score.py", text)
    assert named == ("entry-script" if text == LIBRARY else None), "by this name it is meant to be one"


@pytest.mark.parametrize("line", ["from . import explain", "from fastapi import FastAPI", "import flask"])
def test_a_module_of_a_package_and_a_server_may_be_called_score(line: str) -> None:
    text = (
        f"import joblib\n{line}\n\nMODEL = joblib.load('m')\n\n\ndef predict(data):\n    return MODEL.predict(data)\n"
    )
    assert kind_of("/project/src/score.py", text) is None
    assert kind_of("/project/src/score.py", text.replace(f"{line}\n", "")) == "entry-script"
    assert kind_of("/project/src/score.py", text.replace("def predict", "def run")) == "entry-script"


@pytest.mark.parametrize("name", ["score.py", "credit_scoring.py"])
def test_a_program_that_loads_a_model_needs_more_than_its_name(name: str) -> None:
    text = "import joblib\n\n\ndef score_application(row):\n    return joblib.load('m').predict([row])\n"
    assert kind_of(f"/project/src/{name}", text) is None
    azure = text.replace("'m'", "os.getenv('AZUREML_MODEL_DIR')")
    assert kind_of(f"/project/src/{name}", f"import os\n{azure}") == "entry-script"


FILLED_IN = """$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: {name}
model:
  path: {model}
code_configuration:
  code: src/scoring
  scoring_script: score.py
environment:
  image: python:3.11
  conda_file: {conda}
instance_type: Standard_DS3_v2
instance_count: 1
"""


@pytest.mark.parametrize(
    ("name", "model"),
    [("$endpointName", "$modelPath"), ("<% NAME %>", "<% MODEL_FOLDER %>")],
)
def test_a_file_that_is_filled_in_may_name_paths_as_seen_from_the_folder_that_fills_it(name: str, model: str) -> None:
    there = {
        "/project",
        "/project/deploy",
        "/project/deploy/taxi",
        "/project/src",
        "/project/src/scoring",
    }
    files = {"/project/src/scoring/score.py": "", "/project/deploy/taxi/conda.yml": ""}

    def told_with(**values: str) -> list[tuple[str, str, int]]:
        facts = Facts(
            path="/project/deploy/taxi/deployment.yml",
            exists=lambda path: path in there | set(files),
            is_folder=lambda path: path in there,
        )
        findings = check(FILLED_IN.format(**values), facts)
        return [(each.code, each.severity, each.range.start.line) for each in findings if each.code == "SD623"]

    assert told_with(name=name, model=model, conda="deploy/taxi/conda.yml") == []
    assert told_with(name=name, model=model, conda="deploy/taxi/cnda.yml") == [("SD623", "information", 10)]
    found = told_with(name="taxi", model="azureml:taxi:1", conda="deploy/taxi/conda.yml")
    assert ("SD623", "error", 10) in found
    form = told_with(name="INSERT-YOUR-ENDPOINT", model="azureml:taxi:1", conda="cnda.yml")
    assert form == [("SD623", "information", 10)], "a person fills it in"


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("./downloaded_artifacts/named-outputs/best_model/", "information"),
        ("artifact_downloads/outputs/mlflow-model", "information"),
        ("models/best_model/", "warning"),
        ("uploaded/best_model/", "warning"),
    ],
)
def test_what_a_job_leaves_is_fetched_before_the_deployment(path: str, severity: str) -> None:
    text = (
        f"name: blue\nendpoint_name: taxi\nmodel:\n  path: {path}\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n"
    )
    schema = "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\n"
    facts = Facts(path="/project/deployment.yml", is_folder=lambda folder: folder == "/project")
    assert [f.severity for f in check(schema + text, facts) if f.code == "SD623"] == [severity]


def test_an_environment_whose_image_only_the_command_line_can_give_is_a_remark() -> None:
    def severities(text: str) -> list[str]:
        return [f.severity for f in check(text, Facts(path="/project/environment.yml")) if f.code == "SD629"]

    schema = "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: taxi\n"
    assert severities(f"{schema}description: for the taxis\n") == ["information"]
    assert severities(f"{schema}conda_file: conda.yml\n") == ["warning"]


def test_requirements_whose_first_lines_tell_of_another_index() -> None:
    def codes(first: str) -> set[str]:
        text = f"# This file was autogenerated by uv via the following command:\n{first}torch==2.4.1+cpu\n"
        return {f.code for f in check(text, Facts(path="/project/requirements.txt"))}

    assert "SD430" not in codes("#    uv pip compile pyproject.toml --torch-backend cpu -o requirements.txt\n")
    assert "SD430" in codes("#    uv pip compile pyproject.toml -o requirements.txt\n")


def test_a_curated_environment_in_a_folder_of_its_name() -> None:
    text = '{\n  "name": "AzureML-Tutorial",\n  "docker": {"baseImage": "python:3.11"}\n}\n'

    def codes(path: str) -> set[str]:
        return {f.code for f in check(text, Facts(path=path), "environment")}

    assert "SD413" not in codes("/project/AzureML-Tutorial/envdef.json")
    assert "SD413" in codes("/project/environments/envdef.json")


def test_old_packages_of_an_environment_that_serves_nothing_are_a_remark() -> None:
    text = "name: env\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n    - azureml-defaults==1.0.6\n"

    def severities(**files: str) -> list[str]:
        paths = {f"/project/training/{name.replace('_py', '.py')}": text for name, text in files.items()}
        facts = Facts(
            path="/project/training/conda.yml",
            listing=lambda folder: [p.rpartition("/")[2] for p in paths if p.rpartition("/")[0] == folder],
            read=paths.get,
        )
        return [f.severity for f in check(text, facts) if f.code == "SD427"]

    assert severities(train_py="") == ["information"]
    assert severities(score_py=_SCORE) == ["warning"]


@pytest.mark.parametrize(
    "text",
    [
        '{\n  "ropsten": {"maintainers": [], "votingPowers": [1, 1]}\n}\n',
        '{\n  "version": "1.0.0",\n  "target": {"type": "cloudfoundry", "maxRetries": 120},\n  "services": []\n}\n',
        '{\n  "REGION": "us-east-1",\n  "PIPELINE_BUCKET": "bucket"\n}\n',
        '{\n  "environments": {"TEST": {"url": "test.example.org"}},\n  "branchStrategy": {"test": "main"}\n}\n',
    ],
)
def test_deployment_configurations_of_other_programs(text: str) -> None:
    assert kind_of("/project/deploymentConfig.json", text) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"checkpoint": "best.pt", "batch_size": 8, "device": "cuda"}',
        "model:\n  name: unet\nruntime:\n  threads: 4\n",
        "# inference\nweights: out.pth\nthreshold: 0.5\nruntime: cuda\n",
    ],
)
@pytest.mark.parametrize("name", ["inference_config.json", "inference_config.yaml"])
def test_inference_configurations_of_other_programs(name: str, text: str) -> None:
    assert kind_of(f"/project/{name}", text) is None


def test_configurations_with_a_slip_or_with_nothing_yet_are_ours() -> None:
    for text in (
        "",
        "{}",
        '{"computTyp": "local"}',
        '{"port": 6789}',
        '{"container_resource_requirements": {}}',
    ):
        assert kind_of("/project/deploymentConfig.json", text) == "deployment-config", text
    for text in (
        "",
        "{}",
        '{"entryscript": "score.py"}',
        '{"entrScript": "score.py"}',
        '{"environment": "env.json"}',
    ):
        assert kind_of("/project/inferenceConfig.json", text) == "inference-config", text
    for text in ("computeType: aci\n", '"""For ACI"""\n---\ncomputeType: ACI\n'):
        assert kind_of("/project/aciDeploymentConfig.yml", text) == "deployment-config", text


@pytest.mark.parametrize(
    "text",
    [
        "def score(text):\n    return len(text)\n",
        "def score(wanted, given):\n    return wanted == given\n",
        "def predict(row):\n    return row > 3\n",
        "def run(rows, settings, store):\n    return store.put(rows, settings)\n",
        "def run_scoring(config):\n    return config\n",
        "import pickle\n\n\ndef predict(art, amount, hour):\n    return pickle.load(art)\n",
        "class Score:\n    def init(self):\n        self.points = 0\n",
    ],
)
@pytest.mark.parametrize("name", ["score.py", "scoring.py", "scorer.py", "score_rows.py"])
def test_programs_that_score_something_of_their_own(name: str, text: str) -> None:
    assert kind_of(f"/project/src/{name}", text) is None


@pytest.mark.parametrize(
    "text",
    [
        "def run(data):\n    return data\n",
        "def run(data, request_headers):\n    return data\n",
        "def init():\n    pass\n\n\ndef runn(data):\n    return data\n",
        "def int():\n    pass\n\n\ndef run(data):\n    return data\n",
        "import joblib\n\n\ndef predict(data):\n    return joblib.load('m').predict(data)\n",
        "import os\n\n\ndef score(rows, limit):\n    return os.environ['AZUREML_MODEL_DIR']\n",
    ],
)
def test_entry_scripts_with_a_slip_are_known(text: str) -> None:
    assert kind_of("/project/src/score.py", text) == "entry-script"


def test_a_folder_that_a_program_beside_puts_together() -> None:
    script = (
        "import json\n\n\ndef init():\n    global names\n    with open('assets/names.json') as stream:\n"
        "        names = json.load(stream)\n\n\ndef run(data):\n    return names\n"
    )

    def codes(program: str) -> set[str]:
        files = {"/project/src/score.py": script, "/project/src/deploy.py": program}
        facts = Facts(
            path="/project/src/score.py",
            listing=lambda folder: [p.rpartition("/")[2] for p in files if p.rpartition("/")[0] == folder],
            exists=lambda path: path in files or any(p.startswith(f"{path}/") for p in files),
            read=files.get,
        )
        return {f.code for f in check(script, facts)}

    assert "SD517" in codes("print('deploys')\n")
    assert "SD517" not in codes("import os\n\nPLACE = 'assets'\nos.makedirs(PLACE)\n")


TABLES = "import random\n\n\ndef init():\n    pass\n\n\ndef run(input_data):\n    input_data['new'] = random.random()\n"


@pytest.mark.parametrize(
    "name",
    ["batch_script.py", "score_batch.py", "batch.py", "nightly-batch-scoring.py"],
)
def test_a_script_is_one_of_batches_by_its_name(name: str) -> None:
    assert kind_of(f"/project/{name}", f"{TABLES}    return input_data\n") == "batch-script"
    online = f"import json\n{TABLES.replace('random.random()', 'json.loads(input_data)')}    return input_data\n"
    assert kind_of(f"/project/{name}", online) == "entry-script", "a single request reaches it"
    assert kind_of("/project/rebatched.py", TABLES) == "entry-script"


def test_credentials_that_are_objects_are_no_secrets_in_a_log() -> None:
    def codes(line: str, shown: str) -> set[str]:
        text = (
            "import logging\nfrom azure.identity import DefaultAzureCredential\n"
            "from azure.keyvault.secrets import SecretClient\n\n\ndef init():\n"
            "    credential = DefaultAzureCredential()\n"
            f"    client = SecretClient('https://vault', credential)\n    secret = {line}\n"
            f"    logging.info(f'got {{{shown}}}')\n\n\ndef run(data):\n    return data\n"
        )
        return {f.code for f in check(text, Facts(path="/project/score.py"))}

    assert "SD165" not in codes("client.get_secret('name')", "credential")
    assert "SD165" not in codes("client.get_secret('name')", "secret")
    assert "SD165" in codes("client.get_secret('name').value", "secret")


def test_a_shell_script_may_be_started_in_a_folder_beside_its_own() -> None:
    def codes(model: str) -> set[str]:
        files = {"/project/deployment/register.sh": "", f"/project/{model}": ""}
        facts = Facts(
            path="/project/deployment/register.sh",
            listing=lambda folder: sorted(
                {p[len(folder) + 1 :].partition("/")[0] for p in files if p.startswith(f"{folder}/")}
            ),
            exists=lambda path: path in files or any(p.startswith(f"{path}/") for p in files),
        )
        text = "az ml model register -g rg -w ws -n svm --model-path svc.pkl\n"
        return {f.code for f in check(text, facts, "commands")}

    assert "SD858" not in codes("models/svc.pkl")
    assert "SD858" in codes("models/svm.pkl")


def test_a_pattern_is_judged_like_a_name_where_no_model_is_registered() -> None:
    text = (
        "import os\nfrom pathlib import Path\n\nimport joblib\n\n\ndef init():\n    global model\n"
        "    found = list(Path(os.environ['AZUREML_MODEL_DIR']).rglob('model.pkl'))\n"
        "    model = joblib.load(found[0])\n\n\ndef run(data):\n    return model.predict([data]).tolist()\n"
    )

    def severities(**models: tuple[ModelFacts, ...]) -> list[str]:
        return [f.severity for f in check(text, Facts(path="/project/score.py", models=models)) if f.code == "SD501"]

    assert severities() == ["information"]
    assert severities(other=(ModelFacts("other", 1, ("other.bin",)),)) == ["warning"]


@pytest.mark.parametrize(
    ("found", "test", "is_told"),
    [
        ("next(root.rglob('scaler.bin'), None)", "if found:", False),
        ("next(root.glob('scaler.bin'), None)", "if found is not None:", False),
        ("next(root.rglob('scaler.bin'), None)", "for _ in (1,):", True),
        ("next(root.rglob('scaler.bin'))", "if found:", True),
    ],
)
def test_a_first_match_that_may_be_none_is_an_optional_file(found: str, test: str, is_told: bool) -> None:
    text = (
        "import os\nfrom pathlib import Path\n\nimport joblib\n\n\ndef init():\n    global scaler\n"
        f"    root = Path(os.environ['AZUREML_MODEL_DIR'])\n    found = {found}\n    {test}\n"
        "        scaler = joblib.load(found)\n\n\ndef run(data):\n    return [data]\n"
    )
    other = (ModelFacts("other", 1, ("other.bin",)),)
    codes = {f.code for f in check(text, Facts(path="/project/score.py", models={"other": other}))}
    assert ("SD501" in codes) is is_told


def test_a_flow_called_run_is_a_program_of_its_own() -> None:
    flow = (
        "import joblib\n\n\ndef load_model():\n    return joblib.load('m')\n\n\ndef run():\n    print(load_model())\n"
    )
    for name in ("score.py", "flow.py"):
        assert kind_of(f"/project/src/{name}", flow) is None
    assert kind_of("/project/src/score.py", flow + "\n\ndef init():\n    pass\n") == "entry-script"
    assert kind_of("/project/src/score.py", f"import os\n{flow}\nPLACE = 'AZUREML_MODEL_DIR'\n") == "entry-script"


ELASTIC = (
    "from frame.ops import init, rank\n\n\ndef run(func):\n    return func\n\n\nclass State:\n"
    "    def restore(self):\n        self.{load}(rank())\n"
)


def test_a_decorator_called_run_answers_no_requests() -> None:
    for load in ("_load_model", "load_model"):
        assert kind_of("/project/elastic.py", ELASTIC.format(load=load)) is None
    named = ELASTIC.replace("func", "data").format(load="load_model")
    assert kind_of("/project/score.py", named) == "entry-script"
    assert kind_of("/project/elastic.py", named.replace("load_model", "_load_model")) is None


def test_classes_of_which_a_script_says_nothing() -> None:
    text = (
        "import json\n\nfrom elsewhere import Base\n\n\nclass Scorer(Base):\n    def load(self):\n        {call}\n\n\n"
        "def init():\n    global scorer\n    scorer = Scorer()\n    scorer.load()\n\n\n"
        "def run(data):\n    return json.loads(data)\n"
    )
    for call in (
        "super().restore()",
        "super(Scorer, self).restore()",
        "type(self).restore(self)",
        "type(self).names",
    ):
        assert not check(text.format(call=call), Facts(path="/project/score.py")), call
    slip = check(text.format(call="json.lods('1')"), Facts(path="/project/score.py"))
    assert [f.code for f in slip] == ["SD190"]


@pytest.mark.parametrize("name", ["long", "unicode", "xrange", "reduce", "unichr", "reload"])
def test_names_of_another_python_below_an_if(name: str) -> None:
    head = "import sys\n\nfrom azureml.core import Workspace\n\nws = Workspace.from_config()\n"
    asked = f"{head}if sys.version_info[0] == 2:\n    print({name})\nelif sys.version:\n    {name}('1')\n"
    assert not check(asked, Facts(path="/project/deploy.py"))
    assert [f.code for f in check(f"{head}print({name})\n", Facts(path="/project/deploy.py"))] == ["SD802"]


def test_keys_of_conda_lock() -> None:
    text = "{more}name: dev\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.12\n"
    facts = Facts(path="/project/environment.yml")
    locked = text.format(more="category: dev\nplatforms:\n  - linux-64\n  - osx-arm64\n")
    assert "SD404" not in {f.code for f in check(locked, facts)}
    assert "SD404" in {f.code for f in check(text.format(more="categories: dev\n"), facts)}


def test_a_key_of_digits_in_a_row_is_made_up() -> None:
    text = (
        "import requests\n\nACCESS_TOKEN = '{}'\n\n\ndef test_score():\n"
        "    headers = {{'Authorization': 'Bearer ' + ACCESS_TOKEN}}\n"
        "    requests.post('http://localhost:5001/score', json={{'data': [1]}}, headers=headers)\n"
    )
    facts = Facts(path="/project/tests/test_score.py")
    assert "SD838" not in {f.code for f in check(text.format("123456789987654321-lmnop="), facts)}
    assert "SD838" in {f.code for f in check(text.format("q8ZrT0vLk2Yw7NfXs1BdPg5hJm4C"), facts)}


SERVED = "import json\n{head}\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    {body}\n    return json.loads(data)\n"


def codes_of(head: str, body: str = "pass") -> set[str]:
    return {f.code for f in check(SERVED.format(head=head, body=body), Facts(path="/project/score.py"))}


def test_a_class_that_another_one_completes() -> None:
    mixin = "\n\nclass Timed:\n    def timed(self):\n        return self.clock()\n"
    assert codes_of(mixin) == set()
    assert (
        codes_of(
            f"{mixin}\n\nclass Model(Timed):\n    def clock(self):\n        return 1\n",
            "Model().timed()",
        )
        == set()
    )
    assert codes_of(mixin, "Timed().timed()") == {"SD197"}


def test_a_module_whose_class_its_script_makes() -> None:
    module = "class Predictor:\n    def predict(self, rows):\n        return self.model.predict(rows)\n"
    scores = {
        True: "from predictor import Predictor\n\npredictor = Predictor()\n",
        False: "from predictor import Predictor\n\n\nclass Tree(Predictor):\n    model = None\n",
    }
    for made, script in scores.items():
        facts = Facts(
            path="/project/predictor.py",
            imported_by="/project/score.py",
            read={"/project/score.py": script}.get,
        )
        assert ("SD197" in {f.code for f in check(module, facts, "module")}) is made


def test_a_coroutine_that_another_function_runs() -> None:
    head = "from loops import finish\n\n\nasync def ask():\n    return 1\n"
    assert codes_of(head, "finish(ask())") == set()
    assert codes_of(head, "finish(task=ask())") == set()
    assert codes_of(f"from asyncio import run as finish{head[26:]}", "finish(ask())") == set()
    assert codes_of(head, "data = str(ask())") == {"SD194"}


def test_a_method_that_the_class_wraps_afterwards() -> None:
    wrapped = (
        "\n\nclass Text:\n    def plain(text):\n        return text\n{more}\n"
        "    def use(self):\n        return self.plain('a')\n"
    )
    assert codes_of(wrapped.format(more="\n    plain = staticmethod(plain)\n"), "Text().use()") == set()
    assert codes_of(wrapped.format(more=""), "Text().use()") == {"SD191"}


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("open('a.txt', encoding='locale').close()", False),
        ("'{encoding}'.format(encoding='base32')", False),
        ("speech.settings(encoding='LINEAR16')", False),
        ("open('a.txt', encoding='utf-88').close()", True),
        ("open('a.txt', encoding='binary').close()", True),
    ],
)
def test_encodings_of_other_things_than_text(call: str, told: bool) -> None:
    assert ("SD196" in codes_of("import speech", call)) is told


def test_a_part_of_the_data_called_split() -> None:
    data = (
        "\n\nclass Data:\n    def __init__(self, split):\n        self.split = split\n"
        "        self.name = 'a' if self.split[0] else ''\n"
    )
    assert codes_of(f"import elsewhere{data}", "len(elsewhere.load().split)") == set()
    assert codes_of("", "print(len(data.split))") == {"SD193"}
    assert "SD193" in codes_of("import elsewhere", "print(set(elsewhere.load().read().split))")


def test_classes_that_others_are_registered_with() -> None:
    assert codes_of("import os\n\n\nclass Place:\n    pass\n\n\nos.PathLike.register(Place)\n") == set()


@pytest.mark.parametrize(
    ("use", "told"),
    [
        ("isinstance(error, OSError) and error.errno", False),
        ("error.status_code", False),
        ("error.message", True),
        ("error.arg", True),
    ],
)
def test_what_an_exception_may_have_more_than_exception(use: str, told: bool) -> None:
    assert (
        "SD192"
        in codes_of(
            "",
            f"try:\n        open('a').close()\n    except Exception as error:\n        print({use})",
        )
    ) is told


@pytest.mark.parametrize(
    ("use", "told"),
    [("columns", False), ("to_list()", False), ("iloc[0]", False), ("tolst()", True)],
)
def test_numpy_gives_tables_for_tables(use: str, told: bool) -> None:
    body = f"rows = np.log(json.loads(data, object_hook=table))\n    print(rows.{use})"
    assert ("SD192" in codes_of("import numpy as np\nfrom tables import table", body)) is told


def test_a_function_that_hands_on_a_coroutine() -> None:
    head = "async def ask():\n    return 1\n\n\ndef asked():\n    return ask()\n"
    assert codes_of(head) == set()
    assert "SD194" in codes_of(head, "return ask()")


def test_bytes_for_an_encoding_of_numpy() -> None:
    assert codes_of("import numpy as np", "np.loadtxt('a.csv', encoding='bytes')") <= {"SD505"}


def test_a_later_import_hides_the_model_of_the_sdk() -> None:
    sdk, other = (
        "from azureml.core.model import Model\n",
        "from keras.models import Model, load_model\n",
    )
    text = (
        "import json\n{imports}\n\ndef init():\n    global model\n"
        "    model = load_model(Model.get_model_path('m'))\n\n\n"
        "def run(data):\n    return model.predict(json.loads(data)).tolist()\n"
    )
    hidden = check(text.format(imports=sdk + other), Facts(path="/project/score.py"))
    assert [(f.code, f.severity) for f in hidden] == [("SD192", "error")]
    assert "“keras.models.Model” has no “get_model_path”" in hidden[0].message
    assert "; the import in line 3 hides" in hidden[0].message
    for imports in (
        other + sdk,
        sdk + other.replace("Model,", "Model as Net,"),
        f"{sdk}try:\n    {other}except ImportError:\n    pass\n",
    ):
        assert "SD192" not in {f.code for f in check(text.format(imports=imports), Facts(path="/project/score.py"))}


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("print([1 2])", "invalid syntax; perhaps you forgot a comma."),
        (
            "if data = 1:\n        pass",
            "; maybe you meant '==' or ':=' instead of '='.",
        ),
    ],
)
def test_what_python_asks_is_part_of_the_sentence(line: str, end: str) -> None:
    told = [f.message for f in check(SERVED.format(head="", body=line), Facts(path="/project/score.py"))]
    assert len(told) == 1
    assert told[0].startswith("Python cannot read this: ")
    assert told[0].endswith(end)


def test_dotenv_brings_python_dotenv() -> None:
    text = "dependencies:\n  - python=3.12\n  - pip:\n      - azureml-defaults==1.62.0\n      - {}\n"
    facts = Facts(path="/project/environment.yml")
    assert "SD418" not in {f.code for f in check(text.format("dotenv"), facts)}
    assert "SD418" in {f.code for f in check(text.format("cv2"), facts)}


def project_codes(name: str, files: Mapping[str, str]) -> set[tuple[str, str]]:
    """Codes and severities of one file of a project whose files are given."""
    folders = {path.rpartition("/")[0] for path in files}
    facts = Facts(
        path=f"/project/{name}",
        exists=lambda path: path in files or path in folders,
        is_folder=folders.__contains__,
        listing=lambda folder: [path.rpartition("/")[2] for path in files if path.rpartition("/")[0] == folder],
        read=files.get,
    )
    return {(finding.code, finding.severity) for finding in check(files[f"/project/{name}"], facts)}


STARTED = (
    "import json\n{head}from azureml.core.model import Model\n\n\ndef run({given}):\n    return {answer}\n\n\n"
    "if __name__ == '__main__':\n    {begin}\n    print(run({sent}))\n"
)


def test_a_program_that_calls_its_own_run_is_no_entry_script() -> None:
    get = "place = Model.get_model_path('ridge')"
    tensor = STARTED.format(head="", given="rows", answer="rows * 2", begin=get, sent="3")
    arguments = STARTED.format(
        head="import argparse\n",
        given="text",
        answer="json.loads(text)",
        begin=f"argparse.ArgumentParser().parse_args()\n    {get}",
        sent="'[]'",
    )
    for text in (tensor, arguments):
        assert kind_of("/project/scoring/score.py", text) == "sdk-script"
    begun = STARTED.format(head="", given="text", answer="json.loads(text)", begin=get, sent="'[]'")
    assert kind_of("/project/scoring/score.py", begun) == "entry-script"
    whole = "def init():\n    pass\n\n\n" + arguments
    assert kind_of("/project/scoring/score.py", whole) == "entry-script"


OWN_FORMAT = (
    "name: blue\ncompute_type: aci\nresources:\n  cpu: 1\n  memory_in_gb: 2\ninference:\n  script: score.py\n"
    "  folder: src\nenable_app_insights: true\n"
)


def test_a_format_of_its_own_is_no_deployment_configuration() -> None:
    assert kind_of("/project/deployment_config.yml", OWN_FORMAT) is None
    assert kind_of(
        "/project/deployment_config.yml",
        OWN_FORMAT.replace("compute_type", "computeType"),
    )
    assert kind_of(
        "/project/deployment_config.yml",
        "compute_type: aci\nauth_enabled: true\nname: blue\n",
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("grid @ git+https://example.org/grid.git; python_version >= '3.9'", False),
        ("grid@ git+https://example.org/grid.git;python_version>='3.9'", False),
        ("grid @ https://example.org/grid;", False),
        ("grid @ git+https://example.org/grid.git; python_version >= ", True),
        ("grid >= 1 2; python_version >= '3.9'", True),
    ],
)
def test_conditions_right_behind_an_address(line: str, told: bool) -> None:
    found = check(f"numpy\n{line}\n", Facts(path="/project/requirements.txt"))
    assert ("SD408" in {f.code for f in found}) is told


def test_names_of_the_version_of_the_sdk_that_a_project_pins() -> None:
    script = (
        "from azureml.core import Workspace\nfrom azureml.core.model import Model\n\n"
        "ws = Workspace.from_config()\nprofile = Model.profile(ws, 'p', [], None, '')\n"
        "profile.wait_for_profiling(True)\n"
    )

    def severity(**lists: str) -> str:
        files = {f"/project/{path.replace('__', '/')}.txt": text for path, text in lists.items()}
        found = project_codes("ci/steps/profile.py", {"/project/ci/steps/profile.py": script, **files})
        return dict(found)["SD804"]

    assert (
        severity()
        == severity(requirements="azureml-core\n")
        == severity(requirements="azureml-core==1.57\n")
        == "error"
    )
    assert severity(ci__steps__requirements="azureml-sdk==1.0.69\n") == "information"
    assert severity(ci__requirements="pandas\nazureml-sdk[automl] ~= 1.2.0\n") == "information"
    assert severity(setup="") == "error"
    assert severity(ci__requirements="azureml-core==1.50\n", requirements="azureml-core==1.0\n") == "error"


def test_the_path_of_a_project_of_a_workspace() -> None:
    scope = "/subscriptions/{}/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w{}"
    guid = "00000000-1111-2222-3333-444444444444"
    for tail, told in (("", False), ("/projects/p", False)):
        text = '{"Id": "p", "Scope": "' + scope.format(guid, tail) + '"}'
        found = check(text, Facts(path="/project/.azureml/config.json"))
        assert ("SD459" in {f.code for f in found}) is told


def test_an_environment_of_training_beside_that_of_the_service() -> None:
    train = "name: train\ndependencies:\n  - python=3.9\n  - pip:\n      - azureml-core\n"
    files = {"/project/score.py": SCORED, "/project/train_env.yml": train}
    infer = {"/project/infer_env.yml": "dependencies:\n  - pip:\n    - azureml-defaults\n"}
    named = {"/project/inferenceconfig.json": '{"entryScript": "score.py", "condaFile": "train_env.yml"}'}
    assert ("SD406", "warning") in project_codes("train_env.yml", files)
    assert ("SD406", "warning") not in project_codes("train_env.yml", {**files, **infer})
    assert ("SD406", "warning") in project_codes("train_env.yml", {**files, **infer, **named})


def test_the_file_of_a_workspace_is_downloaded_by_each_person() -> None:
    script = "from azureml.core import Workspace\n\nws = Workspace.from_config('config.json')\n"
    files = {"/project/src/connect.py": script}
    assert project_codes("src/connect.py", files) == {("SD824", "information")}
    near = {**files, "/project/src/conf.json": "{}"}
    assert project_codes("src/connect.py", near) == {("SD824", "warning")}


def test_names_of_the_version_of_the_sdk_that_a_package_needs() -> None:
    script = "from azureml.core.compute.batchai import BatchAiCompute\n\nBatchAiCompute\n"
    files = {
        "/lib/kit/widgets/run.py": script,
        "/lib/kit-0.1.dist-info/METADATA": "Requires-Dist: azureml-core (==0.1.74.*)\n",
    }
    facts = Facts(
        path="/lib/kit/widgets/run.py",
        listing=lambda folder: ["kit", "kit-0.1.dist-info"] if folder == "/lib" else [],
        read=files.get,
    )
    assert {(f.code, f.severity) for f in check(script, facts)} == {("SD803", "information")}
    assert {(f.code, f.severity) for f in check(script, Facts(path=facts.path))} == {("SD803", "error")}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"threshold": 0.8}', None),
        ("{}", "inference-config"),
        ('{"entry', "inference-config"),
        ('{"entryScri": "score.py"}', "inference-config"),
        ('{"entry_skript": "score.py"}', "inference-config"),
    ],
)
def test_an_inference_configuration_with_one_key(text: str, kind: str | None) -> None:
    assert kind_of("/project/inference_config.json", text) == kind


def test_numbers_among_the_variables_of_conda() -> None:
    text = "name: e\ndependencies:\n  - python=3.11\nvariables:\n  LIMIT: {}\n"
    for value, told in (
        ("0", False),
        ("1.5", False),
        ("high", False),
        ("true", True),
        ("[1]", True),
    ):
        found = check(text.format(value), Facts(path="/project/environment.yml"))
        assert ("SD405" in {f.code for f in found}) is told


def environment_findings(head: str, body: str, **environment: Any) -> set[tuple[str, str]]:
    facts = Facts(
        path="/project/score.py",
        environment=EnvironmentFacts(path="/project/conda.yml", **environment),
    )
    return {(f.code, f.severity) for f in check(SERVED.format(head=head, body=body), facts)}


def test_a_name_that_the_numpy_for_an_old_python_has() -> None:
    use = "return np.array([1]).astype(np.float).tolist()"
    told = {
        python: "SD156"
        in {
            code for code, _ in environment_findings("import numpy as np\n", use, python=python, packages={"numpy": ""})
        }
        for python in ("3.6", "3.7", "3.8", "3.11", None)
    }
    assert told == {"3.6": False, "3.7": False, "3.8": True, "3.11": True, None: True}


@pytest.mark.parametrize(
    ("packages", "told"),
    [
        ({"scikit-learn": ""}, True),
        ({"scikit-learn": "", "azureml-train-automl": "==1.0.57"}, False),
        ({"scikit-learn": "", "azureml-train-automl-runtime": "==1.38.1"}, False),
        ({"scikit-learn": "", "azureml-train-automl-runtime": "==1.60.0"}, True),
        ({"scikit-learn": "", "azureml-train-automl-runtime": ""}, True),
        *(({"scikit-learn": f"=={old}"}, False) for old in ("0.18.1", "0.22.2", "0.22.2.post1")),
    ],
)
def test_packages_that_want_an_old_scikit_learn(packages: Mapping[str, str], told: bool) -> None:
    found = environment_findings(
        "from sklearn.externals import joblib\n",
        "return joblib.load('m')",
        packages=packages,
    )
    assert ("SD126" in {code for code, _ in found}) is told


def test_the_sdk_in_the_environment_of_a_service() -> None:
    head, use = (
        "from azureml.core.workspace import Workspace\n",
        "return str(Workspace)",
    )
    assert ("SD152", "information") not in environment_findings(head, use, packages={"numpy": ""})
    for package in ("azureml-core", "azureml-train-automl"):
        assert ("SD152", "information") in environment_findings(head, use, packages={package: "==1.0.57"})


def test_an_environment_beside_a_deployment_of_v2_with_another() -> None:
    conda = "name: old\ndependencies:\n  - python=3.10\n  - pip:\n      - mlflow\n"
    deployment = (
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: blue\n"
        "endpoint_name: e\ncode_configuration:\n  code: .\n  scoring_script: score.py\nenvironment: {}\n"
    )
    files = {"/project/score.py": SCORED, "/project/conda.yml": conda}
    assert ("SD406", "warning") in project_codes("conda.yml", files)
    for environment, told in (
        ("azureml:base:1", False),
        ("{image: a/b, conda_file: conda.yml}", True),
    ):
        more = {**files, "/project/deployment.yml": deployment.format(environment)}
        assert (("SD406", "warning") in project_codes("conda.yml", more)) is told


OTHER_PROGRAMS = {
    "animate_decay.py": (
        "import numpy as np\nimport matplotlib.pyplot as plt\nimport matplotlib.animation as animation\n\n\n"
        "def init():\n    line.set_data([], [])\n    return (line,)\n\n\n"
        "def run(data):\n    line.set_data(*data)\n    return (line,)\n\n\n"
        "line, = plt.plot([], [])\nanimation.FuncAnimation(plt.figure(), run, range(9), init_func=init)\n"
    ),
    "score.py": (
        "import pygame\n\n\ndef init():\n    pygame.init()\n\n\ndef run(screen):\n    while True:\n"
        "        pygame.display.flip()\n"
    ),
    "scoring.py": (
        "points = 0\n\n\nclass Board:\n    def show(self):\n        print(points)\n\n\n"
        "def init():\n    global points\n    points = 0\n"
    ),
    "drawn.py": (
        "import random\nfrom multiprocessing import Pool\n\n\ndef init():\n    random.seed()\n\n\n"
        "def run(model):\n    return model.step()\n\n\nif __name__ == '__main__':\n"
        "    print(Pool(4, initializer=init).map(run, range(9)))\n"
    ),
    "agent/disk.py": "\ndef init():\n    return {'name': 'a'}\n\n\ndef run(agent, *others):\n    agent.send({1: 2})\n",
    "commands/ping.py": "\ndef init():\n    pass\n\n\nasync def run(message):\n    await message.send('pong')\n",
    "serve/app.py": (
        "import joblib\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\ndef init():\n"
        "    global model\n    model = joblib.load('m')\n\n\n@app.route('/score')\ndef run():\n"
        "    return model.predict(request.get_json())\n"
    ),
    "serve/score.py": (
        "import joblib\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\ndef init():\n    global model\n"
        "    model = joblib.load('m')\n\n\n@app.post('/score')\ndef score():\n    return model.predict([[1]])\n"
    ),
    "model/load.py": (
        "from keras.models import load_model\n\n\ndef init():\n    net = load_model('net.h5')\n    return net\n"
    ),
    "src/runner.py": (
        "import joblib\n\n\ndef run(df):\n    model = joblib.load('m')\n    df['p'] = model.predict(df)\n"
        "    return df\n"
    ),
    "bleu/score.py": (
        "import argparse\nimport pickle\nimport json\n\n\ndef run(args):\n"
        "    rows = pickle.load(open(args.rows, 'rb'))\n"
        "    print([json.loads(row) for row in rows])\n\n\ndef main():\n"
        "    run(argparse.ArgumentParser().parse_args())\n\n\n"
        "if __name__ == '__main__':\n    main()\n"
    ),
    "jobs/score.py": (
        "# Databricks notebook source\nimport mlflow\n\n# COMMAND ----------\n\n"
        "name = dbutils.widgets.get('model')\n\n\n"
        "def run(table):\n    display(spark.table(table))\n\n\nrun('features')\n"
    ),
    "rank/scorer.py": (
        "import pickle\n\n\nclass Scorer:\n    def __init__(self, path):\n"
        "        self.model = pickle.load(open(path, 'rb'))\n\n"
        "    def run(self, rows):\n        return self.model.predict(rows)\n\n\n"
        "def init(path='m.pkl'):\n    return Scorer(path)\n"
    ),
}


@pytest.mark.parametrize("path", OTHER_PROGRAMS)
def test_other_programs_with_functions_of_these_names(path: str) -> None:
    assert kind_of(f"/project/{path}", OTHER_PROGRAMS[path]) is None
    used = OTHER_PROGRAMS[path] + "\n\nPLACE = os.getenv('AZUREML_MODEL_DIR')\n"
    if "\ndef init():" in used and "def run(" in used:
        assert kind_of(f"/project/{path}", used) == "entry-script", "it says whose it is"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "environment.yaml",
            "name: app\nenvironment:\n  sdk: '>=2'\ndependencies:\n  a: ^1\ndev_dependencies:\n  b: any\n",
        ),
        (
            "environment.devenv.yml",
            "name: a\nincludes:\n  - {{ root }}/b.yml\ndependencies:\n  - numpy\n",
        ),
        (
            "dependencies.yaml",
            "files:\n  all: {}\nchannels:\n  - a\ndependencies:\n  build:\n    common: []\n",
        ),
        (
            "requirements.yaml",
            "dependencies:\n  - name: a\n    version: 1.x\n  - python\n",
        ),
        ("env.yml", "dependencies:\n  - role: common\n"),
        ("api-env.yml", "asyncapi: 2.0.0\nchannels:\n  user/signedup: {}\n"),
        (
            "anaconda-project.yml",
            "packages:\n- python=3.7\nchannels:\n- defaults\ndependencies:\n",
        ),
    ],
)
def test_dependencies_of_other_programs(name: str, text: str) -> None:
    assert kind_of(f"/project/{name}", text) is None


def test_an_environment_that_a_template_makes() -> None:
    text = "name: a\ndependencies:\n  - python={{ version }}\n{% if gpu %}\n  - cudatoolkit\n{% endif %}\n"
    assert check(text, Facts(path="/project/environment.yml")) == []
    assert check(text.replace("{%", "").replace("{{", ""), Facts(path="/project/environment.yml"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dataflow.json", '{"name": "flow", "computeType": "General", "coreCount": 8}'),
        (
            "pipeline.json",
            '{"properties": {"compute": {"coreCount": 8, "computeType": "General"}}}',
        ),
        (
            "template.json",
            '{"$schema": "x/deploymentTemplate.json", "parameters": {"a": {}}, "computeType": "AKS"}',
        ),
        ("cluster.yml", "computeType: serverless\njobName: a\n"),
        ("job.yml", "tasks:\n  - name: a\n    computeType: aci\n"),
        (
            "deploy_config.yaml",
            "cpu: 4\nmemory: 16Gi\ngpu: true\nautoscale: {min: 1, max: 4}\n",
        ),
        (
            "deploy_config.json",
            '{"authEnabled": true, "port": "80a", "url": "x", "branch": "main"}',
        ),
        ("deployment_config.yml", "computeType: standard_ds2\nnodes: 3\n"),
        (
            "inference_config.yml",
            "name: detr\ndescription: x\nversion: 1.0\nruntime: tensorrt\n",
        ),
        ("inference_config.yaml", "environment: prod\nruntime: onnx\n"),
        ("inference_config.yaml", "base_image: a\nmodel_dir: /m\ncuda_version: 11.8\n"),
        (
            "inference_config.yml",
            "entry_script: score.py\nconda_file: env.yml\nsource_directory: src\n",
        ),
        ("app.json", '{"entryScript": "dist/index.js"}'),
        (
            "my_config.json",
            '{"azure": {"subscription_id": "a", "workspace_name": "b"}, "model": 3}',
        ),
        (
            "dev-config.json",
            '{"workspace_name": "b", "subscription_id": "", "location": "westus"}',
        ),
        (
            "all-config.json",
            '[{"subscription_id": "a", "resource_group": "c", "workspace_name": "b"}]',
        ),
        (
            "sagemaker.yml",
            "name: a\nendpoint_name: my_ep\ninstance_type: ml.m5.xlarge\ninstance_count: 2\n",
        ),
        (
            "serving.yml",
            "endpoint_name: a\nname: b\nmodel: {name: c}\nworkload_size: Small\n",
        ),
        ("vertex.yaml", "endpoint_name: a\nmodel: x\nmachine_type: n1\ncompute: gpu\n"),
    ],
)
def test_configurations_of_other_programs(name: str, text: str) -> None:
    assert kind_of(f"/project/{name}", text) is None


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("deploy.json", '{"computeType": "aci"}', "deployment-config"),
        (
            "deploy.json",
            '{"computeType": "acii", "containerResourceRequirements": {"cpu": 1}}',
            "deployment-config",
        ),
        ("deploymentconfig.json", '{"computeType": "gpu"}', "deployment-config"),
        (
            "inferenceconfig.yml",
            "entryScript: score.py\nconda_file: a.yml\n",
            "inference-config",
        ),
        ("any.json", '{"entryScript": "score.py"}', "inference-config"),
        (
            "inferenceconfig.json",
            '{"runtime": "python", "description": "a"}',
            "inference-config",
        ),
        (
            "blue.yml",
            "name: blue\nendpoint_name: a\ninstance_type: Standard_DS3_v2\nreplicas: 1\n",
            "online-deployment",
        ),
    ],
)
def test_configurations_with_a_mistake_are_ours(name: str, text: str, kind: str) -> None:
    assert kind_of(f"/project/{name}", text) == kind


def test_lists_of_packages_that_are_not_for_pip() -> None:
    def severities(text: str) -> list[str]:
        return [f.severity for f in check(text, Facts(path="/project/requirements.txt")) if f.code == "SD408"]

    export = "# $ conda create --name <env> --file <this file>\n# platform: linux-64\nnumpy=1.18.1=py37h4f9e942_0\n"
    assert severities(export) == []
    assert severities("@EXPLICIT\nhttps://repo.example/numpy-1.tar.bz2\n") == []
    assert severities("Requirements of the homework\n1. It reads a file.\n2. It prints it.\n") == ["information"]
    assert severities("numpy\nThe rest is optional\npandas\n") == ["error"]
    assert severities("numpy=1.18.1\npandas=1.0\nscipy=1.4\n") == ["error"] * 3
    assert severities("pip install numpy\npip install pandas\n") == ["error"] * 2


def test_the_library_for_azure_ml_studio_is_not_the_sdk() -> None:
    for line in (
        "from azureml import Workspace",
        "from azureml import services, Workspace",
    ):
        assert kind_of("/project/client.py", f"{line}\nprint 'x'\n") is None
    for line in (
        "from azureml.core import Workspace",
        "import azureml.core",
        "from azureml import core",
    ):
        assert kind_of("/project/client.py", f"{line}\n") == "sdk-script"


def notebook_codes(metadata: Mapping[str, Any], *cells: str) -> set[str]:
    data = {
        "cells": [{"cell_type": "code", "metadata": {}, "source": cell, "outputs": []} for cell in cells],
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    return {f.code for f in check(json.dumps(data), Facts(path="/project/book.ipynb"))}


def test_notebooks_of_another_language() -> None:
    python = {"kernelspec": {"name": "python3", "language": "python"}}
    older = {"kernelspec": {"name": "python2", "language": "python"}}
    assert notebook_codes(python, "print 'azureml'") == {"SD801"}
    assert notebook_codes(older, "print 'azureml'") == set()
    assert (
        notebook_codes(
            {**python, "language_info": {"name": "python", "version": "2.7.11"}},
            "print 'azureml'",
        )
        == set()
    )
    assert notebook_codes({}, 'val x = "azureml"') == set()
    assert notebook_codes({}, "from azureml.core import Worksapce") == {"SD803"}


def test_what_took_the_place_of_a_name_of_the_previews_is_offered() -> None:
    text = "from azureml.core.compute import BatchAiCompute\n\nBatchAiCompute.provisioning_configuration('a')\n"
    (told,) = (f.message for f in check(text, Facts(path="/project/cluster.py")) if f.code == "SD803")
    assert told == "“azureml.core.compute” has no “BatchAiCompute”; did you mean “AmlCompute”?"
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:a azureml\nsize 3\n"
    assert check(pointer, Facts(path="/project/book.ipynb")) == []


def test_a_script_that_several_cells_write() -> None:
    python = {"kernelspec": {"name": "python3", "language": "python"}}
    first = "%%writefile score.py\nimport json\n\n\ndef init():\n    {}\n"
    second = "%%writefile -a score.py\n\n\ndef run(data):\n    return json.loads(data)\n"
    assert notebook_codes(python, "import azureml.core", first.format("pass"), second) == set()
    assert notebook_codes(python, "import azureml.core", first.format("pass")) == {"SD104"}
    assert notebook_codes(python, "import azureml.core", first.format("print(nothing)"), second) == {"SD110"}
    rewritten = first.format("pass").replace("init", "initialise")
    assert "SD104" in notebook_codes(python, "import azureml.core", first.format("pass"), rewritten)


def test_named_tuples_of_the_library_take_their_fields() -> None:
    head = "import json\nfrom urllib.parse import SplitResult\nfrom statistics import LinearRegression\n"
    body = "    return SplitResult('http', 'a', '/', '', '').geturl() + str(LinearRegression(1.0, 2.0).slope)\n"
    assert codes_of(head, body.strip()) == set()


def test_modules_of_python_2_below_an_if() -> None:
    head = (
        "import json\nimport sys\n\nif sys.version_info[0] < 3:\n    from itertools import izip_longest\n"
        "    kind = buffer\nelif hasattr(sys, 'pypy_translation_info'):\n    print(sys.pypy_version_info)\n"
    )
    assert codes_of(head) == set()
    assert "SD190" in codes_of("import json\nfrom itertools import izip_longest\n")


def test_names_that_a_script_gives_to_a_module() -> None:
    head = "import builtins\nimport json\nimport os\n\nbuiltins.shown = print\nos.limit = 3\n"
    assert codes_of(head, "shown(os.limit)") == set()
    assert codes_of(head, "shown(os.limits)") == {"SD190"}
    assert codes_of(head, "showed(os.limit)") == {"SD110"}


def test_functions_of_modules_with_the_names_of_methods() -> None:
    head = "import json\n\nimport flatbuffers\n"
    assert codes_of(head, "print(len(flatbuffers.encode), flatbuffers.encode.Get(1))") == set()
    assert codes_of(head, "print(len(data.strip))") == {"SD193"}
    assert codes_of("import json\nimport re\n", "print(re.compile('a').scanner('b'))") == set()


def test_a_module_of_python_2_behind_a_name_of_it() -> None:
    head = "import json\n\ntry:\n    kinds = (int, long)\n    import cStringIO\nexcept NameError:\n    kinds = (int,)\n"
    assert codes_of(head) == set()


@pytest.mark.parametrize(
    ("listed", "asked", "told"),
    [
        ("simpletransformers", "torch", set()),
        ("pycaret", "sklearn", set()),
        ("vllm", "transformers", set()),
        ("fairlearn", "numpy", set()),
        ("fairlearn", "tensorflow", {("SD150", "warning")}),
        ("pandas", "torch", {("SD150", "error")}),
    ],
)
def test_packages_that_others_bring(listed: str, asked: str, told: set[tuple[str, str]]) -> None:
    packages = {"azureml-defaults": "", listed: ""}
    use = f"return len(dir({asked}))"
    assert environment_findings(f"import json\nimport {asked}\n", use, packages=packages, complete=True) == told


def test_a_schema_that_the_first_service_made() -> None:
    head = "import json\n\nimport joblib\n\nmodel = joblib.load('m')\n"
    made = (
        "\n\ndef main():\n    from azureml.api.realtime.services import generate_schema\n\n    generate_schema(run)\n"
    )
    text = SERVED.format(head=head, body="model.predict(data)")
    assert "SD186" in {f.code for f in check(text, Facts(path="/project/score.py"))}
    assert "SD186" not in {f.code for f in check(text + made, Facts(path="/project/score.py"))}


def test_a_file_that_a_notebook_above_writes() -> None:
    script = (
        "import json\n\n\ndef init():\n    global tags\n    with open('./inference/tags.json') as stream:\n"
        "        tags = json.load(stream)\n\n\ndef run(data):\n    return tags\n"
    )

    def codes(notebook: str) -> set[tuple[str, str]]:
        files = {
            "/project/inference/score.py": script,
            "/project/deploy.ipynb": notebook,
            "/project/train.py": "print('inference')\n",
        }
        return project_codes("inference/score.py", files)

    assert ("SD517", "warning") in codes('{"source": ["print(1)"]}')
    assert codes("{\"source\": [\"open(os.path.join(folder, 'tags.json'), 'w')\"]}") == set()


@pytest.mark.parametrize(
    ("pin", "told"),
    [
        ("scikit-learn==0.22.1", False),
        ("scikit-learn=0.20", False),
        ("scikit-learn", True),
    ],
)
def test_an_environment_above_the_script_that_pins_an_old_scikit_learn(pin: str, told: bool) -> None:
    head = "from sklearn.externals import joblib\n\n\n"
    script = f"{head}def init():\n    joblib.load('m')\n\n\ndef run(data):\n    return data\n"
    files = {
        "/project/inference/score.py": script,
        "/project/conda.yml": f"dependencies:\n  - {pin}\n",
    }
    assert ("SD126" in {code for code, _ in project_codes("inference/score.py", files)}) is told


def test_a_notebook_that_teaches_something_else_may_be_unfinished() -> None:
    python = {"kernelspec": {"name": "python3", "language": "python"}}
    unfinished = "# press shift-tab behind the bracket\nint("
    assert notebook_codes(python, "%%writefile notes.txt\nsome text", unfinished) == set()
    assert notebook_codes(
        python,
        "%%writefile score.py\nimport json",
        "from azureml.core import Run",
        unfinished,
    )


def test_files_of_the_editor_are_no_configurations() -> None:
    """Tasks and debug configurations of ours name an entry script."""
    task = '{"version": "2.0.0", "tasks": [{"type": "scoredock", "task": "deploy", "entryScript": "score.py"}]}'
    for name in ("tasks.json", "launch.json", "settings.json"):
        assert kind_of(f"/project/.vscode/{name}", task) is None
    assert kind_of("/project/inferenceconfig.json", '{"entryScript": "score.py"}') == "inference-config"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        (
            "test_score.py",
            "import pytest\nfrom src.score import explain  # no AZUREML_MODEL_DIR\n",
            None,
        ),
        (
            "test_scoring.py",
            "import scoring\n\n\ndef test_it():\n    os.environ['AZUREML_MODEL_DIR'] = 'm'\n",
            None,
        ),
        (
            "test_batch_score.py",
            "import unittest\n\n\ndef init():\n    pass\n\n\ndef run(mini_batch):\n    pass\n",
            None,
        ),
        (
            "test_score.py",
            "import pytest\nfrom azureml.core import Workspace\n",
            "sdk-script",
        ),
        (
            "try_score.py",
            "import score\n\nos.environ['AZUREML_MODEL_DIR'] = 'm'\nscore.init()\nscore.run('')\n",
            None,
        ),
        ("my_score.py", "path = os.environ['AZUREML_MODEL_DIR']\n", "entry-script"),
        (
            "my_score.py",
            "def intit():\n    os.environ['AZUREML_MODEL_DIR']\n",
            "entry-script",
        ),
        (
            "test_score.py",
            "def init():\n    os.environ['AZUREML_MODEL_DIR']\n",
            "entry-script",
        ),
    ],
)
def test_tests_of_a_script_and_programs_that_try_it(name: str, text: str, kind: str | None) -> None:
    assert kind_of(f"/project/tests/{name}", text) == kind


@pytest.mark.parametrize(
    ("mark", "names", "is_told"),
    [
        ("# Databricks notebook source\n", "display(spark.table('a'))", False),
        ("# ------- COMMAND\n", "dbutils.fs.ls(sc.name)", False),
        ("# MAGIC %md text\n", "displayHTML(sqlContext)", False),
        ("", "dbutils.fs.mount(source='a')\ndisplay(ws)", False),
        ("", "mssparkutils.fs.ls(spark.conf)", False),
        ("# Databricks notebook source\n", "display(framed)", True),
        ("", "display(ws)", True),
        ("# a COMMAND of mine\n", "spark.read", True),
    ],
)
def test_scripts_that_run_on_a_cluster_of_spark(mark: str, names: str, is_told: bool) -> None:
    text = f"{mark}from azureml.core import Workspace\n\nws = Workspace.from_config()\n{names}\n"
    found = {f.code for f in check(text, Facts(path="/project/deploy.py"))}
    assert ("SD802" in found) is is_told


@pytest.mark.parametrize(
    ("other", "is_told"),
    [
        ("MarkupSafe @ file:///tmp/markupsafe/work", False),
        ('markupsafe<2.1; python_version < "3.8"', False),
        ("MarkupSafe==2.0.1", False),
        ("MarkupSafe==2.1.5", True),
        ("numpy==1.26", True),
    ],
)
def test_an_old_release_beside_one_of_an_address(other: str, is_told: bool) -> None:
    found = check(f"Jinja2==2.11.2\n{other}\n", Facts(path="/project/requirements.txt"))
    assert ("SD462" in {f.code for f in found}) is is_told


@pytest.mark.parametrize(
    ("line", "severities"),
    [
        ("torch==2.2.2 --index-url https://a.example/whl/cpu", ["warning"]),
        ("torch --pre", ["warning"]),
        ("torch==2.2.2 -f https://a.example", ["warning"]),
        ("--index-url https://a.example/whl/cpu", []),
        ("torch==2.2.2 --no-deps", ["error"]),
        ("torch==2.2.2 --index https://a.example", ["error"]),
        ("torch=2.2.2 --pre", ["error"]),
    ],
)
def test_options_after_a_requirement(line: str, severities: list[str]) -> None:
    conda = f"name: a\ndependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n  - {line}\n"
    for path, text in (
        ("requirements.txt", f"numpy\npandas\n{line}\n"),
        ("conda.yml", conda),
    ):
        found = check(text, Facts(path=f"/project/{path}"))
        assert [f.severity for f in found if f.code == "SD408"] == severities
    lines = parse_requirements(f"{line}\n", Facts(path="/project/requirements.txt"))[0]
    assert lines == (("torch==2.2.2",) if severities == ["warning"] and "2.2.2" in line else lines)


@pytest.mark.parametrize(
    ("version", "sections", "is_told"),
    [
        ('"40"', '"spark": {}, "databricks": {},', False),
        ("null", '"spark": {}, "databricks": {},', True),
        ('"Autosave_2021"', '"spark": {}, "databricks": {},', True),
        ('"40"', "", True),
    ],
)
def test_the_definition_of_an_environment_of_azure(version: str, sections: str, is_told: bool) -> None:
    text = (
        f'{{"name": "AzureML-Scikit-learn-0.20.3", "version": {version}, {sections}'
        '"docker": {"baseImage": "a"}, "python": {"condaDependenciesFile": null}}'
    )
    found = check(text, Facts(path="/project/azureml_environment.json"))
    assert ("SD413" in {f.code for f in found}) is is_told


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("aml_config/config.json", '{"datastore_name": "a", "model_path": "b"}', None),
        ("aml_config/config.json", '{"workspace": "a"}', "workspace-config"),
        ("aml_config/config.json", '{"subscriptionId": "a"}', "workspace-config"),
        ("aml_config/config.json", "{}", "workspace-config"),
        (".azureml/config.json", '{"datastore_name": "a"}', "workspace-config"),
    ],
)
def test_settings_of_a_project_beside_those_of_the_workspace(path: str, text: str, kind: str | None) -> None:
    assert kind_of(f"/project/{path}", text) == kind


@pytest.mark.parametrize(
    ("listed", "asked", "told"),
    [
        ("ktrain", "transformers", set()),
        ("ktrain", "lightgbm", {("SD150", "warning")}),
        ("numpy", "transformers", {("SD150", "error")}),
    ],
)
def test_a_package_that_brings_transformers(listed: str, asked: str, told: set[tuple[str, str]]) -> None:
    packages = {"azureml-defaults": "", listed: ""}
    use = f"return len(dir({asked}))"
    assert environment_findings(f"import json\nimport {asked}\n", use, packages=packages, complete=True) == told


@pytest.mark.parametrize(
    ("name", "more", "kind"),
    [
        (
            "1_notes.py",
            "config = InferenceConfig(entry_script='score.py')\n",
            "sdk-script",
        ),
        ("notes.py", "AciWebservice.deploy_configuration(cpu_cores=1)\n", "sdk-script"),
        ("notes.py", "    Model.deploy(ws, 'a')\n", "entry-script"),
        ("notes.py", "", "entry-script"),
        ("score.py", "Model.register(ws, 'a')\n", "entry-script"),
    ],
)
def test_notes_that_hold_a_script_and_what_deploys_it(name: str, more: str, kind: str) -> None:
    text = (
        "import json\n\nfrom azureml.core.model import Model\n\n\ndef init():\n    Model.get_model_path('a')\n\n\n"
        f"def run(raw_data):\n    return json.loads(raw_data)\n{more}"
    )
    assert kind_of(f"/project/{name}", text) == kind


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("score - Copy.py", "information"),
        ("score-Copy1.py", "information"),
        ("score (1).py", "information"),
        ("my-score.py", "error"),
        ("score copy.py", "error"),
    ],
)
def test_copies_of_a_script(name: str, severity: str) -> None:
    found = check(SCORED, Facts(path=f"/project/{name}"))
    assert [f.severity for f in found if f.code == "SD114"] == [severity]


NESTED = '{"train": {"login": {"subscription_id": "a"}, "aml": {"resource_group": "b", "workspace_name": "c"}}}'


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("training_config.json", NESTED, None),
        ("config.json", NESTED, "workspace-config"),
        ("config.json", NESTED.replace('{"train"', '{"storage": {"account": "d"}, "train"'), None),
        (
            "my_config.json",
            '{"subscription_id": "a", "resource_group": "b", "workspace_name": "c"}',
            "workspace-config",
        ),
        (
            "my_config.json",
            '{"subscription_id": "a", "resource_group": "b", "workspace_name": "c",}',
            "workspace-config",
        ),
    ],
)
def test_keys_of_a_workspace_inside_other_settings(name: str, text: str, kind: str | None) -> None:
    assert kind_of(f"/project/{name}", text) == kind


@pytest.mark.parametrize(
    ("python", "listed", "is_told"),
    [
        ("3.6", "tensorflow-gpu", True),
        ("3.6", "tensorflow-gpu==2.6.2", False),
        ("3.6", "tensorflow-gpu==2.12", True),
        ("3.11", "tensorflow-gpu", True),
    ],
)
def test_a_name_whose_newest_release_no_python_installs(python: str, listed: str, is_told: bool) -> None:
    text = f"name: a\ndependencies:\n- python={python}\n- pip:\n  - azureml-defaults\n  - {listed}\n"
    assert ("SD418" in {f.code for f in check(text, Facts(path="/project/conda.yml"))}) is is_told


@pytest.mark.parametrize(
    ("before", "is_told"),
    [
        ("urllib.request.urlretrieve(data, filename='tmp.jpg')", False),
        ("open('tmp.jpg', 'wb').write(data)", False),
        ("shutil.copy(data, 'tmp.jpg')", False),
        ("print('tmp.jpg')", True),
        ("open('tmp.jpg', 'rb').read()", True),
        ("shutil.copy(data, 'tmp.png')", True),
    ],
)
def test_a_file_of_the_working_directory_that_the_script_makes(before: str, is_told: bool) -> None:
    script = (
        "import shutil\nimport urllib.request\n\nfrom PIL import Image\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
        f"    {before}\n    return Image.open('tmp.jpg').size\n"
    )
    files = {"/project/score.py": script, "/project/tmp.jpg": ""}
    assert ("SD508" in {code for code, _ in project_codes("score.py", files)}) is is_told


@pytest.mark.parametrize("name", ["AZUREML_ENTRY_SCRIPT", "AZUREML_SOURCE_DIRECTORY"])
def test_a_variable_that_a_deployment_overwrites(name: str) -> None:
    found = check(
        f'{{"name": "a", "environmentVariables": {{"{name}": "other"}}, "docker": {{"baseImage": "a"}}}}',
        Facts(path="/project/azureml_environment.json"),
    )
    (remark,) = (each for each in found if each.code == "SD444")
    assert remark.severity == "information"
    assert remark.message.endswith("a value here changes nothing.")


@pytest.mark.parametrize(
    ("imported", "is_told"), [("azureml.automl.core", False), ("azureml.train.automl", True), ("azureml.core", True)]
)
def test_an_old_import_that_automated_ml_wrote(imported: str, is_told: bool) -> None:
    text = f"import {imported}\nfrom sklearn.externals import joblib\n\n\n" + SCORED
    assert ("SD126" in {f.code for f in check(text, Facts(path="/project/scoring_file.py"))}) is is_told


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("version = ! conda -V", False),
        ("lines = ! pip list | grep -ie '^numpy '", False),
        ("lines = !ls", False),
        ("lines = ! = 3", True),
        ("lines = 3 ! ls", True),
    ],
)
def test_lines_of_a_shell_behind_a_blank(line: str, is_told: bool) -> None:
    python = {"kernelspec": {"name": "python3", "language": "python"}}
    assert ("SD801" in notebook_codes(python, "import azureml.core", line)) is is_told


@pytest.mark.parametrize(
    ("value", "is_told"),
    [
        ("pk.eyJ1IjoiYW5uYSIsImEiOiJjanVzYnMyaXQxenFyNGRtdW1wdWFuem8ifQ.Y5l7KpKcJiKlf6fGiisbIg", False),
        ("sk.eyJ1IjoiYW5uYSIsImEiOiJjanVzYnMyaXQxenFyNGRtdW1wdWFuem8ifQ.Y5l7KpKcJiKlf6fGiisbIg", True),
    ],
)
def test_a_token_that_web_pages_show(value: str, is_told: bool) -> None:
    text = f"from azureml.core import Workspace\n\nmap_access_token = '{value}'\nWorkspace.from_config()\n"
    assert ("SD838" in {f.code for f in check(text, Facts(path="/project/deploy.py"))}) is is_told
