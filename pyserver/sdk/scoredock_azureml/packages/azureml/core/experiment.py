"""Experiments of the workspace, and of the tracking stores of MLflow that are found here."""

from __future__ import annotations

import os
import shlex
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Set

from azureml._scoredock import notes
from azureml._scoredock.absent import TRAINING, refuse_each
from azureml._scoredock.failures import not_here, require_given
from azureml._scoredock.server import request
from azureml.core._workspace_records import command_line

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace


_PLACE = ".experiments"
OWN: Set[str] = set()
"""Addresses of the stores that workspaces keep themselves, as far as they have come up."""


class Experiment:
    """An experiment by its name; whether there are runs of it is looked up when they are asked for."""

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        _skip_name_validation: bool = False,
        _id: Optional[str] = None,
        _archived_time: Any = None,
        _create_in_cloud: bool = True,
        _experiment_dto: Any = None,
        **kwargs: Any,
    ) -> None:
        require_given(name, "name")
        self.workspace = workspace
        self.name = name
        kept = self._kept()
        self.archived_time: Optional[str] = kept.get("archived")
        self.tags: Dict[str, str] = dict(kept.get("tags", {}))

    def _kept(self) -> Dict[str, Any]:
        """Facts of the experiment that the workspace keeps beside its runs."""
        kept = notes.read(self.workspace, _PLACE).get(self.name)
        return kept if isinstance(kept, dict) else {}

    def _keep(self, **fields: Any) -> None:
        notes.note(self.workspace, _PLACE, **{self.name: {**self._kept(), **fields}})
        self.refresh()

    def refresh(self) -> None:
        """Reads the tags and the time of archiving again."""
        kept = self._kept()
        self.archived_time, self.tags = kept.get("archived"), dict(kept.get("tags", {}))

    def tag(self, key: str, value: Optional[str] = None) -> None:
        """Sets a tag."""
        self.set_tags({key: value})

    def set_tags(self, tags: Dict[str, Any]) -> None:
        """Tags beside those it has."""
        self._keep(
            tags={**self._kept().get("tags", {}), **{str(key): each and str(each) for key, each in tags.items()}}
        )

    def remove_tags(self, tags: Any) -> None:
        """Takes away tags by their keys."""
        gone = [tags] if isinstance(tags, str) else list(tags or ())
        self._keep(tags={key: each for key, each in self._kept().get("tags", {}).items() if key not in gone})

    def archive(self) -> None:
        """Archives the experiment: `list` leaves it out from now on; its runs stay."""
        self._keep(archived=datetime.now(timezone.utc).isoformat())

    def reactivate(self, new_name: Optional[str] = None) -> None:
        """Lists the experiment again. Raises UserErrorException for another name."""
        if new_name not in (None, self.name):
            raise not_here("Experiment.reactivate(new_name)", "Leave it out: runs keep the name of their experiment.")
        self._keep(archived=None)

    @property
    def workspace_object(self) -> "Workspace":
        """The workspace."""
        return self.workspace

    @property
    def id(self) -> Optional[str]:
        """Id of the experiment in the first store that has it; None if none has."""
        return next((each["id"] for _, each in self._places()), None)

    def _places(self) -> "Iterator[Any]":
        """Stores that have an experiment of this name, with its record."""
        for store in stores(self.workspace):
            for each in experiments(store):
                if each["name"] == self.name:
                    yield store, each

    def get_portal_url(self) -> str:
        """Command that lists its runs, as there is no page of it."""
        return command_line(f"run list workspace {shlex.quote(self.name)}", self.workspace._record)

    def get_runs(
        self, type: Any = None, tags: Any = None, properties: Any = None, include_children: bool = False
    ) -> "Iterator[Run]":
        """Runs of the experiment, newest first."""
        from azureml.core.run import Run, fits

        for store, experiment in self._places():
            page = ""
            while True:
                response = request("run/list", store=store, experimentId=experiment["id"], page=page)
                for record in response["runs"]:
                    run = Run._of(self, store, record)
                    if fits(run, type, tags, properties, None):
                        yield run
                    if include_children and record["hasChildren"]:
                        yield from run.get_children(True, tags, properties, type)
                page = response["nextPage"]
                if not page:
                    break

    @staticmethod
    def list(
        workspace: "Workspace", experiment_name: Optional[str] = None, view_type: Any = "ActiveOnly", tags: Any = None
    ) -> "List[Experiment]":
        """Experiments of all stores that are found here."""
        names = {each["name"] for store in stores(workspace) for each in experiments(store)}
        listed = [Experiment(workspace, name) for name in sorted(names) if experiment_name in (None, name)]
        view = str(getattr(view_type, "name", view_type)).lower()
        if view in ("activeonly", "archivedonly"):
            listed = [each for each in listed if (each.archived_time is not None) == (view == "archivedonly")]
        pairs = tags.items() if isinstance(tags, dict) else [(each, None) for each in _several(tags)]
        return [
            each for each in listed if all(key in each.tags and value in (None, each.tags[key]) for key, value in pairs)
        ]

    def submit(self, config: Any, tags: Optional[Dict[str, str]] = None, **kwargs: Any) -> Any:
        """Runs the script of a ScriptRunConfig as a process of this machine, a search over one, or the steps of a
        pipeline, whose parameters are `pipeline_parameters`."""
        from azureml.core.script_run import begin_script
        from azureml.core.script_run_config import ScriptRunConfig
        from azureml.pipeline.core.pipeline import Pipeline
        from azureml.pipeline.core.published import PipelineEndpoint, PublishedPipeline
        from azureml.pipeline.core.run import begin_pipeline
        from azureml.train.hyperdrive.run import begin_search
        from azureml.train.hyperdrive.runconfig import HyperDriveConfig

        require_given(config, "config")
        parent = kwargs.get("_parent_run_id", "")
        values, goes_on = kwargs.get("pipeline_parameters"), kwargs.get("continue_on_step_failure")
        if isinstance(config, Pipeline):
            return begin_pipeline(self, config, values, parent, tags, goes_on=bool(goes_on))
        if isinstance(config, PipelineEndpoint):
            config = config.get_pipeline(kwargs.get("pipeline_version"))
        if isinstance(config, PublishedPipeline):
            return config._begin(self, values, parent, tags, goes_on)
        if isinstance(config, HyperDriveConfig):
            return begin_search(self, config, tags, parent)
        if not isinstance(config, ScriptRunConfig):
            raise not_here(f"Experiment.submit({type(config).__name__})", TRAINING)
        return begin_script(self, config, tags, parent)

    def start_logging(self, *args: Any, **kwargs: Any) -> "Run":
        """A run that begins here and is kept in the workspace. `outputs` is the folder whose files are uploaded at its
        end, `outputs` by default; False for none."""
        from azureml.core.run import Run

        name, run_id, outputs = (*args, None, None, None)[:3]
        name = kwargs.get("display_name") or kwargs.get("name", name)
        return Run._begin(self, kwargs.get("outputs", outputs), name=name, runId=kwargs.get("run_id", run_id))

    def __repr__(self) -> str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self.workspace.name})"


refuse_each(
    Experiment,
    ("delete", "from_directory", "get_docs_url"),
    "Runs of an experiment stay in the workspace; archive() takes it out of the list.",
)


def _several(tags: Any) -> List[Any]:
    return [] if tags is None else [tags] if isinstance(tags, str) else list(tags)


def stores(workspace: "Optional[Workspace]" = None) -> List[str]:
    """Addresses of the stores that are found from this folder: that of the workspace first, then those of MLflow."""
    id = workspace._record["id"] if workspace is not None else ""
    found = request("run/stores", folders=[os.getcwd()], workspaceId=id)["stores"]
    OWN.update(each["uri"] for each in found if each["kind"] == "workspace")
    return [each["uri"] for each in found if not each["problem"]]


def experiments(store: str) -> "Iterator[Dict[str, Any]]":
    """All experiments of a store."""
    page = ""
    while True:
        found = request("run/experiments", store=store, page=page)
        yield from found["experiments"]
        page = found["nextPage"]
        if not page:
            return
