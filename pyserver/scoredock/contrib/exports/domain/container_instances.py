"""A packaged image as a container group of Azure Container Instances: the YAML of `az container create --file`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

import yaml

from scoredock import l10n
from scoredock.clusters.objects import PORT
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.packaging.package import RequestedResources
from scoredock.packaging.texts import registry_host, require_image
from scoredock.registry.grammar import printable
from scoredock_runtime.contract import ALLOWED_HOSTS

FILE = "container-group.yaml"
API_VERSION = "2021-10-01"
TO_FILL_IN = "<fill in>"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LABEL = re.compile(r"[a-z][a-z0-9-]{3,61}[a-z0-9]")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CPU, _MEMORY = 0.1, 0.5
"""What Azure ML gave a service on ACI that asked for nothing."""


@dataclass(frozen=True, slots=True)
class ContainerGroup:
    """Container group of one container with a public address."""

    name: str
    image: str
    location: str = "westeurope"
    dns_label: str = ""
    """First part of its name under `<location>.azurecontainer.io`; empty for an address only."""
    resources: RequestedResources = field(default_factory=RequestedResources)
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    """Names of variables whose values are filled in by whoever deploys it, and never shown by Azure."""
    origin: str = ""
    """What the first line says it was made from; empty for the image."""


def container_group(group: ContainerGroup) -> str:
    """Raises ScoredockError `base-image-invalid` for what is not an image, `package-export-invalid` for other
    fields."""
    require_image(group.image)
    _require(group)
    cpu = group.resources.cpu or _CPU
    memory = group.resources.memory_gb or _MEMORY
    # Without a name of its own it is called by its address, which always passes.
    host = f"{group.dns_label}.{group.location}.azurecontainer.io" if group.dns_label else "localhost"
    given = {ALLOWED_HOSTS: host, **group.variables}
    variables: list[dict[str, str]] = [{"name": name, "value": value} for name, value in sorted(given.items())]
    variables += [{"name": name, "secureValue": TO_FILL_IN} for name in group.secrets]
    container: dict[str, Any] = {
        "image": group.image,
        "ports": [{"port": PORT, "protocol": "TCP"}],
        "resources": {"requests": {"cpu": cpu, "memoryInGB": memory}},
        "environmentVariables": variables,
        "livenessProbe": {"httpGet": {"path": "/", "port": PORT, "scheme": "http"}, "initialDelaySeconds": 310},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": PORT, "scheme": "http"}, "periodSeconds": 10},
    }
    address: dict[str, Any] = {"type": "Public", "ports": [{"port": PORT, "protocol": "TCP"}]}
    if group.dns_label:
        address["dnsNameLabel"] = group.dns_label
    properties: dict[str, Any] = {
        "containers": [{"name": group.name, "properties": container}],
        "osType": "Linux",
        "restartPolicy": "Always",
        "ipAddress": address,
    }
    if host := registry_host(group.image):
        properties["imageRegistryCredentials"] = [{"server": host, "username": TO_FILL_IN, "password": TO_FILL_IN}]
    document = {
        "apiVersion": API_VERSION,
        "type": "Microsoft.ContainerInstance/containerGroups",
        "name": group.name,
        "location": group.location,
        "tags": {},
        "properties": properties,
    }
    return _HEAD.format(origin=group.origin or group.image) + yaml.safe_dump(
        document, sort_keys=False, allow_unicode=True
    )


_HEAD = f"""\
# Written by Scoredock from {{origin}} for `az container create --resource-group GROUP --file {FILE}`.
# Fill in what says {TO_FILL_IN} in a copy that is not kept under version control.
# Traffic to port {PORT} is plain HTTP: Container Instances end no TLS. Put a proxy with a certificate in front of it
# (Application Gateway, or an nginx container in this group) before anything confidential is sent.
"""


def _require(group: ContainerGroup) -> None:
    if not _NAME.fullmatch(group.name):
        raise ScoredockError(
            "package-export-invalid",
            l10n.t("{name} is not a valid name for a container group.", name=printable(group.name)),
        )
    if group.dns_label and not _LABEL.fullmatch(group.dns_label):
        raise ScoredockError(
            "package-export-invalid",
            l10n.t("{label} is not a valid DNS name label.", label=printable(group.dns_label)),
        )
    if not re.fullmatch(r"[a-z0-9]{2,40}", group.location):
        raise ScoredockError(
            "package-export-invalid",
            l10n.t("{location} is not a valid region name.", location=printable(group.location)),
        )
    for name in (*group.variables, *group.secrets):
        if not _VARIABLE.fullmatch(name):
            raise ScoredockError(
                "package-export-invalid",
                l10n.t("{name} is not a valid name for an environment variable.", name=printable(name)),
            )
