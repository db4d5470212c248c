"""One repository of a registry: manifests, blobs, tags, and what refers to an image.

Facts: OCI distribution specification 1.1 (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md).
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any
from urllib.parse import urlencode, urljoin

import requests.utils

from scoredock import l10n
from scoredock.errors import Cancelled, ScoredockError
from scoredock.oci import blob_upload
from scoredock.oci.blob_download import blob_pieces
from scoredock.oci.blob_upload import CHUNK_BYTES, BlobUpload, OpenAt, Through, begin_upload, begun_upload
from scoredock.oci.content import (
    INDEX,
    INDEXES,
    LARGEST_DOCUMENT,
    MANIFEST,
    MANIFESTS,
    Descriptor,
    Index,
    Malformed,
    Manifest,
    descriptor_of,
    digest_of,
    require_digest,
)
from scoredock.oci.registry_address import ImageAddress
from scoredock.oci.registry_answers import RegistryWords, failure
from scoredock.oci.registry_login import Authorizer, RegistryAccount, docker_login, scope
from scoredock.oci.registry_settings import RegistrySettings
from scoredock.oci.registry_transport import RegistryResponse, RegistryTransport, TransportLimits
from scoredock.oci.repository_session import RepositorySession, first_answer
from scoredock.origins import is_for
from scoredock.progress import CancelToken

_ACCEPT = {"Accept": ", ".join((*MANIFESTS, *INDEXES))}
_PAGES = 1000
_INDEX_ROUNDS = 4
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class BlobOutcome(Enum):
    """Way in which a blob came to be where it was to be."""

    PRESENT = "present"
    MOUNTED = "mounted"
    SENT = "sent"


class BlobUnknown(Exception):
    """A registry misses blobs of a manifest; `failure` is what to raise when they were sent."""

    def __init__(self, failure: ScoredockError) -> None:
        super().__init__()
        self.failure = failure


class RegistryClient:
    """Use it as a context. Safe for several threads.

    Whatever it does raises ScoredockError `registry-unreachable`, `registry-untrusted`, `registry-refused` (also for
    what the registry hides from who asks), `registry-busy` or `cancelled`; what else it may raise is said at each.
    """

    def __init__(
        self,
        address: ImageAddress,
        cancel: CancelToken,
        login: RegistryAccount | None = None,
        *,
        pushes: bool = False,
        settings: RegistrySettings | None = None,
        limits: TransportLimits | None = None,
    ) -> None:
        """`login` is for the registry of the address; without one Docker's own is taken, when the registry wants
        it. `pushes` says that tokens are to allow that; `settings` are those of this machine when there are none."""
        self.address = address
        self.cancel = cancel
        self.chunk_bytes = CHUNK_BYTES
        self._settings = settings or RegistrySettings.of_machine()
        self._transport = RegistryTransport(self._settings, cancel, limits)
        endpoints = self._settings.endpoints(address)
        sessions = []
        for endpoint in endpoints:
            # The login that is at hand is for the registry: a mirror never sees it.
            own_login = login if login is not None and not endpoint.is_mirror else _of_docker(endpoint.login_name)
            authorizer = Authorizer(endpoint.login_name, self._transport, own_login)
            actions = "pull,push" if pushes and not endpoint.is_mirror else "pull"
            sessions.append(RepositorySession(endpoint, self._transport, authorizer, actions))
        self._readers: Sequence[RepositorySession] = sessions
        """Mirrors first, the registry last."""
        self._own = sessions[-1]

    def __enter__(self) -> RegistryClient:
        self._transport.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._transport.__exit__(*exception)

    def __repr__(self) -> str:
        return f"RegistryClient({str(self.address)!r})"

    # ------------------------------------------------------------------------------------------ manifests

    def resolve(self, name: str = "") -> tuple[Descriptor, bytes]:
        """Descriptor and bytes of the manifest or index, of OCI or of Docker, that a tag or digest names; the address's
        own if `name` is empty.

        Raises ScoredockError `image-pull-failed` when there is none, or it is no such document, and
        `registry-content-damaged`.
        """
        name = name or self.address.name
        for first in range(len(self._readers)):
            session, response = first_answer(self._readers[first:], f"manifests/{name}", _ACCEPT)
            try:
                return self._checked(session, response, name)
            except Cancelled:
                raise
            except ScoredockError:  # what a mirror has is damaged: the next one is tried
                if session is self._own:
                    raise
        raise AssertionError("the registry itself is always tried")

    def manifest(self, name: str = "") -> Manifest | Index:
        """The document itself. Raises as `resolve`."""
        descriptor, content = self.resolve(name)
        try:
            return Index.from_bytes(content) if descriptor.media_type in INDEXES else Manifest.from_bytes(content)
        except Malformed as error:
            raise self._malformed(str(error)) from None

    def push_manifest(self, content: bytes, media_type: str, name: str) -> str:
        """Digest of the manifest, once the registry has it under a tag or a digest. Raises ScoredockError
        `image-push-failed`."""
        try:
            return self.put_manifest(content, media_type, name)[0]
        except BlobUnknown as unknown:
            raise unknown.failure from None

    def put_manifest(self, content: bytes, media_type: str, name: str) -> tuple[str, str]:
        """Same as `push_manifest`; returns the digest and `OCI-Subject`, by which a registry says that it keeps
        referrers itself. Raises BlobUnknown when blobs are lacking."""
        response = self._own.request("PUT", f"manifests/{name}", headers={"Content-Type": media_type}, body=content)
        digest = digest_of(content)
        if response.status not in (200, 201, 202, 204):
            words = RegistryWords(response)
            error = failure("image-push-failed", self._own.registry, response, words)
            if {"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"} & set(words.codes):
                raise BlobUnknown(error)
            raise error
        response.close()
        confirmed = response.headers.get("Docker-Content-Digest", digest)
        if confirmed != digest:
            raise self._damaged(name)
        return digest, response.headers.get("OCI-Subject", "")

    def tags(self) -> tuple[str, ...]:
        """All tags of the repository, in the registry's order; none when there is no such repository. Raises
        ScoredockError `image-pull-failed`."""
        names: dict[str, None] = {}
        for page in self._pages(f"tags/list?{urlencode({'n': 1000})}"):
            if page is not None:
                names.update((str(each), None) for each in page.get("tags") or ())
        return tuple(names)

    # ------------------------------------------------------------------------------------------ blobs

    def open_blob(self, descriptor: Descriptor) -> Iterator[bytes]:
        """See `blob_download.blob_pieces`."""
        return blob_pieces(self._readers, descriptor)

    def has_blob(self, descriptor: Descriptor) -> bool:
        """True if the registry itself has it. Raises ScoredockError `image-push-failed` for odd answers."""
        return blob_upload.has_blob(self._own, descriptor)

    def mount(self, descriptor: Descriptor, from_repository: str) -> bool:
        """Take a blob over from another repository of the registry; False when it does not do that. Raises
        ScoredockError `image-push-failed`."""
        return self._mounted(descriptor, from_repository)[0]

    def require_push(self) -> None:
        """Checks that something may be sent there, before it is made: an upload is begun, and taken back. Raises
        ScoredockError `image-push-failed`."""
        location, _ = begin_upload(self._own)
        with contextlib.suppress(ScoredockError):  # a registry that knows no way back forgets it by itself
            self._own.request("DELETE", location).close()

    def push_blob(
        self, descriptor: Descriptor, open_at: OpenAt, progress: Through, mount_from: Sequence[str] = ()
    ) -> BlobOutcome:
        """Have a blob in the repository, by the cheapest way: it is there, it is in one of the other repositories, it
        is sent. `progress` is called with the bytes on their way. Raises as `BlobUpload.send`."""
        if self.has_blob(descriptor):
            return BlobOutcome.PRESENT
        return self.send_blob(descriptor, open_at, progress, mount_from)

    def send_blob(
        self, descriptor: Descriptor, open_at: OpenAt, progress: Through, mount_from: Sequence[str] = ()
    ) -> BlobOutcome:
        """Same as `push_blob`, for a blob that is missing."""
        location, minimum = "", 0
        for repository in mount_from:
            if repository == self._own.endpoint.repository:
                continue
            is_mounted, location, minimum = self._mounted(descriptor, repository)
            if is_mounted:
                return BlobOutcome.MOUNTED
        BlobUpload(self._own, descriptor, open_at, progress, self.chunk_bytes).send(location, minimum)
        return BlobOutcome.SENT

    def _mounted(self, descriptor: Descriptor, from_repository: str) -> tuple[bool, str, int]:
        """True if it is mounted; otherwise the upload that the registry has begun in place of it."""
        query = urlencode({"mount": descriptor.digest, "from": from_repository})
        also = (scope(from_repository, "pull"),)
        try:
            response = self._own.request("POST", f"blobs/uploads/?{query}", also=also)
        except ScoredockError as error:
            if error.code != "registry-refused":
                raise
            return False, "", 0  # of the other repository; an upload shows whether this one refuses as well
        if response.status == 201:
            response.close()
            return True, "", 0
        if response.status == 202:
            return False, *begun_upload(self._own, response)
        response.close()
        return False, "", 0

    # ------------------------------------------------------------------------------------------ referrers

    def referrers(self, digest: str, artifact_type: str = "") -> tuple[Descriptor, ...]:
        """Descriptors of the artifacts about a manifest, of one type or of all. Raises ScoredockError
        `image-pull-failed`."""
        require_digest(digest)
        entries: dict[str, Descriptor] = {}
        query = f"?{urlencode({'artifactType': artifact_type})}" if artifact_type else ""
        for page in self._pages(f"referrers/{digest}{query}"):
            content = json.dumps(page).encode() if page is not None else self._fallback_index(digest)
            entries.update((each.digest, each) for each in self._index(content).manifests)
        return tuple(each for each in entries.values() if artifact_type in ("", each.artifact_type))

    def attach(self, manifest: Manifest) -> Descriptor:
        """Push an artifact with a subject, whose blobs the registry has, and see to it that `referrers` names it.

        Where the registry has no referrers API, the index of the tag `sha256-…` is maintained: it is read again
        afterwards, as somebody else may have written it at the same time. Raises ScoredockError `image-push-failed`,
        ValueError for a manifest without a subject.
        """
        if manifest.subject is None:
            raise ValueError("an artifact without a subject cannot be attached")
        content = manifest.to_bytes()
        plain = descriptor_of(MANIFEST, content)
        try:
            _, subject = self.put_manifest(content, MANIFEST, plain.digest)
        except BlobUnknown as unknown:
            raise unknown.failure from None
        kind = manifest.artifact_type or manifest.config.media_type
        entry = Descriptor(MANIFEST, plain.digest, plain.size, manifest.annotations, artifact_type=kind)
        if not subject:
            self._enter(entry, manifest.subject.digest)
        return entry

    def _enter(self, entry: Descriptor, subject: str) -> None:
        for _ in range(_INDEX_ROUNDS):
            index = self._index(self._fallback_index(subject))
            if any(each.digest == entry.digest for each in index.manifests):
                return
            extended = Index((*index.manifests, entry), index.annotations).to_bytes()
            self.push_manifest(extended, INDEX, _fallback_tag(subject))
        if all(each.digest != entry.digest for each in self._index(self._fallback_index(subject)).manifests):
            raise ScoredockError(
                "image-push-failed",
                l10n.t("Others keep changing the list of what belongs to {digest}.", digest=subject),
                l10n.t("Try again when they have ended."),
            )

    def _fallback_index(self, digest: str) -> bytes:
        """Index of the tag that stands in for the API; an empty one when there is none. Only the registry counts: what
        a mirror has may be old."""
        response = self._own.request("GET", f"manifests/{_fallback_tag(digest)}", headers=_ACCEPT)
        if response.status == 404:
            response.close()
            return Index(()).to_bytes()
        return self._checked(self._own, response, _fallback_tag(digest))[1]

    # ------------------------------------------------------------------------------------------ answers

    def _checked(self, session: RepositorySession, response: RegistryResponse, name: str) -> tuple[Descriptor, bytes]:
        """Raises `image-pull-failed`, `registry-content-damaged`."""
        if response.status == 404:
            response.close()
            image = f"{session.registry}/{session.endpoint.repository}"
            text = l10n.t(
                "The registry {registry} has no “{name}” of {image}.", registry=session.registry, name=name, image=image
            )
            raise ScoredockError("image-pull-failed", text, details={"registry": session.registry, "status": "404"})
        if response.status != 200:
            raise failure("image-pull-failed", session.registry, response)
        content = response.content(LARGEST_DOCUMENT)
        if len(content) > LARGEST_DOCUMENT:
            raise self._malformed(l10n.t("it is too large"))
        digest = digest_of(content)
        expected = name if not _TAG.fullmatch(name) else response.headers.get("Docker-Content-Digest", digest)
        if expected != digest:
            raise self._damaged(name)
        media_type = _media_type(response, content)
        if media_type not in (*MANIFESTS, *INDEXES):
            raise self._malformed(l10n.t("its media type is {type}", type=media_type or "?"))
        return Descriptor(media_type, digest, len(content)), content

    def _pages(self, path: str) -> Iterator[Mapping[str, Any] | None]:
        """JSON objects, page by page; None alone when the registry has no such thing. Only the registry counts."""
        pages = {""}
        while path not in pages and len(pages) <= _PAGES:
            pages.add(path)
            response = self._own.request("GET", path)
            if response.status == 404:
                response.close()
                yield None
                return
            if response.status != 200:
                raise failure("image-pull-failed", self._own.registry, response)
            try:
                document = json.loads(response.content(LARGEST_DOCUMENT))
            except (ValueError, RecursionError):
                document = None
            if not isinstance(document, dict):
                raise self._malformed(l10n.t("it is not a JSON object"))
            yield document
            links = requests.utils.parse_header_links(response.headers.get("Link", ""))
            following = next((each["url"] for each in links if each.get("rel") == "next"), "")
            path = urljoin(response.url, following)
            if not following or not is_for(response.url, path):
                return
        raise ScoredockError(
            "image-pull-failed",
            l10n.t("The registry {registry} gives a list without an end.", registry=self._own.registry),
        )

    def _index(self, content: bytes) -> Index:
        try:
            return Index.from_bytes(content)
        except Malformed as error:
            raise self._malformed(str(error)) from None

    def _malformed(self, reason: str) -> ScoredockError:
        registry = self._own.registry
        text = l10n.t("A document of {registry} cannot be used: {reason}.", registry=registry, reason=reason)
        return ScoredockError("image-pull-failed", text)

    def _damaged(self, name: str) -> ScoredockError:
        registry = self._own.registry
        text = l10n.t("What {registry} sent for {digest} has another digest.", registry=registry, digest=name)
        return ScoredockError("registry-content-damaged", text)


def _of_docker(server: str) -> Any:
    return lambda: docker_login(server)


def _fallback_tag(digest: str) -> str:
    """The referrers tag schema of the specification."""
    return digest.replace(":", "-", 1)


def _media_type(response: RegistryResponse, content: bytes) -> str:
    """Media type in the document itself, which the digest covers; that of the header if it has none."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    inside = document.get("mediaType") if isinstance(document, dict) else None
    header = response.headers.get("Content-Type", "").partition(";")[0].strip()
    return str(inside) if inside else header
