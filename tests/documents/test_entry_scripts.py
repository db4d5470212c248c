"""Every entry script of the documents is deployed as it was published, and answers the documents' own requests.

Where a script cannot work anywhere, the checks name each reason at its line, the deployment is refused for them, the
runtime fails as they say when it is told to deploy all the same, and after the checks' own repairs the script answers.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import requests

import docker_daemon
from cli.conftest import Terminal
from depth import LONG

from .conftest import Train
from .published import DIGESTS, JSON, PUBLISHED, SCRIPTS, SKLEARN, TEN_COLUMNS, Call, Published

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SAMPLES = Path(__file__).parents[1] / "samples" / "files"
GATE = ("raw_posted", "digits")
"""One that works and one that is repaired first; the others stand in the way of the gate with large packages.

What the one that is repaired imports lies in a Python that the person manages (`third_party`); in the long run it is
installed by its conda file.
"""
AGAIN = pytest.mark.long("the same way with another script of the documents, some with gigabytes of packages")


def scripts(broken: bool) -> list[object]:
    chosen = [script for script in PUBLISHED if bool(script.errors) == broken]
    return [pytest.param(each, id=each.name, marks=() if each.name in GATE else AGAIN) for each in chosen]


WORKING, BROKEN = scripts(False), scripts(True)


class Project:
    """A folder with the published script, its configurations, and its model in the registry."""

    def __init__(self, terminal: Terminal, script: Published, train: Train, third_party: Path) -> None:
        self.terminal, self.script = terminal, script
        self.service = script.name.replace("_", "-")
        self.file = terminal.folder / "score.py"
        self.predictions: list[float] = []
        self.engine: tuple[str, ...] = ()
        shutil.copy(script.path, self.file)
        pip = {"pip": list(script.packages or ("azureml-defaults",))}
        self.write("conda.yml", {"name": "published", "dependencies": ["pip", pip]})
        packages: dict[str, object] = {"condaFile": "conda.yml"}
        if script.packages and not LONG:
            managed = {"userManagedDependencies": True, "interpreterPath": str(third_party)}
            packages = {"environment": {"name": "published", "python": managed}}
        self.write("inferenceconfig.json", {"entryScript": "score.py", **packages})
        self.write("deploymentconfig.json", {"computeType": "local"})
        if script.model:
            path, self.predictions = train(script.model, script.packages, script.environment)
            self.model = terminal.json("model", "register", str(path), "--name", script.registered)["id"]

    def write(self, name: str, content: object) -> None:
        (self.terminal.folder / name).write_text(json.dumps(content))

    def deploying(self) -> list[str]:
        words = ["service", "deploy", self.service, "--ic", "inferenceconfig.json", "--dc", "deploymentconfig.json"]
        words += [*self.engine, *(("-m", self.model) if self.script.model else ())]
        return words + [word for pair in self.script.environment.items() for word in ("--env", "=".join(pair))]

    def answers(self) -> None:
        """Deploys, and sends what the documents send."""
        address = self.terminal.json(*self.deploying())["scoringUri"]
        try:
            self.answers_the_proposal()
            for call in self.script.calls:
                self.answers_to(call, address)
        finally:
            self.terminal.ok("service", "delete", self.service)

    def answers_the_proposal(self) -> None:
        """The first request that is proposed is a good one, whether the script says so by a schema or not."""
        done = self.terminal.run("service", "call", self.service)
        assert done.returncode == 0, (done.stdout, done.stderr)
        if self.predictions:
            told = json.loads(done.stdout)
            assert isinstance(json.loads(told) if isinstance(told, str) else told, list), "no text of an exception"

    def answers_to(self, call: Call, address: str) -> None:
        given = requests.request(call.method, address + call.query, data=call.body, headers=dict(call.sent), timeout=60)
        assert given.status_code == 200, self.terminal.ok("service", "logs", self.service)
        assert {name: given.headers.get(name) for name in call.headers} == dict(call.headers)
        if isinstance(call.answer, bytes):
            assert given.content == call.answer
        elif isinstance(call.answer, dict):
            assert {key: given.json()[key] for key in call.answer} == call.answer
        else:
            # A script that returns json.dumps(…) sends a text, which clients decode once more.
            told = json.loads(given.json()) if call.answer == "predictions as text" else given.json()
            assert told == [pytest.approx(value) for value in self.predictions]


@pytest.fixture
def project(request: pytest.FixtureRequest, terminal: Terminal, train: Train, third_party: Path) -> Project:
    return Project(terminal, request.param, train, third_party)


def test_the_scripts_are_as_they_were_published() -> None:
    found = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in SCRIPTS.glob("*.py")}
    assert found == DIGESTS
    assert {script.name for script in PUBLISHED} == set(DIGESTS)


@pytest.mark.long("tests/conformance asks it beside azmlinfsrv at the gate, and in a container it is deployed below")
@pytest.mark.parametrize("project", WORKING, indirect=True)
def test_it_answers_unmodified(project: Project) -> None:
    project.answers()
    assert project.file.read_bytes() == project.script.path.read_bytes()


@pytest.mark.docker
@pytest.mark.parametrize("project", WORKING, indirect=True)
def test_it_answers_unmodified_in_a_container(project: Project) -> None:
    project.terminal.env["SCOREDOCK_BASE_IMAGE"] = docker_daemon.base_image()
    project.engine = ("--engine", "docker")
    project.answers()


@pytest.mark.parametrize("project", BROKEN, indirect=True)
def test_what_cannot_work_anywhere_is_named_and_repaired(project: Project) -> None:
    terminal, script = project.terminal, project.script
    told = terminal.run("check", "score.py", "--json")
    errors = [f for f in json.loads(told.stdout)["findings"] if f["severity"] == "error"]
    assert [(f["code"], f["line"] + 1) for f in errors] == list(script.errors)

    refused = terminal.refused(*project.deploying())
    assert refused["code"] == "check-failed"
    failed = terminal.refused(*project.deploying(), "--skip-checks")
    assert script.fails in json.dumps(failed), "the runtime agrees that it cannot work"
    terminal.run("service", "delete", project.service)

    terminal.ok("check", "--fix", "score.py")
    project.answers()


@pytest.mark.long("trains and deploys with scikit-learn once more, as digits does at the gate")
def test_the_script_that_two_documents_pull_in(terminal: Terminal, train: Train, tmp_path: Path) -> None:
    """Its text speaks of a `data` key; the script takes the whole body, and sends what goes wrong with status 200."""
    shutil.copy(SAMPLES / "whole_body" / "score.py", terminal.folder)
    (terminal.folder / "requirements.txt").write_text("\n".join(SKLEARN))
    path, predictions = train("ridge", SKLEARN, {})
    model = shutil.copy(path, tmp_path / "price_ridge.pkl")
    terminal.ok("model", "register", str(model), "--name", "price_ridge")
    told = json.loads(terminal.run("check", "score.py", "--json").stdout)
    assert [(f["code"], f["line"] + 1) for f in told["findings"]] == [("SD122", 15), ("SD123", 20)]
    words = ["service", "deploy", "whole-body", "--es", "score.py", "--cf", "requirements.txt", "-m", "price_ridge"]
    address = terminal.json(*words)["scoringUri"]
    try:
        rows = json.dumps(json.loads(TEN_COLUMNS)["data"])
        given = requests.post(address, data=rows, headers=dict(JSON), timeout=60)
        assert (given.status_code, given.json()) == (200, [pytest.approx(value) for value in predictions])
        given = requests.post(address, data=TEN_COLUMNS, headers=dict(JSON), timeout=60)
        assert given.status_code == 200
        assert isinstance(given.json(), str), "the text of an exception"
    finally:
        terminal.ok("service", "delete", "whole-body")
