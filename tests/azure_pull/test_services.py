"""Services of v1 (ACI and AKS): listed with what they are, fetched as files that deploy here, without any secret."""

from __future__ import annotations

import json
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from azure_pull.azure_shelf import Shelf
from azure_pull.conftest import Puller
from azure_pull.services_of_v1 import SECRET, driver, environment, packed

SCORE = b"""import json
import os

from lib.more import FACTOR


def init():
    global base
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.txt")) as stream:
        base = int(stream.read())


def run(data):
    return base + FACTOR * sum(json.loads(data)["data"])
"""
SOURCE = {"source/score.py": SCORE, "source/lib/__init__.py": b"", "source/lib/more.py": b"FACTOR = 2\n"}
ALONE = b"def init():\n    pass\n\n\ndef run(data):\n    return data\n"


def add_asset(shelf: Shelf, below: str, content: bytes) -> str:
    """An artifact, by the address that the SDK gives it."""
    shelf.add_blob(f"azureml/LocalUpload/{below}", content)
    return f"aml://artifact/LocalUpload/{below}"


def request_of(shelf: Shelf, name: str, **more: Any) -> dict[str, Any]:
    """How a service is made with a source directory, by the SDK since 2019."""
    own = environment()
    own["environmentVariables"] |= {
        "AZUREML_SOURCE_DIRECTORY": "source",
        "AZUREML_ENTRY_SCRIPT": "source/score.py",
    }
    code = add_asset(shelf, f"{name}/0f1e2d3c.tar.gz", packed(SOURCE))
    main = add_asset(shelf, f"{name}/tmpabc.py", driver("source/score.py"))
    return {
        "driverProgram": "tmpabc.py",
        "assets": [
            {"id": "tmpabc.py", "url": main, "mimeType": "application/x-python", "unpack": None},
            {"id": "0f1e2d3c.tar.gz", "url": code, "mimeType": "application/octet-stream", "unpack": True},
        ],
        "modelIds": ["houses:3"],
        "environment": own,
        **more,
    }


def add_houses(shelf: Shelf, **more: Any) -> None:
    shelf.add_model("houses", "3", {"model.txt": b"10"})
    models = [{"id": "houses:3", "name": "houses", "version": 3, "url": "aml://asset/abc"}]
    given = {"environmentImageRequest": request_of(shelf, "houses"), "models": models}
    shelf.services.add("houses", "ACI", **{**given, **more})


def folder_of(puller: Puller, name: str) -> Path:
    return puller.terminal.folder / "azure-shelf" / "services" / name


def configurations(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        json.loads((folder / "inferenceconfig.json").read_text()),
        json.loads((folder / "deploymentconfig.json").read_text()),
    )


def notes_of(report: dict[str, Any], key: str) -> list[str]:
    return next(each["notes"] for each in report["outcomes"] if each["key"] == key)


def commands_of(report: dict[str, Any], key: str) -> list[str]:
    return next(each["commands"] for each in report["outcomes"] if each["key"] == key)


def deploy_words(report: dict[str, Any], key: str) -> list[str]:
    """The one command that the report tells."""
    [line] = commands_of(report, key)
    return shlex.split(line)[1:]


def test_a_service_of_aci_is_listed_and_comes_whole(puller: Puller) -> None:
    add_houses(puller.shelf)
    [listed] = puller.list("--kind", "service")
    facts = {name: listed[name] for name in ("key", "type", "status", "title", "created")}
    assert facts == {
        "key": "service:houses",
        "type": "ACI",
        "status": "Healthy",
        "title": "houses:3",
        "created": "2021-03-04T05:06:07.123456Z",
    }
    report = puller.pull("service:houses")
    folder = folder_of(puller, "houses")
    assert {each["key"]: (each["result"], each["here"]) for each in report["outcomes"]} == {
        "model:houses:3": ("registered", "houses:1"),
        "service:houses": ("written", str(folder)),
    }
    inference, deployment = configurations(folder)
    assert inference == {
        "entryScript": "score.py",
        "sourceDirectory": "./code/source",
        "environment": {
            "name": "houses",
            "version": "4",
            "environmentVariables": {"STAGE": "blue"},
            "python": {
                "interpreterPath": "python",
                "userManagedDependencies": False,
                "condaDependencies": environment()["python"]["condaDependencies"],
            },
            "docker": {
                "baseImage": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04",
                "baseImageRegistry": {"address": "registry.example.com"},
            },
        },
    }
    assert deployment == {
        "computeType": "aci",
        "authEnabled": True,
        "appInsightsEnabled": False,
        "location": "westeurope",
        "containerResourceRequirements": {"cpu": 0.5, "memoryInGB": 1.5},
    }
    code = {path.relative_to(folder / "code").as_posix(): path.read_bytes() for path in folder.rglob("code/**/*.py")}
    assert code == SOURCE
    about = json.loads((folder / "service.json").read_text())
    assert (about["state"], about["models"], about["tags"]) == ("Healthy", ["houses:3"], {"team": "houses"})
    assert puller.terminal.run("check", str(folder)).returncode == 0
    assert {each["result"] for each in puller.pull("service:houses")["outcomes"]} == {"present"}


def test_the_report_tells_how_to_deploy_it(puller: Puller) -> None:
    add_houses(puller.shelf)
    report = puller.pull("service:houses")
    words = deploy_words(report, "service:houses")
    text = Path(report["report"]).read_text()
    assert f"## Deploy it here\n\n```sh\n{commands_of(report, 'service:houses')[0]}\n```" in text
    assert words[:3] == ["service", "deploy", "houses"]
    pairs = list(pairwise(words))
    assert ("--model", "houses:1") in pairs
    assert ("--tag", "team=houses") in pairs
    assert ("--property", "owner=Ana") in pairs
    assert ("--property", "hasHttps=False") not in pairs
    assert words[words.index("--inference-config") + 1] == str(folder_of(puller, "houses") / "inferenceconfig.json")


def test_no_secret_comes(puller: Puller) -> None:
    add_houses(puller.shelf, sslEnabled=True, cname="houses.example.com")
    report = puller.pull("service:houses")
    assert configurations(folder_of(puller, "houses"))[1]["sslEnabled"] is False
    assert any("HTTPS" in note for note in notes_of(report, "service:houses"))
    kept = [*puller.terminal.home.rglob("*"), *puller.terminal.folder.rglob("*")]
    assert [path for path in kept if path.is_file() and SECRET.encode() in path.read_bytes()] == []
    assert puller.secrets(puller.terminal.home, puller.terminal.folder) == []
    asked = {method for method, path in puller.shelf.log if path.startswith("mms")}
    assert asked == {"GET"}
    assert not any("key" in path.lower() for _, path in puller.shelf.log if path.startswith("mms"))


def test_a_service_of_aks_keeps_what_it_scales_by(puller: Puller) -> None:
    more = {
        "computeName": "cluster",
        "aadAuthEnabled": False,
        "numReplicas": 2,
        "autoScaler": {
            "autoscaleEnabled": True,
            "minReplicas": 1,
            "maxReplicas": 4,
            "refreshPeriodInSeconds": 2,
            "targetUtilization": 60,
        },
        "dataCollection": {"eventHubEnabled": False, "storageEnabled": True},
        "livenessProbeRequirements": {
            "periodSeconds": 10,
            "initialDelaySeconds": 310,
            "timeoutSeconds": 2,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
        "containerResourceRequirements": {"cpu": 1, "cpuLimit": 2, "memoryInGB": 2, "memoryInGBLimit": 4, "gpu": 0},
        "maxConcurrentRequestsPerContainer": 2,
        "maxQueueWaitMs": 600,
        "scoringTimeoutMs": 30000,
        "namespace": "azureml-houses",
    }
    add_houses(puller.shelf, computeType="AKS", **more)
    puller.pull("service:houses")
    _, deployment = configurations(folder_of(puller, "houses"))
    assert deployment == {
        "computeType": "aks",
        "authEnabled": True,
        "appInsightsEnabled": False,
        "scoringTimeoutMs": 30000,
        "maxConcurrentRequestsPerContainer": 2,
        "maxQueueWaitMs": 600,
        "namespace": "azureml-houses",
        "dataCollection": {"storageEnabled": True},
        "livenessProbeRequirements": more["livenessProbeRequirements"],
        "autoScaler": more["autoScaler"],
        "computeTargetName": "cluster",
        "containerResourceRequirements": {"cpu": 1, "cpuLimit": 2, "memoryInGB": 2, "memoryInGBLimit": 4},
    }
    assert puller.terminal.run("check", str(folder_of(puller, "houses"))).returncode == 0


def test_versions_of_an_endpoint_of_aks(puller: Puller) -> None:
    shelf = puller.shelf
    shelf.add_model("houses", "3", {"model.txt": b"10"})
    part = {
        "environmentImageRequest": request_of(shelf, "houses"),
        "containerResourceRequirements": {"cpu": 1, "memoryInGB": 1},
        "numReplicas": 1,
    }
    versions = {"b": {**part, "trafficPercentile": 10}, "a": {**part, "trafficPercentile": 90, "isDefault": True}}
    shelf.services.add("houses", "AKSENDPOINT", versions=versions, computeName="cluster")
    report = puller.pull("service:houses")
    folder = folder_of(puller, "houses")
    _, deployment = configurations(folder / "b")
    assert (deployment["computeType"], deployment["versionName"], deployment["trafficPercentile"]) == (
        "aksendpoint",
        "b",
        10,
    )
    commands = commands_of(report, "service:houses")
    assert ["service deploy houses " in commands[0], "service deploy houses-b " in commands[1]] == [True, True]
    assert commands[2:] == [
        "scoredock endpoint create houses --service houses --version a",
        "scoredock endpoint set-version houses b --service houses-b --traffic 10",
    ]


def test_an_image_based_service_comes_as_far_as_its_image_says(puller: Puller) -> None:
    """As services were made before 2020: the image has the code, and files of packages."""
    shelf = puller.shelf
    shelf.add_model("houses", "3", {"model.txt": b"10"})
    code = packed({"home/ana/score.py": SCORE})
    more = packed({"home/ana/lib/__init__.py": b"", "home/ana/lib/more.py": b"FACTOR = 2\n"})
    conda = b"name: x\ndependencies:\n- python=3.6.2\n- pip:\n  - azureml-defaults\n"
    image = {
        "id": "houses-image:7",
        "name": "houses-image",
        "version": 7,
        "driverProgram": "driver",
        "assets": [
            {"id": "driver", "url": add_asset(shelf, "i/main.py", driver("score.py")), "unpack": False},
            {"id": "a.tar.gz", "url": add_asset(shelf, "i/a.tar.gz", code), "unpack": True},
            {"id": "b.tar.gz", "url": add_asset(shelf, "i/b.tar.gz", more), "unpack": True},
        ],
        "targetRuntime": {
            "runtimeType": "Python",
            "properties": {"condaEnvFile": add_asset(shelf, "i/conda.yml", conda), "installCuda": True},
        },
        "dockerFileUri": add_asset(shelf, "i/steps", b"RUN apt-get update\n"),
        "modelIds": ["houses:3"],
    }
    shelf.services.images["houses-image:7"] = image
    shelf.services.add("named", "ACI", imageId="houses-image:7")
    shelf.services.add("expanded", "ACI", imageId="houses-image:7", imageDetails=image)
    shelf.services.add("lost", "ACI", imageId="gone:1")
    report = puller.pull("service:*")
    for name in ("named", "expanded"):
        inference, _ = configurations(folder_of(puller, name))
        assert inference == {
            "entryScript": "home/ana/score.py",
            "sourceDirectory": "./code",
            "runtime": "python",
            "condaFile": "conda.yml",
            "extraDockerfileSteps": "extra-docker-steps.txt",
            "enableGpu": True,
        }
        assert (folder_of(puller, name) / "code" / "home" / "ana" / "lib" / "more.py").is_file()
        assert any("from the image houses-image:7" in note for note in notes_of(report, f"service:{name}"))
    assert "image is no longer in Azure or cannot be read" in notes_of(report, "service:lost")
    assert not (folder_of(puller, "lost") / "inferenceconfig.json").exists()


def test_environments_that_are_named_and_others(puller: Puller) -> None:
    shelf = puller.shelf
    from azure_pull.test_kinds import add_environment

    add_environment(shelf, "scoring", "7")
    named = {"environment": None, "environmentReference": {"name": "scoring", "version": "7"}, "modelIds": []}
    curated = {"environment": None, "environmentReference": {"name": "AzureML-Minimal", "version": "1"}, "modelIds": []}
    script = {"id": "score.py", "url": add_asset(shelf, "s/score.py", ALONE), "unpack": False}
    alone = {"driverProgram": "score.py", "assets": [script], "environment": environment(name="AzureML-Old")}
    dockerfile = environment()
    dockerfile["docker"] = {"baseDockerfile": "FROM python:3.11\n", "baseImage": None}
    for name, request in {
        "named": request_of(shelf, "n", **named),
        "curated": request_of(shelf, "c", **curated),
        "alone": alone,
        "built": request_of(shelf, "b", environment=dockerfile, modelIds=[]),
    }.items():
        shelf.services.add(name, "ACI", environmentImageRequest=request)
    report = puller.pull("service:*")
    assert {each["key"] for each in report["outcomes"]} == {
        "environment:scoring:7",
        *(f"service:{name}" for name in ("named", "curated", "alone", "built")),
    }
    read = {name: configurations(folder_of(puller, name))[0] for name in ("named", "curated", "alone", "built")}
    assert read["named"]["environment"] == {"name": "scoring", "version": "1"}
    assert read["curated"]["environment"] == {"name": "AzureML-Minimal", "version": "1"}
    assert (read["alone"]["entryScript"], "sourceDirectory" in read["alone"]) == ("code/score.py", False)
    assert read["alone"]["environment"]["name"] == "own-AzureML-Old"
    assert read["built"]["environment"]["docker"] == {"baseDockerfile": "FROM python:3.11\n"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (packed({"../../escaped.py": b"x"}), "model-path-unsupported"),
        (packed({"source/score.py": SCORE}, links={"source/link": "/etc/passwd"}), "model-path-unsupported"),
        (b"not packed", "model-archive-invalid"),
        (packed({"source": b"x", "source/score.py": SCORE}), "model-path-clash"),
    ],
)
def test_code_that_leads_elsewhere_does_not_come(puller: Puller, content: bytes, code: str) -> None:
    add_houses(puller.shelf)
    puller.shelf.add_blob("azureml/LocalUpload/houses/0f1e2d3c.tar.gz", content)
    report = puller.ended("service:houses")
    assert {each["key"]: each["code"] for each in report["outcomes"]} == {"model:houses:3": "", "service:houses": code}
    assert not folder_of(puller, "houses").exists()
    assert not list(puller.terminal.home.parent.rglob("escaped.py"))


def test_what_is_gone_and_what_is_no_service_of_v1(puller: Puller) -> None:
    shelf = puller.shelf
    add_houses(shelf)
    del shelf.shelf["azureml/LocalUpload/houses/0f1e2d3c.tar.gz"]
    shelf.services.add("edge", "IOT")
    report = puller.ended("service:*")
    assert {each["key"]: each["code"] for each in report["outcomes"] if each["code"]} == {
        "service:edge": "service-kind"
    }
    assert any("nothing names its entry script" in note for note in notes_of(report, "service:houses"))


def test_a_list_of_several_pages(puller: Puller) -> None:
    shelf = puller.shelf
    shelf.services.page = 2
    for number in range(5):
        shelf.services.add(f"s{number}", "ACI")
    assert [each["name"] for each in puller.list("--kind", "service")] == [f"s{number}" for number in range(5)]
    shelf.services.next_host = "https://elsewhere.example.com"
    told = puller.terminal.json("azure", "list", "--kind", "service", "--python", puller.python)
    assert len(told["notes"]) == 1
    assert not any("elsewhere" in path for path in shelf.unknown), "no token goes there"


def test_a_workspace_without_model_management(puller: Puller) -> None:
    """Once v1 is gone, all others are listed as before."""
    shelf = puller.shelf
    add_houses(shelf)
    shelf.services.is_discovered = False
    assert [each["key"] for each in puller.list()] == ["model:houses:3"]
    assert puller.terminal.json("azure", "list", "--python", puller.python)["notes"] == []
    shelf.services.is_discovered, shelf.services.status = True, 403
    told = puller.terminal.json("azure", "list", "--python", puller.python)
    assert [each["key"] for each in told["items"]] == ["model:houses:3"]
    assert told["notes"][0].startswith("The services of v1 could not be listed")
    assert puller.refused("service:houses")["code"] == "azure-refused"
    assert puller.pull("--all")["outcomes"][0]["key"] == "model:houses:3"


@pytest.mark.long("an environment is built, and a service deployed; the gate checks the same files")
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("runtime")
def test_a_service_that_came_answers_here(puller: Puller) -> None:
    add_houses(puller.shelf)
    report = puller.pull("service:houses")
    try:
        puller.terminal.ok(*deploy_words(report, "service:houses"))
        keys = puller.terminal.json("service", "keys", "houses")
        assert SECRET not in json.dumps(keys), "its keys are of here"
        answer = puller.terminal.ok("service", "call", "houses", "--data", '{"data": [1, 2, 3]}')
        assert json.loads(answer) == 22
    finally:
        puller.terminal.run("service", "stop-all", "--all")
