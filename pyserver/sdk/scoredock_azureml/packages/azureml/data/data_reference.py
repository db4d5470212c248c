"""`DataReference`: a path of a datastore that a step or script gets, mounted or downloaded."""

from __future__ import annotations

import os
import uuid
from typing import Any, Optional


def on_store(path: Any) -> str:
    """A path of a datastore as it is kept there, with slashes, also where Windows wrote it."""
    return os.fspath(path or "").replace("\\", "/")


class DataReference:
    """Path of a datastore, as `Datastore.path` and `upload_files` give it. As an argument of a script it is the folder
    or file itself, which is on this machine, in each of the modes.
    """

    def __init__(
        self,
        datastore: Any,
        data_reference_name: Optional[str] = None,
        path_on_datastore: Optional[str] = None,
        mode: str = "mount",
        path_on_compute: Optional[str] = None,
        overwrite: bool = False,
    ) -> None:
        self.datastore = datastore
        self.path_on_datastore = on_store(path_on_datastore).strip("/")
        usual = uuid.uuid4().hex if self.path_on_datastore else str(getattr(datastore, "name", ""))
        self.data_reference_name: str = data_reference_name or usual
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite

    def path(self, path: Optional[str] = None, data_reference_name: Optional[str] = None) -> "DataReference":
        """A path below it."""
        joined = "/".join(part for part in (self.path_on_datastore, path) if part)
        return DataReference(self.datastore, data_reference_name, joined)

    def as_mount(self) -> "DataReference":
        """The reference as a place that a script mounts."""
        return self._as("mount", None)

    def as_download(self, path_on_compute: Optional[str] = None, overwrite: bool = False) -> "DataReference":
        """The reference as a place that a script downloads."""
        return self._as("download", path_on_compute)

    def as_upload(self, path_on_compute: Optional[str] = None, overwrite: bool = False) -> "DataReference":
        """The reference as a place that a script uploads to."""
        return self._as("upload", path_on_compute)

    def to_config(self) -> "DataReference":
        """The reference itself, as `RunConfiguration.data_references` takes it."""
        return self

    def _as(self, mode: str, place: Optional[str]) -> "DataReference":
        return DataReference(self.datastore, self.data_reference_name, self.path_on_datastore, mode, place)

    def _here(self) -> str:
        """Its path on this machine."""
        place: str = os.path.normpath(os.path.join(self.datastore._folder, self.path_on_datastore))
        if self.mode == "upload" or not self.path_on_datastore:
            os.makedirs(place, exist_ok=True)
        return place

    def __str__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self.data_reference_name}"

    __repr__ = __str__
