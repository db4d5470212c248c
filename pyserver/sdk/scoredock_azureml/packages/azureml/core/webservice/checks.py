"""What deployment configurations may say, with the texts of the SDK: all that is wrong in one exception."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Sequence

from azureml.exceptions import WebserviceException

_NAMESPACE = re.compile(r"^[a-z0-9]([a-z0-9-]{,61}[a-z0-9])?$")


def positive(values: Mapping[str, Any], names: Sequence[str]) -> List[str]:
    """Those that are given and not above zero."""
    return [
        f"{name} must be greater than zero." for name in names if values.get(name) is not None and values[name] <= 0
    ]


def scaling(values: Mapping[str, Any]) -> List[str]:
    """How autoscaling and a number of replicas go together."""
    wrong: List[str] = []
    enabled, replicas = values.get("autoscale_enabled"), values.get("num_replicas")
    if enabled and replicas:
        wrong.append("autoscale enabled and num_replicas provided.")
    if enabled is False and not replicas:
        wrong.append("autoscale disabled but num_replicas not provided.")
    names = ("min_replicas", "max_replicas", "refresh_seconds", "target_utilization")
    for name in (f"autoscale_{each}" for each in names):
        if not enabled and values.get(name):
            wrong.append(f"{name} provided without enabling autoscaling.")
    least, most = values.get("autoscale_min_replicas"), values.get("autoscale_max_replicas")
    if enabled and least and most and least > most:
        wrong.append("autoscale_min_replicas cannot be greater than autoscale_max_replicas.")
    return wrong


def authentication(values: Mapping[str, Any]) -> List[str]:
    """Keys or tokens."""
    both = values.get("auth_enabled") and values.get("token_auth_enabled")
    return ["auth_enabled and token_auth_enabled cannot both be true."] if both else []


def limits(values: Mapping[str, Any]) -> List[str]:
    """No limit lies below what is asked for."""
    wrong: List[str] = []
    for name in ("cpu_cores", "memory_gb"):
        asked, limit = values.get(name), values.get(f"{name}_limit")
        if asked and limit and asked > limit:
            wrong.append(f"{name}_limit must be greater than or equal to {name}.")
    return wrong


def namespace(values: Mapping[str, Any]) -> List[str]:
    """As Kubernetes takes it."""
    given = values.get("namespace")
    if not given or _NAMESPACE.match(given):
        return []
    return [f"namespace must be a valid Kubernetes namespace. Regex for validation is {_NAMESPACE.pattern}"]


def require(wrong: Sequence[str], prefix: str = "Invalid configuration, ") -> None:
    """Raises WebserviceException with all of it, one a line."""
    if wrong:
        raise WebserviceException("\n".join(prefix + each for each in wrong))


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
