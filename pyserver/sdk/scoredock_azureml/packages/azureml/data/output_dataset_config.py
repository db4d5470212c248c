"""`OutputFileDatasetConfig`: where a script writes its files, which become a dataset."""

from __future__ import annotations

import glob
import os
import random
import re
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.data.tabular_dataset import AbstractDataset

_UNNAMED = "output"


class OutputFileDatasetConfig:
    """A folder of the datastore: `destination` is (datastore, path), with `{run-id}` and `{output-name}` in it."""

    def __init__(
        self,
        name: Optional[str] = None,
        destination: Any = None,
        source: Optional[str] = None,
        partition_format: Optional[str] = None,
    ) -> None:
        self.name = name or _UNNAMED
        self.destination = destination
        self.partition_format = partition_format
        self.source = source
        """Where the script writes, in its own folder, where that is not the folder of the datastore."""
        self._globs: List[str] = []
        """Of the files there that are taken; all without any."""
        self.datastore = destination[0] if isinstance(destination, tuple) else destination
        self._registration: Optional[Dict[str, Any]] = None
        self._producer: Any = None
        """The step that writes it."""

    def register_on_complete(
        self, name: str, description: Optional[str] = None, tags: Optional[Dict[str, str]] = None
    ) -> "OutputFileDatasetConfig":
        """Registers a version of a dataset of its files once the step has completed; returns itself."""
        self._registration = {"name": name, "description": description, "tags": tags}
        return self

    def as_mount(self, disable_metadata_cache: bool = False) -> "OutputFileDatasetConfig":
        """The output itself: files are on this machine."""
        return self

    def as_upload(self, overwrite: bool = False, source_globs: Any = None) -> "OutputFileDatasetConfig":
        """The output itself: files are on this machine. Only files of `source` that fit one of the patterns
        are taken.
        """
        self._globs = [source_globs] if isinstance(source_globs, str) else list(source_globs or ())
        return self

    def as_input(self, name: Optional[str] = None) -> DatasetConsumptionConfig:
        """The output as an input of another step, which finds its folder under the name as well."""
        return DatasetConsumptionConfig(name or self.name, self)

    def read_delimited_files(
        self,
        include_path: bool = False,
        separator: str = ",",
        header: Any = None,
        partition_format: Optional[str] = None,
        path_glob: Optional[str] = None,
        set_column_types: Any = None,
    ) -> "OutputTabularDatasetConfig":
        """The output as a table, read from the delimited files that fit `path_glob`."""
        return table_of_text(
            self,
            path_glob,
            include_path=include_path,
            separator=separator,
            header=True if header is None else header,
            partition_format=partition_format,
            set_column_types=set_column_types,
        )

    def read_parquet_files(
        self,
        include_path: bool = False,
        partition_format: Optional[str] = None,
        path_glob: Optional[str] = None,
        set_column_types: Any = None,
    ) -> "OutputTabularDatasetConfig":
        """The output as a table, read from the Parquet files that fit `path_glob`."""
        return table_of_parquet(
            self,
            path_glob,
            include_path=include_path,
            partition_format=partition_format,
            set_column_types=set_column_types,
        )

    def _below(self, run_id: str) -> str:
        """Its path in the datastore."""
        written = self.destination[1] if isinstance(self.destination, tuple) else "dataset/{run-id}/{output-name}"
        values = {"run-id": run_id, "output-name": self.name}
        return re.sub(r"\{(run-id|output-name)\}", lambda found: values[found[1]], str(written)).strip("/")


class OutputTabularDatasetConfig:
    """The files that a script leaves, as a table for those that read them."""

    def __init__(
        self,
        files: Any,
        read: "Callable[[List[str]], AbstractDataset]",
        suffix: str = "",
        mode: str = "mount",
        path_glob: Optional[str] = None,
    ) -> None:
        self.name = f"{files.name}{suffix}"
        self.mode = mode
        self._files = files
        self._read = read
        """Makes the table of the paths of files."""
        self._path_glob = path_glob
        """Of those that it takes, below the folder that the script writes; all without one."""
        self._registration: Optional[Dict[str, Any]] = None

    def register_on_complete(
        self, name: str, description: Optional[str] = None, tags: Optional[Dict[str, str]] = None
    ) -> "OutputTabularDatasetConfig":
        """Registers a version of a dataset of its rows once the script has completed; returns itself."""
        self._registration = {"name": name, "description": description, "tags": tags}
        return self

    def keep_columns(self, columns: Any) -> "OutputTabularDatasetConfig":
        """The table of these columns."""
        return self._changed(lambda table: table.keep_columns(columns))

    def drop_columns(self, columns: Any) -> "OutputTabularDatasetConfig":
        """The table of the others."""
        return self._changed(lambda table: table.drop_columns(columns))

    def random_split(
        self, percentage: float, seed: Optional[int] = None
    ) -> "Tuple[OutputTabularDatasetConfig, OutputTabularDatasetConfig]":
        """Two outputs, with the parts of a random split."""
        fixed = random.randrange(1 << 32) if seed is None else seed  # noqa: S311 (nothing secret)
        first = self._changed(lambda table: table.random_split(percentage, fixed)[0], "_1")
        return first, self._changed(lambda table: table.random_split(percentage, fixed)[1], "_2")

    def as_mount(self) -> "OutputTabularDatasetConfig":
        """The output itself: files are on this machine."""
        return self

    def as_upload(self, overwrite: bool = False, source_globs: Any = None) -> "OutputTabularDatasetConfig":
        """The output itself: files are on this machine."""
        return self

    def as_input(self, name: Optional[str] = None) -> DatasetConsumptionConfig:
        """The output as an input of another step, which finds the table under the name."""
        return DatasetConsumptionConfig(name or self.name, self)

    as_named_input = as_input

    def _changed(
        self, change: "Callable[[AbstractDataset], AbstractDataset]", suffix: str = ""
    ) -> "OutputTabularDatasetConfig":
        return OutputTabularDatasetConfig(
            self._files, lambda paths: change(self._read(paths)), suffix, self.mode, self._path_glob
        )

    def _table(self, folder: str) -> "AbstractDataset":
        """Table of the files below the folder. Raises UserErrorException if none fits the pattern."""
        found = glob.glob(os.path.join(glob.escape(folder), self._path_glob or "**"), recursive=True)
        paths = sorted(each for each in found if os.path.isfile(each))
        if not paths and self._path_glob:
            raise UserErrorException(f"No file of the output {self._files.name} fits {self._path_glob}.")
        return self._read(paths)


def table_of_text(files: Any, path_glob: Optional[str], **options: Any) -> OutputTabularDatasetConfig:
    """Output as a table, read from delimited files by options of `from_delimited_files`."""

    def read(paths: List[str]) -> "AbstractDataset":
        from azureml.data.dataset_factory import TabularDatasetFactory

        return TabularDatasetFactory.from_delimited_files(paths, **options)

    return OutputTabularDatasetConfig(files, read, path_glob=path_glob)


def table_of_parquet(files: Any, path_glob: Optional[str], **options: Any) -> OutputTabularDatasetConfig:
    """Output as a table, read from Parquet files by options of `from_parquet_files`."""

    def read(paths: List[str]) -> "AbstractDataset":
        from azureml.data.dataset_factory import TabularDatasetFactory

        return TabularDatasetFactory.from_parquet_files(paths, **options)

    return OutputTabularDatasetConfig(files, read, path_glob=path_glob)


def source_of(value: Any) -> Any:
    """The output that is behind the names and tables that were made of it; any other value as it is."""
    while isinstance(value, (DatasetConsumptionConfig, OutputTabularDatasetConfig)):
        value = value.dataset if isinstance(value, DatasetConsumptionConfig) else value._files
    return value
