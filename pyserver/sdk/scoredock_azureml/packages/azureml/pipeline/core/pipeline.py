"""A pipeline: its steps in the order in which one reads what another writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock.absent import refuse_each
from azureml._scoredock.failures import not_here
from azureml.exceptions import UserErrorException
from azureml.pipeline.steps.parallel_run_step import ParallelRunStep

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core.published import PublishedPipeline
    from azureml.pipeline.core.run import PipelineRun

STANDS = "Submit the pipeline, or run `scoredock batch run` whenever it is due: from cron, or from a CI pipeline."


class Pipeline:
    """Steps of batch scoring, one after the other. Raises UserErrorException for other steps."""

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
        self._steps = _flat(steps)
        for each in self._steps:
            if not isinstance(each, ParallelRunStep):
                raise not_here(f"A pipeline with a {type(each).__name__}", "Only steps of batch scoring run here.")
        names = [each.name for each in self._steps]
        for name in names:
            if names.count(name) > 1:
                raise UserErrorException(f"There are several steps with the name {name}.")

    def validate(self) -> List[str]:
        """What is wrong with it: nothing, as the steps have been looked at one by one."""
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
        from azureml.pipeline.core.run import submitted

        return submitted(Experiment(self.workspace, experiment_name), self, pipeline_parameters)

    def publish(
        self,
        name: Optional[str] = None,
        description: Optional[str] = None,
        version: Optional[str] = None,
        continue_on_step_failure: Optional[bool] = None,
        **others: Any,
    ) -> "PublishedPipeline":
        """Under a name, to be submitted again in this script."""
        from azureml.pipeline.core.published import publish

        return publish(self, name, description, version)

    def _ordered(self) -> List[ParallelRunStep]:
        """Each step behind those whose outputs it reads. Raises UserErrorException."""
        made_by = {id(each.output): each for each in self._steps if each.output is not None}
        ordered: List[ParallelRunStep] = []
        waiting = list(self._steps)
        while waiting:
            ready = [
                each
                for each in waiting
                if all(made_by.get(id(given), each) in (*ordered, each) for given in [*each.inputs, *each.side_inputs])
            ]
            if not ready:
                raise UserErrorException(f"The step {waiting[0].name} waits for its own output.")
            ordered += ready
            waiting = [each for each in waiting if each not in ready]
        return ordered

    def __repr__(self) -> str:
        return f"Pipeline(steps={[each.name for each in self._steps]})"


refuse_each(Pipeline, ("load_yaml", "service_endpoint"), STANDS)


def _flat(steps: Any) -> List[Any]:
    if not isinstance(steps, (list, tuple)):
        return [steps]
    return [one for each in steps for one in _flat(each)]
