"""Online deployments of Azure ML v2 as their files say them: what each field comes to, and what is refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scoredock.formats.fields import Field
from scoredock.formats.v2.tables import FIELDS

from cli.conftest import Terminal
from cli.v2_files import CASES, ENDPOINTS, SCHEMAS, Case, EndpointCase, as_json, write_project
from migration.conftest import azure_python as python_of_azure_ml

azure_python = python_of_azure_ml

READER = Path(__file__).with_name("azure_ml_reader.py")
BY_AZURE = {"id", "provisioning_state", "scoring_uri", "openapi_uri", "identity.principal_id", "identity.tenant_id"}
"""Fields that Azure ML writes itself."""

PICKLED = (
    b"\x80\x02csklearn.linear_model._base\nLinearRegression\n)\x81}X\x10\x00\x00\x00_sklearn_version"
    b"X\x05\x00\x00\x001.7.0sb."
)
ENDPOINT = f"$schema: {SCHEMAS}managedOnlineEndpoint.schema.json\nname: house\nauth_mode: key\n"
_NOT_WRITTEN = {"creation_context", "latest_version", "intellectual_property", "datastore", "auto_delete_setting"}
_NOT_WRITTEN |= {"system_metadata", "default_deployment_template", "allowed_deployment_templates", "utc_time_created"}
_NOT_WRITTEN |= {"job_name", "id", "$schema"}
"""Of models and environments: what Azure ML writes itself, and what says where Azure keeps files."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Two versions of a model, a model of MLflow and an environment; nothing is deployed there."""
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    terminal = Terminal(tmp_path_factory.mktemp("home"), folder)
    terminal.ok("model", "register", "model", "--name", "m")
    (folder / "model" / "model.txt").write_text("2")
    terminal.ok("model", "register", "model", "--name", "m")
    terminal.ok("model", "register", "flow", "--name", "flow")
    terminal.ok("environment", "register", "--name", "e", "conda.yml")
    (folder / "model.pkl").write_bytes(PICKLED)
    terminal.ok("model", "register", "model.pkl", "--name", "pickled")
    yield terminal
    assert terminal.json("service", "list")["services"] == [], "planning makes nothing"
    assert terminal.json("endpoint", "list")["endpoints"] == []
    assert {each["name"] for each in terminal.json("model", "list")["models"]} == {"m", "flow", "pickled"}


def plan(terminal: Terminal, text: str, *words: str) -> dict[str, Any]:
    (terminal.folder / "blue.yml").write_text(text)
    return dict(terminal.json("service", "deploy", "--file", "blue.yml", "--dry-run", *words))


def refused(terminal: Terminal, *texts: str, words: tuple[str, ...] = ()) -> dict[str, Any]:
    files: list[str] = []
    for number, text in enumerate(texts):
        (terminal.folder / f"f{number}.yml").write_text(text)
        files += ["--file", f"f{number}.yml"]
    return terminal.refused("service", "deploy", *words, *files, "--dry-run")


@pytest.mark.parametrize("case", [each for each in CASES if not each.refused], ids=lambda case: case.id)
def test_a_file_comes_to(workspace: Terminal, case: Case) -> None:
    found = plan(workspace, case.text, *case.words)
    assert (found["endpoint"], found["exists"]) == ("house", False)
    (deployment,) = found["deployments"]
    assert case.settings.items() <= deployment["settings"].items()
    for name, value in case.told.items():
        if name == "registerModels":
            found_models = [{"name": each["name"], "version": each["version"]} for each in deployment[name]]
            assert [each["name"] for each in found_models] == [each["name"] for each in value]
            continue
        assert deployment[name] == (str(workspace.folder / value) if name == "environmentFile" else value), name
    notes = "\n".join(deployment["notes"])
    if case.note:
        assert case.note in notes
    else:
        unexpected = [each for each in deployment["notes"] if "is not used:" in each and "image" not in each]
        assert not unexpected


@pytest.mark.parametrize("case", [each for each in CASES if each.refused], ids=lambda case: case.id)
def test_a_file_is_refused(workspace: Terminal, case: Case) -> None:
    error = refused(workspace, case.text, words=case.words)
    assert error["code"] == case.refused, error
    assert case.message in error["message"], error
    assert error["fix"]
    assert Path(error["place"]["path"]).parent.is_relative_to(workspace.folder)
    if case.line:
        line = case.text.splitlines()[error["place"]["line"]]
        assert line.startswith(case.line), (line, error)


def _paths(fields: tuple[Field, ...], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for each in fields:
        path = (*above, each.name)
        if each.name in _NOT_WRITTEN and above:
            continue
        yield path
        yield from _paths(each.fields, path)


def _written(value: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for name, inside in value.items():
            yield (*above, name)
            yield from _written(inside, (*above, name))


def test_every_field_of_the_schema_is_written_once() -> None:
    import yaml

    written = {path for case in CASES for path in _written(yaml.safe_load(case.text))}
    missing = [path for path in _paths(FIELDS["online-deployment"]) if path not in written]
    assert missing == []
    assert len(CASES) >= 60


USUAL = CASES[0].text
GREEN = USUAL.replace("name: blue", "name: green")


@pytest.mark.parametrize("case", ENDPOINTS, ids=lambda case: case.id)
def test_an_endpoint_comes_to(workspace: Terminal, case: EndpointCase) -> None:
    for name, text in (("endpoint", case.text), ("blue", USUAL), ("green", GREEN)):
        (workspace.folder / f"{name}.yml").write_text(text)
    files = [word for name in ("endpoint", "blue", "green") for word in ("--file", f"{name}.yml")]
    if case.refused:
        error = workspace.refused("service", "deploy", *files, "--dry-run")
        assert error["code"] == case.refused, error
        assert case.message in error["message"], error
        if case.line:
            assert case.text.splitlines()[error["place"]["line"]].startswith(case.line), error
        return
    done = workspace.run("service", "deploy", *files, "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    found = as_json(done.stdout)
    assert {name: found[name] for name in case.told} == case.told
    notes = "\n".join(found["notes"])
    assert case.note in notes
    assert [each["service"] for each in found["deployments"]] == ["house-blue", "house-green"]


@pytest.mark.long("azure-ai-ml takes seconds to load; the fields are those of our own table at the gate")
def test_azure_ml_itself_loads_the_files_and_has_no_other_fields(tmp_path: Path, azure_python: Path) -> None:
    """All but those that are wrong on purpose, of which azure-ai-ml says so as well."""
    import yaml

    write_project(tmp_path)
    files: dict[str, Case | EndpointCase] = {}
    for number, case in enumerate((*CASES, *ENDPOINTS)):
        path = tmp_path / f"file{number}.yml"
        path.write_text(case.text)
        files[str(path)] = case
    done = subprocess.run(
        [str(azure_python), str(READER)], input=json.dumps(list(files)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    refused_there = {files[path].id: why for path, why in told["files"].items() if why}
    assert set(refused_there) == {case.id for case in files.values() if case.azure}, refused_there
    assert sum(isinstance(files[path], Case) for path, why in told["files"].items() if not why) >= 60
    for kind, fields in told["fields"].items():
        cases: tuple[Case | EndpointCase, ...] = CASES if kind.endswith("deployment") else ENDPOINTS
        written = {".".join(path) for case in cases for path in _written(yaml.safe_load(case.text))}
        assert set(fields) - written <= BY_AZURE, kind


def test_every_field_of_endpoints_is_written_once() -> None:
    import yaml

    written = {name for case in ENDPOINTS for name in yaml.safe_load(case.text)}
    assert {each.name for each in FIELDS["online-endpoint"]} - written == {
        "id",
        "provisioning_state",
        "scoring_uri",
        "openapi_uri",
    }


@pytest.mark.parametrize(
    ("texts", "code", "message"),
    [
        ((USUAL, USUAL), "deployment-file-invalid", "Two of the files describe the deployment blue"),
        ((ENDPOINT,), "deployment-files-incomplete", "no file given describes a deployment"),
        ((ENDPOINT, ENDPOINT, USUAL), "deployment-files-incomplete", "Two of the files describe an endpoint"),
        (
            (USUAL, GREEN.replace("endpoint_name: house", "endpoint_name: garden")),
            "deployment-files-incomplete",
            "garden",
        ),
        (("name: x\nsteps: []\n",), "deployment-file-invalid", "neither an online endpoint"),
        ((f"$schema: {SCHEMAS}batchDeployment.schema.json\nname: x\n",), "deployment-file-invalid", "neither"),
        ((f"$schema: {SCHEMAS}environment.schema.json\nname: x\nimage: y\n",), "deployment-file-invalid", "neither"),
        (("",), "deployment-file-invalid", "neither"),
        ((USUAL.replace("tags", "x") + "tags: [\n",), "check-failed", ""),
        ((USUAL + "tags: {{ tags }}\n",), "deployment-file-invalid", "tags"),
        ((f"$schema: {SCHEMAS}managedOnlineDeployment.schema.json\n- a\n",), "check-failed", ""),
        ((USUAL.replace("name: blue", "name: blue_1"),), "check-failed", "blue_1"),
        ((USUAL.replace("name: blue", f"name: b{'l' * 40}ue"),), "check-failed", "32"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_files_that_do_not_go_together(workspace: Terminal, texts: tuple[str, ...], code: str, message: str) -> None:
    error = refused(workspace, *texts)
    assert error["code"] == code, error
    assert message in error["message"], error
    assert ("or one name for all before --file" in error["fix"]) is (message == "garden")


def test_names_that_are_too_long_together_are_shortened(workspace: Terminal) -> None:
    long = USUAL.replace("endpoint_name: house", "endpoint_name: predictions-of-prices-of-houses")
    names = set()
    for name in ("blue-deployment", "blue-deployments"):
        (deployment,) = plan(workspace, long.replace("name: blue", f"name: {name}", 1))["deployments"]
        assert deployment["service"].startswith("predictions-of-prices-of")
        assert len(deployment["service"]) <= 32
        names.add(deployment["service"])
    assert len(names) == 2


def test_the_name_before_the_files_is_that_of_the_endpoint(workspace: Terminal) -> None:
    found = plan(workspace, USUAL, "garden")
    assert (found["endpoint"], found["deployments"][0]["service"]) == ("garden", "garden-blue")


def test_the_letter_of_cli_v2_names_the_files_as_well(workspace: Terminal) -> None:
    (workspace.folder / "blue.yml").write_text(USUAL)
    found = workspace.json("service", "deploy", "garden", "-f", "blue.yml", "--dry-run")
    assert (found["endpoint"], found["deployments"][0]["service"]) == ("garden", "garden-blue")
    refused = workspace.refused("service", "update", "garden-blue", "-f", "blue.yml")
    assert "`scoredock service deploy NAME --file blue.yml`" in refused["fix"]


@pytest.mark.parametrize(
    "words",
    [("--model", "m:1"), ("--entry-script", "score.py"), ("--setting", "a=b"), ("--diff",), ("-d", "words")],
)
def test_options_that_a_file_decides_are_refused(workspace: Terminal, words: tuple[str, ...]) -> None:
    (workspace.folder / "blue.yml").write_text(USUAL)
    done = workspace.run("service", "deploy", "--file", "blue.yml", "--dry-run", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "does not go with --file" in done.stderr


@pytest.mark.parametrize(
    ("endpoint", "deployment", "may_be_passed_over"),
    [
        (f"{ENDPOINT}traffic: 100\n", USUAL, False),
        (ENDPOINT, USUAL.replace("blue", "blue_1"), False),
        (ENDPOINT, f"{USUAL}code_configuration: {{code: src, scoring_script: away.py}}\n", False),
        (ENDPOINT, f"{USUAL}app_insights_enabld: true\n", True),
    ],
)
def test_skipping_the_checks_is_advised_where_it_helps(
    workspace: Terminal, endpoint: str, deployment: str, may_be_passed_over: bool
) -> None:
    error = refused(workspace, endpoint, deployment)
    assert (error["code"], "--skip-checks" in error["fix"]) == ("check-failed", may_be_passed_over), error
    files = ("service", "deploy", "--file", "f0.yml", "--file", "f1.yml", "--dry-run", "--skip-checks")
    assert (workspace.run(*files).returncode == 0) is may_be_passed_over


@pytest.mark.parametrize(
    ("model", "more", "is_told"),
    [
        ("pickled:1", "", True),
        ("pickled:1", "code_configuration: {code: src, scoring_script: score.py}\n", False),
        ("pickled:1", "environment: azureml:e:1\n", False),
        ("flow:1", "", False),
    ],
)
def test_a_model_that_azure_serves_with_code_only(workspace: Terminal, model: str, more: str, is_told: bool) -> None:
    head = "name: blue\nendpoint_name: house\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n"
    (workspace.folder / "blue.yml").write_text(f"{head}model: azureml:{model}\n{more}")
    told = json.loads(workspace.run("check", "--json", "blue.yml").stdout)["findings"]
    assert ("SD651" in [each["code"] for each in told]) is is_told
    done = workspace.run("service", "deploy", "--file", "blue.yml", "--dry-run")
    assert ("serves models of MLflow and Triton only" in done.stdout) is is_told, done.stderr


def test_a_plan_for_people_says_what_is_not_used(workspace: Terminal) -> None:
    (workspace.folder / "blue.yml").write_text(USUAL + "model_mount_path: /models\n")
    told = workspace.ok("service", "deploy", "--file", "blue.yml", "--dry-run")
    assert "house-blue (new)" in told
    assert "model_mount_path is not used: AZUREML_MODEL_DIR says where the model is." in told
    assert "Not used from blue.yml: instance_type." in told


def test_a_deployment_is_told_what_is_used_of_it_and_what_its_endpoint_decides(workspace: Terminal) -> None:
    """The keys were told to come from the file of the deployment, which cannot name them."""
    (workspace.folder / "blue.yml").write_text(USUAL)
    told = workspace.ok("service", "deploy", "--file", "blue.yml", "--dry-run")
    assert "Callers show a key; `scoredock service keys house` prints it." in told
    assert "Used from blue.yml, defaults included: a response within 5 s." in told


def test_a_deployment_may_be_named_beside_its_file(workspace: Terminal) -> None:
    """As `az ml online-deployment create -n` does, whose file then needs no name."""
    for text in (USUAL, USUAL.replace("name: blue\n", "", 1)):
        (workspace.folder / "blue.yml").write_text(text)
        found = workspace.json("service", "deploy", "--file", "blue.yml", "--deployment", "Red", "--dry-run")
        assert [each["service"] for each in found["deployments"]] == ["house-red"]
    (workspace.folder / "green.yml").write_text(GREEN)
    files = ("--file", "blue.yml", "--file", "green.yml")
    both = workspace.refused("service", "deploy", *files, "--deployment", "red", "--dry-run")
    assert "--deployment names the deployment of one file, and 2 are given." in both["message"]
    alone = workspace.run("service", "deploy", "any", "--deployment", "red")
    assert (alone.returncode, "--deployment goes with --file." in alone.stderr) == (2, True)


def test_a_missing_file_is_named(workspace: Terminal) -> None:
    error = workspace.refused("service", "deploy", "--file", "gone.yml")
    assert (error["code"], Path(error["place"]["path"]).name) == ("file-not-found", "gone.yml")
