"""A place of a datastore, as `Dataset.File.upload_directory` takes it."""

from __future__ import annotations

from typing import Any, Optional

from azureml.data.data_reference import DataReference


class DataPath(DataReference):
    """A path of a datastore under its older name."""

    def __init__(
        self, datastore: Any = None, path_on_datastore: Optional[str] = None, name: Optional[str] = None
    ) -> None:
        super().__init__(datastore, (path_on_datastore or "").strip("/"))
        self.name = name
