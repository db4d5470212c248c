"""Deployments without an entry script: the generated script as files."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True)
class NoCodeWriteParams:
    """Where the script, the conda file and the inference configuration are written."""

    folder: str
    """Absolute path; it is made where it is missing. Files that are there already are never touched."""
    model: str = ""
    path: str = ""
    workspace_id: str = ""
    work_done_token: str | int | None = None
