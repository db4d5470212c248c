"""Where a finished image goes without a daemon: an OCI layout, an archive, a registry."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.images.content_base import ARCHIVE, LAYOUT
from scoredock.late_dataclass import dataclass
from scoredock.oci.archive import write_archive
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
    """The place of an image: a file, a registry, or both."""

    to: str = ""
    """`oci:FOLDER` or `archive:FILE`; empty for neither."""
    push: str = ""
    """Reference in a registry; empty for none."""
    logins: Sequence[RegistryAccount] = ()
    """In the place of Docker's own, for the registries that they name."""

    @property
    def address(self) -> ImageAddress | None:
        """In a registry. Raises ScoredockError `image-reference-invalid`."""
        return read_address(self.push) if self.push else None

    def require(self) -> None:
        """Before anything is made. Raises ScoredockError `package-kind-wrong`, `package-target-not-empty`,
        `image-reference-invalid`."""
        if self.push:
            read_address(self.push)
        if self.to.startswith(ARCHIVE):
            path = Path(self.to.removeprefix(ARCHIVE)).absolute()
            if path.exists() or path.is_symlink():
                raise ScoredockError(
                    "package-target-not-empty",
                    l10n.t("{target} already exists.", target=path),
                    l10n.t("Name a file that does not exist yet."),
                    place=Place(str(path)),
                )
        elif self.to and not self.to.startswith(LAYOUT):
            raise ScoredockError(
                "package-kind-wrong",
                l10n.t("`{target}` names neither a layout nor an archive.", target=self.to),
                l10n.t("Write oci:FOLDER or archive:FILE."),
            )

    def write(self, image: Sending) -> Path | None:
        """The layout or archive that was written, whole or not at all; None where there is none to write. Raises
        ScoredockError `disk-full`, `io-failed`, `cancelled`; Malformed."""
        if not self.to:
            return None
        if self.to.startswith(LAYOUT):
            path = Path(self.to.removeprefix(LAYOUT)).absolute()
            image.progress.report(l10n.t("Writing {path}", path=path))
            with _removed_if_fresh(path):
                layout = ImageLayout.create(path)
                images = image.images
                for each in images.documents:
                    copy_image(image.content, each, layout.store, image.cancel)
                layout.store.put(images.content, images.descriptor.media_type)
                for each in images.referrers:
                    layout.add("", each.descriptor)
                layout.add(image.tag, replace(images.descriptor, platform=None))
            return path
        path = Path(self.to.removeprefix(ARCHIVE)).absolute()
        image.progress.report(l10n.t("Writing {path}", path=path))
        write_archive(path, [image.reference], image.images, image.content, image.progress, image.cancel)
        return path

    def send(self, image: Sending, address: ImageAddress, mount_from: Sequence[str] = ()) -> PushReport:
        """To its registry. Raises as `push_image.push_set`."""
        login = next((each for each in self.logins if same_registry(each.server, address.registry)), None)
        with RegistryClient(address, image.cancel, login, pushes=True) as client:
            tag = address.tag or "latest"
            return push_set(client, image.images, image.content, tag, image.progress, mount_from)


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
