"""Functions that the entry points of MLflow name, here and in azureml-mlflow: with that installed as well, both lead
here.
"""

from __future__ import annotations

from typing import Any, Optional


def azureml_store_builder(store_uri: str, artifact_uri: Optional[str] = None) -> Any:
    """Runs of the workspace of an address."""
    from azureml.mlflow._tracking import TrackingStore

    return TrackingStore(store_uri)


def azureml_model_registry_builder(store_uri: str, **_: Any) -> Any:
    """Models of the workspace of an address."""
    from azureml.mlflow._registry import ModelRegistry

    return ModelRegistry(store_uri)


def azureml_artifacts_builder(
    artifact_uri: str, tracking_uri: Optional[str] = None, registry_uri: Optional[str] = None
) -> Any:
    """Files of a run, or of a version of a model."""
    from azureml.mlflow._artifacts import ArtifactFolder

    return ArtifactFolder(artifact_uri)


def azureml_project_run_builder() -> Any:
    """Backend that runs an MLproject as a script that is submitted."""
    from azureml.mlflow._projects import ProjectBackend

    return ProjectBackend()
