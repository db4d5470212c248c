"""Environments, endpoints with their deployments, and runs; what the files say is deployed here in their own form."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import yaml

from azure_pull.azure_shelf import DOMAIN, ROOT, Shelf
from azure_pull.conftest import Puller, digest

CONDA = "name: scoring\ndependencies:\n- python=3.10\n- pip:\n  - numpy\n"
SCORE = b"import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)['data'])\n"
PROBE = {"failureThreshold": 30, "successThreshold": 1, "timeout": "PT2S", "period": "PT10S", "initialDelay": "PT10S"}


def add_environment(shelf: Shelf, name: str, version: str, **more: object) -> str:
    given = {"image": "mcr.microsoft.com/azureml/minimal:1", "condaFile": CONDA, "tags": {"a": "b"}, "properties": {}}
    return shelf.add(f"environments/{name}/versions/{version}", {**given, "description": "for scoring", **more})


def add_code(shelf: Shelf, name: str) -> str:
    shelf.add_blob(f"files/code-{name}/score.py", SCORE)
    shelf.add_blob(f"files/code-{name}/lib/more.py", b"MORE = 1\n")
    uri = f"https://account.blob.{DOMAIN}:{shelf.port}/files/code-{name}"
    return shelf.add(f"codes/{name}/versions/1", {"codeUri": uri, "tags": {}, "properties": {}})


def add_online(shelf: Shelf, endpoint: str, deployment: str, **more: object) -> None:
    common = {"authMode": "Key", "traffic": {deployment: 100}, "mirrorTraffic": {}, "properties": {}}
    shelf.add(
        f"onlineEndpoints/{endpoint}",
        {**common, "publicNetworkAccess": "Enabled", "scoringUri": "https://x/score", "swaggerUri": "https://x/s"},
        kind="Managed",
        identity={"type": "SystemAssigned"},
    )
    shelf.add(
        f"onlineEndpoints/{endpoint}/deployments/{deployment}",
        {
            "endpointComputeType": "Managed",
            "instanceType": "Standard_DS2_v2",
            "environmentVariables": {"STAGE": "blue"},
            "scaleSettings": {"scaleType": "Default"},
            "requestSettings": {
                "maxConcurrentRequestsPerInstance": 1,
                "requestTimeout": "PT5S",
                "maxQueueWait": "PT0.5S",
            },
            "livenessProbe": PROBE,
            "properties": {},
            **more,
        },
        sku={"name": "Default", "capacity": 1},
    )


def add_prices(shelf: Shelf) -> None:
    """An endpoint with a model, an environment and code."""
    model = shelf.add_model("prices", "3", {"model.txt": b"a model"})
    add_online(
        shelf,
        "prices",
        "blue",
        model=model,
        environmentId=add_environment(shelf, "scoring", "7"),
        codeConfiguration={"codeId": add_code(shelf, "abc"), "scoringScript": "score.py"},
    )


def test_an_endpoint_brings_what_it_names_and_its_files_are_deployed_here(puller: Puller) -> None:
    add_prices(puller.shelf)
    report = puller.pull("online-endpoint:prices")
    found = {each["key"]: (each["result"], each["here"]) for each in report["outcomes"]}
    folder = puller.terminal.folder / "azure-shelf" / "endpoints" / "prices"
    assert found == {
        "model:prices:3": ("registered", "prices:1"),
        "environment:scoring:7": ("registered", "scoring:1"),
        "online-endpoint:prices": ("written", str(folder)),
    }
    endpoint = yaml.safe_load((folder / "endpoint.yml").read_text())
    assert (endpoint["name"], endpoint["auth_mode"], endpoint["traffic"]) == ("prices", "key", {"blue": 100})
    deployment = yaml.safe_load((folder / "blue-deployment.yml").read_text())
    assert deployment["model"] == "azureml:prices:1"
    assert deployment["environment"] == "azureml:scoring:1"
    assert deployment["code_configuration"] == {"code": "./blue/code", "scoring_script": "score.py"}
    assert deployment["environment_variables"] == {"STAGE": "blue"}
    assert (folder / "blue" / "code" / "score.py").read_bytes() == SCORE
    assert (folder / "blue" / "code" / "lib" / "more.py").is_file()
    files = ["--file", str(folder / "endpoint.yml"), "--file", str(folder / "blue-deployment.yml")]
    planned = puller.terminal.ok("service", "deploy", *files, "--dry-run")
    assert "prices-blue" in planned
    again = puller.pull("online-endpoint:prices")
    assert {each["result"] for each in again["outcomes"]} == {"present"}
    (folder / "endpoint.yml").write_text("name: mine\n")
    changed = puller.ended("online-endpoint:prices")
    assert [each["code"] for each in changed["outcomes"] if each["result"] == "failed"] == ["azure-output-differs"]
    assert (folder / "endpoint.yml").read_text() == "name: mine\n"


def test_two_deployments_of_the_same_code(puller: Puller) -> None:
    add_prices(puller.shelf)
    code = {"codeId": add_code(puller.shelf, "abc"), "scoringScript": "score.py"}
    environment = f"{ROOT}/environments/scoring/versions/7"
    add_online(puller.shelf, "prices", "green", environmentId=environment, codeConfiguration=code)
    puller.pull("online-endpoint:prices")
    folder = puller.terminal.folder / "azure-shelf" / "endpoints" / "prices"
    assert [(folder / name / "code" / "score.py").read_bytes() for name in ("blue", "green")] == [SCORE, SCORE]


def test_an_endpoint_of_an_earlier_pull_knows_what_came_before(puller: Puller) -> None:
    """Its models had come when the pull was cut off; another choice does not make it forget them."""
    add_prices(puller.shelf)
    puller.shelf.add_model("other", "1", {"model.txt": b"another"})
    puller.pull("online-endpoint:prices")
    [plan] = puller.terminal.home.rglob("plan.json")
    journal = next(plan.parent.glob("journal-*.jsonl"))
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if "online-endpoint" not in line))
    shutil.rmtree(puller.terminal.folder / "azure-shelf")
    report = puller.pull("model:other")
    results = {each["key"]: each["result"] for each in report["outcomes"]}
    assert results == {
        "environment:scoring:7": "present",
        "model:prices:3": "present",
        "online-endpoint:prices": "written",
        "model:other:1": "registered",
    }
    assert [note for each in report["outcomes"] for note in each["notes"] if "did not come" in note] == []


def test_an_environment_without_a_name_stands_in_the_file(puller: Puller) -> None:
    environment = add_environment(puller.shelf, "CliV2AnonymousEnvironment", "0a1b")
    add_online(
        puller.shelf,
        "prices",
        "blue",
        model=f"{ROOT}/models/gone/versions/1",
        environmentId=environment,
        codeConfiguration={"codeId": add_code(puller.shelf, "abc"), "scoringScript": "score.py"},
    )
    report = puller.ended("online-endpoint:prices", "--output-path", "shelf")
    results = {each["key"]: each["code"] or each["result"] for each in report["outcomes"]}
    assert results == {"model:gone:1": "gone", "online-endpoint:prices": "written"}
    folder = puller.terminal.folder / "shelf" / "endpoints" / "prices"
    deployment = yaml.safe_load((folder / "blue-deployment.yml").read_text())
    assert deployment["environment"]["conda_file"] == "./blue/conda.yml"
    assert yaml.safe_load((folder / "blue" / "conda.yml").read_text()) == yaml.safe_load(CONDA)
    notes = [note for each in report["outcomes"] for note in each["notes"]]
    assert notes == ["The deployment names azureml:gone:1, which did not come."]


def test_environments_of_each_form(puller: Puller) -> None:
    add_environment(puller.shelf, "packages", "1")
    add_environment(puller.shelf, "image", "2", condaFile=None)
    puller.shelf.add_blob("files/context/Dockerfile", b"FROM python:3.11\nCOPY a.txt /a.txt\n")
    puller.shelf.add_blob("files/context/a.txt", b"a")
    uri = f"https://account.blob.{DOMAIN}:{puller.shelf.port}/files/context/"
    build = {"contextUri": uri, "dockerfilePath": "Dockerfile"}
    add_environment(puller.shelf, "built", "1", condaFile=None, image=None, build=build)
    add_environment(puller.shelf, "AzureML-sklearn", "9")
    report = puller.pull("environment:*")
    assert {each["key"]: each["here"] for each in report["outcomes"]} == {
        "environment:packages:1": "packages:1",
        "environment:image:2": "image:1",
        "environment:built:1": "built:1",
    }
    assert [note for each in report["outcomes"] for note in each["notes"]] == ["version 2 in Azure"]
    assert {each["result"] for each in puller.pull("environment:*")["outcomes"]} == {"present"}


def test_a_batch_endpoint(puller: Puller) -> None:
    shelf = puller.shelf
    model = shelf.add_model("prices", "1", {"model.txt": b"a model"})
    shelf.add("batchEndpoints/nightly", {"authMode": "AADToken", "defaults": {"deploymentName": "d"}, "properties": {}})
    shelf.add(
        "batchEndpoints/nightly/deployments/d",
        {
            "model": {"referenceType": "Id", "assetId": model},
            "environmentId": add_environment(shelf, "scoring", "1"),
            "codeConfiguration": {"codeId": add_code(shelf, "abc"), "scoringScript": "score.py"},
            "compute": f"{ROOT}/computes/cluster",
            "errorThreshold": -1,
            "loggingLevel": "Info",
            "maxConcurrencyPerInstance": 1,
            "miniBatchSize": 10,
            "outputAction": "AppendRow",
            "outputFileName": "p.csv",
            "resources": {"instanceCount": 2, "properties": {}},
            "retrySettings": {"maxRetries": 3, "timeout": "PT30S"},
            "environmentVariables": {},
            "properties": {},
        },
    )
    puller.pull("batch-endpoint:nightly")
    folder = puller.terminal.folder / "azure-shelf" / "batch-endpoints" / "nightly"
    deployment = yaml.safe_load((folder / "d-deployment.yml").read_text())
    assert (deployment["model"], deployment["environment"]) == ("azureml:prices:1", "azureml:scoring:1")
    assert (deployment["compute"], deployment["logging_level"]) == ("azureml:cluster", "info")
    assert yaml.safe_load((folder / "endpoint.yml").read_text())["defaults"] == {"deployment_name": "d"}


def _add_job(shelf: Shelf, name: str, **more: object) -> None:
    given = {
        "jobType": "Command",
        "displayName": "Training",
        "experimentName": "prices",
        "status": "Completed",
        "tags": {},
        "properties": {},
        "command": "python train.py",
        "environmentId": f"{ROOT}/environments/e/versions/1",
        "inputs": {},
        "outputs": {},
        "services": {},
        "resources": {"instanceCount": 1, "properties": {}},
        "computeId": f"{ROOT}/computes/c",
    }
    shelf.add(f"jobs/{name}", {**given, **more})


def test_runs_with_their_outputs_and_the_model_of_automated_ml(puller: Puller) -> None:
    shelf = puller.shelf
    _add_job(
        shelf,
        "happy",
        outputs={
            "scored": {
                "jobOutputType": "uri_folder",
                "mode": "ReadWriteMount",
                "uri": "azureml://datastores/workspaceblobstore/paths/scored/happy",
            },
            "lost": {"jobOutputType": "uri_folder", "mode": "ReadWriteMount"},
        },
    )
    shelf.add_blob("azureml/ExperimentRun/dcid.happy/outputs/model.pkl", b"bytes")
    shelf.add_blob("azureml/ExperimentRun/dcid.happy/logs/a.log", b"a line")
    shelf.add_blob("files/scored/happy/part.csv", b"1,2\n")
    _add_job(shelf, "forest", displayName="AutoML", tags={"automl_best_child_run_id": "forest_7", "model_name": "best"})
    best = "azureml/ExperimentRun/dcid.forest_7/outputs"
    shelf.add_blob(f"{best}/model.pkl", b"best")
    shelf.add_blob(f"{best}/scoring_file_v_1_0_0.py", SCORE)
    shelf.add_blob(f"{best}/conda_env_v_1_0_0.yml", CONDA.encode())
    listed = {each["key"]: (each["title"], each["status"], each["experiment"]) for each in puller.list("--kind", "run")}
    assert listed["run:happy"] == ("Training", "Completed", "prices")
    report = puller.pull("run:*")
    notes = {each["key"]: each["notes"] for each in report["outcomes"]}
    assert notes == {
        "run:happy": ["lost is no longer in Azure"],
        "run:forest": ["outputs is no longer in Azure", "its best model is best:1"],
    }
    folder = puller.terminal.folder / "azure-shelf" / "runs"
    assert (folder / "happy" / "outputs" / "model.pkl").read_bytes() == b"bytes"
    assert (folder / "happy" / "scored" / "part.csv").read_bytes() == b"1,2\n"
    assert not (folder / "happy" / "logs").exists()
    assert (folder / "forest" / "best-child" / "outputs" / "scoring_file_v_1_0_0.py").read_bytes() == SCORE
    assert json.loads((folder / "forest" / "run.json").read_text())["bestChild"] == "forest_7"
    assert puller.digests() == {"best:1": digest({"model.pkl": b"best"})}


def test_what_is_written_loads_with_the_library_itself(
    puller: Puller, loaded: Callable[[Iterable[Path]], dict[str, str]]
) -> None:
    add_prices(puller.shelf)
    puller.pull("online-endpoint:prices")
    assert loaded([puller.terminal.folder / "azure-shelf"]) == {}


@pytest.mark.long("an environment is built, and a service deployed; the gate plans it from the same files")
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("runtime")
def test_an_endpoint_that_came_answers_here(puller: Puller) -> None:
    add_prices(puller.shelf)
    add_environment(puller.shelf, "scoring", "7", condaFile="name: scoring\ndependencies:\n- pip:\n  - numpy\n")
    puller.pull("online-endpoint:prices")
    folder = puller.terminal.folder / "azure-shelf" / "endpoints" / "prices"
    files = ["--file", str(folder / "endpoint.yml"), "--file", str(folder / "blue-deployment.yml")]
    try:
        puller.terminal.ok("service", "deploy", *files)
        answer = puller.terminal.ok("service", "call", "prices-blue", "--data", '{"data": [1, 2, 3]}')
        assert json.loads(answer) == 6
    finally:
        puller.terminal.run("service", "stop-all", "--all")


@pytest.mark.parametrize("written", ["endpoints/prices/endpoint.yml", "report.md"])
def test_secrets_are_in_no_file(written: str, puller: Puller) -> None:
    add_prices(puller.shelf)
    puller.shelf.credential = "AccountKey"
    puller.pull("online-endpoint:prices")
    assert list(Path(puller.terminal.home.parent).rglob(written))
    assert puller.secrets(puller.terminal.home, puller.terminal.folder) == []
