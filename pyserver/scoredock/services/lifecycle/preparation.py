"""Preparations of an engine before a revision starts: an environment of this machine, or an image and its models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path, PurePath, PurePosixPath
from typing import ClassVar, Protocol

from scoredock.engine_table import engine_kind
from scoredock.engines.base import Launch, ModelFolder
from scoredock.environments.built import BuiltEnvironment, existing
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.spark import submit_arguments
from scoredock.environments.spec import EnvironmentSpec
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry

IMAGE_ROOT = PurePosixPath("/var/azureml-app")
"""AML_APP_ROOT of every container, as in Azure ML."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Environment or image in which a revision will run."""

    key: str
    """The same for the same packages; kept in the revision's row."""
    python: Path
    """Interpreter of the scoring runtime: on this machine, or in the image."""
    script_python: Path | None = None
    """Interpreter of the script's own process; None where the script runs in the runtime's."""
    image: str = ""
    """Id of the image, for an engine that takes one."""
    built: BuiltEnvironment | None = None
    """The environment on this machine, for an engine that takes none."""
    further: Mapping[str, str] = field(default_factory=dict)
    """Variables that the environment asks for where it lies in an image."""

    def variables(self, own_variables: Mapping[str, str]) -> dict[str, str]:
        """Variables of the service's process; `own_variables` are the person's own, which come first."""
        return (
            self.built.process_environment(own_variables)
            if self.built is not None
            else {**self.further, **own_variables}
        )


class EnvironmentImage(Protocol):
    """An image with an environment and the runtime."""

    @property
    def id(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def server(self) -> str: ...
    @property
    def script_python(self) -> str: ...


class ImageBuilder(Protocol):
    """Makes them; see `scoredock.images.environment_images`."""

    @property
    def locks(self) -> Path:
        """Folder of the locks of all that is built."""

    def prepare(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> EnvironmentImage: ...

    def existing(self, key: str) -> EnvironmentImage | None: ...

    def sweep(self) -> None: ...


class Preparation(Protocol):
    """One way to get ready. Every verb but the plain questions may block."""

    @property
    def stages_models(self) -> bool:
        """True if copies of the models lie beside the staged script."""

    def require_answer(self) -> None:
        """Asks a machine elsewhere whether it is there, before anything is planned for it. Raises ScoredockError."""

    def prepare(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> Prepared:
        """Raises ScoredockError with the failing step's output."""

    def again(self, key: str, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> Prepared:
        """The very one of a revision; made anew from its specification when it has gone. Raises as `prepare`."""

    def built(self, spec: EnvironmentSpec) -> BuiltEnvironment | None:
        """The finished environment on this machine, whose packages checks can look at. Never raises."""

    def root(self, staged: Path) -> PurePath:
        """AML_APP_ROOT as the service sees it, for a revision that is staged at `staged`."""

    def models(self, references: Iterable[str]) -> tuple[ModelFolder, ...]:
        """Folders of the models `name:version` for the service. Raises ScoredockError `model-not-found`."""

    def completed(
        self, launch: Launch, environment: EnvironmentSpec, progress: Progress, cancel: CancelToken
    ) -> Launch:
        """`launch` with what can be made only after the files are staged and all is decided. Raises ScoredockError."""


@dataclass(frozen=True, slots=True)
class OnThisMachine:
    """A virtual environment and a folder with everything in it."""

    environments: EnvironmentCache
    stages_models: ClassVar[bool] = True

    def require_answer(self) -> None:
        """This machine is here."""

    def prepare(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> Prepared:
        built = self.environments.prepare(spec, progress, cancel)
        return _prepared(built)

    def again(self, key: str, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> Prepared:
        found = existing(self.environments.root, key) if key else None
        return _prepared(found) if found else self.prepare(spec, progress, cancel)

    def built(self, spec: EnvironmentSpec) -> BuiltEnvironment | None:
        return self.environments.find(spec)

    def root(self, staged: Path) -> PurePath:
        return staged

    def models(self, references: Iterable[str]) -> tuple[ModelFolder, ...]:  # noqa: ARG002 (they are staged)
        return ()

    def completed(
        self,
        launch: Launch,
        environment: EnvironmentSpec,  # noqa: ARG002 (it is built)
        progress: Progress,  # noqa: ARG002
        cancel: CancelToken,  # noqa: ARG002
    ) -> Launch:
        return launch


def _prepared(built: BuiltEnvironment) -> Prepared:
    return Prepared(built.key, built.server, built.script_python, built=built)


@dataclass(frozen=True, slots=True)
class InImages:
    """An image with the packages and the runtime; models come from the registry's blobs, without a copy here."""

    images: ImageBuilder
    registry: Registry
    stages_models: ClassVar[bool] = False

    def require_answer(self) -> None:
        """Its engine has said that it is ready."""

    def prepare(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> Prepared:
        return _in_image(self.images.prepare(spec, progress, cancel), spec)

    def again(self, key: str, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> Prepared:
        found = self.images.existing(key) if key else None
        return _in_image(found, spec) if found else self.prepare(spec, progress, cancel)

    def built(self, spec: EnvironmentSpec) -> BuiltEnvironment | None:  # noqa: ARG002 (its packages lie in an image)
        return None

    def root(self, staged: Path) -> PurePath:  # noqa: ARG002 (the same in every container)
        return IMAGE_ROOT

    def models(self, references: Iterable[str]) -> tuple[ModelFolder, ...]:
        return tuple(self._folder(reference) for reference in references)

    def completed(
        self,
        launch: Launch,
        environment: EnvironmentSpec,  # noqa: ARG002 (it is in the image)
        progress: Progress,  # noqa: ARG002
        cancel: CancelToken,  # noqa: ARG002
    ) -> Launch:
        return launch

    def _folder(self, reference: str) -> ModelFolder:
        model = self.registry.model(reference)
        files = tuple(
            (file.path, self.registry.blobs.path(file.sha256), file.size, file.sha256) for file in model.files
        )
        return ModelFolder(model.name, model.version, files, tuple(model.folders))


def _in_image(image: EnvironmentImage, spec: EnvironmentSpec) -> Prepared:
    script = Path(image.script_python) if image.script_python else None
    return Prepared(image.key, Path(image.server), script, image.id, further=submit_arguments(spec.spark))


def seen_root(engine: str, staged: Path) -> PurePath:
    """AML_APP_ROOT in the words of a service of this engine."""
    return IMAGE_ROOT if engine_kind(engine).contained else staged
