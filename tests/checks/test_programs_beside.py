"""What the programs beside a script do with it decides whether something in it is a mistake: who sends what, which
packages they pin, what they call, and which Python runs it. Each case stands beside a neighbour that must be told."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts
from scoredock.checks.check import check
from scoredock.scripts.environment import OverlayReader, surroundings

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


@pytest.mark.parametrize(("beside", "is_told"), [("aml_config/local.compute", False), ("aml_config/notes.txt", True)])
def test_the_folder_of_a_script_of_the_workbench_without_a_schema(tmp_path: Path, beside: str, is_told: bool) -> None:
    script = "import pickle\n\n\ndef init():\n    global model\n    model = pickle.load(open('m.pkl', 'rb'))\n\n\n"
    files = {"score.py": script + "def run(data):\n    return str(model)\n", "m.pkl": "", beside: ""}
    assert (("SD508", "warning") in told(tmp_path, "score.py", files)) is is_told


@pytest.mark.parametrize(
    "line", ["from keras.models import load_model", "from tensorflow.keras.models import load_model"]
)
def test_a_model_of_keras_in_the_folder_of_the_script(tmp_path: Path, line: str) -> None:
    script = f"def init():\n    {line}\n    global model\n    model = load_model('m.h5')\n\n\n"
    files = {"score.py": script + "def run(data):\n    return str(model)\n", "m.h5": ""}
    assert ("SD508", "warning") in told(tmp_path, "score.py", files)


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({"score.py": ARRAY, "aml_config/local.compute": ""}, True),
        ({"train.py": "print(1)\n", "aml_config/local.compute": ""}, False),
        ({"score.py": ARRAY}, False),
    ],
)
def test_the_python_of_a_project_of_the_workbench(tmp_path: Path, more: dict[str, str], is_told: bool) -> None:
    name = "aml_config/conda_dependencies.yml"
    conda = "name: project_environment\ndependencies:\n  - python=3.5.2\n  - pip:\n    - azure-ml-api-sdk\n"
    files = {name: conda, "aml_config/docker.runconfig": "CondaDependenciesFile: aml_config/conda_dependencies.yml\n"}
    assert (("SD410", "warning") in told(tmp_path, name, {**files, **more})) is is_told


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
        ("python_env.yaml", "python: 3.6.13\nbuild_dependencies:\n- pip==22.0.4\n", "1.1.2", False),
        ("python_env.yaml", "python: 3.10.13\n", "1.1.2", True),
        ("SETUP.md", "conda create -n a python=3.6.*\n\npip install -r requirements.txt\n", "1.1.2", False),
        ("MLmodel", "flavors:\n  python_function:\n    python_version: 3.6.13\n", "1.1.2", False),
        ("MLmodel", "flavors:\n  python_function:\n    python_version: 3.10.13\n", "1.1.2", True),
        ("env.yml", "dependencies:\n- python=3.6.2\n- pip:\n  - -r requirements.txt\n", "1.1.2", False),
        ("env.yml", "dependencies:\n- python=3.6.2\n- pip:\n  - flask\n", "1.1.2", True),
        ("SETUP.md", "conda create -n a python=3.9\n\npip install -r requirements.txt\n", "1.1.2", True),
        ("SETUP.md", "conda create -n a python=3.6\n\npip install -r other.txt\n", "1.1.2", True),
        ("app.yaml", "runtime: python36\n", "1.1.2", False),
        ("app.yaml", "runtime: python310\n", "1.1.2", True),
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
        (
            ".github/workflows/main.yml",
            "matrix:\n  python-version: ['3.6']\nsteps:\n- with:\n    python-version: ${{ matrix.python-version }}\n"
            "- run: pip install -r requirements.txt\n- with:\n    python-version: '3.11'\n"
            "- run: pip install -r docs.txt\n",
            "1.1.2",
            False,
        ),
        (
            "azure-pipelines.yml",
            "steps:\n- task: UsePythonVersion@0\n  inputs:\n    versionSpec: '3.6'\n"
            "- script: pip install -r requirements.txt\n",
            "1.1.2",
            False,
        ),
        (
            "azure-pipelines.yml",
            "steps:\n- inputs:\n    versionSpec: '3.6'\n- script: pip install -r tests.txt\n",
            "1.1.2",
            True,
        ),
        ("train.yml", "dependencies:\n- python=3.6\n- numpy\n- pip:\n  - flask==1.1.2\n", "1.1.2", False),
    ],
)
def test_releases_that_the_python_of_the_project_never_gets(
    tmp_path: Path, beside: str, text: str, flask: str, is_told: bool
) -> None:
    files = {"requirements.txt": f"flask=={flask}\nnumpy\nscikit-learn\n", beside: text}
    assert (("SD462", "warning") in told(tmp_path, "requirements.txt", files)) is is_told


@pytest.mark.parametrize(
    ("comment", "severity"),
    [
        ("# Requires Python >=3.5, < 3.9", ""),
        ("# This file is autogenerated by pip-compile with Python 3.8", ""),
        ("# for python<=3.7", ""),
        ("# with Python 3.9", "warning"),
        # These name none: the wheels are for 3.6 to 3.9, and NumPy 2 is for 3.9 only.
        ("# needs Python 3.6 or later", "information"),
        ("# for Python 3.6+", "information"),
        ("# for Python 3.6, 3.11", "information"),
        ("# requires Python <4.0", "information"),
    ],
)
def test_the_python_that_a_comment_of_a_list_names(comment: str, severity: str) -> None:
    findings = check(f"{comment}\npandas==1.1.5\ntorch==1.7.1\n", Facts(path="/p/requirements.txt"))
    assert [each.severity for each in findings if each.code == "SD462"] == [severity] * bool(severity)


@pytest.mark.parametrize(("ubuntu", "is_told"), [("16.04", False), ("22.04", True)])
def test_images_of_ubuntu_16_have_an_old_python(tmp_path: Path, ubuntu: str, is_told: bool) -> None:
    image = f"FROM mcr.microsoft.com/azureml/openmpi3.1.2-ubuntu{ubuntu}\nRUN pip install -r requirements.txt\n"
    files = {"requirements.txt": "seaborn==0.11.2\n", "Dockerfile": image}
    assert (("SD462", "warning") in told(tmp_path, "requirements.txt", files)) is is_told


@pytest.mark.parametrize(
    ("pin", "is_told"),
    [
        ("azureml-sdk[automl]==1.0.15", False),
        ("azureml-sdk[notebooks,automl]==1.4.0", False),
        ("azureml-sdk==1.0.15", True),
        ("azureml-sdk[automl]==1.55.0", True),
        ("azureml-sdk[automl]", True),
    ],
)
def test_an_old_scikit_learn_that_automated_ml_brings(tmp_path: Path, pin: str, is_told: bool) -> None:
    files = {"score.py": OLD, "a.yml": f"dependencies:\n- pip:\n  - {pin}\n", "b.yml": "dependencies:\n- pip\n"}
    assert (("SD126", "warning") in told(tmp_path, "score.py", files)) is is_told


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


@pytest.mark.parametrize(
    ("listed", "is_told"),
    [
        ("- scikit-learn>=0.19.0,<=0.20.3", False),
        ("- scikit-learn<0.23", False),
        ("- 'scikit-learn~=0.22.1'", False),
        ("- pip:\n  - azureml-train-automl-runtime==1.0.85.5", False),
        ("- scikit-learn>=0.19.0,<=0.24", True),
        ("- scikit-learn<0.24", True),
        ("- scikit-learn~=0.22", True),
        ("- scikit-learn>=0.20.3", True),
        ("- pip:\n  - azureml-train-automl-runtime==1.55.0", True),
    ],
)
def test_a_scikit_learn_that_still_has_joblib_by_a_range(tmp_path: Path, listed: str, is_told: bool) -> None:
    script = "from sklearn.externals import joblib\n\n\n" + ARRAY.split("import numpy as np\n\n\n")[1].replace(
        "np.array(json.loads(raw))", "[[1]]"
    )
    files = {
        "score.py": script,
        "AutoML.yml": f"dependencies:\n- python=3.6.2\n{listed}\n",
    }
    assert (("SD126", "warning") in told(tmp_path, "score.py", files)) is is_told


@pytest.mark.parametrize(
    ("deployment", "is_told"),
    [
        ("print('train.py', 'own.yml')", False),
        ("deploy('score.py', packages='packages.txt')", False),
        ("deploy('score.py', conda_file='own.yml', install='packages.txt')", False),
        ("deploy('score.py', conda_file='own.yml')", True),
        ("deploy('score.py', conda_file='./own.yml', docker='python:3.6')", True),
    ],
)
def test_the_packages_that_a_program_gives_the_script(tmp_path: Path, deployment: str, *, is_told: bool) -> None:
    script = (
        "from sklearn.externals import joblib\n\n\ndef init():\n    print(joblib)\n\n\ndef run(raw):\n    return raw\n"
    )
    files = {
        "score.py": script,
        "own.yml": "dependencies:\n- python=3.6.2\n- scikit-learn\n",
        "packages.txt": "numpy=1.16.2=py36\nscikit-learn=0.19.1=py36\n",
        "service.py": f"{deployment}\n",
    }
    assert (("SD126", "warning") in told(tmp_path, "score.py", files)) is is_told


@pytest.mark.parametrize(("name", "is_told"), [("score", False), ("scoring", True)])
@pytest.mark.parametrize(
    "module", ["azureml.api.realtime.services", "azureml.webservice_schema.schema_generation"], ids=["first", "later"]
)
def test_arguments_of_a_schema_that_a_program_beside_makes(
    tmp_path: Path, module: str, name: str, *, is_told: bool
) -> None:
    script = "def init():\n    pass\n\n\ndef run(day, rain, heat):\n    return [day, rain, heat]\n"
    made = f"from {module} import generate_schema\n\nprint(generate_schema, '{name}.py')\n"
    files = {"score.py": script, "make_schema.py": made}
    assert (("SD107", "error") in told(tmp_path, "score.py", files)) is is_told


@pytest.mark.parametrize(("name", "is_told"), [("score", False), ("scoring", True)])
@pytest.mark.parametrize("use", ["table.iloc[0]['words'].lower()", "len(table.columns)"])
def test_a_schema_that_a_program_beside_makes(tmp_path: Path, name: str, use: str, *, is_told: bool) -> None:
    script = f"import json\n\n\ndef init():\n    pass\n\n\ndef run(table):\n    return json.dumps({use})\n"
    made = f"import {name}\nfrom azureml.api.realtime.services import generate_schema\n\ngenerate_schema({name}.run)\n"
    told_codes = {code for code, _ in told(tmp_path, "score.py", {"score.py": script, "make_schema.py": made})}
    assert bool(told_codes & {"SD185", "SD186", "SD195"}) is is_told


SCHEMA = "from azureml.api.schema.sampleDefinition import SampleDefinition\n"


@pytest.mark.parametrize(
    ("head", "beside", "is_told"),
    [
        ("", {}, True),
        ("", {"service/service_schema.json": "{}"}, False),
        ("", {"make.ipynb": notebook(f"{SCHEMA}inputs = make(SampleDefinition)", "!az ml service -f score.py")}, False),
        ("", {"make.ipynb": notebook(f"{SCHEMA}inputs = make(SampleDefinition)")}, True),
        ("", {"make.ipynb": notebook("print('score.py')")}, True),
        ("from azureml.datacollector import ModelDataCollector\n", {}, False),
    ],
)
def test_a_schema_of_the_first_service(tmp_path: Path, head: str, beside: dict[str, str], *, is_told: bool) -> None:
    script = (
        f"import json\n{head}\n\ndef init():\n    print('ready')\n\n\ndef run(table):\n"
        "    return json.dumps(len(table.columns) + len(table['age']))\n"
    )
    codes = {code for code, _ in told(tmp_path, "service/score.py", {"service/score.py": script, **beside})}
    assert bool(codes & {"SD185", "SD192"}) is is_told


@pytest.mark.parametrize(("beside", "is_told"), [({}, True), ({"service_schema.json": "{}"}, False)])
def test_the_folder_of_a_script_of_the_first_service(tmp_path: Path, beside: dict[str, str], *, is_told: bool) -> None:
    script = "import joblib\n\n\ndef init():\n    print(joblib.load('m.pkl'))\n\n\ndef run(rows):\n    return rows\n"
    assert (("SD508", "warning") in told(tmp_path, "score.py", {"score.py": script, "m.pkl": "", **beside})) is is_told


CELL = '{"cells": [{"source": "%%writefile score.py\\nimport json"}, {"source": "open(\\"conda.yml\\", \\"w\\")"}, '


@pytest.mark.parametrize(
    ("beside", "codes"),
    [
        ({}, {"SD207", "SD211"}),
        ({"deploy.ipynb": CELL}, set()),
        ({"deploy.ipynb": CELL.replace("score.py", "others_score.py")}, {"SD207"}),
        ({"deploy.ipynb": CELL.replace('\\"w\\"', '\\"r\\"')}, {"SD211"}),
        ({"deploy.py": "Path('score.txt').write_text('score.py')\nopen('conda.yml').read()\n"}, {"SD211"}),
        ({"deploy.py": "config = InferenceConfig('score.py', conda_file='conda.yml')\n"}, {"SD207", "SD211"}),
    ],
)
def test_files_of_a_configuration_that_a_program_writes(
    tmp_path: Path, beside: dict[str, str], codes: set[str]
) -> None:
    config = '{"entryScript": "score.py", "runtime": "python", "condaFile": "conda.yml"}'
    found = told(tmp_path, "inferenceconfig.json", {".git/HEAD": "", "inferenceconfig.json": config, **beside})
    assert {code for code, _ in found} & {"SD207", "SD211"} == codes


PROGRAM = (
    "import json\n\n\ndef init():\n    print('model')\n\n\ndef run(data):\n    print(json.loads(data))\n"
    "\n\nif __name__ == '__main__':\n    init()\n    {use}\n"
)


@pytest.mark.parametrize(
    ("name", "use", "files", "is_told"),
    [
        ("steps.py", "print(run('{}'))", {}, True),
        ("steps.py", "run('{}')", {}, False),
        ("score.py", "run('{}')", {}, False),
        ("score.py", "answer = run('{}')", {}, True),
        (
            "steps.py",
            "print(run('{}'))",
            {"submit.py": "ScriptRunConfig(source_directory='.', script='steps.py')\n"},
            False,
        ),
        ("steps.py", "print(run('{}'))", {"job.yml": "type: command\ncommand: python -u steps.py --rate 1\n"}, False),
        (
            "steps.py",
            "print(run('{}'))",
            {"submit.py": "ScriptRunConfig(source_directory='.', script='others.py')\n"},
            True,
        ),
        (
            "steps.py",
            "print(run('{}'))",
            {
                "submit.py": "ScriptRunConfig('.', 'steps.py')\n",
                "deploy.py": "InferenceConfig(entry_script='steps.py', environment=env)\n",
            },
            True,
        ),
    ],
)
def test_a_program_that_has_a_run_of_its_own(
    tmp_path: Path, name: str, use: str, files: dict[str, str], *, is_told: bool
) -> None:
    files = {name: PROGRAM.replace("{use}", use), **files}
    assert (("SD130", "warning") in told(tmp_path, name, files)) is is_told


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("from sklearn.externals import six", "six"),
        ("from sklearn.externals.six import StringIO", "six"),
        ("from sklearn.externals.six.moves import range", "six"),
        ("from sklearn.externals import joblib", "joblib"),
        ("from sklearn.externals import _packaging", ""),
        ("import sklearn.externals", ""),
    ],
)
def test_a_package_that_scikit_learn_had_in_it(line: str, shown: str) -> None:
    script = f"{line}\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return data\n"
    found = [each for each in check(script, Facts(path="/project/score.py")) if each.code == "SD126"]
    assert [f"“{shown}” itself" in each.message for each in found] == [True] * bool(shown)


@pytest.mark.parametrize(
    ("name", "beside", "is_told"),
    [
        ("training_dependencies.yml", {}, False),
        (
            "conda-train.yml",
            {"train.runconfig": '{"condaDependenciesFile": "conda-train.yml"}'},
            False,
        ),
        (
            "training_dependencies.yml",
            {"inferenceconfig.json": '{"entryScript": "score.py"}'},
            False,
        ),
        (
            "training_dependencies.yml",
            {"inferenceconfig.json": '{"entryScript": "score.py", "condaFile": "training_dependencies.yml"}'},
            True,
        ),
        (
            "train_env.yml",
            {
                "deploy.py": "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig\n\n"
                "e = Environment.from_conda_specification('a', 'train_env.yml')\n"
                "InferenceConfig('score.py', environment=e)\n"
            },
            True,
        ),
        ("trained_model_env.yml", {}, True),
        (
            "dependencies.yml",
            {
                "tune.ipynb": notebook(
                    "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig",
                    "e = Environment.from_conda_specification('a', 'dependencies.yml')",
                    "ScriptRunConfig('.', environment=e)",
                )
            },
            False,
        ),
        (
            "dependencies.yml",
            {
                "tune.py": "e = Environment.from_conda_specification('a', 'dependencies.yml')\nScriptRunConfig('.')\n",
                "deploy.py": "e = load('dependencies.yml')\nInferenceConfig('score.py', environment=e)\n",
            },
            True,
        ),
        (
            "dependencies.yml",
            {"deploy/inference-config.yml": "entryScript: score.py\ncondaFile: deploy/env.yml\n"},
            False,
        ),
        (
            "dependencies.yml",
            {"other/inference-config.yml": "entryScript: answer.py\ncondaFile: env.yml\n"},
            True,
        ),
        ("dependencies.yml", {}, True),
    ],
)
def test_an_environment_for_training_beside_a_script(
    tmp_path: Path, name: str, beside: dict[str, str], is_told: bool
) -> None:
    text = "name: a\ndependencies:\n- python=3.6.2\n- pip:\n  - azureml-defaults\n- scikit-learn\n"
    files = {"score.py": ARRAY, name: text, **beside}
    assert ("SD463" in {code for code, _ in told(tmp_path / "a", name, files)}) is is_told


@pytest.mark.parametrize(
    ("made", "is_told"),
    [
        ("run.download_file('outputs/scoring_file_v_1_0_0.py', entry)", False),
        ("run.download_file(name='a', output_file_path=entry)", False),
        ("open(entry, 'w').write(text)", False),
        ("Path(entry).write_text(text)", False),
        ("shutil.copy(other, entry)", False),
        ("open(entry).read()", True),
        ("print(entry)", True),
        ("run.download_file('outputs/scoring_file_v_1_0_0.py', other)", True),
    ],
)
@pytest.mark.parametrize("program", ["deploy.py", "deploy.ipynb"])
def test_an_entry_script_that_the_program_fetches_to_a_variable(
    tmp_path: Path, made: str, is_told: bool, program: str
) -> None:
    text = (
        "import shutil\nfrom pathlib import Path\n\nfrom azureml.core.model import InferenceConfig\n\n"
        f"text = other = 'a'\nentry = 'inference/scoring.py'\n{made}\nInferenceConfig(entry_script=entry)\n"
    )
    if program.endswith(".ipynb"):
        text = notebook(text)
    assert ("SD816" in {code for code, _ in told(tmp_path, program, {program: text})}) is is_told


@pytest.mark.parametrize(
    ("beside", "found"),
    [("config_template.json", []), ("config.example.json", []), ("confg.json", ["warning"])],
)
def test_a_configuration_that_is_filled_in_from_a_template(tmp_path: Path, beside: str, found: list[str]) -> None:
    text = "from azureml.core import Workspace\n\nWorkspace.from_config(path='config.json')\n"
    files = {"deploy.py": text, beside: "{}"}
    assert [severity for code, severity in told(tmp_path, "deploy.py", files) if code == "SD824"] == found


@pytest.mark.parametrize(("is_repository", "is_told"), [(True, False), (False, True)])
def test_a_configuration_of_the_repository_beside(tmp_path: Path, is_repository: bool, is_told: bool) -> None:
    """What lies beside the root of a repository is another project with files of the same names."""
    text = "name: a\ndependencies:\n- python=3.6.2\n- pip:\n  - azureml-defaults\n"
    files = {"a/score.py": ARRAY, "a/env.yml": text, "a/other.yml": text}
    files["b/inferenceconfig.json"] = '{"entryScript": "score.py", "condaFile": "env.yml"}'
    if is_repository:
        files["a/.git/HEAD"] = "ref: refs/heads/main"
    assert (("SD463", "information") in told(tmp_path, "a/env.yml", files)) is is_told


@pytest.mark.parametrize(
    ("python", "listed", "is_told"),
    [
        ("3.6.2", "azureml-sdk[automl]", False),
        ("3.6.2", "azureml-train-automl", False),
        ("3.8", "azureml-sdk[automl]==1.20.0", False),
        ("3.8", "azureml-sdk[automl]", True),
        ("3.6.2", "azureml-sdk", True),
        ("3.6.2", "azureml-sdk[notebooks]", True),
    ],
)
def test_the_scikit_learn_of_automated_ml(python: str, listed: str, is_told: bool) -> None:
    script = "from sklearn.externals import joblib\n\n\n" + ARRAY.split("import numpy as np\n\n\n")[1].replace(
        "np.array(json.loads(raw))", "[[1]]"
    )
    text = f"dependencies:\n- python={python}\n- scikit-learn\n- pip:\n  - azureml-defaults\n  - {listed}\n"
    name, _, version = listed.replace("[automl]", "").replace("[notebooks]", "").partition("==")
    packages = {"scikit-learn": "", "azureml-defaults": "", name: version and f"=={version}"}
    short = ".".join(python.split(".")[:2])
    environment = EnvironmentFacts("/project/conda.yml", "e", short, packages, text=text)
    found = check(script, Facts(path="/project/score.py", environment=environment))
    assert ("SD126" in {each.code for each in found}) is is_told


@pytest.mark.parametrize(("beside", "is_told"), [("MLmodel", False), ("model.lgb", True)])
def test_the_environment_that_mlflow_writes_beside_its_model(tmp_path: Path, beside: str, is_told: bool) -> None:
    text = "channels:\n- conda-forge\ndependencies:\n- python=3.11\n- pip\n- pip:\n  - mlflow\nname: mlflow-env\n"
    files = {"online/my_score.py": ARRAY, "online/model/conda.yaml": text, f"online/model/{beside}": "flavors: {}\n"}
    assert (("SD406", "warning") in told(tmp_path, "online/model/conda.yaml", files)) is is_told


@pytest.mark.parametrize(
    ("address", "is_told"),
    [("published.endpoint", False), ("service.scoring_uri", True), ("'http://localhost:6789/score'", True)],
)
def test_a_body_that_starts_a_published_pipeline(tmp_path: Path, address: str, is_told: bool) -> None:
    script = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)['age']\n"
    client = (
        "import requests\n\nservice = published = load()\nprint(service.scoring_uri)\n"
        f"address = {address}\nrequests.post(address, json={{'ExperimentName': 'a'}})\n"
    )
    files = {"score.py": script, "client.py": client}
    assert (("SD843", "warning") in told(tmp_path, "client.py", files)) is is_told


@pytest.mark.parametrize(
    ("step", "is_told"),
    [
        ("script: az ml model register -g a -w b\n      -n IRIS --asset-path out", False),
        ("script: 'az ml model register -g a\n      -n IRIS --asset-path out'", False),
        ("displayName: a\n    script: az ml model register -g a\n      -n IRIS --asset-path out", False),
        ("script: az ml model register -g a --asset-path out\n    displayName: -n IRIS", True),
        ("script: |\n      az ml model register -g a\n      -n IRIS --asset-path out", True),
    ],
)
def test_a_command_that_yaml_folds_over_lines(tmp_path: Path, step: str, is_told: bool) -> None:
    text = f"steps:\n  - task: AzureCLI@2\n    {step}\n"
    assert (("SD851", "error") in told(tmp_path, "azure-pipelines.yml", {"azure-pipelines.yml": text})) is is_told


@pytest.mark.parametrize(("memory", "codes"), [("memoryInGB:2", {"SD301"}), ("memoryInGB: 2", set[str]())])
def test_a_compute_type_below_a_broken_line(tmp_path: Path, memory: str, codes: set[str]) -> None:
    text = f"containerResourceRequirements:\n  cpu: 2\n  {memory}\ncomputeType: ACI\n"
    found = told(tmp_path, "aciDeploymentConfig.yml", {"aciDeploymentConfig.yml": text})
    assert {code for code, severity in found if severity == "error"} == codes


CONDA = "name: a\ndependencies:\n- python=3.10\n- pip:\n  - pandas\n"
SCHEMAS = "https://azuremlschemas.azureedge.net/latest"
COMPONENT = f"$schema: {SCHEMAS}/{{kind}}.schema.json\nname: a\nenvironment:\n  conda_file: {{path}}\n"


@pytest.mark.parametrize(
    ("beside", "is_told"),
    [
        (
            {"batch.py": "e = Environment(conda_file='./src/conda.yaml')\nModelBatchDeployment(environment=e)\n"},
            False,
        ),
        (
            {"src/train/component.yml": COMPONENT.format(kind="commandComponent", path="../conda.yaml")},
            False,
        ),
        (
            {"batch.py": "e = Environment(conda_file='./other/conda.yaml')\nModelBatchDeployment(environment=e)\n"},
            True,
        ),
        (
            {
                "batch.py": "e = Environment(conda_file='./src/conda.yaml')\nModelBatchDeployment(environment=e)\n",
                "online.py": "e = Environment(conda_file='src/conda.yaml')\nManagedOnlineDeployment(environment=e)\n",
            },
            True,
        ),
        (
            {
                "src/train/component.yml": COMPONENT.format(kind="commandComponent", path="../conda.yaml"),
                "src/inferenceconfig.yml": "entryScript: score.py\ncondaFile: conda.yaml\n",
            },
            True,
        ),
        (
            {"src/train/component.yml": COMPONENT.format(kind="commandComponent", path="conda.yaml")},
            True,
        ),
        ({}, True),
    ],
)
def test_an_environment_that_only_batches_and_jobs_name(tmp_path: Path, beside: dict[str, str], is_told: bool) -> None:
    files = {"src/score.py": ARRAY, "src/conda.yaml": CONDA, **beside}
    assert ("SD406" in {code for code, _ in told(tmp_path, "src/conda.yaml", files)}) is is_told


@pytest.mark.parametrize(
    ("name", "is_told"),
    [("route.conda.yml", False), ("score.conda.yml", True), ("a.conda.yml", True)],
)
def test_an_environment_with_the_name_of_another_script(tmp_path: Path, name: str, is_told: bool) -> None:
    packages = "name: a\ndependencies:\n- pip:\n  - azureml-defaults\n  - numpy\n"
    for path, text in {"score.py": ARRAY, "route.py": ARRAY, name: packages}.items():
        (tmp_path / path).write_text(text)
    found = surroundings(tmp_path / "score.py", OverlayReader(None, {}), None, (), lambda: ("", ""))
    assert (found.environment is not None) is is_told


@pytest.mark.parametrize(
    ("beside", "found"),
    [
        ({"azure-pipelines.yml": "- publish: .\n  artifact: landing\n"}, set()),
        ({".github/workflows/a.yml": "with:\n  artifactName: 'landing'\n"}, set()),
        (
            {"azure-pipelines.yml": "- publish: .\n  artifact: other\n"},
            {"SD207", "SD211"},
        ),
        (
            {
                "azure-pipelines.yml": "- publish: .\n  artifact: landing\n",
                "landing/a.txt": "",
            },
            {"SD207", "SD211"},
        ),
        (
            {".gitmodules": '[submodule "landing"]\n\tpath = landing\n\turl = https://a.example/b\n'},
            set(),
        ),
        (
            {".gitmodules": '[submodule "b"]\n\tpath = b\n\turl = https://a.example/b\n'},
            {"SD207", "SD211"},
        ),
        ({}, {"SD207", "SD211"}),
    ],
)
def test_files_that_a_pipeline_or_a_submodule_brings(tmp_path: Path, beside: dict[str, str], found: set[str]) -> None:
    text = "entryScript: ../landing/deploy/score.py\ncondaFile: ../landing/deploy/conda.yml\n"
    files = {"deploy/inferenceconfig.yml": text, **beside}
    assert {code for code, _ in told(tmp_path, "deploy/inferenceconfig.yml", files)} == found


@pytest.mark.parametrize(
    ("path", "source", "is_told"),
    [
        ("src/score.py", "src", True),
        ("./src/score.py", "src/", True),
        ("score.py", "src", False),
        ("src/score.py", ".", False),
    ],
)
def test_an_entry_script_with_its_source_directory(tmp_path: Path, path: str, source: str, *, is_told: bool) -> None:
    text = (
        "from azureml.core.model import InferenceConfig\n\n"
        f"InferenceConfig(entry_script={path!r}, source_directory={source!r})\nprint('score.py')\n"
    )
    found = told(tmp_path, "deploy.py", {"deploy.py": text, "src/score.py": ARRAY})
    assert (("SD816", "warning") in found) is is_told


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("code='./src', scoring_script='score.py'", set()),
        ("code='src', scoring_script='my-score.py'", set()),
        ("code='azureml:code:1', scoring_script='scorre.py'", set()),
        ("code='src', scoring_script='scorre.py'", {("SD816", "warning")}),
        ("code='src', scoring_script='src/score.py'", {("SD816", "warning")}),
        ("code='src', scoring_script='half.py'", {("SD815", "warning")}),
    ],
)
def test_the_script_of_a_deployment_of_v2(tmp_path: Path, words: str, expected: set[tuple[str, str]]) -> None:
    """azure-ai-ml refuses a deployment whose script is not there."""
    program = f"from azure.ai.ml.entities import CodeConfiguration\n\ncode = CodeConfiguration({words})\n"
    scripts = {"src/score.py": ARRAY, "src/my-score.py": ARRAY, "src/half.py": "def init():\n    pass\n"}
    assert told(tmp_path, "deploy.py", {"deploy.py": program, **scripts}) == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("CodeConfiguration(code='src', scoring_script='score.py')", set()),
        ("CodeConfiguration(code='scr', scoring_script='score.py')", {("SD824", "warning")}),
        ("CodeConfiguration('scr', 'score.py')", {("SD824", "warning")}),
        ("CodeConfiguration(code='azureml:a:1', scoring_script='score.py')", set()),
        ("CodeConfiguration(code=folder, scoring_script='score.py')", set()),
        ("Environment(conda_file='env/conda.yml')", set()),
        ("Environment(conda_file='conda.yml')", {("SD824", "warning")}),
        ("Environment(conda_file='env/Conda.yml')", {("SD824", "warning")}),
        ("Environment(conda_file='conda.yml', base_path=folder)", set()),
        ("Environment(conda_file={'dependencies': []})", set()),
        ("open('conda.yml', 'w')\nEnvironment(conda_file='conda.yml')", set()),
        ("command(code='./src', command='python score.py')", set()),
        ("command(code='./training', command='python train.py')", {("SD824", "warning")}),
        ("command(code='https://a.example/train', command='python train.py')", set()),
        ("BuildContext(path='src')", set()),
        ("BuildContext(path='docker')", {("SD824", "warning")}),
        ("Model(path='model/modle.pkl')", {("SD824", "warning")}),
        ("Model(path='large/weights.pt')", set()),
        ("Model(path='runs:/a/modle')", set()),
        ("folder.fit()\nModel(path='model/modle.pkl')", set()),
        ("ManagedOnlineDeployment(code_path='src', scoring_script='score.py')", set()),
        ("ManagedOnlineDeployment(code_path='src', scoring_script='scorre.py')", {("SD816", "warning")}),
        ("ManagedOnlineDeployment(code_path='scr', scoring_script='score.py')", {("SD824", "warning")}),
        ("ManagedOnlineDeployment(scoring_script='score.py')", set()),
        ("ManagedOnlineEndpoint(name='my_endpoint')", {("SD812", "error")}),
        ("ManagedOnlineEndpoint(name='my-Endpoint1')", set()),
        ("ManagedOnlineEndpoint(name=f'my_{folder}')", set()),
        ("ManagedOnlineDeployment(name='b', endpoint_name='a')", {("SD812", "error")}),
        ("ManagedOnlineEndpoint(name='<endpoint>')", set()),
    ],
)
def test_what_a_program_of_v2_sends_along(tmp_path: Path, call: str, expected: set[tuple[str, str]]) -> None:
    """A program of azure-ai-ml: what is not there, and names that it refuses."""
    names = "BuildContext, CodeConfiguration, Environment, ManagedOnlineDeployment, ManagedOnlineEndpoint, Model"
    program = f"import sys\n\nfrom azure.ai.ml import command\nfrom azure.ai.ml.entities import {names}\n\n"
    program += f"folder = sys.argv[1]\nprint(CodeConfiguration())\n{call}\n"
    files = {
        "deploy.py": program,
        "src/score.py": ARRAY,
        "env/conda.yml": "dependencies: [pip]\n",
        "model/model.pkl": "",
    }
    assert told(tmp_path, "deploy.py", files) == expected


@pytest.mark.parametrize(
    ("path", "beside", "is_told"),
    [
        ("./Users/anna/answer.py", {"answer.py": ARRAY}, False),
        ("./Users/anna/answer.py", {"ask.py": ARRAY}, True),
        ("./scripts/answer.py", {"answer.py": ARRAY}, True),
        ("yolo/answer.py", {".gitmodules": "[submodule]\n\tpath = yolo\n"}, False),
        (
            "yolo/answer.py",
            {".gitmodules": "[submodule]\n\tpath = yolo\n", "yolo/ask.py": ARRAY},
            True,
        ),
    ],
)
def test_an_entry_script_on_the_share_of_a_workspace_or_in_a_submodule(
    tmp_path: Path, path: str, beside: dict[str, str], is_told: bool
) -> None:
    text = f"from azureml.core.model import InferenceConfig\n\nInferenceConfig(entry_script='{path}')\n"
    assert ("SD816" in {code for code, _ in told(tmp_path, "deploy.py", {"deploy.py": text, **beside})}) is is_told


@pytest.mark.parametrize(("module", "is_told"), [("code", False), ("codes", True)])
def test_a_training_script_in_a_submodule_that_is_not_fetched(tmp_path: Path, module: str, is_told: bool) -> None:
    files = {
        ".gitmodules": f"[submodule]\n\tpath = {module}\n",
        "service/run.py": "from azureml.core import ScriptRunConfig\n\nScriptRunConfig('./code', 'a/train.py')\n",
    }
    assert ("SD824" in {code for code, _ in told(tmp_path, "service/run.py", files)}) is is_told


@pytest.mark.parametrize(
    ("folder", "pin", "is_told"),
    [
        ("a/b/scripts", "scikit-learn==0.22.2.post1", False),
        ("a/b/scripts", "scikit-learn==1.1", True),
        ("scripts", "scikit-learn==0.22.1", False),
    ],
)
def test_an_old_scikit_learn_in_the_requirements_of_the_repository(
    tmp_path: Path, folder: str, pin: str, is_told: bool
) -> None:
    (tmp_path / ".git").mkdir()
    files = {f"{folder}/score.py": OLD, "requirements.txt": f"numpy\n{pin}\n"}
    assert ("SD126" in {code for code, _ in told(tmp_path, f"{folder}/score.py", files)}) is is_told


@pytest.mark.parametrize(
    ("head", "listed", "is_known"),
    [
        ("import azureml.automl.core\n", "scikit-learn", False),
        ("from azureml.automl.core.shared import log_server\n", "numpy", False),
        ("import azureml.automl.core\n", "azureml-automl-runtime", True),
        ("import azureml.core\n", "scikit-learn", True),
        ("# azureml.automl made the model\n", "scikit-learn", True),
    ],
)
def test_an_environment_beside_a_script_of_automated_ml(tmp_path: Path, head: str, listed: str, is_known: bool) -> None:
    """Its own is that of its run, and what lies beside it is for training."""
    (tmp_path / "score.py").write_text(head + ARRAY)
    (tmp_path / "conda.yml").write_text(f"dependencies:\n- pip:\n  - azureml-defaults\n  - {listed}\n")
    found = surroundings(tmp_path / "score.py", OverlayReader(None, {}), None, (), lambda: ("", ""))
    assert (found.environment is not None) is is_known


@pytest.mark.parametrize(
    ("imports", "is_told"),
    [
        ("import statsmodels.api as sm", True),
        ("from statsmodels.tsa.api import VAR", True),
        ("from statsmodels.tsa.seasonal import STL", True),
        ("from statsmodels import api, robust", True),
        ("import json", True),
        ("from statsmodels.tsa.arima_model import ARIMA", False),
        ("import statsmodels.formula.api as smf", False),
    ],
)
def test_a_release_of_which_only_a_part_is_broken(tmp_path: Path, imports: str, is_told: bool) -> None:
    """Each was imported on Python 3.8, with SciPy 1.10 and NumPy 1.23."""
    text = "azureml-defaults\nstatsmodels==0.12.2\npandas==1.5.3\nnumpy==1.23.5\n"
    files = {"requirements.txt": text, "train.py": f"{imports}\n"}
    assert (("SD462", "warning") in told(tmp_path, "requirements.txt", files)) is is_told


@pytest.mark.parametrize(("serving", "is_told"), [("pandas", True), ("azureml-defaults", False)])
def test_an_environment_for_other_ends_beside_that_of_a_service(tmp_path: Path, serving: str, is_told: bool) -> None:
    """Which of two environments with a server serves nobody knows here."""
    text = "name: a\ndependencies:\n- python=3.7\n- pip:\n  - {}\n"
    files = {"score.py": ARRAY, "env.yml": text.format("azureml-defaults"), "other.yml": text.format(serving)}
    assert (("SD463", "information") in told(tmp_path, "env.yml", files)) is is_told


@pytest.mark.parametrize(
    ("beside", "is_told"),
    [
        ({}, True),
        ({"train.py": "import nltk\n\nnltk.download('punkt')\n"}, False),
        ({"Dockerfile": "FROM python:3.11\nRUN python -m nltk.downloader punkt\n"}, False),
        ({"conda.yml": "dependencies:\n- nltk_data\n"}, False),
        ({"nltk_data/corpora/README": "x"}, False),
        ({"inferenceconfig.json": '{"entryScript": "score.py", "baseImage": "our.azurecr.io/nltk:1"}'}, False),
        ({"inferenceconfig.json": '{"entryScript": "score.py", "baseImage": null}'}, True),
        ({"deployment.yml": "environment:\n  image: our.azurecr.io/nltk:1\n"}, False),
        ({"deployment.yml": "environment:\n  image: mcr.microsoft.com/azureml/minimal:1\n"}, True),
        ({"deploy.py": "environment.docker.base_image = DEFAULT_CPU_IMAGE\nimage = ContainerImage(x)\n"}, True),
    ],
)
def test_data_of_nltk(tmp_path: Path, beside: dict[str, str], is_told: bool) -> None:
    text = (
        "from nltk.tokenize import word_tokenize\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
        "    return word_tokenize(data)\n"
    )
    assert ("SD524" in {code for code, _ in told(tmp_path, "score.py", {"score.py": text, **beside})}) is is_told


@pytest.mark.parametrize(("query", "is_told"), [("", True), ("?raw=true", False)])
@pytest.mark.parametrize("call", ["pd.read_csv", "Dataset.Tabular.from_delimited_files"])
def test_the_page_of_a_file(tmp_path: Path, query: str, is_told: bool, call: str) -> None:
    text = (
        "import pandas as pd\nfrom azureml.core import Dataset\n\n"
        f"table = {call}('https://github.com/a/b/blob/main/x.csv{query}')\n"
    )
    assert ("SD824" in {code for code, _ in told(tmp_path, "deploy.py", {"deploy.py": text})}) is is_told


@pytest.mark.parametrize(("beside", "severity"), [("images/a.txt", "warning"), ("model/a.txt", "error")])
def test_the_only_folder_beside_a_file_is_not_meant_by_that(tmp_path: Path, beside: str, severity: str) -> None:
    schema = "$schema: https://azuremlschemas.azureedge.net/latest/model.schema.json\n"
    files = {"model.yml": schema + "name: densenet\npath: ./models\ntype: triton_model\n", beside: "x"}
    assert told(tmp_path, "model.yml", files) == {("SD623", severity)}


@pytest.mark.parametrize(
    ("place", "python", "severity"),
    [
        ("aml_config/conda_dependencies.yml", "3.5.2", None),
        ("conda.yml", "3.5", None),
        ("aml_config/conda_dependencies.yml", "3.6.2", "warning"),
        ("other/conda_dependencies.yml", "3.5.2", "warning"),
    ],
)
def test_a_python_without_a_later_scikit_learn(tmp_path: Path, place: str, python: str, severity: str | None) -> None:
    """The Workbench wrote Python 3.5.2 into the conda file of each project; scikit-learn ends with 0.22 there."""
    script = (
        "from sklearn.externals import joblib\n\n\ndef init():\n    joblib.load('m')\n\n\ndef run(raw):\n    return 1\n"
    )
    files = {"score.py": script, place: f"dependencies:\n  - python={python}\n  - scikit-learn\n"}
    assert dict(told(tmp_path, "score.py", files)).get("SD126") == severity


def test_a_script_that_compares_the_shape_of_an_array_knows_its_body(tmp_path: Path) -> None:
    asks = ARRAY.replace(
        "    return model", "    if rows.shape != (1, 6):\n        return 'a list of lists'\n    return model"
    )
    other = asks.replace("rows.shape", "model.shape")
    assert asks != ARRAY
    assert "SD122" not in dict(told(tmp_path, "score.py", {"score.py": asks}))
    assert "SD122" in dict(told(tmp_path, "score.py", {"score.py": other}))


@pytest.mark.parametrize(
    ("train", "is_told"), [("pickle.dump(m, open('./outputs/m.pkl', 'wb'))", False), ("print('m.pkl')", True)]
)
def test_a_model_that_a_program_beside_writes_elsewhere(tmp_path: Path, train: str, is_told: bool) -> None:
    """A run leaves it in its outputs, and whoever deploys puts it beside the script: a remark."""
    script = "import pickle\n\n\ndef init():\n    pickle.load(open('./m.pkl', 'rb'))\n\n\ndef run(raw):\n    return 1\n"
    files = {"project/score.py": script, "project/train.py": train}
    assert (("SD517", "warning") in told(tmp_path, "project/score.py", files)) is is_told


@pytest.mark.parametrize(
    ("handler", "severity"), [("except Exception:\n    pass", "warning"), ("except KeyError:\n    pass", "error")]
)
def test_a_name_whose_absence_the_script_passes_over(tmp_path: Path, handler: str, severity: str) -> None:
    """It does no harm at the import; in run() it fails each request."""
    head = f"try:\n    log = logging.getLogger('a')\n{handler}\n\n\n"
    text = f"{head}def init():\n    pass\n\n\ndef run(raw):\n    return 1\n"
    assert dict(told(tmp_path, "score.py", {"score.py": text})).get("SD110") == severity
    inside = (
        "def init():\n    pass\n\n\ndef run(raw):\n    try:\n        return jsn.loads(raw)\n    except Exception:\n"
        "        return 1\n"
    )
    assert dict(told(tmp_path, "score.py", {"score.py": inside})).get("SD110") == "error"


@pytest.mark.parametrize(
    ("beside", "is_told"),
    [
        ("README.md", False),
        ("served/score.py", True),  # as seen from the root
        ("examples/own/score.py", False),
        ("examples/env/conda.yml", True),
    ],
)
def test_a_deployment_of_which_nothing_lies_in_the_repository(tmp_path: Path, beside: str, *, is_told: bool) -> None:
    text = (
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: blue\n"
        "endpoint_name: numbers\ncode_configuration:\n  code: ../../served\n  scoring_script: score.py\n"
        "environment:\n  image: a:1\n  conda_file: ./env/conda.yml\ninstance_type: Standard_DS2_v2\ninstance_count: 1\n"
    )
    files = {".git/HEAD": "ref: refs/heads/main", "examples/online.yml": text, beside: "name: x\n"}
    assert (("SD623", "error") in told(tmp_path, "examples/online.yml", files)) is is_told


@pytest.mark.parametrize(("name", "code"), [("score.py", "SD101"), ("train.py", "SD801")])
def test_conflict_marks_of_git_are_told_where_they_begin(tmp_path: Path, name: str, code: str) -> None:
    import_line = "from azureml.core import Run\n"
    text = f"{import_line}<<<<<<< HEAD\n{ARRAY}=======\nprint(1)\n>>>>>>> 4966aae1\n"
    path = tmp_path / name
    path.write_text(text)
    (finding,) = (each for each in check(text, Facts(path=str(path))) if each.code in ("SD101", "SD801"))
    assert (finding.range.start.line, "conflict mark of Git" in finding.message) == (1, True)


_SUBMISSION = (
    "from azureml.core import Experiment, ScriptRunConfig, Workspace\nws = Workspace.from_config()\n"
    "NAME = ScriptRunConfig(source_directory='src', script='train.py', compute_target='cpu')\n"
    "print(Experiment(ws, 'a').submit(NAME))\n"
)


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        (_SUBMISSION.replace("NAME", "src") + "print('retrain.py comes later')\n", True),
        (_SUBMISSION.replace("NAME", "src") + "print('data_src')\n", True),
        (_SUBMISSION.replace("NAME", "config") + "print(open('src/train.py', 'w'))\n", False),
    ],
)
def test_a_script_is_missed_whatever_else_holds_its_name(tmp_path: Path, text: str, is_told: bool) -> None:
    files = {"submit.py": text, ".azureml/config.json": "{}"}
    assert (("SD824", "warning") in told(tmp_path, "submit.py", files)) is is_told


@pytest.mark.parametrize(
    ("name", "severity"), [("sys", "warning"), ("os", "warning"), ("math", "error"), ("json", "warning")]
)
def test_a_name_that_the_program_gives_which_starts_a_job(tmp_path: Path, name: str, severity: str) -> None:
    text = f"from azureml.core import Run\n\nrun = Run.get_context()\nrun.log('a', {name}.a)\n"
    assert told(tmp_path, "train.py", {"train.py": text}) == {("SD802", severity)}
    other = f"from azureml.core import Workspace\n\nprint(Workspace.from_config(), {name}.a)\n"
    assert told(tmp_path, "start.py", {"start.py": other}) == {("SD802", "error")}
