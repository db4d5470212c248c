"""`az ml model deploy|package` and `az ml service update`: what is deployed, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.cli.metadata import metadata_in, model_id_in
from scoredock.cli.params import in_source
from scoredock.contrib.az.lines.command_line import LineError, LineOptions
from scoredock.contrib.az.lines.desk import Desk
from scoredock.contrib.az.lines.services import record_of
from scoredock.features.images import packages
from scoredock.features.services import deployment, keys
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


def deploy(desk: Desk) -> Any:
    """Deploys and waits until the service is Healthy."""
    options = desk.options
    settings = _settings(options)
    if not options.text("--deploy-config-file"):
        # As Model.deploy: without a configuration AKS for a cluster, else ACI.
        settings.setdefault("computeType", "aks" if options.text("--compute-target") else "aci")
    name = options.text("--name")
    params = messages.ServiceDeployParams(
        name=name,
        deployment_config=options.path("--deploy-config-file"),
        **service_options(options),
        settings=settings,
        port=options.whole("--port"),
        description=options.text("--description"),
        tags=options.pairs("--tag"),
        properties=options.pairs("--property"),
        overwrite=options.is_set("--overwrite"),
    )
    _tell_no_wait(desk)
    deployment.deploy(params, desk.context, desk.operation())
    _give_keys(desk, name)
    return record_of(desk, name)


def update(desk: Desk) -> Any:
    """New models or code, other settings, other words."""
    options = desk.options
    name = options.text("--name")
    settings = _settings(options)
    words = ("--add-tag", "--remove-tag", "--add-property", "--description")
    if any(options.has(each) for each in words):
        params = messages.ServiceDescribeParams(
            name,
            options.text("--description") if options.has("--description") else None,
            options.pairs("--add-tag"),
            list(options.all("--remove-tag")),
            options.pairs("--add-property"),
        )
        deployment.describe(params, desk.context, desk.operation())
    changes = messages.ServiceUpdateParams(
        name=name,
        deployment_config=options.path("--deploy-config-file"),
        **service_options(options),
        settings=settings or None,
        port=options.whole("--port"),
    )
    if changes != messages.ServiceUpdateParams(name=name):
        _tell_no_wait(desk)
        deployment.update(changes, desk.context, desk.operation())
    elif not any(options.has(each) for each in (*words, "--primary-key", "--secondary-key")):
        raise LineError(l10n.t("No parameters provided to update."))
    _give_keys(desk, name)
    return record_of(desk, name)


def package(desk: Desk) -> Any:
    """A folder with a Dockerfile, or an image."""
    options = desk.options
    folder = options.path("--output-path")
    params = messages.PackageCreateParams(
        **service_options(options),
        form="folder" if folder else "image",
        output_path=folder,
        name=options.text("--image-name"),
        label=options.text("--image-label"),
    )
    _tell_no_wait(desk)
    made = packages.create(params, desk.context, desk.operation())
    for note in made.notes:
        desk.note(note)
    return {"generateDockerfile": made.generate_dockerfile, "state": made.state, "location": made.location}


def service_options(options: LineOptions) -> dict[str, Any]:
    """Options of what is served, as deployments, updates, packages and profiles alike take it."""
    return {
        "models": models_of(options) or None,
        "inference_config": options.path("--inference-config-file"),
        "entry_script": _entry_script(options),
        "source_directory": options.path("--source-directory"),
        "environment": _environment(options),
        "environment_file": _environment_file(options),
    }


def models_of(options: LineOptions) -> tuple[str, ...]:
    """Ids, also of files that `model register -t` wrote. Raises ScoredockError `file-unreadable`."""
    files = (Path(file).absolute() for file in options.all("--model-metadata-file"))
    return (*options.all("--model"), *(model_id_in(file) for file in files))


def _entry_script(options: LineOptions) -> str:
    """Relative to the source directory where one is given, as in v1. Raises LineError for what only a file can say."""
    for option, key in _IN_CONFIGURATIONS.items():
        value = options.text(option).lower()
        if value and not (option == "--runtime" and value.startswith("python")) and value != "false":
            raise LineError(
                l10n.t("{option} cannot be given on the command line here.", option=option),
                l10n.t("Write it into the inference configuration, as “{key}”.", key=key),
            )
    written, folder = options.text("--entry-script"), options.path("--source-directory")
    return in_source(written, folder) if written else ""


def _environment(options: LineOptions) -> str:
    name, version = options.text("--environment-name"), options.text("--environment-version")
    if version and not name:
        raise LineError(l10n.t("--environment-version needs --environment-name."))
    return f"{name}:{version}" if version else name


def _environment_file(options: LineOptions) -> str:
    folder, file = options.path("--environment-directory"), options.text("--conda-file")
    names = [each for each in ("--environment-directory", "--environment-name", "--conda-file") if options.text(each)]
    if len(names) > 1:
        raise LineError(l10n.t("{one} and {other} cannot be given together.", one=names[0], other=names[1]))
    if folder:
        return str(Path(folder) / "azureml_environment.json")
    return in_source(file, options.path("--source-directory")) if file else ""


def _settings(options: LineOptions) -> dict[str, str]:
    """Keys of a deployment configuration that options say."""
    settings: dict[str, str] = {}
    if options.text("--profile-input"):
        metadata = metadata_in(Path(options.path("--profile-input")))
        for key, name in (("cpu", "Cpu"), ("memoryInGB", "MemoryInGB")):
            value = metadata.get(f"recommended{name}") or metadata.get(f"requested{name}")
            if value:
                settings[f"{_REQUIREMENTS}.{key}"] = str(value)
    if options.text("--compute-type"):
        settings["computeType"] = options.text("--compute-type").lower()
    for option, key in SETTINGS.items():
        value = options.text(option)
        if not value:
            continue
        if option in _BOOLEANS and value.lower() not in ("true", "false"):
            raise LineError(
                l10n.t("{option} must be {choices}, not “{value}”", option=option, choices="true, false", value=value)
                + "."
            )
        settings[key] = value.lower() if option in _BOOLEANS else options.path(option) if option in _PATHS else value
    return settings


def _give_keys(desk: Desk, name: str) -> None:
    """Keys of the command line, which are kept with the service's own and nowhere else."""
    options = desk.options
    if options.text("--secondary-key") and not options.text("--primary-key"):
        desk.note(l10n.t("--secondary-key counts only beside --primary-key, as in v1; it is not used."))
        return
    for option, which in (("--primary-key", "Primary"), ("--secondary-key", "Secondary")):
        if options.text(option):
            params = messages.ServiceRegenerateKeyParams(name, which, options.text(option))
            keys.regenerate_key(params, desk.context, desk.operation())


def _tell_no_wait(desk: Desk) -> None:
    if desk.options.is_set("--no-wait"):
        desk.note(l10n.t("--no-wait is not used: the command ends when the work is done."))
