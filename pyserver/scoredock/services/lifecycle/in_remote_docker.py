"""Gets a revision ready for the Docker of another machine: its environment is an image there, which is sent in layers
that it has not, as for the Docker of this machine; its models become volumes when it starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePath
from typing import ClassVar

from scoredock import l10n
from scoredock.clusters.target import DockerTarget
from scoredock.containers.connection import connect
from scoredock.containers.settings import DockerSettings
from scoredock.docker_place import DockerPlace
from scoredock.engine_table import EngineKind
from scoredock.engines.base import Launch, ModelFolder
from scoredock.environments.built import BuiltEnvironment
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.images.environment_images import EnvironmentImages
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry
from scoredock.services.compute_targets import ComputeTargets
from scoredock.services.lifecycle.preparation import InImages, Preparation, Prepared


@dataclass(frozen=True, slots=True)
class InRemoteDocker:
    """See `Preparation`."""

    images: EnvironmentImages
    """Of this machine's Docker, which needs not be there."""
    registry: Registry
    compute: str
    """Name of the compute target."""
    stages_models: ClassVar[bool] = False

    @property
    def place(self) -> DockerPlace:
        """Raises ScoredockError `compute-missing`, and `compute-not-for-services` for one of another kind."""
        target = ComputeTargets(self.registry).require_for_services(self.compute)
        if not isinstance(target, DockerTarget):
            raise ScoredockError(
                "compute-not-for-services", l10n.t("{name} is not a Docker of another machine.", name=target.name)
            )
        return target.place

    def require_answer(self) -> None:
        """Raises what connecting to it raises, before anything is planned for it."""
        connect(DockerSettings(place=self.place))

    def prepare(self, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> Prepared:
        return self._there().prepare(spec, progress, cancel)

    def again(self, key: str, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken) -> Prepared:
        return self._there().again(key, spec, progress, cancel)

    def built(self, spec: EnvironmentSpec) -> BuiltEnvironment | None:  # noqa: ARG002 (its packages lie in an image)
        return None

    def root(self, staged: Path) -> PurePath:
        return InImages(self.images, self.registry).root(staged)

    def models(self, references: Iterable[str]) -> tuple[ModelFolder, ...]:
        return InImages(self.images, self.registry).models(references)

    def completed(
        self,
        launch: Launch,
        environment: EnvironmentSpec,  # noqa: ARG002 (it is in the image)
        progress: Progress,  # noqa: ARG002
        cancel: CancelToken,  # noqa: ARG002
    ) -> Launch:
        return replace(launch, docker=self.place)

    def _there(self) -> InImages:
        return InImages(replace(self.images, docker=DockerSettings(place=self.place)), self.registry)


def elsewhere(kind: EngineKind, images: EnvironmentImages, registry: Registry, compute: str) -> Preparation:
    """Preparation for the compute target of a name, for an engine that needs one."""
    if kind.in_cluster:
        from scoredock.services.lifecycle.in_registry import InRegistry

        return InRegistry(images, registry, compute)
    return InRemoteDocker(images, registry, compute)
