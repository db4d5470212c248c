"""Images to a registry: what is lacking there, then their documents, and the one with the tag last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from typing import TypeVar

from scoredock import l10n, threads
from scoredock.late_dataclass import dataclass
from scoredock.oci.content import MANIFEST, Descriptor, Manifest, descriptor_of
from scoredock.oci.image_set import ImageSet
from scoredock.oci.registry_client import BlobOutcome, BlobUnknown, RegistryClient
from scoredock.oci.sources import ContentSource, ImageDocuments, blocks_of
from scoredock.progress import Flow, PartOfStep, Progress

AT_ONCE = 3
"""Blobs on their way at the same time, as many as Docker sends."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PushReport:
    """Result of a push. Bytes are those of blobs, each counted once; configurations and layers, without the
    manifests."""

    digest: str
    """Of what the tag names: the manifest, or the list of them."""
    sent_bytes: int = 0
    mounted_bytes: int = 0
    present_bytes: int = 0


def push(
    client: RegistryClient,
    manifest: Manifest,
    source: ContentSource,
    tag: str,
    progress: Progress,
    mount_from: Sequence[str] = (),
) -> PushReport:
    """Have an image under a tag of the client's repository. Raises as `push_set`."""
    content = manifest.to_bytes()
    image = ImageDocuments(descriptor_of(MANIFEST, content), manifest, content)
    return push_set(client, ImageSet((image,)), source, tag, progress, mount_from)


def push_set(
    client: RegistryClient,
    images: ImageSet,
    source: ContentSource,
    tag: str,
    progress: Progress,
    mount_from: Sequence[str] = (),
) -> PushReport:
    """Have images with all that is said of them under a tag of the client's repository. The tag comes last: it names
    what is complete, or what it named before.

    `mount_from` are repositories of the same registry that may have some of the layers. The client's cancel ends it at
    any time; what was sent then stays, without a name, until the registry collects it. Raises ScoredockError as
    `RegistryClient.push_blob`, `push_manifest` and `attach`, and what the source raises.
    """
    blobs = images.blobs
    outcomes = _Blobs(client, source, mount_from).ensure(blobs, progress)
    try:
        digest = _publish(client, images, tag, progress)
    except BlobUnknown:
        # The registry has dropped a blob meanwhile (garbage collection), so all are looked for once more.
        outcomes |= {
            digest: outcome
            for digest, outcome in _Blobs(client, source, mount_from).ensure(blobs, progress).items()
            if outcome is not BlobOutcome.PRESENT
        }
        try:
            digest = _publish(client, images, tag, progress)
        except BlobUnknown as unknown:
            raise unknown.failure from None

    def total(outcome: BlobOutcome) -> int:
        return sum(each.size for each in blobs if outcomes[each.digest] is outcome)

    return PushReport(digest, total(BlobOutcome.SENT), total(BlobOutcome.MOUNTED), total(BlobOutcome.PRESENT))


def _publish(client: RegistryClient, images: ImageSet, tag: str, progress: Progress) -> str:
    """The documents, from those that no other one needs to the one with the tag; its digest. Raises BlobUnknown."""
    client.cancel.raise_if_cancelled()
    if images.index or images.referrers:
        for image in images.images:
            client.put_manifest(image.content, MANIFEST, image.descriptor.digest)
            client.cancel.raise_if_cancelled()
    for number, referrer in enumerate(images.referrers, 1):
        progress.report(
            l10n.t("Attaching {number} of {count}", number=number, count=len(images.referrers)),
        )
        client.attach(referrer.manifest)
        client.cancel.raise_if_cancelled()
    return client.put_manifest(images.content, images.descriptor.media_type, tag)[0]


class _Blobs:
    """Blobs of one push, some at a time."""

    def __init__(self, client: RegistryClient, source: ContentSource, mount_from: Sequence[str]) -> None:
        self._client = client
        self._source = source
        self._mount_from = mount_from
        self._has_failed = threading.Event()

    def ensure(self, blobs: Sequence[Descriptor], progress: Progress) -> dict[str, BlobOutcome]:
        """How each came to be in the repository, by its digest."""
        progress.report(l10n.t("Looking for what the registry has"))
        has = self._each(blobs, self._client.has_blob)
        outcomes = {each.digest: BlobOutcome.PRESENT for each in blobs if has[each.digest]}
        lacking = [each for each in blobs if not has[each.digest]]
        amounts = _Amounts(lacking, progress)

        def send(blob: Descriptor) -> BlobOutcome:
            def through(offset: int) -> None:
                self._client.cancel.raise_if_cancelled()
                if self._has_failed.is_set():
                    raise _GivenUp
                amounts.tell(blob.digest, offset)

            outcome = self._client.send_blob(blob, lambda offset: self._blocks(blob, offset), through, self._mount_from)
            amounts.tell(blob.digest, blob.size)
            return outcome

        return outcomes | self._each(lacking, send)

    def _blocks(self, blob: Descriptor, offset: int) -> Iterator[bytes]:
        """An upload that broke off goes on from an offset."""
        with self._source.content(blob) as stream:
            yield from blocks_of(stream, self._client.cancel, offset)

    def _each(self, blobs: Sequence[Descriptor], work: Callable[[Descriptor], _T]) -> dict[str, _T]:
        """Raises what the first failure raises, when none is under way any more."""

        def unless_failed(blob: Descriptor) -> _T:
            if self._has_failed.is_set():
                raise _GivenUp
            self._client.cancel.raise_if_cancelled()
            return work(blob)

        with threads.pool(AT_ONCE, "push") as pool:
            futures: dict[str, Future[_T]] = {each.digest: pool.submit(unless_failed, each) for each in blobs}
            wait(futures.values(), return_when=FIRST_EXCEPTION)
            if any(each.done() and each.exception() for each in futures.values()):
                self._has_failed.set()
        failures = [error for each in futures.values() if (error := each.exception()) is not None]
        for error in failures:
            if not isinstance(error, _GivenUp):
                raise error
        return {digest: future.result() for digest, future in futures.items()}


class _GivenUp(Exception):
    """Another blob of the same push has failed."""


class _Amounts:
    """How much of several blobs is through, as one sentence with one percentage."""

    def __init__(self, blobs: Sequence[Descriptor], progress: Progress) -> None:
        self._progress = progress
        self._total = sum(each.size for each in blobs)
        self._offsets: dict[str, int] = {}
        self._percentage = -1
        self._flow = Flow()
        self._lock = threading.Lock()

    def tell(self, digest: str, offset: int) -> None:
        with self._lock:
            self._offsets[digest] = offset
            through = sum(self._offsets.values())
            percentage = 100 * through // max(1, self._total)
            if percentage <= self._percentage:
                return
            self._percentage = percentage
            amounts = self._flow.amounts(through, self._total)
            self._progress.report(PartOfStep(l10n.t("Sending to the registry"), amounts), percentage)
