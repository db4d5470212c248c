"""Kinds that repositories of strangers showed: what is told of them, beside a neighbour that is told otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.checks.check import check
from scoredock.formats.document_kind import kind_of
from scoredock.scripts.fixing import applied

from checks.test_shapes_of_projects import notebook, told

EMPTY = "import json\n\n\ndef init():\n    pass\n\n\n"
RUN = "def run(data):\n    return json.loads(data)['data']\n"
KEY = "Zm9vYmFyYmF6cXV4" * 5 + "Zm9vYg=="
STORE = f"DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey={KEY};EndpointSuffix=core.windows.net"
WORKBENCH = (
    "dependencies:\n- python=3.5.2\n- pip:\n  - azureml-defaults\n"
    f"  - https://{{}}.blob.core.windows.net/wheels/latest/a-1.0-py3-none-any.whl?sv=2016-05-31&sig={'a1' * 20}\n"
)
SDK = "from azureml.core import Workspace\n\nws = Workspace.from_config()\n"


def codes(text: str, path: str = "/p/score.py", **facts: object) -> list[str]:
    return [each.code for each in check(text, Facts(path=path, **facts))]  # type: ignore[arg-type]


def one(text: str, code: str, path: str) -> Finding:
    (found,) = (each for each in check(text, Facts(path=path)) if each.code == code)
    return found


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("client.py", "def run():\n    return requests.post(uri)\n\n\ninit()\nrun()\n", None),
        ("client.py", "def run():\n    return requests.post(uri)\n\n\nif __name__ == '__main__':\n    run()\n", None),
        ("client.py", "def run():\n    return model.predict()\n", "entry-script"),
        ("score.py", "def run():\n    return model.predict()\n\n\nrun()\n", "entry-script"),
        ("serve.py", "def run(data):\n    return model.predict(json.loads(data))\n\n\nrun('{}')\n", "entry-script"),
    ],
)
def test_a_client_that_calls_its_own_run_is_no_entry_script(name: str, text: str, kind: str | None) -> None:
    assert kind_of(name, EMPTY + text) == kind


@pytest.mark.parametrize(
    ("key", "kind"),
    [('"name": "training"', "environment"), ('"communicator": "Mpi"', None), ("communicator: Mpi", None)],
)
@pytest.mark.parametrize("name", ["example.runconfig.json", "example.runconfig.yml"])
def test_a_run_configuration_is_no_environment(name: str, key: str, kind: str | None) -> None:
    packages = '"python": {"condaDependencies": {"dependencies": ["python=3.8"]}}'
    text = f"{{\n{key},\n{packages}}}" if key.startswith('"') else f"{key}\nenvironment: {{{packages}}}\n"
    assert kind_of(f"/p/{name}", text) == kind


@pytest.mark.parametrize(
    ("main", "count"),
    [
        ("if __name__ == '__main__':\n    scale = 3\n", 1),
        ("if __name__ == '__main__':\n    scale = 3\nelse:\n    scale = 4\n", 0),
        ("scale = 3\nif __name__ == '__main__':\n    scale = 4\n", 0),
        ("def own():\n    return scale\n\n\nif __name__ == '__main__':\n    scale = 3\n    own()\n", 1),
    ],
)
def test_names_that_only_a_start_by_hand_binds(main: str, count: int) -> None:
    text = f"{EMPTY}def run(data):\n    return json.loads(data)['data'][0] * scale\n\n\n{main}"
    assert codes(text).count("SD110") == count


def test_an_error_text_with_an_undefined_name_is_told_once() -> None:
    body = (
        "def run(data):\n    try:\n        return 1\n    except Exception as e:\n        return {'error': str(NAME)}\n"
    )
    assert "SD123" not in codes(EMPTY + body.replace("NAME", "err"))
    assert "SD123" in codes(EMPTY + body.replace("NAME", "e"))


def test_unused_names_of_the_sdk_are_one_hint_with_one_repair() -> None:
    text = f"from azureml.core import Dataset, Experiment, Model, Workspace\n{EMPTY}def run(data):\n    return Model\n"
    found = one(text, "SD152", "/p/score.py")
    assert all(name in found.message for name in ("Dataset", "Experiment", "Workspace"))
    (fix,) = found.fixes
    assert [edit.new_text for edit in fix.edits] == ["Model"]


def test_releases_that_do_not_fit_are_one_finding_of_a_list() -> None:
    text = "flask==1.1.2\njinja2==2.11.3\npandas==1.2.0\n"
    found = one(text, "SD462", "/p/requirements.txt")
    assert all(pin in found.message for pin in ("itsdangerous<2.1", "markupsafe<2.1"))
    (fix,) = found.fixes
    assert len(fix.edits) >= 2
    assert found.message.startswith("flask 1.1.2")


@pytest.mark.parametrize(
    ("value", "is_told"),
    [
        ("aDlatestXk29slatest9f8sd7f6sd5f", True),
        ("kYourSx2oyouro29slk9f8sd7f6sd5f", False),
        ("your-api-key-0123456-put-it-here", False),
        ("test-key-0a1b2c3d4e5f6a7b8c9d0e", False),
        ("0a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d", True),
        ("xxxxxxxx-0a1b2c3d4e5f6a7b8c9d0e1", False),
    ],
)
@pytest.mark.parametrize(("path", "code", "head"), [("/p/a.py", "SD838", SDK), ("/p/score.py", "SD166", EMPTY + RUN)])
def test_a_word_within_a_key_makes_it_no_placeholder(
    value: str, code: str, path: str, head: str, is_told: bool
) -> None:
    assert (code in codes(f"{head}api_key = {value!r}\n", path)) is is_told


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("/p/a.py", f"{SDK}store = {STORE!r}\n", 1),
        ("/p/a.py", f"{SDK}client = BlobServiceClient('https://a.example', {KEY!r})\n", 1),
        ("/p/a.py", f"{SDK}stores = {{'a': {{'b': [{STORE!r}]}}}}\n", 1),
        ("/p/a.py", f"{SDK}# {STORE}\n", 0),
        ("/p/score.py", f"{EMPTY}{RUN}\nstore = open_store({KEY!r})\n", 1),
        ("/p/a.yml", f"steps:\n- script: az ml model list\n  env:\n    STORE: {STORE}\n    AGAIN: {STORE}\n", 1),
        ("/p/a.sh", f"az ml model list\nexport STORAGE_KEY={KEY}\n", 1),
        ("/p/a.sh", "az ml model list\nexport STORAGE_KEY=$KEY\n", 0),
        ("/p/a.sh", f"az ml model list --sig 'https://a/b?se=2999-01-01&sig={'a1' * 20}'\n", 1),
        ("/p/a.sh", f"az ml model list --sig 'https://a/b?se=2018-03-26&sig={'a1' * 20}'\n", 0),
        ("/p/a.sh", f"az ml model list --sig 'https://a/b?sig={'a1' * 20}&se=2018-03-26'\n", 0),
        ("/p/conda_dependencies.yml", WORKBENCH.format("azuremldownloads"), 0),
        ("/p/conda_dependencies.yml", WORKBENCH.format("contosodownloads"), 1),
    ],
)
def test_keys_in_connection_strings_calls_and_configurations(path: str, text: str, count: int) -> None:
    assert sum(code in ("SD838", "SD166", "SD909") for code in codes(text, path)) == count


@pytest.mark.parametrize(
    ("lines", "is_told"),
    [
        ("headers = {'Authorization': 'Bearer ' + key}\nprint(headers)\n", True),
        ("headers = {}\nheaders['x-api-key'] = key\nprint(headers)\n", True),
        ("headers = {}\nheaders.update({'Authorization': key})\nprint('sent', headers)\n", True),
        ("headers = dict(Authorization=key)\nprint(f'{headers}')\n", True),
        ("headers = {'Content-Type': 'a'}\nprint(headers)\n", False),
        ("headers = {'Authorization': key}\nprint(answer.request.headers)\n", True),
        ("print(answer.request.headers)\n", False),
        ("headers = {'Authorization': key}\nprint(requests.post('https://a', '{}', headers=headers).json())\n", False),
        ("headers = {'Authorization': key}\nprint(headers.get('Authorization'))\n", True),
    ],
)
def test_a_printed_header_with_a_key(lines: str, is_told: bool) -> None:
    text = f"import requests\n\n{SDK}key = ws.name\nanswer = requests.get(ws.location)\n{lines}"
    assert ("SD837" in codes(text, "/p/a.py")) is is_told


def test_a_script_logs_a_header_with_a_key() -> None:
    body = "def run(data):\n    headers = {'Authorization': data}\n    print(headers)\n    return 1\n"
    assert "SD165" in codes(EMPTY + body)
    assert "SD165" not in codes(EMPTY + body.replace("Authorization", "Accept"))


INFERENCE = "entryScript: models/risk/score/score.py\nruntime: python\ncondaFile: models/risk/score/conda.yml\n"


def test_paths_of_a_configuration_begin_where_the_deployment_is_started(tmp_path: Path) -> None:
    files = {"models/risk/score/score.py": EMPTY + RUN, "models/risk/score/conda.yml": "dependencies: [python=3.11]\n"}
    files["models/risk/score/inference_config.yml"] = INFERENCE
    assert not told(tmp_path, "models/risk/score/inference_config.yml", files)
    files["models/risk/score/inference_config.yml"] = INFERENCE.replace("risk", "other")
    assert ("SD207", "error") in told(tmp_path, "models/risk/score/inference_config.yml", files)


@pytest.mark.parametrize(("beside", "is_told"), [("conda_dependencies.yml", False), ("conda.yml", True)])
def test_a_saved_environment_has_its_packages_beside_it(tmp_path: Path, beside: str, is_told: bool) -> None:
    saved = json.dumps({"name": "e", "python": {"condaDependenciesFile": "code/env/conda_dependencies.yml"}})
    files = {"env/azureml_environment.json": saved, f"env/{beside}": "dependencies: [python=3.11]\n"}
    assert (("SD439", "error") in told(tmp_path, "env/azureml_environment.json", files)) is is_told


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("variables:\n  cli: az ml model register\n", False),
        ("steps:\n- script: az ml model register\n", True),
        ("steps:\n- script: |\n    az ml model register\n", True),
    ],
)
def test_a_command_in_a_variable_is_only_its_beginning(line: str, is_told: bool) -> None:
    assert ("SD851" in codes(f"trigger: none\n{line}", "/p/azure-pipelines.yml")) is is_told


FRAME = "def run(input_df):\n    # data = json.loads(raw_data)\n    return pd.concat([input_df])\n"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("batch_score.py", FRAME, "batch-script"),
        ("batch_score.py", FRAME.replace("# data", "data"), "entry-script"),
    ],
)
def test_a_request_in_a_comment_does_not_make_a_batch_script_an_online_one(name: str, text: str, kind: str) -> None:
    assert kind_of(name, f"import pandas as pd\n{EMPTY}{text}") == kind


@pytest.mark.parametrize(
    ("config", "is_told"),
    [("parallel_run_config:\n  entry_script: rows.py\n", False), ("other:\n  entry_script: rows.py\n", True)],
)
def test_a_parallel_run_in_yaml_names_a_batch_script(tmp_path: Path, config: str, is_told: bool) -> None:
    text = f"import joblib\nimport pandas as pd\n{EMPTY}def run(rows):\n    return pd.DataFrame(model.predict(rows))\n"
    files = {"rows.py": text, "run.yml": config}
    assert (("SD120", "error") in told(tmp_path, "rows.py", files)) is is_told


@pytest.mark.parametrize(
    ("cell", "is_told"),
    [("run xgbtrain --from_csv 'True'\n", False), ("run ./train.py\n", False), ("ran xgbtrain --a\n", True)],
)
def test_a_magic_without_its_sign_that_runs_a_script(cell: str, is_told: bool) -> None:
    text = notebook("from azureml.core import Workspace\n", cell)
    assert ("SD801" in codes(text, "/p/a.ipynb")) is is_told


@pytest.mark.parametrize(("call", "is_told"), [("run.download_files('outputs', 'outputs')\n", False), ("", True)])
def test_an_entry_script_that_comes_with_a_downloaded_folder(tmp_path: Path, call: str, is_told: bool) -> None:
    text = notebook(f"{SDK}{call}", "config = InferenceConfig(entry_script='outputs/outputs/scoring.py')\n")
    text = text.replace("import Workspace", "import Workspace\\nfrom azureml.core.model import InferenceConfig")
    assert (("SD816", "warning") in told(tmp_path, "a.ipynb", {"a.ipynb": text})) is is_told


@pytest.mark.parametrize(("made", "is_told"), [("best.get_environment()", False), ("Environment('e')", True)])
def test_the_environment_of_a_run_of_automated_ml_has_an_old_scikit_learn(
    tmp_path: Path, made: str, is_told: bool
) -> None:
    cells = f"{SDK}env = {made}\nconfig = InferenceConfig(entry_script='score.py', environment=env)\n"
    files = {"score.py": f"from sklearn.externals import joblib\n{EMPTY}{RUN}", "a.ipynb": notebook(cells)}
    assert (("SD126", "warning") in told(tmp_path, "score.py", files)) is is_told


@pytest.mark.parametrize(("version", "severity"), [("", "information"), ("==1.5.2", "warning")])
def test_an_open_release_is_a_remark_until_a_model_is_deployed(version: str, severity: str) -> None:
    from checks.test_old_pickles import findings, read

    (found,) = findings(read("forest-2023.pkl"), {"scikit-learn": version}, deployed=False)
    assert found.severity == severity


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("key = '4yGGFM7aE34fl5TMxuvWyOiYxvXgfEo0'\nheaders = {'Authorization': f'Bearer {key}'}\n", True),
        ("key = '4yGGFM7aE34fl5TMxuvWyOiYxvXgfEo0'\nheaders = {'Authorization': 'Bearer ' + key}\n", True),
        ("key = '4yGGFM7aE34fl5TMxuvWyOiYxvXgfEo0'\nheaders = {}\nheaders['Authorization'] = f'Bearer {key}'\n", True),
        ("key = '4yGGFM7aE34fl5TMxuvWyOiYxvXgfEo0'\nheaders = {}\nheaders['Authorization'] = 'Bearer ' + key\n", True),
        ("key = '4yGGFM7aE34fl5TMxuvWyOiYxvXgfEo0'\nsent = 'Bearer {}'.format(key)\n", True),
        (
            "def sent():\n    key = '4yGGFM7aE34fl5TMxuvWyOiYxvXgfEo0'\n"
            "    return {'Authorization': f'Bearer {key}'}\n",
            True,
        ),
        ("key = '4yGGFM7aE34fl5TMxuvWyOiYxvXgfEo0'\nname = f'rows of {key}'\n", False),
        ("key = 'your-key-0a1b2c3d4e5f6a7b8c9d'\nheaders = {'Authorization': 'Bearer ' + key}\n", False),
        ("key = '4yGGFM7aE34fl5TMxuvWyOiYxvXgfEo0'\nheaders = {'Accept': key}\n", False),
    ],
)
def test_a_key_that_a_header_is_put_together_with(text: str, is_told: bool) -> None:
    client = f"import requests\n\n{text}requests.post('http://a.azurecontainer.io/score', '{{}}', headers=headers)\n"
    assert ("SD838" in codes(client, "/p/a.py")) is is_told


@pytest.mark.parametrize(("path", "is_told"), [("D:/work/model.pkl", True), ("/mnt/work/model.pkl", False)])
def test_a_model_on_a_drive_of_windows(tmp_path: Path, path: str, is_told: bool) -> None:
    text = f"{SDK}from azureml.core import Model\n\nModel.register(ws, {path!r}, 'm')\n"
    assert (("SD814", "warning") in told(tmp_path, "a.py", {"a.py": text})) is is_told


@pytest.mark.parametrize(
    ("loaded", "answer", "severities"),
    [
        ("torch.load('m.pt')", "model(x)", ["warning"]),
        ("torch.jit.load('m.pt')", "{'a': model(x)}", ["warning"]),
        ("torch.jit.load('m.pt')", "model(x).tolist()", []),
        ("own_loader('m.pt')", "model(x)", []),
    ],
)
def test_what_a_called_model_gives(loaded: str, answer: str, severities: list[str]) -> None:
    text = (
        "import json\n\nimport torch\n\nfrom own import own_loader\n\n\ndef init():\n    global model\n"
        f"    model = {loaded}\n\n\ndef run(data):\n"
        f"    x = torch.tensor(json.loads(data)['data'])\n    return {answer}\n"
    )
    assert [each.severity for each in check(text, Facts(path="/p/score.py")) if each.code == "SD120"] == severities


@pytest.mark.parametrize(
    ("answer", "severity"),
    [
        ("net.run(None, rows)[0][0]", "information"),
        ("{'label': max(net.run(None, rows)[0])}", "information"),
        ("[round(each, 2) for each in net.run(None, rows)[0]]", "warning"),
        ("net.run(None, rows)[0]", "warning"),
        ("{net.run(None, rows)[0][0]: 1}", None),
    ],
)
def test_items_of_what_a_session_gives_may_be_texts(answer: str, severity: str | None) -> None:
    start = "import json\n\nimport onnxruntime\n\n\ndef init():\n    global net\n"
    start += "    net = onnxruntime.InferenceSession('m.onnx')\n\n\ndef run(data):\n    rows = json.loads(data)\n"
    findings = check(f"{start}    return {answer}\n", Facts(path="/p/score.py"))
    told_of = [each for each in findings if each.code == "SD120"]
    assert [each.severity for each in told_of] == ([severity] if severity else [])
    assert not any("predict()" in each.message for each in told_of)
    assert severity != "information" or ("where these are numbers" in told_of[0].message and not told_of[0].fixes)


def test_a_class_that_may_be_a_text_gets_no_method_of_numbers() -> None:
    start = "import json\n\nimport joblib\n\n\ndef init():\n    global model\n    model = joblib.load('m.pkl')\n\n\n"
    text = f"{start}def run(data):\n    pred = model.predict(json.loads(data))[0]\n    return {{'label': pred}}\n"
    (found,) = [each for each in check(text, Facts(path="/p/score.py")) if each.code == "SD120"]
    assert "where these are whole numbers" in found.message
    assert applied(text, found.fixes[0].edits) == text.replace("data))[0]", "data)).tolist()[0]")
