"""Limits, probes, replicas and logs of a deployment of Azure ML v2, in the words of a deployment configuration of v1,
which services here obey. Defaults are those of v2 where a caller notices them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any

from scoredock import l10n
from scoredock.formats.v2.machine_sizes import machine_limits
from scoredock.formats.v2.quantities import quantity
from scoredock.late_dataclass import dataclass

_REQUEST_TIMEOUT = 5000
"""Milliseconds that v2 gives a request where the file says nothing; v1 gave 60000."""
_PROBE_DEFAULTS = {"period": 10, "initial_delay": 10, "timeout": 2, "success_threshold": 1, "failure_threshold": 30}
_PROBE_KEYS = {
    "period": "periodSeconds",
    "initial_delay": "initialDelaySeconds",
    "timeout": "timeoutSeconds",
    "success_threshold": "successThreshold",
    "failure_threshold": "failureThreshold",
}
_AMOUNTS = "containerResourceRequirements"
_PROBE = "livenessProbeRequirements"
_READINESS = "readinessProbeRequirements"
_SCALER = "autoScaler"
_GIBIBYTE = Decimal(1 << 30)
_COLLECTED = ("model_inputs", "model_outputs")

Setting = str | int | float | bool


@dataclass(slots=True)
class OnlineSettings:
    """Settings that are obeyed, and notes about the rest."""

    values: dict[str, Setting] = field(default_factory=dict)
    """By their paths in a deployment configuration, such as `containerResourceRequirements.cpu`."""
    notes: list[str] = field(default_factory=list)
    """One sentence for each field that means less here, or nothing."""


def online_settings(document: Mapping[str, Any]) -> OnlineSettings:
    """Settings of the document of a deployment, whose values are of the kinds that the schema names or are passed
    over."""
    settings = OnlineSettings({"computeType": "aks"})
    for take in (_machines, _resources, _replicas, _requests, _probes, _collection, _rest):
        take(document, settings)
    return settings


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    return value if isinstance(value, Mapping) else {}


def _number(section: Mapping[str, Any], name: str) -> int | None:
    """Whole number as the client of Azure ML reads it: a text of digits, and a decimal without what is after the
    point."""
    value = section.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def _machines(document: Mapping[str, Any], settings: OnlineSettings) -> None:
    """The size of a machine is what a container may take at most."""
    size = document.get("instance_type")
    if not isinstance(size, str) or not size:
        return
    limits = machine_limits(size)
    if limits is None:
        settings.notes.append(l10n.t("instance_type {size} is not known here, so it limits nothing.", size=size))
        return
    for amount in ("cpu", "cpuLimit"):
        settings.values[f"{_AMOUNTS}.{amount}"] = limits.cpus
    for amount in ("memoryInGB", "memoryInGBLimit"):
        settings.values[f"{_AMOUNTS}.{amount}"] = limits.gigabytes
    if limits.gpus:
        settings.values["gpuCores"] = limits.gpus


def _resources(document: Mapping[str, Any], settings: OnlineSettings) -> None:
    """Take the resources of the document, which go before the size of the machine."""
    resources = _section(document, "resources")
    requests, most = _section(resources, "requests"), _section(resources, "limits")
    for name, key, limit, unit in (
        ("cpu", "cpu", "cpuLimit", Decimal(1)),
        ("memory", "memoryInGB", "memoryInGBLimit", _GIBIBYTE),
    ):
        request, ceiling = _quantity(requests.get(name)), _quantity(most.get(name))
        if request is not None:
            settings.values[f"{_AMOUNTS}.{key}"] = float(request / unit)
            settings.values.pop(f"{_AMOUNTS}.{limit}", None)
        if ceiling is not None:
            settings.values[f"{_AMOUNTS}.{limit}"] = float(ceiling / unit)
            request_so_far = settings.values.get(f"{_AMOUNTS}.{key}")
            if request is None and isinstance(request_so_far, float):
                settings.values[f"{_AMOUNTS}.{key}"] = min(request_so_far, float(ceiling / unit))
    gpus = [_quantity(each.get(name)) for each in (most, requests) for name in ("nvidia.com/gpu", "gpu")]
    count = next((int(each) for each in gpus if each), 0)
    if count:
        settings.values["gpuCores"] = count


def _quantity(value: object) -> Decimal | None:
    """In cores, or bytes."""
    return quantity(str(value).strip()) if isinstance(value, (str, int, float)) else None


def _replicas(document: Mapping[str, Any], settings: OnlineSettings) -> None:
    count = _number(document, "instance_count")
    scale = _section(document, "scale_settings")
    if str(scale.get("type") or "").lower().replace("_", "") != "targetutilization":
        settings.values["numReplicas"] = count or 1
        return
    if count is not None:
        settings.notes.append(
            l10n.t("instance_count {count} is where scale_settings start; the autoscaler decides.", count=count)
        )
    settings.values[f"{_SCALER}.autoscaleEnabled"] = True
    for name, key, default in (
        ("min_instances", "minReplicas", 1),
        ("max_instances", "maxReplicas", 1),
        ("target_utilization_percentage", "targetUtilization", 70),
        ("polling_interval", "refreshPeriodInSeconds", None),
    ):
        value = _number(scale, name)
        value = default if value is None else max(1, value)
        if value is not None:
            settings.values[f"{_SCALER}.{key}"] = value
    if _number(scale, "min_instances") == 0:
        settings.notes.append(l10n.t("scale_settings.min_instances 0 is 1 here: a service keeps one instance."))


def _requests(document: Mapping[str, Any], settings: OnlineSettings) -> None:
    requests = _section(document, "request_settings")
    settings.values["scoringTimeoutMs"] = _number(requests, "request_timeout_ms") or _REQUEST_TIMEOUT
    concurrent = _number(requests, "max_concurrent_requests_per_instance")
    if concurrent:
        settings.values["maxConcurrentRequestsPerContainer"] = concurrent
    wait = _number(requests, "max_queue_wait_ms")
    if wait is not None:
        settings.values["maxQueueWaitMs"] = max(1, wait)


def _probes(document: Mapping[str, Any], settings: OnlineSettings) -> None:
    liveness = _section(document, "liveness_probe")
    for name, default in _PROBE_DEFAULTS.items():
        value = _number(liveness, name)
        settings.values[f"{_PROBE}.{_PROBE_KEYS[name]}"] = default if value is None else max(1, value)
    if (_number(liveness, "success_threshold") or 1) != 1:
        settings.notes.append(
            l10n.t("liveness_probe.success_threshold is not used: one answer shows that a worker lives.")
        )
    readiness = _section(document, "readiness_probe")
    for name, default in _PROBE_DEFAULTS.items() if readiness else ():
        value = _number(readiness, name)
        least = 0 if name == "initial_delay" else 1
        settings.values[f"{_READINESS}.{_PROBE_KEYS[name]}"] = default if value is None else max(least, value)


def _collection(document: Mapping[str, Any], settings: OnlineSettings) -> None:
    """v1 collects inputs and predictions, of every request, into files of the service."""
    if document.get("app_insights_enabled") is True:
        settings.values["appInsightsEnabled"] = True
    collector = _section(document, "data_collector")
    collections = _section(collector, "collections")
    enabled = [
        name
        for name, each in collections.items()
        if isinstance(each, Mapping) and str(each.get("enabled")).lower() == "true"
    ]
    if enabled:
        settings.values["dataCollection.storageEnabled"] = True
    further = [name for name in enabled if name not in _COLLECTED]
    if further:
        settings.notes.append(
            l10n.t(
                "data_collector.collections: {names} are what the script itself collects; inputs and predictions are"
                " collected here.",
                names=", ".join(further),
            )
        )
    one_sided = [name for name in enabled if name in _COLLECTED]
    if len(one_sided) == 1:
        settings.notes.append(
            l10n.t("data_collector collects {name}; inputs and predictions are both collected here.", name=one_sided[0])
        )
    if any(isinstance(collections.get(name), Mapping) and collections[name].get("data") for name in enabled):
        settings.notes.append(
            l10n.t("data_collector.collections: data is not used, as what is collected is in the service's folder.")
        )
    for name, reason in (
        ("rolling_rate", l10n.t("files are begun by day")),
        ("sampling_rate", l10n.t("every request is collected")),
        ("request_logging", l10n.t("headers are not collected")),
    ):
        if collector.get(name) not in (None, 1, 1.0):
            settings.notes.append(l10n.t("data_collector.{name} is not used: {reason}.", name=name, reason=reason))


def _rest(document: Mapping[str, Any], settings: OnlineSettings) -> None:
    """Fields that only Azure has a use for."""
    for name, is_said, reason in (
        ("egress_public_network_access", _is("disabled"), l10n.t("a service uses the network of this machine")),
        ("private_network_connection", _is(True), l10n.t("a service uses the network of this machine")),
        ("model_mount_path", bool, l10n.t("AZUREML_MODEL_DIR says where the model is")),
    ):
        if is_said(document.get(name)):
            settings.notes.append(l10n.t("{name} is not used: {reason}.", name=name, reason=reason))


def _is(value_that_counts: object) -> Callable[[object], bool]:
    return lambda value: value == value_that_counts
