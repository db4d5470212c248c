"""A finished image of a package: by Docker where one answers, else as content of the workspace. Who makes one asks
here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.containers.connection import connect
from scoredock.containers.image_calls import Login
from scoredock.errors import DockerUnavailable
from scoredock.images.registries import handed_over
from scoredock.oci.registry_login import RegistryAccount
from scoredock.packaging.package import Account, Packaged
from scoredock.progress import CancelToken, Progress
from scoredock.services.packaging.content_package import ContentPackage, ImageTarget, package_content
from scoredock.services.packaging.content_records import note_package
from scoredock.services.packaging.service_package import PackageRequest, package_image

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments


def has_daemon(deployments: Deployments) -> bool:
    """True if Docker makes the images. Raises ScoredockError `docker-host-unsupported` for one that was chosen and
    cannot be used: that is to be put right, not to be passed over."""
    try:
        connect(deployments.settings.docker)
    except DockerUnavailable:
        return False
    return True


def make_ready(
    deployments: Deployments,
    request: PackageRequest,
    logins: Sequence[Login],
    *,
    account: Account,
    progress: Progress,
    cancel: CancelToken,
) -> Packaged:
    """A finished image with its record in the workspace. `logins` are for the registries of base images.

    Raises ScoredockError as `package_image` where Docker answers, else as `package_content`.
    """
    if has_daemon(deployments):
        with handed_over(logins):
            return package_image(deployments, request, account=account, progress=progress, cancel=cancel)
    package = make_content(deployments, request, logins, account=account, progress=progress, cancel=cancel)
    record = note_package(deployments.registry, package, is_kept=True)
    packaged = package.image.packaged
    notes = (*packaged.notes, kept_note(record.id))
    return replace(packaged, record=record.id, manifest=package.digest, notes=notes)


def make_content(
    deployments: Deployments,
    request: PackageRequest,
    logins: Sequence[Login],
    *,
    account: Account,
    progress: Progress,
    cancel: CancelToken,
) -> ContentPackage:
    """The image in the content store of the workspace, without a record. Raises as `package_content`."""
    progress.report(l10n.t("No Docker answers: making the image without it"))
    target = ImageTarget(is_kept=True, logins=accounts_of(logins))
    return package_content(deployments, request, target, account=account, progress=progress, cancel=cancel)


def kept_note(id: str) -> str:
    """Note on the next steps with an image that Docker does not have."""
    return l10n.t(
        "No Docker answers, so the image was made without it and is kept in the workspace. `scoredock package save {id}"
        " --output-path FILE` writes it for `docker load`, `scoredock package push {id}` sends it to a registry.",
        id=id,
    )


def accounts_of(logins: Sequence[Login]) -> list[RegistryAccount]:
    """The same for whoever asks registries without Docker."""
    return [RegistryAccount(each.server, each.username, each.password) for each in logins]
