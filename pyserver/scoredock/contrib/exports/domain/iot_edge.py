"""A packaged image as a module of Azure IoT Edge: the deployment manifest, made from typed fields."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from scoredock import l10n
from scoredock.clusters.objects import PORT
from scoredock.errors import ScoredockError
from scoredock.images.built import INTERPRETER
from scoredock.late_dataclass import dataclass
from scoredock.packaging.package import RequestedResources, health_options
from scoredock.packaging.texts import registry_host, require_image
from scoredock.registry.grammar import printable
from scoredock_runtime.contract import ALLOWED_HOSTS

_RUNTIME = "1.5"
"""Release of agent and hub; its images are named so by Microsoft."""
_CREATE_OPTIONS_LENGTH = 512
"""A value of a module twin may be so long; longer create options go on in createOptions01, createOptions02, …"""
_MODULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class EdgeModule:
    """Module that the device runs."""

    name: str
    image: str
    host_port: int = PORT
    variables: Mapping[str, str] = field(default_factory=dict)
    """Plain ones; secrets are given as references such as `$SCORING_KEY_DIGESTS`."""
    resources: RequestedResources = field(default_factory=RequestedResources)
    origin: str = ""
    """What the manifest says that it was made from; empty for the image."""


@dataclass(frozen=True, slots=True)
class EdgeExport:
    """The manifest, and the variables that whoever deploys it fills in (an `.env` file beside it, or the pipeline)."""

    manifest: str
    references: tuple[str, ...]


def deployment_manifest(module: EdgeModule) -> EdgeExport:
    """Raises ScoredockError `base-image-invalid` for what is not an image, `package-export-invalid` for other
    fields."""
    require_image(module.image)
    if not _MODULE.fullmatch(module.name):
        raise ScoredockError(
            "package-export-invalid", l10n.t("{name} is not a valid module name.", name=printable(module.name))
        )
    if not 1 <= module.host_port <= 65_535:
        raise ScoredockError("package-export-invalid", l10n.t("{port} is not a valid port.", port=module.host_port))
    host = registry_host(module.image)
    suffix = re.sub(r"[^A-Za-z0-9]", "_", host.partition(".")[0].partition(":")[0])
    user, password = f"CONTAINER_REGISTRY_USERNAME_{suffix}", f"CONTAINER_REGISTRY_PASSWORD_{suffix}"
    credentials = {suffix: {"username": f"${user}", "password": f"${password}", "address": host}} if host else {}
    edge_module: dict[str, Any] = {
        "version": "1.0",
        "type": "docker",
        "status": "running",
        "restartPolicy": "always",
        "settings": {"image": module.image, **split_options(create_options(module))},
    }
    variables = {ALLOWED_HOSTS: module.name, **module.variables}
    edge_module["env"] = {name: {"value": value} for name, value in sorted(variables.items())}
    variable_names = tuple(
        value[1:] for value in module.variables.values() if re.fullmatch(r"\$[A-Z][A-Z0-9_]*", value)
    )
    references = (*((user, password) if host else ()), *variable_names)
    filled = (
        f"Fill in, as variables or in a file .env: {', '.join(references)}." if references else "Nothing to fill in."
    )
    manifest = {
        # The tools of IoT Edge take what they know of a template, and JSON has no comments.
        "$comment": f"Written by Scoredock from {module.origin or module.image} for Azure IoT Edge. {filled}",
        "$schema-template": "4.0.0",
        "modulesContent": {
            "$edgeAgent": {"properties.desired": _agent(module.name, edge_module, credentials)},
            "$edgeHub": {
                "properties.desired": {
                    "schemaVersion": "1.1",
                    "routes": {},
                    "storeAndForwardConfiguration": {"timeToLiveSecs": 7200},
                }
            },
            module.name: {"properties.desired": {}},
        },
    }
    return EdgeExport(json.dumps(manifest, indent=2) + "\n", references)


def create_options(module: EdgeModule) -> dict[str, Any]:
    """Options by which the device's container engine creates the container, in the words of Docker's Engine API."""
    host: dict[str, Any] = {
        "PortBindings": {f"{PORT}/tcp": [{"HostPort": str(module.host_port)}]},
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "Init": True,
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
    }
    if module.resources.cpu_limit is not None:
        host["NanoCpus"] = round(module.resources.cpu_limit * 1e9)
    if module.resources.memory_limit_gb is not None:
        host["Memory"] = round(module.resources.memory_limit_gb * (1 << 30))
    return {"ExposedPorts": {f"{PORT}/tcp": {}}, "Healthcheck": health_options(INTERPRETER), "HostConfig": host}


def split_options(options: Mapping[str, Any]) -> dict[str, str]:
    """Create options as texts of a length that a module twin takes."""
    text = json.dumps(options, separators=(",", ":"))
    pieces = [text[at : at + _CREATE_OPTIONS_LENGTH] for at in range(0, len(text), _CREATE_OPTIONS_LENGTH)]
    return {f"createOptions{number:02}" if number else "createOptions": piece for number, piece in enumerate(pieces)}


def _agent(name: str, module: Mapping[str, Any], credentials: Mapping[str, Any]) -> dict[str, Any]:
    hub = {"HostConfig": {"PortBindings": {f"{port}/tcp": [{"HostPort": str(port)}] for port in (5671, 8883, 443)}}}
    return {
        "schemaVersion": "1.1",
        "runtime": {
            "type": "docker",
            "settings": {"minDockerVersion": "v1.25", "loggingOptions": "", "registryCredentials": credentials},
        },
        "systemModules": {
            "edgeAgent": {
                "type": "docker",
                "settings": {"image": f"mcr.microsoft.com/azureiotedge-agent:{_RUNTIME}", "createOptions": "{}"},
            },
            "edgeHub": {
                "type": "docker",
                "status": "running",
                "restartPolicy": "always",
                "settings": {"image": f"mcr.microsoft.com/azureiotedge-hub:{_RUNTIME}", **split_options(hub)},
            },
        },
        "modules": {name: module},
    }
