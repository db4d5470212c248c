"""The id that Azure gives a workspace: topic of events, and namespace of lineage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_NONE = "00000000-0000-0000-0000-000000000000"


def workspace_topic(workspace: Path) -> str:
    """Id of a workspace as Azure writes it; one that was made here has a subscription of zeros."""
    try:
        document: dict[str, Any] = json.loads((workspace / "workspace.json").read_bytes())
    except (OSError, ValueError):
        document = {}
    subscription = document.get("subscription_id") or document.get("subscriptionId") or ""
    group = document.get("resource_group") or document.get("resourceGroup") or ""
    return azure_id(document.get("name") or workspace.name, subscription, group)


def azure_id(name: str, subscription: str, group: str) -> str:
    """Resource id of a workspace in Azure's form, from its parts; a workspace that was made here lacks the last two."""
    return (
        f"/subscriptions/{subscription or _NONE}/resourceGroups/{group or 'scoredock'}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{name}"
    )
