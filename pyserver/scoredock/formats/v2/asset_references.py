"""References of a deployment of Azure ML v2 to a model or an environment: `azureml:name:version`, and the long
forms."""

from __future__ import annotations

import re

from scoredock.late_dataclass import dataclass

_VERSIONED = r"(?P<name>[\w.-]+)(?:/(?:versions/(?P<version>[\w.-]+)|labels/(?P<label>[\w.-]+)))?/?\Z"
_SHORT = re.compile(r"azureml:(?P<name>[\w.-]+)(?::(?P<version>[\w.-]+)|@(?P<label>[\w.-]+))?\Z")
_REGISTRY = re.compile(rf"azureml://registries/(?P<registry>[\w.-]+)/(?:models|environments)/{_VERSIONED}")
_LONG = re.compile(
    rf"(?:azureml:/?)?/(?:subscriptions|locations)/.*?/?workspaces/(?P<workspace>[^/]+)/(?:models|environments)"
    rf"/{_VERSIONED}",
    re.IGNORECASE,
)
_LATEST = "latest"


@dataclass(frozen=True, slots=True)
class AssetReference:
    """An asset that is registered somewhere."""

    text: str
    """As it stands in the file."""
    name: str
    version: str = ""
    """Empty for the newest, or for what `label` says."""
    label: str = ""
    """An alias; `latest` is none."""
    workspace: str = ""
    """Name or id of the workspace that is named; empty for the one that is deployed to."""
    registry: str = ""
    """Name of the registry of Azure ML that is named; empty for none."""

    @property
    def here(self) -> str:
        """Reference in the workspace of this machine: `name:version`, `name@alias`, or `name` for the newest."""
        if self.version:
            return f"{self.name}:{self.version}"
        return f"{self.name}@{self.label}" if self.label else self.name


def asset_reference(value: object) -> AssetReference | None:
    """Reference in a value of the file; None for any other value."""
    if not isinstance(value, str):
        return None
    match = _SHORT.match(value) or _REGISTRY.match(value) or _LONG.match(value)
    if match is None:
        return None
    parts = match.groupdict()
    label = parts["label"] or ""
    return AssetReference(
        value,
        parts["name"],
        parts["version"] or "",
        "" if label == _LATEST else label,
        parts.get("workspace") or "",
        parts.get("registry") or "",
    )
