"""The older way to an image: an image configuration and models become `name:version`, which any number of services
run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.containers import image_calls
from scoredock.engine_table import IMAGE_ENGINE
from scoredock.environments.build_records import Recording
from scoredock.errors import Cancelled, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.packaging.daemon_image import make_image
from scoredock.packaging.package import Account, Packaged, PackageName
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry
from scoredock.registry.records import AssetRecord
from scoredock.registry.store.faults import storing
from scoredock.services.packaging.content_records import content_facts
from scoredock.services.packaging.image_files import files_of
from scoredock.services.packaging.made_images import note_made, take_away
from scoredock.services.packaging.ready_package import has_daemon, kept_note, make_content
from scoredock.services.packaging.service_package import PackageRequest, packaged_source
from scoredock.services.planning.image_configuration import (
    CONFIGURATION,
    ImageConfiguration,
    forget,
    unpacked,
)
from scoredock.services.planning.image_request import records_of, subject
from scoredock.services.request import DeployRequest

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments


@dataclass(frozen=True, slots=True)
class Labels:
    """Description, tags and properties of an image."""

    description: str = ""
    tags: Mapping[str, str] | None = None
    properties: Mapping[str, str] | None = None


def create(
    deployments: Deployments,
    name: str,
    configuration: ImageConfiguration,
    models: Sequence[str],
    *,
    account: Account,
    progress: Progress,
    cancel: CancelToken,
    labels: Labels | None = None,
    login: image_calls.Login | None = None,
) -> AssetRecord:
    """The next version of an image; blocks until Docker has it, or where none answers, the content store of the
    workspace.

    The record is there from the beginning, so that the creation can be watched. When it fails, the record stays as a
    failed one with its log; when it is cancelled, it goes to the trash. Raises ScoredockError
    `docker-host-unsupported`, `asset-name-invalid`, `model-not-found`, `file-not-found`, `image-configuration-invalid`,
    and what planning a deployment and making images raise.
    """
    registry, settings, labels = deployments.registry, deployments.settings, labels or Labels()
    registry.assets.require("image", name, labels.description, labels.tags or {})
    is_content = not has_daemon(deployments)
    ids = list(dict.fromkeys(registry.model(model).id for model in models))
    files = files_of(configuration, {registry.folder.parent.parent, registry.folder}, settings, cancel)
    record = registry.assets.add(
        "image",
        name,
        {
            "models": ids,
            "environment": "",
            CONFIGURATION: configuration.fields(),
            "properties": dict(labels.properties or {}),
        },
        files.content,
        description=labels.description,
        tags=labels.tags,
        numbered=lambda version: {"reference": _reference(registry, name, version)},
        cancel=cancel,
    )
    try:
        with records_of(registry).recording(subject(record.id), progress) as recording:
            for note in files.notes:
                recording.report(note)
            request = PackageRequest(
                deploy=DeployRequest(
                    name=name,
                    models=tuple(ids),
                    inference_config=str(unpacked(registry, record, cancel)),
                    engine=IMAGE_ENGINE,
                )
            )
            made = PackageName(*image_calls.split_reference(str(record.content["reference"])))
            creation = _Creation(deployments, request, account, login, recording, cancel)
            if is_content:
                record = creation.as_content(made, record)
            else:
                creation.in_docker(made)
    except ScoredockError as error:
        if isinstance(error, Cancelled):
            forget(registry, registry.assets.delete("image", record.id))
        raise
    return record


@dataclass(frozen=True, slots=True)
class _Creation:
    """One image under way."""

    deployments: Deployments
    request: PackageRequest
    account: Account
    login: image_calls.Login | None
    recording: Recording
    cancel: CancelToken

    def in_docker(self, name: PackageName) -> None:
        """Under its name in the store of the daemon."""
        images, recording, cancel = self.deployments.images, self.recording, self.cancel
        with (
            packaged_source(self.deployments, self.request, self.account, recording, cancel, contained=True) as parts,
            storing(images.root),
        ):
            source, spec = parts
            environment = images.prepare(spec, recording, cancel, self.login)
            with images.content(spec, images.layers(recording, cancel), self.login) as below:
                packaged = make_image(source, below, name, self.deployments.registry)
                note_made(images.root, below.store.docker, name.reference, packaged.image_id)
        self._settle(packaged, environment.key)

    def as_content(self, name: PackageName, record: AssetRecord) -> AssetRecord:
        """In the content store of the workspace, which its record says."""
        package = make_content(
            self.deployments,
            replace(self.request, name=name.name, label=name.label),
            [self.login] if self.login is not None else [],
            account=self.account,
            progress=self.recording,
            cancel=self.cancel,
        )
        facts = content_facts(package, is_kept=True)
        amended = self.deployments.registry.assets.amend("image", record.id, lambda content: {**content, **facts})
        self._settle(package.image.packaged, package.image.packaged.digests.lock)
        self.recording.report(kept_note(record.id))
        return amended

    def _settle(self, packaged: Packaged, environment: str) -> None:
        for note in packaged.notes:
            self.recording.report(note)
        self.recording.made(environment, packaged.size)


def delete(deployments: Deployments, reference: str, progress: Progress) -> AssetRecord:
    """Move an image to the trash, and take from Docker what was made there for it; what stays is named, and goes with
    `made_images.collect`. Raises asset-not-found, asset-in-use."""
    registry = deployments.registry
    record = registry.assets.delete("image", reference)
    if CONFIGURATION in record.content:
        forget(registry, record)
    name = str(record.content["reference"])
    others = any(each.content.get("reference") == name for each in registry.assets.records("image"))
    done = None if others else take_away(deployments, name)
    if done is not None:
        for each in done.references:
            progress.report(l10n.t("Removed {image} from Docker", image=each))
        for each in done.references_in_use:
            progress.report(
                l10n.t(
                    "Docker keeps {image}, which a container has; `scoredock workspace gc` removes it later", image=each
                )
            )
    return record


def _reference(registry: Registry, name: str, version: int) -> str:
    """Name of an image in Docker: the workspace is in it, as two of them may have images of one name."""
    workspace = "".join(
        each if each.isascii() and each.isalnum() else "-" for each in registry.folder.name.lower()
    ).strip("-")
    return f"scoredock/{workspace or 'workspace'}/{name}:{version}"
