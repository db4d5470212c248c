"""Functions of azureml-mlflow for scripts, and the plugins by which a workspace is a store of MLflow.

May import: the SDK; MLflow in the modules that begin with `_`, which are loaded by MLflow only.
Door: the two functions below, and `entry_point_loaders`, which MLflow's entry points name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

from azureml.core.run import Run

if TYPE_CHECKING:
    from azureml.core.model import Model

__all__ = ["get_portal_url", "register_model"]


def get_portal_url(run: Any) -> str:
    """The command that shows a run, of the SDK or of MLflow."""
    return _run(run).get_portal_url()


def register_model(run: Any, name: str, path: str, tags: Optional[Dict[str, str]] = None, **kwargs: Any) -> "Model":
    """The next version of that name, from the artifacts of a run of the SDK or of MLflow."""
    return _run(run).register_model(name, path, tags=tags, **kwargs)


def _run(run: Any) -> Run:
    if isinstance(run, Run):
        return run
    from azureml.mlflow._workspace import MlflowWorkspace

    return Run.get(MlflowWorkspace.of_artifacts(run.info.artifact_uri).workspace, run.info.run_id)
