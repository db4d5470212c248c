"""How a step of batch scoring runs. The meaning of each value is in docs/internals/batch-contract.md."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from azureml._scoredock.absent import refuse_each
from azureml._scoredock.failures import coded_error
from azureml._scoredock.pipeline_values import value_of
from azureml.core.environment import Environment
from azureml.exceptions import UserErrorException

_ACTIONS = ("append_row", "summary_only")


@dataclass(eq=False, repr=False)
class ParallelRunConfig:
    """The script of a step, and how its mini-batches are made and tried. Raises UserErrorException.

    `node_count` and `compute_target` stand for this machine, which has one worker for each processor, or
    `process_count_per_node` of them.
    """

    environment: Environment
    entry_script: str
    error_threshold: int
    output_action: str
    compute_target: Any
    node_count: Any
    process_count_per_node: Any = None
    mini_batch_size: Any = None
    source_directory: Optional[str] = None
    description: Optional[str] = None
    logging_level: Any = "INFO"
    run_invocation_timeout: Any = 60
    run_max_try: Any = 3
    append_row_file_name: Optional[str] = None
    allowed_failed_count: Optional[int] = None
    allowed_failed_percent: Optional[float] = None
    partition_keys: Optional[List[str]] = None
    environment_variables: Optional[Dict[str, str]] = None

    def __post_init__(self) -> None:
        if not isinstance(self.environment, Environment):
            raise UserErrorException("Parameter environment must be an Environment.")
        if self.output_action not in _ACTIONS:
            raise UserErrorException(f"Parameter output_action must be one of {', '.join(_ACTIONS)}.")
        script = os.path.join(self.source_directory or ".", self.entry_script)
        if not os.path.isfile(script):
            raise coded_error(UserErrorException, f"There is no script {os.path.abspath(script)}.", "file-not-found")
        if self.partition_keys and self.mini_batch_size is not None:
            raise UserErrorException("Parameters partition_keys and mini_batch_size cannot both be set.")

    def _params(self, values: Dict[str, Any], is_table: bool) -> Dict[str, Any]:
        """As the server takes them, with values for pipeline parameters."""
        folder = os.path.abspath(self.source_directory or ".")
        size = value_of(self.mini_batch_size, values)
        params = {
            "entryScript": os.path.join(folder, self.entry_script),
            "sourceDirectory": folder if self.source_directory else "",
            "miniBatchSize": "" if size is None else _size(size, is_table),
            "errorThreshold": value_of(self.error_threshold, values),
            "allowedFailedCount": self.allowed_failed_count,
            "allowedFailedPercent": self.allowed_failed_percent,
            "outputAction": self.output_action,
            "appendRowFileName": self.append_row_file_name,
            "processCount": value_of(self.process_count_per_node, values),
            "runInvocationTimeout": value_of(self.run_invocation_timeout, values),
            "runMaxTry": value_of(self.run_max_try, values),
            "loggingLevel": value_of(self.logging_level, values),
            "partitionKeys": self.partition_keys,
            "environmentVariables": self.environment_variables,
        }
        return {name: value for name, value in params.items() if value is not None}

    def __repr__(self) -> str:
        return f"ParallelRunConfig(entry_script={self.entry_script}, mini_batch_size={self.mini_batch_size})"


def _size(size: Any, is_table: bool) -> str:
    """A bare number is one of files, and of a table one of bytes."""
    text = str(size).strip()
    return f"{text}B" if is_table and text.isdigit() else text


refuse_each(ParallelRunConfig, ("load_yaml", "save_to_yaml"), "Write the values into the script.")
