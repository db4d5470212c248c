"""Properties by which a version here tells that it came from Azure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scoredock.contrib.azure.domain.account import AzureWorkspace
from scoredock.registry.grammar import LONGEST_KEY, LONGEST_VALUE, MOST_LABELS

if TYPE_CHECKING:
    from scoredock.registry import Registry
    from scoredock.registry.records import ModelSummary

WORKSPACE, ORIGIN, FILES = "azureml.workspace", "azureml.origin", "azureml.files"
_OWN = 8
"""Properties of ours beside those of Azure."""


def versions_here(registry: Registry, workspace: AzureWorkspace) -> dict[str, ModelSummary]:
    """Key in Azure → the newest version here that came from it."""
    versions = registry.models(properties=[f"{WORKSPACE}={workspace.identity}"])
    return {each.properties[ORIGIN]: each for each in reversed(versions) if ORIGIN in each.properties}


def properties_of(
    workspace: AzureWorkspace, item: Mapping[str, Any], document: Mapping[str, Any], digest: str
) -> tuple[dict[str, str], list[str]]:
    """Properties that a version gets, and the names of those of Azure that cannot be kept."""
    labels, left_out = labels_of(document.get("properties") or {}, MOST_LABELS - _OWN)
    own = {
        WORKSPACE: workspace.identity,
        ORIGIN: item["key"],
        FILES: digest,
        "azureml.created": str(document.get("created") or ""),
        "azureml.type": str(document.get("type") or ""),
        "azureml.job": str(document.get("job") or ""),
        "azureml.archived": "true" if item["archived"] else "",
    }
    return {**labels, **{name: value for name, value in own.items() if value}}, left_out


def labels_of(labels: Mapping[str, str], most: int = MOST_LABELS) -> tuple[dict[str, str], list[str]]:
    """Labels that a version here can have, and the names of the others."""
    fitting: dict[str, str] = {}
    left_out = []
    for name, value in labels.items():
        fits = 0 < len(name.strip()) <= LONGEST_KEY and "=" not in name and len(value) <= LONGEST_VALUE
        plain = name.isprintable() and all(sign.isprintable() or sign in "\n\t\r" for sign in value)
        if fits and plain and len(fitting) < most:
            fitting[name] = value
        else:
            left_out.append(name[:80])
    return fitting, left_out
