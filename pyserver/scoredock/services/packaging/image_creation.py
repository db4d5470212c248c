"""The older way to an image: an image configuration and models become `name:version`, which any number of services
run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scoredock.containers import image_calls
from scoredock.containers.connection import connect
from scoredock.engine_table import IMAGE_ENGINE
from scoredock.errors import Cancelled, DockerFailed, DockerUnavailable, ScoredockError
from scoredock.packaging.daemon_image import make_image
from scoredock.packaging.package import Account, PackageName
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry
from scoredock.registry.records import AssetRecord
from scoredock.registry.store.faults import storing
from scoredock.services.packaging.image_files import files_of
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
    """What people write about an image."""

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
    """The next version of an image; blocks until Docker has it.

    The record is there from the beginning, so that the creation can be watched. When it fails, the record stays as a
    failed one with its log; when it is cancelled, it goes to the trash. Raises ScoredockError `docker-unavailable`,
    `asset-name-invalid`, `model-not-found`, `file-not-found`, `image-configuration-invalid`, and what planning a
    deployment and making images raise.
    """
    registry, settings, labels = deployments.registry, deployments.settings, labels or Labels()
    registry.assets.require("image", name, labels.description, labels.tags or {})
    connect(settings.docker)  # refused before anything is recorded
    images = deployments.images
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
            with packaged_source(deployments, request, account, recording, cancel, contained=True) as (source, spec):
                with storing(images.root):
                    environment = images.prepare(spec, recording, cancel, login)
                    made = PackageName(*image_calls.split_reference(str(record.content["reference"])))
                    with images.content(spec, images.layers(recording, cancel), login) as below:
                        packaged = make_image(source, below, made, registry)
                for note in packaged.notes:
                    recording.report(note)
            recording.made(environment.key, packaged.size)
    except ScoredockError as error:
        if isinstance(error, Cancelled):
            forget(registry, registry.assets.delete("image", record.id))
        raise
    return record


def delete(deployments: Deployments, reference: str) -> AssetRecord:
    """Move an image to the trash, and take it from Docker. Raises asset-not-found, asset-in-use."""
    registry = deployments.registry
    record = registry.assets.delete("image", reference)
    if CONFIGURATION in record.content:
        forget(registry, record)
        try:
            image_calls.remove(connect(deployments.settings.docker), str(record.content["reference"]))
        except (DockerUnavailable, DockerFailed):
            pass  # only the record goes; the image is nobody's then, and `docker image prune` takes it
        except ScoredockError as error:
            if error.code != "docker-host-unsupported":
                raise
    return record


def _reference(registry: Registry, name: str, version: int) -> str:
    """What Docker calls it: the workspace is in it, as two of them may have images of one name."""
    workspace = "".join(
        each if each.isascii() and each.isalnum() else "-" for each in registry.folder.name.lower()
    ).strip("-")
    return f"scoredock/{workspace or 'workspace'}/{name}:{version}"
