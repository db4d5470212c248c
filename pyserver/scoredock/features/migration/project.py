"""What lies in a folder of Azure ML v1: deployments by their configurations and command lines, and what they need."""

from __future__ import annotations

import contextlib
import fnmatch
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import ParamSpec, TypeVar

from scoredock import l10n
from scoredock.checks.configs.environment.inline import EnvironmentReference, InlineEnvironment
from scoredock.checks.models.model_needs import ModelNeeds
from scoredock.errors import Cancelled, ScoredockError
from scoredock.features.context import Context, Operation
from scoredock.features.guide.project_files import look
from scoredock.features.migration.reading import (
    code_of,
    environment_of_file,
    environment_of_inline,
    files_of_model,
    packages_of,
)
from scoredock.features.models.files import needs_of
from scoredock.features.scripts.environment import NamingConfiguration, read_configuration
from scoredock.features.scripts.file_search import candidates, read
from scoredock.features.scripts.texts import read_text
from scoredock.features.services.names import project_name, service_name
from scoredock.formats.deployment import DeploymentConfig, read_deployment
from scoredock.formats.document_kind import kind_of
from scoredock.migration.az_lines import AzLine, read_lines
from scoredock.migration.source import (
    BatchSource,
    Broken,
    EnvironmentSource,
    ModelSource,
    ServiceSource,
    Shelf,
)
from scoredock.project import PROJECTS

_T = TypeVar("_T")
_P = ParamSpec("_P")
_V1 = frozenset(
    (
        "entry-script",
        "batch-script",
        "sdk-script",
        "notebook",
        "commands",
        "inference-config",
        "deployment-config",
        "conda",
        "environment",
    )
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file of v1."""

    path: Path
    text: str


@dataclass(slots=True)
class Project:
    """What a folder has, before anything is made of it."""

    root: Path
    files: dict[str, list[TextFile]] = field(default_factory=lambda: defaultdict(list))
    """By kind."""
    broken: list[Broken] = field(default_factory=list)


def read_project(path: Path, context: Context, operation: Operation, left_out: Path | None) -> Project:
    """The files of v1 in a folder, or the one that is named. Raises file-not-found, cancelled, and for a file that was
    named file-unreadable, file-too-large."""
    project = Project(path if path.is_dir() else path.parent)
    overlays = context.overlays()

    def is_left_out(each: Path) -> bool:
        from scoredock.analysis.project_settings import excluded

        return each == left_out or excluded(str(each), PROJECTS.settings(each))

    for number, candidate in enumerate(candidates([path], is_left_out)):
        operation.cancel.raise_if_cancelled()
        if number % 100 == 0:
            operation.progress.report(l10n.t("Looking at {path}", path=candidate.path))
        text = overlays.get(str(candidate.path)) or read(candidate)
        kind = kind_of(str(candidate.path), text) if text is not None else None
        if kind in _V1 and text is not None:
            project.files[kind].append(TextFile(candidate.path, text))
    if path.is_file():
        _beside(project, path, context)
    return project


def _beside(project: Project, path: Path, context: Context) -> None:
    """Deployment configurations of the same folder, for one inference configuration or script."""
    if project.files["deployment-config"] or not (project.files["inference-config"] or project.files["entry-script"]):
        return
    for name in look(path.parent, context, depth=0).kinds["deployment-config"]:
        text = read_text(Path(name), context.overlays())
        if text is not None:
            project.files["deployment-config"].append(TextFile(Path(name), text))


class ProjectShelf:
    """Makes services, batches and environments of a project. What one asset cannot give is told of it alone."""

    def __init__(self, project: Project, context: Context, operation: Operation, left_out: Path | None) -> None:
        self._project = project
        self._context = context
        self._operation = operation
        self._left_out = left_out
        self._overlays = context.overlays()
        self._used: set[Path] = set()
        """Files that some service is made of."""
        self._lines: list[tuple[TextFile, AzLine]] = []
        self._registered: dict[str, tuple[Path, AzLine]] = {}
        self._definitions: dict[str, TextFile] = {}
        self._model_paths: dict[Path, list[str]] = {}

    def shelf(self) -> Shelf:
        """All of it. Raises cancelled."""
        files = self._project.files
        self._read_lines()
        self._read_definitions()
        services = [*self._of_lines(), *self._of_configurations(), *self._of_scripts()]
        batches = [each for file in files["batch-script"] if (each := self._guarded(file.path, self._batch, file))]
        for file in files["deployment-config"]:
            if file.path not in self._used:
                self._say_unused(file)
        environments = [
            self._guarded(file.path, self._environment_asset, file)
            for file in (*files["environment"], *files["conda"])
            if file.path not in self._used
        ]
        return Shelf(
            tuple(filter(None, services)),
            tuple(batches),
            self._lone_models(services, batches),
            tuple(filter(None, environments)),
            tuple(self._project.broken),
        )

    def _guarded(self, path: Path, work: Callable[_P, _T | None], *args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        """What `work` gives; None where the asset is broken, which is told."""
        self._operation.cancel.raise_if_cancelled()
        try:
            return work(*args, **kwargs)
        except Cancelled:
            raise
        except ScoredockError as error:
            self._project.broken.append(Broken(str(path), error.message, error.fix))
        except (OSError, ValueError, RecursionError) as error:
            self._project.broken.append(
                Broken(str(path), l10n.t("{path} cannot be read: {error}.", path=path, error=error))
            )
        return None

    # ------------------------------------------------------------------------------------------ what names what

    def _read_lines(self) -> None:
        for file in self._project.files["commands"]:
            for line in read_lines(file.text):
                self._lines.append((file, line))
                name, path = line.text("--name"), line.text("--model-path")
                found = self._path_of(file, path) if line.verb == "model register" and name and path else None
                if found is not None:
                    self._registered[name] = found, line

    def _read_definitions(self) -> None:
        for file in self._project.files["environment"]:
            with contextlib.suppress(ScoredockError, ValueError):
                self._definitions[environment_of_file(file.path, file.path.parent.name, self._overlays).name] = file

    def _path_of(self, file: TextFile, written: str) -> Path | None:
        """What a command line names: below the folder of its file, or the root of the project."""
        for base in (file.path.parent, self._project.root):
            path = Path(os.path.normpath(base / written))
            if path.exists():
                return path
        return None

    # ------------------------------------------------------------------------------------------ services

    def _of_lines(self) -> Iterator[ServiceSource | None]:
        for file, line in self._lines:
            if line.verb == "model deploy" and line.text("--name"):
                yield self._guarded(file.path, self._service_of_line, file, line)

    def _service_of_line(self, file: TextFile, line: AzLine) -> ServiceSource | None:
        where = f"{file.path}:{line.line}"
        inference, deployment = line.text("--inference-config-file"), line.text("--deploy-config-file")
        config_path = self._path_of(file, inference) if inference else None
        configuration = read_configuration(config_path, self._overlays) if config_path else None
        if inference and configuration is None:
            step = l10n.t("Look what is wrong with `scoredock check {path}`.", path=inference)
            message = l10n.t("The inference configuration {path} is not there or names no script.", path=inference)
            self._project.broken.append(Broken(where, message, step))
            return None
        config: DeploymentConfig | None = None
        if deployment and (path := self._path_of(file, deployment)) is not None:
            self._used.add(path)
            config = read_deployment(read_text(path, self._overlays) or "", str(path)).config
        source = ServiceSource(
            name=line.text("--name"),
            where=where,
            compute_type=(config.compute_type if config else "") or ("aks" if line.text("--compute-target") else "aci"),
            values=config.fields if config else {},
            description=line.text("--description"),
            tags=line.pairs("--tag"),
            properties=line.pairs("--property"),
            compute=line.text("--compute-target"),
        )
        if configuration is not None:
            self._used.add(Path(configuration.path))
            source = self._with_configuration(source, configuration)
        named = [each for word in line.texts("--model") if (each := self._named_model(word, where)) is not None]
        return replace(source, models=tuple(named), missing_models=()) if named else source

    def _of_configurations(self) -> Iterator[ServiceSource | None]:
        for file in self._project.files["inference-config"]:
            if file.path in self._used:
                continue
            configuration = self._guarded(file.path, read_configuration, file.path, self._overlays)
            if configuration is None:
                step = l10n.t("Look what is wrong with `scoredock check {path}`.", path=file.path)
                self._project.broken.append(
                    Broken(str(file.path), l10n.t("{path} names no entry script.", path=file.path), step)
                )
                continue
            self._used.add(file.path)
            for source in self._targets(file.path, file.path.parent):
                yield self._guarded(file.path, self._with_configuration, source, configuration)

    def _of_scripts(self) -> Iterator[ServiceSource | None]:
        """Entry scripts that no configuration names."""
        for file in self._project.files["entry-script"]:
            if file.path in self._used:
                continue
            self._used.add(file.path)
            for source in self._targets(file.path, file.path.parent):
                yield self._guarded(file.path, self._with_script, source, file.path, "")

    def _targets(self, path: Path, folder: Path) -> Iterator[ServiceSource]:
        """One service for each deployment configuration beside it, or above; one where there is none. Those for this
        machine count where there is no other."""
        configs = self._configurations_near(folder)
        cloud = [each for each in configs if each[1].compute_type != "local"] or configs
        base = service_name(project_name(folder))
        for file, config in cloud:
            name = base if len(cloud) == 1 else service_name(f"{base[:25]}-{config.compute_type}")
            yield ServiceSource(name, str(path), config.compute_type, config.fields)
            self._used.add(file)
        self._used.update(file for file, _ in configs)
        if not cloud:
            yield ServiceSource(base, str(path), "aci")

    def _configurations_near(self, folder: Path) -> list[tuple[Path, DeploymentConfig]]:
        files = self._project.files["deployment-config"]
        for place in (folder, *folder.parents):
            found = []
            for file in files:
                if file.path.parent == place:
                    config = read_deployment(file.text, str(file.path)).config
                    if config is not None:
                        found.append((file.path, config))
            if found or place == self._project.root:
                return found
        return []

    def _with_configuration(self, source: ServiceSource, configuration: NamingConfiguration) -> ServiceSource:
        config = configuration.config
        script = Path(configuration.script)
        self._used.add(script)
        base = Path(configuration.source_directory) if configuration.source_directory else configuration.base
        where = configuration.path
        environment = self._environment_of(configuration, base, f"{source.name}-env", where)
        source = replace(
            source,
            description=source.description or config.description or "",
            environment=environment,
            variables=dict(config.environment_variables),
        )
        return self._with_script(source, script, configuration.source_directory)

    def _with_script(self, source: ServiceSource, script: Path, source_directory: str) -> ServiceSource:
        code = code_of(script, source_directory, self._overlays, self._left_out)
        needs = needs_of(script, source_directory, self._context)
        models, missing = self._models_for(needs, script, source.where)
        environment = source.environment
        if environment is None and source.where == str(script):
            environment = self._environment_beside(script, f"{source.name}-env")
        return replace(source, code=code, models=models, missing_models=missing, environment=environment)

    # ------------------------------------------------------------------------------------------ environments

    def _environment_of(
        self, configuration: NamingConfiguration, base: Path, name: str, where: str
    ) -> EnvironmentSource | None:
        config = configuration.config
        inline = config.environment
        if isinstance(inline, EnvironmentReference):
            definition = self._definitions.get(inline.name)
            if definition is not None:
                self._used.add(definition.path)
                return environment_of_file(definition.path, inline.name, self._overlays)
            return EnvironmentSource(inline.name, inline.version or "", is_reference=True, where=where)
        if isinstance(inline, InlineEnvironment):
            if inline.conda_file:
                self._used.add(Path(os.path.normpath(base / inline.conda_file)))
            return environment_of_inline(inline, base, name, where, self._overlays)
        return self._older(configuration, base, name, where)

    def _older(self, configuration: NamingConfiguration, base: Path, name: str, where: str) -> EnvironmentSource | None:
        """What the older keys say, which v1 takes where no environment is written."""
        config = configuration.config
        steps = read_text(base / config.extra_dockerfile_steps, self._overlays) if config.extra_dockerfile_steps else ""
        conda = None
        if config.conda_file:
            path = Path(os.path.normpath(base / config.conda_file))
            self._used.add(path)
            conda = packages_of(path, self._overlays)
        if not (conda or config.base_image or steps or config.enable_gpu or config.runtime == "spark-py"):
            return None
        return EnvironmentSource(
            name,
            conda=conda,
            image=config.base_image or "",
            steps=steps or "",
            gpu=config.enable_gpu,
            has_spark=(config.runtime or "").lower() == "spark-py",
            unused=("cudaVersion",) if config.cuda_version else (),
            variables=dict(conda.variables) if conda else {},
            where=where,
        )

    def _environment_beside(self, script: Path, name: str) -> EnvironmentSource | None:
        for kind in ("conda", "environment"):
            for file in self._project.files[kind]:
                if file.path.parent == script.parent:
                    self._used.add(file.path)
                    return environment_of_file(file.path, name, self._overlays)
        return None

    def _environment_asset(self, file: TextFile) -> EnvironmentSource:
        return environment_of_file(
            file.path, file.path.stem if file.path.stem != "conda" else file.path.parent.name, self._overlays
        )

    # ------------------------------------------------------------------------------------------ models

    def _named_model(self, reference: str, where: str) -> ModelSource | None:
        name, _, version = reference.partition(":")
        if not name:
            return None
        number = int(version) if version.isdigit() else 1
        known = self._registered.get(name)
        if known is None:
            return ModelSource(name, number, where=where, newest=not version)
        return self._registered_model(name, number)

    def _registered_model(self, name: str, number: int = 1) -> ModelSource:
        path, line = self._registered[name]
        return ModelSource(
            name,
            number,
            files_of_model(path, self._left_out),
            description=line.text("--description"),
            tags=line.pairs("--tag"),
            properties=line.pairs("--property"),
            where=str(path),
        )

    def _models_for(
        self, needs: ModelNeeds, script: Path, where: str
    ) -> tuple[tuple[ModelSource, ...], tuple[str, ...]]:
        """The models that a script loads, and what of it was not found."""
        models: dict[str, ModelSource] = {}
        missing: list[str] = []
        for name, version in needs.names:
            found = self._model_by_name(name, version, script, where)
            models[name] = found
        for path in needs.files:
            model = self._model_by_path(path, script)
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
        if name in self._registered:
            return self._registered_model(name, version or 1)
        for text in self._paths_near(script):
            path = Path(text)
            if name in (path.name, path.stem):
                return ModelSource(name, version or 1, files_of_model(path, self._left_out), where=text)
        return ModelSource(name, version or 1, where=where, newest=version is None)

    def _model_by_path(self, needed: str, script: Path) -> ModelSource | None:
        """The model of a path below AZUREML_MODEL_DIR; among several it begins with name and version."""
        parts = PurePosixPath(needed).parts
        name, version = "", 1
        if len(parts) > 2 and parts[1].isdigit():
            name, version, parts = parts[0], int(parts[1]), parts[2:]
        if name in self._registered:
            return self._registered_model(name, version)
        for registered, (path, _) in self._registered.items():
            if not name and fnmatch.fnmatch(path.name, parts[0]):
                return self._registered_model(registered, version)
        found = self._file_near(parts, script)
        if found is None:
            return None
        return ModelSource(name or found.stem, version, files_of_model(found, self._left_out), where=str(found))

    def _file_near(self, parts: tuple[str, ...], script: Path) -> Path | None:
        """The file or folder of a project that a path of a script begins with."""
        for folder in (script.parent, script.parent.parent):
            if folder != self._project.root and self._project.root not in folder.parents:
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
        place = folder.parent if above is not None and folder != self._project.root else folder
        if place not in self._model_paths:
            self._model_paths[place] = look(place, self._context).models
        return self._model_paths[place]

    def _lone_models(self, services: list[ServiceSource | None], batches: list[BatchSource]) -> tuple[ModelSource, ...]:
        """Those that a command line registers and no service uses."""
        used = {model.name for each in services if each is not None for model in each.models}
        used |= {model.name for each in batches for model in each.models}
        found = (
            self._guarded(path, self._registered_model, name)
            for name, (path, _) in self._registered.items()
            if name not in used
        )
        return tuple(filter(None, found))

    # ------------------------------------------------------------------------------------------ the rest

    def _batch(self, file: TextFile) -> BatchSource:
        self._used.add(file.path)
        name = service_name(f"{project_name(file.path.parent)[:24]}-batch")
        code = code_of(file.path, "", self._overlays, self._left_out)
        models, _ = self._models_for(needs_of(file.path, "", self._context), file.path, str(file.path))
        environment = self._environment_beside(file.path, f"{name}-env")
        return BatchSource(name, str(file.path), code, environment, models)

    def _say_unused(self, file: TextFile) -> None:
        config = read_deployment(file.text, str(file.path)).config
        if config is None:
            message = l10n.t("{path} names no compute type, or cannot be read.", path=file.path)
        else:
            message = l10n.t("No inference configuration or entry script lies beside {path}.", path=file.path)
        step = l10n.t("Put both into one folder, or name them in a line `az ml model deploy --ic … --dc …`.")
        self._project.broken.append(Broken(str(file.path), message, step))
