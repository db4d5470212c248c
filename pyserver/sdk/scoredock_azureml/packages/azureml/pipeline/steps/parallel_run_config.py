"""Configuration of a step of batch scoring. The meaning of each value is in docs/internals/batch-contract.md."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock.failures import coded_error
from azureml._scoredock.files_of_yaml import read_yaml
from azureml._scoredock.pipeline_values import value_of
from azureml.core.compute.compute import has_batch_jobs
from azureml.core.environment import Environment, environment_of
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_ACTIONS = ("append_row", "summary_only")


class ParallelRunConfig:
    """The script of a step, and how its mini-batches are made and tried. Raises UserErrorException.

    Where a cluster of Kubernetes or Ray is attached under the name of `compute_target`, it has `node_count` times
    `process_count_per_node` workers. Another name stands for this machine, which has one worker for each processor, or
    `process_count_per_node` of them.
    """

    environment: Environment
    entry_script: str
    error_threshold: int
    output_action: str
    compute_target: Any
    node_count: Any
    process_count_per_node: Any
    mini_batch_size: Any
    source_directory: Optional[str]
    description: Optional[str]
    logging_level: Any
    run_invocation_timeout: Any
    run_max_try: Any
    append_row_file_name: Optional[str]
    allowed_failed_count: Optional[int]
    allowed_failed_percent: Optional[float]
    partition_keys: Optional[List[str]]
    environment_variables: Optional[Dict[str, str]]

    def __init__(
        self,
        environment: Environment,
        entry_script: str,
        error_threshold: int,
        output_action: str,
        compute_target: Any,
        node_count: Any,
        process_count_per_node: Any = None,
        mini_batch_size: Any = None,
        source_directory: Optional[str] = None,
        description: Optional[str] = None,
        logging_level: Any = "INFO",
        run_invocation_timeout: Any = 60,
        run_max_try: Any = 3,
        append_row_file_name: Optional[str] = None,
        allowed_failed_count: Optional[int] = None,
        allowed_failed_percent: Optional[float] = None,
        partition_keys: Optional[List[str]] = None,
        environment_variables: Optional[Dict[str, str]] = None,
    ) -> None:
        vars(self).update({name: value for name, value in locals().items() if name != "self"})
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
        """Parameters as the server takes them, with values for pipeline parameters."""
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

    def _place(self, workspace: "Workspace", values: Dict[str, Any]) -> Dict[str, Any]:
        """Compute target of its workers, and how many; empty for this machine."""
        target = self.compute_target
        name = target if isinstance(target, str) else getattr(target, "name", "")
        if not name or not has_batch_jobs(workspace, name):
            return {}
        processes = value_of(self.process_count_per_node, values) or 1
        return {"compute": name, "processCount": int(value_of(self.node_count, values) or 1) * int(processes)}

    def save_to_yaml(self, path: str) -> None:
        """Writes it with its environment; pipeline parameters as their values."""
        target = self.compute_target
        config = {
            name: value_of(value, {})
            for name, value in vars(self).items()
            if name not in ("compute_target", "environment")
        }
        config["compute_target_name"] = target if isinstance(target, str) else getattr(target, "name", None)
        config["environment"] = self.environment._definition()
        # Each value is JSON, which YAML has as well.
        lines = [f"  {name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in config.items()]
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(["parallel_run_config:\n", *lines])

    @staticmethod
    def load_yaml(workspace: "Workspace", path: str) -> "ParallelRunConfig":
        """Configuration that `save_to_yaml` or the SDK v1 wrote. Raises UserErrorException."""
        config = read_yaml(path).get("parallel_run_config")
        if not isinstance(config, dict):
            raise UserErrorException(f"{path} has no parallel_run_config.")
        size = config.get("mini_batch_size")
        names = set(ParallelRunConfig.__annotations__) - {"environment", "compute_target"}
        keywords = {name: value for name, value in config.items() if name in names and value is not None}
        missing = [name for name in ("entry_script", "error_threshold", "output_action") if name not in keywords]
        if missing:
            raise UserErrorException(f"The parallel_run_config of {path} has no {missing[0]}.")
        if size is not None:
            keywords["mini_batch_size"] = str(size)
        keywords.setdefault("node_count", 1)
        return ParallelRunConfig(
            environment=_environment(workspace, config), compute_target=config.get("compute_target_name"), **keywords
        )

    def __repr__(self) -> str:
        return f"ParallelRunConfig(entry_script={self.entry_script}, mini_batch_size={self.mini_batch_size})"


def _environment(workspace: "Workspace", config: Dict[str, Any]) -> Environment:
    """Whole, by its name, as a file of its own, or as older files name it. Raises UserErrorException."""
    definition = config.get("environment")
    if isinstance(definition, str):
        definition = read_yaml(definition)
    if isinstance(definition, dict) and definition.get("name"):
        if definition.get("python") or definition.get("docker"):
            return environment_of(definition)
        return Environment.get(workspace, definition["name"], definition.get("version"))
    if config.get("environment_dir_path"):
        return Environment.load_from_directory(config["environment_dir_path"])
    if config.get("environment_name"):
        return Environment.get(workspace, config["environment_name"])
    raise UserErrorException("Parameter error: an environment must be provided.")


def _size(size: Any, is_table: bool) -> str:
    """A bare number is one of files, and of a table one of bytes."""
    text = str(size).strip()
    return f"{text}B" if is_table and text.isdigit() else text
