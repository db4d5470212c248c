"""The workspaces of this machine, and which of them a folder means.

May import the registry and `workspace_config`.
Door: `Workspaces`.
"""

from scoredock.workspace.folders import DEFAULT_ID, WorkspaceInfo
from scoredock.workspace.workspaces import FolderWorkspace, Workspaces

__all__ = ["DEFAULT_ID", "FolderWorkspace", "WorkspaceInfo", "Workspaces"]
