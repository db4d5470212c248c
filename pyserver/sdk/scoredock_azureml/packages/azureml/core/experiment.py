"""Experiments of the tracking stores of MLflow that are found here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional

from azureml._scoredock.absent import TRAINING, refuse_each
from azureml._scoredock.failures import not_here
from azureml._scoredock.server import request

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace


class Experiment:
    """An experiment by its name; whether a tracking store has it is looked up when its runs are asked for."""

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
        self.workspace = workspace
        self.name = name
        self.archived_time: Any = None
        self.tags: Dict[str, str] = {}

    @property
    def workspace_object(self) -> "Workspace":
        """The workspace."""
        return self.workspace

    @property
    def id(self) -> Optional[str]:
        """In the first store that has it."""
        return next((each["id"] for _, each in self._places()), None)

    def _places(self) -> "Iterator[Any]":
        """Stores that have an experiment of this name, with its record."""
        for store in stores():
            for each in experiments(store):
                if each["name"] == self.name:
                    yield store, each

    def get_runs(
        self, type: Any = None, tags: Any = None, properties: Any = None, include_children: bool = False
    ) -> "Iterator[Run]":
        """Its runs, newest first."""
        from azureml.core.run import Run

        for store, experiment in self._places():
            page = ""
            while True:
                found = request("run/list", store=store, experimentId=experiment["id"], page=page)
                for record in found["runs"]:
                    yield Run._of(self, store, record)
                page = found["nextPage"]
                if not page:
                    break

    @staticmethod
    def list(
        workspace: "Workspace", experiment_name: Optional[str] = None, view_type: Any = "ActiveOnly", tags: Any = None
    ) -> "List[Experiment]":
        """Those of all stores that are found here."""
        names = {each["name"] for store in stores() for each in experiments(store)}
        return [Experiment(workspace, name) for name in sorted(names) if experiment_name in (None, name)]

    def submit(self, config: Any, tags: Any = None, **kwargs: Any) -> Any:
        """Nothing is trained here."""
        raise not_here("Experiment.submit", TRAINING)

    def start_logging(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing is trained here."""
        raise not_here("Experiment.start_logging", "Log with MLflow: mlflow.start_run().")

    def __repr__(self) -> str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self.workspace.name})"


refuse_each(
    Experiment,
    ("archive", "delete", "from_directory", "get_docs_url", "reactivate", "refresh", "remove_tags", "set_tags", "tag"),
    "Change the experiment with MLflow; Scoredock only reads its tracking stores.",
)


def stores() -> List[str]:
    """Addresses of the tracking stores that are found from this folder."""
    found = request("run/stores", folders=[os.getcwd()])["stores"]
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
