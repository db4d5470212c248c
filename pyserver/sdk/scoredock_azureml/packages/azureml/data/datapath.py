"""A place of a datastore, as `Dataset.File.upload_directory` takes it."""

from __future__ import annotations

from typing import Any, Optional

from azureml.data.data_reference import DataReference
from azureml.exceptions import UserErrorException


class DataPathComputeBinding:
    """Way in which a script is given a path of a datastore: here it is always the folder or file itself."""

    def __init__(self, mode: str = "mount", path_on_compute: Optional[str] = None, overwrite: bool = False) -> None:
        if mode not in ("mount", "download", "upload"):
            raise UserErrorException(f"Invalid mode {mode}: a data path is mounted, downloaded or uploaded.")
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite


class DataPath(DataReference):
    """A path of a datastore under its older name."""

    def __init__(
        self, datastore: Any = None, path_on_datastore: Optional[str] = None, name: Optional[str] = None
    ) -> None:
        super().__init__(datastore, None, path_on_datastore)
        self.name = name

    @property
    def datastore_name(self) -> Optional[str]:
        """Name of its datastore."""
        return getattr(self.datastore, "name", None)

    def create_data_reference(
        self, data_reference_name: Optional[str] = None, datapath_compute_binding: Any = None
    ) -> DataReference:
        """Reference to the same place."""
        mode = getattr(datapath_compute_binding, "mode", "mount")
        return DataReference(self.datastore, data_reference_name, self.path_on_datastore, mode)

    @staticmethod
    def create_from_data_reference(data_reference: DataReference) -> "DataPath":
        """The place of a reference."""
        return DataPath(data_reference.datastore, data_reference.path_on_datastore)
