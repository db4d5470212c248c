"""Projects of others in small: what in them is right is not blamed, and what is wrong is told with what is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
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


def test_a_job_that_only_logs_is_looked_at(terminal: Terminal) -> None:
    job = "from azureml.core import Run\n\nrun = Run.get_context()\nos.makedirs('outputs', exist_ok=True)\n"
    assert codes(terminal, {"train.py": job}) == [("train.py", "SD802")]
    assert codes(terminal, {"train.py": f"import os\n{job}", "test_train.py": job}) == []


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


def test_a_model_that_a_deployment_has_elsewhere_is_not_looked_for_among_others(terminal: Terminal) -> None:
    (terminal.folder / "words.txt").write_text("one two\n")
    terminal.run("model", "register", "words.txt", "--name", "words")
    script = (
        "import os\nimport pickle\n\n\ndef init():\n    global model\n"
        "    with open(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'net.pkl'), 'rb') as file:\n"
        "        model = pickle.load(file)\n\n\ndef run(data):\n    return model.predict([data]).tolist()\n"
    )
    deployment = (
        "name: blue\nendpoint_name: nets\nmodel:\n  path: ../kept/PLACE\ncode_configuration:\n  code: ../src\n"
        "  scoring_script: score.py\nenvironment: azureml:nets@latest\ninstance_type: Standard_DS3_v2\n"
    )
    files = {"src/score.py": script}
    assert ("src/score.py", "SD501") in codes(terminal, files)
    files["deploy/blue.yml"] = deployment.replace("PLACE", "net.pkl")
    assert ("src/score.py", "SD501") not in codes(terminal, files)
    files["deploy/green.yml"] = deployment.replace("PLACE", "other")
    assert ("src/score.py", "SD501") not in codes(terminal, files)


def test_a_name_is_told_once(terminal: Terminal) -> None:
    script = (
        "import requests\nfrom azureml.core import Workspace\nfrom azureml.pipeline.steps import DatabricksStep\n\n"
        "api_key = '8f0c1f5e2a7b4d6c9e3f1a2b3c4d5e6f'\n"
        "headers = {'Content-Type': 'application/json', 'Authorization': 'Bearer 8f0c1f5e2a7b4d6c9e3f1a2b3c4d5e6f'}\n"
        "steps = [DatabricksStep(python_script_name='a.py'), DatabricksStep(python_script_name='b.py')]\n"
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


LOADS = 'joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))'
STARTS = (
    "import logging\nimport os\nimport sys\n\nimport joblib\n\n{head}\n\ndef init():\n    global model\n"
    "    try:\n        model = {loads}\n    except {caught}:\n        {handler}\n{after}\n\n"
    "def run(data):\n    {body}\n"
)
PREDICTS = "return model.predict([[len(data)]]).tolist()"


@pytest.mark.parametrize(
    ("parts", "is_told"),
    [
        ({}, True),
        ({"handler": "pass"}, True),
        ({"handler": "logging.exception('no model: %s', error)"}, True),
        ({"handler": "return"}, True),
        ({"caught": "(OSError, EOFError) as error"}, True),
        ({"head": "model = None"}, True),
        (
            {"body": "try:\n        return model.predict([[1]]).tolist()\n    except TypeError:\n        return 1"},
            True,
        ),
        ({"body": "model = joblib.load('other.pkl')\n    return model.predict([[1]]).tolist()"}, False),
        ({"handler": "raise"}, False),
        ({"handler": "sys.exit(1)"}, False),
        ({"handler": "model = None"}, True),
        ({"handler": "model = 1"}, False),
        ({"handler": "fall_back(error)", "head": "def fall_back(error):\n    raise error\n"}, False),
        ({"caught": "ImportError as error"}, False),
        ({"after": "    model = model or 1"}, False),
        (
            {
                "head": "model = None",
                "body": "if model is None:\n        return 'not ready'\n    return model.predict([[1]]).tolist()",
            },
            True,
        ),
        ({"body": "if not model:\n        return {'error': str(len('no'))}\n    return model.predict([[1]])"}, False),
        ({"body": "if model is None:\n        init()\n    return model.predict([[1]]).tolist()"}, False),
        ({"body": "if model is None:\n        return [0.5]\n    return model.predict([[1]]).tolist()"}, False),
        ({"after": "    if not os.environ.get('X'):\n        raise ValueError('no model')"}, False),
        (
            {
                "handler": "global fault\n        fault = error",
                "body": "if fault:\n        return {'error': str(fault)}\n    return model.predict([[1]]).tolist()",
            },
            True,
        ),
        ({"body": "if 'model' not in globals():\n        init()\n    return model.predict([[1]]).tolist()"}, False),
        ({"body": "return len(data)"}, False),
    ],
)
def test_an_init_that_hides_that_its_model_is_missing(parts: dict[str, str], is_told: bool) -> None:
    rest = {"head": "", "after": "", "caught": "Exception as error", "handler": "print(error)", "body": PREDICTS}
    text = STARTS.format(loads=LOADS, **{**rest, **parts})
    hidden = [f for f in check(text, Facts(path="/project/score.py")) if f.code == "SD521"]
    assert bool(hidden) is is_told, text
    for finding in hidden:
        start, (edit,) = finding.range.start, finding.fixes[0].edits
        assert text.splitlines()[start.line][start.character :].startswith("except ")
        lines = text.splitlines(keepends=True)
        at = [sum(map(len, lines[: place.line])) + place.character for place in (edit.range.start, edit.range.end)]
        repaired = text[: at[0]] + edit.new_text + text[at[1] :]
        assert "SD521" not in {f.code for f in check(repaired, Facts(path="/project/score.py"))}, repaired


@pytest.mark.parametrize(
    ("init", "body", "is_told"),
    [
        ("if os.path.exists(path):\n        model = joblib.load(path)", "", True),
        ("if Path(path).is_file():\n        model = joblib.load(path)\n    else:\n        print('none')", "", True),
        ("if not os.path.isfile(path):\n        return\n    model = joblib.load(path)", "", True),
        ("if os.path.exists(path):\n        model = joblib.load(path)", "if model is None:\n        return 'no'", True),
        ("if os.path.exists(path):\n        model = joblib.load(path)", "if model is None:\n        init()", False),
        ("if os.path.exists(path):\n        model = joblib.load(path)\n    else:\n        model = 1", "", False),
        ("if not os.path.exists(path):\n        raise OSError(path)\n    model = joblib.load(path)", "", False),
        ("if not os.path.exists(path):\n        path += '2'\n    model = joblib.load(path)", "", False),
        ("if os.path.exists(path):\n        model = joblib.load(path)\n    assert model", "", False),
        ("for each in [path]:\n        if os.path.exists(each):\n            model = joblib.load(each)", "", False),
        ("if path in os.environ:\n        model = joblib.load(path)", "", False),
    ],
)
def test_an_init_that_loads_only_what_is_there(init: str, body: str, is_told: bool) -> None:
    text = (
        "import os\nfrom pathlib import Path\n\nimport joblib\n\nmodel = None\n\n\ndef init():\n    global model\n"
        f"    path = os.path.join(os.environ['AZUREML_MODEL_DIR'], 'a.pkl')\n    {init}\n\n\n"
        f"def run(data):\n    {body or 'print(data)'}\n    return model.predict([[len(data)]]).tolist()\n"
    )
    assert ("SD521" in {f.code for f in check(text, Facts(path="/project/score.py"))}) is is_told, text


@pytest.mark.parametrize(
    ("setup", "is_told"),
    [
        ('logging.config.dictConfig({"version": 1, "root": {"level": "INFO"}})', True),
        ('logging.config.dictConfig({"version": 1, "disable_existing_loggers": True})', True),
        ('SET = {"version": 1}\nlogging.config.dictConfig(SET)', True),
        ('logging.config.fileConfig("logging.ini")', True),
        ("logging.disable()", True),
        ("logging.disable(logging.WARNING)", True),
        ('logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})', False),
        ('logging.config.dictConfig({"version": 1, "incremental": True})', False),
        ('logging.config.dictConfig({"version": 1, "loggers": {"azmlinfsrv": {"level": "INFO"}}})', False),
        ("logging.config.dictConfig(json.load(open(__file__ + '.json')))", False),
        ('logging.config.fileConfig("logging.ini", disable_existing_loggers=False)', False),
        ("logging.disable(logging.DEBUG)", False),
        ("logging.disable(logging.NOTSET)", False),
        ("logging.basicConfig(level=logging.WARNING)", False),
    ],
)
def test_set_ups_of_logging_that_lose_what_is_printed(setup: str, is_told: bool) -> None:
    text = f"import json\nimport logging\nimport logging.config\n\n{setup}\n\n\ndef init():\n    print('up')\n{RUN}"
    assert ("SD522" in {f.code for f in check(text, Facts(path="/project/score.py"))}) is is_told
    batch = text.replace("run(data)", "run(mini_batch)").replace("len(data)", "list(mini_batch)")
    assert "SD522" not in {f.code for f in check(batch, Facts(path="/project/score.py"))}


ANSWERS = (
    "import json\nimport os\nfrom decimal import Decimal\n\nimport joblib\nimport onnxruntime\nimport pandas as pd\n"
    "import torch\nimport xgboost as xgb\n\nFOLDER = os.environ['AZUREML_MODEL_DIR']\n\n\ndef init():\n"
    "    global session, booster, model\n    session = onnxruntime.InferenceSession(os.path.join(FOLDER, 'a.onnx'))\n"
    "    booster = xgb.Booster(model_file=os.path.join(FOLDER, 'b.json'))\n"
    "    model = joblib.load(os.path.join(FOLDER, 'c.pkl'))\n\n\ndef run(data):\n    rows = json.loads(data)\n    "
)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (
            "label, prob = session.run(None, {'x': rows})\n    return {'label': label}",
            "label, prob = session.run(None, {'x': rows})\n    return {'prob': prob}",
        ),
        ("return dict(zip(['a'], session.run(None, {'x': rows})))", "return dict(zip(['a'], rows))"),
        (
            "outputs = session.run(None, {'x': rows})\n    return {'all': dict(zip(['a'], outputs))}",
            "outputs = session.run(None, {'x': rows})\n    return {'all': dict(zip(['a'], map(list, outputs)))}",
        ),
        ("return booster.predict(xgb.DMatrix(rows))", "return booster.predict(xgb.DMatrix(rows)).tolist()"),
        ("return {'classes': model.classes_}", "return {'classes': list(model.classes_)}"),
        ("return pd.DataFrame(rows).sum()", "return pd.DataFrame(rows).sum().to_dict()"),
        ("return pd.DataFrame(rows).mean()", "return pd.DataFrame(rows)['a'].mean()"),
        ("return pd.DataFrame(rows)['a']", "return pd.DataFrame(rows)['a'].tolist()"),
        ("frame = pd.DataFrame(rows)\n    return {'n': frame['a'].count()}", "return {'n': [1, 2].count(1)}"),
        ("return (pd.DataFrame(rows)['a'] > 1).sum()", "return int((pd.DataFrame(rows)['a'] > 1).sum())"),
        ("return {'price': Decimal('1.10') * 2}", "return {'price': float(Decimal('1.10') * 2)}"),
        ("return {'at': pd.Timestamp.now()}", "return {'at': pd.Timestamp.now().isoformat()}"),
        ("return torch.tensor(rows).argmax(dim=1)", "return torch.tensor(rows).argmax().item()"),
    ],
)
def test_answers_that_json_does_not_have(wrong: str, right: str) -> None:
    both = [{f.code for f in check(f"{ANSWERS}{body}\n", Facts(path="/project/score.py"))} for body in (wrong, right)]
    assert ["SD120" in each for each in both] == [True, False]


def test_text_that_pandas_takes_for_a_path() -> None:
    text = (
        "import json\nfrom io import StringIO\n\nimport pandas as pd\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
        "    text = {}\n    return pd.read_json(text).to_dict()\n"
    )
    facts = Facts(path="/project/score.py", environment=EnvironmentFacts("", "e", "3.12", {"pandas": "==3.0.0"}))
    by_text = [
        {(f.code, f.severity) for f in check(text.format(value), facts)}
        for value in ("json.dumps(json.loads(data)['rows'])", "data", "StringIO(data)", "json.loads(data)['path']")
    ]
    assert [("SD158", "error") in each for each in by_text] == [True, True, False, False]
