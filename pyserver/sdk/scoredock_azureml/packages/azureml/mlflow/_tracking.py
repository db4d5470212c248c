"""The tracking store of MLflow that a workspace is: its runs are those of the SDK, under the names of MLflow.

An experiment is there when it has runs, and its id is its name; a parameter is a property of the run.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Dict, Iterator, List, Optional, Sequence

from mlflow.entities import Experiment, ExperimentTag, Metric, Param, Run, RunData, RunInfo, RunStatus, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2 as codes
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking.abstract_store import AbstractStore
from mlflow.utils import search_utils

try:
    from mlflow.entities import RunInputs as _RunInputs  # MLflow 3.0 and 3.1 look into them at each metric
except ImportError:  # before MLflow 2.4
    _RunInputs = None

from azureml._scoredock import server
from azureml.core._snapshots import PROPERTY as SNAPSHOT
from azureml.core.experiment import Experiment as OwnExperiment
from azureml.core.run import SUBMITTED
from azureml.mlflow._logged_models import LoggedModels
from azureml.mlflow._workspace import MlflowWorkspace, fitting, refuse_the_rest

_DEFAULT_ID, _DEFAULT = "0", "Default"
"""The experiment of whoever names none."""
_ENDS = {"FINISHED": "Completed", "FAILED": "Failed", "KILLED": "Canceled"}
_PARENT, _NAME = "mlflow.parentRunId", "mlflow.runName"
_MOST = 1000


@refuse_the_rest
class TrackingStore(LoggedModels, AbstractStore):  # type: ignore[misc]  # (MLflow has no types here)
    """Runs of one workspace."""

    def __init__(self, store_uri: str) -> None:
        super().__init__()
        self._workspace = MlflowWorkspace.at(store_uri)
        _end_runs_at_exit()

    # -------------------------------------------------------------------------------------- experiments

    def create_experiment(self, name: str, artifact_location: Any = None, tags: Any = None) -> str:
        """Creates an experiment and returns its id. It is kept with its first run, its tags at once."""
        if not name:
            raise MlflowException("An experiment needs a name.", error_code=codes.INVALID_PARAMETER_VALUE)
        if self.get_experiment_by_name(name) is not None:
            raise MlflowException(f"Experiment '{name}' already exists.", error_code=codes.RESOURCE_ALREADY_EXISTS)
        if tags:
            OwnExperiment(self._workspace.workspace, name).set_tags({each.key: each.value for each in tags})
        return _experiment_id(name)

    def set_experiment_tag(self, experiment_id: str, tag: Any) -> None:
        """Sets a tag of an experiment, as `Experiment.tag` of the SDK does."""
        OwnExperiment(self._workspace.workspace, experiment_name(experiment_id)).tag(tag.key, tag.value)

    def get_experiment(self, experiment_id: str) -> Any:
        """Experiment by its id, whether or not it has runs."""
        return self._experiment(experiment_name(experiment_id))

    def get_experiment_by_name(self, experiment_name: str) -> Any:
        """Experiment of this name; None for one without runs."""
        return self._experiment(experiment_name) if experiment_name in self._names() else None

    def _experiment(self, name: str) -> Any:
        return fitting(
            Experiment,
            experiment_id=_experiment_id(name),
            name=name,
            artifact_location=f"{self._workspace.uri}/experiments/{name}",
            lifecycle_stage="active",
            tags=[ExperimentTag(*each) for each in OwnExperiment(self._workspace.workspace, name).tags.items()],
        )

    def _names(self) -> List[str]:
        return [each.name for each in self._workspace.workspace.experiments.values()]

    def search_experiments(
        self,
        view_type: Any = ViewType.ACTIVE_ONLY,
        max_results: int = _MOST,
        filter_string: Optional[str] = None,
        order_by: Optional[List[str]] = None,
        page_token: Optional[str] = None,
    ) -> Any:
        """Experiments that have runs."""
        experiments = [] if view_type == ViewType.DELETED_ONLY else [self._experiment(name) for name in self._names()]
        if filter_string or order_by:
            tools = search_utils.SearchExperimentsUtils
            experiments = tools.sort(tools.filter(experiments, filter_string), order_by)
        return _page(experiments, page_token, max_results)

    def list_experiments(
        self, view_type: Any = ViewType.ACTIVE_ONLY, max_results: Optional[int] = None, page_token: Any = None
    ) -> Any:
        """Experiments that have runs, as MLflow 1 asks for them."""
        return self.search_experiments(view_type, max_results or _MOST, page_token=page_token)

    # -------------------------------------------------------------------------------------- runs

    def create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Any, run_name: Optional[str] = None
    ) -> Any:
        """A run that begins now."""
        labels = {tag.key: str(tag.value) for tag in tags or ()}
        named = labels.pop(_NAME, "")
        record = self._workspace.ask(
            "run/begin",
            experiment=experiment_name(experiment_id),
            name=run_name or named,
            parent=labels.pop(_PARENT, ""),
            processId=os.getpid(),
            tags=labels,
        )
        return self.get_run(record["run"]["id"])

    def get_run(self, run_id: str) -> Any:
        """Run by its id, each metric with its last value."""
        return self._run(self._workspace.logged(run_id))

    def _run(self, record: Dict[str, Any]) -> Any:
        brief = record["run"]
        labels = {**record["tags"], _NAME: brief["name"]}
        if brief["parent"]:
            labels[_PARENT] = brief["parent"]
        info = fitting(
            RunInfo,
            run_uuid=brief["id"],
            run_id=brief["id"],
            run_name=brief["name"],
            experiment_id=_experiment_id(record["experiment"]),
            user_id=labels.get("mlflow.user", ""),
            status=brief["status"],
            start_time=_milliseconds(brief["started"]),
            end_time=_milliseconds(brief["ended"]),
            lifecycle_stage="active",
            artifact_uri=self._workspace.run_uri(brief["id"]),
        )
        data = RunData(
            metrics=[_metric(each) for each in record["metrics"]],
            params=[Param(key, value) for key, value in record["properties"].items() if key != SNAPSHOT],
            tags=[RunTag(key, value) for key, value in labels.items()],
        )
        return Run(info, data) if _RunInputs is None else Run(info, data, _RunInputs([]))

    def update_run_info(self, run_id: str, run_status: Any, end_time: Any, run_name: Optional[str] = None) -> Any:
        """Changes the name and the end of a run; that of a submitted script is the end of its process."""
        status = _ENDS.get(RunStatus.to_string(run_status)) if run_status is not None else None
        if run_name:
            self._workspace.write(run_id, "change", name=run_name)
        if status and run_id != _submitted_id():
            self._workspace.write(run_id, "end", status=status)
        return self.get_run(run_id).info

    def _search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: Optional[str],
        run_view_type: Any,
        max_results: int,
        order_by: Optional[List[str]],
        page_token: Optional[str],
    ) -> Any:
        names = [experiment_name(id) for id in experiment_ids]
        if run_view_type == ViewType.DELETED_ONLY or not names:
            return [], None
        runs = [self._run(record) for record in self._records(names)]
        tools = search_utils.SearchUtils
        chosen = tools.sort(tools.filter(runs, filter_string), order_by)
        return tools.paginate(chosen, page_token, max_results)

    def _records(self, experiments: List[str]) -> Iterator[Dict[str, Any]]:
        page = ""
        while True:
            answer = self._workspace.ask("run/search", experiments=experiments, page=page)
            yield from answer["runs"]
            page = answer["nextPage"]
            if not page:
                return

    # -------------------------------------------------------------------------------------- what is logged

    def log_batch(self, run_id: str, metrics: Any, params: Any, tags: Any) -> None:
        """Metrics, parameters and tags at once."""
        if params or tags:
            self._workspace.write(run_id, "change", **_labels(params or (), tags or ()))
        for each in metrics:
            if each.value is None:
                print(f"The metric {each.key} has no value; it is left out of the run, as in Azure.", file=sys.stderr)
        numbers = [each for each in metrics if each.value is not None]
        self._log(run_id, [_logged(each) for each in numbers if not self._is_copy(run_id, each)])

    def _log(self, run_id: str, metrics: List[Dict[str, Any]]) -> None:
        if metrics:
            self._workspace.write(run_id, "log", metrics=metrics)

    def _is_copy(self, run_id: str, metric: Any) -> bool:
        """MLflow 3 logs the metrics of a run once more for each model that it logs."""
        if getattr(metric, "model_id", None) is None:
            return False
        history = self.get_metric_history(run_id, metric.key)
        return any((each.step, each.timestamp) == (metric.step, metric.timestamp) for each in history)

    def log_metric(self, run_id: str, metric: Any) -> None:
        """Logs one value of a metric."""
        self.log_batch(run_id, [metric], (), ())

    def log_param(self, run_id: str, param: Any) -> None:
        """Logs a parameter, which does not change afterwards."""
        self.log_batch(run_id, (), [param], ())

    def set_tag(self, run_id: str, tag: Any) -> None:
        """Adds or changes it."""
        self.log_batch(run_id, (), (), [tag])

    def delete_tag(self, run_id: str, key: str) -> None:
        """Raises MlflowException for one that the run does not have."""
        if key not in self._workspace.logged(run_id)["tags"]:
            raise MlflowException(f"The run {run_id} has no tag {key}.", error_code=codes.RESOURCE_DOES_NOT_EXIST)
        self._workspace.write(run_id, "change", removedTags=[key])

    def get_metric_history(
        self, run_id: str, metric_key: str, max_results: Optional[int] = None, page_token: Optional[str] = None
    ) -> Any:
        """Values of a metric, as they were logged."""
        values = self._workspace.write(run_id, "history", metric=metric_key)["values"]
        return PagedList([_metric(each) for each in values], None)

    def log_inputs(self, run_id: str, datasets: Any = None, models: Any = None) -> None:
        """Logs the names and digests of datasets, as tags of the run."""
        given = {f"mlflow.dataset.{each.dataset.name}": each.dataset.digest for each in datasets or ()}
        if given:
            self._workspace.write(run_id, "change", tags=given)

    def log_outputs(self, run_id: str, models: Any) -> None:
        """Models know their run."""

    def record_logged_model(self, run_id: str, mlflow_model: Any, **_: Any) -> None:
        """Records in the run's tags a model that was logged into it, by which it is found as the run's model."""
        key = "mlflow.log-model.history"
        models = json.loads(self._workspace.logged(run_id)["tags"].get(key, "[]"))
        facts = mlflow_model.get_tags_dict() if hasattr(mlflow_model, "get_tags_dict") else mlflow_model.to_dict()
        self._workspace.write(run_id, "change", tags={key: json.dumps([*models, facts])})


def _labels(params: Any, tags: Any) -> Dict[str, Any]:
    labels = {tag.key: str(tag.value) for tag in tags}
    name = labels.pop(_NAME, "")
    properties = {param.key: str(param.value) for param in params}
    return {"properties": properties, "tags": labels, **({"name": name} if name else {})}


def _logged(metric: Any) -> Dict[str, Any]:
    return {
        "name": metric.key,
        "kind": "scalar",
        "value": json.dumps(float(metric.value)),
        "step": metric.step or 0,
        "time": metric.timestamp / 1000 if metric.timestamp else None,
    }


def _metric(logged: Dict[str, Any]) -> Any:
    return Metric(logged["name"], json.loads(logged["value"]), _milliseconds(logged["time"]) or 0, logged["step"] or 0)


def _milliseconds(seconds: Optional[float]) -> Optional[int]:
    return None if seconds is None else int(seconds * 1000)


def _experiment_id(name: str) -> str:
    return _DEFAULT_ID if name == _DEFAULT else name


def experiment_name(id: Any) -> str:
    """Name of an experiment by its id in MLflow."""
    return _DEFAULT if str(id) == _DEFAULT_ID else str(id)


def _submitted_id() -> str:
    """Id of the run whose script this process is; empty outside of one."""
    return str(json.loads(os.environ.get(SUBMITTED) or "{}").get("run", ""))


def _page(items: List[Any], token: Optional[str], most: int) -> Any:
    page, following = search_utils.SearchUtils.paginate(items, token, most)
    return PagedList(page, following)


def _end_runs() -> None:
    import mlflow

    while mlflow.active_run() is not None:
        mlflow.end_run()


def _end_runs_at_exit() -> None:
    """MLflow ends the active run when the server of this process may have ended already."""
    if _end_runs not in server._AT_EXIT:
        server.at_exit(_end_runs)
