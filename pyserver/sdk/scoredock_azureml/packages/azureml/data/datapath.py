"""A place of a datastore, as `Dataset.File.upload_directory` takes it."""

from __future__ import annotations

from typing import Any, Optional

from azureml.data.data_reference import DataReference


class DataPath(DataReference):
    """A path of a datastore under its older name."""

    def __init__(
        self, datastore: Any = None, path_on_datastore: Optional[str] = None, name: Optional[str] = None
    ) -> None:
        super().__init__(datastore, None, path_on_datastore)
        self.name = name

    @property
    def datastore_name(self) -> Optional[str]:
        """Of its datastore."""
        return getattr(self.datastore, "name", None)

    def create_data_reference(
        self, data_reference_name: Optional[str] = None, datapath_compute_binding: Any = None
    ) -> DataReference:
        """The same place as a reference."""
        mode = getattr(datapath_compute_binding, "mode", "mount")
        return DataReference(self.datastore, data_reference_name, self.path_on_datastore, mode)

    @staticmethod
    def create_from_data_reference(data_reference: DataReference) -> "DataPath":
        """The place of a reference."""
        return DataPath(data_reference.datastore, data_reference.path_on_datastore)
