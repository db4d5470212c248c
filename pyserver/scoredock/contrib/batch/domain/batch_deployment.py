"""The YAML of a batch deployment of Azure ML v2, as far as it says what to run. What is wrong with the rest is said by
`checks.configs.v2`; docs/internals/batch-contract.md has the facts with their sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from scoredock import l10n
from scoredock.analysis.edits import plain
from scoredock.analysis.tree import Mapping as Table
from scoredock.analysis.tree import Node
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.formats.v2.online_deployment import OF_A_FILE
from scoredock.late_dataclass import dataclass
from scoredock.text import Range

_ASSET = re.compile(r"azureml:(?P<name>[\w.-]+)(?::(?P<version>\d+)|@(?P<label>[\w.-]+))?\Z")
_LATEST = "latest"
_PATHS = {
    "source": ("code_configuration", "code"),
    "script": ("code_configuration", "scoring_script"),
    "model_files": ("model", "path"),
    "conda_file": ("environment", "conda_file"),
}


@dataclass(frozen=True, slots=True)
class BatchDeploymentFile:
    """Contents of the file of a batch deployment. Paths are as they stand there, below the folder of the file."""

    script: str
    """Empty for a model that needs none."""
    source: str
    models: tuple[str, ...]
    """References of this workspace: `name`, `name:version`, `name@alias`."""
    model_files: tuple[str, str] | None
    """Name and path of a model that the file defines itself."""
    environment: str
    """Likewise; empty for a conda file, or nothing."""
    conda_file: str
    values: Mapping[str, Any]
    """The whole document, for `batch.configuration.from_v2`."""
    places: Mapping[str, Range]
    """Of the paths, by the name of their field here."""


@dataclass(frozen=True)
class BatchDeploymentFault(Exception):
    """The first thing that cannot be run here."""

    message: str
    range: Range


def read_batch_deployment(text: str, text_of_file: Callable[[str], str | None]) -> BatchDeploymentFile:
    """`text_of_file` gives the text of a file below the folder of this one, None where there is none. Raises
    BatchDeploymentFault, and what `text_of_file` raises."""
    tree = parse_yaml(text)
    if tree.problems:
        raise BatchDeploymentFault(tree.problems[0].message, tree.problems[0].range)
    root = tree.root
    if not isinstance(root, Table):
        raise BatchDeploymentFault(l10n.t("The file describes no batch deployment."), tree.lines.range(0, 0))
    values = {str(entry.key.value): plain(entry.value) for entry in root.entries}
    pipeline = root.get("component") or root.get("job_definition")
    if values.get("type") == "pipeline" or pipeline is not None:
        raise BatchDeploymentFault(
            l10n.t("The file deploys a pipeline; only batch deployments of models run here."),
            (pipeline or root.get("type") or root).range,
        )
    source, script = _code(root)
    environment, conda_file = _environment(root.get("environment"), text_of_file)
    models, files = _model(root.get("model"), values.get("name"))
    return BatchDeploymentFile(script, source, models, files, environment, conda_file, values, _places(root))


def _places(root: Table) -> dict[str, Range]:
    places = {}
    for field, (section, key) in _PATHS.items():
        table = root.get(section)
        node = table.get(key) if isinstance(table, Table) else None
        if node is not None:
            places[field] = node.range
    return places


def _code(root: Table) -> tuple[str, str]:
    node = root.get("code_configuration")
    values = plain(node)
    values = values if isinstance(values, dict) else {}
    source, script = values.get("code") or ".", values.get("scoring_script")
    if node is None and root.get("model") is not None:
        return "", ""  # of MLflow and other frameworks, which need none
    if node is None:
        raise BatchDeploymentFault(
            l10n.t("The file names neither a scoring script nor a model."),
            (root.entries[0].key if root.entries else root).range,
        )
    if not isinstance(script, str) or not script or not isinstance(source, str):
        raise BatchDeploymentFault(
            l10n.t("The file names no scoring script."),
            node.range,
        )
    if re.match(r"[a-z]+:", source):
        raise BatchDeploymentFault(l10n.t("The code is not on this machine: {path}.", path=source), node.range)
    return source, str(PurePosixPath(source) / script)


def _model(node: Node | None, deployment: object) -> tuple[tuple[str, ...], tuple[str, str] | None]:
    """The references, or name and path of one that is defined there; one without a name is called like the deployment.

    Raises BatchDeploymentFault.
    """
    value = plain(node)
    if node is None or value is None:
        return (), None
    reference = _reference(value)
    if reference is not None:
        return (reference,), None
    path = value.get("path") if isinstance(value, dict) else None
    name = (value.get("name") or deployment) if isinstance(value, dict) else None
    if not isinstance(path, str) or not isinstance(name, str) or re.match(r"[a-z]+:", path):
        raise BatchDeploymentFault(
            l10n.t("The model has to be a registered one, such as azureml:name:1, or have its files on this machine."),
            node.range,
        )
    return (), (name, path)


def _environment(node: Node | None, text_of_file: Callable[[str], str | None]) -> tuple[str, str]:
    """Reference and conda file, of which one is empty."""
    value, folder = plain(node), PurePosixPath()
    if node is None or value is None:
        return "", ""
    if isinstance(value, str) and value.startswith(OF_A_FILE):
        path = value.removeprefix(OF_A_FILE)
        text, folder = text_of_file(path), PurePosixPath(path).parent
        if text is None:
            raise BatchDeploymentFault(
                l10n.t("The file of the environment, {path}, does not exist.", path=path[:200]), node.range
            )
        value = plain(parse_yaml(text).root)
    if isinstance(value, dict):
        conda_file = value.get("conda_file")
        if isinstance(conda_file, str):
            return "", str(folder / conda_file)
        raise BatchDeploymentFault(
            l10n.t("The environment needs a conda file here; an image alone runs nothing on this machine."), node.range
        )
    reference = _reference(value)
    if reference is None:
        raise BatchDeploymentFault(l10n.t("The environment is not a reference such as azureml:name:1."), node.range)
    return reference, ""


def _reference(value: object) -> str | None:
    """`azureml:churn:1` as `churn:1`, `azureml:churn@latest` as `churn`."""
    match = _ASSET.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    if match["version"]:
        return f"{match['name']}:{match['version']}"
    return f"{match['name']}@{match['label']}" if match["label"] not in (None, _LATEST) else match["name"]
