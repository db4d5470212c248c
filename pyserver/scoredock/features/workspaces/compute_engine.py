"""The engine that stands for ACI and AKS in a workspace: where a deployment for them runs when nobody says it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scoredock.engine_table import engine_kind
from scoredock.features.context import absolute
from scoredock.features.scripts.texts import read_text
from scoredock.service import EngineName
from scoredock.workspace import WorkspaceInfo

_LOCAL = "local"
_TYPE = "computeType"


def stand_in(
    workspace: WorkspaceInfo, deployment_config: str, settings: Mapping[str, str] | None, overlays: Mapping[str, str]
) -> EngineName:
    """What a deployment with this configuration, or with a `computeType` among the settings, runs with: for ACI and
    AKS what was chosen in the workspace, else a process."""
    target = (settings or {}).get(_TYPE, "").lower() or _target_of(deployment_config, overlays)
    return engine_kind(workspace.engine if target not in ("", _LOCAL) else "").name


def _target_of(path: str, overlays: Mapping[str, str]) -> str:
    """The compute type that a file names; empty for one that cannot be read, which deploying it tells of."""
    if not path:
        return ""
    from scoredock.formats.deployment import read_deployment

    text = read_text(Path(absolute(path)), overlays)
    config = read_deployment(text.removeprefix("\ufeff"), path).config if text is not None else None
    return config.compute_type if config is not None else ""
