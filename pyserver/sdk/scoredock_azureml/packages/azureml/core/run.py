"""Runs of MLflow under the names of the SDK."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Sequence, Tuple

from azureml._scoredock.absent import TRAINING, refuse_each
from azureml._scoredock.failures import ServerFailure, coded_error, exception_of
from azureml._scoredock.server import request
from azureml.core._offline_run import CONTEXT, LOG, _OfflineRun
from azureml.core.experiment import Experiment, stores
from azureml.exceptions import RunEnvironmentException, UserErrorException

if TYPE_CHECKING:
    from azureml.core.model import Model
    from azureml.core.resource_configuration import ResourceConfiguration
    from azureml.core.workspace import Workspace

_STATES = {"FINISHED": "Completed", "FAILED": "Failed", "KILLED": "Canceled", "RUNNING": "Running"}


class Run:
    """A run that a tracking store of MLflow has."""

    def __init__(self, experiment: Experiment, run_id: str, outputs: Any = None, **kwargs: Any) -> None:
        store, record = _find_run(run_id)
        self._take(experiment, store, record)

    def _take(self, experiment: Optional[Experiment], store: str, record: Dict[str, Any]) -> None:
        self.experiment = experiment
        self.id: str = record["id"]
        self._store = store
        self._record = record
        self.name: str = record["name"]
        self.display_name: str = record["name"]
        self.tags: Dict[str, str] = dict(record["tags"])
        self.properties: Dict[str, str] = dict(record["params"])
        self.type = "mlflow"

    @classmethod
    def _of(cls, experiment: Optional[Experiment], store: str, record: Dict[str, Any]) -> "Run":
        one = cls.__new__(cls)
        one._take(experiment, store, record)
        return one

    @staticmethod
    def get(workspace: "Workspace", run_id: str) -> "Run":
        """A run of the tracking stores that are found here."""
        store, record = _find_run(run_id)
        details = request("run/show", store=store, runId=run_id)
        return Run._of(Experiment(workspace, details["experiment"]["name"]), store, record)

    @staticmethod
    def list(
        experiment: Experiment,
        type: Any = None,
        tags: Any = None,
        properties: Any = None,
        status: Any = None,
        include_children: bool = False,
        _rehydrate_runs: bool = True,
    ) -> "Iterator[Run]":
        """Those of an experiment, newest first."""
        return experiment.get_runs(type, tags, properties, include_children)

    @staticmethod
    def get_context(allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any) -> _OfflineRun:
        """Around a script there is no run: what is logged is printed."""
        if not allow_offline:
            raise RunEnvironmentException()
        return CONTEXT

    @property
    def status(self) -> str:
        """Completed, Failed, Canceled or Running."""
        return _STATES.get(str(self._record["status"]), str(self._record["status"]))

    def get_status(self) -> str:
        """Completed, Failed, Canceled or Running."""
        return self.status

    def get_details(self) -> Dict[str, Any]:
        """What is known of it."""
        return {
            "runId": self.id,
            "status": self.status,
            "startTimeUtc": self._record["started"],
            "endTimeUtc": self._record["ended"],
            "properties": self.properties,
        }

    def get_metrics(
        self, name: Optional[str] = None, recursive: bool = False, run_type: Any = None, populate: bool = False
    ) -> Dict[str, float]:
        """Last values, by name."""
        metrics = {key: value for key, value in self._record["metrics"].items() if name in (None, key)}
        for child in self.get_children() if recursive else ():
            metrics.update(child.get_metrics(name))
        return metrics

    def get_tags(self) -> Dict[str, str]:
        """Its tags."""
        return dict(self.tags)

    def get_properties(self) -> Dict[str, str]:
        """Its parameters."""
        return dict(self.properties)

    def get_children(
        self,
        recursive: bool = False,
        tags: Any = None,
        properties: Any = None,
        type: Any = None,
        status: Any = None,
        _rehydrate_runs: bool = True,
    ) -> "Iterator[Run]":
        """Runs below it."""
        experiment = request("run/show", store=self._store, runId=self.id)["experiment"]["id"]
        found = request("run/list", store=self._store, experimentId=experiment, parent=self.id)["runs"]
        return iter([Run._of(self.experiment, self._store, record) for record in found])

    def get_file_names(self) -> "List[str]":
        """Paths of its artifacts."""
        found: List[str] = []
        folders = [""]
        while folders:
            path = folders.pop()
            listed = request("run/artifacts", store=self._store, runId=self.id, path=path)["artifacts"]
            found += [each["path"] for each in listed if not each["isFolder"]]
            folders += [each["path"] for each in listed if each["isFolder"]]
        return sorted(found)

    def download_file(
        self, name: str, output_file_path: Optional[str] = None, _validate_checksum: bool = False
    ) -> None:
        """Copies one artifact to this folder, or to the path that is given."""
        target = output_file_path or os.path.basename(name)
        if os.path.isdir(target) or target.endswith(("/", os.sep)):
            target = os.path.join(target, os.path.basename(name))
        try:
            request("run/download", store=self._store, runId=self.id, path=name, target=os.path.abspath(target))
        except ServerFailure as failure:
            raise exception_of(failure, kind=UserErrorException) from None

    def download_files(
        self,
        prefix: Optional[str] = None,
        output_directory: Optional[str] = None,
        output_paths: "Optional[List[str]]" = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: Any = None,
    ) -> None:
        """Copies all artifacts whose paths begin so."""
        names = [each for each in self.get_file_names() if each.startswith(prefix or "")]
        for number, name in enumerate(names):
            target = output_paths[number] if output_paths else os.path.join(output_directory or ".", name)
            self.download_file(name, target)

    def register_model(
        self,
        model_name: str,
        model_path: Optional[str] = None,
        tags: Optional[Dict[str, Any]] = None,
        properties: Optional[Dict[str, Any]] = None,
        model_framework: Optional[str] = None,
        model_framework_version: Optional[str] = None,
        description: Optional[str] = None,
        datasets: Optional[Sequence[Tuple[str, Any]]] = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: "Optional[ResourceConfiguration]" = None,
        **kwargs: Any,
    ) -> "Model":
        """The next version of that name, from the artifacts of the run."""
        given = dict(locals())
        from azureml.core.model import _described

        described = _described(given)
        return self._registered(self._workspace(), {"name": model_name, "path": model_path or model_name, **described})

    def _workspace(self) -> "Workspace":
        from azureml.core.workspace import Workspace

        return self.experiment.workspace if self.experiment is not None else Workspace.setup()

    def _registered(self, workspace: "Workspace", params: Dict[str, Any]) -> "Model":
        from azureml.core.model import _registered

        return _registered(workspace, "run/register", {"store": self._store, "runId": self.id, **params})

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> Dict[str, Any]:
        """Its details: the run has ended."""
        return self.get_details()

    def get_secrets(self, secrets: "Sequence[str]") -> Dict[str, Optional[str]]:
        """Variables of this process."""
        return {name: self.get_secret(name) for name in secrets}

    def get_secret(self, name: str) -> Optional[str]:
        """A variable of this process."""
        from azureml.core.keyvault import Keyvault

        return Keyvault(self._workspace()).get_secret(name)

    def __repr__(self) -> str:
        name = self.experiment.name if self.experiment is not None else ""
        return f"Run(Experiment: {name},\nId: {self.id},\nType: {self.type},\nStatus: {self.status})"


refuse_each(
    Run,
    (
        "add_properties",
        "add_type_provider",
        "cancel",
        "child_run",
        "clean",
        "complete",
        "create_children",
        "fail",
        "flush",
        "get_all_logs",
        "get_detailed_status",
        "get_details_with_logs",
        "get_environment",
        "get_snapshot_id",
        "get_submitted_run",
        "list_by_compute",
        "log",
        "log_accuracy_table",
        "log_confusion_matrix",
        "log_image",
        "log_list",
        "log_predictions",
        "log_residuals",
        "log_row",
        "log_table",
        "remove_tags",
        "restore_snapshot",
        "set_tags",
        "start",
        "submit_child",
        "tag",
        "take_snapshot",
        "upload_file",
        "upload_files",
        "upload_folder",
    ),
    LOG,
)


def get_run(experiment: Experiment, run_id: str, rehydrate: bool = True, clean_up: bool = True) -> Run:
    """A run by its id."""
    return Run(experiment, run_id)


def _find_run(run_id: str) -> Tuple[str, Dict[str, Any]]:
    """The store that has the run, and its record. Raises UserErrorException."""
    last: Optional[ServerFailure] = None
    for store in stores():
        try:
            return store, request("run/show", store=store, runId=run_id)["run"]
        except ServerFailure as failure:
            last = failure
    if last is not None and last.code != "run-not-found":
        raise exception_of(last, kind=UserErrorException)
    raise coded_error(
        UserErrorException,
        f"RunNotFound: no tracking store of MLflow that is found here has the run {run_id}.",
        "run-not-found",
        "Work in the folder with mlruns, or set MLFLOW_TRACKING_URI. " + TRAINING,
    )
