"""Kind of a JSON or YAML configuration (inference, deployment, conda, environment, workspace), by its name and its
keys; and the kind of a list of packages."""

from __future__ import annotations

import json
import re
from typing import Literal

from scoredock.formats.configuration_keys import has_keys_of, names_our_compute
from scoredock.formats.environment_form import form_of
from scoredock.formats.other_programs import is_other_environment
from scoredock.formats.signs import DEPLOYMENT_NAME, INFERENCE_NAME, JSON_KEY
from scoredock.formats.v2.kinds import V2Kind, v2_kind

ConfigurationKind = (
    Literal["inference-config", "deployment-config", "conda", "requirements", "environment", "workspace-config"]
    | V2Kind
)

_REST_KEY = re.compile(
    r"[\"'](?:imageId|kvTags|environmentImageRequest|deploymentType|computeLocation)[\"']\s*:|[\"']computeType[\"']\s*:\s*null\b"
)
"""Keys of what the SDK sends to the service, which has `computeType` as well."""
_RUN_CONFIGURATION = re.compile(
    r"^[ \t{]*[\"']?(?:communicator|dataReferences|sourceDirectoryDataStore)[\"']?[ \t]*:", re.MULTILINE
)
"""Keys beside the environment in what `RunConfiguration.save` writes."""
SCHEMA = re.compile(r"^[ \t{]*[\"']?\$schema[\"']?[ \t]*:[ \t]*[\"']?https?://json-schema\.org/", re.MULTILINE)
_TYPE_OBJECT = re.compile(
    r"^[ \t]{0,4}type[ \t]*:[ \t]*[\"']?object\b|[{,]\s*[\"']type[\"']\s*:\s*[\"']object[\"']", re.MULTILINE
)
_OPENAPI = re.compile(r"^[ \t{]*[\"']?(?:swagger|openapi)[\"']?[ \t]*:[ \t]*[\"']?[23]\.", re.MULTILINE)
_PROPERTIES = re.compile(
    r"[\"'](?:properties|definitions|\$defs)[\"']\s*:\s*\{\s*[\"'][^\"'\n]*[\"']\s*:\s*\{"
    r"|^[ \t]*properties[ \t]*:[ \t]*\r?\n[ \t]+[\w\"'-]+[ \t]*:[ \t]*\r?$",
    re.MULTILINE,
)
"""A schema says what the keys of another file are; its own have their names."""
CONDA_NAME = re.compile(
    r"(?:.*[-_.])?(?:conda|environment|env|myenv|.*env|conda[-_]?(?:dependencies|env|file))(?:[-_.].*)?\.ya?ml$"
)
_REQUIREMENTS_NAME = re.compile(r"(?:.*[-_.])?requirements(?:[-_.].*)?\.(?:txt|in)$")
_TOP_DEPENDENCIES = re.compile(r"^dependencies[ \t]*:[ \t]*(?:#[^\n]*)?\r?$", re.MULTILINE)
_CONDA_KEYS = re.compile(r"^(?:channels[ \t]*:|[ \t]*-[ \t]+(?:python|pip)[ \t]*(?:[:=<>]|$))", re.MULTILINE)
_BEGINS_AS_CONDA = re.compile(
    r"\ufeff?(?:[ \t]*(?:#[^\n]*|-{3}[ \t]*)?\r?\n)*(?:name|channels|dependencies|prefix)[ \t]*:"
)
"""Lists of several environments, as programs print them, begin otherwise."""
_CONDA_HINT = re.compile(
    r"^\ufeff?(?:[\"']?depend[ae]nc\w*[\"']?|channels)[ \t]*:|^[ \t]*-[ \t]+(?:python[ \t]*[=<>]|azureml-|pip[ \t]*:)",
    re.MULTILINE,
)
_JSON_CONDA = re.compile(r"[\"']dependencies[\"']\s*:\s*\[\s*[\"'](?:python|pip)\b")
_MLFLOW = re.compile(r"^build_dependencies[ \t]*:", re.MULTILINE)
"""A key of MLflow's python_env.yaml, which lists packages in a form of its own."""
_FOREIGN = re.compile(r"^(?:apiVersion|kind|jobs|services|\$schema)[ \t]*:", re.MULTILINE)
_OTHERS = re.compile(r"^[ \t]*[\"']?(?:apiVersion|kind|containers|AWSTemplateFormatVersion)[\"']?[ \t]*:", re.MULTILINE)
"""Keys of what other clusters and clouds call a deployment configuration."""
_NESTED_TYPE = re.compile(r"[\"']properties[\"']\s*:\s*\{[^{}]*[\"']computeType[\"']")
_OTHER_TYPE = re.compile(r"\bcomputeType[\"']?\s*:\s*(?:\{|[\"']?BUILD_)|[\"']Microsoft\.\w+/|deploymentTemplate\.json")
"""Builds and interface definitions of another cloud have a `computeType` too."""
_WORKSPACE = ("subscription_id", "resource_group", "workspace_name")
_ANY_KEY = re.compile(r"[\"'](\w+)[\"']\s*:")
_VALUE = re.compile(r"\s*[\"']?([^\s\"',}]+)")
_OTHER_SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".tsx", ".sh", ".ps1", ".rb", ".php", ".html")
_TOP_TYPE = re.compile(r"\A\ufeff?\s*\{|^\ufeff?[\"']?computeType\b", re.MULTILINE)


def package_list_kind(name: str, head: str) -> ConfigurationKind | None:
    """Kind of a file of plain lines: a conda file by its content, requirements by their name; None for any other."""
    if _BEGINS_AS_CONDA.match(head) and _has_conda_keys(head):
        return "conda"
    return "requirements" if _REQUIREMENTS_NAME.match(name) else None


def _is_schema(head: str) -> bool:
    """True if a text is a JSON schema or the description of an interface, in JSON or YAML: by what it says of itself,
    or by how it describes an object."""
    if SCHEMA.search(head) or _OPENAPI.search(head):
        return True
    return "properties" in head and bool(_TYPE_OBJECT.search(head) and _PROPERTIES.search(head))


def configuration_kind(name: str, folder: str, head: str) -> ConfigurationKind | None:
    if _is_schema(head) or _RUN_CONFIGURATION.search(head):  # which holds an environment
        return None
    if name == "azureml_environment.json":
        return "environment"
    if name.endswith((".yml", ".yaml")):
        newer, _ = v2_kind(name, head)
        if newer is not None:
            return newer
    if INFERENCE_NAME.search(name):
        return "inference-config" if has_keys_of("inference", head) else None
    if DEPLOYMENT_NAME.search(name):
        foreign = _OTHERS.search(head) and not JSON_KEY["computeType"].search(head)
        return None if foreign or not has_keys_of("deployment", head) else "deployment-config"
    return None if _FOREIGN.search(head) else _kind_by_keys(name, folder, head)


def _kind_by_keys(name: str, folder: str, head: str) -> ConfigurationKind | None:
    """Kind of a file that is called like neither configuration of a deployment."""
    if _names_script(head):
        return "inference-config"
    if JSON_KEY["computeType"].search(head):
        return "deployment-config" if _names_compute(name, head) else None
    if name.endswith(".json"):
        return _json_kind(name, folder, head)
    return _yaml_kind(name, head)


def _yaml_kind(name: str, head: str) -> ConfigurationKind | None:
    """Kind of a YAML file that is neither configuration of a deployment; JSON is YAML."""
    if head.lstrip("\ufeff \t\r\n").startswith("{") and _names_packages(head):
        return "environment"
    return "conda" if _is_conda(name, head) else None


def _names_packages(head: str) -> bool:
    """True if a text has the keys of an environment as Azure prints it, in JSON."""
    return any(JSON_KEY[key].search(head) for key in ("condaDependencies", "condaDependenciesFile"))


def _json_kind(name: str, folder: str, head: str) -> ConfigurationKind | None:
    """Kind of a JSON file that is neither configuration of a deployment."""
    if _JSON_CONDA.search(head) and form_of(name, head) == "conda":
        return "conda"
    if _names_packages(head):
        return "environment"
    if folder in (".azureml", "aml_config") and name == "config.json":
        return None if folder == "aml_config" and _is_settings(head) else "workspace-config"
    return "workspace-config" if name.endswith("config.json") and _names_workspace(name, head) else None


def _is_settings(head: str) -> bool:
    """True if a file has keys, and none that speaks of a workspace: the first Azure ML kept it in `aml_config`, where
    projects keep their own settings as well."""
    keys = [re.sub(r"[_-]", "", key).lower() for key in _ANY_KEY.findall(head)]
    return bool(keys) and not any(re.search(r"subsc|resource|group|works?pace|^scope|^id$", key) for key in keys)


def _names_script(head: str) -> bool:
    """True if a file of any name is an inference configuration: other programs start an `entryScript` too."""
    found = JSON_KEY["entryScript"].search(head)
    if found is None:
        return False
    value = _VALUE.match(head, found.end())
    if value is not None and value.group(1).startswith("{"):
        return False  # what describes such a file
    return value is None or not value.group(1).lower().endswith(_OTHER_SCRIPTS)


def _names_compute(name: str, head: str) -> bool:
    """True if a file of any name with a `computeType` is a deployment configuration."""
    if any(pattern.search(head) for pattern in (_REST_KEY, _NESTED_TYPE, _OTHER_TYPE)):
        return False
    if not name.endswith(".json") and not _TOP_TYPE.search(head):
        return False
    return names_our_compute(head) and re.match(r"\ufeff?\s*\{?\s*[\"']?\w+[\"']?\s*:", head) is not None


def _names_workspace(name: str, head: str) -> bool:
    """True if a file holds the keys of a workspace; under a name of its own it has them all, for a project may have its
    own settings there."""
    keys = {key for key in _WORKSPACE if JSON_KEY[key].search(head)}
    if not {"subscription_id", "workspace_name"} <= keys:
        return False
    if re.match(r"\ufeff?\s*\[", head):  # one in a list is a slip, several are for another program
        return name == "config.json" and len(JSON_KEY["workspace_name"].findall(head)) == 1
    if _is_nested(head, is_own_name=name == "config.json"):
        return False
    return name == "config.json" or len(keys) == len(_WORKSPACE) or len(set(_ANY_KEY.findall(head))) == len(keys)


def _is_nested(head: str, *, is_own_name: bool) -> bool:
    """True if the keys of a workspace are those of objects inside a file, which then is for another program; under the
    name that the file of a workspace has, one object alone is a slip."""
    try:
        tree = json.loads(head)
    except (ValueError, RecursionError):
        return False
    return isinstance(tree, dict) and not any(key in tree for key in _WORKSPACE) and len(tree) > is_own_name


def _is_conda(name: str, head: str) -> bool:
    if _MLFLOW.search(head) or is_other_environment(name, head):
        return False
    if _has_conda_keys(head):
        return True
    written = head.lstrip().startswith("%%writefile")
    return bool(CONDA_NAME.match(name)) and bool(_JSON_CONDA.search(head) or _CONDA_HINT.search(head) or written)


def _has_conda_keys(head: str) -> bool:
    """True if a text has the keys that only a conda file has, at their places."""
    return bool(_TOP_DEPENDENCIES.search(head) and _CONDA_KEYS.search(head))
