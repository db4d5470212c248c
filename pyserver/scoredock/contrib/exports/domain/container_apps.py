"""An image as an app of Azure Container Apps: the YAML of `az containerapp create --yaml`. Pure.

Fields are those of `Microsoft.App/containerApps`, as the REST models of the `azure-mgmt-appcontainers` package on PyPI
have them.
"""

from __future__ import annotations

import math
from typing import Any

from scoredock.clusters.objects import KEY_DIGESTS, PORT
from scoredock.contrib.exports.domain.subject import (
    TO_FILL_IN,
    ExportFiles,
    ExportSubject,
    head,
    require_dns_name,
    require_subject,
    to_yaml,
)
from scoredock.packaging.texts import registry_host
from scoredock_runtime.contract import ALLOWED_HOSTS

FILE = "container-app.yaml"
_STEP = 0.25
"""Cores come in quarters, with 2 GB for each core."""
_LEAST, _MOST = 0.25, 4.0
_KEYS, _PASSWORD = "key-digests", "registry-password"
_LONGEST = 32


def container_apps_export(subject: ExportSubject) -> ExportFiles:
    """Raises ScoredockError `base-image-invalid`, `package-export-invalid`."""
    require_subject(subject)
    require_dns_name(subject, _LONGEST)
    cpu = cores(subject)
    host = registry_host(subject.image)
    # Its address is made there, so that no name can stand here.
    given = {ALLOWED_HOSTS: "*", **subject.variables}
    variables: list[dict[str, str]] = [{"name": name, "value": value} for name, value in sorted(given.items())]
    secrets: list[dict[str, str]] = []
    registries: list[dict[str, str]] = []
    if subject.hints.keys:
        variables.append({"name": KEY_DIGESTS, "secretRef": _KEYS})
        secrets.append({"name": _KEYS, "value": TO_FILL_IN})
    if host:
        registries.append({"server": host, "username": TO_FILL_IN, "passwordSecretRef": _PASSWORD})
        secrets.append({"name": _PASSWORD, "value": TO_FILL_IN})
    least, most = subject.scale
    container: dict[str, Any] = {
        "name": subject.name,
        "image": subject.image,
        "env": variables,
        "resources": {"cpu": cpu, "memory": f"{cpu * 2:g}Gi"},
        "probes": [
            {
                "type": "Startup",
                "httpGet": {"path": "/ready", "port": PORT},
                "periodSeconds": 30,
                "failureThreshold": 10,
            },
            {"type": "Readiness", "httpGet": {"path": "/ready", "port": PORT}, "periodSeconds": 5},
            {"type": "Liveness", "httpGet": {"path": "/", "port": PORT}, "periodSeconds": 10},
        ],
    }
    configuration: dict[str, Any] = {
        "activeRevisionsMode": "Single",
        "ingress": {"external": True, "targetPort": PORT, "transport": "http", "allowInsecure": False},
    }
    if secrets:
        configuration["secrets"] = secrets
    if registries:
        configuration["registries"] = registries
    document = {
        "type": "Microsoft.App/containerApps",
        "location": subject.location or "westeurope",
        "properties": {
            "environmentId": TO_FILL_IN,
            "configuration": configuration,
            "template": {
                "containers": [container],
                "scale": {"minReplicas": least, "maxReplicas": most},
            },
        },
    }
    use = f"az containerapp create --name {subject.name} --resource-group GROUP --yaml {FILE}"
    lines = [
        f"Fill in what says {TO_FILL_IN} in a copy that is not kept under version control:",
        "  environmentId: what `az containerapp env show --name ENVIRONMENT --resource-group GROUP --query id` prints",
    ]
    if subject.hints.keys:
        lines.append(f"  {_KEYS}: the SHA-256 of each key of a caller, separated by commas")
    if host:
        lines.append(f"  username and {_PASSWORD}: the login to {host}")
    fill_in = ("environmentId", *((KEY_DIGESTS,) if subject.hints.keys else ()), *(("registries",) if host else ()))
    return ExportFiles({FILE: head(subject, use, lines) + to_yaml(document)}, FILE, fill_in)


def cores(subject: ExportSubject) -> float:
    """Enough for cores and memory, as they go together there."""
    wanted = max(subject.cpu, subject.memory_gb / 2)
    return min(max(math.ceil(wanted / _STEP - 1e-9) * _STEP, _LEAST), _MOST)
