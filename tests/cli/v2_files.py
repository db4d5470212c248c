"""Online endpoints and deployments of Azure ML v2, written from the schema of azure-ai-ml: every field at least once,
and what each comes to here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SCHEMAS = "https://azuremlschemas.azureedge.net/latest/"
IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"
SCRIPT = (
    "import json\nimport os\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return [os.environ.get('WHO', '')]\n"
)
CONDA = "name: from-file\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n"
MODEL_OF_MLFLOW = (
    "flavors:\n  python_function:\n    env: conda.yaml\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n"
    "  sklearn:\n    pickled_model: model.pkl\n    sklearn_version: 1.7.0\n"
)
FILES = {
    "src/score.py": SCRIPT,
    "src/nested/other.py": SCRIPT,
    "model/model.txt": "1",
    "conda.yml": CONDA,
    "env/environment.yml": f"name: of-a-file\nversion: 3\nimage: {IMAGE}\nconda_file: ../conda.yml\n",
    "env/build.yml": "name: built\nbuild:\n  path: ../docker\n",
    "env/windows.yml": f"name: w\nimage: {IMAGE}\nos_type: windows\n",
    "docker/Dockerfile": "FROM python:3.11\nRUN pip install numpy\n",
    "copying/Dockerfile": "FROM python:3.11\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\n",
    "copying/requirements.txt": "numpy\n",
}
ARM = "/subscriptions/1/resourceGroups/lab/providers/Microsoft.MachineLearningServices/workspaces/"
ARM_IDENTITY = "/subscriptions/1/resourceGroups/lab/providers/Microsoft.ManagedIdentity/userAssignedIdentities/me"
_DEPLOYMENT: Mapping[str, Any] = {
    "$schema": SCHEMAS + "managedOnlineDeployment.schema.json",
    "name": "blue",
    "endpoint_name": "house",
    "model": "azureml:m:1",
    "code_configuration": {"code": "./src", "scoring_script": "score.py"},
    "environment": "azureml:e:1",
    "instance_type": "Standard_DS3_v2",
    "instance_count": 1,
}
_KUBERNETES: Mapping[str, Any] = {
    "$schema": SCHEMAS + "kubernetesOnlineDeployment.schema.json",
    "type": "kubernetes",
    "instance_type": None,
}
_PROBE = "livenessProbeRequirements."
_READY = "readinessProbeRequirements."
_AMOUNTS = "containerResourceRequirements."


@dataclass(frozen=True)
class Case:
    """A file that is not like the usual one in `fields`; a field of None is left out."""

    id: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    """That it comes to, among others."""
    note: str = ""
    """Part of a note, which must be there; where it is empty there is none but of machine and image."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the plan of the deployment."""
    refused: str = ""
    """Code of its refusal."""
    message: str = ""
    words: tuple[str, ...] = ()
    """Further options."""
    line: str = ""
    """The line that the refusal names begins so; empty for any."""
    azure: str = ""
    """Why azure-ai-ml does not take the file, where it does not."""

    @property
    def text(self) -> str:
        document = {**_DEPLOYMENT, **self.fields}
        return str(yaml.safe_dump({k: v for k, v in document.items() if v is not None}, sort_keys=False))


def kubernetes(**fields: Any) -> dict[str, Any]:
    return {**_KUBERNETES, **fields}


CASES: tuple[Case, ...] = (
    Case("usual", settings={"numReplicas": "1", "scoringTimeoutMs": "5000", "computeType": "aks"}),
    Case("no schema", {"$schema": None}),
    Case(
        "schema of another version",
        {"$schema": "https://azuremlschemas.azureedge.net/development/managedOnlineDeployment.schema.json"},
        note="$schema names the version development",
    ),
    Case("upper case", {"name": "Blue"}, note="called blue here", told={"name": "blue", "service": "house-blue"}),
    Case("description", {"description": "Predicts prices."}),
    Case("tags", {"tags": {"team": "lab", "year": 2024}}),
    Case("properties", {"properties": {"owner": "lab"}}),
    Case(
        "variables",
        {"environment_variables": {"WHO": "me", "WORKER_COUNT": 2}},
        told={"environmentVariables": ["WHO", "WORKER_COUNT"]},
    ),
    Case("newest model", {"model": "azureml:m@latest"}, told={"models": ["m:2"]}),
    Case("model of the workspace by its id", {"model": f"azureml:{ARM}local/models/m/versions/1"}),
    Case(
        "model of another workspace",
        {"model": f"azureml:{ARM}production/models/m/versions/1"},
        refused="deployment-file-elsewhere",
        message="workspace production",
        line="model:",
    ),
    Case(
        "model of a registry",
        {"model": "azureml://registries/acme/models/m/versions/1"},
        refused="deployment-file-elsewhere",
        message="registry acme",
        line="model:",
    ),
    Case("unknown model", {"model": "azureml:gone:1"}, refused="model-not-found", message="gone:1", line="model:"),
    Case(
        "version that is not a number",
        {"model": "azureml:m:2024-01"},
        refused="deployment-file-elsewhere",
        message="whole numbers",
        line="model:",
    ),
    Case(
        "model of the file",
        {"model": {"name": "own", "version": "3", "path": "./model", "type": "custom_model", "description": "x"}},
        told={"registerModels": [{"name": "own", "version": 1}]},
    ),
    Case(
        "model of the file without a name",
        {"model": {"path": "model/model.txt", "tags": {"a": "b"}, "properties": {"c": "d"}, "stage": "Production"}},
        told={"registerModels": [{"name": "house-blue", "version": 1}]},
    ),
    Case(
        "model of a job",
        {"model": {"path": "azureml://jobs/happy_dog/outputs/artifacts/model"}},
        refused="deployment-file-elsewhere",
        message="not on this machine",
        azure="inside a deployment it looks for a file of that name",
    ),
    Case(
        "missing files of a model",
        {"model": {"path": "gone"}},
        refused="file-not-found",
        message="gone",
        azure="it refuses the same",
    ),
    Case(
        "model of Triton",
        {"model": {"path": "./model", "type": "triton_model"}, "code_configuration": None, "environment": None},
        refused="deployment-file-unsupported",
        message="Triton",
    ),
    Case(
        "MLflow without code",
        {"model": "azureml:flow:1", "code_configuration": None, "environment": None},
        told={"entryScript": "", "models": ["flow:1"]},
        note="sklearn",
    ),
    Case(
        "MLflow of the file",
        {
            "model": {"name": "flow", "path": "./flow", "type": "mlflow_model", "flavors": {"sklearn": {}}},
            "code_configuration": None,
            "environment": None,
        },
        told={"registerModels": [{"name": "flow", "version": 1}]},
    ),
    Case("no model", {"model": None}, told={"models": []}),
    Case(
        "neither model nor script",
        {"model": None, "code_configuration": None},
        refused="deployment-file-unsupported",
        message="neither a scoring script nor a model",
    ),
    Case("script below", {"code_configuration": {"code": "src", "scoring_script": "nested/other.py"}}),
    Case(
        "missing script",
        {"code_configuration": {"code": "src", "scoring_script": "gone.py"}},
        refused="check-failed",
        message="gone.py",
        line="  scoring_script:",
    ),
    Case(
        "registered code",
        {"code_configuration": {"code": "azureml:code:1", "scoring_script": "score.py"}},
        refused="deployment-file-elsewhere",
        message="not on this machine",
    ),
    Case("half of the code", {"code_configuration": {"code": "./src"}}, refused="check-failed"),
    Case("newest environment", {"environment": "azureml:e@latest"}, told={"environment": "e:1"}),
    Case("unknown environment", {"environment": "azureml:gone:1"}, refused="asset-not-found", line="environment:"),
    Case("curated environment", {"environment": "azureml:AzureML-Minimal@latest"}, note="AzureML-Minimal"),
    Case(
        "curated environment of the registry of Azure",
        {"environment": "azureml://registries/azureml/environments/minimal-ubuntu20.04-py38-cpu-inference/versions/40"},
        note="AzureML-minimal-ubuntu20.04-py38-cpu-inference",
    ),
    Case(
        "environment of a registry",
        {"environment": "azureml://registries/azureml/environments/unheard-of/labels/latest"},
        refused="deployment-file-elsewhere",
        message="registry azureml",
    ),
    Case(
        "environment of the file",
        {
            "environment": {
                "name": "own",
                "version": "2",
                "image": IMAGE,
                "conda_file": "./conda.yml",
                "os_type": "linux",
            }
        },
        note="environment.image is not used",
    ),
    Case(
        "environment of a file beside it",
        {"environment": "file:env/environment.yml"},
        note="environment.image is not used",
        told={"environmentFile": "conda.yml"},
    ),
    Case("Dockerfile of a file beside it", {"environment": "file:./env/build.yml"}, refused="environment-needs-docker"),
    Case(
        "environment of a file that does not run here",
        {"environment": "file:env/windows.yml"},
        refused="deployment-file-unsupported",
        message="env/windows.yml, line 3",
        line="environment:",
    ),
    Case(
        "list of packages as a file of an environment",
        {"environment": "file:conda.yml"},
        refused="check-failed",
        message="“conda_file” below",
        line="environment:",
        azure="it is not an environment",
    ),
    Case(
        "environment of a file that is not there",
        {"environment": "file:env/gone.yml"},
        refused="check-failed",
        message="env/gone.yml",
        line="environment:",
        azure="it is not there",
    ),
    Case(
        "path of an environment without its prefix",
        {"environment": "env/environment.yml"},
        refused="check-failed",
        message="file:env/environment.yml",
        line="environment:",
        azure="it takes it for a name",
    ),
    Case(
        "packages of the file",
        {
            "environment": {
                "image": IMAGE,
                "conda_file": {"dependencies": ["python=3.11", {"pip": ["azureml-defaults"]}]},
            }
        },
        told={"environment": "house-blue-env"},
    ),
    Case(
        "image alone",
        {"environment": {"image": IMAGE, "tags": {"a": "b"}, "description": "x"}},
        refused="environment-needs-docker",
        message="without a list of packages",
    ),
    Case(
        "properties of an environment",
        {"environment": {"image": IMAGE, "conda_file": "conda.yml", "properties": {"c": "d"}}},
        note="environment.image is not used",
        azure="its schema has none",
    ),
    Case(
        "Dockerfile",
        {"environment": {"build": {"path": "docker", "dockerfile_path": "Dockerfile"}}},
        refused="environment-needs-docker",
    ),
    Case(
        "Dockerfile that copies",
        {"environment": {"build": {"path": "copying"}}},
        refused="environment-needs-docker",
    ),
    Case(
        "image with a server",
        {
            "code_configuration": None,
            "environment": {
                "image": IMAGE,
                "inference_config": {
                    "liveness_route": {"port": 8080, "path": "/live"},
                    "readiness_route": {"port": 8080, "path": "/ready"},
                    "scoring_route": {"port": 8080, "path": "/predict"},
                },
            },
        },
        refused="deployment-file-unsupported",
        message="its own server",
    ),
    Case(
        "routes beside a script",
        {
            "environment": {
                "image": IMAGE,
                "conda_file": "conda.yml",
                "inference_config": {
                    "liveness_route": {"port": 5001, "path": "/"},
                    "readiness_route": {"port": 5001, "path": "/"},
                    "scoring_route": {"port": 5001, "path": "/score"},
                },
            }
        },
        note="inference_config is not used",
    ),
    Case(
        "image of Windows",
        {"environment": {"image": IMAGE, "conda_file": "conda.yml", "os_type": "windows"}},
        refused="deployment-file-unsupported",
        message="Windows",
    ),
    Case(
        "unknown machine",
        {"instance_type": "Standard_M416ms_v2"},
        note="Standard_M416ms_v2 is not known here",
    ),
    Case(
        "machine",
        {"instance_type": "standard_f4s_v2"},
        settings={_AMOUNTS + "cpu": "4.0", _AMOUNTS + "memoryInGB": "8.0"},
    ),
    Case(
        "machine with a GPU",
        {"instance_type": "Standard_NC4as_T4_v3"},
        settings={_AMOUNTS + "cpu": "4.0", _AMOUNTS + "memoryInGB": "28.0", "gpuCores": "1"},
    ),
    Case("instances", {"instance_count": 3}, settings={"numReplicas": "3"}),
    Case(
        "requests",
        {
            "request_settings": {
                "request_timeout_ms": 90000,
                "max_concurrent_requests_per_instance": 2,
                "max_queue_wait_ms": 700,
            }
        },
        settings={
            "scoringTimeoutMs": "90000",
            "maxConcurrentRequestsPerContainer": "2",
            "maxQueueWaitMs": "700",
        },
    ),
    Case("no wait", {"request_settings": {"max_queue_wait_ms": 0}}, settings={"maxQueueWaitMs": "1"}),
    Case(
        "liveness",
        {
            "liveness_probe": {
                "initial_delay": 1,
                "period": 2,
                "timeout": 3,
                "success_threshold": 1,
                "failure_threshold": 5,
            }
        },
        settings={
            _PROBE + "initialDelaySeconds": "1",
            _PROBE + "periodSeconds": "2",
            _PROBE + "timeoutSeconds": "3",
            _PROBE + "successThreshold": "1",
            _PROBE + "failureThreshold": "5",
        },
    ),
    Case("liveness of v2", settings={_PROBE + "initialDelaySeconds": "10", _PROBE + "failureThreshold": "30"}),
    Case(
        "readiness",
        {
            "readiness_probe": {
                "initial_delay": 1,
                "period": 2,
                "timeout": 3,
                "success_threshold": 1,
                "failure_threshold": 5,
            }
        },
        settings={
            _READY + "initialDelaySeconds": "1",
            _READY + "periodSeconds": "2",
            _READY + "timeoutSeconds": "3",
            _READY + "successThreshold": "1",
            _READY + "failureThreshold": "5",
        },
    ),
    Case(
        "half of a readiness probe",
        {"readiness_probe": {"initial_delay": 0}},
        settings={
            _READY + "initialDelaySeconds": "0",
            _READY + "periodSeconds": "10",
            _READY + "timeoutSeconds": "2",
            _READY + "successThreshold": "1",
            _READY + "failureThreshold": "30",
        },
    ),
    Case(
        "successes of the liveness probe",
        {"liveness_probe": {"success_threshold": 2}},
        note="liveness_probe.success_threshold is not used",
    ),
    Case(
        "probe that v2 has not",
        {"startup_probe": {"initial_delay": 1}},
        refused="check-failed",
        message="startup_probe",
        line="startup_probe:",
        azure="it refuses the same",
    ),
    Case(
        "probe below its least",
        {"readiness_probe": {"period": 0}},
        refused="check-failed",
        message="period",
        line="  period:",
    ),
    Case("application insights", {"app_insights_enabled": True}, settings={"appInsightsEnabled": "true"}),
    Case(
        "collected data",
        {
            "data_collector": {
                "collections": {"model_inputs": {"enabled": "true"}, "model_outputs": {"enabled": "true"}}
            }
        },
        settings={"dataCollection.storageEnabled": "true"},
    ),
    Case(
        "one side of the data",
        {"data_collector": {"collections": {"model_inputs": {"enabled": "true", "client_id": "1"}}}},
        settings={"dataCollection.storageEnabled": "true"},
        note="both collected here",
    ),
    Case(
        "data of the script",
        {
            "data_collector": {
                "collections": {
                    "model_inputs": {"enabled": "false"},
                    "mine": {"enabled": "true", "data": {"name": "x", "path": "azureml://datastores/d/paths/x"}},
                }
            }
        },
        note="mine are what the script itself collects",
    ),
    Case(
        "how data is collected",
        {
            "data_collector": {
                "collections": {"model_inputs": {"enabled": "true"}, "model_outputs": {"enabled": "true"}},
                "rolling_rate": "minute",
                "sampling_rate": 0.5,
                "request_logging": {"capture_headers": ["x-a"]},
            }
        },
        note="sampling_rate is not used: every request is collected",
    ),
    Case("network", {"egress_public_network_access": "disabled"}, note="egress_public_network_access is not used"),
    Case("private connection", {"private_network_connection": True}, note="private_network_connection is not used"),
    Case("place of the model", {"model_mount_path": "/var/models"}, note="AZUREML_MODEL_DIR says where"),
    Case("fixed scale", {"scale_settings": {"type": "default"}}, settings={"numReplicas": "1"}),
    Case(
        "scale of a managed endpoint",
        {"scale_settings": {"type": "target_utilization", "min_instances": 1, "max_instances": 2}},
        refused="check-failed",
        message="scale_settings",
    ),
    Case(
        "kubernetes",
        kubernetes(
            resources={
                "requests": {"cpu": "500m", "memory": "1Gi", "nvidia.com/gpu": "1"},
                "limits": {"cpu": "2", "memory": "1536Mi", "nvidia.com/gpu": "1"},
            }
        ),
        settings={
            _AMOUNTS + "cpu": "0.5",
            _AMOUNTS + "memoryInGB": "1.0",
            _AMOUNTS + "cpuLimit": "2.0",
            _AMOUNTS + "memoryInGBLimit": "1.5",
            "gpuCores": "1",
        },
    ),
    Case(
        "kubernetes, older name of GPUs",
        kubernetes(resources={"requests": {"cpu": "1", "gpu": "2"}, "limits": {"gpu": "2"}}),
        settings={_AMOUNTS + "cpu": "1.0", "gpuCores": "2"},
    ),
    Case(
        "request above its limit",
        kubernetes(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}),
        refused="check-failed",
    ),
    Case("machine of a cluster", kubernetes(instance_type="large"), note="large is not known here"),
    Case(
        "autoscaler",
        kubernetes(
            instance_count=2,
            scale_settings={
                "type": "target_utilization",
                "min_instances": 0,
                "max_instances": 4,
                "target_utilization_percentage": 60,
                "polling_interval": 5,
            },
        ),
        settings={
            "autoScaler.autoscaleEnabled": "true",
            "autoScaler.minReplicas": "1",
            "autoScaler.maxReplicas": "4",
            "autoScaler.targetUtilization": "60",
            "autoScaler.refreshPeriodInSeconds": "5",
        },
        note="keeps one instance",
    ),
    Case(
        "written by Azure",
        {"id": "/subscriptions/1/x", "provisioning_state": "Succeeded", "creation_context": {"created_by": "me"}},
    ),
    Case(
        "unknown field",
        {"instance_cuont": 2},
        refused="check-failed",
        message="instance_cuont",
        line="instance_cuont",
        azure="it refuses the same",
    ),
    Case("field of v1", {"numReplicas": 2}, refused="check-failed", message="numReplicas", azure="it refuses the same"),
    Case("wrong kind", {"instance_count": "many"}, refused="check-failed", azure="it refuses the same"),
    Case(
        "no machine",
        {"instance_type": None},
        refused="check-failed",
        message="instance_type",
        azure="it refuses the same",
    ),
    Case("no machine, checks skipped", {"instance_type": None}, words=("--skip-checks",), azure="it refuses the same"),
    Case(
        "to be filled in", {"endpoint_name": "{{ endpoint }}"}, refused="deployment-file-invalid", line="endpoint_name"
    ),
    Case(
        "no endpoint",
        {"endpoint_name": None},
        refused="deployment-file-invalid",
        message="endpoint",
        azure="it refuses the same",
    ),
    Case(
        "no name",
        {"name": None},
        refused="deployment-file-invalid",
        message="name of the deployment",
        azure="it refuses the same",
    ),
)


def write_project(folder: Path) -> None:
    """What the files name."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "flow").mkdir(exist_ok=True)
    (folder / "flow" / "MLmodel").write_text(MODEL_OF_MLFLOW)
    (folder / "flow" / "model.pkl").write_bytes(b"\x80\x04N.")


def as_json(text: str) -> dict[str, Any]:
    document = json.loads(text)
    assert isinstance(document, dict)
    return document


@dataclass(frozen=True)
class EndpointCase:
    """The file of an endpoint beside the usual deployments blue and green."""

    id: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    refused: str = ""
    message: str = ""
    line: str = ""
    azure: str = ""
    """Why azure-ai-ml does not take the file, where it does not."""

    @property
    def text(self) -> str:
        document = {**_ENDPOINT, **self.fields}
        return str(yaml.safe_dump({k: v for k, v in document.items() if v is not None}, sort_keys=False))


_ENDPOINT: Mapping[str, Any] = {
    "$schema": SCHEMAS + "managedOnlineEndpoint.schema.json",
    "name": "house",
    "auth_mode": "key",
}
ENDPOINTS: tuple[EndpointCase, ...] = (
    EndpointCase("usual", told={"traffic": {"blue": 100, "green": 0}, "auth": "keys"}, note="no traffic yet"),
    EndpointCase("no schema", {"$schema": None}),
    EndpointCase("upper case", {"name": "House"}, {"endpoint": "house"}, "in lower case"),
    EndpointCase(
        "traffic",
        {"traffic": {"blue": 30, "green": 70}},
        {"traffic": {"blue": 30, "green": 70}, "default": "green"},
    ),
    EndpointCase("traffic as text", {"traffic": {"blue": "100"}}, {"traffic": {"blue": 100, "green": 0}}),
    EndpointCase(
        "copies",
        {"traffic": {"blue": 100}, "mirror_traffic": {"green": 10}},
        {"mirror": "green", "mirrorShare": 10},
    ),
    EndpointCase("tokens", {"auth_mode": "aml_token"}, {"auth": "tokens"}, "service token house-blue"),
    EndpointCase("tokens of Entra", {"auth_mode": "aad_token"}, {"auth": "tokens"}, "Azure's tokens open nothing"),
    EndpointCase("older spelling", {"auth_mode": "AMLToken"}, {"auth": "tokens"}, "token"),
    EndpointCase("identity", {"identity": {"type": "system_assigned"}}, note="identity is not used"),
    EndpointCase(
        "identity of a user",
        {"identity": {"type": "user_assigned", "user_assigned_identities": [{"resource_id": ARM_IDENTITY}]}},
        note="identity is not used",
    ),
    EndpointCase("private", {"public_network_access": "disabled"}, note="listens on 127.0.0.1 only"),
    EndpointCase(
        "words", {"description": "x", "tags": {"a": "b"}, "properties": {"c": "d"}}, note="description is not used"
    ),
    EndpointCase("location", {"location": "westeurope", "kind": "Managed"}, note="location is not used"),
    EndpointCase(
        "cluster that is not attached",
        {"$schema": SCHEMAS + "kubernetesOnlineEndpoint.schema.json", "compute": "azureml:prod"},
        {"compute": "", "engine": "process"},
    ),
    EndpointCase(
        "above 100",
        {"traffic": {"blue": 90, "green": 20}},
        refused="check-failed",
        message="110%",
        line="traffic:",
        azure="it refuses the same",
    ),
    EndpointCase(
        "below 100",
        {"traffic": {"blue": 90}},
        refused="endpoint-file-invalid",
        message="90%",
        line="  blue:",
    ),
    EndpointCase(
        "unknown deployment",
        {"traffic": {"blue": 90, "red": 10}},
        refused="deployment-files-incomplete",
        message="red",
        line="  blue:",
    ),
    EndpointCase(
        "too many copies",
        {"traffic": {"blue": 100}, "mirror_traffic": {"green": 60}},
        refused="traffic-invalid",
        message="60",
    ),
    EndpointCase(
        "copies to two",
        {"traffic": {"blue": 100}, "mirror_traffic": {"green": 10, "blue": 10}},
        refused="endpoint-file-invalid",
        message="one deployment only",
    ),
    EndpointCase(
        "unknown way",
        {"auth_mode": "none"},
        refused="check-failed",
        message="auth_mode",
        line="auth_mode:",
        azure="it refuses the same",
    ),
    EndpointCase(
        "unknown field",
        {"trafic": {"blue": 100}},
        refused="check-failed",
        message="trafic",
        line="trafic:",
        azure="it refuses the same",
    ),
    EndpointCase("other endpoint", {"name": "garden"}, refused="deployment-files-incomplete", message="garden"),
)
