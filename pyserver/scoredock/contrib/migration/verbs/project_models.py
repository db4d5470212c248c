"""The models of a project: registered by its command lines and scripts, lying beside an entry script, or in the
workspace."""

from __future__ import annotations

import contextlib
import fnmatch
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path, PurePosixPath

from scoredock.checks.models.model_needs import ModelNeeds
from scoredock.context import Context
from scoredock.contrib.migration.domain.source import ModelSource, TakenFile
from scoredock.contrib.migration.verbs.reading import files_of_model
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry import ModelVersion
from scoredock.scripts.project_files import look
from scoredock.services.free_names import project_name


@dataclass(frozen=True, slots=True)
class RegisteredPath:
    """Path that a command line or a script registers, with the facts of the model."""

    path: Path
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)


def source_of(version: ModelVersion, context: Context, workspace_id: str, where: str) -> ModelSource:
    """A registered version of the workspace, with the places of its bytes."""
    registry = context.registry(workspace_id)
    files = tuple(TakenFile(file.path, str(registry.blob(file.sha256))) for file in version.files)
    return ModelSource(
        version.name,
        version.version,
        files,
        version.framework,
        version.description,
        version.tags,
        version.properties,
        where,
    )


class ProjectModels:
    """Finds the models that a script or a deployment means."""

    def __init__(self, root: Path, context: Context, workspace_id: str, left_out: Path | None) -> None:
        self._root = root
        self._context = context
        self._workspace_id = workspace_id
        self._left_out = left_out
        self.registrations: dict[str, RegisteredPath] = {}
        self._paths: dict[Path, list[str]] = {}
        self._trees: list[tuple[str, int, tuple[str, ...]]] | None = None

    def by_reference(self, reference: str, where: str) -> ModelSource | None:
        """The model of `name:version` or `name`; one that is not here is taken for one of the workspace in Azure."""
        name, _, version = reference.partition(":")
        if not name:
            return None
        number = int(version) if version.isdigit() else 1
        if name in self.registrations:
            return self.of_registration(name, number)
        model = self._in_workspace(name, number if version else None, where)
        return model or ModelSource(name, number, where=where, newest=not version)

    def of_registration(self, name: str, number: int = 1) -> ModelSource:
        """Model that a command line or a script registers. Raises ScoredockError `migration-source-invalid`."""
        registration = self.registrations[name]
        return ModelSource(
            name,
            number,
            files_of_model(registration.path, self._left_out),
            description=registration.description,
            tags=registration.tags,
            properties=registration.properties,
            where=str(registration.path),
        )

    def _in_workspace(self, name: str, version: int | None, where: str) -> ModelSource | None:
        """A registered version of this machine; the newest where none is named."""
        with contextlib.suppress(ScoredockError):
            model = self._context.registry(self._workspace_id).model(f"{name}:{version}" if version else name)
            return source_of(model, self._context, self._workspace_id, where)
        return None

    def _with_file(self, path: str, where: str) -> ModelSource | None:
        """The only model of the workspace whose newest version has a file of this path."""
        if self._trees is None:
            self._trees = self._context.registry(self._workspace_id).trees()
        newest: dict[str, tuple[int, tuple[str, ...]]] = {}
        for name, version, paths in self._trees:
            if version > newest.get(name, (0, ()))[0]:
                newest[name] = version, paths
        names = [name for name, (_, paths) in newest.items() if any(fnmatch.fnmatch(each, path) for each in paths)]
        return self._in_workspace(names[0], None, where) if len(names) == 1 else None

    def of_script(self, needs: ModelNeeds, script: Path, where: str) -> tuple[tuple[ModelSource, ...], tuple[str, ...]]:
        """The models that a script loads, and the paths that no model has."""
        models: dict[str, ModelSource] = {}
        missing: list[str] = []
        for name, version in needs.names:
            by_name = self._model_by_name(name, version, script, where)
            models[f"{by_name.name}:{by_name.version}"] = by_name
        for path in needs.files:
            model = self._model_by_path(path, script) or self._with_file(path, where)
            if model is None:
                missing.append(path)
            else:
                models.setdefault(f"{model.name}:{model.version}", model)
        paths = self._paths_near(script)
        if not models and not missing and needs.any_model and len(paths) == 1:
            only = Path(paths[0])
            models[only.stem] = ModelSource(only.stem, 1, files_of_model(only, self._left_out), where=str(only))
        return tuple(models.values()), tuple(missing)

    def _model_by_name(self, name: str, version: int | None, script: Path, where: str) -> ModelSource:
        if name in self.registrations:
            return self.of_registration(name, version or 1)
        for text in self._paths_near(script):
            path = Path(text)
            if name in (path.name, path.stem):
                return ModelSource(name, version or 1, files_of_model(path, self._left_out), where=text)
        return self._in_workspace(name, version, where) or ModelSource(
            name, version or 1, where=where, newest=version is None
        )

    def _model_by_path(self, path: str, script: Path) -> ModelSource | None:
        """The model of a path below AZUREML_MODEL_DIR; among several it begins with name and version."""
        parts = PurePosixPath(path).parts
        name, version = "", 1
        if len(parts) > 2 and parts[1].isdigit():
            name, version, parts = parts[0], int(parts[1]), parts[2:]
        if name in self.registrations:
            return self.of_registration(name, version)
        for registered_name, registration in self.registrations.items():
            if not name and fnmatch.fnmatch(registration.path.name, parts[0]):
                return self.of_registration(registered_name, version)
        file = self._file_near(parts, script)
        if file is None:
            return None
        return ModelSource(name or file.stem, version, files_of_model(file, self._left_out), where=str(file))

    def _file_near(self, parts: tuple[str, ...], script: Path) -> Path | None:
        """The file or folder of a project that a path of a script begins with."""
        for folder in (script.parent, script.parent.parent):
            if folder != self._root and self._root not in folder.parents:
                break
            for below in ("", "model", "models", "outputs"):
                whole = folder / below / PurePosixPath(*parts)
                if "*" not in parts[0] and whole.exists():
                    return folder / below / parts[0]
        names = [text for text in self._paths_near(script) if fnmatch.fnmatch(Path(text).name, parts[0])]
        return Path(names[0]) if len(names) == 1 else None

    def _paths_near(self, script: Path) -> list[str]:
        """Files and folders of the project that look like models."""
        folder = script.parent
        above = Path(project_name(folder)) if folder.name.lower() in ("src", "code", "score") else None
        place = folder.parent if above is not None and folder != self._root else folder
        if place not in self._paths:
            self._paths[place] = look(place, self._context).models
        return self._paths[place]
