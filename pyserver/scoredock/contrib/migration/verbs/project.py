"""Assets in a folder of Azure ML v1: deployments by their configurations and command lines, and what they need."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from scoredock import l10n
from scoredock.checks.configs.environment.inline import EnvironmentReference, InlineEnvironment
from scoredock.context import Context, Operation
from scoredock.contrib.migration.domain.az_lines import V1Line, read_lines
from scoredock.contrib.migration.domain.report import Outcome
from scoredock.contrib.migration.domain.source import (
    BatchSource,
    Broken,
    EnvironmentSource,
    ModelSource,
    Shelf,
    V1Service,
)
from scoredock.contrib.migration.verbs.files import Project, TextFile
from scoredock.contrib.migration.verbs.project_models import ProjectModels, RegisteredPath
from scoredock.contrib.migration.verbs.reading import (
    code_of,
    environment_of_file,
    environment_of_inline,
    environment_of_script,
    packages_of,
)
from scoredock.contrib.migration.verbs.scripts import read_scripts, write_scripts
from scoredock.errors import Cancelled, ScoredockError
from scoredock.formats.deployment import DeploymentConfig, read_deployment
from scoredock.scripts.environment import NamingConfiguration, read_configuration
from scoredock.scripts.models_around import needs_of
from scoredock.scripts.texts import read_text
from scoredock.services.free_names import project_name, service_name

if TYPE_CHECKING:
    from scoredock.contrib.migration.domain.sdk.parallel_runs import SdkBatch
    from scoredock.contrib.migration.domain.sdk.rewriting import SdkDeployment, SdkEnvironment

_T = TypeVar("_T")
_P = ParamSpec("_P")


class ProjectShelf:
    """Makes services, batches and environments of a project. What is wrong with one asset is noted for it alone."""

    def __init__(
        self, project: Project, context: Context, operation: Operation, workspace_id: str, left_out: Path | None
    ) -> None:
        self._project = project
        self._context = context
        self._operation = operation
        self._left_out = left_out
        self._overlays = context.overlays()
        self._used: set[Path] = set()
        """Files that some service is made of."""
        self._taken: set[tuple[Path, int]] = set()
        """Environments of scripts that some service is deployed with, by script and line."""
        self._lines: list[tuple[TextFile, V1Line]] = []
        self._definitions: dict[str, TextFile] = {}
        self._models = ProjectModels(project.root, context, workspace_id, left_out)
        self._scripts = read_scripts(project)

    def shelf(self) -> Shelf:
        """Assets of the project. Raises cancelled."""
        files = self._project.files
        self._read_lines()
        self._read_definitions()
        services = [*self._of_lines(), *self._of_sdk(), *self._of_configurations(), *self._of_scripts()]
        batches = [*self._batches_of_sdk()]
        batches += [
            each
            for file in files["batch-script"]
            if file.path not in self._used and (each := self._guarded(file.path, self._batch, file))
        ]
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
            tuple(filter(None, (*environments, *self._environments_of_sdk()))),
            tuple(self._project.broken),
        )

    def write_scripts(self, outcome: Outcome) -> None:
        """Scripts and command lines in the words of v2, after the services whose files they name."""
        write_scripts(self._project.files, self._scripts, self._project.root, outcome)

    def _guarded(self, path: Path, work: Callable[_P, _T | None], *args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        """Result of `work`; None if the asset is broken, which the report says."""
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
                place = self._path_of(file, path) if line.verb == "model register" and name and path else None
                if place is not None:
                    words = line.text("--description"), line.pairs("--tag"), line.pairs("--property")
                    self._models.registrations[name] = RegisteredPath(place, *words)
        for script_path, script in self._scripts.items():
            for name, path in script.registrations:
                place = self._path_of(TextFile(script_path, ""), path)
                if place is not None:
                    self._models.registrations.setdefault(name, RegisteredPath(place))

    def _read_definitions(self) -> None:
        for file in self._project.files["environment"]:
            with contextlib.suppress(ScoredockError, ValueError):
                self._definitions[environment_of_file(file.path, file.path.parent.name, self._overlays).name] = file

    def _path_of(self, file: TextFile, relative: str) -> Path | None:
        """Path that a command line names: below the folder of its file, or the root of the project."""
        for base in (file.path.parent, self._project.root):
            path = Path(os.path.normpath(base / relative))
            if path.exists():
                return path
        return None

    # ------------------------------------------------------------------------------------------ services

    def _of_lines(self) -> Iterator[V1Service | None]:
        for file, line in self._lines:
            if line.verb == "model deploy" and line.text("--name"):
                yield self._guarded(file.path, self._service_of_line, file, line)

    def _service_of_line(self, file: TextFile, line: V1Line) -> V1Service | None:
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
        source = V1Service(
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
        models = [
            each for word in line.texts("--model") if (each := self._models.by_reference(word, where)) is not None
        ]
        return replace(source, models=tuple(models), missing_models=()) if models else source

    def _of_sdk(self) -> Iterator[V1Service | None]:
        """Deployments of scripts of the SDK whose names and settings are certain."""
        for path, script in self._scripts.items():
            for deployment in script.deployments:
                if deployment.name and deployment.entry_script:
                    yield self._guarded(path, self._service_of_sdk, path, deployment)

    def _service_of_sdk(self, path: Path, deployment: SdkDeployment) -> V1Service:
        where = f"{path}:{deployment.line}"
        file = TextFile(path, "")
        source_directory = self._path_of(file, deployment.source_directory) if deployment.source_directory else None
        entry = str(PurePosixPath(deployment.source_directory or ".") / deployment.entry_script)
        script = self._path_of(file, entry) or path.parent / entry
        source = V1Service(
            deployment.name,
            where,
            deployment.compute_type,
            deployment.values,
            deployment.description,
            deployment.tags,
            environment=self._environment_of_sdk(file, deployment.environment, deployment.name, where),
        )
        self._used.add(script)
        source = self._with_script(source, script, str(source_directory or ""))
        named = [
            self._models.by_reference(f"{name}:{version or ''}".rstrip(":"), where)
            for name, version, _ in deployment.models
        ]
        models = tuple(each for each in named if each is not None)
        return replace(source, models=models, missing_models=()) if models else source

    def _environment_of_sdk(
        self, file: TextFile, environment: SdkEnvironment | None, name: str, where: str
    ) -> EnvironmentSource | None:
        """Environment that a script makes, or that another script of the project registers under the name that it
        takes.
        """
        if environment is None:
            return None
        if environment.of_workspace and not environment.unclear:
            return self._of_name(environment.name, environment.version, where)
        self._taken.add((file.path, environment.line))
        path = self._path_of(file, environment.file) if environment.file else None
        self._used.update({path} if path is not None else ())
        source = environment_of_script(environment, file.path, lambda each: self._path_of(file, each), self._overlays)
        return replace(source, name=source.name or f"{name}-env")

    def _of_name(self, name: str, version: str, where: str) -> EnvironmentSource:
        """The registered environment: a file of the project, what a script makes, or one of the workspace."""
        definition = self._definitions.get(name)
        if definition is not None:
            self._used.add(definition.path)
            return environment_of_file(definition.path, name, self._overlays)
        for path, script in self._scripts.items():
            for each in script.environments:
                source = self._environment_of_sdk(TextFile(path, ""), each, name, where) if each.name == name else None
                if source is not None:
                    return source
        return EnvironmentSource(name, version, is_reference=True, where=where)

    def _environments_of_sdk(self) -> Iterator[EnvironmentSource | None]:
        """Those that scripts register, and nothing here is deployed with."""
        for path, script in self._scripts.items():
            for each in script.environments:
                if each.is_registered and each.name and (path, each.line) not in self._taken:
                    where = f"{path}:{each.line}"
                    yield self._guarded(path, self._environment_of_sdk, TextFile(path, ""), each, each.name, where)

    def _of_configurations(self) -> Iterator[V1Service | None]:
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

    def _of_scripts(self) -> Iterator[V1Service | None]:
        """Entry scripts that no configuration names."""
        for file in self._project.files["entry-script"]:
            if file.path in self._used:
                continue
            self._used.add(file.path)
            for source in self._targets(file.path, file.path.parent):
                yield self._guarded(file.path, self._with_script, source, file.path, "")

    def _targets(self, path: Path, folder: Path) -> Iterator[V1Service]:
        """One service for each deployment configuration beside it, or above; one where there is none. Those for this
        machine count where there is no other."""
        configs = self._configurations_near(folder)
        cloud = [each for each in configs if each[1].compute_type != "local"] or configs
        base = service_name(project_name(folder))
        for file, config in cloud:
            name = base if len(cloud) == 1 else service_name(f"{base[:25]}-{config.compute_type}")
            yield V1Service(name, str(path), config.compute_type, config.fields)
            self._used.add(file)
        self._used.update(file for file, _ in configs)
        if not cloud:
            yield V1Service(base, str(path), "aci")

    def _configurations_near(self, folder: Path) -> list[tuple[Path, DeploymentConfig]]:
        for place in (folder, *folder.parents):
            configs = [
                (file.path, config)
                for file in self._project.lying_in("deployment-config", place)
                if (config := read_deployment(file.text, str(file.path)).config) is not None
            ]
            if configs or place == self._project.root:
                return configs
        return []

    def _with_configuration(self, source: V1Service, configuration: NamingConfiguration) -> V1Service:
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

    def _with_script(self, source: V1Service, script: Path, source_directory: str) -> V1Service:
        code = code_of(script, source_directory, self._overlays, self._left_out)
        needs = needs_of(script, source_directory, self._context)
        models, missing = self._models.of_script(needs, script, source.where)
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
            return self._of_name(inline.name, inline.version or "", where)
        if isinstance(inline, InlineEnvironment):
            if inline.conda_file:
                self._used.add(Path(os.path.normpath(base / inline.conda_file)))
            return environment_of_inline(inline, base, name, where, self._overlays)
        return self._older(configuration, base, name, where)

    def _older(self, configuration: NamingConfiguration, base: Path, name: str, where: str) -> EnvironmentSource | None:
        """Environment of the older keys, which v1 takes if no environment is written."""
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
            for file in self._project.lying_in(kind, script.parent)[:1]:
                self._used.add(file.path)
                return environment_of_file(file.path, name, self._overlays)
        return None

    def _environment_asset(self, file: TextFile) -> EnvironmentSource:
        return environment_of_file(
            file.path, file.path.stem if file.path.stem != "conda" else file.path.parent.name, self._overlays
        )

    # ------------------------------------------------------------------------------------------ the rest

    def _lone_models(self, services: list[V1Service | None], batches: list[BatchSource]) -> tuple[ModelSource, ...]:
        """Those that a command line registers and no service uses."""
        used = {model.name for each in services if each is not None for model in each.models}
        used |= {model.name for each in batches for model in each.models}
        models = (
            self._guarded(registration.path, self._models.of_registration, name)
            for name, registration in self._models.registrations.items()
            if name not in used
        )
        return tuple(filter(None, models))

    def _batches_of_sdk(self) -> Iterator[BatchSource]:
        """Parallel runs of scripts of the SDK whose entry scripts are there."""
        for path, script in self._scripts.items():
            for run in script.batches:
                place = self._path_of(
                    TextFile(path, ""), str(PurePosixPath(run.source_directory or ".") / run.entry_script)
                )
                batch = self._guarded(path, self._batch_of_sdk, path, run, place) if place is not None else None
                if batch is not None:
                    yield batch

    def _batch_of_sdk(self, path: Path, run: SdkBatch, script: Path) -> BatchSource:
        where, file = f"{path}:{run.line}", TextFile(path, "")
        folder = self._path_of(file, run.source_directory) if run.source_directory else None
        source = self._batch(TextFile(script, ""), str(folder or ""))
        environment = self._environment_of_sdk(file, run.environment, source.name, where)
        return replace(
            source,
            where=where,
            environment=environment or source.environment,
            settings=run.settings,
            variables=run.variables,
            unclear=run.unclear,
            step_arguments=run.step_arguments,
        )

    def _batch(self, file: TextFile, source_directory: str = "") -> BatchSource:
        self._used.add(file.path)
        name = service_name(f"{project_name(file.path.parent)[:24]}-batch")
        code = code_of(file.path, source_directory, self._overlays, self._left_out)
        needs = needs_of(file.path, source_directory, self._context)
        models, _ = self._models.of_script(needs, file.path, str(file.path))
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
