"""Packages a service as an image without a daemon: into an OCI layout, an archive, a registry."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.environments.pip.wheelhouse import runtime_source
from scoredock.errors import ScoredockError
from scoredock.images.base_tree import RULE, keeps
from scoredock.images.content_base import BaseReader, ContentBase, base_failed, open_base
from scoredock.images.content_environment import Layers, environment_content
from scoredock.images.contents import Bench
from scoredock.images.old_python import with_conda_python
from scoredock.oci.content import Descriptor, Malformed, Platform
from scoredock.oci.content_store import ContentStore
from scoredock.oci.layers import Compression, LayerRecords
from scoredock.oci.push_image import PushReport
from scoredock.oci.registry_address import ImageAddress, read_address, same_registry
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.registry_source import RegistryImages
from scoredock.oci.sources import CheckedStream, ContentStream, ImageDocuments, blocks_of
from scoredock.oci.tree_records import TreeRecords
from scoredock.packaging.content_image import ContentImage, make_content_image
from scoredock.packaging.destination import Destination, Sending
from scoredock.packaging.package import Account, package_name
from scoredock.progress import CancelToken, Progress
from scoredock.registry.store.faults import storing
from scoredock.services.packaging.service_package import PackageRequest, packaged_source

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

_UNUSED_SECONDS = 30 * 86_400.0
"""After which layers that no image had go; they are made again when one has them."""


@dataclass(frozen=True, slots=True)
class ImageTarget:
    """Where an image without a daemon goes."""

    to: str = ""
    """`oci:FOLDER` or `archive:FILE`; empty for neither."""
    push: str = ""
    """Reference in a registry; empty for none."""
    base: str = ""
    """`oci:FOLDER`, `archive:FILE` or a reference; empty for the environment's own base image."""
    platform: str = ""
    """`linux/arm64`; empty for the platform of this machine."""
    compression: Compression = "gzip"
    offline: bool = False
    """No registry is read for the base image."""
    logins: Sequence[RegistryAccount] = ()
    """In the place of Docker's own, for the registries that they name."""

    @property
    def destination(self) -> Destination:
        """The place alone."""
        return Destination(self.to, self.push, self.logins)


@dataclass(frozen=True, slots=True)
class ContentPackage:
    """What was made, and where it went."""

    image: ContentImage
    digest: str
    """Of its manifest."""
    pushed: PushReport | None = None
    path: Path | None = None
    """The layout or the archive."""


def package_content(
    deployments: Deployments,
    request: PackageRequest,
    target: ImageTarget,
    *,
    account: Account,
    progress: Progress,
    cancel: CancelToken,
) -> ContentPackage:
    """Make an image of content and bring it to its target, whole or not at all.

    Raises ScoredockError `package-kind-wrong` for a target that is none, `image-steps-need-docker`,
    `environment-build-failed` for a package without a wheel, what planning, resolving and registries raise,
    `disk-full`, `cancelled`.
    """
    _require(target)
    name = package_name(request.name, request.label)
    root = deployments.images.root
    store = ContentStore(root / "content")
    platform = Platform.read(target.platform) if target.platform else _own_platform()
    images = RegistryImages(store, root / "references", target.logins, progress, cancel, offline=target.offline)
    layers = Layers(store, LayerRecords(root / "layers"), root / "unpacked", target.compression, progress, cancel)
    with (
        packaged_source(deployments, request, account, progress, cancel, contained=True) as (source, spec),
        storing(root),
    ):
        reader = BaseReader(deployments.images.base_image, images.pull, TreeRecords(root / "trees", keeps, RULE))
        base = open_base(target.base, spec, platform, reader, progress, cancel)
        solved = with_conda_python(spec) if base.image.lacks else spec
        runtime = runtime_source()
        wheels = deployments.images.wheels_folder()
        bench = Bench(
            None,
            str(platform),
            base.image,
            solved,
            deployments.images.settings,
            deployments.images.locks,
            wheels,
            progress,
            cancel,
        )
        wheel = runtime.wheel(wheels, progress, cancel)
        environment = environment_content(bench, base.name, runtime, wheel, layers)
        image = make_content_image(source, environment, base, name, deployments.registry, layers)
        content = _Content(store, base, cancel)
        try:
            sending = Sending(image.documents, content, name.reference, name.label, progress, cancel)
            path = target.destination.write(sending)
            pushed = _pushed(target.destination, sending, content.base_name)
        except Malformed as fault:
            raise base_failed(base.image.reference, fault) from None
        store.collect({each.digest for each in image.documents.manifest.layers}, _UNUSED_SECONDS)
    return ContentPackage(image, image.documents.descriptor.digest, pushed, path)


class _Content:
    """The content of an image: what was made here from the store, the rest from its base."""

    def __init__(self, store: ContentStore, base: ContentBase, cancel: CancelToken) -> None:
        self._store = store
        self._base = base
        self._cancel = cancel

    def resolve(self, name: str, platform: Platform | None) -> ImageDocuments:
        """Of the base. Raises as it."""
        return self._base.source.resolve(name, platform)

    @property
    def base_name(self) -> str:
        """What the base is called."""
        return self._base.name

    @contextlib.contextmanager
    def content(self, descriptor: Descriptor) -> Iterator[ContentStream]:
        """As `ImageSource.content`."""
        if self._store.has(descriptor):
            with self._store.open(descriptor.digest) as stream:
                yield CheckedStream(stream, descriptor)
        else:
            with self._base.source.content(descriptor) as content:
                yield content

    def open(self, descriptor: Descriptor, offset: int) -> Iterator[bytes]:
        """As `push_image.ContentSource.open`."""
        with self.content(descriptor) as stream:
            passed = 0
            for block in blocks_of(stream, self._cancel):
                if passed + len(block) > offset:
                    yield block[max(0, offset - passed) :]
                passed += len(block)


def _require(target: ImageTarget) -> None:
    """Before anything is made. Raises ScoredockError `package-kind-wrong`, `package-target-not-empty`,
    `image-reference-invalid`."""
    if target.platform:
        try:
            Platform.read(target.platform)
        except Malformed as fault:
            raise ScoredockError("package-kind-wrong", f"{fault}.", l10n.t("Write it as linux/amd64.")) from None
    target.destination.require()


def _own_platform() -> Platform:
    import platform

    machines = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    machine = platform.machine().lower()
    return Platform("linux", machines.get(machine, machine))


def _pushed(destination: Destination, sending: Sending, base: str) -> PushReport | None:
    address = destination.address
    return None if address is None else destination.send(sending, address, _repositories(base, address))


def _repositories(base: str, address: ImageAddress) -> list[str]:
    """Of the same registry, those that have the layers of the base: it need not be sent there again."""
    if base.startswith("sha256:"):
        return []
    own = read_address(base)
    return [own.repository] if same_registry(own.registry, address.registry) else []


__all__ = ["ContentPackage", "ImageTarget", "package_content"]
