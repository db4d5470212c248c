"""The plugin for `mlflow.deployments`, at the place where azureml-mlflow has it; without MLflow it holds nothing."""

from __future__ import annotations

import contextlib

with contextlib.suppress(ImportError):
    from azureml.mlflow._deployments import WorkspaceDeployments, run_local, target_help

    __all__ = ["WorkspaceDeployments", "run_local", "target_help"]
