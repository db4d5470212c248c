"""The folders that scripts were submitted with, as zips in the folder of the workspace; equal ones are kept once."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from typing import TYPE_CHECKING, Any, Dict, Iterator, Optional, Tuple

from azureml._scoredock.failures import coded_error
from azureml._scoredock.notes import make_private
from azureml._scoredock.temporary import scratch_folder
from azureml.core._run_logging import copy_tree
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

PROPERTY = "ContentSnapshotId"
"""Of a run: the id of its snapshot, under v1's name."""


def _files(folder: str) -> Iterator[Tuple[str, str]]:
    """Path and name of each file, in the same order for equal folders."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for each in sorted(names):
            path = os.path.join(root, each)
            yield path, os.path.relpath(path, folder).replace(os.sep, "/")


def keep(workspace: "Workspace", folder: str) -> str:
    """Keeps the files of a folder, unless they are there; gives their id."""
    digest = hashlib.sha256()
    for path, name in _files(folder):
        digest.update(f"{name}\0{os.path.getsize(path)}\0".encode("utf-8", "surrogateescape"))
        with open(path, "rb") as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                digest.update(part)
    id = digest.hexdigest()[:32]
    place = _place(workspace, id)
    if not os.path.exists(place):
        make_private(os.path.dirname(place))
        partial = f"{place}.{os.getpid()}.new"
        with zipfile.ZipFile(partial, "w") as archive:
            for path, name in _files(folder):
                entry = zipfile.ZipInfo(name)  # without its time, which a zip may be unable to hold
                entry.compress_type = zipfile.ZIP_DEFLATED
                with open(path, "rb") as file, archive.open(entry, "w") as copy:
                    shutil.copyfileobj(file, copy)
        os.replace(partial, place)
    return id


def _place(workspace: "Workspace", id: str) -> str:
    return os.path.join(workspace._record["path"], "sdk", "snapshots", f"{os.path.basename(id)}.zip")


class RunSnapshots:
    """The methods of a run about what its script was submitted with."""

    id: str

    def get_snapshot_id(self) -> Optional[str]:
        """Id of the copy of the folder that the run's script was submitted with; None for a run without a script."""
        return self.get_properties().get(PROPERTY)

    def restore_snapshot(self, snapshot_id: Optional[str] = None, path: Optional[str] = None) -> str:
        """Writes it as a zip into a folder, by default that of temporary files; gives the path of the zip. Raises
        UserErrorException for a run that has none."""
        id = snapshot_id or self.get_snapshot_id()
        place = _place(self._workspace(), id) if id else ""
        if not id or not os.path.isfile(place):
            raise coded_error(
                UserErrorException,
                f"The run {self.id} has no snapshot{f' {id}' if id else ''}.",
                "run-artifact-missing",
                "Runs of scripts that were submitted with ScriptRunConfig have one; others get it by take_snapshot.",
            )
        target = os.path.abspath(os.path.join(path or tempfile.gettempdir(), f"{id}.zip"))
        shutil.copyfile(place, target)
        return target

    def take_snapshot(self, file_or_folder_path: str) -> str:
        """Keeps a file or folder with the run; gives its id. Raises UserErrorException for a folder that is too
        large."""
        with scratch_folder("script") as folder:
            if os.path.isdir(file_or_folder_path):
                copy_tree(os.path.abspath(file_or_folder_path), folder)
            else:
                shutil.copy2(file_or_folder_path, folder)
            id = keep(self._workspace(), folder)
        self.add_properties({PROPERTY: id})
        return id

    if TYPE_CHECKING:  # of the run itself

        def get_properties(self) -> Dict[str, str]: ...
        def add_properties(self, properties: Dict[str, Any]) -> None: ...
        def _workspace(self) -> "Workspace": ...
