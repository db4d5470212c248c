"""Models and services as the SDK v1 and azure-cli-ml wrote them: `serialize()`, by their names and with what they mean
where nothing was said. Pure but for what it is handed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from scoredock.context import Context
from scoredock.features.model_messages import records
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.registry.models.conditions import query

_LOCAL_STATES = {
    "Healthy": "running",
    "Transitioning": "deploying",
    "Failed": "failed",
    "Unhealthy": "failed",
    "Unschedulable": "failed",
    "Stopped": "unknown",
}
_TYPES = {"aci": "ACI", "aks": "AKS", "aksendpoint": "AKSENDPOINT", "local": "Local", "": "Local"}


@dataclass(frozen=True, slots=True)
class ModelFilter:
    """Filter for model versions, as `Model.list` and `az ml model list` have it."""

    name: str = ""
    tags: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    run_id: str = ""
    latest: bool = False
    dataset: str = ""
    """`name:version` of one that the model was made with."""


def model_list(context: Context, model_filter: ModelFilter) -> list[dict[str, Any]]:
    """Versions, newest first."""
    registry = context.registry("")
    model_query = query(
        name=model_filter.name,
        tags=model_filter.tags,
        properties=model_filter.properties,
        run_id=model_filter.run_id,
        latest=model_filter.latest,
    )
    found = registry.page(model_query, order="newest", offset=0, limit=-1).models
    shown = [model_record(each, context) for each in records(found, {})]
    if not model_filter.dataset:
        return shown
    return [each for each in shown if any(dataset["id"] == model_filter.dataset for dataset in each["datasets"])]


def model_record(model: messages.Model, context: Context) -> dict[str, Any]:
    """Record of a version: the keys of `Model.serialize()`, first those that `az ml model list` printed, and cpu, gpu
    and memoryInGB as azure-cli-ml printed them.
    """
    metadata = context.registry("").model(model.id).metadata
    resources = metadata.resources
    fields = {"cpu": resources.cpu, "memoryInGB": resources.memory_in_gb, "gpu": resources.gpu}
    return {
        "name": model.name,
        "id": model.id,
        "version": model.version,
        "framework": model.framework or "Custom",
        "frameworkVersion": model.framework_version or None,
        "createdTime": moment(model.created),
        "createdBy": model.created_by,
        "description": model.description,
        "tags": model.tags or "",
        "properties": model.properties or "",
        "mimeType": "application/json",
        "unpack": False,
        "url": f"aml://asset/{model.digest}",
        "experimentName": model.experiment,
        "runId": model.run_id,
        "runDetails": None,
        "datasets": [{"name": scenario, "id": dataset} for scenario, dataset in metadata.datasets],
        "resourceConfiguration": fields if any(each is not None for each in fields.values()) else None,
        "sampleInputDatasetId": metadata.sample_input_dataset,
        "sampleOutputDatasetId": metadata.sample_output_dataset,
        **{name: "" if value is None else value for name, value in fields.items()},
    }


def service_record(
    service: messages.Service, configuration: messages.ServiceConfiguration, workspace: str
) -> dict[str, Any]:
    """A service with the keys of its kind's `serialize()`; its compute type is the one that was asked for."""
    kind = _TYPES.get(configuration.compute_type, "Local")
    failure = service.failure
    base = {
        "name": service.name,
        "imageId": service.image or None,
        "updatedAt": moment(service.updated),
        "computeType": kind,
        "scoringUri": service.scoring_uri or None,
        "state": _LOCAL_STATES[service.state] if kind == "Local" else service.state,
        "tags": dict(service.tags) or "",
        "properties": configuration.properties or "",
        "description": service.description,
        "createdTime": moment(service.created),
        "updatedTime": moment(service.updated),
        "error": {"code": failure.code, "message": failure.message} if failure is not None else None,
        "workspaceName": workspace,
        "swaggerUri": service.swagger_uri or None,
    }
    if kind == "Local":
        return {**base, "port": service.port}
    shared = {
        **base,
        "imageDigest": None,
        "imageDetails": None,
        "createdBy": None,
        "runtimeType": None,
        "authEnabled": service.authentication == "keys",
        "appInsightsEnabled": configuration.values.get("appInsightsEnabled") is True,
        "environmentDetails": {"name": service.environment},
        "modelDetails": [{"id": each} for each in service.models],
    }
    return shared | (_of_aci(configuration.values) if kind == "ACI" else _of_aks(configuration, service))


def _of_aci(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "containerResourceRequirements": {
            "cpu": values.get("containerResourceRequirements.cpu", 0.1),
            "memoryInGB": values.get("containerResourceRequirements.memoryInGB", 0.5),
        },
        "location": values.get("location"),
        "sslEnabled": values.get("sslEnabled") is True,
        "sslCertificate": None,
        "sslKey": None,
        "cname": values.get("cname"),
        "publicIp": None,
        "publicFqdn": None,
        "encryptionProperties": None,
        "vnetConfiguration": None,
    }


def _of_aks(configuration: messages.ServiceConfiguration, service: messages.Service) -> dict[str, Any]:
    values = configuration.values
    scales = values.get("autoScaler.autoscaleEnabled", values.get("numReplicas") is None)
    return {
        "aadAuthEnabled": service.authentication == "tokens",
        "autoScaler": {
            "autoscaleEnabled": scales,
            "minReplicas": values.get("autoScaler.minReplicas", 1),
            "maxReplicas": values.get("autoScaler.maxReplicas", 10),
            "refreshPeriodInSeconds": values.get("autoScaler.refreshPeriodInSeconds", 1),
            "targetUtilization": values.get("autoScaler.targetUtilization", 70),
        },
        "computeName": service.compute or values.get("computeTargetName"),
        "containerResourceRequirements": {
            "cpu": values.get("containerResourceRequirements.cpu", 0.1),
            "cpuLimit": values.get("containerResourceRequirements.cpuLimit"),
            "memoryInGB": values.get("containerResourceRequirements.memoryInGB", 0.5),
            "memoryInGBLimit": values.get("containerResourceRequirements.memoryInGBLimit"),
            "gpu": values.get("gpuCores"),
        },
        "dataCollection": {
            "eventHubEnabled": False,
            "storageEnabled": values.get("dataCollection.storageEnabled") is True,
        },
        "maxConcurrentRequestsPerContainer": values.get("maxConcurrentRequestsPerContainer", 1),
        "maxQueueWaitMs": values.get("maxQueueWaitMs", 500),
        "livenessProbeRequirements": {
            "periodSeconds": values.get("livenessProbeRequirements.periodSeconds", 10),
            "initialDelaySeconds": values.get("livenessProbeRequirements.initialDelaySeconds", 310),
            "timeoutSeconds": values.get("livenessProbeRequirements.timeoutSeconds", 2),
            "successThreshold": values.get("livenessProbeRequirements.successThreshold", 1),
            "failureThreshold": values.get("livenessProbeRequirements.failureThreshold", 3),
        },
        "numReplicas": values.get("numReplicas"),
        "deploymentStatus": {"error": None},
        "scoringTimeoutMs": values.get("scoringTimeoutMs", 60_000),
        "isDefault": None,
        "trafficPercentile": None,
        "versionType": None,
    }


def moment(seconds: float) -> str:
    """Time as Azure writes it, in UTC."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc).isoformat()
