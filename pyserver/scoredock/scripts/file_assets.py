"""The models and environments that deployment files of Azure ML v2 name, in a workspace. Nothing is changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from scoredock import l10n
from scoredock.engine_table import engine_kind
from scoredock.errors import ScoredockError
from scoredock.formats.v2.asset_references import AssetReference
from scoredock.formats.v2.kinds import V2Kind
from scoredock.formats.v2.online_deployment import ELSEWHERE, EnvironmentPart, ModelPart
from scoredock.late_dataclass import dataclass
from scoredock.registry import Registry
from scoredock.scripts.model_choice import FilesToRegister
from scoredock.services.v2_files.new_environment import NewEnvironment, new_environment
from scoredock.services.v2_files.read_files import DeploymentText
from scoredock.workspace import WorkspaceInfo


@dataclass(frozen=True, slots=True)
class FileAssets:
    """Registered models and environments for the references and parts of a deployment file."""

    _registry: Registry
    _workspace: WorkspaceInfo

    def model(
        self, text: DeploymentText, service: str, notes: list[str]
    ) -> tuple[tuple[str, ...], FilesToRegister | None]:
        """References, and the model that the file defines; what is to be said goes into `notes`. Raises ScoredockError
        for one that is not there, `deployment-file-elsewhere`."""
        part = text.file.model
        if part is None:
            return (), None
        if part.reference is not None:
            return (self._registered_model(part, part.reference, text, notes),), None
        path = Path(os.path.normpath(text.path.parent / part.path))
        if not path.exists():
            raise ScoredockError(
                "file-not-found",
                l10n.t("The model {path} does not exist.", path=path),
                place=text.place_at(part.range),
            )
        name = part.name or service
        return (), FilesToRegister(name, (str(path),))

    def _registered_model(
        self, part: ModelPart, reference: AssetReference, text: DeploymentText, notes: list[str]
    ) -> str:
        with _Placing(text, part):
            self._require_of_here(reference)
        with _Placing(text, part, "model-asset"):
            try:
                self._require_number(reference)
                return self._registry.model(reference.here).id
            except ScoredockError as error:
                id_, note = self._counted(reference, text, "model-asset", lambda n: self._registry.model(n).id, error)
                notes.append(note)
                return id_

    def environment(
        self, text: DeploymentText, service: str, engine: str, notes: list[str]
    ) -> tuple[str, str, NewEnvironment | None]:
        """A reference, a file, and one that is registered first; what is to be said goes into `notes`. Raises
        ScoredockError `deployment-file-elsewhere`, what `resolve` and what `definition_of` raise."""
        part = text.file.environment
        if part is None:
            return "", "", None
        if part.reference is not None:
            return self._registered_environment(part, part.reference, text, notes), "", None
        path = Path(os.path.normpath(text.path.parent / part.conda_file)) if part.conda_file else None
        if path is not None and not path.is_file():
            raise ScoredockError(
                "file-not-found",
                l10n.t("The conda file {path} does not exist.", path=path),
                place=text.place_at(part.range),
            )
        if path is not None and not engine_kind(engine).contained:
            if part.image:
                notes.append(l10n.t("environment.image is not used: the service runs as a process of this machine."))
            return "", str(path), None
        name = part.name or f"{service}-env"
        new = new_environment(name, part, text, engine)
        return name, "", new

    def _registered_environment(
        self, part: EnvironmentPart, reference: AssetReference, text: DeploymentText, notes: list[str]
    ) -> str:
        from scoredock.registry.assets import curated
        from scoredock.registry.assets.environments import resolve

        offered = curated.find(reference.text if reference.registry else reference.name)
        if offered is not None:
            return offered.name
        with _Placing(text, part):
            self._require_of_here(reference)
        with _Placing(text, part, "environment-asset"):
            try:
                self._require_number(reference)
                return resolve(self._registry.assets, reference.here).id
            except ScoredockError as error:
                assets = self._registry.assets
                id_, note = self._counted(reference, text, "environment-asset", lambda n: resolve(assets, n).id, error)
                notes.append(note)
                return id_

    def _counted(
        self,
        reference: AssetReference,
        text: DeploymentText,
        kind: V2Kind,
        newest: Callable[[str], str],
        error: ScoredockError,
    ) -> tuple[str, str]:
        """The newest version here of what a file of the project describes as the version that the reference names, and
        what is to be said of it: versions are counted here, whatever the file says. Raises the error where there is
        none."""
        from scoredock.services.v2_files.asset_files import file_of_version

        path = file_of_version(text.path, kind, reference.name, reference.version)
        if path is None:
            raise error
        try:
            id_ = newest(reference.name)
        except ScoredockError:
            raise error from None
        return id_, l10n.t(
            "{file} says version {said} of {name}; versions are counted here, and the newest, {id}, is taken.",
            file=path.name,
            said=reference.version,
            name=reference.name,
            id=id_,
        )

    def _require_of_here(self, reference: AssetReference) -> None:
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

    def _require_number(self, reference: AssetReference) -> None:
        """Raises ScoredockError `deployment-file-elsewhere`."""
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
            from scoredock.services.v2_files.asset_files import point_to_file

            point_to_file(error, self._text.path, self._kind, self._part.reference.name)
