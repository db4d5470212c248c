"""An image as a web app of Azure App Service: a template for `az deployment group create`. Pure.

Fields are those of `Microsoft.Web/sites` and `Microsoft.Web/serverfarms`, as the REST models of the `azure-mgmt-web`
package on PyPI have them; settings are those that App Service documents for containers of one's own.
"""

from __future__ import annotations

import json
from typing import Any

from scoredock.clusters.objects import KEY_DIGESTS, PORT
from scoredock.contrib.exports.domain.subject import ExportFiles, ExportSubject, require_dns_name, require_subject
from scoredock.packaging.texts import registry_host
from scoredock_runtime.contract import ALLOWED_HOSTS

FILE = "app-service.json"
API_VERSION = "2023-12-01"
_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_LONGEST = 60


def app_service_export(subject: ExportSubject) -> ExportFiles:
    """Raises ScoredockError `base-image-invalid`, `package-export-invalid`."""
    require_subject(subject)
    require_dns_name(subject, _LONGEST)
    host = registry_host(subject.image)
    parameters: dict[str, Any] = {
        "name": {"type": "string", "defaultValue": subject.name},
        "location": {"type": "string", "defaultValue": subject.location or "[resourceGroup().location]"},
        "sku": {"type": "string", "defaultValue": _sku(subject)},
    }
    values = {
        ALLOWED_HOSTS: "[concat(parameters('name'), '.azurewebsites.net')]",
        "WEBSITES_ENABLE_APP_SERVICE_STORAGE": "false",
        **{name: _literal(value) for name, value in subject.variables.items()},
        "WEBSITES_PORT": str(PORT),
        # init() may take as long as it does here.
        "WEBSITES_CONTAINER_START_TIME_LIMIT": "300",
    }
    fill_in: tuple[str, ...] = ()
    if subject.hints.keys:
        parameters["keyDigests"] = _secure("The SHA-256 of each key of a caller, separated by commas.")
        values[KEY_DIGESTS] = "[parameters('keyDigests')]"
        fill_in += ("keyDigests",)
    if host:
        parameters["registryUsername"] = {"type": "string"}
        parameters["registryPassword"] = _secure(f"Of the login to {host}.")
        values["DOCKER_REGISTRY_SERVER_URL"] = f"https://{host}"
        values["DOCKER_REGISTRY_SERVER_USERNAME"] = "[parameters('registryUsername')]"
        values["DOCKER_REGISTRY_SERVER_PASSWORD"] = "[parameters('registryPassword')]"  # noqa: S105 (a reference)
        fill_in += ("registryUsername", "registryPassword")
    site = {
        "serverFarmId": "[resourceId('Microsoft.Web/serverfarms', concat(parameters('name'), '-plan'))]",
        "httpsOnly": True,
        "siteConfig": {
            "linuxFxVersion": f"DOCKER|{subject.image}",
            "alwaysOn": True,
            "healthCheckPath": "/ready",
            "http20Enabled": True,
            "ftpsState": "Disabled",
            "minTlsVersion": "1.2",
            "appSettings": [{"name": name, "value": value} for name, value in sorted(values.items())],
        },
    }
    document = {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "metadata": {
            "description": f"Written by Scoredock from {subject.origin or subject.image} for"
            f" `az deployment group create --resource-group GROUP --template-file {FILE}`."
            + (f" Fill in as --parameters: {', '.join(fill_in)}." if fill_in else " There is nothing to fill in.")
        },
        "parameters": parameters,
        "resources": [
            {
                "type": "Microsoft.Web/serverfarms",
                "apiVersion": API_VERSION,
                "name": "[concat(parameters('name'), '-plan')]",
                "location": "[parameters('location')]",
                "kind": "linux",
                "sku": {"name": "[parameters('sku')]", "capacity": subject.scale[0]},
                "properties": {"reserved": True},
            },
            {
                "type": "Microsoft.Web/sites",
                "apiVersion": API_VERSION,
                "name": "[parameters('name')]",
                "location": "[parameters('location')]",
                "kind": "app,linux,container",
                "dependsOn": ["[resourceId('Microsoft.Web/serverfarms', concat(parameters('name'), '-plan'))]"],
                "properties": site,
            },
        ],
    }
    return ExportFiles({FILE: json.dumps(document, indent=2, ensure_ascii=False) + "\n"}, FILE, fill_in)


def _secure(description: str) -> dict[str, Any]:
    return {"type": "securestring", "metadata": {"description": description}}


def _literal(value: str) -> str:
    """A text that begins with a bracket would be an expression there; two brackets are one."""
    return f"[{value}" if value.startswith("[") else value


def _sku(subject: ExportSubject) -> str:
    """The smallest plan of the general-purpose kind that has the cores and the memory: P0v3 has 1 core and 4 GB."""
    for name, cores, memory in (("P0v3", 1, 4), ("P1v3", 2, 8), ("P2v3", 4, 16), ("P3v3", 8, 32)):
        if subject.cpu <= cores and subject.memory_gb <= memory:
            return name
    return "P3v3"
