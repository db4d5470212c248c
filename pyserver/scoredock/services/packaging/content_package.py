"""Packages a service as an image without a daemon: into an OCI layout, an archive, a registry."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.environments.pip.wheelhouse import runtime_source
from scoredock.errors import Place, ScoredockError
from scoredock.images.base_tree import RULE, keeps
from scoredock.images.content_base import ARCHIVE, LAYOUT, BaseReader, ContentBase, base_failed, open_base
from scoredock.images.content_environment import Layers, environment_content
from scoredock.images.contents import Bench
from scoredock.images.old_python import with_conda_python
from scoredock.oci.archive import write_archive
from scoredock.oci.content import Descriptor, Malformed, Platform
from scoredock.oci.content_store import ContentStore
from scoredock.oci.layers import Compression, LayerRecords
from scoredock.oci.layout import ImageLayout
from scoredock.oci.push_image import PushReport, push
from scoredock.oci.registry_address import ImageAddress, read_address, same_registry
from scoredock.oci.registry_client import RegistryClient
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.registry_source import RegistryImages
from scoredock.oci.sources import CheckedStream, ContentStream, ImageDocuments, blocks_of, copy_image
from scoredock.oci.tree_records import TreeRecords
from scoredock.packaging.content_image import ContentImage, make_content_image
from scoredock.packaging.package import Account, PackageSource, package_name
from scoredock.progress import CancelToken, Progress
from scoredock.registry.store.faults import storing
from scoredock.services.packaging.content_records import kept_content
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
    is_kept: bool = False
    """All of it is put into the content store of the workspace."""


@dataclass(frozen=True, slots=True)
class ContentPackage:
    """What was made, and where it went."""

    image: ContentImage
    source: PackageSource
    """What was packaged; its code lies there no more."""
    digest: str
    """Of its manifest."""
    pushed: PushReport | None = None
    path: Path | None = None
    """The layout or the archive."""
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
    """Make an image of content and bring it to its target, whole or not at all.

    Raises ScoredockError `package-kind-wrong` for a target that is none, `image-steps-need-docker`,
    `environment-build-failed` for a package without a wheel, what planning, resolving and registries raise,
    `disk-full`, `cancelled`.
    """
    _require(target)
    name = package_name(request.name, request.label)
    root = deployments.images.root
    store = ContentStore(root / "content")
    platform = Platform.read(target.platform) if target.platform else own_platform()
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
            path = _written(target, image, content, name.label, progress, cancel)
            pushed = _pushed(target, image, content, progress, cancel)
            if target.is_kept:
                progress.report(l10n.t("Keeping the image in the workspace"))
                copy_image(content, image.documents, store, cancel)
        except Malformed as fault:
            raise base_failed(base.image.reference, fault) from None
        own = {each.digest for each in image.documents.manifest.layers}
        store.collect(own | kept_content(deployments.registry, store), _UNUSED_SECONDS)
    where = f"{target.to.partition(':')[0]}:{path}" if path is not None else ""
    digest = image.documents.descriptor.digest
    return ContentPackage(image, source, digest, pushed, path, target.push, where, str(platform))


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
    if target.push:
        read_address(target.push)
    if target.to.startswith(ARCHIVE):
        path = Path(target.to.removeprefix(ARCHIVE)).absolute()
        if path.exists() or path.is_symlink():
            raise ScoredockError(
                "package-target-not-empty",
                l10n.t("{target} already exists.", target=path),
                l10n.t("Name a file that does not exist yet."),
                place=Place(str(path)),
            )
    elif target.to and not target.to.startswith(LAYOUT):
        raise ScoredockError(
            "package-kind-wrong",
            l10n.t("`{target}` names neither a layout nor an archive.", target=target.to),
            l10n.t("Write oci:FOLDER or archive:FILE."),
        )


def own_platform() -> Platform:
    """That of this machine, with Linux as its system."""
    import platform

    machines = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    machine = platform.machine().lower()
    return Platform("linux", machines.get(machine, machine))


def _written(
    target: ImageTarget, image: ContentImage, content: _Content, tag: str, progress: Progress, cancel: CancelToken
) -> Path | None:
    if not target.to:
        return None
    if target.to.startswith(LAYOUT):
        path = Path(target.to.removeprefix(LAYOUT)).absolute()
        progress.report(l10n.t("Writing {path}", path=path))
        with _removed_if_fresh(path):
            layout = ImageLayout.create(path)
            copy_image(content, image.documents, layout.store, cancel)
            layout.add(tag, replace(image.documents.descriptor, platform=None))
        return path
    path = Path(target.to.removeprefix(ARCHIVE)).absolute()
    progress.report(l10n.t("Writing {path}", path=path))
    write_archive(path, [image.packaged.name.reference], image.documents, content, progress, cancel)
    return path


@contextlib.contextmanager
def _removed_if_fresh(folder: Path) -> Iterator[None]:
    """A folder that was not there before goes when the block fails; in one that was, content without a name stays, as
    others may be writing there."""
    is_fresh = not folder.exists()
    try:
        yield
    except BaseException:
        if is_fresh:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _pushed(
    target: ImageTarget,
    image: ContentImage,
    content: _Content,
    progress: Progress,
    cancel: CancelToken,
) -> PushReport | None:
    if not target.push:
        return None
    address = read_address(target.push)
    login = next((each for each in target.logins if same_registry(each.server, address.registry)), None)
    tag = address.tag or "latest"
    with RegistryClient(address, cancel, login, pushes=True) as client:
        return push(client, image.documents.manifest, content, tag, progress, _repositories(content.base_name, address))


def _repositories(base: str, address: ImageAddress) -> list[str]:
    """Of the same registry, those that have the layers of the base: it need not be sent there again."""
    if base.startswith("sha256:"):
        return []
    own = read_address(base)
    return [own.repository] if same_registry(own.registry, address.registry) else []


__all__ = ["ContentPackage", "ImageTarget", "own_platform", "package_content"]
