"""Services as objects of a cluster: what a deployment would apply there, and what one has applied, for git."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast

from scoredock import l10n
from scoredock.engine_table import Ability, engine_kind
from scoredock.engines.base import ClusterEngine, Engine, ExportedObjects, Launch, Preview
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError, ServiceStateInvalid
from scoredock.images.built import INTERPRETER
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.registry import Registry
from scoredock.services.access.access_file import authentication, fresh_access, read_access
from scoredock.services.compute_targets import ComputeTargets
from scoredock.services.folders import service_folder
from scoredock.services.ledger import Ledger
from scoredock.services.lifecycle.launch import Launcher
from scoredock.services.lifecycle.preparation import Prepared
from scoredock.services.lifecycle.staging import stage
from scoredock.services.planning.image_request import with_image
from scoredock.services.planning.moved_script import require_in_place
from scoredock.services.planning.plan import Plan
from scoredock.services.request import DeployRequest, DeploySettings, UpdateRequest, merged, with_defaults
from scoredock.temporary.folders import TemporaryFolder

_NOBODY = "0" * 64
"""Stands for the secret of a revision that is not made."""


class _Foreseeing(Protocol):
    def foreseen(self, launch: Launch, environment: EnvironmentSpec, folder: Path, cancel: CancelToken) -> Launch: ...


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Objects that a deployment would apply."""

    preview: Preview
    image_is_certain: bool
    """Whether the image is named by the digest that it would have. Else the name stands for one that is not made."""


@dataclass(frozen=True, slots=True)
class ClusterObjects:
    """Previews and exports of one workspace's services as cluster objects. Nothing here is made, sent or recorded."""

    registry: Registry
    ledger: Ledger
    settings: DeploySettings
    engine: Callable[..., Engine]
    plan: Callable[[DeployRequest, Engine, str], Plan]
    launcher: Callable[..., Launcher]

    def of_deploy(self, request: DeployRequest, progress: Progress, cancel: CancelToken) -> Foreseen:
        """Objects that `deploy` would apply. Raises as it does before it makes anything, ScoredockError `engine-unable`
        for a service of this machine, and what the cluster refuses."""
        request = with_defaults(request, is_new=True)
        verb = "update" if request.overwrite and self.ledger.one(request.name) else "deploy"
        return self._foreseen(request, verb, progress, cancel)

    def of_update(self, name: str, changes: UpdateRequest, progress: Progress, cancel: CancelToken) -> Foreseen:
        """The same for `update`."""
        current = self.ledger.require(name).current
        if current is None:
            raise ServiceStateInvalid(
                l10n.t("The service {name} was never deployed completely.", name=name), l10n.t("Deploy it again.")
            )
        request = merged(with_image(current.request, changes), changes)
        require_in_place(request.entry_script)
        return self._foreseen(request, "update", progress, cancel)

    def exported(self, name: str) -> ExportedObjects:
        """The objects of a service, of the revision that serves or served last. Raises ScoredockError `engine-unable`,
        `service-state-invalid`, and what a cluster fails with."""
        rows = self.ledger.require(name)
        engine = self.engine(rows.service.engine, "export")
        revision = rows.current
        if revision is None or revision.spec is None:
            raise ServiceStateInvalid(
                l10n.t("The service {name} was never deployed completely.", name=name), l10n.t("Deploy it again.")
            )
        launcher = self.launcher(engine, revision.request.compute)
        prepared = Prepared(revision.environment_key, Path(INTERPRETER))
        launch = launcher.launch_of(name, revision.number, revision.spec, prepared, _NOBODY, revision.models)
        target = ComputeTargets(self.registry).require(revision.request.compute)
        return cast(ClusterEngine, engine).exported(replace(launch, cluster=target))

    def _foreseen(self, request: DeployRequest, verb: str, progress: Progress, cancel: CancelToken) -> Foreseen:
        if not engine_kind(request.engine).in_cluster:
            raise ScoredockError(
                "engine-unable",
                l10n.t(
                    "A dry run shows the objects of a service in a cluster, and {name} runs as a {place}.",
                    name=request.name,
                    place=l10n.t(engine_kind(request.engine).place),
                ),
                l10n.t("Name a compute target that is attached, with --compute."),
            )
        ability: Ability = "export"
        engine = self.engine(request.engine, ability)
        progress.report(l10n.t("Checking"))
        plan = self.plan(request, engine, verb)
        for note in plan.notes:
            progress.report(note)
        target = ComputeTargets(self.registry).require(request.compute)
        with TemporaryFolder("preview") as folder:
            launcher = self.launcher(engine, request.compute)
            launch = self._launch(launcher, plan, folder, cancel)
            if self._was_prepared(plan.spec.environment):
                images = cast(_Foreseeing, launcher.preparation)
                launch = images.foreseen(launch, plan.spec.environment, folder / "image", cancel)
            is_certain = bool(launch.image)
            image = launch.image or f"{target.repository}:{plan.service}-not-made-yet"
            progress.report(l10n.t("Asking the cluster of {name}", name=target.name))
            launch = replace(launch, image=image, cluster=target)
            return Foreseen(cast(ClusterEngine, engine).preview(launch), is_certain)

    def _launch(self, launcher: Launcher, plan: Plan, folder: Path, cancel: CancelToken) -> Launch:
        """Launch of a revision whose files are in a folder that is removed later."""
        root, name = folder / "files" / "azureml-app", plan.service
        stage(plan, self.registry, root, self.settings, Silent(), cancel, models=False)
        spec = replace(plan.spec, front=replace(plan.spec.front, certificate="", certificate_key=""))
        ids = [model.id for model in plan.models]
        prepared = Prepared("", Path(INTERPRETER))
        launch = launcher.launch_of(name, self.ledger.next_revision(name), spec, prepared, _NOBODY, ids)
        access = read_access(service_folder(self.registry.folder, name)) or fresh_access()
        callers = authentication(access, plan.spec.front.authentication)
        return replace(launch, app_root=root, front=plan.spec.front, authentication=callers)

    def _was_prepared(self, environment: EnvironmentSpec) -> bool:
        """True if a revision was made with it, so that what it would be can be calculated in a moment."""
        kept = replace(environment, notes=(), provided=())  # which are not part of what is kept
        return any(
            each.environment_key and each.spec is not None and each.spec.environment == kept
            for rows in self.ledger.all()
            for each in rows.revisions
        )
