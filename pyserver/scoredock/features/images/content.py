"""Packages as images that need no Docker, and what is said of every package."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Operation
from scoredock.errors import ScoredockError
from scoredock.protocol import messages

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments
    from scoredock.services.packaging.service_package import Account, Packaged, PackageRequest


def create_content(
    params: messages.PackageCreateParams,
    request: PackageRequest,
    account: Account,
    deployments: Deployments,
    operation: Operation,
) -> messages.Package:
    """An image that no Docker takes part in."""
    from scoredock.images.registries import logins_of
    from scoredock.packaging.package import run_command
    from scoredock.services.packaging.content_package import ImageTarget, package_content
    from scoredock.services.packaging.content_records import note_package
    from scoredock.services.packaging.ready_package import accounts_of

    if not params.to and not params.push:
        raise ScoredockError(
            "package-kind-wrong",
            l10n.t("An image without Docker needs a place to go."),
            l10n.t("Name an OCI layout, an archive or a registry."),
        )
    target = ImageTarget(
        to=tuple(params.to),
        push=params.push,
        base=params.base,
        platforms=params.platforms,
        attach=params.attach,
        compression=params.compression,
        offline=params.offline,
        logins=accounts_of(logins_of(params.registry_credentials)),
    )
    package = package_content(
        deployments,
        request,
        target,
        account=account,
        progress=operation.progress,
        cancel=operation.cancel,
    )
    record = note_package(deployments.registry, package, is_kept=False)
    report = package.pushed
    return replace(
        package_message(package.image.packaged),
        location=params.push or next(map(str, package.paths), ""),
        digest=package.digest,
        images=[
            messages.PackagePlatform(
                str(each.documents.descriptor.platform or ""), each.documents.descriptor.digest, each.packaged.image_id
            )
            for each in package.images
        ],
        attached=package.attached,
        path=next(map(str, package.paths), ""),
        paths=[str(each) for each in package.paths],
        record=record.id,
        run=list(run_command(params.push or package.image.packaged.name.reference, keys=package.image.packaged.keys)),
        pushed=f"{params.push}@{package.digest}" if report is not None else "",
        sent_bytes=report.sent_bytes if report is not None else 0,
        present_bytes=report.present_bytes + report.mounted_bytes if report is not None else 0,
    )


def package_message(package: Packaged) -> messages.Package:
    """Message of a package."""
    from scoredock.packaging.package import run_command

    reference = package.name.reference
    return messages.Package(
        generate_dockerfile=package.folder is not None,
        state="Succeeded",
        location=str(package.folder) if package.folder is not None else reference,
        image=reference,
        image_id=package.image_id,
        base_image=package.base_image,
        size=package.size,
        context_digest=package.digests.context,
        lock_digest=package.digests.lock,
        tree_digest=package.digests.tree,
        build=list(package.build),
        run=list(run_command(reference, keys=package.keys)),
        record=package.record,
        notes=list(package.notes),
        digest=package.manifest,
    )
