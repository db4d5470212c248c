"""A step that scores the files or rows of datasets in mini-batches."""

from __future__ import annotations

import re
from typing import Any, List, Optional

from azureml._scoredock.steps import PipelineStep
from azureml.exceptions import UserErrorException
from azureml.pipeline.steps.parallel_run_config import ParallelRunConfig

_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_MOST, _FEWEST = 32, 3
"""Characters of a name."""


class ParallelRunStep(PipelineStep):
    """Step that scores files or rows in parallel with an entry script. Raises UserErrorException for a name or inputs
    that v1 refuses.
    """

    def __init__(
        self,
        name: str,
        parallel_run_config: ParallelRunConfig,
        inputs: List[Any],
        output: Any = None,
        side_inputs: Optional[List[Any]] = None,
        arguments: Optional[List[Any]] = None,
        allow_reuse: bool = True,
        models: Optional[List[Any]] = None,
        **others: Any,
    ) -> None:
        if not (_FEWEST <= len(name) <= _MOST and _NAME.fullmatch(name)):
            raise UserErrorException(
                f"Step name {name!r} is not valid. It must have {_FEWEST} to {_MOST} characters: lower-case letters,"
                " digits and hyphens, beginning with a letter and ending with a letter or a digit."
            )
        if not inputs:
            raise UserErrorException("At least one input is required.")
        self.inputs = list(inputs)
        self.side_inputs = list(side_inputs or [])
        self.output = output
        self.arguments = list(arguments or [])
        self.allow_reuse = allow_reuse
        self.models = list(models or [])
        self._config = parallel_run_config
        super().__init__(name, [*self.inputs, *self.side_inputs], [] if output is None else [output])
