"""Files of runs and of models, where MLflow reads and writes them."""

from __future__ import annotations

import os
import shutil
from typing import Any, Dict, List, Optional

from mlflow import entities
from mlflow.entities import FileInfo
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repo import ArtifactRepository

from azureml._scoredock.temporary import scratch_folder
from azureml.mlflow._logged_models import models_of
from azureml.mlflow._workspace import ArtifactPlace, MlflowWorkspace

_LISTS_MODELS = hasattr(entities, "LoggedModel")


class ArtifactFolder(ArtifactRepository):  # type: ignore[misc]  # (MLflow has no types here)
    """A run's artifacts below a path, or the files of one version of a model, which are only read."""

    def __init__(self, artifact_uri: str) -> None:
        super().__init__(artifact_uri)
        self._place = ArtifactPlace(artifact_uri)
        self._workspace = MlflowWorkspace.at(artifact_uri)

    def log_artifact(self, local_file: Any, artifact_path: Optional[str] = None) -> None:
        """Copies one file in."""
        self._upload([(_joined(artifact_path, os.path.basename(local_file)), os.fspath(local_file))])

    def log_artifacts(self, local_dir: Any, artifact_path: Optional[str] = None) -> None:
        """Copies a folder in, with all that is in it."""
        folder = os.fspath(local_dir)
        files = sorted(os.path.join(root, name) for root, _, names in os.walk(folder) for name in names)
        self._upload(
            [(_joined(artifact_path, os.path.relpath(each, folder).replace(os.sep, "/")), each) for each in files]
        )

    def _upload(self, files: Any) -> None:
        if not self._place.of_run:
            raise MlflowException("The files of a registered version do not change. Register another version.")
        named = [{"name": _joined(self._place.path, name), "path": os.path.abspath(path)} for name, path in files]
        if named:
            self._workspace.write(self._place.name, "upload", files=named)

    def list_artifacts(self, path: Optional[str] = None) -> List[Any]:
        """Files and folders directly in a folder of it; empty for a file."""
        return self._of_run(path) if self._place.of_run else self._of_model(path or "")

    def _of_run(self, path: Optional[str]) -> List[Any]:
        whole = _joined(self._place.path, path)
        record = self._workspace.logged(self._place.name)
        if not self._place.path and _is_listed_by_mlflow(whole, record["tags"]):
            return []
        try:
            listed = self._workspace.write(self._place.name, "artifacts", path=whole)["artifacts"]
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return []
        below = f"{self._place.path}/" if self._place.path else ""
        return [
            FileInfo(each["path"][len(below) :], each["isFolder"], each["size"])
            for each in listed
            if each["path"] != whole
        ]

    def _of_model(self, path: str) -> List[Any]:
        files = self._workspace.ask("model/show", id=self._model())["files"]
        top = _top(files)
        below = f"{path}/" if path else ""
        files = {}
        for each in files:
            name = each["path"][len(top) :]
            if name.startswith(below):
                first, slash, _ = name[len(below) :].partition("/")
                files[below + first] = FileInfo(below + first, bool(slash), None if slash else each["size"])
        return list(files.values())

    def _model(self) -> str:
        return f"{self._place.name}:{self._place.path}"

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        if self._place.of_run:
            whole = _joined(self._place.path, remote_file_path)
            self._workspace.write(self._place.name, "download", path=whole, target=os.path.abspath(local_path))
            return
        with scratch_folder("copy") as folder:
            files = self._workspace.ask("model/show", id=self._model())["files"]
            self._workspace.ask("model/download", id=self._model(), target=folder)
            shutil.copyfile(os.path.join(folder, _top(files), remote_file_path), local_path)

    def download_artifacts(self, artifact_path: str, dst_path: Optional[str] = None, **kwargs: Any) -> str:
        """Copies them into a folder; gives their path."""
        if self._place.of_run or artifact_path:
            return str(super().download_artifacts(artifact_path, dst_path, **kwargs))
        import tempfile

        target = dst_path or tempfile.mkdtemp()  # the caller's, as those of MLflow are
        files = self._workspace.ask("model/show", id=self._model())["files"]
        with scratch_folder("copy") as folder:
            self._workspace.ask("model/download", id=self._model(), target=folder)
            _move(os.path.join(folder, _top(files)), target)
        return target


def _is_listed_by_mlflow(path: str, tags: Dict[str, str]) -> bool:
    """True if it is in a logged model of MLflow 3, whose files that lists among the run's by itself."""
    paths = [str(each["path"]) for each in models_of(tags).values()]
    return _LISTS_MODELS and any(path == each or path.startswith(f"{each}/") for each in paths)


def _move(source: str, target: str) -> None:
    os.makedirs(target, exist_ok=True)
    for name in os.listdir(source):
        shutil.move(os.path.join(source, name), os.path.join(target, name))


def _top(files: Any) -> str:
    """The one folder that all files of a model lie in, with its slash; empty where there is none."""
    tops = {each["path"].partition("/")[0] if "/" in each["path"] else "" for each in files}
    top = next(iter(tops)) if len(tops) == 1 else ""
    return f"{top}/" if top else ""


def _joined(first: Optional[str], second: Optional[str]) -> str:
    return "/".join(part.strip("/") for part in (first or "", second or "") if part and part.strip("/"))
