"""Packages a service as an image without a daemon: into an OCI layout, an archive, a registry."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.images.content_base import base_failed
from scoredock.images.solutions import UNUSED_SECONDS
from scoredock.late_dataclass import dataclass
from scoredock.oci.content import Malformed, Platform
from scoredock.oci.image_set import ImageSet
from scoredock.oci.layers import Compression
from scoredock.oci.push_image import PushReport
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.sources import copy_image
from scoredock.packaging.content_image import ContentImage, annotations_of, attached, require_room
from scoredock.packaging.content_making import ContentMaker, MadeContent, base_repositories, own_platform
from scoredock.packaging.destination import Destination, Sending
from scoredock.packaging.package import Account, PackageSource, package_name
from scoredock.progress import CancelToken, Progress
from scoredock.registry.store.faults import storing
from scoredock.services.packaging.content_records import collect_layers
from scoredock.services.packaging.service_package import PackageRequest, packaged_source

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments


@dataclass(frozen=True, slots=True)
class ImageTarget:
    """Destinations and options of an image that is made without a daemon."""

    to: Sequence[str] = ()
    """`oci:FOLDER` or `archive:FILE`; empty for neither."""
    push: str = ""
    """Reference in a registry; empty for none."""
    base: str = ""
    """`oci:FOLDER`, `archive:FILE` or a reference; empty for the environment's own base image."""
    platforms: Sequence[str] = ()
    """`linux/arm64`; none for the platform of this machine. Several make a list with an image for each."""
    attach: Sequence[str] = ()
    """`sbom` and `provenance`: what is put beside each image, as artifacts that name it."""
    compression: Compression = "gzip"
    offline: bool = False
    """No registry is read for the base image."""
    logins: Sequence[RegistryAccount] = ()
    """In the place of Docker's own, for the registries that they name."""
    is_kept: bool = False
    """All of it is put into the content store of the workspace."""

    @property
    def destination(self) -> Destination:
        """The place alone."""
        return Destination(tuple(self.to), self.push, self.logins)


@dataclass(frozen=True, slots=True)
class ContentPackage:
    """Images that were made, and their destinations."""

    image: ContentImage
    """The one for the platform of this machine, else the first."""
    images: tuple[ContentImage, ...]
    """For each platform."""
    source: PackageSource
    """What was packaged; its code lies there no more."""
    digest: str
    """Of the manifest, or of the list of them."""
    attached: int = 0
    """How many artifacts lie beside the images."""
    pushed: PushReport | None = None
    paths: Sequence[Path] = ()
    """The layouts and archives."""
    reference: str = ""
    """Under which it was pushed."""
    target: str = ""
    """The layout or the archive, with the word for what it is before it; empty for none."""
    platform: str = ""


def package_content(
    deployments: Deployments,
    request: PackageRequest,
    target: ImageTarget,
    *,
    account: Account,
    progress: Progress,
    cancel: CancelToken,
) -> ContentPackage:
    """Make an image of content for each platform and bring them to their target, whole or not at all.

    Raises ScoredockError `package-kind-wrong` for a target that is none, `image-steps-need-docker`,
    `environment-build-failed` for a package without a wheel, what planning, resolving and registries raise,
    `disk-full`, `cancelled`.
    """
    platforms = _require(target, cancel)
    name = package_name(request.name, request.label)
    root = deployments.images.root
    layers = deployments.images.layers(progress, cancel, target.compression)
    store = layers.store
    maker = ContentMaker(deployments.images, deployments.registry, layers)
    reader = maker.reader(target.logins, offline=target.offline)
    with (
        packaged_source(deployments, request, account, progress, cancel, contained=True) as (source, spec),
        storing(root),
    ):
        # All bases first: one that is lacking shows before packages are resolved for another platform.
        bases = [maker.base(target.base, spec, platform, reader) for platform in platforms]
        for base in bases:
            require_room(source, base)
        made: dict[str, ContentImage] = {}
        for platform, base in zip(platforms, bases, strict=True):
            with _saying(platform if len(platforms) > 1 else None):
                image = maker.image(source, maker.environment(spec, platform, base), base, name)
            made.setdefault(image.documents.descriptor.digest, image)
        images = tuple(made.values())
        referrers = [each for image in images for each in attached(image, source, target.attach, store)]
        whole = ImageSet.of([each.documents for each in images], referrers, annotations_of(source), own_platform())
        store.put(whole.content, whole.descriptor.media_type)
        content = MadeContent(store, bases, cancel)
        try:
            sending = Sending(whole, content, name.reference, name.label, progress, cancel)
            paths = target.destination.write(sending)
            pushed = _pushed(target.destination, sending, content.base_name)
            if target.is_kept:
                progress.report(l10n.t("Keeping the image in the workspace"))
                for each in whole.documents:
                    copy_image(content, each, store, cancel)
        except Malformed as fault:
            raise base_failed(bases[0].image.reference, fault) from None
        collect_layers(deployments.registry, UNUSED_SECONDS)
    where = next((f"{to.partition(':')[0]}:{path}" for to, path in zip(target.to, paths, strict=True)), "")
    return ContentPackage(
        image=images[whole.main],
        images=images,
        source=source,
        digest=whole.descriptor.digest,
        attached=len(referrers),
        pushed=pushed,
        paths=paths,
        reference=target.push,
        target=where,
        platform=str(platforms[whole.main]),
    )


@contextlib.contextmanager
def _saying(platform: Platform | None) -> Iterator[None]:
    """Block whose errors for packages name the platform, if there are several."""
    try:
        yield
    except ScoredockError as error:
        if platform is not None and error.code.startswith("environment-") and str(platform) not in error.message:
            error.message = l10n.t("For {platform}: {message}", platform=platform, message=error.message)
        raise


def _require(target: ImageTarget, cancel: CancelToken) -> tuple[Platform, ...]:
    """Before anything is made: for which platforms images are, each once. Raises ScoredockError `package-kind-wrong`,
    `package-target-not-empty`, `image-reference-invalid`."""
    try:
        platforms = tuple(dict.fromkeys(map(Platform.read, target.platforms))) or (own_platform(),)
    except Malformed as fault:
        raise ScoredockError("package-kind-wrong", f"{fault}.", l10n.t("Write it as linux/amd64.")) from None
    target.destination.require(cancel)
    return platforms


def _pushed(destination: Destination, sending: Sending, base: str) -> PushReport | None:
    address = destination.address
    return None if address is None else destination.send(sending, address, base_repositories(base, address))


__all__ = ["ContentPackage", "ImageTarget", "own_platform", "package_content"]
