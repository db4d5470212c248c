"""Packages a service, or what would be deployed as one: as a folder that builds anywhere, or as a ready image."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.clusters.objects import PORT, cluster_values
from scoredock.engines.base import ContainerOptions, gigabytes_of
from scoredock.engines.front_end import FrontEnd
from scoredock.environments.spark import submit_arguments
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ServiceStateInvalid
from scoredock.late_dataclass import dataclass
from scoredock.packaging.daemon_image import make_image
from scoredock.packaging.folder import require_new_or_empty, write_folder
from scoredock.packaging.package import (
    APP,
    Account,
    Hints,
    Packaged,
    PackageName,
    PackageSource,
    RequestedResources,
    package_name,
)
from scoredock.packaging.texts import require_image
from scoredock.progress import CancelToken, Progress
from scoredock.registry import ModelVersion
from scoredock.registry.assets import images as image_records
from scoredock.registry.records import SourceControl
from scoredock.registry.store.faults import storing
from scoredock.services.folders import app_root
from scoredock.services.lifecycle.staging import stage
from scoredock.services.origin import commit_of
from scoredock.services.packaging.made_images import note_made
from scoredock.services.packaging.packaged_environment import image_of, package_environment
from scoredock.services.request import DeployRequest
from scoredock.services.revision import Revision, RevisionSpec
from scoredock.temporary.folders import TemporaryFolder
from scoredock_runtime.contract import DEBUG_PORT_VARIABLE, LOG_IDS, LOG_PLAIN, Authentication, ServiceSpec

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

SERVICE_NAME = "package"
"""What a packaged service is called that was never deployed."""
SERVICE_TAG, REVISION_TAG = "service", "revision"


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """Source of a package: a deployed service by its name, or the request of a deployment."""

    service: str = ""
    deploy: DeployRequest | None = None
    """Instead of a service. Its name, port and engine count for nothing."""
    name: str = ""
    """Of the image, with its registry; empty for `package`."""
    label: str = ""
    """Empty for the time."""


def package_folder(
    deployments: Deployments,
    request: PackageRequest,
    target: Path,
    *,
    account: Account,
    base_image: str,
    progress: Progress,
    cancel: CancelToken,
) -> Packaged:
    """Write a Docker build context into `target`, a folder that is new or empty.

    The folder is complete or is not there. Raises ScoredockError `base-image-invalid`, `package-name-invalid`,
    `package-target-not-empty`, `package-not-portable`, `service-not-found`, `service-state-invalid`, `cancelled`, what
    planning a deployment raises, and what building the environment raises when it is gone.
    """
    if base_image:
        require_image(base_image)
    name = package_name(request.name, request.label)
    target = Path(os.path.abspath(target))  # noqa: PTH100 (the name the person knows)
    require_new_or_empty(target)
    with packaged_source(deployments, request, account, progress, cancel, contained=True) as (source, spec):
        ran_on = image_of(deployments, request.service) if request.service else None
        ingredients = package_environment(deployments, spec, source.service, base_image, ran_on, progress, cancel)
        return write_folder(source, ingredients, name, target, deployments.registry, progress, cancel)


def package_image(
    deployments: Deployments,
    request: PackageRequest,
    *,
    account: Account,
    progress: Progress,
    cancel: CancelToken,
) -> Packaged:
    """Make a ready image in the store of Docker, and record it in the workspace.

    Raises ScoredockError as `package_folder` does, `docker-unavailable`, `disk-full`, and what making the image of the
    environment raises; nothing of the package stays then.
    """
    name = package_name(request.name, request.label)
    recorded = name.name.rpartition("/")[2]
    deployments.registry.assets.require("image", recorded, "", {})
    with packaged_source(deployments, request, account, progress, cancel, contained=True) as (source, spec):
        packaged = ready_image(deployments, source, spec, name, progress, cancel)
    record = image_records.register(
        deployments.registry,
        recorded,
        name.reference,
        models=source.model_ids,
        environment=source.registered_environment,
        description=l10n.t("Package of {service}", service=source.service),
        tags={"digest": packaged.digests.context, **origin_tags(source)},
    )
    return replace(packaged, record=record.id)


def ready_image(
    deployments: Deployments,
    source: PackageSource,
    spec: EnvironmentSpec,
    name: PackageName,
    progress: Progress,
    cancel: CancelToken,
) -> Packaged:
    """The image alone, without a record. Raises as `package_image`."""
    images = deployments.images
    with storing(images.root), images.content(spec, images.layers(progress, cancel)) as below:
        packaged = make_image(source, below, name, deployments.registry)
        note_made(images.root, below.store.docker, name.reference, packaged.image_id)
        return packaged


def origin_tags(source: PackageSource) -> dict[str, str]:
    """Tags of the record of an image: the service that it was made of, and its revision."""
    return {SERVICE_TAG: source.service, REVISION_TAG: str(source.revision)}


def current_hints(deployments: Deployments, service: str) -> tuple[int, Hints]:
    """The number of the revision that serves or served last, and what its deployment configuration says. Raises
    ScoredockError `service-state-invalid`."""
    revision, spec = _current(deployments, service)
    hints = Hints(_resources(spec.options), bool(spec.front.authentication), cluster_values(spec.configuration))
    return revision.number, hints


# ---------------------------------------------------------------------------------------------- what goes in


@contextmanager
def packaged_source(
    deployments: Deployments,
    request: PackageRequest,
    account: Account,
    progress: Progress,
    cancel: CancelToken,
    *,
    contained: bool = False,
) -> Iterator[tuple[PackageSource, EnvironmentSpec]]:
    """Source of a package and its environment; what is staged for a new service exists within the block only."""
    if request.deploy is None:
        revision, spec = _current(deployments, request.service)
        registry = deployments.registry
        models = tuple(registry.model(model) for model in revision.models)
        code = app_root(registry.folder, request.service, revision.number)
        deployed = _source_of(request.service, revision.number, code, models, spec, account, deployments)
        yield replace(deployed, commit=_commit(revision.origin.source)), spec.environment
        return
    # Imported late: planning looks at images, too, which are made here.
    from scoredock.services.planning.plan_request import plan_request

    progress.report(l10n.t("Checking"))
    wanted = replace(request.deploy, name=SERVICE_NAME, port=None)
    plan = plan_request(wanted, deployments.registry, deployments.environments.find, contained=contained)
    for note in plan.notes:
        progress.report(note)
    with TemporaryFolder("package") as folder:
        code = folder / APP
        with storing(code):
            staged = stage(plan, deployments.registry, code, deployments.settings, progress, cancel, models=False)
        source = _source_of(SERVICE_NAME, 1, code, plan.models, plan.spec, account, deployments)
        notes = (*source.notes, *staged.notes)
        yield replace(source, commit=_commit(commit_of(plan.spec.script)), notes=notes), plan.spec.environment


def _commit(where: SourceControl | None) -> str:
    """Empty where the files were not those of the commit."""
    return where.commit if where is not None and where.dirty is False else ""


def _current(deployments: Deployments, name: str) -> tuple[Revision, RevisionSpec]:
    known = deployments.ledger.require(name)
    revision = known.current
    if revision is None or revision.spec is None or not known.service.active_revision:
        raise ServiceStateInvalid(
            l10n.t("The service {name} was never healthy, so there is nothing to package.", name=name),
            l10n.t("Deploy it again."),
        )
    return revision, revision.spec


def _source_of(
    name: str,
    revision: int,
    code: Path,
    models: Sequence[ModelVersion],
    spec: RevisionSpec,
    account: Account,
    deployments: Deployments,
) -> PackageSource:
    variables = {key: value for key, value in spec.variables.items() if key != DEBUG_PORT_VARIABLE}
    further = submit_arguments(spec.environment.spark)
    front = spec.front
    notes = []
    if len(variables) != len(spec.variables):
        notes.append(
            l10n.t("{variable} is left out: no debugger listens in a container.", variable=DEBUG_PORT_VARIABLE)
        )
    if front.telemetry:
        variables.setdefault("AML_APP_INSIGHTS_ENABLED", "true")
    return PackageSource(
        service=name,
        revision=revision,
        code=code,
        models=tuple(models),
        spec=_spec(name, revision, spec, {**further, **variables}, deployments.settings.start_timeout),
        account=account,
        resources=_resources(spec.options),
        configuration=cluster_values(spec.configuration),
        registered_environment=spec.registered_environment,
        notes=(*notes, *_front_notes(front)),
    )


def _spec(
    name: str,
    revision: int,
    spec: RevisionSpec,
    variables: Mapping[str, str],
    start_timeout: float,
) -> ServiceSpec:
    """Secret, interpreter, keys and folders are found out where it starts."""
    source, front = spec.script.source_directory, spec.front
    return ServiceSpec(
        name=name,
        revision=revision,
        nonce="",
        python="",
        app_root=f"../{APP}",
        entry_script=spec.staged_script,
        source_directory=source.name if source else None,
        working_directory=spec.working_directory,
        model_dir=f"../{APP}/{spec.model_dir}",
        port=PORT,
        host="0.0.0.0",  # noqa: S104 (in a container; what of it is reachable is decided by its -p)
        environment=dict(variables),
        start_timeout=start_timeout,
        strict=spec.strict,
        worker_count=front.worker_count,
        max_concurrent_requests=front.max_concurrent_requests,
        max_queue_wait=front.max_queue_wait,
        scoring_timeout=front.scoring_timeout,
        stop_grace=max(ServiceSpec.stop_grace, front.scoring_timeout),
        liveness=front.liveness,
        collect_data=front.collect_data,
        authentication=Authentication() if front.authentication else None,
        request_log=LOG_IDS if spec.strict else LOG_PLAIN,
        metrics=True,
    )


def _front_notes(front: FrontEnd) -> list[str]:
    """Notes on differences of the front end in a package."""
    notes = []
    if front.authentication == "tokens":
        notes.append(
            l10n.t("Tokens are left out, because only this machine can issue them. The package uses keys instead.")
        )
    if front.certificate:
        notes.append(
            l10n.t(
                "TLS is left out: a package never contains the key of a certificate. Put a proxy "
                "with a certificate in front of it."
            )
        )
    if front.collect_data:
        notes.append(
            l10n.t("Collected data is in /var/scoredock/data of the container. Mount a volume there to keep it.")
        )
    return notes


def _resources(options: ContainerOptions) -> RequestedResources:
    return RequestedResources(options.cores, options.gigabytes, options.cpus, gigabytes_of(options.memory_bytes))


__all__ = ["Account", "PackageName", "PackageRequest", "Packaged", "package_folder", "package_image"]
