"""Pipelines that were published or submitted, in the folder of the workspace: their objects, and copies of the
folders of their scripts.

May import: the standard library and `azureml`.
"""

from __future__ import annotations

import os
import pickle
import shutil
from typing import IO, TYPE_CHECKING, Any, Dict, List

from azureml._scoredock import notes
from azureml._scoredock.failures import coded_error
from azureml.core._run_logging import copy_tree
from azureml.core.compute import ComputeTarget
from azureml.core.workspace import Workspace
from azureml.exceptions import AzureMLException, UserErrorException
from azureml.pipeline.steps.data_transfer_step import DataTransferStep
from azureml.pipeline.steps.parallel_run_step import ParallelRunStep

if TYPE_CHECKING:
    from azureml.pipeline.core.pipeline import Pipeline

_PLACE = ".pipelines"
_FILE = "pipeline"
_WORKSPACE, _COMPUTE = "workspace", "compute "
"""What stands for an object that belongs to the workspace."""
_PROTOCOL = 4
"""The newest one that Python 3.6 reads."""
_PLAIN = (
    ("collections", "OrderedDict"),
    ("pathlib", "PosixPath"),
    ("pathlib", "WindowsPath"),
    ("types", "SimpleNamespace"),
)


class _Writer(pickle.Pickler):
    def persistent_id(self, value: Any) -> Any:
        """Mark for an object of the workspace, which is read from it again; None for other objects."""
        if isinstance(value, Workspace):
            return _WORKSPACE
        return f"{_COMPUTE}{value.name}" if isinstance(value, ComputeTarget) else None


class _Reader(pickle.Unpickler):
    """Makes objects of the SDK only: a file that somebody has changed runs nothing."""

    def __init__(self, file: IO[bytes], workspace: Workspace) -> None:
        super().__init__(file)
        self._workspace = workspace

    def persistent_load(self, id: str) -> Any:
        """The workspace, or the name of a target, which is as good as the target."""
        return self._workspace if id == _WORKSPACE else id[len(_COMPUTE) :]

    def find_class(self, module: str, name: str) -> Any:
        """Raises UnpicklingError for what is not a class of the SDK."""
        kind = super().find_class(module, name)
        is_ours = isinstance(kind, type) and kind.__module__.partition(".")[0] == "azureml"
        if not is_ours and (module, name) not in _PLAIN:
            raise pickle.UnpicklingError(f"{module}.{name} is not of the SDK")
        return kind


def keep(pipeline: "Pipeline", id: str) -> None:
    """Writes a pipeline with the scripts of its steps. Raises UserErrorException for a value of the person's own that
    cannot be kept, and for folders that are too large."""
    folder = notes.folder_of(pipeline.workspace, f"{_PLACE}/{id}")
    path = os.path.join(folder, _FILE)
    try:
        _write(path, pipeline)
        copy = read(pipeline.workspace, id)  # whose steps may be given other folders
        for number, step in enumerate(copy._steps):
            _take_scripts(step, copy._folder, os.path.join(folder, f"scripts-{number}"))
        _write(path, copy)
    except (AttributeError, OSError, TypeError, pickle.PickleError, UserErrorException) as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, UserErrorException):
            raise
        raise UserErrorException(f"it cannot be kept ({error})") from None


def _write(path: str, pipeline: "Pipeline") -> None:
    with open(path, "wb") as file:
        _Writer(file, _PROTOCOL).dump(pipeline)


def _take_scripts(step: Any, usual_folder: Any, place: str) -> None:
    if isinstance(step, DataTransferStep):
        return
    owner = step._config if isinstance(step, ParallelRunStep) else step
    folder = owner.source_directory or (usual_folder if owner is step else None)
    if owner is not step and folder is None:  # the script alone
        os.makedirs(place)
        script = os.path.abspath(owner.entry_script)
        owner.entry_script = shutil.copy2(script, place)
        return
    copy_tree(os.path.abspath(folder or "."), place)
    owner.source_directory = place


def _file(workspace: Workspace, id: str) -> str:
    return os.path.join(workspace._record["path"], "sdk", _PLACE, id, _FILE)


def is_kept(workspace: Workspace, id: str) -> bool:
    """True if `keep` has written the pipeline of a publication or of a run."""
    return os.path.isfile(_file(workspace, id))


def read(workspace: Workspace, id: str) -> "Pipeline":
    """A pipeline that `keep` has written. Raises UserErrorException with `asset-not-found`."""
    if not is_kept(workspace, id):
        raise missing(f"What the published pipeline {id} is made of")
    with open(_file(workspace, id), "rb") as file:
        pipeline: "Pipeline" = _Reader(file, workspace).load()
    return pipeline


def note(workspace: Workspace, id: str, **fields: Any) -> None:
    """Keeps the record of a published pipeline or of an endpoint."""
    notes.note(workspace, f"{_PLACE}/{id}", **fields)


def records(workspace: Workspace, kind: str) -> List[Dict[str, Any]]:
    """Records of a kind, the newest first."""
    folder = os.path.join(workspace._record["path"], "sdk", _PLACE)
    ids = os.listdir(folder) if os.path.isdir(folder) else []
    read_records = [{**notes.read(workspace, f"{_PLACE}/{each}"), "id": each} for each in ids]
    ours = [each for each in read_records if each.get("kind") == kind]
    return sorted(ours, key=lambda each: float(each["created"]), reverse=True)


def missing(what: str) -> AzureMLException:
    """Raised where no script has published it."""
    return coded_error(
        UserErrorException,
        f"{what} is not in this workspace.",
        "asset-not-found",
        "Run the script that publishes it first.",
    )
