"""Endpoints and deployments of Azure as files of v2 that `service deploy --file` and `batch run --file` take. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import yaml

from scoredock import l10n
from scoredock.late_dataclass import dataclass

_SCHEMAS = {
    "online-endpoint": "managedOnlineEndpoint",
    "batch-endpoint": "batchEndpoint",
    "online-deployment": "managedOnlineDeployment",
    "batch-deployment": "modelBatchDeployment",
}
_SCHEMA = "https://azuremlschemas.azureedge.net/latest/{}.schema.json"
_OF_AZURE = frozenset(
    ("id", "provisioning_state", "scoring_uri", "openapi_uri", "swagger_uri", "creation_context", "location", "kind")
)
"""What Azure adds, and no file says."""
_EMPTY: tuple[object, ...] = (None, {}, [], "")
_ASSET = re.compile(r"(?:azureml:)?/?.*/(models|environments)/([^/]+)/versions/([^/]+)")
_COMPUTE = re.compile(r"(?:azureml:)?/subscriptions/.*/computes/([^/]+)")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")


@dataclass(frozen=True, slots=True)
class EndpointFiles:
    """Files of one endpoint: text by path, and what is to be said."""

    files: Mapping[str, str]
    notes: Sequence[str]


def endpoint_files(kind: str, fetched: Mapping[str, Any], here: Mapping[str, str]) -> EndpointFiles:
    """`kind` is online or batch; `here` is what assets are called here, by their keys (`model:NAME:VERSION`)."""
    endpoint = _plain(fetched["endpoint"])
    # The tags of Azure's own and the moment of creation say nothing about an endpoint here.
    endpoint["properties"] = {}
    notes: list[str] = []
    files = {"endpoint.yml": _text(f"{kind}-endpoint", endpoint)}
    for each in fetched["deployments"]:
        name = str(each["document"]["name"])
        if not _SAFE.fullmatch(name):
            notes.append(l10n.t("The deployment “{name}” has a name that no file can have.", name=name))
            continue
        document = _plain(each["document"])
        document["model"] = _reference(document.get("model"), here, notes)
        document["code_configuration"] = _code(document.get("code_configuration"), name, each["notes"], notes)
        document["environment"] = _environment(document.get("environment"), each["environment"], name, here, notes)
        document["compute"] = _compute(document.get("compute"))
        if each["environment"] and each["environment"]["conda"]:
            files[f"{name}/conda.yml"] = yaml_text(each["environment"]["conda"])
        files[f"{name}-deployment.yml"] = _text(f"{kind}-deployment", document)
    return EndpointFiles(files, notes)


def environment_files(fetched: Mapping[str, Any], name: str) -> dict[str, str]:
    """The file of an environment, and its conda file; the files of its Dockerfile are in `context` beside them."""
    document: dict[str, Any] = {"name": name, "description": fetched["description"], "tags": fetched["tags"]}
    files = {}
    if fetched["dockerfile"]:
        document["build"] = {"path": "context", "dockerfile_path": fetched["dockerfile"]}
    else:
        document["image"] = fetched["image"]
    if fetched["conda"]:
        document["conda_file"] = "conda.yml"
        files["conda.yml"] = yaml_text(fetched["conda"])
    kept = {key: value for key, value in document.items() if value not in _EMPTY}
    files["environment.yml"] = yaml_text(
        {"$schema": _SCHEMA.format("environment"), **kept},
    )
    return files


def yaml_text(document: object) -> str:
    """YAML of a document, in its order."""
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=False)
    return text


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without what Azure adds, and with words as files have them."""
    return {key: _word(value) for key, value in document.items() if key not in _OF_AZURE}


def _word(value: Any) -> Any:
    """`BatchLoggingLevel.INFO` is info."""
    if isinstance(value, str) and re.fullmatch(r"[A-Z][A-Za-z]+\.[A-Z_]+", value):
        return value.partition(".")[2].lower()
    return value


def _text(kind: str, document: Mapping[str, Any]) -> str:
    schema = _SCHEMAS[kind]
    if kind.startswith("online") and (document.get("type") == "kubernetes" or "compute" in document):
        is_of_cluster = document.get("type") == "kubernetes" or (kind.endswith("endpoint") and document["compute"])
        schema = schema.replace("managed", "kubernetes") if is_of_cluster else schema
    kept = {key: value for key, value in document.items() if value not in _EMPTY}
    if kind == "batch-deployment":
        kept.setdefault("type", "model")
    return yaml_text({"$schema": _SCHEMA.format(schema), **kept})


def _reference(reference: object, here: Mapping[str, str], notes: list[str]) -> object:
    """An asset as it is called here; one that did not come stays as it is, with a note."""
    if not isinstance(reference, str) or not reference:
        return reference
    match = _ASSET.fullmatch(reference)
    if match and "registries" not in reference:
        key = f"{match[1][:-1]}:{match[2]}:{match[3]}"
        if key in here:
            return f"azureml:{here[key]}"
        reference = f"azureml:{match[2]}:{match[3]}"
    notes.append(l10n.t("The deployment names {reference}, which did not come.", reference=reference))
    return reference


def _code(
    configuration: Any, name: str, missing: Sequence[Mapping[str, str]], notes: list[str]
) -> dict[str, Any] | None:
    if not configuration:
        return None
    if missing:
        notes.append(l10n.t("The code of the deployment “{name}” is no longer in Azure or cannot be read.", name=name))
    script = str(configuration.get("scoring_script") or "")
    return {"code": f"./{name}/code", "scoring_script": str(PurePosixPath(script))}


def _environment(
    reference: object, own: Mapping[str, Any] | None, name: str, here: Mapping[str, str], notes: list[str]
) -> object:
    """One without a name of its own stands in the file itself."""
    if own is None:
        return _reference(reference, here, notes)
    if own["dockerfile"]:
        return {"build": {"path": f"./{name}/environment", "dockerfile_path": own["dockerfile"]}}
    inline = {"image": own["image"], "conda_file": f"./{name}/conda.yml" if own["conda"] else None}
    return {key: value for key, value in inline.items() if value}


def _compute(reference: object) -> object:
    match = _COMPUTE.fullmatch(str(reference or ""))
    return f"azureml:{match[1]}" if match else reference
