"""`HyperDriveRun`: the run of a search, with a run of its own for each choice of hyperparameters."""

from __future__ import annotations

import itertools
import json
import sys
import time
import uuid
from enum import Enum
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Type

from azureml._scoredock import server, threads
from azureml._scoredock.last_wait import wait_at_exit
from azureml.core.experiment import Experiment
from azureml.core.run import KINDS, Run
from azureml.core.script_run import POLLING_SECONDS, ScriptRun, begin_run, target_property
from azureml.exceptions import AzureMLException

if TYPE_CHECKING:
    import threading

    from azureml.train.hyperdrive.runconfig import HyperDriveConfig

__all__ = ["HyperDriveRun", "PrimaryMetricGoal"]
_GOAL = "primary_metric_config"
"""Property with the name of the metric and its goal, as in v1."""
_FAILED_AT_FIRST = 3
"""So many runs without one that completed end a search, as in Azure."""


class PrimaryMetricGoal(Enum):
    """Goal of a metric: larger or smaller values are better."""

    MAXIMIZE = "MAXIMIZE"
    MINIMIZE = "MINIMIZE"

    @staticmethod
    def from_str(goal: str) -> "PrimaryMetricGoal":
        """Goal by its name in small or large letters."""
        return PrimaryMetricGoal(goal.upper())


class HyperDriveRun(Run):
    """A search of the workspace; the hyperparameters of each of its runs are a tag with the name of that run."""

    _search: "Optional[_Search]" = None

    def get_hyperparameters(self) -> Dict[str, str]:
        """Hyperparameters of each run that has begun, as JSON, by the run's id."""
        return {name: value for name, value in self.get_tags().items() if name.startswith(f"{self.id}_")}

    def get_metrics(self, *args: Any, **kwargs: Any) -> Dict[str, Any]:
        """Metrics of each run, by its id."""
        return {child.id: child.get_metrics() for child in self.get_children()}

    def get_children_sorted_by_primary_metric(
        self, top: int = 0, reverse: bool = False, discard_no_metric: bool = False
    ) -> List[Dict[str, Any]]:
        """A row for each run, the best first, those without the metric last; `top` of them, or all with 0."""
        goal = json.loads(self.get_properties()[_GOAL])
        sign = -1 if goal["goal"] == PrimaryMetricGoal.MAXIMIZE.value.lower() else 1
        hyperparameters = self.get_hyperparameters()
        rows = []
        for child in self.get_children():
            value = child.get_metrics().get(goal["name"])
            values = [
                each for each in (value if isinstance(value, list) else [value]) if isinstance(each, (int, float))
            ]
            best = min(values, key=lambda each: sign * each) if values else None
            if best is not None or not discard_no_metric:
                fields = {"run_id": child.id, "hyperparameters": hyperparameters.get(child.id)}
                rows.append({**fields, "best_primary_metric": best, "status": child.status})
        rows.sort(key=lambda row: sign * row["best_primary_metric"] if row["best_primary_metric"] is not None else 0)
        rows.sort(key=lambda row: row["best_primary_metric"] is None)
        rows = rows[::-1] if reverse else rows
        return rows[:top] if top else rows

    def get_best_run_by_primary_metric(
        self, include_failed: bool = True, include_canceled: bool = True, include_resume_from_runs: bool = True
    ) -> Optional[Run]:
        """The run with the best value; None where none has the metric."""
        left_out = [*(() if include_failed else ("Failed",)), *(() if include_canceled else ("Canceled",))]
        for row in self.get_children_sorted_by_primary_metric(discard_no_metric=True):
            if row["status"] not in left_out:
                own = {child.id: child for child in self._search.children} if self._search is not None else {}
                return own.get(row["run_id"]) or Run(self._own_experiment(), row["run_id"])
        return None

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> Dict[str, Any]:
        """Waits for the last run, and gives the details. With `show_output` each run is named with its metric. Raises
        ActivityFailedException."""
        if show_output:
            print(f"RunId: {self.id}\nWeb View: {self.get_portal_url()}\n")
        if self._search is not None:
            self._search.wait(show_output)
        return super().wait_for_completion(False, wait_post_processing, raise_on_error)

    def cancel(self) -> None:
        """Ends the run that is going on, and begins no other."""
        if self._search is not None:
            self._search.cancel()
            self._search.wait()


class _Search:
    """The thread that makes the runs one after the other."""

    def __init__(self, run: HyperDriveRun, config: "HyperDriveConfig", folders: Dict[int, str]) -> None:
        self._folders = folders
        self.children: List[ScriptRun] = []
        self._run = run
        self._config = config
        self._lines: List[str] = []
        self._is_canceled = False
        self._thread: "Optional[threading.Thread]" = None

    def start(self) -> None:
        name = f"scoredock-search-{self._run.id}"
        self._thread = threads.start(self._follow, name=name, at_fault=lambda fault: self._lines.append(repr(fault)))

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def wait(self, prints: bool = False) -> None:
        for number in itertools.count():
            while len(self._lines) <= number:
                if not self.is_running and len(self._lines) <= number:
                    return
                time.sleep(POLLING_SECONDS)  # in pieces, so that Ctrl-C is heard
            if prints:
                print(self._lines[number], flush=True)

    def cancel(self) -> None:
        self._is_canceled = True
        if self.children:
            self.children[-1].cancel()

    def _follow(self) -> None:
        status, error = "Failed", ""
        try:
            errors = self._search()
            status = "Completed" if len(errors) < len(self.children) else "Failed"
            error = "" if status == "Completed" else next(iter(errors), "The space of the search is empty.")
        except (AzureMLException, OSError) as fault:
            error = str(getattr(fault, "message", "") or fault)
        finally:
            self._run._write("end", status="Canceled" if self._is_canceled else status, error=error)

    def _search(self) -> List[str]:
        """Runs the search; returns the errors of the runs that failed, one text for each."""
        errors: List[str] = []
        until = time.monotonic() + 60 * self._config._most_minutes
        for number, values in enumerate(itertools.islice(self._config._sampling._draw(), self._config._most_runs)):
            is_hopeless = len(errors) == number == _FAILED_AT_FIRST
            if self._is_canceled or is_hopeless or time.monotonic() > until:
                break
            id = f"{self._run.id}_{number}"
            self._run.tag(id, json.dumps(values))
            experiment = self._run._own_experiment()
            fields = {"runId": id, "parent": self._run.id, "type": "azureml.scriptrun"}
            child = begin_run(ScriptRun, experiment, self._config._with(values), self._folders, **fields)
            self.children.append(child)
            child._script.wait()
            details = child.get_details()
            metric = child.get_metrics().get(self._config._metric)
            self._lines.append(f"{id} {details['status']}: {self._config._metric} {metric} with {json.dumps(values)}")
            if "error" in details:
                errors.append(details["error"]["error"]["message"])
                self._lines.append(errors[-1])
        return errors


def begin_search(
    experiment: Experiment,
    config: "HyperDriveConfig",
    tags: Optional[Dict[str, str]],
    parent: str = "",
    kind: "Optional[Type[HyperDriveRun]]" = None,
    folders: Optional[Dict[int, str]] = None,
    **fields: Any,
) -> HyperDriveRun:
    """Begins a search, as a run of a class of its own where it is a step. What steps before it have written is in
    `folders`. Raises UserErrorException."""
    goal = {"name": config._metric, "goal": config._goal}
    texts = {str(key): str(value) for key, value in (tags or {}).items()}
    named = {"runId": f"HD_{uuid.uuid4()}", "type": "hyperdrive", "parent": parent, "tags": texts, **fields}
    run = (kind or HyperDriveRun)._begin(experiment, False, **named)
    assert isinstance(run, HyperDriveRun)  # noqa: S101 (of the class that it was begun by)
    run.add_properties({_GOAL: json.dumps(goal), **target_property(config._script.run_config.target)})
    print(config._notes(), file=sys.stderr)
    run._is_submitted_here = True
    run._search = _Search(run, config, folders if folders is not None else {})
    run._search.start()
    _RUNNING.append(run)
    return run


_RUNNING: List[HyperDriveRun] = []
KINDS["hyperdrive"] = HyperDriveRun


def _wait_at_exit() -> None:
    for run in _RUNNING:
        if run._search is not None:
            wait_at_exit(run, run._search)


server.at_exit(_wait_at_exit)
