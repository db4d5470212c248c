"""A search for hyperparameters as a step of a pipeline."""

from __future__ import annotations

import copy
import json
import os
import shutil
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock.pipeline_values import PipelineData, PortDataReference
from azureml._scoredock.steps import PipelineStep
from azureml.data.output_dataset_config import OutputFileDatasetConfig, OutputTabularDatasetConfig
from azureml.exceptions import UserErrorException
from azureml.pipeline.steps.python_script_step import value_in_run
from azureml.train.hyperdrive.runconfig import HyperDriveConfig

if TYPE_CHECKING:
    from azureml.train.hyperdrive.run import HyperDriveRun

_METRICS, _MODEL = "Metrics", "Model"


class HyperDriveStep(PipelineStep):
    """A search, with arguments and inputs for the script of each of its runs."""

    def __init__(
        self,
        name: str,
        hyperdrive_config: HyperDriveConfig,
        estimator_entry_script_arguments: Optional[List[Any]] = None,
        inputs: Optional[List[Any]] = None,
        outputs: Optional[List[Any]] = None,
        metrics_output: Any = None,
        allow_reuse: bool = True,
        version: Any = None,
    ) -> None:
        self.inputs = list(inputs or [])
        self._config = hyperdrive_config
        self.arguments = [*hyperdrive_config._script.arguments, *(estimator_entry_script_arguments or ())]
        kinds = (OutputFileDatasetConfig, OutputTabularDatasetConfig)
        writes = [*(outputs or ()), *(each for each in self.arguments if isinstance(each, kinds))]
        self._metrics = metrics_output
        writes += [] if metrics_output is None else [metrics_output]
        reads = [each for each in self.arguments if each not in writes]
        super().__init__(name, [*self.inputs, *reads], writes)

    @property
    def source_directory(self) -> str:
        """Folder of the script."""
        return str(self._config._script.source_directory)

    @source_directory.setter
    def source_directory(self, folder: str) -> None:
        self._config._script.source_directory = folder

    def _search(self, values: Dict[str, Any]) -> HyperDriveConfig:
        """Configuration of the search, with the values of pipeline parameters."""
        config, script = copy.copy(self._config), copy.copy(self._config._script)
        script.arguments = [value_in_run(each, values) for each in self.arguments]
        script._inputs = [value_in_run(each, values) for each in self.inputs]
        script._outputs = [each for each in self.outputs if not self._is_of_search(each)]
        config._script = script
        return config

    def _is_of_search(self, output: Any) -> bool:
        return output is self._metrics or getattr(output, "_training_output", None) is not None

    def _of_search(self) -> List[PipelineData]:
        """Outputs that the search itself leaves."""
        return [each for each in self.outputs if self._is_of_search(each)]

    def _write(self, output: PipelineData, place: PortDataReference, run: "HyperDriveRun") -> None:
        """Leaves the metrics, or the model of the best run. Raises UserErrorException where there is none."""
        port = output._training_output
        os.makedirs(os.path.dirname(place._folder), exist_ok=True)
        if port is None or port.type == _METRICS:
            metrics = {
                id: {name: value if isinstance(value, list) else [value] for name, value in each.items()}
                for id, each in run.get_metrics().items()
            }
            with open(place._folder, "w", encoding="utf-8") as file:
                json.dump(metrics, file)
            return
        best = run.get_best_run_by_primary_metric()
        if best is None:
            raise UserErrorException(f"No run of the step {self.name} has logged the metric {self._config._metric}.")
        name = port.model_file or "outputs/"
        if name.endswith("/"):
            best.download_files(prefix=name, output_directory=place._folder, append_prefix=False)
        else:
            shutil.rmtree(place._folder, ignore_errors=True)
            best.download_file(name, place._folder)
