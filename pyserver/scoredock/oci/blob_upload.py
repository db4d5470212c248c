"""A blob on its way to a registry: in chunks that go on after a cut where the registry says how far it has come.

Facts: OCI distribution specification 1.1, "Pushing blobs". A chunk is streamed, so its size costs no memory. Registries
that refuse chunks get the blob in one request. Docker's registry 2.x forgets an upload when a connection breaks within
a chunk (measured with 2.8.2: 404 `BLOB_UPLOAD_INVALID`): the blob begins anew there.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlencode

from scoredock import l10n
from scoredock.errors import RegistryUnreachable, ScoredockError
from scoredock.oci.content import Descriptor
from scoredock.oci.registry_answers import RegistryWords, failure
from scoredock.oci.registry_transport import RegistryResponse
from scoredock.oci.repository_session import RepositorySession
from scoredock.progress import CancelToken

OpenAt = Callable[[int], Iterator[bytes]]
"""The bytes of a blob from an offset on."""
Through = Callable[[int], object]
"""Called with how many bytes of a blob are on their way: less than before after a cut. What it raises ends the
upload."""

CHUNK_BYTES: Final = 16 << 20
"""What is sent again at most after a cut. Azure and others take chunks of this size; the registry may ask for more."""
_SLICE = 256 << 10
_SMALLEST_CHUNK = 1 << 20
"""What nginx in front of a registry takes by itself (`client_max_body_size`)."""
_REFUSALS_OF_CHUNKS = (400, 404, 405, 411, 415, 416, 422, 501)
_TOO_LARGE = 413
_PASSING = (408, 429, 500, 502, 503, 504)
"""What only fails for now."""
_FAILURES_AT_BEGIN = 3
_RANGE = re.compile(r"(?:bytes=)?0-(\d+)")
_OCTETS = {"Content-Type": "application/octet-stream"}


class BlobUpload:
    """One blob to one repository; `send` it once."""

    def __init__(
        self,
        session: RepositorySession,
        descriptor: Descriptor,
        open_at: OpenAt,
        through: Through,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        self._session = session
        self._descriptor = descriptor
        self._reader = _ContentReader(open_at, descriptor, through, session.transport.cancel)
        self._pauses = session.pauses()
        self._chunk_bytes = chunk_bytes
        self._least_chunk_bytes = _SMALLEST_CHUNK
        self._is_in_chunks = True
        self._refused_digests = 0
        self._refused_sign_ins = 0
        self._failures_at_begin = 0
        self._highest = 0

    def send(self, location: str = "", chunk_minimum: int = 0) -> None:
        """Sends the blob until the registry has it. `location` is that of an upload which was begun already.

        Raises ScoredockError `image-push-failed`, `registry-unreachable`, `registry-refused`, `registry-busy`,
        `registry-untrusted`, `cancelled`, and what reading the content raises.
        """
        try:
            while True:
                try:
                    if not location:
                        location, chunk_minimum = self.begin()
                    self._least_chunk_bytes = max(_SMALLEST_CHUNK, chunk_minimum)
                    self._chunk_bytes = max(self._chunk_bytes, chunk_minimum)
                    self._through_session(location)
                    return
                except _SessionLost as lost:
                    location = ""
                    if has_blob(self._session, self._descriptor):
                        return
                    if not self._pauses.wait(lost.retry_after):
                        raise lost.cause from None
        finally:
            self._reader.close()

    def begin(self) -> tuple[str, int]:
        """Location of a new upload, and how large its chunks have to be at least."""
        return begin_upload(self._session)

    # ------------------------------------------------------------------------------------------ one upload

    def _through_session(self, location: str) -> None:
        """Raises _SessionLost when it has to begin anew."""
        size = self._descriptor.size
        if not self._is_in_chunks or size <= self._chunk_bytes:
            self._close_with(location, size)
            return
        offset = 0
        while offset < size:
            offset, location = self._chunk(location, offset)
            if offset > self._highest:  # what has come through before is not progress
                self._highest = offset
                self._pauses.reset()
                self._refused_sign_ins = 0
        self._close_with(location, 0)

    def _chunk(self, location: str, offset: int) -> tuple[int, str]:
        """Sends one; where and how to go on. Raises _SessionLost."""
        length = min(self._chunk_bytes, self._descriptor.size - offset)
        headers = {**_OCTETS, "Content-Range": f"{offset}-{offset + length - 1}"}
        body = self._reader.stretch(offset, length)
        try:
            response = self._session.stream("PATCH", location, headers, body)
        except RegistryUnreachable as error:
            body.raise_fault()
            return self._after_failure(location, error, None)
        body.raise_fault()
        if response.status in (201, 202, 204):
            response.close()
            location = self._session.location(response, location)
            accepted = min(_accepted(response, offset + length), offset + length)
            return (accepted, location) if accepted > offset else self._after_failure(location, self._stuck(), None)
        if response.status == 401:
            self._count_refused_sign_in(response)
            return offset, location
        return self._after_refusal(location, offset, response)

    def _after_refusal(self, location: str, offset: int, response: RegistryResponse) -> tuple[int, str]:
        refusal = failure("image-push-failed", self._session.registry, response)
        if response.status in _PASSING:
            return self._after_failure(location, refusal, response.retry_after)
        if response.status == _TOO_LARGE and self._shrink():
            return offset, location
        if response.status not in _REFUSALS_OF_CHUNKS:
            raise refusal
        # It may only see another offset than we do; where it has nothing, or stays with its refusal, it takes no
        # chunks.
        if offset and response.status in (404, 416):
            status = self._status(location)
            if status is not None and status[0] != offset and self._pauses.wait():
                return status
            if response.status == 404:
                raise _SessionLost(refusal)
        self._is_in_chunks = False
        raise _SessionLost(refusal)

    def _stuck(self) -> ScoredockError:
        registry = self._session.registry
        text = l10n.t("The registry {registry} accepts a part of a layer and keeps nothing of it.", registry=registry)
        return ScoredockError("image-push-failed", text)

    def _after_failure(self, location: str, error: ScoredockError, retry_after: float | None) -> tuple[int, str]:
        """Asks how far the upload has come, after a pause. Raises the error when there were too many."""
        if not self._pauses.wait(retry_after):
            raise error
        self._failures_at_begin += self._highest == 0
        if self._failures_at_begin >= _FAILURES_AT_BEGIN:
            # A registry that refuses a chunk unread closes the connection, and its answer is lost with it.
            self._is_in_chunks = False
            raise _SessionLost(error)
        self._shrink()  # what the line carries before it breaks may be less than a chunk
        status = self._status(location)
        if status is None:
            raise _SessionLost(error)
        return status

    def _shrink(self) -> bool:
        """Makes chunks half as large, where they may be smaller."""
        half = max(min(self._chunk_bytes, self._descriptor.size) // 2, self._least_chunk_bytes)
        is_smaller = half < self._chunk_bytes
        self._chunk_bytes = min(self._chunk_bytes, half)
        return is_smaller

    def _status(self, location: str) -> tuple[int, str] | None:
        """How many bytes the registry has and where to go on; None when it knows no such upload (any more)."""
        response = self._session.request("GET", location)
        response.close()
        if response.status not in (200, 204):
            return None
        return min(_accepted(response, 0), self._descriptor.size), self._session.location(response, location)

    def _close_with(self, location: str, length: int) -> None:
        """The closing PUT, with the whole content or with none of it. Raises _SessionLost."""
        separator = "&" if "?" in location else "?"
        url = f"{location}{separator}{urlencode({'digest': self._descriptor.digest})}"
        while True:
            try:
                response = self._closed(url, length)
            except RegistryUnreachable as error:
                self._doubt_refusal()
                if length:
                    self._shrink()  # in chunks, what has come through before the line breaks is not sent again
                raise _SessionLost(error) from None
            if response.status in (201, 204):
                response.close()
                return
            if response.status != 401:
                break
            self._count_refused_sign_in(response)
        raise self._unclosed(response, length)

    def _unclosed(self, response: RegistryResponse, length: int) -> ScoredockError | _SessionLost:
        """Error for a response to the closing PUT that is not a success."""
        words = RegistryWords(response)
        error = failure("image-push-failed", self._session.registry, response, words)
        lost = _SessionLost(error, response.retry_after)
        if "DIGEST_INVALID" in words.codes:
            # A cut connection may have left something that only arrived later; the second time it is the content.
            self._refused_digests += 1
            return lost if self._refused_digests == 1 else error
        if response.status == _TOO_LARGE and length and self._shrink():
            return lost
        return lost if response.status in (404, 416, *_PASSING) else error

    def _doubt_refusal(self) -> None:
        """That chunks are refused unread was a guess, which the whole blob in one has not confirmed."""
        if self._failures_at_begin >= _FAILURES_AT_BEGIN:
            self._failures_at_begin = 0
            self._is_in_chunks = True

    def _closed(self, url: str, length: int) -> RegistryResponse:
        if not length:
            return self._session.request("PUT", url, headers=_OCTETS, body=b"")
        body = self._reader.stretch(0, length)
        try:
            return self._session.stream("PUT", url, _OCTETS, body, self._session.transport.limits.closing_seconds)
        finally:
            body.raise_fault()

    def _count_refused_sign_in(self, response: RegistryResponse) -> None:
        """Credentials were renewed already; twice without a byte through is a refusal."""
        self._refused_sign_ins += 1
        if self._refused_sign_ins > 2:
            raise failure("image-push-failed", self._session.registry, response)
        response.close()


def begin_upload(session: RepositorySession) -> tuple[str, int]:
    """Begins an upload; returns the same as `begun_upload`."""
    response = session.request("POST", "blobs/uploads/")
    if response.status != 202:
        raise failure("image-push-failed", session.registry, response)
    return begun_upload(session, response)


def begun_upload(session: RepositorySession, response: RegistryResponse) -> tuple[str, int]:
    """Location and OCI-Chunk-Min-Length (0 if not given) in a response with 202 to a POST. Raises
    `image-push-failed`."""
    response.close()
    if not response.headers.get("Location"):
        raise ScoredockError(
            "image-push-failed", l10n.t("The registry {registry} begins no upload.", registry=session.registry)
        )
    minimum = response.headers.get("OCI-Chunk-Min-Length", "")
    return session.location(response, ""), int(minimum) if minimum.isdigit() and len(minimum) < 13 else 0


def has_blob(session: RepositorySession, descriptor: Descriptor) -> bool:
    """Raises ScoredockError as any request; other answers than 200 and 404 are failures."""
    response = session.request("HEAD", f"blobs/{descriptor.digest}")
    response.close()
    if response.status == 200:
        length = response.headers.get("Content-Length", "")
        return not length.isdigit() or int(length) == descriptor.size
    if response.status == 404:
        return False
    raise failure("image-push-failed", session.registry, response)


class _SessionLost(Exception):
    """The registry has nothing of an upload any more; `cause` is raised when there is no other try."""

    def __init__(self, cause: ScoredockError, retry_after: float | None = None) -> None:
        super().__init__()
        self.cause = cause
        self.retry_after = retry_after


class _ContentReader:
    """Content from whatever offset, kept open from one chunk to the next: a source may have to compress it."""

    def __init__(self, open_at: OpenAt, descriptor: Descriptor, through: Through, cancel: CancelToken) -> None:
        self._open_at = open_at
        self._descriptor = descriptor
        self.through = through
        self._cancel = cancel
        self._pieces: Iterator[bytes] | None = None
        self._rest = memoryview(b"")
        self._position = -1

    def stretch(self, offset: int, length: int) -> _Stretch:
        """So many bytes from an offset on, as a body."""
        if offset != self._position:
            self.close()
            self._pieces = self._open_at(offset)
            self._position = offset
        return _Stretch(self, offset, length)

    def next_piece(self, longest: int) -> memoryview:
        """Raises `cancelled`, and `image-push-failed` at the end of the content, which comes too early then."""
        self._cancel.raise_if_cancelled()
        if self._pieces is None:
            raise RuntimeError("the content is not open")
        while not self._rest:
            try:
                self._rest = memoryview(next(self._pieces))
            except StopIteration:
                raise ScoredockError(
                    "image-push-failed",
                    l10n.t(
                        "The content of {digest} is shorter than its {size} bytes.",
                        digest=self._descriptor.digest,
                        size=self._descriptor.size,
                    ),
                ) from None
        piece = self._rest[: min(longest, _SLICE)]
        self._rest = self._rest[len(piece) :]
        self._position += len(piece)
        return piece

    def close(self) -> None:
        """Whatever the source has open; it is opened again for the next piece."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            # After a cancel the thread of the request may still be within: it ends with the next piece.
            with contextlib.suppress(ValueError):
                close()
        self._pieces = None
        self._rest = memoryview(b"")
        self._position = -1


class _Stretch:
    """A part of the content as the body of one request."""

    def __init__(self, reader: _ContentReader, offset: int, length: int) -> None:
        self._reader = reader
        self._offset = offset
        self._length = length
        self._fault: BaseException | None = None

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[memoryview]:
        remaining = self._length
        while remaining:
            try:
                piece = self._reader.next_piece(remaining)
                remaining -= len(piece)
                self._reader.through(self._offset + self._length - remaining)
            except BaseException as error:  # requests would take an OSError of a file for one of the connection
                self._fault = error
                raise
            yield piece

    def raise_fault(self) -> None:
        """Raises what reading the content raised."""
        if self._fault is not None:
            raise self._fault


def _accepted(response: RegistryResponse, otherwise: int) -> int:
    """How many bytes the registry has: `Range: 0-N` names the last one. Nothing and one byte both look like `0-0`; no
    chunk has one byte."""
    match = _RANGE.fullmatch(response.headers.get("Range", "").strip())
    if match is None:
        return otherwise
    last = int(match[1])
    return last + 1 if last else 0
