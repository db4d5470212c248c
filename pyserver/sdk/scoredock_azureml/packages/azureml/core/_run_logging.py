"""Writes of a script into a run: metrics, labels, files and its end. The workspace keeps it."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from io import IOBase
from typing import Any, Dict, List, Optional, Sequence

from azureml._scoredock.failures import ServerFailure, coded_error, exception_of
from azureml._scoredock.private_modules import snapshot_bytes
from azureml._scoredock.server import request
from azureml._scoredock.temporary import scratch_folder
from azureml.core import _run_values
from azureml.exceptions import UserErrorException


class RunLogging:
    """The writing half of `Run`."""

    id: str
    tags: Dict[str, str]
    properties: Dict[str, str]
    _store: str
    _outputs: Optional[str] = None
    """Folder whose files are uploaded at the end."""
    _is_submitted = False
    """Whether this is the script of a submitted run, whose end is that of its process."""

    description: Optional[str] = None

    def _own_experiment(self) -> Any:
        raise NotImplementedError

    @property
    def number(self) -> int:
        """Number of the run among those of its experiment, as Azure counts them: the first one is 1."""
        runs = self._own_experiment().get_runs(include_children=True)
        begun = sorted(runs, key=lambda run: str(run._record["started"]))
        return 1 + [run.id for run in begun].index(self.id)

    def _write(self, method: str, **params: Any) -> Any:
        try:
            return request(f"run/{method}", store=self._store, runId=self.id, **params)
        except ServerFailure as failure:
            raise exception_of(failure, kind=UserErrorException) from None

    def _log(self, name: str, kind: str, value: Any, step: Optional[int] = None) -> None:
        metric: Dict[str, Any] = {"name": str(name), "kind": kind, "value": json.dumps(value)}
        if step is not None:
            metric["step"] = int(step)
        self._write("log", metrics=[metric])

    # -------------------------------------------------------------------------------------- metrics

    def log(self, name: str, value: Any, description: str = "", step: Optional[int] = None) -> None:
        """Logs one value; if a name is logged again, the metric is the list of its values."""
        self._log(name, "scalar", _run_values.scalar(value), step)

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Logs several values at once."""
        self._log(name, "list", _run_values.values(value))

    def log_row(self, name: str, description: Optional[str] = None, **kwargs: Any) -> None:
        """Logs a row of a table, a column for each keyword."""
        self._log(name, "row", _run_values.row(kwargs))

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Columns of the same length, by name."""
        self._log(name, "table", _run_values.table(value))

    def log_image(self, name: str, path: Optional[str] = None, plot: Any = None, description: str = "") -> None:
        """Logs a file with an image, or a plot of matplotlib."""
        _run_values.one_of(path, plot)
        if path is not None:
            _run_values.require_image(path)
            self._log_file(name, "image", path.replace(os.sep, "/"), path)
            return
        if not hasattr(plot, "savefig"):
            raise _run_values._refused("The plot must be of type matplotlib.pyplot.")
        with scratch_folder("log") as folder:
            file = os.path.join(folder, "plot.png")
            plot.savefig(file, format="png")
            self._log_file(name, "image", self._free_name(f"{name}_{int(time.time())}", ".png"), file)

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        """Logs a JSON document with schema_type `confusion_matrix`."""
        self._log_document(name, value, "confusion_matrix")

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        """Logs a JSON document with schema_type `accuracy_table`."""
        self._log_document(name, value, "accuracy_table")

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        """Logs a JSON document with schema_type `residuals`."""
        self._log_document(name, value, "residuals")

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        """Logs a JSON document with schema_type `predictions`."""
        self._log_document(name, value, "predictions")

    def _log_document(self, name: str, value: Any, kind: str) -> None:
        text = _run_values.document(name, value, kind)
        with scratch_folder("log") as folder:
            file = os.path.join(folder, "document.json")
            with open(file, "w", encoding="utf-8") as stream:
                stream.write(text)
            self._log_file(name, kind, self._free_name(name, ""), file)

    def _log_file(self, name: str, kind: str, artifact: str, path: str) -> None:
        self._upload([artifact], [path])
        self._log(name, kind, f"aml://artifactId/ExperimentRun/dcid.{self.id}/{artifact}")

    def _free_name(self, name: str, ending: str) -> str:
        taken = set(self.get_file_names())
        candidates = [name + ending, *(f"{name}_{number}{ending}" for number in range(2, len(taken) + 3))]
        return next(each for each in candidates if each not in taken)

    def get_file_names(self) -> List[str]:
        """Paths of its files."""
        raise NotImplementedError

    # -------------------------------------------------------------------------------------- labels

    def tag(self, key: str, value: Optional[str] = None) -> None:
        """Adds or changes a tag."""
        self.set_tags({key: value})

    def set_tags(self, tags: Dict[str, Any]) -> None:
        """Adds or changes tags."""
        given = {str(key): "" if value is None else str(value) for key, value in tags.items()}
        self._take_labels(self._write("change", tags=given))

    def remove_tags(self, tags: Sequence[str]) -> None:
        """Takes tags away."""
        self._take_labels(self._write("change", removedTags=[tags] if isinstance(tags, str) else list(tags)))

    def add_properties(self, properties: Dict[str, Any]) -> None:
        """Adds properties, which do not change afterwards."""
        given = {str(key): str(value) for key, value in properties.items()}
        self._take_labels(self._write("change", properties=given))

    def _take_labels(self, record: Dict[str, Any]) -> None:
        self.tags, self.properties = dict(record["tags"]), dict(record["properties"])

    # -------------------------------------------------------------------------------------- files

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: Optional[str] = None) -> None:
        """Copies a file, or what an open file holds, into the run."""
        _require_no_datastore(datastore_name)
        if isinstance(path_or_stream, str):
            self._upload([name], [path_or_stream])
        elif isinstance(path_or_stream, IOBase):
            with scratch_folder("log") as folder:
                path = os.path.join(folder, "stream")
                with open(path, "wb") as file:
                    text = path_or_stream.read()
                    file.write(text.encode("utf-8") if isinstance(text, str) else text)
                self._upload([name], [path])
        else:
            raise coded_error(
                UserErrorException,
                f"UnsupportedType: type {type(path_or_stream)} is invalid, supported input types: file path or file.",
                "run-value-invalid",
            )

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: Optional[int] = None,
        datastore_name: Optional[str] = None,
    ) -> None:
        """Copies several files."""
        _require_no_datastore(datastore_name)
        if len(names) != len(paths):
            raise coded_error(
                UserErrorException,
                f"upload_files has {len(names)} names and {len(paths)} paths.",
                "run-value-invalid",
                "Give a name for each path.",
            )
        self._upload(list(names), list(paths))

    def upload_folder(self, name: str, path: str, datastore_name: Optional[str] = None) -> None:
        """Copies a folder with all that is in it, under a name."""
        _require_no_datastore(datastore_name)
        if not os.path.isdir(path):
            raise coded_error(UserErrorException, f"{path} is not a folder.", "file-not-found")
        files = sorted(_files(path))
        self._upload([f"{name}/{os.path.relpath(each, path).replace(os.sep, '/')}" for each in files], files)

    def _upload(self, names: List[str], paths: List[str]) -> None:
        for path in paths:
            if not os.path.exists(path):
                raise FileNotFoundError(2, os.strerror(2), path)
        files = [{"name": name, "path": os.path.abspath(path)} for name, path in zip(names, paths)]
        if files:
            self._write("upload", files=files)

    def _watch(self, outputs: Any) -> None:
        """The files of the folder are uploaded at the end, also those of before, as in Azure: `outputs` here, unless
        another one or none is named."""
        if outputs is False:
            return
        self._outputs_name = os.path.normpath(outputs if isinstance(outputs, str) else "outputs")
        self._outputs = os.path.abspath(self._outputs_name)
        os.makedirs(self._outputs, exist_ok=True)

    def _collect(self) -> None:
        if self._outputs is None or os.path.isabs(self._outputs_name):
            return
        taken = set(self.get_file_names())
        files = {f"{self._outputs_name}/{os.path.relpath(path, self._outputs)}": path for path in _files(self._outputs)}
        names = {name.replace(os.sep, "/"): path for name, path in sorted(files.items())}
        self._outputs = None
        self._upload(
            [name for name in names if name not in taken], [path for name, path in names.items() if name not in taken]
        )

    # -------------------------------------------------------------------------------------- its end

    def complete(self, _set_status: bool = True) -> None:
        """Ends the run as completed."""
        self._end("Completed", "", _set_status)

    def fail(self, error_details: Any = None, error_code: Any = None, _set_status: bool = True) -> None:
        """Ends the run as failed."""
        text = "" if error_details is None else str(error_details)
        self._end("Failed", f"{error_code}: {text}" if error_code else text, _set_status)

    def cancel(self) -> None:
        """Ends the run as canceled."""
        self._end("Canceled", "", True)

    def _end(self, status: str, error: str, sets: bool) -> None:
        self._collect()
        if sets and not self._is_submitted:
            self._write("end", status=status, error=error)

    def start(self) -> None:
        """Does nothing, as a run has begun when it is there."""

    def flush(self, timeout_seconds: float = 300) -> None:
        """Does nothing, as everything is written when it is logged."""


def _require_no_datastore(name: Optional[str]) -> None:
    if name is not None:
        raise coded_error(
            UserErrorException,
            f"The datastore {name} is in Azure.",
            "sdk-not-here",
            "Leave out datastore_name: files of a run are kept in the workspace on this machine.",
        )


def _files(folder: str) -> List[str]:
    return [os.path.join(root, name) for root, _, names in os.walk(folder) for name in names]


def copy_tree(source: str, target: str) -> None:
    """Copies a folder without what version control and Python keep. Raises UserErrorException for one that is too
    large.
    """
    total, most_bytes = 0, snapshot_bytes()
    for root, folders, names in os.walk(source):
        folders[:] = [
            each for each in folders if each not in (".git", "__pycache__", ".venv", "venv", ".ipynb_checkpoints")
        ]
        below = os.path.join(target, os.path.relpath(root, source))
        os.makedirs(below, exist_ok=True)
        for name in names:
            path = os.path.join(root, name)
            if not os.path.isfile(path):
                continue
            total += os.path.getsize(path)
            if total > most_bytes:
                raise coded_error(
                    UserErrorException,
                    f"The source directory {source} is larger than the limit of {most_bytes // 1_000_000} MB.",
                    "run-value-invalid",
                    "Give a folder with the script and what it imports; data is read from where it is. A script that"
                    " needs more says so before it submits, as in Azure:"
                    " azureml._restclient.snapshots_client.SNAPSHOT_MAX_SIZE_BYTES = 1_000_000_000",
                )
            shutil.copy2(path, os.path.join(below, name))


def artifact_name(name: Any) -> str:
    """Name of an artifact as it is listed: without a leading `./` or `/`, which scripts and Azure accept."""
    return re.sub(r"^(?:\./+)+", "", str(os.fspath(name))).lstrip("/")
