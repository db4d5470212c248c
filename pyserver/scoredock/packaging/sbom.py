"""Bill of materials of a package, as CycloneDX 1.6: packages, runtime, base image and models."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from packaging.utils import canonicalize_name

from scoredock.environments.conda.channels import without_tokens
from scoredock.environments.conda.lock import LockedPackage
from scoredock.packaging.lock import LockEntry
from scoredock.packaging.package import PackageName, PackageSource

SBOM = "sbom.cdx.json"
_ALGORITHMS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
_NAMESPACE = uuid.UUID("5f1d3f5e-7f0e-4b7e-9f43-7f2f5c0c8f10")


def sbom(
    source: PackageSource,
    name: PackageName,
    base_images: Sequence[str],
    packages: tuple[LockEntry, ...],
    runtime_version: str,
    runtime_sha256: str,
    scoredock_version: str,
    conda: Sequence[LockedPackage] = (),
    licences: Mapping[str, str] | None = None,
) -> str:
    """The document as JSON. It holds no time, and its serial number comes from its content: equal packages, equal
    bills.

    `licences` are those of pip's packages, by canonical name.
    """
    components = [
        *map(_base, base_images),
        _package("scoredock-runtime", runtime_version, (f"sha256:{runtime_sha256}",) if runtime_sha256 else ()),
        *map(conda_component, conda),
        *(
            _package(each.name, each.version, each.hashes, (licences or {}).get(canonicalize_name(each.name), ""))
            for each in packages
        ),
        *_models(source),
    ]
    components = list({component["bom-ref"]: component for component in components}.values())
    root = {"type": "container", "bom-ref": "package", "name": name.name}
    if name.label:
        root["version"] = name.label
    document: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": "scoredock", "version": scoredock_version}]},
            "component": root,
        },
        "components": components,
        "dependencies": [
            {"ref": "package", "dependsOn": [component["bom-ref"] for component in components]},
            *({"ref": component["bom-ref"]} for component in components),
        ],
    }
    content = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(_NAMESPACE, content)}"
    return json.dumps(document, indent=2) + "\n"


def _package(name: str, version: str, hashes: tuple[str, ...], licence: str = "") -> dict[str, Any]:
    purl = f"pkg:pypi/{quote(canonicalize_name(name))}" + (f"@{quote(version)}" if version else "")
    component: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "purl": purl}
    if version:
        component["version"] = version
    parts = [each.partition(":") for each in hashes]
    digests = [{"alg": _ALGORITHMS[kind], "content": value} for kind, _, value in parts if kind in _ALGORITHMS]
    if digests:
        component["hashes"] = digests
    return component | _licensed(licence)


def _licensed(words: str) -> dict[str, Any]:
    """An SPDX expression where the words are one, else a licence of that name."""
    if not words:
        return {}
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression  # a long table

    try:
        return {"licenses": [{"expression": canonicalize_license_expression(words)}]}
    except InvalidLicenseExpression:
        return {"licenses": [{"license": {"name": words}}]}


def conda_component(package: LockedPackage) -> dict[str, Any]:
    """Component for a conda package, with the qualifiers that the purl type `conda` has."""
    kind = "conda" if package.file_name.endswith(".conda") else "tar.bz2"
    fields = {
        "build": package.build,
        "channel": without_tokens(package.channel),
        "subdir": package.subdir,
        "type": kind,
    }
    qualifiers = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items() if value)
    purl = f"pkg:conda/{quote(package.name)}@{quote(package.version)}?{qualifiers}"
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "purl": purl,
    }
    if package.sha256:
        component["hashes"] = [{"alg": "SHA-256", "content": package.sha256}]
    return component | _licensed(package.license)


def _base(image: str) -> dict[str, Any]:
    """`registry.example.com:5000/team/python:3.11@sha256:…`, or a digest alone."""
    if image.startswith("sha256:"):
        hashes = [{"alg": "SHA-256", "content": image.removeprefix("sha256:")}]
        return {"type": "container", "bom-ref": f"base:{image}", "name": "base", "version": image, "hashes": hashes}
    named, _, digest = image.partition("@")
    path, colon, tag = named.rpartition(":")
    if not colon or "/" in tag:
        path, tag = named, ""
    version = digest or tag or "latest"
    purl = f"pkg:docker/{quote(path)}@{quote(version)}"
    component: dict[str, Any] = {
        "type": "container",
        "bom-ref": f"base:{image}",
        "name": path,
        "version": version,
        "purl": purl,
    }
    kind, _, value = digest.partition(":")
    if kind == "sha256" and len(value) == 64:
        component["hashes"] = [{"alg": "SHA-256", "content": value}]
    return component


def _models(source: PackageSource) -> list[dict[str, Any]]:
    """Each registered version with its files; its own hash is the digest that the registry gives it."""
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": f"model:{model.id}",
            "name": model.name,
            "version": str(model.version),
            "hashes": [{"alg": "SHA-256", "content": model.digest}],
            "components": [
                {
                    "type": "file",
                    "bom-ref": f"model:{model.id}:{file.path}",
                    "name": file.path,
                    "hashes": [{"alg": "SHA-256", "content": file.sha256}],
                }
                for file in model.files
            ],
        }
        for model in source.models
    ]
