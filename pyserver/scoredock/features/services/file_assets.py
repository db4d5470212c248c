"""The models and environments that deployment files of Azure ML v2 name, in a workspace. Nothing is changed."""

from __future__ import annotations

import os
from pathlib import Path

from scoredock import l10n
from scoredock.engine_table import engine_kind
from scoredock.errors import ScoredockError
from scoredock.formats.v2.asset_references import AssetReference
from scoredock.formats.v2.kinds import V2Kind
from scoredock.formats.v2.online_deployment import ELSEWHERE, EnvironmentPart, ModelPart
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.registry import Registry
from scoredock.services.v2_files.new_environment import NewEnvironment, new_environment
from scoredock.services.v2_files.read_files import DeploymentText
from scoredock.workspace import WorkspaceInfo


@dataclass(frozen=True, slots=True)
class FileAssets:
    """What is registered in a workspace, by the references and parts of a deployment file."""

    _registry: Registry
    _workspace: WorkspaceInfo

    def model(self, text: DeploymentText, service: str) -> tuple[tuple[str, ...], messages.ModelToRegister | None]:
        """References, and the model that the file defines. Raises ScoredockError for one that is not there,
        `deployment-file-elsewhere`."""
        part = text.file.model
        if part is None:
            return (), None
        if part.reference is not None:
            return (self._registered_model(part, part.reference, text),), None
        path = Path(os.path.normpath(text.path.parent / part.path))
        if not path.exists():
            raise ScoredockError(
                "file-not-found",
                l10n.t("The model {path} does not exist.", path=path),
                place=text.place_at(part.range),
            )
        name = part.name or service
        return (), messages.ModelToRegister(name, [str(path)], self._registry.next_version(name))

    def _registered_model(self, part: ModelPart, reference: AssetReference, text: DeploymentText) -> str:
        with _Placing(text, part):
            self._require_here(reference)
        with _Placing(text, part, "model-asset"):
            return self._registry.model(reference.here).id

    def environment(
        self, text: DeploymentText, service: str, engine: str
    ) -> tuple[str, str, NewEnvironment | None, list[str]]:
        """A reference, a file, one that is registered first, and what is to be said. Raises ScoredockError
        `deployment-file-elsewhere`, what `resolve` and what `definition_of` raise."""
        part = text.file.environment
        if part is None:
            return "", "", None, []
        if part.reference is not None:
            return self._registered_environment(part, part.reference, text), "", None, []
        path = Path(os.path.normpath(text.path.parent / part.conda_file)) if part.conda_file else None
        if path is not None and not path.is_file():
            raise ScoredockError(
                "file-not-found",
                l10n.t("The conda file {path} does not exist.", path=path),
                place=text.place_at(part.range),
            )
        if path is not None and not engine_kind(engine).contained:
            note = l10n.t("environment.image is not used: the service runs as a process of this machine.")
            return "", str(path), None, [note] if part.image else []
        name = part.name or f"{service}-env"
        new = new_environment(name, part, text, engine)
        return name, "", new, []

    def _registered_environment(self, part: EnvironmentPart, reference: AssetReference, text: DeploymentText) -> str:
        from scoredock.registry.assets import curated
        from scoredock.registry.assets.environments import resolve

        if curated.find(reference.name) is not None:
            return reference.name
        with _Placing(text, part):
            self._require_here(reference)
        with _Placing(text, part, "environment-asset"):
            return resolve(self._registry.assets, reference.here).id

    def _require_here(self, reference: AssetReference) -> None:
        """Raises ScoredockError `deployment-file-elsewhere`."""
        if reference.registry:
            raise ScoredockError(
                ELSEWHERE,
                l10n.t(
                    "{name} is of the registry {registry}, which is not on this machine.",
                    name=reference.name,
                    registry=reference.registry,
                ),
            )
        own = {self._workspace.name.casefold(), self._workspace.id.casefold()}
        if reference.workspace and reference.workspace.casefold() not in own:
            raise ScoredockError(
                ELSEWHERE,
                l10n.t(
                    "{name} is of the workspace {other}, and the deployment goes to {own}.",
                    name=reference.name,
                    other=reference.workspace,
                    own=self._workspace.name,
                ),
            )
        if reference.version and not reference.version.isdigit():
            raise ScoredockError(
                ELSEWHERE,
                l10n.t(
                    "{written} names the version {version}; versions here are whole numbers.",
                    written=reference.text[:100],
                    version=reference.version,
                ),
            )


class _Placing:
    """Gives a failure its place in a deployment file; with the kind of an asset, also the file that describes the one
    that is not registered."""

    def __init__(self, text: DeploymentText, part: ModelPart | EnvironmentPart, kind: V2Kind | None = None) -> None:
        self._text, self._part, self._kind = text, part, kind

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if not isinstance(error, ScoredockError):
            return
        error.place = error.place or self._text.place_at(self._part.range)
        if self._kind is not None and self._part.reference is not None:
            from scoredock.features.assets.asset_files import point_to_file

            point_to_file(error, self._text.path, self._kind, self._part.reference.name)
