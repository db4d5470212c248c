"""Kind of Azure ML v2 asset that a YAML text describes: by its `$schema`, or by the keys it has when that is absent."""

from __future__ import annotations

import re
from typing import Literal

from scoredock.formats.signs import V2_SCHEMA

V2Kind = Literal[
    "online-endpoint", "online-deployment", "batch-endpoint", "batch-deployment", "environment-asset", "model-asset"
]
SCHEMA_HOST = "https://azuremlschemas.azureedge.net/latest/"
_KEY = re.compile(r"^\ufeff?[\"']?([A-Za-z][\w-]*)[\"']?[ \t]*:(?=[ \t\r\n]|$)", re.MULTILINE)
_BY_SCHEMA: dict[str, V2Kind] = {
    "managedonlineendpoint": "online-endpoint",
    "kubernetesonlineendpoint": "online-endpoint",
    "onlineendpoint": "online-endpoint",
    "managedonlinedeployment": "online-deployment",
    "kubernetesonlinedeployment": "online-deployment",
    "onlinedeployment": "online-deployment",
    "batchendpoint": "batch-endpoint",
    "batchdeployment": "batch-deployment",
    "modelbatchdeployment": "batch-deployment",
    "pipelinecomponentbatchdeployment": "batch-deployment",
    "environment": "environment-asset",
    "model": "model-asset",
}
_BATCH = {
    "compute",
    "minibatchsize",
    "outputaction",
    "outputfilename",
    "retrysettings",
    "maxconcurrencyperinstance",
    "errorthreshold",
    "logginglevel",
    "jobdefinition",
    "component",
    "settings",
}
_ONLINE = {
    "instancetype",
    "instancecount",
    "requestsettings",
    "livenessprobe",
    "readinessprobe",
    "scalesettings",
    "datacollector",
    "appinsightsenabled",
    "egresspublicnetworkaccess",
    "modelmountpath",
}
_FOREIGN = {
    "apiversion",
    "jobs",
    "services",
    "stages",
    "steps",
    "on",
    "trigger",
    "pool",
    "inputs",
    "outputs",
    "command",
    "experimentname",
    "displayname",
    "monitordefinition",
    "createmonitor",
    "provider",
    "spec",
    "runs",
    "script",
    "extends",
}
"""Keys that no file of ours has, but jobs, components, pipelines, manifests and compose files do."""
_AUTH = re.compile(
    r"^[\"']?auth_?mode[\"']?[ \t]*:[ \t]*[\"']?(?:key|a[am]l?d?_?token|\$|<|\{|__|none|anonymous)",
    re.MULTILINE | re.IGNORECASE,
)
_MODEL_TYPE = re.compile(r"^type[ \t]*:[ \t]*[\"']?(?:custom|mlflow|triton)_?model\b", re.MULTILINE | re.IGNORECASE)
_OF_ENVIRONMENT = {"name", "version", "image", "build", "description", "tags", "properties"}
_DEFAULT_DEPLOYMENT = re.compile(
    r"^defaults[ \t]*:(?:[ \t]*\r?\n[ \t]+|[ \t]*\{[ \t]*)deployment_?name", re.MULTILINE | re.IGNORECASE
)
_TYPE_OF_ENDPOINT = re.compile(r"^type[ \t]*:[ \t]*[\"']?(batch|online)\b", re.MULTILINE | re.IGNORECASE)
"""Of the preview of v2, whose endpoints of both kinds have traffic."""
_TYPE_OF_BATCH = re.compile(r"^type[ \t]*:[ \t]*[\"']?(?:model|pipeline)\b", re.MULTILINE | re.IGNORECASE)


def v2_kind(path: str, head: str) -> tuple[V2Kind | None, bool]:
    """The kind, and whether the text says by `$schema` that it belongs to Azure ML v2, of whatever kind."""
    schema = V2_SCHEMA.search(head)
    if schema is not None:
        address = schema.group(1).lower()
        if "azureml" not in address and "azure-ml" not in address:
            return None, False
        name = re.split(r"[/\\]", address)[-1].split(".")[0]
        return _BY_SCHEMA.get(name), True
    keys = {re.sub(r"[_-]", "", key.lower()) for key in _KEY.findall(head)}
    if keys & _FOREIGN and "endpointname" not in keys:
        return None, False
    return _by_keys(path, head, keys), False


def names_schema(head: str) -> bool:
    """True if the text says what it is."""
    return V2_SCHEMA.search(head) is not None


_AZURE = re.compile(r"azureml|Standard_|scoring_script|mlflow", re.IGNORECASE)
_OTHER_CLOUD = re.compile(
    r"\bml\.[a-z]\w*\.\w*(?:large|metal)\b|\bs3://|\bgs://|\barn:|^endpoint_name[ \t]*:[^#\n]*://", re.MULTILINE
)
_ANYBODYS = {"instancetype", "instancecount", "compute", "component", "settings", "modelmountpath"}
"""Keys that files of other clouds have beside the name of an endpoint."""
_COMMON = _ANYBODYS | {
    "endpointname",
    "environment",
    "environmentvariables",
    "description",
    "model",
    "name",
    "properties",
    "resources",
    "tags",
    "type",
}


def _is_of_others(head: str, keys: set[str]) -> bool:
    """True if a file with the name of an endpoint, and no `$schema`, is for another cloud or program."""
    if _OTHER_CLOUD.search(head):
        return True
    ours = keys & (_ONLINE | _BATCH) - _ANYBODYS or _AZURE.search(head) or "codeconfiguration" in keys
    return not ours and not keys <= _COMMON


def _is_environment(path: str, keys: set[str]) -> bool:
    """True if a file that names an image, and no packages, is called an environment and has no other program's keys."""
    return "env" in re.split(r"[\\/]", path.lower())[-1] and keys <= _OF_ENVIRONMENT


def _endpoint_kind(path: str, head: str, keys: set[str]) -> V2Kind:
    said = _TYPE_OF_ENDPOINT.search(head)
    if said is not None:
        return "batch-endpoint" if said[1].lower() == "batch" else "online-endpoint"
    batch = _DEFAULT_DEPLOYMENT.search(head) or "batch" in re.split(r"[\\/]", path.lower())[-1]
    return "batch-endpoint" if batch and "traffic" not in keys else "online-endpoint"


def _by_keys(path: str, head: str, keys: set[str]) -> V2Kind | None:
    if "endpointname" in keys:
        if _is_of_others(head, keys):
            return None
        if keys & _ONLINE:
            return "online-deployment"
        if keys & _BATCH or _TYPE_OF_BATCH.search(head):
            return "batch-deployment"
        return "online-deployment" if keys & {"model", "codeconfiguration", "environment"} else None
    if "name" not in keys:
        return None
    if "codeconfiguration" in keys and keys & {"model", "environment"}:  # the command names the endpoint
        return "batch-deployment" if keys & _BATCH else "online-deployment"
    if _AUTH.search(head) and not keys & {"image", "build"}:
        return _endpoint_kind(path, head, keys)
    if _DEFAULT_DEPLOYMENT.search(head):
        return "batch-endpoint"
    if {"image", "build"} & keys and ({"condafile", "inferenceconfig", "ostype"} & keys or _is_environment(path, keys)):
        return "environment-asset"
    return "model-asset" if "path" in keys and _MODEL_TYPE.search(head) else None
