"""The workspace that an address of MLflow means, and the requests to the server for it."""

from __future__ import annotations

import inspect
import re
from typing import Any, Dict, Optional, Type

from mlflow.exceptions import MlflowException

from azureml._scoredock.failures import ServerFailure, exception_of
from azureml._scoredock.server import request
from azureml.core.workspace import Workspace
from azureml.exceptions import AzureMLException, UserErrorException

_HERE = re.compile(r"azureml://localhost/mlflow/v1\.0/workspaces/(?P<id>[^/?]+)(?:/(?P<rest>[^?]*))?")
_IN_AZURE = re.compile(
    r"azureml://.*/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/[^/]+/workspaces"
    r"/(?P<name>[^/?]+)",
    re.IGNORECASE,
)
_ARTIFACTS = re.compile(r"(?P<kind>runs|models)/(?P<name>[^/]+)/(?:artifacts|versions)(?:/(?P<path>.*))?")
_MISSING = ("run-not-found", "run-artifact-missing", "model-not-found", "alias-not-found", "workspace-not-found")


class MlflowWorkspace:
    """A workspace as MLflow uses it. What the server refuses is raised as MlflowException."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.uri = workspace._own_tracking_uri()

    @classmethod
    def at(cls, uri: str) -> "MlflowWorkspace":
        """Workspace of an address: one of ours, or the address that the workspace has in Azure. Raises
        MlflowException.
        """
        here, in_azure = _HERE.match(uri), _IN_AZURE.match(uri)
        if here is not None:
            return cls(Workspace._of(_answer_of("workspace/show", id=here["id"])))
        if in_azure is None:
            raise MlflowException(f"{uri} is not the address of a workspace: use Workspace.get_mlflow_tracking_uri().")
        try:
            return cls(Workspace.get(in_azure["name"], None, in_azure["subscription"], in_azure["group"]))
        except AzureMLException as error:
            raise _raised(error, getattr(error, "code", "")) from None

    @classmethod
    def of_artifacts(cls, uri: str) -> "MlflowWorkspace":
        """Workspace of the run whose artifacts are at the address. Raises UserErrorException for one of
        another store.
        """
        if _HERE.match(uri) is None:
            raise UserErrorException(f"The run whose artifacts are at {uri} is not of a workspace.")
        return cls.at(uri)

    def ask(self, method: str, **params: Any) -> Any:
        """Raises MlflowException."""
        return _answer_of(method, workspaceId=self.workspace._record["id"], **params)

    def logged(self, run_id: str) -> Dict[str, Any]:
        """A run, its metrics by their last values. Raises MlflowException."""
        run: Dict[str, Any] = self.ask("run/search", runIds=[run_id])["runs"][0]
        return run

    def write(self, run_id: str, method: str, **params: Any) -> Any:
        """Asks for something of one run. Raises MlflowException."""
        return _answer_of(f"run/{method}", store=self.logged(run_id)["store"], runId=run_id, **params)

    def run_uri(self, run_id: str) -> str:
        """Address of the artifacts of a run."""
        return f"{self.uri}/runs/{run_id}/artifacts"

    def version_uri(self, name: str, version: Any) -> str:
        """Address of the files of a model version."""
        return f"{self.uri}/models/{name}/versions/{version}"


class ArtifactPlace:
    """Place that an address denotes: the run or model, and the path in it; for a model its version comes first."""

    def __init__(self, uri: str) -> None:
        match = _HERE.match(uri)
        parts = _ARTIFACTS.fullmatch((match["rest"] or "").rstrip("/")) if match is not None else None
        if parts is None:
            raise MlflowException(f"{uri} is neither of a run nor of a model of a workspace.")
        self.of_run = parts["kind"] == "runs"
        self.name, self.path = parts["name"], parts["path"] or ""

    @classmethod
    def of_a_run(cls, uri: str) -> "Optional[ArtifactPlace]":
        """Place of a run's artifacts; None for an address of anything else."""
        match = _HERE.match(uri)
        if match is None or not (match["rest"] or "").startswith("runs/"):
            return None
        return cls(uri)


def fitting(kind: Type[Any], **fields: Any) -> Any:
    """An object of MLflow, of those fields that this version of it takes."""
    parameters = inspect.signature(kind.__init__).parameters
    return kind(**{name: value for name, value in fields.items() if name in parameters})


def refuse_the_rest(kind: Any) -> Any:
    """Completes a class of a store: methods that this version of MLflow asks for and that are not here raise
    MlflowException when they are used.
    """
    for name in dir(kind):
        if getattr(getattr(kind, name), "__isabstractmethod__", False):
            setattr(kind, name, _refusing(name))
    kind.__abstractmethods__ = frozenset()
    return kind


def _refusing(name: str) -> Any:
    def refuse(*_: Any, **__: Any) -> Any:
        raise MlflowException(f"{name} has no meaning for a workspace of this machine. [sdk-not-here]")

    return refuse


def _answer_of(method: str, **params: Any) -> Any:
    try:
        return request(method, **params)
    except ServerFailure as failure:
        raise _raised(exception_of(failure), failure.code) from None


def _raised(error: AzureMLException, code: str) -> MlflowException:
    from mlflow.protos import databricks_pb2 as codes

    kind = codes.RESOURCE_DOES_NOT_EXIST if code in _MISSING else codes.INVALID_PARAMETER_VALUE
    return MlflowException(str(getattr(error, "message", "") or error), error_code=kind)
