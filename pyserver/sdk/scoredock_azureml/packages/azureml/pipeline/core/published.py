"""Pipelines that scripts have published. They are kept in the workspace; their REST endpoints answer as long as the
script runs that made the address."""

from __future__ import annotations

import sys
import time
import uuid
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock.absent import STANDS, refuse_each
from azureml.exceptions import UserErrorException
from azureml.pipeline.core._kept import keep, missing, note, read, records
from azureml.pipeline.core._rest import address_of, parameters_of, tags_of
from azureml.pipeline.core.pipeline import Pipeline

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core.run import PipelineRun

_PIPELINE, _ENDPOINT = "pipeline", "endpoint"
_IN_THIS_SCRIPT: "Dict[str, Pipeline]" = {}
"""By id: those that it has published itself, with the values of its own that cannot be kept."""


class PublishedPipeline:
    """A pipeline under a name, to be submitted again by any script."""

    def __init__(self, workspace: "Workspace", id: str, record: Dict[str, Any]) -> None:
        self.id = id
        self.name = record["title"]
        self.description = record["description"]
        self.version = record["version"]
        self.status = record["status"]
        self._goes_on = bool(record.get("goesOn"))
        """Whether steps run that need nothing of one that has failed."""
        self._workspace = workspace

    @property
    def _pipeline(self) -> Pipeline:
        own = _IN_THIS_SCRIPT.get(self.id)
        return own if own is not None else read(self._workspace, self.id)

    @property
    def endpoint(self) -> str:
        """The address of its REST endpoint, which answers on this machine while the script runs."""

        def submit(document: Dict[str, Any]) -> "PipelineRun":
            values = parameters_of(document, self._workspace)
            return self._submit(document["ExperimentName"], values, tags=tags_of(document))

        return address_of(self.id, submit)

    def submit(
        self,
        workspace: "Workspace",
        experiment_name: str,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        _skip_single_module_optimization: Any = None,
        parent_run_id: Optional[str] = None,
        continue_on_step_failure: Optional[bool] = None,
        **others: Any,
    ) -> "PipelineRun":
        """Begins a run of it. Raises UserErrorException for one that is disabled."""
        return self._submit(
            experiment_name, pipeline_parameters, parent=parent_run_id or "", goes_on=continue_on_step_failure
        )

    def _submit(self, experiment_name: str, values: Optional[Dict[str, Any]], **options: Any) -> "PipelineRun":
        from azureml.core.experiment import Experiment

        return self._begin(Experiment(self._workspace, experiment_name), values, **options)

    def _begin(
        self,
        experiment: "Experiment",
        values: Optional[Dict[str, Any]],
        parent: str = "",
        tags: Optional[Dict[str, str]] = None,
        goes_on: Optional[bool] = None,
    ) -> "PipelineRun":
        """Without a word on `goes_on` as it was published."""
        if self.status != "Active":
            raise UserErrorException(f"The published pipeline {self.name} is disabled.")
        from azureml.pipeline.core.run import begin_pipeline

        either = self._goes_on if goes_on is None else goes_on
        return begin_pipeline(experiment, self._pipeline, values, parent, tags, goes_on=bool(either))

    def disable(self) -> None:
        """Disables the pipeline: it cannot be submitted from now on."""
        self._change("Disabled")

    def enable(self) -> None:
        """Enables the pipeline: it can be submitted again."""
        self._change("Active")

    def _change(self, status: str) -> None:
        self.status = status
        note(self._workspace, self.id, status=status)

    @staticmethod
    def get(workspace: "Workspace", id: str) -> "PublishedPipeline":
        """Published pipeline of the id. Raises UserErrorException with `asset-not-found`."""
        for each in records(workspace, _PIPELINE):
            if each["id"] == id:
                return PublishedPipeline(workspace, id, each)
        raise missing(f"The published pipeline {id}")

    @staticmethod
    def list(
        workspace: "Workspace", active_only: bool = True, _service_endpoint: Any = None
    ) -> "List[PublishedPipeline]":
        """Published pipelines of the workspace, newest first."""
        published = [PublishedPipeline(workspace, each["id"], each) for each in records(workspace, _PIPELINE)]
        return [each for each in published if each.status == "Active" or not active_only]

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, PublishedPipeline) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    get_all = list

    def __repr__(self) -> str:
        return f"Pipeline(Name: {self.name},\nId: {self.id},\nStatus: {self.status})"


refuse_each(PublishedPipeline, ("service_endpoint", "save"), STANDS)


class PipelineEndpoint:
    """Versions of a pipeline under one name, one of which is submitted by default."""

    def __init__(self, workspace: "Workspace", id: Optional[str] = None, name: Optional[str] = None, **others: Any):
        records_of_id = [each for each in records(workspace, _ENDPOINT) if each["id"] == id]
        record: Dict[str, Any] = records_of_id[0] if records_of_id else {}
        self.workspace = workspace
        self.id = id or str(uuid.uuid4())
        self.name = name or record.get("title", "")
        self.description = others.get("description") or record.get("description")
        self.status = record.get("status", "Active")
        self.default_version: str = record.get("defaultVersion", "0")
        self._versions: List[str] = list(record.get("versions", ()))
        """Ids of the pipelines."""

    @property
    def endpoint(self) -> str:
        """The address of its REST endpoint, which answers on this machine while the script runs."""

        def submit(document: Dict[str, Any]) -> "PipelineRun":
            values, tags = parameters_of(document, self.workspace), tags_of(document)
            return self._submit(document["ExperimentName"], values, document.get("PipelineVersion"), tags=tags)

        return address_of(self.id, submit)

    @staticmethod
    def publish(
        workspace: "Workspace", name: str, description: Optional[str] = None, pipeline: Any = None, **others: Any
    ) -> "PipelineEndpoint":
        """Version 0 of a pipeline, published or not. Raises UserErrorException for a name that is taken."""
        if any(each["title"] == name for each in records(workspace, _ENDPOINT)):
            raise UserErrorException(f"There is a pipeline endpoint with the name {name} already.")
        published = PipelineEndpoint(workspace, name=name, description=description)
        note(workspace, published.id, kind=_ENDPOINT, title=name, description=description, created=time.time())
        published.add(pipeline)
        published._change("Active")
        return published

    @staticmethod
    def get(
        workspace: "Workspace", id: Optional[str] = None, name: Optional[str] = None, **others: Any
    ) -> "PipelineEndpoint":
        """Pipeline endpoint of the id or name. Raises UserErrorException with `asset-not-found`."""
        for each in records(workspace, _ENDPOINT):
            if each["id"] == id or (name is not None and each["title"] == name):
                return PipelineEndpoint(workspace, each["id"])
        raise missing(f"The pipeline endpoint {name or id}")

    @staticmethod
    def list(workspace: "Workspace", active_only: bool = True, **others: Any) -> "List[PipelineEndpoint]":
        """Pipeline endpoints of the workspace, newest first."""
        published = [PipelineEndpoint(workspace, each["id"]) for each in records(workspace, _ENDPOINT)]
        return [each for each in published if each.status == "Active" or not active_only]

    def _change(self, status: str) -> None:
        self.status = status
        self._keep()

    def _keep(self) -> None:
        fields = {"status": self.status, "defaultVersion": self.default_version, "versions": self._versions}
        note(self.workspace, self.id, **fields)

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        pipeline_version: Optional[str] = None,
        parent_run_id: Optional[str] = None,
        continue_on_step_failure: Optional[bool] = None,
        **others: Any,
    ) -> "PipelineRun":
        """Begins a run of a version, the default one where none is named. Raises UserErrorException."""
        return self._submit(
            experiment_name,
            pipeline_parameters,
            pipeline_version,
            parent=parent_run_id or "",
            goes_on=continue_on_step_failure,
        )

    def _submit(
        self, experiment_name: str, values: Optional[Dict[str, Any]], version: Optional[str], **options: Any
    ) -> "PipelineRun":
        if self.status != "Active":
            raise UserErrorException(f"The pipeline endpoint {self.name} is disabled.")
        return self.get_pipeline(version)._submit(experiment_name, values, **options)

    def add(self, pipeline: Any) -> None:
        """Adds a pipeline as the next version."""
        published = pipeline if isinstance(pipeline, PublishedPipeline) else _published(pipeline, self.name)
        self._versions.append(published.id)
        self._keep()

    def add_default(self, pipeline: Any) -> None:
        """Adds a pipeline as the next version, which is submitted by default from now on."""
        self.add(pipeline)
        self.set_default_version(str(len(self._versions) - 1))

    def set_default(self, pipeline: PublishedPipeline) -> None:
        """Makes the version of this pipeline the default one. Raises UserErrorException if there is none."""
        if pipeline.id not in self._versions:
            raise UserErrorException(f"The pipeline endpoint {self.name} has no such pipeline.")
        self.set_default_version(str(self._versions.index(pipeline.id)))

    def set_default_version(self, version: str) -> None:
        """Sets the version that is submitted by default. Raises UserErrorException if there is no such version."""
        self.get_pipeline(version)
        self.default_version = str(version)
        self._keep()

    def get_default_version(self) -> str:
        """The version that is submitted by default."""
        return self.default_version

    def get_pipeline(self, version: Optional[str] = None) -> PublishedPipeline:
        """Published pipeline of a version; without one, of the default version. Raises UserErrorException."""
        number = str(self.default_version if version is None else version)
        if not number.isdigit() or int(number) >= len(self._versions):
            raise UserErrorException(f"The pipeline endpoint {self.name} has no version {number}.")
        return PublishedPipeline.get(self.workspace, self._versions[int(number)])

    def list_versions(self) -> "Dict[str, str]":
        """Ids of the pipelines by version."""
        return {str(number): each for number, each in enumerate(self._versions)}

    def list_pipelines(self, active_only: bool = True) -> Any:
        """Pipelines of all versions, newest first."""
        published = [PublishedPipeline.get(self.workspace, each) for each in reversed(self._versions)]
        return [each for each in published if each.status == "Active" or not active_only]

    def disable(self) -> None:
        """Disables the endpoint: it cannot be submitted from now on."""
        self._change("Disabled")

    def enable(self) -> None:
        """Enables the endpoint: it can be submitted again."""
        self._change("Active")

    def __repr__(self) -> str:
        return f"PipelineEndpoint(Name: {self.name},\nId: {self.id},\nDefaultVersion: {self.default_version})"


def _published(pipeline: Any, name: str) -> PublishedPipeline:
    """Raises UserErrorException for what is not a pipeline."""
    if not isinstance(pipeline, Pipeline):
        raise UserErrorException("Parameter pipeline must be a Pipeline or a PublishedPipeline.")
    return publish(pipeline, name)


def publish(
    pipeline: Pipeline,
    name: Optional[str],
    description: Optional[str] = None,
    version: Optional[str] = None,
    *,
    goes_on: bool = False,
) -> PublishedPipeline:
    """Keeps it in the workspace under a name. Raises UserErrorException for steps that cannot be ordered."""
    pipeline.validate()
    record = {
        "title": name or "pipeline",
        "description": description,
        "version": version,
        "status": "Active",
        "goesOn": goes_on,
        "created": time.time(),
    }
    published = PublishedPipeline(pipeline.workspace, str(uuid.uuid4()), record)
    _IN_THIS_SCRIPT[published.id] = pipeline
    try:
        keep(pipeline, published.id)
    except UserErrorException as error:
        print(f"The pipeline {published.name} can be submitted by this script only: {error.message}.", file=sys.stderr)
    note(pipeline.workspace, published.id, kind=_PIPELINE, **record)
    return published
