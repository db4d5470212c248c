"""Proposals at a place marked with | in configurations and scripts, half typed ones above all."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.read import parse
from scoredock.analysis.rule import World
from scoredock.analysis.tree import Lines, Mapping
from scoredock.checks.check import check
from scoredock.formats.document_kind import kind_of
from scoredock.language import json_context, yaml_context
from scoredock.language.completions import MOST, Completion, completions
from scoredock.text import TextEdit

from language.marked import applied, split

MODELS = (
    ModelFacts("price", 1, ("model.pkl",)),
    ModelFacts("price", 2, ("model.pkl", "net/words.txt", "net/deep/weights.bin")),
    ModelFacts("mood", 7, ("mood.onnx",)),
)
FILES = (
    "score.py",
    "conda.yml",
    "key.pem",
    "notes.txt",
    "src/",
    "src/score.py",
    "src/main.py",
    "model/",
    "model/m.pkl",
)
ENVIRONMENTS = (("mine", (1, 2)), ("AzureML-Minimal", ()))


def facts(path: str, deployed: tuple[ModelFacts, ...] | None = None) -> Facts:
    known = World(path, FILES, MODELS, environments=ENVIRONMENTS).facts()
    return Facts(
        path=known.path,
        exists=known.exists,
        is_folder=known.is_folder,
        listing=known.listing,
        models=known.models,
        environments=known.environments,
        deployed_models=deployed,
    )


def proposals(path: str, text: str, deployed: tuple[ModelFacts, ...] | None = None) -> list[Completion]:
    text, place = split(text)
    return completions(text, facts(path, deployed), place)


def labels(path: str, text: str, deployed: tuple[ModelFacts, ...] | None = None) -> list[str]:
    return [p.label for p in proposals(path, text, deployed)]


def accepted(path: str, text: str, label: str, deployed: tuple[ModelFacts, ...] | None = None) -> str:
    """The text after a proposal was taken."""
    marked = text
    text, _ = split(text)
    found = next(p for p in proposals(path, marked, deployed) if p.label == label)
    return applied(text, (TextEdit(found.range, found.new_text), *found.edits))


# ---------------------------------------------------------------------------------------------- JSON

IC, DC = "inferenceconfig.json", "deploymentconfig.json"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("{|}", '{"entryScript": "score.py"}'),
        ("{\n  |\n}", '{\n  "entryScript": "score.py"\n}'),
        ('{"|', '{"entryScript": "score.py"'),
        ('{"|"}', '{"entryScript": "score.py"}'),
        ('{"ent|"}', '{"entryScript": "score.py"}'),
        ('{"ent|": 1}', '{"entryScript": 1}'),
        ("{ent|}", '{"entryScript": "score.py"}'),
        ('{"condaFile": "c.yml", |', '{"condaFile": "c.yml", "entryScript": "score.py"'),
        ('{"condaFile": "c.yml"\n  |\n}', '{"condaFile": "c.yml",\n  "entryScript": "score.py"\n}'),
        ('{|"condaFile": "c.yml"}', '{"entryScript": "score.py","condaFile": "c.yml"}'),
        ('{\n  |\n  "condaFile": "c.yml"\n}', '{\n  "entryScript": "score.py",\n  "condaFile": "c.yml"\n}'),
        ("{'x': 1, |", '{\'x\': 1, "entryScript": "score.py"'),
        ('{"description": "a, \\"b\\": {", |}', '{"description": "a, \\"b\\": {", "entryScript": "score.py"}'),
    ],
)
def test_a_key_fits_in(text: str, after: str) -> None:
    assert accepted(IC, text, "entryScript") == after


@pytest.mark.parametrize(
    "text",
    [
        '{"entryScript": "score.py" |}',
        '{"entryScript" |}',
        "|{}",
        "{}|",
        '{"entryScript": "score.py"|}',
        '{"unknown": {"|"}}',
        '{"description": "|"}',
        "[|]",
    ],
)
def test_nothing_is_proposed_where_nothing_fits(text: str) -> None:
    assert labels(IC, text) == []


def test_keys_before_and_after_the_cursor_are_there_already() -> None:
    found = labels(IC, '{"entryScript": "a.py", "|", "environment": {"name": "x"}, "condaFile": "c"}')
    assert "sourceDirectory" in found
    assert not {"entryScript", "environment", "condaFile"} & set(found)
    assert "name" in labels(IC, '{"name": 1, "environment": {"|"}}')


@pytest.mark.parametrize(
    ("path", "text", "values"),
    [
        (DC, '{"computeType": |}', ['"local"', '"aci"', '"aks"', '"aksendpoint"']),
        (DC, '{"computeType": "a|"}', ['"local"', '"aci"', '"aks"', '"aksendpoint"']),
        (DC, '{"computeType": |\n "port": 1}', ['"local",', '"aci",', '"aks",', '"aksendpoint",']),
        (DC, '{"computeType": "aci", "authEnabled": |}', ["true", "false"]),
        (DC, '{"computeType": "local", "port": |}', ["6789"]),
        (DC, '{"computeType": "aks", "autoScaler": {"maxReplicas": |}}', ["10"]),
        (DC, '{"computeType": "aci", "sslKey": "|"}', ['"key.pem"', '"model"', '"src"']),
        (IC, '{"entryScript": "|"}', ['"score.py"', '"model"', '"src"']),
        (IC, '{"entryScript": "sc|"}', ['"score.py"', '"src"']),
        (IC, '{"sourceDirectory": "src", "entryScript": "|"}', ['"main.py"', '"score.py"']),
        (IC, '{"entryScript": |, "sourceDirectory": "./src"}', ['"main.py"', '"score.py"']),
        (IC, '{"sourceDirectory": "|"}', ['"model"', '"src"']),
        (IC, '{"environment": {"name": "mine", "version": |}}', ["null", '"2"', '"1"']),
        (IC, '{"environment": {"version": |, "name": "mine"}}', ["null", '"2"', '"1"']),
        (IC, '{"environment": {"name": |}}', ['"mine"', '"AzureML-Minimal"']),
    ],
)
def test_values(path: str, text: str, values: list[str]) -> None:
    assert [p.new_text for p in proposals(path, text)] == values


def test_packages_of_an_environment_in_json() -> None:
    text = '{"environment": {"python": {"condaDependencies": {"dependencies": ["python=3.11", {"pip": ["|"]}]}}}}'
    assert {"azureml-defaults", "scikit-learn"} <= set(labels(IC, text))
    text = '{"environment": {"python": {"condaDependencies": {"channels": ["|"]}}}}'
    assert '"conda-forge"' in [p.new_text for p in proposals(IC, text)]


def test_a_snippet_offers_the_choices() -> None:
    found = {p.label: p.snippet for p in proposals(DC, "{|}")}
    assert found["computeType"] == '"computeType": "${1|local,aci,aks,aksendpoint|}"' or (
        found["computeType"] == '"computeType": ${1|"local","aci","aks","aksendpoint"|}'
    )
    assert found["port"] == '"port": ${1:6789}'
    assert {p.label: p.snippet for p in proposals(IC, "{|}")}["entryScript"] == '"entryScript": "$1"'


# ---------------------------------------------------------------------------------------------- YAML


@pytest.mark.parametrize(
    ("path", "text", "label", "after"),
    [
        ("conda.yml", "dependencies:\n  - pip\n|", "channels", "dependencies:\n  - pip\nchannels:\n  - "),
        ("conda.yml", "dependencies:\n  - pip\nch|\n", "channels", "dependencies:\n  - pip\nchannels:\n  - \n"),
        ("conda.yml", "na|: x\ndependencies:\n  - pip\n", "name", "name: x\ndependencies:\n  - pip\n"),
        ("conda.yml", "dependencies:\n- pip\n- |", "numpy", "dependencies:\n- pip\n- numpy"),
        ("conda.yml", "dependencies:\n- py|\n", "python=3.11", "dependencies:\n- python=3.11\n"),
        (
            "conda.yml",
            "dependencies:\n  - python=3.11\n  - |\n",
            "pip:",
            "dependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n",
        ),
        (
            "conda.yml",
            "dependencies:\n  - python=3.11\n  - pip:\n    - sci|\n",
            "scikit-learn",
            "dependencies:\n  - python=3.11\n  - pip:\n    - scikit-learn\n",
        ),
        (
            "conda.yml",
            "channels: [|]\ndependencies:\n  - pip\n",
            "conda-forge",
            "channels: [conda-forge]\ndependencies:\n  - pip\n",
        ),
        (
            "conda.yml",
            "channels:\n  - |\ndependencies:\n  - pip\n",
            "conda-forge",
            "channels:\n  - conda-forge\ndependencies:\n  - pip\n",
        ),
        ("inferenceconfig.yml", "entryScript: |", "score.py", "entryScript: score.py"),
        ("inferenceconfig.yml", "entryScript:|", "score.py", "entryScript: score.py"),
        ("inferenceconfig.yml", "entryScript: 'sc|'", "score.py", "entryScript: score.py"),
        (
            "inferenceconfig.yml",
            "entryScript: score.py\nenvironment:\n  name: |\n",
            "mine",
            "entryScript: score.py\nenvironment:\n  name: mine\n",
        ),
        (
            "inferenceconfig.yml",
            "entryScript: score.py\nenvironment:\n  version: |\n  name: mine\n",
            "2",
            'entryScript: score.py\nenvironment:\n  version: "2"\n  name: mine\n',
        ),
        (
            "deploymentconfig.yml",
            "computeType: aks\nautoScaler:\n  |\n",
            "maxReplicas",
            "computeType: aks\nautoScaler:\n  maxReplicas: 10\n",
        ),
        ("deploymentconfig.yml", "computeType: a|", "aks", "computeType: aks"),
        (
            "deploymentconfig.yml",
            "computeType: aks\nau|\nnumReplicas: 2\n",
            "authEnabled",
            "computeType: aks\nauthEnabled: true\nnumReplicas: 2\n",
        ),
    ],
)
def test_yaml(path: str, text: str, label: str, after: str) -> None:
    assert accepted(path, text, label) == after


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("conda.yml", "# |\ndependencies:\n  - pip\n"),
        ("conda.yml", "dependencies:\n  - pip # |\n"),
        ("conda.yml", "name: x\n  |\ndependencies:\n  - pip\n"),
        ("conda.yml", "dependencies:\n  - pip\nname: a b|\n"),
        ("inferenceconfig.yml", "entryScript: score.py\ndescription: >\n  some text\n   |\n"),
    ],
)
def test_yaml_silence(path: str, text: str) -> None:
    assert labels(path, text) == []


def test_yaml_keys_of_the_same_object_are_not_proposed_again() -> None:
    text = "computeType: aks\nautoScaler:\n  minReplicas: 1\n  |\n  targetUtilization: 70\nauthEnabled: true\n"
    found = labels("deploymentconfig.yml", text)
    assert "maxReplicas" in found
    assert not {"minReplicas", "targetUtilization", "authEnabled"} & set(found)


# ---------------------------------------------------------------------------------------------- v2

ENDPOINT = "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\n"
DEPLOYMENT = (
    "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname:"
    " blue\nendpoint_name: e\n"
)


@pytest.mark.parametrize(
    ("text", "label", "tail"),
    [
        (DEPLOYMENT + "model: |\n", "azureml:price:2", "model: azureml:price:2\n"),
        (DEPLOYMENT + "model: azureml:pr|\n", "azureml:price@latest", "model: azureml:price@latest\n"),
        (DEPLOYMENT + "model: azureml:price:|\n", "azureml:price:1", "model: azureml:price:1\n"),
        (DEPLOYMENT + "environment: azureml:|\n", "azureml:mine:2", "environment: azureml:mine:2\n"),
        (DEPLOYMENT + "model:\n  path: |\n", "model", "model:\n  path: model\n"),
        (
            DEPLOYMENT + "code_configuration:\n  code: src\n  scoring_script: |\n",
            "main.py",
            "scoring_script: main.py\n",
        ),
        (DEPLOYMENT + "code_configuration:\n  |\n", "code", "code_configuration:\n  code: \n"),
        (DEPLOYMENT + "environment:\n  conda_file: |\n", "conda.yml", "conda_file: conda.yml\n"),
        (DEPLOYMENT + "environment:\n  conda_file:\n    |\n", "channels", "conda_file:\n    channels:\n      - \n"),
        (
            DEPLOYMENT + "environment:\n  conda_file:\n    dependencies:\n      - pip:\n          - |\n",
            "azureml-defaults",
            "          - azureml-defaults\n",
        ),
        (DEPLOYMENT + "inst|", "instance_count", "instance_count: 1"),
        (ENDPOINT + "auth_mode: |\n", "aml_token", "auth_mode: aml_token\n"),
    ],
)
def test_v2(text: str, label: str, tail: str) -> None:
    assert accepted("online.yml", text, label).endswith(tail)


def test_what_azure_writes_is_not_proposed() -> None:
    assert "id" not in labels("online.yml", ENDPOINT + "|")
    assert "auth_mode" in labels("online.yml", ENDPOINT + "|")


def test_keys_of_kubernetes_are_not_proposed_for_a_managed_deployment() -> None:
    assert "resources" not in labels("online.yml", DEPLOYMENT + "|")
    kubernetes = DEPLOYMENT.replace("managed", "kubernetes")
    assert "resources" in labels("online.yml", kubernetes + "|")


# ---------------------------------------------------------------------------------------------- requirements


def test_requirements() -> None:
    assert "scikit-learn" in labels("requirements.txt", "numpy\nsci|\n")
    assert "numpy" not in labels("requirements.txt", "numpy\n|\n")
    for text in ("# n|", "no-such-package==|", "-r |"):
        assert labels("requirements.txt", text) == []


# ---------------------------------------------------------------------------------------------- versions

TRAINED = (ModelFacts("price", 2, ("model.pkl",), "ScikitLearn", "1.1.3"),)


@pytest.mark.parametrize(
    ("path", "text", "label", "after"),
    [
        ("requirements.txt", "numpy\npandas==|", "pandas==1.5.3", "numpy\npandas==1.5.3"),
        ("requirements.txt", "pandas~=1|\n", "pandas~=1.5.3", "pandas~=1.5.3\n"),
        ("requirements.txt", "scikit-learn==|", "scikit-learn==1.1.3", "scikit-learn==1.1.3"),
        (
            "conda.yml",
            "dependencies:\n  - python=|\n  - pip\n",
            "python=3.11",
            "dependencies:\n  - python=3.11\n  - pip\n",
        ),
        ("conda.yml", "dependencies:\n  - numpy=1.|\n", "numpy=1.26.4", "dependencies:\n  - numpy=1.26.4\n"),
        ("conda.yml", "dependencies:\n  - pytorch=|\n", "pytorch=2.9.1", "dependencies:\n  - pytorch=2.9.1\n"),
        (
            "conda.yml",
            "dependencies:\n  - pip:\n      - Scikit_Learn==|\n",
            "Scikit_Learn==1.1.3",
            "dependencies:\n  - pip:\n      - Scikit_Learn==1.1.3\n",
        ),
        (
            IC,
            '{"environment": {"python": {"condaDependencies": {"dependencies": ["numpy=|"]}}}}',
            "numpy=2.4.6",
            '{"environment": {"python": {"condaDependencies": {"dependencies": ["numpy=2.4.6"]}}}}',
        ),
    ],
)
def test_versions_behind_a_sign(path: str, text: str, label: str, after: str) -> None:
    assert accepted(path, text, label, TRAINED) == after


def test_the_version_that_the_model_was_made_with_comes_first() -> None:
    first = proposals("conda.yml", "dependencies:\n  - scikit-learn=|\n", TRAINED)[0]
    assert (first.label, first.detail) == ("scikit-learn=1.1.3", "price:2 was made with it")
    assert labels("conda.yml", "dependencies:\n  - scikit-learn=|\n")[0] == "scikit-learn=1.9.1"


# ---------------------------------------------------------------------------------------------- empty files


@pytest.mark.parametrize(
    ("path", "label", "kind"),
    [
        (IC, "inference configuration", "inference-config"),
        (DC, "deployment configuration: local", "deployment-config"),
        (DC, "deployment configuration: aci", "deployment-config"),
        (DC, "deployment configuration: aks", "deployment-config"),
        ("environment.yml", "environment", "conda"),
    ],
)
@pytest.mark.parametrize("blank", ["|", "\n|\n", " |"])
def test_an_empty_configuration_begins_as_a_whole_one(path: str, label: str, kind: str, blank: str) -> None:
    whole = accepted(path, blank, label)
    known = replace(facts(path), path=f"/work/{path}")
    assert kind_of(path, whole) == kind
    assert [(each.code, each.message) for each in check(whole, known) if each.severity in ("error", "warning")] == []


def test_it_names_the_files_that_are_there() -> None:
    assert json.loads(accepted(IC, "|", "inference configuration")) == {
        "entryScript": "score.py",
        "condaFile": "conda.yml",
    }


def test_a_file_that_says_something_gets_no_whole_configuration() -> None:
    assert "inference configuration" not in labels(IC, "{|}")
    assert labels("notes.yml", "|") == []


# ---------------------------------------------------------------------------------------------- az ml


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("az ml mo|", ["model"]),
        ("az ml model dep|", ["deploy"]),
        ("az ml model deploy --na|", ["--name", "--namespace"]),
        ("az ml model deploy -n x -m |", ["mood:7", "price:2", "price:1"]),
        ("az ml model deploy -n x --model=|", ["mood:7", "price:2", "price:1"]),
        ("az ml model deploy -n x --cf |", ["conda.yml"]),
        ("az ml model deploy -n x --cf=co|", ["conda.yml"]),
        ("az ml model deploy \\\n  -n x \\\n  --es src/|", ["src/main.py", "src/score.py"]),
        ("az ml model deploy -n x -e |", ["mine"]),
        ("az ml service get-logs -n x |", ["--init", "--num_lines"]),
        ("echo az ml |", []),
        ("az ml model list\n|", []),
        ("az ml model list; |", []),
    ],
)
def test_az_ml_lines(text: str, found: list[str]) -> None:
    for label in found:
        assert label in labels("deploy.sh", text)
    if not found:
        assert labels("deploy.sh", "az ml model list\n" + text) == []


def test_used_options_are_not_proposed_again() -> None:
    found = labels("deploy.sh", "az ml model deploy -n x --overwrite --|")
    assert "--name" not in found
    assert "--overwrite" not in found
    assert "--tag" in found


# ---------------------------------------------------------------------------------------------- scripts

HEAD = (
    "import os\nfrom pathlib import Path\n\nimport joblib\nfrom azureml.core.model import Model\n\n\ndef init():\n   "
    " global model\n"
)
TAIL = "\n\n\ndef run(data):\n    return data\n"
ROOT = 'os.environ["AZUREML_MODEL_DIR"]'
SPELLINGS = [
    f'    model = joblib.load(os.path.join({ROOT}, "|"))',
    f'    model = joblib.load(os.path.join({ROOT}, "|',
    f'    path = os.path.join({ROOT}, "|',
    "    path = os.path.join(os.getenv('AZUREML_MODEL_DIR'), '|')",
    "    path = os.path.join(os.environ.get('AZUREML_MODEL_DIR', '.'), '|",
    f'    path = Path({ROOT}) / "|"',
    f'    path = Path({ROOT}).joinpath("|")',
    f'    path = {ROOT} + "/|"',
    f'    root = {ROOT}\n    path = root + "/|"',
    f'    root = {ROOT}\n    path = f"{{root}}/|"',
    f'    root = {ROOT}\n    with open(f"{{root}}/|") as file:\n        pass',
    f'    root = {ROOT}\n    with open(os.path.join(root, "|"), "rb") as file:',
    f'    root = Path({ROOT})\n    path = root / "|',
    f'    root = os.path.join(\n        {ROOT}\n    )\n    path = os.path.join(root, "|")',
    f'    path = os.path.join(\n        {ROOT},\n        "|",\n    )',
    f'    path = os.path.join(\n        {ROOT},\n        "|\n    )',
    f'    path = "%s/|" % {ROOT}',
    f'    path = "{{}}/|".format({ROOT})',
    f'    if os.path.exists(os.path.join({ROOT}, "|")):\n        pass',
    f'    if True: return joblib.load(os.path.join({ROOT}, "|"))',
    f'    path = {ROOT}\n    path = os.path.join(path, "|")',
]


@pytest.mark.parametrize("line", SPELLINGS)
def test_files_of_the_model_in_every_spelling(line: str) -> None:
    text = HEAD + line + TAIL
    assert labels("score.py", text, MODELS[1:2]) == ["model.pkl", "net", "net/deep/weights.bin", "net/words.txt"]


@pytest.mark.parametrize("line", SPELLINGS)
def test_files_of_a_folder_in_every_spelling(line: str) -> None:
    text = HEAD + line.replace("|", "net/w|") + TAIL
    assert "words.txt" in labels("score.py", text, MODELS[1:2])
    assert "model.pkl" not in labels("score.py", text, MODELS[1:2])


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f'    path = os.path.join({ROOT}, "|")', ["mood", "price", "mood/7/mood.onnx", "price/1/model.pkl"]),
        (f'    path = os.path.join({ROOT}, "mood", "|")', ["7", "7/mood.onnx"]),
        (f'    path = os.path.join({ROOT}, "mood", "7", "|")', ["mood.onnx"]),
        (f'    path = os.path.join({ROOT}, "price/|")', ["1", "1/model.pkl"]),
    ],
)
def test_several_models_lie_below_their_names(line: str, found: list[str]) -> None:
    assert labels("score.py", HEAD + line + TAIL, (MODELS[0], MODELS[2])) == found


def test_a_sum_without_a_slash_gets_one() -> None:
    text = HEAD + f'    path = {ROOT} + "|"' + TAIL
    assert '+ "/model.pkl"' in accepted("score.py", text, "model.pkl", MODELS[:1])


def test_the_nearest_assignment_counts() -> None:
    text = (
        HEAD
        + f'    root = {ROOT}\n    other = "x"'
        + TAIL
        + '\n\ndef load(root):\n    return os.path.join(root, "|")\n'
    )
    assert "model.pkl" in labels("score.py", text, MODELS[:1])  # nothing better is known of it


@pytest.mark.parametrize("line", ['    print("|")', '    x = """|"""', f"    x = {ROOT}|", "    # os.path.join('|')"])
def test_no_files_elsewhere(line: str) -> None:
    assert labels("score.py", HEAD + f"    y = {ROOT}\n" + line + TAIL, MODELS[:1]) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('    Model.get_model_path("|")', ["mood", "price"]),
        ("    Model.get_model_path('pr|", ["price"]),
        ('    Model.get_model_path(\n        model_name="|"', ["mood", "price"]),
        ('    Model.get_model_path("price", |)', ["2", "1", "version=2"]),
        ('    Model.get_model_path("price", version=|)', ["2", "1"]),
        ('    Model.get_model_path("none", |)', []),
        ('    Model(ws, "|")', ["mood", "price"]),
        ('    Model(ws, name="price", version=|)', ["2", "1"]),
    ],
)
def test_models_and_versions(line: str, found: list[str]) -> None:
    assert labels("score.py", HEAD + line + TAIL) == found


def test_models_are_proposed_in_other_python_too() -> None:
    for path in ("deploy.py", "book.ipynb"):
        assert labels(path, 'from azureml.core import Model\nModel.get_model_path("|")') == ["mood", "price"]
        assert labels(path, 'os.environ["|"]') == []


def test_what_is_deployed_comes_first() -> None:
    text = HEAD + '    Model.get_model_path("|")' + TAIL
    assert labels("score.py", text, (MODELS[1],)) == ["price", "mood"]


@pytest.mark.parametrize(
    ("text", "label", "parts"),
    [
        (
            "@|\ndef run(values):\n    pass\n",
            "@input_schema",
            [
                '@input_schema("values", NumpyParameterType(np.array([[1.0, 2.0]])))',
                "import numpy as np\n",
                "from inference_schema.schema_decorators import input_schema\n",
                "import NumpyParameterType\n",
            ],
        ),
        (
            "@ra|\ndef run(values):\n    pass\n",
            "@rawhttp",
            ["@rawhttp\ndef run", "from azureml.contrib.services.aml_request import rawhttp\n"],
        ),
        ('@input_schema("|", None)\ndef run(values, more):\n    pass\n', "more", ['@input_schema("more", None)']),
        (
            '@input_schema("values", |)\ndef run(values):\n    pass\n',
            "PandasParameterType",
            ['"values", PandasParameterType(pd.DataFrame({"column": [1.0]})))', "import pandas as pd\n"],
        ),
        (
            '@input_schema("values", Num|(x))\ndef run(values):\n    pass\n',
            "NumpyParameterType",
            ['"values", NumpyParameterType(x))'],
        ),
        (
            "@output_schema(|)\ndef run(values):\n    pass\n",
            "StandardPythonParameterType",
            ["@output_schema(StandardPythonParameterType(0.0))"],
        ),
    ],
)
def test_decorators_bring_their_imports(text: str, label: str, parts: list[str]) -> None:
    whole = accepted("score.py", "import json\n\n\ndef init():\n    pass\n\n\n" + text, label)
    for part in parts:
        assert part in whole
    assert whole.startswith("import json") or whole.index("import json") < whole.index("def init")


def test_variables() -> None:
    assert "AZUREML_MODEL_DIR" in labels("score.py", HEAD + '    os.environ["|"]' + TAIL)
    assert "AML_APP_ROOT" in labels("score.py", HEAD + "    os.getenv('|" + TAIL)


# ---------------------------------------------------------------------------------------------- many, positions


def test_of_many_models_those_that_fit_are_found() -> None:
    models = {f"model-{n:04}": (ModelFacts(f"model-{n:04}", 1, ("m.pkl",)),) for n in range(1_000)}
    known = Facts(path="/project/score.py", models=models)
    text, place = split(HEAD + '    Model.get_model_path("|")' + TAIL)
    assert len(completions(text, known, place)) == MOST + 1
    text, place = split(HEAD + '    Model.get_model_path("0987|")' + TAIL)
    assert [p.label for p in completions(text, known, place)] == ["model-0987"]


@pytest.mark.parametrize("path", [IC, DC])
def test_every_key_gives_valid_json(path: str) -> None:
    for found in proposals(path, "{\n  |\n}"):
        assert json.loads(applied("{\n  \n}", (TextEdit(found.range, found.new_text),)))


def test_every_key_gives_valid_yaml() -> None:
    for text in (ENDPOINT, DEPLOYMENT):
        for found in proposals("online.yml", text + "|"):
            tree = parse(applied(text, (TextEdit(found.range, found.new_text),)), "online.yml")
            assert not tree.problems, found.new_text
            assert isinstance(tree.root, Mapping)
            assert found.label in tree.root.names()


def test_positions_after_characters_beyond_the_first_plane() -> None:
    text = '{"description": "\U0001f600\U0001f600", |}'
    assert accepted(IC, text, "entryScript") == '{"description": "\U0001f600\U0001f600", "entryScript": "score.py"}'


@pytest.mark.parametrize(
    "text", ["{" * 300_000, "[" * 1_000 + '{"', '"' * 5_000, "a: " * 5_000, "- " * 9_999, " " * 99_999]
)
def test_hostile_texts_take_no_time(text: str) -> None:
    lines = Lines(text)
    place = lines.position(len(text))
    json_context.context_at(text, len(text))
    yaml_context.context_at(lines, place)
    for path in (IC, "conda.yml", "score.py", "requirements.txt"):
        completions(text, facts(path), place)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize(
    "typed", ["os.getenv('AZUREML_", "Model.get_model_path('pri", "@input_schema('da", "@output_schema(Num"]
)
def test_nothing_is_replaced_before_the_line_of_the_cursor(typed: str, end: str) -> None:
    text = HEAD + typed + end + TAIL
    at = Lines(text).position(len(HEAD + typed + end))
    for proposal in completions(text, facts("score.py", None), at):
        assert proposal.range.start.line == at.line
        assert proposal.range.start.character >= 0
