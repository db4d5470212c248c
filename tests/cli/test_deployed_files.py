"""Endpoints and deployments of Azure ML v2 that really run here, and what is left where one of them does not."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.conftest import Terminal
from cli.v2_files import SCHEMAS
from pace import patience

pytestmark = pytest.mark.usefixtures("shared_environments")

PIN = "azureml-model-deployment"
SCRIPT = (
    "import json\nimport os\n\n\ndef init():\n    assert 'BROKEN' not in os.environ, 'broken on purpose'\n"
    "    assert os.listdir(os.environ['AZUREML_MODEL_DIR']) == ['model.bin']\n\n\n"
    "def run(data):\n    return os.environ['WHO'] * len(json.loads(data)['data'])\n"
)
CONDA = "dependencies:\n  - python\n  - pip:\n      - azureml-defaults\n"


def endpoint(**fields: Any) -> str:
    document = {"$schema": SCHEMAS + "managedOnlineEndpoint.schema.json", "name": "house", "auth_mode": "key", **fields}
    return str(yaml.safe_dump(document, sort_keys=False))


def deployment(name: str, variables: dict[str, str] | None = None, **fields: Any) -> str:
    document = {
        "$schema": SCHEMAS + "managedOnlineDeployment.schema.json",
        "name": name,
        "endpoint_name": "house",
        "model": {"name": "bytes", "path": "./model.bin"},
        "code_configuration": {"code": "src", "scoring_script": "score.py"},
        "environment": {"conda_file": "conda.yml", "image": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"},
        "instance_type": "Standard_DS2_v2",
        "instance_count": 1,
        "environment_variables": {"WHO": name, **(variables or {})},
        **fields,
    }
    return str(yaml.safe_dump(document, sort_keys=False))


@pytest.fixture
def project(terminal: Terminal) -> Terminal:
    (terminal.folder / "src").mkdir()
    (terminal.folder / "src" / "score.py").write_text(SCRIPT)
    (terminal.folder / "conda.yml").write_text(CONDA)
    return terminal


def deploy(project: Terminal, files: dict[str, str], *words: str) -> Any:
    return json.loads(project.ok("service", "deploy", *_given(project, files), *words, "--json"))


def _given(project: Terminal, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        (project.folder / f"{name}.yml").write_text(text)
    return [word for name in files for word in ("--file", f"{name}.yml")]


def call(address: str, credential: str, **headers: str) -> Any:
    """The answer, or the status of a refusal."""
    given = {"authorization": f"Bearer {credential}", "content-type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(address, b'{"data": [1, 2]}', given)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_two_deployments_share_an_endpoint_as_its_file_says(project: Terminal) -> None:
    files = {
        "endpoint": endpoint(traffic={"blue": 80, "green": 20}, mirror_traffic={"green": 50}),
        "blue": deployment("blue", instance_count=2),
        "green": deployment("green", data_collector={"collections": {"model_inputs": {"enabled": "true"}}}),
    }
    made = deploy(project, files)["endpoint"]
    shares = {each["name"]: (each["service"], each["share"], each["isDefault"]) for each in made["versions"]}
    assert shares == {"blue": ("house-blue", 80, True), "green": ("house-green", 20, False)}
    assert (made["mirror"], made["mirrorShare"], made["state"]) == ("green", 50, "Healthy")
    address, key = made["scoringUri"], project.json("service", "keys", "house-green")["primaryKey"]
    assert call(address, "wrong") == 401
    answers = Counter(call(address, key) for _ in range(50))
    assert set(answers) == {"blueblue", "greengreen"}
    assert call(address, key, azureml_model_deployment="green") == "greengreen"
    assert project.json("model", "list")["models"][0]["name"] == "bytes"
    assert project.json("service", "show", "house-blue")["models"] == ["bytes:1"], "the same files are one version"

    # One more deployment of the endpoint gets nothing until it is given some, and blue is replaced where that is asked.
    more = {"red": deployment("red"), "blue": deployment("blue", {"WHO": "azure"})}
    error = project.refused("service", "deploy", *_given(project, more))
    assert (error["code"], error["details"]["service"]) == ("service-exists", "house-blue")
    assert {each["name"] for each in project.json("service", "list")["services"]} == {"house-blue", "house-green"}
    made = deploy(project, more, "--overwrite")["endpoint"]
    assert {each["name"]: each["share"] for each in made["versions"]} == {"blue": 80, "green": 20, "red": 0}
    assert call(made["scoringUri"], key, azureml_model_deployment="blue") == "azureazure"
    assert call(made["scoringUri"], key, azureml_model_deployment="red") == "redred"

    # The file of the endpoint alone moves its traffic.
    made = deploy(project, {"endpoint": endpoint(traffic={"red": 100})})["endpoint"]
    assert {each["name"]: each["share"] for each in made["versions"]} == {"blue": 0, "green": 0, "red": 100}
    assert call(made["scoringUri"], key) == "redred"


def test_a_note_is_told_once_with_the_keys_of_the_file(project: Terminal) -> None:
    project.ok("model", "register", "model.bin", "--name", "bytes")
    project.ok("environment", "register", "--name", "e", "conda.yml")
    blue = deployment("blue", model="azureml:bytes:1", environment="azureml:e:1")
    told = project.run("service", "deploy", *_given(project, {"blue": blue}))
    assert (told.returncode, told.stderr.count("Not used from blue.yml: instance_type.")) == (0, 1), told.stderr


def test_a_script_works_in_its_own_folder_as_in_azure(project: Terminal) -> None:
    """Azure ML makes the folder of the scoring script AML_APP_ROOT, and starts the server there."""
    nested = project.folder / "src" / "nested"
    nested.mkdir()
    (nested / "labels.txt").write_text("cat dog")
    (nested / "words.py").write_text("def of(text):\n    return text.split()\n")
    (nested / "score.py").write_text(
        "import os\n\nimport words\n\n\ndef init():\n    global labels\n    with open('labels.txt') as file:\n"
        "        labels = words.of(file.read())\n\n\ndef run(data):\n"
        "    here = os.path.dirname(os.path.abspath(__file__))\n"
        "    return [labels, os.getcwd() == here, os.environ['AML_APP_ROOT'] == here,\n"
        "            os.environ['AZUREML_ENTRY_SCRIPT'], os.path.isdir(os.environ['AZUREML_MODEL_DIR'])]\n"
    )
    code = {"code": "src", "scoring_script": "nested/score.py"}
    deploy(project, {"blue": deployment("blue", code_configuration=code)})
    answer = [["cat", "dog"], True, True, "score.py", True]
    assert project.json("service", "call", "house-blue", "-d", "{}")["body"] == json.dumps(answer)

    # The same after its files have changed, after a restart, and in a package.
    (nested / "labels.txt").write_text("cow")
    project.ok("service", "reload", "house-blue")
    answer[0] = ["cow"]
    assert project.json("service", "call", "house-blue", "-d", "{}")["body"] == json.dumps(answer)
    project.ok("service", "restart", "house-blue")
    assert project.json("service", "call", "house-blue", "-d", "{}")["body"] == json.dumps(answer)
    project.ok("service", "package", "house-blue", "-o", "packed")
    specs = [json.loads(path.read_text()) for path in (project.folder / "packed").rglob("spec.json")]
    assert [each["working_directory"] for each in specs] == ["src/nested"]

    # The checks know it: beside its deployment nothing is wrong with the script, and v1's path is refused.
    assert "SD508" not in project.run("check", "src/nested/score.py").stdout
    script = nested / "score.py"
    script.write_text(script.read_text().replace("'labels.txt'", "'src/nested/labels.txt'"))
    error = project.refused("service", "deploy", "--file", "blue.yml", "--overwrite")
    assert "SD508 “src/nested/labels.txt” is looked for in the folder of the script" in str(error["details"])


def test_one_token_opens_all_deployments(project: Terminal) -> None:
    files = {
        "endpoint": endpoint(auth_mode="aml_token", traffic={"blue": 50, "green": 50}),
        "blue": deployment("blue"),
        "green": deployment("green"),
    }
    address = deploy(project, files)["endpoint"]["scoringUri"]
    for name in ("house-blue", "house-green"):
        token = project.json("service", "token", name)["accessToken"]
        for version in ("blue", "green"):
            assert call(address, token, azureml_model_deployment=version) == version * 2
    assert call(address, "wrong") == 401
    error = project.refused(
        "service", "deploy", *_given(project, {"endpoint": endpoint(auth_mode="key"), "red": deployment("red")})
    )
    assert error["code"] == "endpoint-version-unfit"


def test_a_deployment_that_fails_leaves_nothing_but_its_log(project: Terminal) -> None:
    files = {
        "endpoint": endpoint(traffic={"blue": 50, "green": 50}),
        "blue": deployment("blue"),
        "green": deployment("green", {"BROKEN": "yes"}),
    }
    error = project.refused("service", "deploy", *_given(project, files))
    assert "broken on purpose" in error["message"] + json.dumps(error["details"])
    assert "house-blue" in error["fix"]
    assert error["details"]["registered"] == ["bytes:1"]
    services = project.json("service", "list")["services"]
    assert [(each["name"], each["state"]) for each in services] == [("house-green", "Failed")]
    assert project.json("endpoint", "list")["endpoints"] == []
    made = deploy(project, {**files, "green": deployment("green")})["endpoint"]
    assert {each["state"] for each in made["versions"]} == {"Healthy"}


def test_what_the_second_file_has_wrong_stops_the_first(project: Terminal) -> None:
    """The script of the second file can only be judged once its model is registered."""
    (project.folder / "src" / "other.py").write_text("def init():\n    pass\n")
    code = {"code": "src", "scoring_script": "other.py"}
    files = {"blue": deployment("blue"), "green": deployment("green", code_configuration=code)}
    error = project.refused("service", "deploy", *_given(project, files))
    assert error["code"] == "check-failed"
    assert Path(error["place"]["path"]).name == "other.py"
    assert project.json("service", "list")["services"] == []


def test_a_deployment_alone_makes_its_endpoint(project: Terminal) -> None:
    made = deploy(project, {"blue": deployment("blue")}, "--auth", "none")["endpoint"]
    assert [(each["name"], each["share"]) for each in made["versions"]] == [("blue", 100)]
    assert call(made["scoringUri"], "") == "blueblue"
    service = project.json("service", "show", "house-blue")
    assert service["authentication"] == ""
    assert project.json("service", "update", "house-blue")["state"] == "Healthy"
    assert call(made["scoringUri"], "") == "blueblue"


PROBES = {
    "readiness_probe": {"initial_delay": 3, "period": 1, "timeout": 1, "success_threshold": 2, "failure_threshold": 2},
    "liveness_probe": {"initial_delay": 1, "period": 1, "timeout": 1, "success_threshold": 1, "failure_threshold": 2},
}
WHO = "import os\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return os.getpid()\n"


@pytest.mark.chance
def test_probes_decide_when_a_worker_gets_requests_and_when_it_is_replaced(project: Terminal) -> None:
    (project.folder / "src" / "score.py").write_text(WHO)
    made = deploy(project, {"blue": deployment("blue", **PROBES)}, "--auth", "none")
    log = project.ok("service", "logs", "house-blue")
    begun, ready = (_moment(log, words) for words in ("revision 1 starts on", "is ready (revision 1"))
    assert (ready - begun) % 86400 >= 3, "the delay, and one period to the second success, to the second"
    address = made["endpoint"]["scoringUri"]
    hung = call(address, "")
    os.kill(hung, signal.SIGSTOP)
    assert call(address, "") != hung, "the request waits for the worker that takes its place"
    log = project.ok("service", "logs", "house-blue")
    assert f"Worker {hung} has not answered 2 times." in log
    deadline = time.monotonic() + patience(30)
    while (state := project.json("service", "show", "house-blue")["state"]) != "Healthy":
        assert time.monotonic() < deadline, state


def _moment(log: str, words: str) -> int:
    """Seconds of the day of the line with these words."""
    line = next(each for each in log.splitlines() if words in each)
    hours, minutes, seconds = map(int, line[:8].split(":"))
    return hours * 3600 + minutes * 60 + seconds


def test_names_of_other_services_are_not_taken(project: Terminal) -> None:
    project.ok("service", "deploy", "house", "--model", _registered(project), "--entry-script", "score.py")
    error = project.refused("service", "deploy", *_given(project, {"blue": deployment("blue")}))
    assert (error["code"], "house" in error["message"]) == ("service-exists", True)


def _registered(project: Terminal) -> str:
    return str(project.json("model", "register", "model.bin", "--name", "plain")["id"])
