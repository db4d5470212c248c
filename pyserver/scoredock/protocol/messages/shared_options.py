"""Fields that the params of most verbs have: the workspace, and the progress that a client shows."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, kw_only=True)
class WorkspaceParams:
    """Params of a verb that works in one workspace."""

    workspace_id: str = ""
    """Empty for the active workspace."""


@dataclass(frozen=True, kw_only=True)
class WorkspaceTask(WorkspaceParams):
    """Params of a verb of one workspace whose progress the client shows."""

    work_done_token: str | int | None = None
    """Of the progress that the client began; null for none."""
