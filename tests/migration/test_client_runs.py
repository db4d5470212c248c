"""Rewritten scripts of the SDK v1 run with azure-ai-ml's own client, behind which a TLS server of the tests stands."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from certificates import authority, issued
from cli.conftest import Terminal
from migration import azure_server
from migration.azure_server import Azure
from migration.sdk_projects import PROJECTS, SdkProject

RUNNER = Path(__file__).with_name("script_runner.py")
_STORED = "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/workspaceblobstore/paths/model.pkl"
_SCORE = "def init(): ...\n\n\ndef run(data):\n    return data\n"


@dataclass(frozen=True)
class Ran:
    """What became of the scripts."""

    azure: Azure
    results: dict[str, tuple[str, str]]
    """Name → what it printed, and why it failed."""
    texts: dict[str, str]


def _workspace(name: str) -> str:
    return name.replace(" ", "-")


def _prepare(azure: Azure, name: str, project: SdkProject) -> None:
    root = (
        f"/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/{_workspace(name)}"
    )
    bodies = {
        "endpoint": ("onlineEndpoints/prices", {"properties": {"authMode": "Key"}}),
        "model": ("models/prices/versions/1", {"properties": {"modelType": "custom_model", "modelUri": _STORED}}),
        "environment": ("environments/scoring/versions/1", {"properties": {"image": "python:3.11"}}),
    }
    for each in project.before:
        below, body = bodies[each]
        azure.answer("PUT", f"{root}/{below}", body)
    azure.requests.clear()


@pytest.fixture(scope="module")
def ran(azure_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """All scripts, migrated at once and run one after the other."""
    folder = tmp_path_factory.mktemp("scripts")
    for name, project in PROJECTS.items():
        place = folder / "v1" / _workspace(name)
        (place / "src").mkdir(parents=True)
        (place / "outputs").mkdir()
        texts = {
            "src/score.py": _SCORE,
            "conda.yml": "dependencies: [python=3.10]\n",
            "model.pkl": "m",
            "outputs/a": "a",
        }
        config = {"subscription_id": "s", "resource_group": "g", "workspace_name": _workspace(name)}
        texts |= {"deploy.py": project.script, "config.json": json.dumps(config)}
        for path, text in texts.items():
            (place / path).write_text(text)
    terminal = Terminal(folder / "home", folder)
    terminal.ok("migrate", str(folder / "v1"), "--output-path", str(folder / "v2"))
    paths = {}
    for name in PROJECTS:
        place = folder / "v1" / _workspace(name)
        text = (folder / "v2" / "scripts" / _workspace(name) / "deploy.py").read_text()
        (place / "deploy.py").write_text(text)
        paths[str(place / "deploy.py")] = name
    certificate, key = issued(folder, authority(folder), azure_server.HOSTS)
    with azure_server.serving(certificate, key) as azure:
        for name, project in PROJECTS.items():
            _prepare(azure, name, project)
        address = f"https://management.{azure_server.DOMAIN}:{azure.port}/"
        variables = {
            "ARM_CLOUD_METADATA_URL": f"{address}metadata",
            "REQUESTS_CA_BUNDLE": str(folder / "authority.pem"),
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
        }
        done = subprocess.run(
            [str(azure_python), "-W", "ignore", str(RUNNER)],
            input=json.dumps(list(paths)),
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        results = json.loads(done.stdout.splitlines()[-1])
        yield Ran(
            azure,
            {paths[path]: (output, failure) for path, (output, failure) in results.items()},
            {name: Path(path).read_text() for path, name in paths.items()},
        )


@pytest.mark.long("azure-ai-ml takes minutes to load on a busy machine")
@pytest.mark.parametrize("name", PROJECTS)
def test_a_rewritten_script_runs(name: str, ran: Ran) -> None:
    project = PROJECTS[name]
    assert "azureml.core" not in ran.texts[name], ran.texts[name]
    printed, failure = ran.results[name]
    if failure:
        pytest.fail(f"{ran.texts[name]}\n{failure}")
    assert project.printed in printed
    sent = iter([f"{method} {path}" for place, method, path, _ in ran.azure.requests if place == _workspace(name)])
    for each in project.requests:
        assert each in sent, f"{each} was not sent in its turn"


@pytest.mark.long("as above")
def test_what_was_sent(ran: Ran) -> None:
    """The fields of a deployment arrive, files are uploaded, callers bring their key, and no other route was tried."""
    assert ran.azure.unknown == []
    bodies = {
        (place, path): body
        for place, method, path, body in ran.azure.requests
        if method == "PUT" and "/codes/" not in path
    }
    aci = bodies["deploy-to-ACI", "onlineEndpoints/prices/deployments/blue"]["properties"]
    assert aci["codeConfiguration"]["scoringScript"] == "score.py"
    assert aci["model"].endswith("/models/prices/versions/1")
    assert aci["instanceType"] == "Standard_DS2_v2"
    assert bodies["deploy-to-ACI", "onlineEndpoints/prices"]["properties"]["traffic"] == {"blue": 100}
    aks = bodies["deploy-to-AKS", "onlineEndpoints/prices/deployments/blue"]["properties"]
    assert aks["endpointComputeType"] == "Kubernetes"
    assert (aks["scaleSettings"]["minInstances"], aks["scaleSettings"]["maxInstances"]) == (1, 3)
    assert aks["requestSettings"]["requestTimeout"] == "PT30S"
    insights = bodies["deploy-with-app-insights", "onlineEndpoints/prices/deployments/blue"]["properties"]
    assert insights["appInsightsEnabled"] is True
    assert any(path.endswith("/score.py") for path in ran.azure.blobs)
    scored = [body for _, method, _, body in ran.azure.requests if method == "SCORE"]
    assert scored == [("Bearer the-first-key", {"data": [1, 2]})]
