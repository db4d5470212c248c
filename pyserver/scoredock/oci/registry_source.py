"""Images of registries as a source: what is read of them is kept by its digest, and read once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.errors import ImageMissing
from scoredock.oci.content import INDEXES, MANIFESTS, Descriptor, Index, Platform, digest_of
from scoredock.oci.content_store import ContentStore
from scoredock.oci.registry_address import ImageAddress, read_address, same_registry
from scoredock.oci.registry_client import RegistryClient
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.sources import CheckedStream, ContentStream, ImageDocuments, ImageSource, choose, documents_of
from scoredock.progress import CancelToken, Progress

_MANY = 64 << 20


class RegistryImages:
    """Gets images of registries, each tag once: what it named is written down, and stays until it is deleted."""

    def __init__(
        self,
        store: ContentStore,
        references: Path,
        logins: Sequence[RegistryAccount],
        progress: Progress,
        cancel: CancelToken,
        *,
        offline: bool = False,
    ) -> None:
        """`references` is the folder in which tags are written down with what they named."""
        self._store = store
        self._references = references
        self._logins = logins
        self._progress = progress
        self._cancel = cancel
        self._offline = offline

    def pull(self, reference: str, platform: Platform) -> tuple[ImageSource, ImageDocuments]:
        """An image for a platform; its layers come when they are read.

        Raises ScoredockError `image-reference-invalid`, `image-missing`, `image-platform`, what `RegistryClient`
        raises; Malformed.
        """
        address = read_address(reference)
        source = _RegistryImage(address, self._store, self._logins, self._progress, self._cancel)
        descriptor = self.noted(str(address))
        if descriptor is None:
            if self._offline:
                raise ImageMissing(
                    l10n.t("The image {image} was never read, and nothing is fetched offline.", image=reference),
                    l10n.t("Leave --offline out once, or name an OCI layout or an archive."),
                )
            descriptor = source.fetch_documents()
            self.note(str(address), descriptor)
        if descriptor.media_type in MANIFESTS:
            documents = documents_of(source, descriptor)
            if ".image." not in documents.manifest.config.media_type:
                return source, documents  # an artifact, which is for no platform
        return source, choose(source, Index((descriptor,)), descriptor.digest, platform)

    def remembers(self, reference: str) -> bool:
        """True if it is pulled without asking for what it names. Raises `image-reference-invalid`."""
        return self.noted(str(read_address(reference))) is not None

    def noted(self, name: str) -> Descriptor | None:
        """Descriptor that a full reference, or an id of Docker, named; None when its content is not in the store."""
        try:
            document = json.loads(self._file(name).read_text("utf-8"))
            descriptor = Descriptor.from_json(document)
        except (OSError, ValueError):
            return None
        return descriptor if self._store.has(descriptor) else None

    def note(self, name: str, descriptor: Descriptor) -> None:
        """Records a descriptor for `noted`."""
        file = self._file(name)
        # Only a shortcut, and what keeps the base the same.
        with contextlib.suppress(OSError):
            make_private(file.parent)
            temporary = file.with_suffix(".tmp")
            temporary.touch(mode=0o600)
            temporary.write_text(json.dumps(descriptor.to_json()), "utf-8")
            temporary.replace(file)

    def _file(self, name: str) -> Path:
        return self._references / f"{digest_of(name.encode()).removeprefix('sha256:')[:32]}.json"


class _RegistryImage:
    """An image of one repository."""

    def __init__(
        self,
        address: ImageAddress,
        store: ContentStore,
        logins: Sequence[RegistryAccount],
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        self.address = address
        self._store = store
        self._login = next((each for each in logins if same_registry(each.server, address.registry)), None)
        self._progress = progress
        self._cancel = cancel

    def fetch_documents(self) -> Descriptor:
        """Descriptor of what the address names now, put into the store."""
        with self._client() as client:
            descriptor, content = client.resolve()
        self._store.put(content, descriptor.media_type)
        return descriptor

    def resolve(self, name: str, platform: Platform | None) -> ImageDocuments:
        """Same as `ImageSource.resolve`; `name` is a digest, or empty for what the address names."""
        descriptor = self.fetch_documents()
        return choose(self, Index((descriptor,)), name or descriptor.digest, platform)

    @contextlib.contextmanager
    def content(self, descriptor: Descriptor) -> Iterator[ContentStream]:
        """Same as `ImageSource.content`; from the store, into which it is fetched first if it is not there."""
        if not self._store.has(descriptor):
            self._fetch(descriptor)
        else:
            self._store.touch(descriptor.digest)
        with self._store.open(descriptor.digest) as stream:
            yield CheckedStream(stream, descriptor)

    def _fetch(self, descriptor: Descriptor) -> None:
        if descriptor.size >= _MANY:
            self._progress.report(l10n.t("Pulling {size:,.0f} MB", size=descriptor.size / 1_000_000))
        with self._client() as client:
            if "manifest" in descriptor.media_type or descriptor.media_type in INDEXES:
                _, content = client.resolve(descriptor.digest)
                self._store.put(content, descriptor.media_type)
                return
            with self._store.writing(descriptor) as writer:
                for block in client.open_blob(descriptor):
                    self._cancel.raise_if_cancelled()
                    writer.write(block)

    def _client(self) -> RegistryClient:
        return RegistryClient(self.address, self._cancel, self._login)
