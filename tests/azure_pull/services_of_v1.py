"""The REST API of model management as the shelf has it: services of ACI and AKS and images, with what their answers
have in Azure, keys and certificates among it."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from migration.azure_server import DOMAIN

ROUTE = "/modelmanagement/v1.0"
SECRET = "SECRET-OF-A-SERVICE"
"""In answers where Azure has what nobody may keep."""


@dataclass
class ServicesOfV1:
    """What there is, and what goes wrong."""

    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    page: int = 100
    status: int = 200
    """Of every answer."""
    is_discovered: bool = True
    host: str = ""
    """Which model management is discovered; empty for the usual one."""
    next_host: str = ""
    """Where the next page is said to be; empty for the same host."""

    def discovery(self, port: int) -> tuple[int, Any]:
        addresses = {"api": f"https://api.{DOMAIN}:{port}", "history": f"https://history.{DOMAIN}:{port}"}
        if self.is_discovered:
            addresses["modelmanagement"] = self.host or f"https://mms.{DOMAIN}:{port}"
        return 200, addresses

    def answer(self, path: str, query: Mapping[str, list[str]], address: str) -> tuple[int, Any]:
        if self.status != 200:
            return self.status, {"error": {"code": "Refused", "message": "not now"}}
        parts = path.strip("/").split("/")
        assert query.get("expand") == ["true"] or "$skip" in query
        kept = {"services": self.services, "images": self.images}.get(parts[0], {})
        if len(parts) == 2:
            return (200, kept[parts[1]]) if parts[1] in kept else (404, {"error": {"message": f"no {parts[1]}"}})
        skip = int(query.get("$skip", ["0"])[0])
        items = list(kept.values())
        answer: dict[str, Any] = {"value": items[skip : skip + self.page]}
        if skip + self.page < len(items):
            answer["nextLink"] = f"{self.next_host or address}/{quote(parts[0])}?$skip={skip + self.page}"
        return 200, answer

    def add(self, name: str, kind: str, **more: Any) -> None:
        """A service; what is given stands beside what every service has."""
        self.services[name] = {
            "name": name,
            "computeType": kind,
            "state": "Healthy",
            "description": "Prices of houses",
            "kvTags": {"team": "houses"},
            "properties": {"hasInferenceSchema": "True", "hasHttps": "False", "owner": "Ana"},
            "createdTime": "2021-03-04T05:06:07.123456Z",
            "updatedTime": "2021-03-05T05:06:07.123456Z",
            "scoringUri": f"http://{name}.westeurope.azurecontainer.io/score",
            "keys": {"primaryKey": SECRET, "secondaryKey": SECRET},
            "sslCertificate": SECRET,
            "sslKey": SECRET,
            "authEnabled": True,
            "sslEnabled": False,
            "appInsightsEnabled": False,
            "cname": None,
            "location": "westeurope",
            "containerResourceRequirements": {"cpu": 0.5, "memoryInGB": 1.5, "cpuLimit": None, "gpu": None},
            "imageId": None,
            **more,
        }


def packed(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    """A .tar.gz of these files, as the SDK packs a source directory."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for path, content in files.items():
            header = tarfile.TarInfo(path)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
        for path, target in (links or {}).items():
            header = tarfile.TarInfo(path)
            header.type, header.linkname = tarfile.SYMTYPE, target
            archive.addfile(header)
    return gzip.compress(plain.getvalue(), mtime=0)


def driver(script: str) -> bytes:
    """What the SDK puts around an entry script, as far as it matters here."""
    lines = (
        "import importlib.util as imp",
        "import os",
        f"script_location = os.path.join(os.path.dirname(os.path.realpath(__file__)), {script!r})",
        "driver_module_spec = imp.spec_from_file_location('service_driver', script_location)",
        "driver_module = imp.module_from_spec(driver_module_spec)",
        "",
    )
    return "\n".join(lines).encode()


def environment(**more: Any) -> dict[str, Any]:
    """As it stands in the answer for a service."""
    return {
        "name": "houses",
        "version": "4",
        "assetId": None,
        "environmentVariables": {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE", "STAGE": "blue"},
        "python": {
            "interpreterPath": "python",
            "userManagedDependencies": False,
            "condaDependencies": {
                "name": "houses",
                "channels": ["conda-forge"],
                "dependencies": ["python=3.11", {"pip": ["numpy", "azureml-defaults"]}],
            },
            "baseCondaEnvironment": None,
        },
        "docker": {
            "enabled": False,
            "baseImage": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04",
            "baseDockerfile": None,
            "baseImageRegistry": {"address": "registry.example.com", "username": "ana", "password": SECRET},
            "sharedVolumes": True,
            "shmSize": None,
        },
        "spark": {"repositories": [], "packages": [], "precachePackages": True},
        "inferencingStackVersion": None,
        **more,
    }
