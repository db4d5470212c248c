"""A pipeline: its steps in the order in which one reads what another writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock.absent import STANDS, refuse_each
from azureml._scoredock.failures import not_here
from azureml._scoredock.pipeline_values import STEPS
from azureml._scoredock.steps import PipelineStep, flat
from azureml.exceptions import UserErrorException
from azureml.pipeline.steps.python_script_step import PythonScriptStep

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core.published import PublishedPipeline
    from azureml.pipeline.core.run import PipelineRun


class Pipeline:
    """Scripts and steps of batch scoring, one after the other. Raises UserErrorException for other steps."""

    def __init__(
        self,
        workspace: "Workspace",
        steps: Any,
        description: Optional[str] = None,
        default_datastore: Any = None,
        default_source_directory: Optional[str] = None,
        resolve_closure: bool = True,
        **others: Any,
    ) -> None:
        self.workspace = workspace
        self.description = description
        self._folder = default_source_directory
        self._steps: List[PipelineStep] = flat(steps)
        for each in self._steps:  # those that they wait for are steps of it as well, and stand behind them
            if not isinstance(each, PipelineStep):
                raise not_here(f"A pipeline with a {type(each).__name__}", STEPS)
            self._steps += [other for other in each._waits_for() if other not in self._steps]
            if isinstance(each, PythonScriptStep):
                each._configuration(self._folder, {})._validate()

    def validate(self) -> List[str]:
        """Problems of the pipeline: an empty list, as the steps have been checked one by one."""
        self._ordered()
        return []

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        parent_run_id: Optional[str] = None,
        credential_passthrough: Optional[bool] = None,
        **others: Any,
    ) -> "PipelineRun":
        """Begins a run of it."""
        from azureml.core.experiment import Experiment
        from azureml.pipeline.core.run import begin_pipeline

        experiment = Experiment(self.workspace, experiment_name)
        return begin_pipeline(
            experiment, self, pipeline_parameters, parent_run_id or "", goes_on=continue_on_step_failure
        )

    def publish(
        self,
        name: Optional[str] = None,
        description: Optional[str] = None,
        version: Optional[str] = None,
        continue_on_step_failure: Optional[bool] = None,
        **others: Any,
    ) -> "PublishedPipeline":
        """Publishes the pipeline under a name, to be submitted again."""
        from azureml.pipeline.core.published import publish

        return publish(self, name, description, version, goes_on=bool(continue_on_step_failure))

    def _set_experiment_name(self, name: str) -> None:
        """The name of an experiment for those that name none at the submission; `submit` always names one. Templates
        of pipelines call it."""

    def _ordered(self) -> List[PipelineStep]:
        """Each step behind those that it waits for. Raises UserErrorException."""
        ordered: List[PipelineStep] = []
        waiting = list(self._steps)
        while waiting:
            ready = [each for each in waiting if all(other in ordered for other in each._waits_for())]
            if not ready:
                raise UserErrorException(f"The step {waiting[0].name} waits for its own output.")
            ordered += ready
            waiting = [each for each in waiting if each not in ready]
        return ordered

    def __repr__(self) -> str:
        return f"Pipeline(steps={[each.name for each in self._steps]})"


refuse_each(Pipeline, ("load_yaml",), "Make the steps in the script, with PythonScriptStep and its like.")
refuse_each(Pipeline, ("service_endpoint",), STANDS)
