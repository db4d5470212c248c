"""`az ml model deploy|package|profile` and `az ml service update`: what is deployed, and how."""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.cli.az.command_line import LineError, LineOptions
from scoredock.cli.az.desk import Desk, metadata_in
from scoredock.cli.az.services import record_of
from scoredock.errors import Place, ScoredockError, ServiceNotFound
from scoredock.features.images import packages
from scoredock.features.services import services
from scoredock.protocol import messages

_REQUIREMENTS = "containerResourceRequirements"
_PROBE = "livenessProbeRequirements"
SETTINGS = {
    "--auth-enabled": "authEnabled",
    "--autoscale-enabled": "autoScaler.autoscaleEnabled",
    "--autoscale-max-replicas": "autoScaler.maxReplicas",
    "--autoscale-min-replicas": "autoScaler.minReplicas",
    "--autoscale-refresh-seconds": "autoScaler.refreshPeriodInSeconds",
    "--autoscale-target-utilization": "autoScaler.targetUtilization",
    "--collect-model-data": "dataCollection.storageEnabled",
    "--compute-target": "computeTargetName",
    "--cpu-cores": f"{_REQUIREMENTS}.cpu",
    "--cpu-cores-limit": f"{_REQUIREMENTS}.cpuLimit",
    "--dns-name-label": "dnsNameLabel",
    "--enable-app-insights": "appInsightsEnabled",
    "--failure-threshold": f"{_PROBE}.failureThreshold",
    "--gpu-cores": "gpuCores",
    "--initial-delay-seconds": f"{_PROBE}.initialDelaySeconds",
    "--location": "location",
    "--max-request-wait-time": "maxQueueWaitMs",
    "--memory-gb": f"{_REQUIREMENTS}.memoryInGB",
    "--memory-gb-limit": f"{_REQUIREMENTS}.memoryInGBLimit",
    "--namespace": "namespace",
    "--num-replicas": "numReplicas",
    "--period-seconds": f"{_PROBE}.periodSeconds",
    "--replica-max-concurrent-requests": "maxConcurrentRequestsPerContainer",
    "--scoring-timeout-ms": "scoringTimeoutMs",
    "--ssl-cert-pem-file": "sslCertificate",
    "--ssl-cname": "cname",
    "--ssl-enabled": "sslEnabled",
    "--ssl-key-pem-file": "sslKey",
    "--success-threshold": f"{_PROBE}.successThreshold",
    "--timeout-seconds": f"{_PROBE}.timeoutSeconds",
    "--token-auth-enabled": "tokenAuthEnabled",
}
"""Option → key of a deployment configuration."""
_BOOLEANS = (
    "--auth-enabled",
    "--autoscale-enabled",
    "--collect-model-data",
    "--enable-app-insights",
    "--ssl-enabled",
    "--token-auth-enabled",
)
_PATHS = ("--ssl-cert-pem-file", "--ssl-key-pem-file")
_IN_CONFIGURATIONS = {
    "--base-image": "baseImage",
    "--base-image-registry": "baseImageRegistry",
    "--cuda-version": "cudaVersion",
    "--enable-gpu": "enableGpu",
    "--extra-docker-file-steps": "extraDockerfileSteps",
    "--runtime": "runtime",
}
"""Deprecated options that only an inference configuration can say here."""
_PROFILE_CPU, _PROFILE_MEMORY = 3.5, 15.0
_PROFILE_NAME = "az-profile-"


def deploy(desk: Desk) -> Any:
    """Deploys and waits until the service is Healthy."""
    given = desk.given
    settings = _settings(given)
    if not given.text("--deploy-config-file"):
        # As Model.deploy: without a configuration AKS for a cluster, else ACI.
        settings.setdefault("computeType", "aks" if given.text("--compute-target") else "aci")
    name = given.text("--name")
    params = messages.ServiceDeployParams(
        name=name,
        deployment_config=given.path("--deploy-config-file"),
        **_served(given),
        settings=settings,
        port=given.whole("--port"),
        description=given.text("--description"),
        tags=given.pairs("--tag"),
        properties=given.pairs("--property"),
        overwrite=given.is_set("--overwrite"),
    )
    _tell_no_wait(desk)
    services.deploy(params, desk.context, desk.operation())
    _give_keys(desk, name)
    return record_of(desk, name)


def update(desk: Desk) -> Any:
    """New models or code, other settings, other words."""
    given = desk.given
    name = given.text("--name")
    settings = _settings(given)
    words = ("--add-tag", "--remove-tag", "--add-property", "--description")
    if any(given.has(each) for each in words):
        params = messages.ServiceDescribeParams(
            name,
            given.text("--description") if given.has("--description") else None,
            given.pairs("--add-tag"),
            list(given.all("--remove-tag")),
            given.pairs("--add-property"),
        )
        services.describe(params, desk.context, desk.operation())
    changes = messages.ServiceUpdateParams(
        name=name,
        deployment_config=given.path("--deploy-config-file"),
        **_served(given),
        settings=settings or None,
        port=given.whole("--port"),
    )
    if changes != messages.ServiceUpdateParams(name=name):
        _tell_no_wait(desk)
        services.update(changes, desk.context, desk.operation())
    elif not any(given.has(each) for each in (*words, "--primary-key", "--secondary-key")):
        raise LineError(l10n.t("No parameters provided to update."))
    _give_keys(desk, name)
    return record_of(desk, name)


def package(desk: Desk) -> Any:
    """A folder with a Dockerfile, or an image."""
    given = desk.given
    folder = given.path("--output-path")
    params = messages.PackageCreateParams(
        **_served(given),
        form="folder" if folder else "image",
        output_path=folder,
        name=given.text("--image-name"),
        label=given.text("--image-label"),
    )
    _tell_no_wait(desk)
    made = packages.create(params, desk.context, desk.operation())
    for note in made.notes:
        desk.note(note)
    return {"generateDockerfile": made.generate_dockerfile, "state": made.state, "location": made.location}


def profile(desk: Desk) -> Any:
    """Deploys for as long as it takes to measure, with the rows of a dataset as requests."""
    given = desk.given
    dataset, data = given.text("--input-dataset-id"), given.text("--input-data")
    if not dataset and not data:
        raise LineError(l10n.t("Dataset not provided. Profiling required a dataset with sample input data."))
    rows = f"dataset:{dataset}" if dataset else str(Path(data.removeprefix("@")).absolute())
    name = f"{_PROFILE_NAME}{uuid.uuid4().hex[:8]}"
    limits = {
        f"{_REQUIREMENTS}.{key}": given.text(option)
        for key, option in (("cpu", "--cpu-cores"), ("memoryInGB", "--memory-gb"))
        if given.text(option)
    }
    params = messages.ServiceDeployParams(name=name, settings=limits or None, **_served(given))
    try:
        services.deploy(params, desk.context, desk.operation())
        asked = messages.ServiceProfileParams(name, rows)
        found = services.profile(asked, desk.context, desk.operation())
    finally:
        _remove(desk, name)
    fields = {
        "name": given.text("--name"),
        "description": given.text("--description"),
        "state": "Failed" if found.error else "Succeeded",
        "error": {"message": found.error} if found.error else None,
        "inputDatasetId": dataset or None,
        "modelIds": list(_models(given)),
        "requestedCpu": given.number("--cpu-cores") or _PROFILE_CPU,
        "requestedMemoryInGB": given.number("--memory-gb") or _PROFILE_MEMORY,
        "maxUtilizedCpu": found.max_utilized_cpu,
        "maxUtilizedMemoryInGB": found.max_utilized_memory_in_g_b,
        "totalQueries": found.total_queries,
        "successQueries": found.success_queries,
        "successRate": found.success_rate,
        "averageLatencyInMs": found.average_latency_in_ms,
        "latencyPercentile50InMs": found.latency_percentile50_in_ms,
        "latencyPercentile90InMs": found.latency_percentile90_in_ms,
        "latencyPercentile95InMs": found.latency_percentile95_in_ms,
        "latencyPercentile99InMs": found.latency_percentile99_in_ms,
        "latencyPercentile999InMs": found.latency_percentile999_in_ms,
        "measuredQueriesPerSecond": found.measured_queries_per_second,
        "recommendedCpu": found.recommended_cpu,
        "recommendedMemoryInGB": found.recommended_memory_in_g_b,
    }
    desk.write_metadata(fields)
    return fields


def _remove(desk: Desk, name: str) -> None:
    """What was deployed only to be measured; where nothing was, nothing is said."""
    with contextlib.suppress(ServiceNotFound):
        services.delete(messages.ServiceDeleteParams(name), desk.context, desk.operation())


def _served(given: LineOptions) -> dict[str, Any]:
    """What is served, as deployments, updates, packages and profiles alike take it."""
    return {
        "models": _models(given) or None,
        "inference_config": given.path("--inference-config-file"),
        "entry_script": _entry_script(given),
        "source_directory": given.path("--source-directory"),
        "environment": _environment(given),
        "environment_file": _environment_file(given),
    }


def _models(given: LineOptions) -> tuple[str, ...]:
    """Ids, also of files that `model register -t` wrote. Raises ScoredockError `file-unreadable`."""
    found = list(given.all("--model"))
    for file in given.all("--model-metadata-file"):
        path = str(Path(file).absolute())
        id = metadata_in(path).get("modelId")
        if not isinstance(id, str) or not id:
            raise ScoredockError("file-unreadable", l10n.t("{path} has no modelId.", path=path), place=Place(path))
        found.append(id)
    return tuple(found)


def _entry_script(given: LineOptions) -> str:
    """Relative to the source directory where one is given, as in v1. Raises LineError for what only a file can say."""
    for option, key in _IN_CONFIGURATIONS.items():
        value = given.text(option).lower()
        if value and not (option == "--runtime" and value.startswith("python")) and value != "false":
            raise LineError(
                l10n.t("{option} cannot be given on the command line here.", option=option),
                l10n.t("Write it into the inference configuration, as “{key}”.", key=key),
            )
    written, folder = given.text("--entry-script"), given.path("--source-directory")
    if not written:
        return ""
    inside = Path(folder) / written
    return str(inside if folder and inside.exists() else Path(written).absolute())


def _environment(given: LineOptions) -> str:
    name, version = given.text("--environment-name"), given.text("--environment-version")
    if version and not name:
        raise LineError(l10n.t("--environment-version needs --environment-name."))
    return f"{name}:{version}" if version else name


def _environment_file(given: LineOptions) -> str:
    folder, file = given.path("--environment-directory"), given.text("--conda-file")
    names = [each for each in ("--environment-directory", "--environment-name", "--conda-file") if given.text(each)]
    if len(names) > 1:
        raise LineError(l10n.t("{one} and {other} cannot be given together.", one=names[0], other=names[1]))
    if folder:
        return str(Path(folder) / "azureml_environment.json")
    beside = Path(given.path("--source-directory") or ".") / file
    return str(beside.absolute() if beside.exists() else Path(file).absolute()) if file else ""


def _settings(given: LineOptions) -> dict[str, str]:
    """Keys of a deployment configuration that options say."""
    found: dict[str, str] = {}
    if given.text("--profile-input"):
        told = metadata_in(given.path("--profile-input"))
        for key, name in (("cpu", "Cpu"), ("memoryInGB", "MemoryInGB")):
            value = told.get(f"recommended{name}") or told.get(f"requested{name}")
            if value:
                found[f"{_REQUIREMENTS}.{key}"] = str(value)
    if given.text("--compute-type"):
        found["computeType"] = given.text("--compute-type").lower()
    for option, key in SETTINGS.items():
        value = given.text(option)
        if not value:
            continue
        if option in _BOOLEANS and value.lower() not in ("true", "false"):
            raise LineError(
                l10n.t("{option} must be {choices}, not “{value}”", option=option, choices="true, false", value=value)
                + "."
            )
        found[key] = value.lower() if option in _BOOLEANS else given.path(option) if option in _PATHS else value
    return found


def _give_keys(desk: Desk, name: str) -> None:
    """Keys of the command line, which are kept with the service's own and nowhere else."""
    given = desk.given
    if given.text("--secondary-key") and not given.text("--primary-key"):
        desk.note(l10n.t("--secondary-key counts only beside --primary-key, as in v1; it is not used."))
        return
    for option, which in (("--primary-key", "Primary"), ("--secondary-key", "Secondary")):
        if given.text(option):
            params = messages.ServiceRegenerateKeyParams(name, which, given.text(option))
            services.regenerate_key(params, desk.context, desk.operation())


def _tell_no_wait(desk: Desk) -> None:
    if desk.given.is_set("--no-wait"):
        desk.note(l10n.t("--no-wait is not used: the command ends when the work is done."))
