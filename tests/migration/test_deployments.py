"""What is written for single deployments: models, the changed entry script, sizes, endpoints, command lines, a service
of a workspace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from scoredock.contrib.migration.checks.fitting_size import size_for

from cli.conftest import Terminal

Loaded = Callable[[Iterable[Path]], dict[str, str]]
LOADING = "import os\n\ndef init():\n    open(os.getenv('AZUREML_MODEL_DIR') + '/first.pkl')\n\ndef run(data): ...\n"
SEVERAL = """import os

def init():
    global found
    first = os.path.join(os.getenv("AZUREML_MODEL_DIR"), "first", "1", "first.pkl")
    second = os.environ["AZUREML_MODEL_DIR"] + "/second/3/second.pkl"
    found = open(first).read() + open(second).read()

def run(data):
    return found
"""


def write(folder: Path, **files: object) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def documents(done: Mapping[str, Any], ending: str) -> list[Any]:
    return [yaml.safe_load(file["text"]) for file in done["files"] if file["path"].endswith(ending)]


def one(done: Mapping[str, Any], ending: str) -> Any:
    (found,) = documents(done, ending)
    return found


def test_several_models_become_one_folder(terminal: Terminal, tmp_path: Path, loaded: Loaded) -> None:
    """And the changed script finds them where Azure ML v2 puts the registered folder."""
    folder = write(
        tmp_path / "p",
        score_DOT_py=SEVERAL,
        inferenceconfig_DOT_json={"entryScript": "score.py"},
        first_DOT_pkl="one",
        second_DOT_pkl="two",
    )
    done = terminal.json("migrate", str(folder), "--output-path", str(tmp_path / "v2"))
    deployment, model = one(done, "-deployment.yml"), one(done, "model.yml")
    assert deployment["model"] == f"azureml:{model['name']}:1"
    (change,) = done["changes"]
    assert [line for line in change["diff"].splitlines() if line.startswith("+ ")] == [
        '+    first = os.path.join(os.path.join(os.getenv("AZUREML_MODEL_DIR"), "models"), "first", "1", "first.pkl")',
        '+    second = os.path.join(os.environ["AZUREML_MODEL_DIR"], "models") + "/second/3/second.pkl"',
    ]
    place = next((tmp_path / "v2" / "models").glob("*/1"))
    assert model["path"] == "./models"
    assert run(tmp_path / "v2" / change["path"], place) == "onetwo"
    assert (folder / "score.py").read_text() == SEVERAL
    assert loaded([tmp_path / "v2"]) == {}


def run(script: Path, model_dir: Path) -> str:
    """What `run()` of an entry script gives with its models at a place."""
    code = "import score, json; score.init(); print(score.run(''))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=script.parent,
        env={**os.environ, "AZUREML_MODEL_DIR": str(model_dir)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("if os.getenv('AZUREML_MODEL_DIR'):\n        pass", "is tested here"),
        ("open('azureml-models/first/1/first.pkl')", "has the folder"),
        ("from azureml.core.model import Model\n    Model.get_model_path(NAME)", "which model is meant"),
    ],
)
def test_paths_that_are_not_certain_are_told_of(body: str, told: str, terminal: Terminal, tmp_path: Path) -> None:
    script = SEVERAL.replace("    global found", f"    global found\n    {body}")
    folder = write(tmp_path / "p", score_DOT_py=script, first_DOT_pkl="one", second_DOT_pkl="two")
    done = terminal.json("migrate", str(folder), "--dry-run")
    assert any(told in note["message"] and "score.py:" in note["subject"] for note in done["notes"])


def test_get_model_path_becomes_a_path(terminal: Terminal, tmp_path: Path) -> None:
    script = (
        '"""Scores."""\nfrom azureml.core.model import Model\n\ndef init():\n    global found\n'
        "    found = open(Model.get_model_path('first')).read()\n\ndef run(data):\n    return found\n"
    )
    folder = write(tmp_path / "p", score_DOT_py=script, first_DOT_pkl="one")
    done = terminal.json("migrate", str(folder), "--output-path", str(tmp_path / "v2"))
    (change,) = done["changes"]
    changed = tmp_path / "v2" / change["path"]
    assert "azureml" not in changed.read_text()
    assert run(changed, next((tmp_path / "v2" / "models" / "first").glob("1/files"))) == "one"


@pytest.mark.parametrize(
    ("cpu", "memory", "name", "exact"),
    [
        (0.1, 0.5, "Standard_DS1_v2", True),
        (1, 2, "Standard_DS2_v2", False),
        (2, 1, "Standard_F2s_v2", False),
        (2, 1.7, "Standard_F2s_v2", True),
        (2, 14, "Standard_E4s_v3", False),
        (3.5, 15, "Standard_E4s_v3", True),
        (4, 17, "Standard_E4s_v3", False),
        (8, 8, "Standard_F8s_v2", False),
        (24, 300, "Standard_DS5_v2", False),
    ],
)
def test_sizes(cpu: float, memory: float, name: str, exact: bool, terminal: Terminal, tmp_path: Path) -> None:
    assert (size_for(cpu, memory).name, size_for(cpu, memory).exact) == (name, exact)
    size = {"computeType": "aci", "containerResourceRequirements": {"cpu": cpu, "memoryInGB": memory}}
    folder = write(tmp_path / "p", score_DOT_py=SEVERAL, deploymentconfig_DOT_json=size)
    done = terminal.json("migrate", str(folder), "--dry-run")
    assert one(done, "-deployment.yml")["instance_type"] == name
    told = [note for note in done["notes"] if note["key"] == "containerResourceRequirements"]
    assert [note["kind"] for note in told] == ["maps" if exact else "broken" if cpu > 20 else "changes"]


def test_a_cluster(terminal: Terminal, tmp_path: Path, loaded: Loaded) -> None:
    aks = {
        "computeType": "aks",
        "computeTargetName": "my-cluster",
        "autoScaler": {"autoscaleEnabled": True, "minReplicas": 2, "maxReplicas": 4, "targetUtilization": 60},
        "containerResourceRequirements": {"cpu": 0.5, "memoryInGB": 1.5, "cpuLimit": 1, "memoryInGBLimit": 2},
        "gpuCores": 1,
        "scoringTimeoutMs": 600000,
        "maxConcurrentRequestsPerContainer": 3,
        "maxQueueWaitMs": 700,
        "livenessProbeRequirements": {"periodSeconds": 5},
        "tokenAuthEnabled": True,
        "appInsightsEnabled": True,
        "dataCollection": {"storageEnabled": True},
    }
    folder = write(
        tmp_path / "p", score_DOT_py="def init(): ...\n\ndef run(data): ...\n", deploymentconfig_DOT_json=aks
    )
    done = terminal.json("migrate", str(folder), "--output-path", str(tmp_path / "v2"))
    endpoint, deployment = one(done, "endpoint.yml"), one(done, "-deployment.yml")
    assert (endpoint["compute"], endpoint["auth_mode"]) == ("azureml:my-cluster", "aml_token")
    del deployment["environment"], deployment["$schema"], deployment["code_configuration"]
    assert deployment == {
        "name": "blue",
        "endpoint_name": endpoint["name"],
        "type": "kubernetes",
        "resources": {
            "requests": {"cpu": "0.5", "memory": "1.5Gi"},
            "limits": {"cpu": "1", "memory": "2Gi", "nvidia.com/gpu": "1"},
        },
        "scale_settings": {
            "type": "target_utilization",
            "min_instances": 2,
            "max_instances": 4,
            "target_utilization_percentage": 60,
            "polling_interval": 1,
        },
        "instance_count": 2,
        "liveness_probe": {
            "period": 5,
            "initial_delay": 310,
            "timeout": 2,
            "success_threshold": 1,
            "failure_threshold": 3,
        },
        "request_settings": {
            "request_timeout_ms": 600000,
            "max_concurrent_requests_per_instance": 3,
            "max_queue_wait_ms": 700,
        },
        "app_insights_enabled": True,
        "data_collector": {"collections": {"model_inputs": {"enabled": "true"}, "model_outputs": {"enabled": "true"}}},
        "environment_variables": {"WORKER_COUNT": "3"},
    }
    assert loaded([tmp_path / "v2"]) == {}


def test_lines_of_az_ml(terminal: Terminal, tmp_path: Path) -> None:
    lines = (
        "az ml folder attach -w $WS -g my-group\n"
        "az ml model register -n first -p first.pkl --tag a=b -g my-group -w $WS\n"
        "az ml model deploy -n my-service -m first:1 --ic inferenceconfig.json \\\n"
        "  --dc deploymentconfig.json --overwrite\n"
        "az ml service get-logs -n my-service\n"
        "az ml service run -n my-service -d '{}'\n"
        "az ml service delete -n my-service\n"
    )
    folder = write(
        tmp_path / "p",
        deploy_DOT_sh=lines,
        score_DOT_py=LOADING,
        inferenceconfig_DOT_json={"entryScript": "score.py"},
        deploymentconfig_DOT_json={"computeType": "aci"},
        first_DOT_pkl="one",
    )
    done = terminal.json("migrate", str(folder), "--dry-run")
    (text,) = [file["text"] for file in done["files"] if file["path"] == "scripts/deploy.sh"]
    assert text.splitlines() == [
        "az configure --defaults group=my-group workspace=$WS",
        "az ml model create --name first --path first.pkl --type custom_model --tags a=b --resource-group my-group"
        " --workspace-name $WS",
        "az ml online-endpoint create --file endpoints/my-service/endpoint.yml && az ml online-deployment create --file"
        " endpoints/my-service/blue-deployment.yml --all-traffic",
        "az ml online-deployment get-logs --name blue --endpoint-name my-service",
        "az ml service run -n my-service -d '{}'",
        "az ml online-endpoint delete --name my-service --yes",
    ]
    (left,) = [note for note in done["notes"] if note["key"] == "az ml service run"]
    assert left["subject"] == "deploy.sh:6"
    assert one(done, "model.yml")["tags"] == {"a": "b"}


def test_versions_of_an_endpoint_share_its_traffic(terminal: Terminal, tmp_path: Path, loaded: Loaded) -> None:
    script = "def init(): ...\n\ndef run(data): ...\n"
    lines = "".join(
        f"az ml model deploy -n shared --ic inferenceconfig.json --dc {name}.json --ct cluster\n"
        for name in ("one", "two")
    )
    configs = {
        f"{name}_DOT_json": {"computeType": "aksendpoint", "versionName": f"version-{name}", "trafficPercentile": share}
        for name, share in (("one", 90), ("two", 10))
    }
    folder = write(
        tmp_path / "p",
        score_DOT_py=script,
        inferenceconfig_DOT_json={"entryScript": "score.py"},
        d_DOT_sh=lines,
        **configs,
    )
    done = terminal.json("migrate", str(folder), "--output-path", str(tmp_path / "v2"))
    assert one(done, "traffic.yml")["traffic"] == {"version-one": 90, "version-two": 10}
    assert "traffic" not in one(done, "endpoint.yml")
    assert {each["name"] for each in documents(done, "-deployment.yml")} == {"version-one", "version-two"}
    assert loaded([tmp_path / "v2"]) == {}
