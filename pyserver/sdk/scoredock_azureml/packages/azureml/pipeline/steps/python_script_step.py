"""A step that is a script of the person's, and runs as one that is submitted by itself does."""

from __future__ import annotations

import copy
from typing import Any, Dict, List, Optional, Union

from azureml._scoredock.absent import refuse_arguments
from azureml._scoredock.failures import coded_error
from azureml._scoredock.pipeline_values import PipelineData, value_of
from azureml._scoredock.steps import PipelineStep
from azureml.core.runconfig import RunConfiguration
from azureml.core.script_run_config import ScriptRunConfig
from azureml.data.datapath import DataPath, DataPathComputeBinding
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.output_dataset_config import OutputFileDatasetConfig, OutputTabularDatasetConfig, source_of
from azureml.exceptions import UserErrorException


class PythonScriptStep(PipelineStep):
    """A script with its arguments, inputs and outputs. What v1 would take from an earlier run runs again here."""

    _command: Any = None
    """What runs in the place of a script."""

    def __init__(
        self,
        script_name: str,
        name: Optional[str] = None,
        arguments: Optional[List[Any]] = None,
        compute_target: Any = None,
        runconfig: Optional[RunConfiguration] = None,
        runconfig_pipeline_params: Optional[Dict[str, Any]] = None,
        inputs: Optional[List[Any]] = None,
        outputs: Optional[List[Any]] = None,
        params: Optional[Dict[str, Any]] = None,
        source_directory: Optional[str] = None,
        allow_reuse: bool = True,
        version: Any = None,
        hash_paths: Any = None,
    ) -> None:
        refuse_arguments(self, locals())
        given: Any = runconfig
        if not isinstance(given, (RunConfiguration, type(None))):
            kind = type(given).__name__
            instead = "Give its run_config." if isinstance(given, ScriptRunConfig) else "Make a RunConfiguration."
            raise coded_error(
                UserErrorException,
                f"The runconfig of the step {name or script_name} is a {kind}, and a step takes a RunConfiguration.",
                "sdk-argument-invalid",
                instead,
            )
        self.arguments = list(arguments or [])
        self.inputs = list(inputs or [])
        writes = list(outputs or [])
        writes += [
            each
            for each in self.arguments
            if isinstance(each, (OutputFileDatasetConfig, OutputTabularDatasetConfig)) and each not in self.inputs
        ]
        named = {id(source_of(each)) for each in [*self.inputs, *writes]}
        for each in self.arguments:
            if isinstance(each, PipelineData) and id(each) not in named:
                raise ValueError(
                    f"Input/Output {each.name} appears in arguments list but is not in the input/output lists. Add it"
                    f" to the outputs of the step {name or script_name} where that writes it, else to its inputs."
                    " [sdk-argument-invalid]"
                )
        self.source_directory = source_directory
        self._script = script_name
        self._target = compute_target
        self._run_config = runconfig
        self._variables = {f"AML_PARAMETER_{name}": value for name, value in (params or {}).items()}
        others = [each for each in self.arguments if each not in writes]
        super().__init__(name or script_name, [*self.inputs, *others], writes)

    _refused_arguments = {"runconfig_pipeline_params": "Give the value in the run configuration itself."}

    def _configuration(self, folder: Optional[str], values: Dict[str, Any]) -> ScriptRunConfig:
        """Configuration of the script, with the values of pipeline parameters; the folder is that of the pipeline's
        scripts. Raises UserErrorException.
        """
        command = self._command
        config = ScriptRunConfig(
            self.source_directory or folder or ".",
            self._script,
            [] if command else [value_in_run(each, values) for each in self.arguments],
            copy.deepcopy(self._run_config),
            compute_target=self._target,
            command=[value_in_run(each, values) for each in command] if isinstance(command, list) else command,
        )
        config._inputs = [value_in_run(each, values) for each in self.inputs]
        config._outputs = self.outputs
        for name, value in self._variables.items():
            config.environment.environment_variables[name] = str(value_of(value, values))
        return config


def value_in_run(value: Any, values: Dict[str, Any]) -> Any:
    """A value of this run for a parameter, also for the dataset of an input and for a path with its binding."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], DataPathComputeBinding):
        path, binding = value_of(value[0], values), value[1]
        if not isinstance(path, DataPath):
            name = getattr(value[0], "name", "")
            raise UserErrorException(f"The pipeline parameter {name} is not a DataPath, but {type(path).__name__}.")
        return path.create_data_reference(getattr(value[0], "name", path.name), binding)
    if isinstance(value, DatasetConsumptionConfig):
        dataset = value_of(value.dataset, values)
        return DatasetConsumptionConfig(value.name, dataset, value.mode, value.path_on_compute)
    return value_of(value, values)


class CommandStep(PythonScriptStep):
    """A command in the place of a script. Raises UserErrorException without one."""

    def __init__(
        self,
        command: Optional[Union[str, List[Any]]] = None,
        name: Optional[str] = None,
        compute_target: Any = None,
        runconfig: Optional[RunConfiguration] = None,
        runconfig_pipeline_params: Optional[Dict[str, Any]] = None,
        inputs: Optional[List[Any]] = None,
        outputs: Optional[List[Any]] = None,
        params: Optional[Dict[str, Any]] = None,
        source_directory: Optional[str] = None,
        allow_reuse: bool = True,
        version: Any = None,
    ) -> None:
        self._command = command or getattr(runconfig, "command", None)
        if not self._command:
            raise UserErrorException("Either the step or its runconfig must have a command.")
        words = [] if isinstance(self._command, str) else self._command
        super().__init__(
            "",
            name or "command",
            [each for each in words if not isinstance(each, str)],  # what it reads and writes
            compute_target,
            runconfig,
            runconfig_pipeline_params,
            inputs,
            outputs,
            params,
            source_directory,
        )


class EstimatorStep(PythonScriptStep):
    """The script of an estimator, with the arguments of the step."""

    def __init__(
        self,
        name: Optional[str] = None,
        estimator: Any = None,
        estimator_entry_script_arguments: Optional[List[Any]] = None,
        runconfig_pipeline_params: Optional[Dict[str, Any]] = None,
        inputs: Optional[List[Any]] = None,
        outputs: Optional[List[Any]] = None,
        compute_target: Any = None,
        allow_reuse: bool = True,
        version: Any = None,
    ) -> None:
        super().__init__(
            estimator.script,
            name,
            [*estimator.arguments, *(estimator_entry_script_arguments or ())],
            compute_target,
            estimator.run_config,
            runconfig_pipeline_params,
            inputs,
            outputs,
            source_directory=estimator.source_directory,
        )
