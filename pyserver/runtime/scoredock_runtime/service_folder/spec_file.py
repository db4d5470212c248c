"""The spec of a service as its parent reads and writes it.

What the spec leaves open its variables may say. WORKER_COUNT and the health port are variables of Azure's inference
server. The others are ours: v1 had no such limits.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Dict, Mapping

from scoredock_runtime import contract
from scoredock_runtime.contract import DEBUG_PORT_VARIABLE, ServiceSpec
from scoredock_runtime.contract_variables import RECYCLE_MEGABYTES, RECYCLE_REQUESTS
from scoredock_runtime.service_folder.atomic_write import replace_text

MOST_WORKERS = 64
_HEALTH_PORT = 5000
"""Of Azure's server, where a port of its own is asked for without saying which."""


def read_spec(path: str) -> contract.ServiceSpec:
    """Spec in a file. Raises OSError, and ValueError when it is not a spec that this runtime knows."""
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    try:
        spec = contract.spec_from_json(text)
    except TypeError as fault:
        raise ValueError(str(fault)) from None
    if spec.contract_version > contract.CONTRACT_VERSION:
        raise ValueError(f"it is of version {spec.contract_version}, this runtime knows {contract.CONTRACT_VERSION}")
    if spec.host.startswith("["):
        spec = dataclasses.replace(spec, host=spec.host.strip("[]"))
    return with_variables(spec)


def write_spec(folder: str, spec: contract.ServiceSpec) -> None:
    """Replaces the spec of a service folder at once. Raises OSError; the old one then still stands."""
    replace_text(os.path.join(folder, contract.SPEC_FILE), contract.to_json(spec) + "\n")


def with_variables(spec: ServiceSpec) -> ServiceSpec:
    """Pure. The spec, with what its variables add; what the spec says itself stands. Values that are not numbers are
    none here: the worker refuses to start with them."""
    environment = spec.environment
    changes: Dict[str, Any] = {}
    workers = min(_number(environment, "WORKER_COUNT"), MOST_WORKERS)
    if workers and spec.worker_count == 1 and not environment.get(DEBUG_PORT_VARIABLE):
        changes["worker_count"] = workers
    if not spec.health_port and environment.get("SEPERATE_HEALTH_ENDPOINT") == "true":
        port = _number(environment, "HEALTH_PORT") or _HEALTH_PORT
        changes["health_port"] = port if port <= 65535 else 0
    if not spec.recycle_requests:
        changes["recycle_requests"] = _number(environment, RECYCLE_REQUESTS)
    if not spec.recycle_megabytes:
        changes["recycle_megabytes"] = _number(environment, RECYCLE_MEGABYTES)
    return dataclasses.replace(spec, **changes)


def _number(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name, "").strip()
    return int(text) if text.isdecimal() and len(text) < 10 else 0
