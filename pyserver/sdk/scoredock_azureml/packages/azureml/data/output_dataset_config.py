"""Where a step of a pipeline writes its files."""

from __future__ import annotations

import re
from typing import Any, Dict, Optional

from azureml._scoredock.absent import refuse_each

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

    def _below(self, run_id: str) -> str:
        """Its path in the datastore."""
        written = self.destination[1] if isinstance(self.destination, tuple) else "dataset/{run-id}/{output-name}"
        values = {"run-id": run_id, "output-name": self.name}
        return re.sub(r"\{(run-id|output-name)\}", lambda found: values[found[1]], str(written)).strip("/")

    def __repr__(self) -> str:
        return f"OutputFileDatasetConfig(name={self.name})"


refuse_each(
    OutputFileDatasetConfig,
    ("read_delimited_files", "read_parquet_files"),
    "Make a dataset of the folder once the run has ended: Dataset.File.from_files((datastore, path)).",
)
