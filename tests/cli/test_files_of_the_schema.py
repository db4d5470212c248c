"""Each file that is written from the schema of azure-ai-ml and is not refused runs here: deployed, called, deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.conftest import Terminal
from cli.test_deployed_files import call
from cli.v2_files import CASES, ENDPOINTS, Case, EndpointCase, write_project

pytestmark = [
    pytest.mark.usefixtures("shared_environments"),
    pytest.mark.long("sixty deployments; the gate plans each (test_deployment_files), and deploys a few"),
]
DEPLOYED = [each for each in CASES if not each.refused]
CALLED = [each for each in ENDPOINTS if not each.refused]
WITHOUT_INPUT = {"message": 'A request needs "input_data" or "data".'}
"""What a model of MLflow answers to {}; that of the project predicts nothing."""
GREEN = CASES[0].text.replace("name: blue", "name: green")


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    terminal = Terminal(tmp_path_factory.mktemp("home"), folder)
    terminal.ok("model", "register", "model", "--name", "m")
    (folder / "model" / "model.txt").write_text("2")
    terminal.ok("model", "register", "model", "--name", "m")
    terminal.ok("model", "register", "flow", "--name", "flow")
    terminal.ok("environment", "register", "--name", "e", "conda.yml")
    return terminal


@pytest.fixture
def workspace(registered: Terminal) -> Iterator[Terminal]:
    yield registered
    for endpoint in registered.json("endpoint", "list")["endpoints"]:
        registered.ok("endpoint", "delete", endpoint["name"])
    for service in registered.json("service", "list")["services"]:
        registered.ok("service", "delete", service["name"])


def deploy(workspace: Terminal, texts: dict[str, str], *words: str) -> dict[str, Any]:
    """The endpoint that the files make."""
    for name, text in texts.items():
        (workspace.folder / f"{name}.yml").write_text(text)
    files = [word for name in texts for word in ("--file", f"{name}.yml")]
    return dict(json.loads(workspace.ok("service", "deploy", *files, *words, "--json"))["endpoint"])


def answer(workspace: Terminal, service: str, status: int = 200) -> object:
    done = json.loads(workspace.run("service", "call", service, "--data", "{}", "--json").stdout)
    assert done["status"] == status, done
    return json.loads(done["body"])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", DEPLOYED, ids=lambda case: case.id)
def test_a_deployment_runs(workspace: Terminal, case: Case) -> None:
    deploy(workspace, {"blue": case.text}, *case.words)
    if "MLflow" in case.id:
        assert answer(workspace, "house-blue", 400) == WITHOUT_INPUT
        return
    assert answer(workspace, "house-blue") == [dict(case.fields.get("environment_variables", {})).get("WHO", "")]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", CALLED, ids=lambda case: case.id)
def test_an_endpoint_runs(workspace: Terminal, case: EndpointCase) -> None:
    made = deploy(workspace, {"endpoint": case.text, "blue": CASES[0].text, "green": GREEN})
    assert [answer(workspace, name) for name in ("house-blue", "house-green")] == [[""], [""]]
    if case.told.get("auth") == "tokens":
        credential = workspace.json("service", "token", "house-blue")["accessToken"]
    else:
        credential = workspace.json("service", "keys", "house-blue")["primaryKey"]
    assert call(made["scoringUri"], credential) == [""]
    assert call(made["scoringUri"], "wrong") == 401
