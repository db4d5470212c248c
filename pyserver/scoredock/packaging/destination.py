"""Destinations of a finished image without a daemon: an OCI layout, an archive, a registry."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.images.content_base import ARCHIVE, LAYOUT
from scoredock.late_dataclass import dataclass
from scoredock.oci.archive import archive_content
from scoredock.oci.image_set import ImageSet
from scoredock.oci.layout import ImageLayout
from scoredock.oci.push_image import PushReport, push_set
from scoredock.oci.registry_address import ImageAddress, read_address, same_registry
from scoredock.oci.registry_client import RegistryClient
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.sources import ImageSource, copy_image
from scoredock.progress import CancelToken, Progress


@dataclass(frozen=True, slots=True)
class Sending:
    """An image on its way, or one for each of several platforms."""

    images: ImageSet
    content: ImageSource
    reference: str
    """Its full name in an archive."""
    tag: str
    """Its name in a layout."""
    progress: Progress
    cancel: CancelToken


@dataclass(frozen=True, slots=True)
class Destination:
    """The places of an image: files, a registry, or both."""

    to: Sequence[str] = ()
    """`oci:FOLDER` or `archive:FILE`, each."""
    push: str = ""
    """Reference in a registry; empty for none."""
    logins: Sequence[RegistryAccount] = ()
    """In the place of Docker's own, for the registries that they name."""

    @property
    def address(self) -> ImageAddress | None:
        """Address in a registry; None without one. Raises ScoredockError `image-reference-invalid`."""
        return read_address(self.push) if self.push else None

    def require(self, cancel: CancelToken) -> None:
        """Checks, before anything is made, that the registry takes something from this login. Raises ScoredockError
        `package-kind-wrong`, `package-target-not-empty`, `image-reference-invalid`, `image-push-failed`, and as
        RegistryClient."""
        address = self.address
        places: set[str] = set()
        for each in self.to:
            path = _path(each)
            if each.startswith(ARCHIVE) and (path.exists() or path.is_symlink()):
                raise ScoredockError(
                    "package-target-not-empty",
                    l10n.t("{target} already exists.", target=path),
                    l10n.t("Name a file that does not exist yet."),
                    place=Place(str(path)),
                )
            if not each.startswith((ARCHIVE, LAYOUT)):
                raise ScoredockError(
                    "package-kind-wrong",
                    l10n.t("`{target}` names neither a layout nor an archive.", target=each),
                    l10n.t("Write oci:FOLDER or archive:FILE."),
                )
            if (place := os.path.realpath(path)) in places:
                raise ScoredockError(
                    "package-target-not-empty",
                    l10n.t("{target} is named twice.", target=path),
                    l10n.t("Name each place once."),
                    place=Place(str(path)),
                )
            places.add(place)
        if address is not None:
            with self._client(address, cancel) as client:
                client.require_push()

    def _client(self, address: ImageAddress, cancel: CancelToken) -> RegistryClient:
        login = next((each for each in self.logins if same_registry(each.server, address.registry)), None)
        return RegistryClient(address, cancel, login, pushes=True)

    def write(self, image: Sending) -> list[Path]:
        """The layouts and archives that were written: all of them whole, or none.

        First the content of each, then its name, which goes again when that of another one cannot be given. Raises
        ScoredockError `disk-full`, `io-failed`, `cancelled`; Malformed.
        """
        with contextlib.ExitStack() as stack:
            names = []
            for each in self.to:
                image.progress.report(l10n.t("Writing {path}", path=_path(each)))
                content = _layout_content if each.startswith(LAYOUT) else _archive_content
                names.append(stack.enter_context(content(_path(each), image)))
            for name in names:
                name()
        return [_path(each) for each in self.to]

    def send(self, image: Sending, address: ImageAddress, mount_from: Sequence[str] = ()) -> PushReport:
        """Sends the image to its registry. Raises as `push_image.push_set`."""
        with self._client(address, image.cancel) as client:
            tag = address.tag or "latest"
            return push_set(client, image.images, image.content, tag, image.progress, mount_from)


def _path(target: str) -> Path:
    return Path(target.partition(":")[2]).absolute()


@contextlib.contextmanager
def _layout_content(path: Path, image: Sending) -> Iterator[Callable[[], None]]:
    """Gives what names the image; names of before come back when the block fails."""
    with _removed_if_fresh(path):
        layout, images = ImageLayout.create(path), image.images
        for each in images.documents:
            copy_image(image.content, each, layout.store, image.cancel)
        layout.store.put(images.content, images.descriptor.media_type)
        former = layout.named(image.tag)

        def name() -> None:
            for each in images.referrers:
                layout.add("", each.descriptor)
            layout.add(image.tag, replace(images.descriptor, platform=None))

        try:
            yield name
        except BaseException:
            if layout.named(image.tag) != former:
                layout.put_back(image.tag, former)
            raise


@contextlib.contextmanager
def _archive_content(path: Path, image: Sending) -> Iterator[Callable[[], None]]:
    """The same."""
    names = [image.reference]
    with archive_content(path, names, image.images, image.content, image.progress, image.cancel) as archive:
        yield archive.name


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
