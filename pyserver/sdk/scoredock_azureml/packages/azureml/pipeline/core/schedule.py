"""Schedules of published pipelines. The workspace keeps them; nothing on this machine runs them, and a line says so."""

from __future__ import annotations

import sys
import time
import uuid
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock.absent import STANDS, these_names
from azureml.exceptions import UserErrorException
from azureml.pipeline.core._kept import missing, note, records

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_SCHEDULE = "schedule"
_FREQUENCIES = ("Minute", "Hour", "Day", "Week", "Month")


class ScheduleRecurrence:
    """Frequency of a schedule. Raises UserErrorException for one that v1 does not have."""

    def __init__(
        self,
        frequency: str,
        interval: int,
        start_time: Any = None,
        time_zone: Any = None,
        hours: Any = None,
        minutes: Any = None,
        week_days: Any = None,
        time_of_day: Any = None,
    ) -> None:
        vars(self).update({name: value for name, value in locals().items() if name != "self"})
        if frequency not in _FREQUENCIES:
            raise UserErrorException(f"Parameter frequency must be one of {', '.join(_FREQUENCIES)}.")


class Schedule:
    """Schedule on which a published pipeline would be submitted in Azure."""

    def __init__(self, workspace: "Workspace", id: str, record: Dict[str, Any]) -> None:
        self.id = id
        self.name = record["title"]
        self.description = record["description"]
        self.pipeline_id = record["pipeline"]
        self.pipeline_endpoint_id = record["pipelineEndpoint"]
        self.experiment_name = record["experiment"]
        self.status = record["status"]
        self.recurrence: Any = ScheduleRecurrence(**record["recurrence"]) if record["recurrence"] else None
        self._workspace = workspace

    @staticmethod
    def create(
        workspace: "Workspace",
        name: str,
        pipeline_id: Optional[str] = None,
        experiment_name: Optional[str] = None,
        recurrence: Optional[ScheduleRecurrence] = None,
        description: Optional[str] = None,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: Any = None,
        polling_interval: int = 5,
        data_path_parameter_name: Optional[str] = None,
        continue_on_step_failure: Optional[bool] = None,
        path_on_datastore: Optional[str] = None,
        pipeline_endpoint_id: Optional[str] = None,
        **others: Any,
    ) -> "Schedule":
        """Keeps one, which nothing runs here."""
        record = {
            "title": name,
            "description": description,
            "pipeline": pipeline_id,
            "pipelineEndpoint": pipeline_endpoint_id,
            "experiment": experiment_name,
            "status": "Active",
            "recurrence": {key: _text(value) for key, value in vars(recurrence).items()} if recurrence else None,
        }
        id = str(uuid.uuid4())
        note(workspace, id, kind=_SCHEDULE, created=time.time(), **record)
        print(f"The schedule {name} is kept, and nothing on this machine runs it. {STANDS}", file=sys.stderr)
        return Schedule(workspace, id, record)

    @staticmethod
    def get(workspace: "Workspace", id: str, **others: Any) -> "Schedule":
        """Schedule of the id. Raises UserErrorException with `asset-not-found`."""
        for each in records(workspace, _SCHEDULE):
            if each["id"] == id:
                return Schedule(workspace, id, each)
        raise missing(f"The schedule {id}")

    @staticmethod
    def list(
        workspace: "Workspace",
        active_only: bool = True,
        pipeline_id: Optional[str] = None,
        pipeline_endpoint_id: Optional[str] = None,
        **others: Any,
    ) -> "List[Schedule]":
        """Schedules of the workspace, newest first."""
        kept = [Schedule(workspace, each["id"], each) for each in records(workspace, _SCHEDULE)]
        return [
            each
            for each in kept
            if (each.status == "Active" or not active_only)
            and pipeline_id in (None, each.pipeline_id)
            and pipeline_endpoint_id in (None, each.pipeline_endpoint_id)
        ]

    get_all = list

    @staticmethod
    def get_schedules_for_pipeline_id(workspace: "Workspace", pipeline_id: str, **others: Any) -> "List[Schedule]":
        """Schedules of a published pipeline."""
        return Schedule.list(workspace, pipeline_id=pipeline_id)

    def disable(self, *args: Any, **others: Any) -> None:
        """Disables the schedule: it would run nothing in Azure from now on."""
        self._change(status="Disabled")

    def enable(self, *args: Any, **others: Any) -> None:
        """Enables the schedule: it would run again in Azure."""
        self._change(status="Active")

    def update(
        self,
        name: Optional[str] = None,
        description: Optional[str] = None,
        recurrence: Optional[ScheduleRecurrence] = None,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        status: Optional[str] = None,
        **others: Any,
    ) -> None:
        """Changes what is given."""
        fields: Dict[str, Any] = {"title": name, "description": description, "status": status}
        if recurrence is not None:
            fields["recurrence"] = {key: _text(value) for key, value in vars(recurrence).items()}
        self._change(**{key: value for key, value in fields.items() if value is not None})

    def _change(self, **fields: Any) -> None:
        note(self._workspace, self.id, **fields)
        vars(self).update(vars(Schedule.get(self._workspace, self.id)))

    def get_pipeline_runs(self, *args: Any, **others: Any) -> "List[Any]":
        """Empty list, as nothing runs it."""
        return []

    def get_last_pipeline_run(self) -> None:
        """Last run of the schedule: None, as nothing runs it."""

    def __repr__(self) -> str:
        return f"Schedule(Name: {self.name},\nId: {self.id},\nStatus: {self.status})"


def _text(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, list, type(None))) else str(value)


__getattr__ = these_names(__name__, ("TimeZone",), STANDS)
