"""Checks of deployment configurations, with the texts of the SDK: all faults in one exception."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Mapping, Sequence

from azureml.exceptions import WebserviceException

_POSITIVE = (
    "cpu_cores",
    "memory_gb",
    "scoring_timeout_ms",
    "replica_max_concurrent_requests",
    "max_request_wait_time",
    "num_replicas",
    "autoscale_min_replicas",
    "autoscale_max_replicas",
    "autoscale_refresh_seconds",
    "autoscale_target_utilization",
    "period_seconds",
    "initial_delay_seconds",
    "timeout_seconds",
    "success_threshold",
    "failure_threshold",
)
_NAMESPACE = re.compile(r"^[a-z0-9]([a-z0-9-]{,61}[a-z0-9])?$")


def faults(values: Mapping[str, Any]) -> List[str]:
    """Faults of a configuration for AKS, one text for each."""
    names = [name for name in _POSITIVE if values.get(name) is not None and values[name] <= 0]
    texts = [f"{name} must be greater than zero." for name in names]
    texts += _scaling_faults(values)
    if values.get("auth_enabled") and values.get("token_auth_enabled"):
        texts.append("auth_enabled and token_auth_enabled cannot both be true.")
    for name in ("cpu_cores", "memory_gb"):
        request, limit = values.get(name), values.get(f"{name}_limit")
        if request and limit and request > limit:
            texts.append(f"{name}_limit must be greater than or equal to {name}.")
    if values.get("namespace") and not _NAMESPACE.match(values["namespace"]):
        texts.append(f"namespace must be a valid Kubernetes namespace. Regex for validation is {_NAMESPACE.pattern}")
    return texts


def _scaling_faults(values: Mapping[str, Any]) -> List[str]:
    """How autoscaling and a number of replicas go together."""
    texts: List[str] = []
    enabled, replicas = values.get("autoscale_enabled"), values.get("num_replicas")
    if enabled and replicas:
        texts.append("autoscale enabled and num_replicas provided.")
    if enabled is False and not replicas:
        texts.append("autoscale disabled but num_replicas not provided.")
    names = ("min_replicas", "max_replicas", "refresh_seconds", "target_utilization")
    for name in (f"autoscale_{each}" for each in names):
        if not enabled and values.get(name):
            texts.append(f"{name} provided without enabling autoscaling.")
    least, most = values.get("autoscale_min_replicas"), values.get("autoscale_max_replicas")
    if enabled and least and most and least > most:
        texts.append("autoscale_min_replicas cannot be greater than autoscale_max_replicas.")
    return texts


def require(faults: Sequence[str], prefix: str = "Invalid configuration, ") -> None:
    """Raises WebserviceException with all of it, one a line."""
    if faults:
        raise WebserviceException("\n".join(prefix + each for each in faults))


def placed(values: Mapping[str, Any], places: Mapping[str, str]) -> Dict[str, Any]:
    """The values that are given, at their places in the file of a deployment configuration, such as
    `autoScaler.minReplicas`."""
    document: Dict[str, Any] = {}
    for name, place in places.items():
        value = values.get(name)
        if value is None:
            continue
        *above, last = place.split(".")
        where = document
        for key in above:
            where = where.setdefault(key, {})
        where[last] = value
    return document


def by_path(document: Mapping[str, Any], above: str = "") -> Dict[str, str]:
    """The values of a document by their paths, as settings of the command line are written."""
    settings: Dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            settings.update(by_path(value, f"{above}{name}."))
        else:
            settings[above + name] = value if isinstance(value, str) else json.dumps(value)
    return settings
