"""Pipelines that a script has published, as long as it runs: they keep what they are made of in its memory, and their
REST endpoints end with it. Who wants them later runs the script again."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock.absent import refuse_each
from azureml._scoredock.failures import not_here
from azureml.exceptions import UserErrorException
from azureml.pipeline.core._rest import address_of, parameters_of
from azureml.pipeline.core.pipeline import STANDS, Pipeline

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core.run import PipelineRun

_PUBLISHED: "List[PublishedPipeline]" = []
_ENDPOINTS: "List[PipelineEndpoint]" = []
_GONE = "Publish it in the script that submits it, or run `scoredock batch run`."


class PublishedPipeline:
    """A pipeline under a name, to be submitted again in this script."""

    def __init__(self, pipeline: Pipeline, name: Optional[str], description: Optional[str], version: Optional[str]):
        self.id = str(uuid.uuid4())
        self.name = name or "pipeline"
        self.description = description
        self.version = version
        self.status = "Active"
        self._pipeline = pipeline

    @property
    def endpoint(self) -> str:
        """The address of its REST endpoint, which answers on this machine while the script runs."""

        def submit(document: Dict[str, Any]) -> "PipelineRun":
            workspace = self._pipeline.workspace
            return self.submit(workspace, document["ExperimentName"], parameters_of(document, workspace))

        return address_of(self.id, submit)

    def submit(
        self,
        workspace: "Workspace",
        experiment_name: str,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        **others: Any,
    ) -> "PipelineRun":
        """Begins a run of it. Raises UserErrorException for one that is disabled."""
        if self.status != "Active":
            raise UserErrorException(f"The published pipeline {self.name} is disabled.")
        return self._pipeline.submit(experiment_name, pipeline_parameters)

    def disable(self) -> None:
        """It cannot be submitted from now on."""
        self.status = "Disabled"

    def enable(self) -> None:
        """It can be submitted again."""
        self.status = "Active"

    @staticmethod
    def get(workspace: "Workspace", id: str) -> "PublishedPipeline":
        """One that this script has published. Raises UserErrorException with `sdk-not-here` for another one."""
        for each in _PUBLISHED:
            if each.id == id:
                return each
        raise not_here(f"The pipeline {id} of another script", _GONE)

    @staticmethod
    def list(
        workspace: "Workspace", active_only: bool = True, _service_endpoint: Any = None
    ) -> "List[PublishedPipeline]":
        """Those of this script, newest first."""
        return [each for each in reversed(_PUBLISHED) if each.status == "Active" or not active_only]

    get_all = list

    def __repr__(self) -> str:
        return f"Pipeline(Name: {self.name},\nId: {self.id},\nStatus: {self.status})"


refuse_each(PublishedPipeline, ("service_endpoint", "save"), STANDS)


class PipelineEndpoint:
    """Versions of a pipeline under one name, one of which is submitted by default."""

    def __init__(self, workspace: "Workspace", id: Optional[str] = None, name: Optional[str] = None, **others: Any):
        self.workspace = workspace
        self.id = id or str(uuid.uuid4())
        self.name = name or ""
        self.description = others.get("description")
        self.status = "Active"
        self.default_version = "0"
        self._versions: "List[PublishedPipeline]" = []

    @property
    def endpoint(self) -> str:
        """The address of its REST endpoint, which answers on this machine while the script runs."""

        def submit(document: Dict[str, Any]) -> "PipelineRun":
            version = document.get("PipelineVersion")
            return self.submit(document["ExperimentName"], parameters_of(document, self.workspace), version)

        return address_of(self.id, submit)

    @staticmethod
    def publish(
        workspace: "Workspace", name: str, description: Optional[str] = None, pipeline: Any = None, **others: Any
    ) -> "PipelineEndpoint":
        """Version 0 of a pipeline, published or not. Raises UserErrorException for a name that is taken."""
        if any(each.name == name for each in _ENDPOINTS):
            raise UserErrorException(f"There is a pipeline endpoint with the name {name} already.")
        made = PipelineEndpoint(workspace, name=name, description=description)
        made.add(pipeline)
        _ENDPOINTS.append(made)
        return made

    @staticmethod
    def get(
        workspace: "Workspace", id: Optional[str] = None, name: Optional[str] = None, **others: Any
    ) -> "PipelineEndpoint":
        """One that this script has published. Raises UserErrorException with `sdk-not-here` for another one."""
        for each in _ENDPOINTS:
            if each.id == id or (name is not None and each.name == name):
                return each
        raise not_here(f"The pipeline endpoint {name or id} of another script", _GONE)

    @staticmethod
    def list(workspace: "Workspace", active_only: bool = True, **others: Any) -> "List[PipelineEndpoint]":
        """Those of this script."""
        return [each for each in _ENDPOINTS if each.status == "Active" or not active_only]

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        pipeline_version: Optional[str] = None,
        **others: Any,
    ) -> "PipelineRun":
        """Begins a run of a version, the default one where none is named. Raises UserErrorException."""
        if self.status != "Active":
            raise UserErrorException(f"The pipeline endpoint {self.name} is disabled.")
        return self.get_pipeline(pipeline_version).submit(self.workspace, experiment_name, pipeline_parameters)

    def add(self, pipeline: Any) -> None:
        """The next version."""
        self._versions.append(pipeline if isinstance(pipeline, PublishedPipeline) else _published(pipeline, self.name))

    def add_default(self, pipeline: Any) -> None:
        """The next version, which is submitted by default from now on."""
        self.add(pipeline)
        self.default_version = str(len(self._versions) - 1)

    def set_default(self, pipeline: PublishedPipeline) -> None:
        """The version of this pipeline is submitted by default. Raises UserErrorException where it is none."""
        if pipeline not in self._versions:
            raise UserErrorException(f"The pipeline endpoint {self.name} has no such pipeline.")
        self.default_version = str(self._versions.index(pipeline))

    def set_default_version(self, version: str) -> None:
        """This version is submitted by default. Raises UserErrorException where it is none."""
        self.get_pipeline(version)
        self.default_version = str(version)

    def get_default_version(self) -> str:
        """The version that is submitted by default."""
        return self.default_version

    def get_pipeline(self, version: Optional[str] = None) -> PublishedPipeline:
        """Of a version, the default one without. Raises UserErrorException."""
        number = str(self.default_version if version is None else version)
        if not number.isdigit() or int(number) >= len(self._versions):
            raise UserErrorException(f"The pipeline endpoint {self.name} has no version {number}.")
        return self._versions[int(number)]

    def list_versions(self) -> "Dict[str, str]":
        """Ids of the pipelines by version."""
        return {str(number): each.id for number, each in enumerate(self._versions)}

    def list_pipelines(self, active_only: bool = True) -> Any:
        """All versions, newest first."""
        return [each for each in reversed(self._versions) if each.status == "Active" or not active_only]

    def disable(self) -> None:
        """It cannot be submitted from now on."""
        self.status = "Disabled"

    def enable(self) -> None:
        """It can be submitted again."""
        self.status = "Active"

    def __repr__(self) -> str:
        return f"PipelineEndpoint(Name: {self.name},\nId: {self.id},\nDefaultVersion: {self.default_version})"


def _published(pipeline: Any, name: str) -> PublishedPipeline:
    """Raises UserErrorException for what is no pipeline."""
    if not isinstance(pipeline, Pipeline):
        raise UserErrorException("Parameter pipeline must be a Pipeline or a PublishedPipeline.")
    return publish(pipeline, name)


def publish(
    pipeline: Pipeline, name: Optional[str], description: Optional[str] = None, version: Optional[str] = None
) -> PublishedPipeline:
    """Keeps it under a name as long as the script runs. Raises UserErrorException for steps that cannot be ordered."""
    pipeline.validate()
    made = PublishedPipeline(pipeline, name, description, version)
    _PUBLISHED.append(made)
    return made
