"""Projects of others in small: what in them is right is not blamed, and what is wrong is told with what is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping

import pytest
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.checks.check import check
from scoredock.formats.document_kind import kind_of

from cli.conftest import Terminal

RUN = "\n\ndef run(data):\n    return len(data)\n"
DEPLOYS = (
    "import os\nimport shutil\nfrom pathlib import Path\n\nfrom azureml.core import Environment\n"
    "from azureml.core.model import InferenceConfig\n\n"
)
TRAINING = "channels: [conda-forge]\ndependencies:\n- python=3.11\n- pip:\n  - azureml-core\n  - tqdm\n"


def codes(terminal: Terminal, files: Mapping[str, str]) -> list[tuple[str, str]]:
    """File and code of what `check` tells of a project."""
    for name, text in files.items():
        (terminal.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (terminal.folder / name).write_text(text)
    told = json.loads(terminal.run("check", "--json", ".").stdout)["findings"]
    return [(each["path"].removeprefix(f"{terminal.folder.resolve()}/"), each["code"]) for each in told]


@pytest.mark.parametrize(
    ("declared", "main", "kind"),
    [
        ("global run", "", "sdk-script"),
        ("global model, run", "", "sdk-script"),
        ("global job", "if __name__ == '__main__':\n    init()\n", "sdk-script"),
        ("global job", "", "entry-script"),
    ],
)
def test_a_step_of_a_pipeline_is_no_entry_script(declared: str, main: str, kind: str) -> None:
    name = declared.split()[-1]
    text = (
        "from azureml.core import Model, Run\n\n\n"
        f"def init():\n    {declared}\n    {name} = Run.get_context()\n    Model.get_model_path('m')\n\n\n{main}"
    )
    assert kind_of("/project/score.py", text) == kind
    assert kind_of("/project/score.py", text + RUN) == "entry-script"


def test_environments_that_azure_wrote(terminal: Terminal) -> None:
    definitions = {
        "AzureML-Minimal": {"name": "AzureML-Minimal"},
        "automl": {"name": "AutoML-AzureML-AutoML"},
        "saved": {"name": "mine", "docker": {}, "spark": {}, "databricks": {}},
        "mine": {"name": "mine"},
    }
    packages = {"condaDependencies": {"dependencies": ["python=3.11", {"pip": ["azureml-core"]}]}}
    files = {
        f"{folder}/azureml_environment.json": json.dumps({**definition, "python": packages})
        for folder, definition in definitions.items()
    }
    assert codes(terminal, files) == [("mine/azureml_environment.json", "SD406")]


def test_packages_beside_a_saved_environment(terminal: Terminal) -> None:
    script = "def init():\n    pass\n" + RUN
    assert ("conda_dependencies.yml", "SD406") in codes(
        terminal, {"score.py": script, "conda_dependencies.yml": TRAINING}
    )
    assert codes(terminal, {"azureml_environment.json": json.dumps({"name": "mine", "docker": {}, "python": {}})}) == []


def test_a_folder_that_the_script_makes(terminal: Terminal) -> None:
    text = DEPLOYS + (
        "folder = 'to_deploy'\n{}\n"
        "config = InferenceConfig(entry_script='score.py', source_directory=folder, environment=Environment('e'))\n"
    )
    made = (
        "os.makedirs(folder)",
        "os.mkdir(folder)",
        "Path(folder).mkdir(exist_ok=True)",
        "shutil.copytree('src', folder)",
        "shutil.unpack_archive('code.zip', folder)",
        "shutil.copy('score.py', os.path.join(folder, 'score.py'))",
    )
    files = {f"deploy{number}.py": text.format(each) for number, each in enumerate(made)}
    assert codes(terminal, {**files, "neither.py": text.format("print(folder)")}) == [("neither.py", "SD824")]


def test_frames_in_and_out_are_of_batches() -> None:
    head = "import pandas as pd\n{}\n\ndef init():\n    pass\n\n\ndef run(rows: {}) -> {}:\n    return rows\n"
    for given, result in (
        ("pd.DataFrame", "pd.DataFrame"),
        ("pandas.DataFrame", '"pd.DataFrame"'),
        ("List[str]", "pd.DataFrame"),
    ):
        assert kind_of("/project/predict.py", head.format("", given, result)) == "batch-script", given
    assert kind_of("/project/score.py", head.format("", "pd.DataFrame", "str")) == "entry-script"
    assert kind_of("/project/score.py", head.format("", "str", "pd.DataFrame")) == "entry-script"
    schema = head.format(
        "from inference_schema.schema_decorators import input_schema\n", "pd.DataFrame", "pd.DataFrame"
    )
    described = schema.replace("def run", "@input_schema('rows', None)\ndef run")
    assert kind_of("/project/score.py", described) == "entry-script"


def test_what_numpy_dropped_is_not_another_name_of_it() -> None:
    text = (
        "import numpy as np\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return np.{}(np.array([len(data)]))\n"
    )
    told = {f.code: f.message for f in check(text.format("asscalar"), Facts(path="/project/score.py"))}
    assert "SD190" not in told
    assert "use “array.item()”" in told["SD156"]
    told = {f.code: f.message for f in check(text.format("isscaler"), Facts(path="/project/score.py"))}
    assert "did you mean “isscalar”" in told["SD190"]


@pytest.mark.parametrize("package", ["pathy", "pycryptodomex", "gsutil", "pyshark"])
def test_packages_that_many_install_are_no_slips(package: str) -> None:
    text = f"dependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n  - {package}\n"
    assert "SD460" not in {f.code for f in check(text, Facts(path="/project/conda.yml"))}
    assert "SD460" in {f.code for f in check(text.replace(package, "pnadas"), Facts(path="/project/conda.yml"))}


@pytest.mark.parametrize(
    ("path", "text", "head"),
    [
        ("deploy.py", "from azureml.core import Workspace\nfrom azureml.core.model import Model\n\n", ""),
        (
            "score.py",
            "from azureml.core.model import Model\n\n\ndef init():\n    print(Model)\n",
            "\n\ndef run(data):\n    ",
        ),
    ],
)
def test_a_variable_is_no_slip_of_its_class(path: str, text: str, head: str) -> None:
    (told,) = [
        f
        for f in check(f"{text}{head}print(model, ''){RUN if not head else ''}\n", Facts(path=f"/project/{path}"))
        if "model" in f.message
    ]
    assert "not defined" in told.message
    assert "did you mean" not in told.message
    assert not told.fixes


@pytest.mark.parametrize(
    ("joined", "files", "meant"),
    [
        ("words.txt", ("model/words.txt",), "as “model/words.txt”: a folder is registered with its name"),
        ("words.txt", ("out/model/words.txt", "out/a.bin"), "as “out/model/words.txt”"),
        ("a/words.txt", ("words.txt",), "but “words.txt” is"),
        ("Words.txt", ("words.txt", "b.bin"), "has “words.txt”, not “Words.txt”: capital letters count"),
        ("net.pkl", ("net.onnx", "b.bin"), "did you mean “net.onnx”"),
        ("wrods.txt", ("words.txt", "b.bin"), "did you mean “words.txt”"),
        ("other.bin", ("words.txt", "notes.md"), ""),
    ],
)
@pytest.mark.parametrize("is_deployed", [True, False])
def test_a_file_that_a_model_has_under_another_name(
    joined: str, files: tuple[str, ...], meant: str, is_deployed: bool
) -> None:
    text = (
        "import os\n\n\ndef init():\n    global words\n"
        f'    words = open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "{joined}")).read()\n\n\n'
        "def run(data):\n    return len(words)\n"
    )
    model = ModelFacts("words", 3, files)
    facts = Facts(
        path="/project/score.py", models={"words": (model,)}, deployed_models=(model,) if is_deployed else None
    )
    (told,) = [f for f in check(text, facts) if f.code == "SD501"]
    assert meant in told.message
    assert ("register" in told.message) is (not is_deployed and not meant) or "is registered" in told.message
    if meant:
        assert told.fixes[0].edits[0].new_text.endswith(f'"{files[0].split("/")[-1]}")')


def test_a_deployment_names_the_file_that_is_there(terminal: Terminal) -> None:
    (terminal.folder / "model").mkdir()
    (terminal.folder / "model" / "words.txt").write_text("one two\n")
    terminal.run("model", "register", "model", "--name", "words")
    (terminal.folder / "score.py").write_text(
        "import os\n\n\ndef init():\n    global words\n    name = os.environ.get('FILE', 'words.txt')\n"
        "    words = open(os.path.join(os.environ['AZUREML_MODEL_DIR'], name)).read()\n\n\n"
        "def run(data):\n    return len(words)\n"
    )
    failed = terminal.run("service", "deploy", "words", "--es", "score.py", "--model", "words:1")
    assert "The model “words:1” has “words.txt” as “model/words.txt”" in failed.stderr
    assert "Join “model/words.txt” in the script" in failed.stderr


def test_a_name_is_told_once(terminal: Terminal) -> None:
    script = (
        "import requests\nfrom azureml.core import Workspace\nfrom azureml.pipeline.steps import PythonScriptStep\n\n"
        "api_key = '8f0c1f5e2a7b4d6c9e3f1a2b3c4d5e6f'\n"
        "headers = {'Content-Type': 'application/json', 'Authorization': 'Bearer 8f0c1f5e2a7b4d6c9e3f1a2b3c4d5e6f'}\n"
        "steps = [PythonScriptStep(script_name='a.py'), PythonScriptStep(script_name='b.py')]\n"
        "workspace = Workspace.from_config()\nprint(workspce, workspce.name, steps)\n"
        "requests.post('http://127.0.0.1:1/score', '{}', headers=headers)\n"
    )
    assert codes(terminal, {"client.py": script}) == [("client.py", code) for code in ("SD838", "SD825", "SD802")]
    other = script.replace("Bearer 8f", "Bearer 9e")
    assert [code for _, code in codes(terminal, {"client.py": other})] == ["SD838", "SD838", "SD825", "SD802"]
    (undefined,) = (f for f in check(script, Facts(path="/project/client.py")) if f.code == "SD802")
    assert [edit.new_text for edit in undefined.fixes[0].edits] == ["workspace", "workspace"]


def test_what_is_switched_off_is_not_missed() -> None:
    text = '{{"computeType": "aks", "computeTargetName": "c", "sslEnabled": {}}}'
    by_value = [
        {f.code for f in check(text.format(value), Facts(path="/project/deploymentconfig.json"))}
        for value in ("false", "true")
    ]
    assert ["SD308" in each for each in by_value] == [False, True]


def test_what_is_left_out_of_a_service_is_named_everywhere(terminal: Terminal) -> None:
    files = {
        "src/score.py": "def init():\n    pass\n" + RUN,
        "src/env/pyvenv.cfg": "home = /usr\n",
        "src/conda/conda-meta/history": "",
        "src/node_modules/a.js": "",
        "src/mlruns/0/meta.yaml": "",
        "src/.env": "TOKEN=abc\n",
        "inferenceconfig.json": json.dumps({"entryScript": "score.py", "sourceDirectory": "src"}),
    }
    codes(terminal, files)
    message = json.loads(terminal.run("check", "--json", "inferenceconfig.json").stdout)["findings"][0]["message"]
    assert message == "The whole source directory goes into the service, “mlruns” too."
    shutil.rmtree(terminal.folder / "src" / "mlruns")
    message = json.loads(terminal.run("check", "--json", "inferenceconfig.json").stdout)["findings"][0]["message"]
    assert message == "Azure uploads the whole source directory, “node_modules” too; a service here is made without."
    terminal.ok("service", "deploy", "left", "--ic", "inferenceconfig.json")
    assert "Left out of the service: conda, env, node_modules" in terminal.ok("service", "logs", "left")
    terminal.ok("service", "delete", "left")
    terminal.ok("migrate", ".", "--output-path", "v2")
    assert {each.name for each in (terminal.folder / "v2").glob("endpoints/*/blue/code/*")} == {"score.py"}
    assert "because they may contain secrets: .env" in (terminal.folder / "v2" / "report.md").read_text()
