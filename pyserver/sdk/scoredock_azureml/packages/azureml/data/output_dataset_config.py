"""Where a step of a pipeline writes its files."""

from __future__ import annotations

import re
from typing import Any, Dict, Optional, Tuple

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
        self.datastore = destination[0] if isinstance(destination, tuple) else destination
        self._registration: Optional[Dict[str, Any]] = None

    def register_on_complete(
        self, name: str, description: Optional[str] = None, tags: Optional[Dict[str, str]] = None
    ) -> "OutputFileDatasetConfig":
        """The same, of whose files a version of a dataset is registered once the step has completed."""
        self._registration = {"name": name, "description": description, "tags": tags}
        return self

    def as_mount(self, disable_metadata_cache: bool = False) -> "OutputFileDatasetConfig":
        """The same: files are on this machine."""
        return self

    def as_upload(self, overwrite: bool = False, source_globs: Any = None) -> "OutputFileDatasetConfig":
        """The same: files are on this machine."""
        return self

    def as_input(self, name: Optional[str] = None) -> "OutputFileDatasetConfig":
        """As an input of another step."""
        return self

    def read_delimited_files(
        self,
        include_path: bool = False,
        separator: str = ",",
        header: Any = None,
        partition_format: Optional[str] = None,
        path_glob: Optional[str] = None,
        set_column_types: Any = None,
    ) -> "OutputTabularDatasetConfig":
        """The same as a table."""
        return OutputTabularDatasetConfig(self)

    def read_parquet_files(
        self,
        include_path: bool = False,
        partition_format: Optional[str] = None,
        path_glob: Optional[str] = None,
        set_column_types: Any = None,
    ) -> "OutputTabularDatasetConfig":
        """The same as a table."""
        return OutputTabularDatasetConfig(self)

    def _below(self, run_id: str) -> str:
        """Its path in the datastore."""
        written = self.destination[1] if isinstance(self.destination, tuple) else "dataset/{run-id}/{output-name}"
        values = {"run-id": run_id, "output-name": self.name}
        return re.sub(r"\{(run-id|output-name)\}", lambda found: values[found[1]], str(written)).strip("/")

    def __repr__(self) -> str:
        return f"OutputFileDatasetConfig(name={self.name})"


class OutputTabularDatasetConfig:
    """A table that a step leaves. Scripts may describe it; steps that run here leave files, and one that is to leave a
    table fails with a sentence that says so."""

    def __init__(self, files: OutputFileDatasetConfig, suffix: str = "") -> None:
        self.name = f"{files.name}{suffix}"
        self._files = files

    def register_on_complete(
        self, name: str, description: Optional[str] = None, tags: Optional[Dict[str, str]] = None
    ) -> "OutputTabularDatasetConfig":
        """The same."""
        return self

    def keep_columns(self, columns: Any) -> "OutputTabularDatasetConfig":
        """The same."""
        return self

    def drop_columns(self, columns: Any) -> "OutputTabularDatasetConfig":
        """The same."""
        return self

    def random_split(
        self, percentage: float, seed: Optional[int] = None
    ) -> "Tuple[OutputTabularDatasetConfig, OutputTabularDatasetConfig]":
        """Both parts."""
        return OutputTabularDatasetConfig(self._files, "_1"), OutputTabularDatasetConfig(self._files, "_2")

    def as_mount(self) -> "OutputTabularDatasetConfig":
        """The same."""
        return self

    def as_upload(self, overwrite: bool = False, source_globs: Any = None) -> "OutputTabularDatasetConfig":
        """The same."""
        return self

    def as_input(self, name: Optional[str] = None) -> "OutputTabularDatasetConfig":
        """As an input of another step."""
        return self
