"""Paths of the files of services in the folder of a workspace."""

from __future__ import annotations

from pathlib import Path


def service_folder(workspace: Path, service: str) -> Path:
    """Log, keys, status and revisions of a service."""
    return workspace / "services" / service


def revision_folder(workspace: Path, service: str, revision: int) -> Path:
    """The staged files of a revision, and what was noted of them."""
    return service_folder(workspace, service) / "revisions" / str(revision)


def app_root(workspace: Path, service: str, revision: int) -> Path:
    """AML_APP_ROOT of a revision."""
    return revision_folder(workspace, service, revision) / "azureml-app"
