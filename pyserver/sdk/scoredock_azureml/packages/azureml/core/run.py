"""`Run`: those that the workspace keeps, and those of MLflow, which are read only."""

from __future__ import annotations

import importlib
import json
import os
import re
import threading
import time
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple, Type, Union

from azureml._scoredock import notes
from azureml._scoredock.absent import TRAINING, refuse_each
from azureml._scoredock.failures import ServerFailure, coded_error, exception_of
from azureml._scoredock.server import request
from azureml._scoredock.submission import SUBMITTED as SUBMITTED
from azureml._scoredock.temporary import scratch_folder
from azureml.core._offline_run import CONTEXT, LOG, _OfflineRun
from azureml.core._run_logging import RunLogging, artifact_name
from azureml.core._run_logs import LOGS, LogFiles
from azureml.core._snapshots import RunSnapshots
from azureml.core._workspace_records import command_line
from azureml.core.experiment import OWN, Experiment, stores
from azureml.exceptions import (
    ActivityFailedException,
    AzureMLException,
    ModelPathNotFoundException,
    RunEnvironmentException,
    ServiceException,
    UserErrorException,
)

if TYPE_CHECKING:
    from azureml.core.environment import Environment
    from azureml.core.model import Model
    from azureml.core.resource_configuration import ResourceConfiguration
    from azureml.core.workspace import Workspace

KINDS: "Dict[str, Type[Run]]" = {}
"""By type: the classes of runs that modules beside azureml.core have."""
_HOMES = {
    **dict.fromkeys(("azureml.PipelineRun", "azureml.StepRun"), "azureml.pipeline.core.run"),
    "hyperdrive": "azureml.train.hyperdrive.run",
}
"""Where they are; imported with the first run of the type, as azureml-core does by its entry points."""
TARGET = "azureml.target"  # property of a run whose script was submitted to a target with a name
OUTPUT_NAMES = "AZUREML_DATASET_FILE_OUTPUTS"
"""Variable of a submitted script: the names of the variables that have the folders of its outputs."""
_ENVIRONMENTS = ".run-environments"
"""Where the workspace keeps what scripts were submitted with."""
_BEGUN_HERE: Set[str] = set()
"""Ids of the runs that this process has begun by hand, and ends."""
_STATES = {"FINISHED": "Completed", "FAILED": "Failed", "KILLED": "Canceled", "RUNNING": "Running"}


class Run(RunSnapshots, RunLogging):
    """A run of the workspace, or one that a tracking store of MLflow has."""

    _is_submitted_here = False  # whether this process has begun what it runs, and follows it

    def __init__(self, experiment: Experiment, run_id: str, outputs: Any = None, **kwargs: Any) -> None:
        store, record = _find_run(run_id, experiment.workspace)
        self._take(experiment, store, record)

    def _take(self, experiment: Optional[Experiment], store: str, record: Dict[str, Any]) -> None:
        self.experiment = experiment
        self.id: str = record["id"]
        self._store = store
        self._record = record
        self.name: str = record["name"]
        self.display_name: str = record["name"]
        self.tags = dict(record["tags"])
        self.properties = dict(record["params"])
        self._type = ""

    @property
    def type(self) -> str:
        """Kind of the run, as Azure writes it."""
        if not self._type:
            logged = self._logged()
            self._type = "mlflow" if logged is None else str(logged["type"] or "azureml.scriptrun")
        return self._type

    @classmethod
    def _of(cls, experiment: Optional[Experiment], store: str, record: Dict[str, Any]) -> "Run":
        one = cls.__new__(cls)
        one._take(experiment, store, record)
        if cls is not Run or store not in OWN or one.type not in _HOMES:
            return one
        importlib.import_module(_HOMES[one.type])
        return KINDS[one.type]._of(experiment, store, record)

    @classmethod
    def _begin(cls, experiment: Experiment, outputs: Any = None, **params: Any) -> "Run":
        """A new run of the workspace. Raises UserErrorException."""
        name = params.pop("name", None)
        record = experiment.workspace._ask_raising(
            UserErrorException,
            "run/begin",
            experiment=experiment.name,
            name=name or "",
            processId=os.getpid(),
            **{key: value for key, value in params.items() if value},
        )
        OWN.add(record["store"])
        begun = cls._of(experiment, record["store"], record["run"])
        begun._type = record["type"]
        begun._watch(outputs)
        if cls is Run:
            _BEGUN_HERE.add(begun.id)
        return begun

    def _logged(self) -> Optional[Dict[str, Any]]:
        """All that the workspace knows of it; None for a run of MLflow."""
        return self._write("logged") if self._store in OWN else None

    @classmethod
    def get(cls, workspace: "Workspace", run_id: str) -> "Run":
        """A run of the workspace, or of the tracking stores that are found here."""
        store, record = _find_run(run_id, workspace)
        details = request("run/show", store=store, runId=run_id)
        return cls._of(Experiment(workspace, details["experiment"]["name"]), store, record)

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
        """Runs of an experiment, newest first."""
        runs = experiment.get_runs(type, tags, properties, include_children)
        return (run for run in runs if status in (None, run.status))

    @staticmethod
    def get_context(
        allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any
    ) -> "Union[Run, _OfflineRun]":
        """The run whose script this is; around any other script there is none, and what is logged is printed."""
        submitted = os.environ.get(SUBMITTED)
        if submitted:
            return _submitted(submitted)
        if not allow_offline:
            raise RunEnvironmentException()
        return CONTEXT

    @classmethod
    def get_submitted_run(cls, **kwargs: Any) -> "Union[Run, _OfflineRun]":
        """The name of 2018: the run whose script this is. Raises RunEnvironmentException around any other script."""
        return cls.get_context(allow_offline=False, **kwargs)

    @property
    def status(self) -> str:
        """Completed, Failed, Canceled, Running or NotResponding."""
        logged = self._logged()
        if logged is not None:
            return str(logged["status"])
        return _STATES.get(str(self._record["status"]), str(self._record["status"]))

    def get_status(self) -> str:
        """Completed, Failed, Canceled, Running or NotResponding."""
        return self.status

    @property
    def parent(self) -> "Optional[Run]":
        """The run that it is a part of."""
        id = self._record["parent"]
        return (
            Run._of(self.experiment, self._store, request("run/show", store=self._store, runId=id)["run"])
            if id
            else None
        )

    def get_details(self) -> Dict[str, Any]:
        """Details of the run: its status, times, properties and log files, under the names of the SDK."""
        logged = self._logged()
        record = self._record if logged is None else logged["run"]
        details: Dict[str, Any] = {
            "runId": self.id,
            "target": self.properties.get(TARGET, "local"),
            "status": self.status,
            "startTimeUtc": record["started"] if logged is None else _written(record["started"]),
            "endTimeUtc": record["ended"] if logged is None else _written(record["ended"]),
            "services": {},
            "properties": dict(self.properties if logged is None else logged["properties"]),
            "inputDatasets": [],
            "outputDatasets": [],
            "logFiles": LogFiles(),
        }
        if logged is not None and logged["error"]:
            details["error"] = {"error": {"code": "UserError", "message": logged["error"]}}
        return details

    def get_metrics(
        self, name: Optional[str] = None, recursive: bool = False, run_type: Any = None, populate: bool = False
    ) -> Dict[str, Any]:
        """Metrics by name: a value, the list of those that were logged under it, or the columns of a table. `recursive`
        adds those of its children, of runs of the workspace by the id of each run.
        """
        logged = self._logged()
        if logged is None:
            metrics = {key: value for key, value in self._record["metrics"].items() if name in (None, key)}
            for child in self.get_children() if recursive else ():
                metrics.update(child.get_metrics(name))
            return metrics
        found = {key: value for key, value in _metrics(logged["metrics"]).items() if name in (None, key)}
        if not recursive:
            return found
        children = {child.id: child.get_metrics(name) for child in self.get_children(recursive=True)}
        return {**children, self.id: found}

    def get_tags(self) -> Dict[str, str]:
        """Tags of the run."""
        logged = self._logged()
        if logged is not None:
            self.tags = dict(logged["tags"])
        return dict(self.tags)

    def get_properties(self) -> Dict[str, str]:
        """Properties of the run; of a run of MLflow its parameters."""
        logged = self._logged()
        if logged is not None:
            self.properties = dict(logged["properties"])
        return dict(self.properties)

    def get_portal_url(self) -> str:
        """Command that shows the run, as there is no page of it."""
        if self._store not in OWN:
            return f"scoredock run show {self._store} {self.id}"
        return command_line(f"run show workspace {self.id}", self._workspace()._record)

    def child_run(self, name: Optional[str] = None, run_id: Optional[str] = None, outputs: Any = None) -> "Run":
        """A run that is a part of it."""
        return Run._begin(self._own_experiment(), outputs or False, name=name, runId=run_id, parent=self.id)

    def create_children(
        self, count: Optional[int] = None, tag_key: Optional[str] = None, tag_values: Optional[Sequence[str]] = None
    ) -> "List[Run]":
        """Creates several child runs at once, by number or one for each value of a tag."""
        if (count is None) == (tag_key is None or tag_values is None):
            raise UserErrorException("Either count or both of tag_key and tag_values must be specified.")
        tags = [{}] * count if count is not None else [{str(tag_key): str(value)} for value in tag_values or ()]
        return [Run._begin(self._own_experiment(), False, parent=self.id, tags=each) for each in tags]

    def submit_child(self, config: Any, tags: Any = None, **kwargs: Any) -> Any:
        """Submits a script, a search or a pipeline as a part of it."""
        return self._own_experiment().submit(config, tags, _parent_run_id=self.id, **kwargs)

    def _own_experiment(self) -> Experiment:
        if self.experiment is None:
            raise UserErrorException(f"The run {self.id} is of no experiment of the workspace.")
        return self.experiment

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> None:
        if value is None:
            self.complete()
        else:
            self.fail(error_details=value, error_code=type(value).__name__)

    def get_children(
        self,
        recursive: bool = False,
        tags: Any = None,
        properties: Any = None,
        type: Any = None,
        status: Any = None,
        _rehydrate_runs: bool = True,
    ) -> "Iterator[Run]":
        """Runs below it, newest first."""
        experiment = request("run/show", store=self._store, runId=self.id)["experiment"]["id"]
        page = ""
        while True:
            response = request("run/list", store=self._store, experimentId=experiment, parent=self.id, page=page)
            for record in response["runs"]:
                child = Run._of(self.experiment, self._store, record)
                if fits(child, type, tags, properties, status):
                    yield child
                if recursive:
                    yield from child.get_children(True, tags, properties, type, status)
            page = response["nextPage"]
            if not page:
                return

    def get_file_names(self) -> "List[str]":
        """Paths of its artifacts; the log of its script has either of the names that Azure has had for it."""
        kept = self._kept_names()
        return sorted({*kept, LOGS[1]}) if LOGS[0] in kept else kept

    def _kept_names(self) -> "List[str]":
        paths: List[str] = []
        folders = [""]
        while folders:
            path = folders.pop()
            listed = request("run/artifacts", store=self._store, runId=self.id, path=path)["artifacts"]
            paths += [each["path"] for each in listed if not each["isFolder"]]
            folders += [each["path"] for each in listed if each["isFolder"]]
        return sorted(paths)

    def download_file(
        self, name: str, output_file_path: Optional[str] = None, _validate_checksum: bool = False
    ) -> None:
        """Copies one artifact to this folder, or to the path that is given."""
        name = artifact_name(name)
        if name == LOGS[1] and name not in self._kept_names():
            name = LOGS[0]
        target = os.fspath(output_file_path or os.path.basename(name))
        if os.path.isdir(target) or target.endswith(("/", os.sep)):
            target = os.path.join(target, os.path.basename(name))
        try:
            request("run/download", store=self._store, runId=self.id, path=name, target=os.path.abspath(target))
        except ServerFailure as failure:
            raise exception_of(failure, kind=UserErrorException) from None

    def get_environment(self) -> "Environment":
        """Environment that its script was submitted with. Raises UserErrorException if it was not submitted."""
        from azureml.core.environment import environment_of

        definition = notes.read(self._workspace(), _ENVIRONMENTS, _file_of(self))
        if not definition:
            raise UserErrorException(f"The run {self.id} has no environment: its script was not submitted here.")
        return environment_of(definition)

    def download_files(
        self,
        prefix: Optional[str] = None,
        output_directory: Optional[str] = None,
        output_paths: "Optional[List[str]]" = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: Any = None,
    ) -> None:
        """Copies all artifacts whose paths begin so; without `append_prefix` their paths below the output directory
        lack that folder. Raises UserErrorException where there are none."""
        begin = artifact_name(prefix or "").rstrip("/")
        names = [each for each in self.get_file_names() if each.startswith(begin)]
        if not names:
            raise UserErrorException(f"The run {self.id} has no file whose path begins with {begin or '/'}.")
        for number, name in enumerate(names):
            is_below = begin and not append_prefix and output_directory is not None and name.startswith(f"{begin}/")
            below = output_paths[number] if output_paths else name[len(begin) + 1 :] if is_below else name
            self.download_file(name, os.path.join(output_directory or "", below))

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
        """The next version of that name, from the artifacts of the run; `.` are all of them."""
        arguments = dict(locals())
        from azureml.core._model_record import described

        fields = described(arguments, self._workspace())
        path = artifact_name(model_path or model_name) or "."
        return self._registered(self._workspace(), {"name": model_name, "path": path, **fields})

    def _workspace(self) -> "Workspace":
        from azureml.core.workspace import Workspace

        return self.experiment.workspace if self.experiment is not None else Workspace.setup()

    def _registered(self, workspace: "Workspace", params: Dict[str, Any]) -> "Model":
        from azureml.core.model import _registered

        try:
            return _registered(workspace, "run/register", {"store": self._store, "runId": self.id, **params})
        except AzureMLException as error:
            if error.code != "run-artifact-missing":
                raise
            raise coded_error(
                ModelPathNotFoundException,
                f"Could not locate the provided model_path {params['path']} in the set of files uploaded to the run:"
                f" {self.get_file_names()}.",
                error.code,
                "Upload it first: run.upload_file(name, path), or write it into the folder outputs.",
            ) from None

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> Dict[str, Any]:
        """Waits until it has ended, whichever process works on it, and gives its details. Raises
        ActivityFailedException, and UserErrorException for a run that only the lines behind this one could end."""
        from azureml.core.script_run import POLLING_SECONDS

        is_own = self._is_submitted or self.id in _BEGUN_HERE
        while self.status == "Running":
            if is_own and all(each.daemon or each is threading.current_thread() for each in threading.enumerate()):
                raise coded_error(
                    UserErrorException,
                    f"The run {self.id} is this script's own, and it cannot end while the script waits for it.",
                    "run-value-invalid",
                    "Leave the call out." if self._is_submitted else "Call complete() of the run first.",
                )
            time.sleep(POLLING_SECONDS)
        details = self.get_details()
        if raise_on_error and details["status"] == "Failed" and self._store in OWN:
            error = details.get("error") or "Detailed error not set on the Run. Please check the logs for details."
            raise ActivityFailedException(error_details=json.dumps(error, indent=4))
        return details

    def get_details_with_logs(self) -> Dict[str, Any]:
        """Details of the run with the text of its logs."""
        details = self.get_details()
        with scratch_folder("log") as folder:
            for name in self._log_names():
                path = os.path.join(folder, "log")
                self.download_file(name, path)
                with open(path, encoding="utf-8", errors="replace") as file:
                    details["logFiles"][name] = file.read()
        return details

    def get_all_logs(self, destination: Optional[str] = None) -> "List[str]":
        """Copies its logs into a folder, `assets/ID` by default; gives their paths."""
        folder = destination or os.path.join("assets", self.id)
        if os.path.exists(folder) and not os.path.isdir(folder):
            raise UserErrorException(f"{folder} exists and is not a directory.")
        paths = [os.path.join(folder, *name.split("/")) for name in self._log_names()]
        for name, path in zip(self._log_names(), paths):
            self.download_file(name, path)
        return paths

    def _log_names(self) -> "List[str]":
        return [name for name in self._kept_names() if name.split("/")[0] in ("azureml-logs", "logs", "user_logs")]

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


refuse_each(Run, ("add_type_provider", "clean", "get_detailed_status", "list_by_compute"), LOG)


def keep_environment(run: Run, definition: Dict[str, Any]) -> None:
    """Keeps the environment of a submitted script, for `get_environment` in any script."""
    notes.write(run._workspace(), _ENVIRONMENTS, _file_of(run), definition)


def _file_of(run: Run) -> str:
    return re.sub(r"[^\w.-]", "_", str(run.id)) + ".json"


def fits(run: Run, type: Any, tags: Any, properties: Any, status: Any) -> bool:
    """True if a run is one of those that are looked for: by type, by a tag or property alone or with its value."""
    if type not in (None, run.type) or (status is not None and run.status != status):
        return False
    for known, wanted in ((run.tags, tags), (run.properties, properties)):
        pairs = wanted.items() if isinstance(wanted, dict) else [(wanted, None)] if wanted else []
        if any(key not in known or (value is not None and known[key] != str(value)) for key, value in pairs):
            return False
    return True


def get_run(experiment: Experiment, run_id: str, rehydrate: bool = True, clean_up: bool = True) -> Run:
    """A run by its id."""
    return Run(experiment, run_id)


class _SubmittedRun(Run):
    """The run whose script this process is: its end is that of the process."""

    _is_submitted = True

    @property
    def input_datasets(self) -> Any:
        """Registered datasets of the workspace, by name."""
        from azureml.core._offline_run import InputDatasets

        return InputDatasets(self)

    @property
    def output_datasets(self) -> Dict[str, str]:
        """Paths of the folders that it writes, by the names of its outputs."""
        return {name: os.environ[name] for name in os.environ.get(OUTPUT_NAMES, "").split(";") if name}

    def cancel(self) -> None:
        """The script ends by itself."""

    def __exit__(self, *_: Any) -> None:
        self.complete()


_CONTEXT: Dict[str, Run] = {}


def _submitted(text: str) -> Run:
    """One object for each process, as a script asks for it more than once."""
    if text not in _CONTEXT:
        from azureml.core.workspace import Workspace

        document = json.loads(text)
        try:
            record = request("workspace/show", id=document["workspace"])
            OWN.add(document["store"])
            details = request("run/show", store=document["store"], runId=document["run"])
        except ServerFailure as failure:
            raise exception_of(failure, kind=UserErrorException) from None
        experiment = Experiment(Workspace._of(record), details["experiment"]["name"])
        _CONTEXT[text] = _SubmittedRun._of(experiment, document["store"], details["run"])
    return _CONTEXT[text]


def _metrics(logged: Any) -> Dict[str, Any]:
    """Logged metrics by name: values that were logged under one name are a list, rows are columns."""
    metrics: Dict[str, Any] = {}
    for each in logged:
        name, kind, value = each["name"], each["kind"], json.loads(each["value"])
        if kind in ("row", "table"):
            columns = metrics.setdefault(name, {})
            if not isinstance(columns, dict):
                columns = metrics[name] = {}
            for column, cells in value.items():
                columns[column] = _more(columns[column], cells) if column in columns else cells
        else:
            metrics[name] = _more(metrics[name], value) if name in metrics else value
    return metrics


def _more(previous: Any, value: Any) -> Any:
    return [*(previous if isinstance(previous, list) else [previous]), *(value if isinstance(value, list) else [value])]


def _written(seconds: Optional[float]) -> Optional[str]:
    """Time as Azure writes it; None for None."""
    from datetime import datetime, timezone

    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _find_run(run_id: str, workspace: "Optional[Workspace]" = None) -> Tuple[str, Dict[str, Any]]:
    """The store that has the run, and its record. Raises ServiceException where none has it, as v1 does."""
    last: Optional[ServerFailure] = None
    for store in stores(workspace):
        try:
            return store, request("run/show", store=store, runId=run_id)["run"]
        except ServerFailure as failure:
            last = failure
    if last is not None and last.code != "run-not-found":
        raise exception_of(last, kind=UserErrorException)
    raise coded_error(
        ServiceException,
        f"RunNotFound: neither the workspace nor a tracking store of MLflow that is found here has the run {run_id}.",
        "run-not-found",
        "Work in the folder with mlruns, or set MLFLOW_TRACKING_URI. " + TRAINING,
    )
