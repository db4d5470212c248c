"""What lies around a file, or what it says of itself, decides whether something in it is a mistake: each case beside a
neighbour that must still be told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts
from scoredock.checks.check import check
from scoredock.checks.configs.environment.conda import parse_conda
from scoredock.formats.dockerfile import image_files
from scoredock.formats.document_kind import kind_of
from scoredock.scripts.file_kinds import FileKinds
from scoredock.scripts.texts import listing, read_text

RUN = "\n\ndef run(data):\n    return json.loads(data)\n"
SCRIPT = "import json\n\n\ndef init():\n    pass\n" + RUN
Told = set[tuple[str, str]]


def told(folder: Path, name: str, files: dict[str, str]) -> Told:
    """Codes and severities of the errors and warnings, and of an old Python, of one file of a project."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    kinds = FileKinds(dict)
    importer = kinds.importer(folder / name)
    facts = Facts(
        path=str(folder / name),
        imported_by=importer.script if importer is not None else "",
        exists=lambda path: Path(path).exists(),
        is_folder=lambda path: Path(path).is_dir(),
        listing=listing,
        read=lambda path: read_text(Path(path), {}),
    )
    kind = kinds.kind(folder / name, files[name])
    found = check(files[name], facts, kind) if kind is not None else []
    return {
        (each.code, each.severity) for each in found if each.severity in ("error", "warning") or each.code == "SD463"
    }


def notebook(*cells: str) -> str:
    code = [{"cell_type": "code", "metadata": {}, "source": cell, "outputs": []} for cell in cells]
    metadata = {"kernelspec": {"name": "python3", "language": "python"}}
    return json.dumps({"cells": code, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})


CELLS = "from azureml.core import Workspace\n\nws = Workspace.from_config()\n"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("score.py", f"%%writefile score.py\n{SCRIPT}", "entry-script"),
        ("score.py", f"# the script\n\n%%writefile $name\n{SCRIPT}", "entry-script"),
        ("deploy/score.py", f"%%writefile deploy/score.py\n{SCRIPT}", "entry-script"),
        ("cells.py", f"%%writefile score.py\n{SCRIPT}", None),
        ("score.py", f"%%writefile other.py\n{SCRIPT}", None),
        ("score.py", f"{CELLS}%%writefile score.py\n{SCRIPT}", "sdk-script"),
        (
            "score.py",
            f"%%writefile score.py\n{SCRIPT}\n# In[4]:\n\n{CELLS}",
            "sdk-script",
        ),
        ("score.py", f"%%writefile score.py\n{SCRIPT}\n%%bash\nls\n", None),
    ],
)
def test_cells_that_write_a_script_are_not_that_script(name: str, text: str, kind: str | None) -> None:
    assert kind_of(f"/project/{name}", text) == kind


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        (f"# In[1]:\n\n!pip list\n{CELLS}", {"information"}),
        (f"# %%\n%matplotlib inline\n{CELLS}", {"information"}),
        (f"!pip list\n{CELLS}", {"error"}),
    ],
)
def test_commands_of_a_notebook_in_a_script_that_is_run_by_cells(text: str, severities: set[str]) -> None:
    assert {f.severity for f in check(text, Facts(path="/project/deploy.py")) if f.code == "SD102"} == severities


SCHEMA = "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "environment.yml",
            f"$schema: {SCHEMA}\nproperties:\n  dependencies:\n    type: array\ndependencies:\n  - pip\n",
        ),
        (
            "conda-schema.yml",
            "type: object\nproperties:\n  channels:\n    type: array\ndependencies:\n  a: [b]\n",
        ),
        (
            "conda.schema.json",
            json.dumps({"$schema": SCHEMA, "condaDependencies": {"type": "object"}}),
        ),
        (
            "inferenceconfig.json",
            json.dumps({"$schema": SCHEMA, "properties": {"entryScript": {"type": "string"}}}),
        ),
        (
            "deploymentconfig.json",
            '{"type": "object", "properties": {"computeType": {"enum": ["aci", "aks"]}}}',
        ),
        ("api.json", '{"swagger": "2.0", "definitions": {"Config": {"properties": {"entryScript": {}}}}}'),
        ("api.yaml", "openapi: 3.0.1\ncomponents:\n  schemas:\n    A:\n      entryScript: a\n      computeType: AKS\n"),
        ("tables.json", '{"tables": [{"entryScript": {"column": 1}}]}'),
        ("all.json", '{"title": "a", "type": "object", "properties": {"condaDependencies": {"type": "object"}}}'),
        (
            "config.json",
            '{"type": "object", "properties": {"subscription_id": {}, "workspace_name": {}}}',
        ),
        ("swagger.json", json.dumps({"$schema": SCHEMA, "properties": {"paths": {}}})),
    ],
)
def test_a_schema_of_files_is_none_of_them(name: str, text: str) -> None:
    assert kind_of(f"/project/{name}", text) is None


def test_files_that_look_a_little_like_a_schema_are_ours() -> None:
    swagger = '{"swagger": "2.0", "definitions": {"a": {"type": "object", "properties": {"b": {"type": "string"}}}}}'
    assert kind_of("/project/swagger.json", swagger) == "swagger"
    newer = "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: a\nimage: b\n"
    assert kind_of("/project/environment.yml", newer) == "environment-asset"
    assert kind_of("/project/conda.yml", "name: object\ndependencies:\n  - python=3.11\n") == "conda"
    written = '{"entryScript": "score.py", "properties": {"type": "object"}}'
    assert kind_of("/project/inferenceconfig.json", written) == "inference-config"


@pytest.mark.parametrize(
    ("key", "code", "file"),
    [("entryScript", "SD207", "score.py"), ("sourceDirectory", "SD210", ""), ("condaFile", "SD211", "conda.yml")],
)
def test_one_path_is_missing_or_of_this_machine_only(tmp_path: Path, key: str, code: str, file: str) -> None:
    name = "inferenceconfig.json"
    files = {"score.py": SCRIPT, "conda.yml": "dependencies:\n  - python=3.11\n"}
    written = {"entryScript": "score.py", "runtime": "python", "condaFile": "conda.yml"}

    def of(value: str) -> set[str]:
        found = told(tmp_path, name, {**files, name: json.dumps({**written, key: value})})
        return {code for code, _ in found} & {"SD207", "SD210", "SD211", "SD214"}

    assert of(str(tmp_path / file)) == {"SD214"}
    assert of(f"/nowhere/{file}") == {code}
    assert of(f"C:\\nowhere\\{file}") == {code}


BATCH = (
    "import io\nimport os\nimport pickle\n\nimport joblib\nimport torch\n\n\ndef init():\n    pass\n\n\n"
    "def run({given}):\n    {body}\n    return [1]\n"
)


@pytest.mark.parametrize(
    ("given", "body", "is_data"),
    [
        ("mini_batch", "x = joblib.load(mini_batch[0])", True),
        ("mini_batch", "for path in mini_batch:\n        joblib.load(path)", True),
        (
            "mini_batch",
            "for number, path in enumerate(mini_batch):\n        torch.load(str(path))",
            True,
        ),
        (
            "mini_batch",
            "for path in mini_batch:\n        with open(path, 'rb') as f:\n            pickle.load(f)",
            True,
        ),
        (
            "mini_batch",
            "for p in mini_batch:\n        q = os.path.join('/a', p)\n        joblib.load(q)",
            True,
        ),
        (
            "mini_batch",
            "for path in mini_batch:\n        joblib.load(os.environ['AZUREML_MODEL_DIR'] + '/m')",
            False,
        ),
        (
            "mini_batch",
            "joblib.load(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'm'))",
            False,
        ),
        ("data", "pickle.load(io.BytesIO(data))", True),
        (
            "data",
            "held = io.BytesIO()\n    held.write(data)\n    torch.load(held)",
            True,
        ),
        (
            "data",
            "os.path.exists(data)\n    joblib.load(os.path.join('models', 'm.pkl'))",
            False,
        ),
        ("data", "joblib.load('m.pkl').predict(data)", False),
    ],
)
def test_data_is_loaded_where_it_comes(given: str, body: str, is_data: bool) -> None:
    found = check(BATCH.format(given=given, body=body), Facts(path="/project/batch_score.py"))
    assert ("SD129" not in {f.code for f in found}) is is_data


REGISTER = (
    "from azureml.core import Model, Workspace\n\nws = Workspace.from_config()\n"
    'Model.register(ws, model_path="model.onnx", model_name="m")\n'
)
WRITTEN = (
    "%%writefile score.py\nimport json\n\n\ndef init():\n    global labels\n"
    "    labels = open('labels.json').read()\n" + RUN
)


@pytest.mark.parametrize(
    "cell",
    [
        'import urllib.request\n\nurllib.request.urlretrieve("https://a.example/m", filename="model.onnx")\n'
        'urllib.request.urlretrieve("https://a.example/l", "labels.json")',
        "!wget https://a.example/model.onnx https://a.example/labels.json",
        "address = 'https://a.example'\n!curl -O {address}/all",
        "!git clone https://github.com/a/b\n%cd b",
        "%%bash\nunzip all.zip",
        "!python train.py --epochs 3",
        "!az storage blob download --name a --file b",
        "import fetching\n\nfetching.fetch_files()",
        "from huggingface_hub import snapshot_download\n\nsnapshot_download('a/b', local_dir='.')",
        "import shutil\n\nshutil.unpack_archive('all.zip')",
        'import subprocess\n\nsubprocess.check_call(["wget", "https://a.example/model.onnx", "https://a.example/labels.json"])',
    ],
)
def test_what_an_earlier_cell_fetches_need_not_lie_there(tmp_path: Path, cell: str) -> None:
    text = notebook(cell, REGISTER, WRITTEN)
    assert not {"SD814", "SD517"} & {code for code, _ in told(tmp_path, "book.ipynb", {"book.ipynb": text})}


@pytest.mark.parametrize(
    "cell",
    [
        "rows = [1]",
        "!pip install requests",
        "!az ml model list",
        "with open('notes.txt', 'w') as f:\n    pass",
    ],
)
def test_what_no_cell_fetches_is_missing(tmp_path: Path, cell: str) -> None:
    found = told(tmp_path, "book.ipynb", {".git/HEAD": "", "book.ipynb": notebook(cell, REGISTER, WRITTEN)})
    assert ("SD517", "warning") in found


def test_a_module_that_nobody_writes_is_missing_after_a_download(
    tmp_path: Path,
) -> None:
    cells = (
        "!git clone https://github.com/a/b",
        WRITTEN.replace("import json", "import json\nfrom .own import a"),
    )
    text = notebook(*cells, REGISTER)
    assert told(tmp_path, "book.ipynb", {"book.ipynb": text}) == told(
        tmp_path,
        "book.ipynb",
        {"book.ipynb": notebook("!git clone https://github.com/c/d", *cells[1:], REGISTER)},
    )


DOCKERFILE = (
    "FROM python:3.11\nENV ROOT=/code \\\n    AZUREML_MODEL_DIR=/models\nWORKDIR $ROOT\nCOPY --chown=a:b . ./\n"
    'ADD ["conf/labels.txt", "/data/"]\nCOPY common/base.txt base.txt\nRUN mkdir -p /made && touch /made/it\n'
)


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("/code/score.py", True),
        ("/models/a/model.pkl", True),
        ("/data/labels.txt", True),
        ("/made/it", True),
        ("base.txt", True),
        ("../base.txt", True),
        ("labels.txt", True),
        ("/elsewhere/model.pkl", False),
        ("other.txt", False),
        ("/tmp", False),
    ],
)
def test_what_a_dockerfile_puts_into_its_image(path: str, holds: bool) -> None:
    assert image_files(DOCKERFILE).holds(path) is holds


@pytest.mark.parametrize("place", ["Dockerfile", "docker/serve.dockerfile", "../Dockerfile.gpu"])
def test_paths_of_the_image_that_a_dockerfile_beside_makes(tmp_path: Path, place: str) -> None:
    loads = SCRIPT.replace("pass", 'open("/models/model.pkl")').replace("import json", "import json\n\nimport joblib")
    configuration = '{"entryScript": "/code/score.py", "runtime": "python", "condaFile": "base.txt"}'
    files = {
        "in/inferenceconfig.json": configuration.replace("base.txt", "/code/conda.yml"),
        "in/requirements.txt": "-r base.txt\n-r /code/more.txt\n",
        "in/score.py": loads,
    }
    before = {name: told(tmp_path, name, files) for name in files}
    assert ("SD207", "error") in before["in/inferenceconfig.json"]
    assert ("SD211", "error") in before["in/inferenceconfig.json"]
    assert before["in/requirements.txt"] == {("SD432", "error")}
    assert before["in/score.py"] == {("SD131", "warning")}
    files[f"in/{place}"] = DOCKERFILE
    for name in list(files)[:3]:
        assert told(tmp_path, name, files) == set(), name
    files["in/requirements.txt"] = "-r bsae.txt\n"
    assert told(tmp_path, "in/requirements.txt", files) == {("SD432", "error")}


WRONG = 'os.listdir(".", "more")'


@pytest.mark.parametrize(
    ("body", "is_other"),
    [
        (f"if sys.version_info < (3, 5):\n    {WRONG}", True),
        (f"if sys.version_info[0] == 2:\n    {WRONG}", True),
        (f"if sys.version_info.major < 3:\n    {WRONG}", True),
        (f"if sys.version_info >= (3,):\n    pass\nelse:\n    {WRONG}", True),
        (f"if not sys.version_info > (3, 0):\n    {WRONG}", True),
        (f"OLD = sys.version_info < (3,)\nif OLD and True:\n    {WRONG}", True),
        (f"import six\n\nif six.PY2:\n    {WRONG}", True),
        (f"if sys.version.startswith('2'):\n    {WRONG}", True),
        (f"kinds = {WRONG} if sys.version_info < (3,) else 1", True),
        (
            f"def older():\n    if sys.version_info >= (3, 0):\n        return 1\n    return {WRONG}",
            True,
        ),
        (f"if sys.version_info >= (3, 12):\n    {WRONG}", True),
        (f"if sys.version_info >= (3, 0):\n    {WRONG}", False),
        (f"if sys.version_info < (3,):\n    pass\nelse:\n    {WRONG}", False),
        (
            f"def newer():\n    if sys.version_info < (3, 0):\n        return 1\n    return {WRONG}",
            False,
        ),
        (f"if sys.version_info >= (3, 0) and len(sys.argv) > 1:\n    {WRONG}", False),
        (f"if len(sys.argv) > 1:\n    {WRONG}", False),
    ],
)
def test_what_is_for_another_python_is_not_asked_of_this_one(body: str, is_other: bool) -> None:
    text = f"import json\nimport os\nimport sys\n\n{body}\n\n\ndef init():\n    pass\n{RUN}"
    assert ("SD191" not in {f.code for f in check(text, Facts(path="/project/score.py"))}) is is_other


ADDRESS = "import requests\n\nscoring_uri = '{}'\nprint(requests.post(scoring_uri, json={{'data': [1]}}).json())\n"


@pytest.mark.parametrize(
    ("address", "is_left_open"),
    [
        *(
            ("<your-key>", True),
            ("xxxx", True),
            ("$SCORING_URI", True),
            ("${URI}", True),
            ("{{scoring_uri}}", True),
        ),
        *(
            ("YOUR_SCORING_URI", True),
            ("your-service.azurecontainer.io/score", True),
            ("...", True),
            ("%URI%", True),
        ),
        *(
            ("__URI__", True),
            ("#{URI}#", True),
            ("to-do", True),
            ("the address of the service", True),
            ("[uri]", True),
        ),
        *(
            ("localhost/score", False),
            ("localhost:6789/score", False),
            ("/score", False),
            ("http//a/score", False),
        ),
        *(
            ("ridge.westus.azurecontainer.io/score", False),
            ("10.0.0.4/api/v1/service/ridge/score", False),
        ),
    ],
)
def test_an_address_that_somebody_fills_in(address: str, is_left_open: bool) -> None:
    text = ADDRESS.format(address)
    assert ("SD835" not in {f.code for f in check(text, Facts(path="/project/client.py"))}) is is_left_open


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        ("tests/client.py", True),
        ("test_client.py", True),
        ("client_test.py", True),
        ("contest.py", False),
    ],
)
def test_addresses_of_tests_are_made_up(path: str, is_test: bool) -> None:
    text = ADDRESS.format("localhost/score")
    assert ("SD835" not in {f.code for f in check(text, Facts(path=f"/project/{path}"))}) is is_test


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "deploy.ipynb",
            notebook('CodeConfiguration(code="src", scoring_script="score-a.py")'),
        ),
        (
            "deploy.py",
            'd = Deployment(code_configuration=CodeConfiguration(code="src", scoring_script="score-a.py"))\n',
        ),
        ("template.json", '{"codeConfiguration": {"scoring_script": "score-a.py"}}'),
        ("deployment/blue.yml", "code_configuration:\n  code: ../src\n  scoring_script: other.py\n"),
    ],
)
def test_a_script_that_v2_deploys_may_be_called_as_one_likes(tmp_path: Path, name: str, text: str) -> None:
    assert told(tmp_path, "src/score-a.py", {"src/score-a.py": SCRIPT}) == {("SD114", "error")}
    assert told(tmp_path, "src/score-a.py", {"src/score-a.py": SCRIPT, name: text}) == set()


HANDLER = (
    "import json\nimport os\n\nimport joblib\n\n\ndef load():\n"
    "    return joblib.load(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'm.pkl'))\n" + RUN
)


@pytest.mark.parametrize(
    ("importer", "is_told"),
    [
        (
            {"score.py": "import json\nfrom base_score import load, run\n\n\ndef init():\n    load()\n"},
            False,
        ),
        ({"serve.py": "import base_score\n"}, False),
        ({"../app.py": "from src.base_score import run\n"}, False),
        ({"../app.py": "from src import base_score\n"}, False),
        ({"test_score.py": "from base_score import run\n"}, True),
        ({"../tests/test_it.py": "from src.base_score import run\n"}, True),
        ({"serve.py": "# base_score is deployed\n"}, True),
        ({}, True),
    ],
)
def test_a_handler_that_another_program_imports(tmp_path: Path, importer: dict[str, str], is_told: bool) -> None:
    files = {
        "src/base_score.py": HANDLER,
        **{f"src/{name}": text for name, text in importer.items()},
    }
    assert (("SD103", "error") in told(tmp_path, "src/base_score.py", files)) is is_told


SEVERAL = "import json\n\n\ndef init():\n    return 1\n\n\ndef run(model, raw{}):\n    return json.loads(raw)\n"


@pytest.mark.parametrize(
    ("importer", "default", "is_told"),
    [
        ({"talk.py": "import score\n\nprint(score.run(score.init(), '{}'))\n"}, "", False),
        ({"talk.py": "print('score')\n"}, "", True),
        ({"test_score.py": "import score\n\nscore.run(1, '{}')\n"}, "", True),
        ({"talk.py": "import score\n", "inferenceconfig.json": '{"entryScript": "score.py"}'}, "", True),
        ({"talk.py": "print('score')\n"}, "='{}'", False),
    ],
)
def test_a_run_that_another_program_calls_with_all_it_needs(
    tmp_path: Path, importer: dict[str, str], default: str, is_told: bool
) -> None:
    files = {"score.py": SEVERAL.format(default), **importer}
    assert (("SD107", "error") in told(tmp_path, "score.py", files)) is is_told


@pytest.mark.parametrize(("second", "is_told"), [("", False), ("='{}'", True)])
def test_packages_of_a_script_whose_run_no_server_calls(tmp_path: Path, second: str, is_told: bool) -> None:
    packages = "dependencies:\n- python=3.11\n- pip:\n  - joblib\n"
    files = {"score.py": SEVERAL.format(second), "conda.yml": packages}
    assert (("SD406", "warning") in told(tmp_path, "conda.yml", files)) is is_told


TRIAL = "import os\n\nimport joblib\n\nmodel = joblib.load(os.environ['AZUREML_MODEL_DIR'])\n"


@pytest.mark.parametrize(
    ("text", "deploys", "is_told"),
    [
        (f"{TRIAL}print(model.predict([[1]]))\n", "score.py", False),
        (f"{TRIAL}print(model.predict([[1]]))\n", "score_fast.py", True),
        (f"{TRIAL}print(model.predict([[1]]))\n", "", True),
        (TRIAL, "score.py", True),
        (f"{TRIAL}print(1)\n\n\ndef ran(data):\n    return model.predict(data)\n", "score.py", True),
    ],
)
def test_a_trial_beside_the_script_that_is_deployed(tmp_path: Path, text: str, deploys: str, is_told: bool) -> None:
    deployment = f"name: blue\ncode_configuration:\n  code: .\n  scoring_script: {deploys}\n"
    files = {"score.py": SCRIPT, "score_fast.py": text, **({"blue.yml": deployment} if deploys else {})}
    assert (("SD104", "error") in told(tmp_path, "score_fast.py", files)) is is_told


@pytest.mark.parametrize(
    ("there", "more", "is_told"),
    [
        ("model/net.pkl", "body = json.dumps([1])\n", True),
        ("model/net.pkl", "joblib.dump([1], name)\n", False),
        ("net2.pkl", "body = json.dumps([1])\n", False),
        ("net.pkl", "body = json.dumps([1])\n", False),
        ("net2.pkl", "", True),
    ],
)
def test_a_model_of_a_script_that_sends_a_request_lies_in_a_folder(
    tmp_path: Path, there: str, more: str, is_told: bool
) -> None:
    text = f"{CELLS}from azureml.core import Model\n\nname = 'net.pkl'\nModel.register(ws, name, 'net')\n{more}"
    files = {"of/one/deploy.py": f"import json\n\nimport joblib\n{text}", f"of/one/{there}": "x"}
    assert (("SD814", "warning") in told(tmp_path, "of/one/deploy.py", files)) is is_told


def test_a_file_that_is_published_to_a_registry_by_another_program(
    tmp_path: Path,
) -> None:
    spec = (
        "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: a\nimage: b\npublish: c\n"
    )
    assert told(tmp_path, "spec.yaml", {"spec.yaml": spec}) == {("SD605", "error")}
    asset = "name: a\ntype: environment\nspec: other.yaml\n"
    assert told(tmp_path, "spec.yaml", {"spec.yaml": spec, "asset.yaml": asset}) == {("SD605", "error")}
    asset = asset.replace("other", "spec")
    assert told(tmp_path, "spec.yaml", {"spec.yaml": spec, "asset.yaml": asset}) == set()


@pytest.mark.parametrize("python", ["3.5", "2.7"])
def test_a_python_too_old_is_warned_of_until_it_is_deployed(tmp_path: Path, python: str) -> None:
    text = f"dependencies:\n  - python={python}\n  - pip:\n      - azureml-defaults\n"
    assert told(tmp_path, "conda.yml", {"conda.yml": text, "score.py": SCRIPT}) == {("SD410", "warning")}
    inline = {"python": {"condaDependencies": {"dependencies": [f"python={python}", {"pip": ["azureml-defaults"]}]}}}
    inference = json.dumps({"entryScript": "score.py", "environment": {"name": "e", **inline}})
    assert ("SD410", "warning") in told(tmp_path, "inferenceconfig.json", {"inferenceconfig.json": inference})
    deployed = parse_conda(text, Facts(path="/project/conda.yml", serves=True))[1]
    assert [(f.code, f.severity) for f in deployed] == [("SD410", "error")]


@pytest.mark.parametrize(
    ("deployed", "server", "is_told"),
    [
        ("conda.yml", "azureml-defaults", True),
        ("other.yml", "azureml-defaults", False),
        ("other.yml", "azureml-core", False),
        ("", "azureml-defaults", False),
        ("", "azureml-core", True),
    ],
)
def test_of_several_conda_files_the_one_that_a_program_deploys_is_meant(
    tmp_path: Path, deployed: str, server: str, is_told: bool
) -> None:
    text = "dependencies:\n  - python=3.7\n  - pip:\n      - azureml-defaults\n"
    program = "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig\n\n"
    program += f"e = Environment.from_conda_specification('a', '{deployed}')\n"
    files = {"conda.yml": text, "other.yml": text.replace("azureml-defaults", server), "score.py": SCRIPT}
    files |= {"deploy.py": f"{program}InferenceConfig('score.py', environment=e)\n"} if deployed else {}
    assert (("SD463", "information") in told(tmp_path, "conda.yml", files)) is is_told


@pytest.mark.parametrize(("python", "month"), [("3.8", "October 2024"), ("3.7", "June 2023"), ("3.6", "December 2021")])
def test_what_an_old_python_means_is_said_alike_before_and_at_a_deployment(
    tmp_path: Path, python: str, month: str
) -> None:
    text = f"dependencies:\n  - python={python}\n  - pip:\n      - azureml-defaults\n"
    assert told(tmp_path, "conda.yml", {"conda.yml": text, "score.py": SCRIPT}) == {("SD463", "information")}
    (deployed,) = parse_conda(text, Facts(path="/project/conda.yml", serves=True))[1]
    assert (deployed.code, deployed.severity) == ("SD463", "information")
    assert deployed.message == (
        f"Python {python} has had no security fixes since {month}; the script runs in it, in a process of its own."
    )


BATCH_OF_A_PACKAGE = (
    "from .own import rows\n\n\ndef init():\n    pass\n\n\ndef run({given}):\n    return rows({given})\n"
)
ROWS = (
    "from azureml.core import Run\nfrom .more import kinds\n\n\ndef rows(given):\n"
    "    return [Run.get_context(), kinds, given]\n"
)


@pytest.mark.parametrize(
    ("given", "package", "expected"),
    [
        ("mini_batch", True, {"SD161": False, "SD152": False}),
        ("mini_batch", False, {"SD161": True, "SD152": False}),
        ("data", True, {"SD161": True, "SD152": False}),
    ],
)
def test_a_script_of_batches_may_be_a_module_of_a_package(
    tmp_path: Path, given: str, package: bool, expected: dict[str, bool]
) -> None:
    files = {
        "src/scoring/score.py": BATCH_OF_A_PACKAGE.format(given=given),
        "src/scoring/own.py": ROWS,
        "src/scoring/more.py": "kinds = 1\n",
        **({"src/scoring/__init__.py": ""} if package else {}),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert ("SD161" in {code for code, _ in told(tmp_path, "src/scoring/score.py", files)}) is expected["SD161"]
    found = {code for code, _ in told(tmp_path, "src/scoring/own.py", files)}
    assert {code: code in found for code in expected} == expected


@pytest.mark.parametrize(("python", "is_told"), [(None, False), ("3.9", False), ("3.10", True), ("3.12", True)])
def test_an_argument_that_an_earlier_python_takes(python: str | None, is_told: bool) -> None:
    head = "import json\nimport traceback\n\ntext = traceback.format_exception(etype=ValueError, value=None, tb=None)\n"
    environment = EnvironmentFacts(path="/project/conda.yml", python=python, packages={"azureml-defaults": ""})
    text = f"{head}\n\ndef init():\n    pass\n{RUN}"
    found = check(text, Facts(path="/project/score.py", environment=environment))
    assert ("SD191" in {f.code for f in found}) is is_told
    wrong = check(text.replace("etype", "eytpe"), Facts(path="/project/score.py", environment=environment))
    assert "SD191" in {f.code for f in wrong}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train.py", "import joblib\n\njoblib.dump(model, 'model.joblib')\n"),
        ("../train/train.py", "NAME = 'out/model.joblib'\nmodel.save(NAME)\n"),
        ("../get.sh", "wget https://a.example/model.joblib\n"),
        ("make.ipynb", notebook("with open('model.joblib', 'wb') as f:\n    pickle.dump(m, f)")),
    ],
)
def test_a_model_that_another_program_writes_need_not_lie_there(tmp_path: Path, name: str, text: str) -> None:
    schema = "$schema: https://azuremlschemas.azureedge.net/latest/model.schema.json\nname: a\npath: ./model.joblib\n"
    register = REGISTER.replace("model.onnx", "model.joblib")
    files = {"in/register.py": register, "in/model.yml": schema}
    assert told(tmp_path, "in/register.py", files) == {("SD814", "warning")}
    assert told(tmp_path, "in/model.yml", files) == {("SD623", "warning")}
    (tmp_path / "in" / "other.py").write_text("joblib.dump(model, 'other.joblib')\nprint('my-model.joblib')\n")
    assert told(tmp_path, "in/register.py", files) == {("SD814", "warning")}
    files[f"in/{name}"] = text
    assert told(tmp_path, "in/register.py", files) == set()
    assert told(tmp_path, "in/model.yml", files) == set()


@pytest.mark.parametrize(
    ("added", "is_told"),
    [("env.inferencing_stack_version = 'latest'", False), ("env.inferencing_stack_version = None", True), ("", True)],
)
def test_the_server_that_azure_adds_to_the_image(tmp_path: Path, added: str, is_told: bool) -> None:
    program = (
        "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig\n"
        f"env = Environment.from_conda_specification('env', 'conda.yml')\n{added}\n"
        "config = InferenceConfig(entry_script='score.py', environment=env)\n"
    )
    definition = {
        "name": "own",
        "inferencingStackVersion": None if is_told else "latest",
        "python": {"condaDependencies": {"dependencies": ["python=3.10", {"pip": ["joblib"]}]}},
    }
    files = {
        "score.py": SCRIPT,
        "conda.yml": "dependencies:\n- python=3.10\n- pip:\n  - joblib\n",
        "deploy.py": program,
        "azureml_environment.json": json.dumps(definition),
    }
    for name in ("conda.yml", "azureml_environment.json"):
        assert (("SD406", "warning") in told(tmp_path, name, files)) is is_told, name


@pytest.mark.parametrize(("names", "is_told"), [("conda_dependencies.yml", False), ("other.yml", True)])
def test_packages_of_run_configurations_are_for_jobs(tmp_path: Path, names: str, is_told: bool) -> None:
    files = {
        "score.py": SCRIPT,
        "aml_config/conda_dependencies.yml": "dependencies:\n- python=3.10\n- pip:\n  - torch==2.2.0\n",
        "aml_config/local.runconfig": f"environment:\n  python:\n    condaDependenciesFile: aml_config/{names}\n",
    }
    assert (("SD406", "warning") in told(tmp_path, "aml_config/conda_dependencies.yml", files)) is is_told
