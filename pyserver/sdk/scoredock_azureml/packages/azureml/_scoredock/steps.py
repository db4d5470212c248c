"""Base of all steps of a pipeline: which steps they wait for."""

from __future__ import annotations

from typing import Any, List, Sequence

from azureml._scoredock.pipeline_values import OUTPUTS
from azureml.data.output_dataset_config import source_of


class PipelineStep:
    """A step: it waits for the steps whose outputs it reads, and for those that `run_after` names."""

    def __init__(self, name: str, reads: Sequence[Any], writes: Sequence[Any]) -> None:
        self.name = name
        self.outputs = list(writes)
        self._read = [source_of(each) for each in reads]
        self._after: List[PipelineStep] = []
        for each in writes:
            if isinstance(each, OUTPUTS):
                source_of(each)._producer = self

    def run_after(self, step: "PipelineStep") -> None:
        """Begins once that step has completed, also where it reads nothing of it."""
        self._after.append(step)

    def _waits_for(self) -> "List[PipelineStep]":
        """The steps that come before it."""
        producers = [getattr(each, "_producer", None) for each in self._read]
        return list(dict.fromkeys([*self._after, *(each for each in producers if each not in (None, self))]))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name})"


class StepSequence:
    """Steps, or groups of them, of which each begins once the one before has completed."""

    def __init__(self, steps: Any = None) -> None:
        self._steps = list(steps or [])
        for before, after in zip(self._steps, self._steps[1:]):
            for each in flat(after):
                for one in flat(before):
                    each.run_after(one)

    def __iter__(self) -> Any:
        return iter(self._steps)


def flat(steps: Any) -> List[Any]:
    """The steps of lists and sequences within one another."""
    if not isinstance(steps, (list, tuple, StepSequence)):
        return [steps]
    return [one for each in steps for one in flat(each)]
