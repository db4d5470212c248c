"""What the programs beside a script do with it decides whether something in it is a mistake: who sends what, which
packages they pin, what they call, and which Python runs it. Each case stands beside a neighbour that must be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.test_shapes_of_projects import notebook, told

ARRAY = (
    "import json\n\nimport joblib\nimport numpy as np\n\n\ndef init():\n    global model\n    model = joblib.load('m')"
    "\n\n\n"
    "def run(raw):\n    rows = np.array(json.loads(raw))\n    return model.predict(rows).tolist()\n"
)
SERVICE = "service = ws.webservices['a']\n"


@pytest.mark.parametrize(
    ("sends", "is_told"),
    [
        (f"{SERVICE}rows = [1, 2]\nprint(service.run(json.dumps(rows)))\n", False),
        (
            f"{SERVICE}rows = [[1, 2],\n        [3, 4]]\nservice.run(input_data=json.dumps(rows))\n",
            False,
        ),
        (f"{SERVICE}service.run(json.dumps([[1, 2]]))\n", False),
        (
            f"{SERVICE}text = json.dumps(frame.values.tolist())\nrequests.post(service.scoring_uri, text)\n",
            False,
        ),
        (
            "rows = x[0:2].tolist()\nrequests.post('http://localhost:6789/score', json.dumps(rows))\n",
            False,
        ),
        ('body = json.dumps({"data": [[1, 2]]})\nservice.run(body)\n', True),
        (
            'rows = [1]\nbody = json.dumps({"data": rows})\nservice.run(body)\nservice.run(json.dumps(rows))\n',
            True,
        ),
        ("rows = [1, 2]\nopen('rows.json', 'w').write(json.dumps(rows))\n", True),
        ("rows = load()\nservice.run(json.dumps(rows))\n", True),
    ],
)
@pytest.mark.parametrize("client", ["client.py", "deploy.ipynb"])
def test_clients_that_send_an_array_need_no_key(tmp_path: Path, sends: str, is_told: bool, client: str) -> None:
    text = "import json\nimport requests\n\n" + sends
    files = {
        "score.py": ARRAY,
        client: notebook(text) if client.endswith(".ipynb") else text,
    }
    assert (("SD122", "warning") in told(tmp_path, "score.py", files)) is is_told


def test_a_script_of_a_notebook_is_judged_by_its_own_cells(tmp_path: Path) -> None:
    made = notebook(
        "from azureml.core import Workspace",
        f"%%writefile score.py\n{ARRAY}",
        "service.run(json.dumps([1]))",
    )
    assert "SD122" not in {code for code, _ in told(tmp_path, "deploy.ipynb", {"deploy.ipynb": made})}
    other = notebook("from azureml.core import Workspace", f"%%writefile score.py\n{ARRAY}")
    assert "SD122" in {code for code, _ in told(tmp_path, "deploy.ipynb", {"deploy.ipynb": other})}


OLD = (
    "import json\n\nfrom sklearn.externals import joblib"
    "\n\n\ndef init():\n    global model\n    model = joblib.load('m')"
    "\n\n\n"
    "def run(raw):\n    return model.predict(json.loads(raw)['data']).tolist()\n"
)
DEPLOYS = (
    "from azureml.core.conda_dependencies import CondaDependencies\nfrom azureml.core.model import InferenceConfig\n\n"
    "packages = ['numpy==1.16.2', 'scikit-learn{pin}']\nenv = CondaDependencies.create(conda_packages=packages)\n"
    "config = InferenceConfig(entry_script='{script}', environment=env)\n"
)


@pytest.mark.parametrize(
    ("pin", "script", "is_told"),
    [
        ("==0.20.3", "score.py", False),
        ("=0.22.1", "score.py", False),
        ("==0.20.3", "other.py", True),
        ("==0.23.1", "score.py", True),
        ("", "score.py", True),
    ],
)
@pytest.mark.parametrize("program", ["deploy.py", "deploy.ipynb"])
def test_an_old_scikit_learn_that_the_deploying_program_pins(
    tmp_path: Path, pin: str, script: str, is_told: bool, program: str
) -> None:
    text = DEPLOYS.format(pin=pin, script=script)
    files = {
        "score.py": OLD,
        program: notebook(text) if program.endswith(".ipynb") else text,
    }
    assert (("SD126", "warning") in told(tmp_path, "score.py", files)) is is_told


WINDOW = "import cv2\n\n\ndef found(image):\n    return image\n\n\ndef show(image):\n    cv2.imshow('a', image)\n{more}"


@pytest.mark.parametrize(
    ("called", "more", "is_told"),
    [
        ("yolo.found(1)", "", False),
        ("yolo.found(1)", "\n\nif __name__ == '__main__':\n    show(1)\n", False),
        ("yolo.show(1)", "", True),
        ("yolo.every(1)", "\n\ndef every(image):\n    show(image)\n", True),
        ("yolo.found(1)", "\n\nshow(1)\n", True),
    ],
)
def test_a_window_of_a_helper_that_no_service_opens(tmp_path: Path, called: str, more: str, is_told: bool) -> None:
    script = f"import yolo\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return {called}\n"
    files = {"score.py": script, "yolo.py": WINDOW.format(more=more)}
    assert (("SD170", "warning") in told(tmp_path, "yolo.py", files)) is is_told


def test_a_window_of_the_script_itself(tmp_path: Path) -> None:
    script = WINDOW.format(more="\n\ndef init():\n    pass\n\n\ndef run(data):\n    return {}\n")
    assert told(tmp_path, "score.py", {"score.py": script.format("1")}) == set()
    assert ("SD170", "warning") in told(tmp_path, "score.py", {"score.py": script.format("show(data)")})


BATCH = (
    "def init():\n    pass\n\n\ndef run(mini_batch):"
    "\n    try:\n        {first}\n    except Exception as e:\n        {second}\n"
)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("return list(mini_batch)", "return str(e)", {("SD180", "warning")}),
        (
            "return list(mini_batch)",
            "error = str(e)\n        return error",
            {("SD180", "warning")},
        ),
        ("return list(mini_batch)", "return {'error': e}", {("SD180", "warning")}),
        ("return str(mini_batch)", "raise", {("SD180", "error")}),
        ("return str(mini_batch)", "return [str(e)]", {("SD180", "error")}),
    ],
)
def test_what_a_batch_returns_once_it_has_failed(tmp_path: Path, first: str, second: str, expected: object) -> None:
    found = told(
        tmp_path,
        "batch_driver.py",
        {"batch_driver.py": BATCH.format(first=first, second=second)},
    )
    assert {each for each in found if each[0] == "SD180"} == expected


@pytest.mark.parametrize(
    ("beside", "text", "flask", "is_told"),
    [
        (
            "Dockerfile",
            "FROM python:3.7.3\nCOPY . .\nRUN pip install -r requirements.txt\n",
            "2.1.0",
            False,
        ),
        (
            "Dockerfile",
            "FROM python:3.6-slim\nRUN pip install -r requirements.txt\n",
            "1.1.2",
            False,
        ),
        (
            "Dockerfile",
            "FROM docker.io/library/python:3.6\nRUN pip install -r requirements.txt\n",
            "1.1.2",
            False,
        ),
        (
            "Dockerfile",
            "FROM python:3.7\nRUN pip install -r requirements.txt\n",
            "1.1.2",
            True,
        ),
        (
            "Dockerfile",
            "FROM python:3.9\nRUN pip install -r requirements.txt\n",
            "2.1.0",
            True,
        ),
        (
            "Dockerfile",
            "FROM python:3\nRUN pip install -r requirements.txt\n",
            "2.1.0",
            True,
        ),
        (
            "Dockerfile",
            "FROM python:3.6\nRUN pip install -r other.txt\n",
            "1.1.2",
            True,
        ),
        (
            "Dockerfile",
            "FROM python:3.6 AS a\nFROM python:3.11\nRUN pip install -r requirements.txt\n",
            "1.1.2",
            True,
        ),
        ("runtime.txt", "python-3.6.15\n", "1.1.2", False),
        ("runtime.txt", "python-3.11.4\n", "1.1.2", True),
        (
            ".github/workflows/main.yml",
            "steps:\n- with:\n    python-version: 3.5\n",
            "1.0.2",
            False,
        ),
        (
            ".github/workflows/main.yml",
            "steps:\n- with:\n    python-version: '3.10'\n",
            "1.0.2",
            True,
        ),
        (
            ".github/workflows/main.yml",
            "matrix:\n  python-version: [3.6, 3.9]\n",
            "1.0.2",
            True,
        ),
    ],
)
def test_releases_that_the_python_of_the_project_never_gets(
    tmp_path: Path, beside: str, text: str, flask: str, is_told: bool
) -> None:
    files = {"requirements.txt": f"flask=={flask}\nnumpy\nscikit-learn\n", beside: text}
    assert (("SD462", "warning") in told(tmp_path, "requirements.txt", files)) is is_told


@pytest.mark.parametrize(("python", "is_told"), [("3.6", False), ("3.7", True), ("3.11", True)])
def test_releases_that_the_python_of_the_environment_never_gets(tmp_path: Path, python: str, is_told: bool) -> None:
    text = f"name: a\ndependencies:\n- python={python}\n- pip\n- pip:\n  - azureml-defaults\n  - flask==1.1.2\n"
    assert (("SD462", "warning") in told(tmp_path, "conda.yml", {"conda.yml": text})) is is_told


@pytest.mark.parametrize(
    ("value", "is_told"),
    [("0.1", False), ("1", False), ("0", False), ("-1", True), ("-0.5", True)],
)
def test_parts_of_a_graphics_processor_can_be_deployed(tmp_path: Path, value: str, is_told: bool) -> None:
    text = (
        "from azureml.core.webservice import AksEndpoint, AksWebservice\n\n"
        f"a = AksEndpoint.deploy_configuration(cpu_cores=0.1, memory_gb=0.5, gpu_cores={value})\n"
        f"b = AksWebservice.deploy_configuration(gpu_cores={value})\n"
    )
    assert (("SD817", "error") in told(tmp_path, "deploy.py", {"deploy.py": text})) is is_told
