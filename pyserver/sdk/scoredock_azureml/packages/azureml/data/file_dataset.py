"""`FileDataset`: paths on this machine, mounted or downloaded, before and after they are registered."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

from azureml._scoredock import notes
from azureml._scoredock.absent import refuse_each
from azureml.data._conditions import Column, Condition
from azureml.data._partition_format import PartitionFormat
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig, copy_files
from azureml.data.tabular_dataset import AbstractDataset, RegisteredDataset, RegisteredTabularDataset, note_of
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_PLACES = "files.json"
_NO_ROWS = ("dataset-invalid", "file-too-large")
"""What a workspace says of rows that it does not take."""
_MOST_ROWS = 100_000
"""That a dataset may have."""


class FileDataset(AbstractDataset):
    """Files of this machine. Where they are text, their lines are the rows."""

    _files: List[Tuple[str, str]]
    """Path here, and path below the folder that the dataset was made of."""
    _addresses: List[str] = []
    """Of the web, which it was made of in the place of files."""
    _is_single = False
    """Whether it was made of the path of one file."""
    _partition_format = ""
    """Where the keys of partitions stand in its paths."""

    def __init__(
        self, rows: Optional[List[str]] = None, files: Optional[List[Tuple[str, str]]] = None, is_single: bool = False
    ) -> None:
        super().__init__(rows)
        self._files = list(files or [])
        self._is_single = is_single

    def __repr__(self) -> str:
        return f"FileDataset(files={len(self._files)}, name={self.name})"

    def _partition(self, form: str) -> None:
        """Takes the keys from its paths. Raises UserErrorException for a format that v1 refuses."""
        self._partition_format = form
        self.partition_keys = PartitionFormat(form).columns

    def _key_records(self) -> List[Dict[str, Any]]:
        """Values of the partition keys in each of its paths."""
        form = PartitionFormat(self._partition_format)
        return [form.values(path) for path in [path for path, _ in self._files] or self._addresses]

    def filter(self, expression: Condition) -> AbstractDataset:
        """The files for whose keys of partitions a condition such as `dataset["year"] == "2020"` holds."""
        records = self._key_records()
        return self._chosen([number for number, record in enumerate(records) if expression._holds(record)])

    def __getitem__(self, name: str) -> Column:
        """A key of its partitions, to be compared for `filter`. Raises UserErrorException where it has no such key."""
        if name not in self.partition_keys:
            has = f"has {', '.join(self.partition_keys)}" if self.partition_keys else "has no partition_format"
            raise UserErrorException(f"The dataset has no column {name}: it is of files and {has}.")
        return Column(name)

    def to_path(self) -> List[str]:
        """Paths of the files below the folder that it was made of."""
        return [f"/{below}" for _, below in self._files]

    def download(
        self, target_path: Optional[str] = None, overwrite: bool = False, ignore_not_found: bool = False
    ) -> List[str]:
        """Copies of the files; without a folder in a new one. Raises FileExistsError."""
        copies: List[str] = copy_files(
            self._files, target_path or tempfile.mkdtemp(prefix="scoredock-files-"), overwrite
        )
        return copies

    def mount(self, mount_point: Optional[str] = None, **kwargs: Any) -> "MountContext":
        """A folder with copies of the files."""
        return MountContext(self, mount_point)

    def as_mount(self, path_on_compute: Optional[str] = None) -> DatasetConsumptionConfig:
        """The dataset as an argument of a submitted script, which gets the path of the files there."""
        return self._input().as_mount(path_on_compute)

    def as_download(self, path_on_compute: Optional[str] = None) -> DatasetConsumptionConfig:
        """The dataset as an argument of a submitted script, which gets the path of the files there."""
        return self._input().as_download(path_on_compute)

    def register(
        self,
        workspace: "Workspace",
        name: str,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        create_new_version: bool = False,
    ) -> RegisteredDataset:
        """Adds a version to the workspace, with the places of the files. Raises UserErrorException."""
        try:
            record = super().register(workspace, name, description, tags, create_new_version)
        except UserErrorException as error:
            # Its lines are more or longer than rows may be: a dataset of files has no such limit.
            if error.code not in _NO_ROWS:
                raise
            self._rows = ([below for _, below in self._files] or self._addresses)[:_MOST_ROWS]
            record = super().register(workspace, name, description, tags, create_new_version)
        fields = {"files": self._files, "single": self._is_single, "partitionFormat": self._partition_format}
        notes.write(workspace, note_of(str(record.id)), _PLACES, fields)
        return registered_of(workspace, record._record)

    def _count(self) -> int:
        return len(self._files or self._loaded())

    def _chosen(self, numbers: Sequence[int]) -> AbstractDataset:
        """The files at these places; of the web, which is not a file here, the lines."""
        from azureml.data.dataset_factory import FileDatasetFactory

        if not self._files:
            return super()._chosen(numbers)
        made = FileDatasetFactory._of([self._files[each] for each in numbers])
        made._partition(self._partition_format)
        return made

    def _input(self) -> DatasetConsumptionConfig:
        return self.as_named_input("input_" + hashlib.sha256(json.dumps(self._files).encode()).hexdigest()[:8])


refuse_each(FileDataset, ("file_metadata",), "Its files lie on this machine: download copies them.")


class MountContext:
    """Copies of the files in a folder, between `start` and `stop`, or in a `with`."""

    def __init__(self, dataset: FileDataset, mount_point: Optional[str]) -> None:
        self._dataset = dataset
        self._is_own = mount_point is None
        self.mount_point = mount_point or tempfile.mkdtemp(prefix="scoredock-files-")

    def start(self) -> None:
        """Copies them."""
        self._dataset.download(self.mount_point, overwrite=True)

    def stop(self) -> None:
        """Removes the copies, where nobody named the folder."""
        if self._is_own:
            shutil.rmtree(self.mount_point, ignore_errors=True)

    def __enter__(self) -> "MountContext":
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()


class RegisteredFileDataset(RegisteredDataset, FileDataset):
    """Version of a registered dataset of files."""

    _kind = "FileDataset"


def registered_of(workspace: "Workspace", record: Dict[str, Any]) -> RegisteredDataset:
    """A registered dataset of files where a script made it of files, else its rows."""
    path = os.path.join(workspace._record["path"], "sdk", note_of(str(record["id"])), _PLACES)
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError):
        return RegisteredTabularDataset._of(workspace, record)
    found = RegisteredFileDataset._of(workspace, record)
    assert isinstance(found, RegisteredFileDataset)  # noqa: S101 (of the class that made it)
    found._files = [(path, below) for path, below in document["files"]]
    found._is_single = document["single"]
    found._partition(document.get("partitionFormat", ""))  # versions of before have none
    return found
