"""Values that steps of a pipeline take and outputs that they make, before there is a run."""

from __future__ import annotations

import os
import shutil
from typing import Any, Dict, Optional

from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.output_dataset_config import (
    OutputFileDatasetConfig,
    OutputTabularDatasetConfig,
    table_of_parquet,
    table_of_text,
)
from azureml.exceptions import UserErrorException

STEPS = (
    "Steps that run here are PythonScriptStep, CommandStep, EstimatorStep, HyperDriveStep, DataTransferStep and"
    " ParallelRunStep."
)


class PipelineParameter:
    """A value that may be another one each time a pipeline is submitted."""

    def __init__(self, name: str, default_value: Any) -> None:
        self.name = name
        self.default_value = default_value

    def __repr__(self) -> str:
        return f"PipelineParameter(name={self.name}, default_value={self.default_value!r})"


def value_of(value: Any, values: Dict[str, Any]) -> Any:
    """The value of a parameter, and what is none as it is."""
    return values.get(value.name, value.default_value) if isinstance(value, PipelineParameter) else value


class PipelineData:
    """A folder of the datastore that one step writes, and others may read."""

    def __init__(
        self,
        name: str,
        datastore: Any = None,
        output_name: Optional[str] = None,
        output_mode: str = "mount",
        output_path_on_compute: Optional[str] = None,
        output_overwrite: Any = None,
        data_type: Any = None,
        is_directory: Optional[bool] = None,
        pipeline_output_name: Optional[str] = None,
        training_output: Any = None,
    ) -> None:
        self.name = name
        self.datastore = datastore
        self._training_output = training_output
        self.pipeline_output_name = pipeline_output_name
        self._registration: Optional[Dict[str, Any]] = None
        self._producer: Any = None
        """The step that writes it."""

    def register(self, name: str, create_new_version: bool = True) -> "PipelineData":
        """Registers a version of a dataset of its files once the step has completed; returns itself."""
        self._registration = {"name": name}
        return self

    def as_dataset(self) -> "PipelineData":
        """Output as a dataset: itself."""
        return self

    as_mount = as_download = as_direct = as_input = as_dataset

    def as_named_input(self, name: str) -> DatasetConsumptionConfig:
        """The output as an input under a name, by which the script finds its folder as well."""
        return DatasetConsumptionConfig(name, self)

    def parse_delimited_files(
        self,
        include_path: bool = False,
        separator: str = ",",
        header: Any = None,
        partition_format: Any = None,
        file_extension: str = "",
        set_column_types: Any = None,
        quoted_line_breaks: bool = False,
    ) -> OutputTabularDatasetConfig:
        """The output as a table, read from the delimited files with that extension."""
        return table_of_text(
            self,
            f"**/*{file_extension}" if file_extension else None,
            include_path=include_path,
            separator=separator,
            header=True if header is None else header,
            partition_format=partition_format,
            set_column_types=set_column_types,
        )

    def parse_parquet_files(
        self,
        include_path: bool = False,
        partition_format: Any = None,
        file_extension: str = "",
        set_column_types: Any = None,
    ) -> OutputTabularDatasetConfig:
        """The output as a table, read from the Parquet files with that extension."""
        return table_of_parquet(
            self,
            f"**/*{file_extension}" if file_extension else None,
            include_path=include_path,
            partition_format=partition_format,
            set_column_types=set_column_types,
        )

    def _below(self, run_id: str) -> str:
        """Its path in the datastore."""
        return f"azureml/{run_id}/{self.name}"

    def __repr__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self.name}"


OUTPUTS = (PipelineData, OutputFileDatasetConfig, OutputTabularDatasetConfig)
"""What stands for a folder that a script writes."""


class TrainingOutput:
    """Output of a step that searches: "Metrics", a JSON file with the values of each run, or "Model", a file of the
    best one. Raises UserErrorException for another type.
    """

    def __init__(
        self, type: str, iteration: Optional[int] = None, metric: Optional[str] = None, model_file: Optional[str] = None
    ) -> None:
        if type not in ("Metrics", "Model"):
            raise UserErrorException("Parameter type must be Metrics or Model.")
        self.type = type
        self.iteration = iteration
        self.metric = metric
        self.model_file = model_file


class PipelineOutputFileDataset:
    """Output of a step as a dataset of files: the `PipelineData` itself."""

    def __new__(cls, pipeline_data: PipelineData) -> PipelineData:  # type: ignore[misc]
        """Returns `pipeline_data.as_dataset()`."""
        return pipeline_data.as_dataset()


class PortDataReference:
    """Output that a step has written to a datastore."""

    def __init__(self, name: str, datastore: Any, path_on_datastore: str) -> None:
        self.name = name
        self.datastore = datastore
        self.path_on_datastore = self._path_on_datastore = path_on_datastore

    @property
    def _folder(self) -> str:
        return os.path.join(self.datastore._folder, *self.path_on_datastore.split("/"))

    def download(self, local_path: str, overwrite: Optional[bool] = None, show_progress: Optional[bool] = None) -> int:
        """Copies it below a folder, where it has its path of the datastore; gives how many files. Raises
        UserErrorException where nothing was written."""
        target = os.path.join(local_path, *self.path_on_datastore.split("/"))
        if os.path.isfile(self._folder):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(self._folder, target)
            return 1
        if not os.path.isdir(self._folder):
            raise UserErrorException(f"The output {self.name} has no files.")
        count = 0
        for folder, _, names in os.walk(self._folder):
            place = os.path.join(target, os.path.relpath(folder, self._folder))
            os.makedirs(place, exist_ok=True)
            for name in names:
                if overwrite is not False or not os.path.exists(os.path.join(place, name)):
                    shutil.copy2(os.path.join(folder, name), os.path.join(place, name))
                    count += 1
        return count

    def __repr__(self) -> str:
        return f"PortDataReference(name={self.name}, path={self.path_on_datastore})"
