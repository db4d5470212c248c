"""A blob as it comes from a registry or a mirror: checked while it streams, gone on with after a cut."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Sequence

from scoredock import l10n
from scoredock.errors import RegistryUnreachable, ScoredockError
from scoredock.oci.content import Descriptor
from scoredock.oci.registry_answers import failure
from scoredock.oci.registry_transport import RegistryResponse
from scoredock.oci.repository_session import RepositorySession, first_answer
from scoredock.timed_response import LEAST_BYTES

_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")


def blob_pieces(sessions: Sequence[RepositorySession], descriptor: Descriptor) -> Iterator[bytes]:
    """The bytes of a blob, 256 KiB at most at a time. The last piece comes only when all of them have the digest, so
    nobody ever has the whole of something else. Sessions are tried in their order.

    Raises ScoredockError `registry-content-damaged`, `image-pull-failed` when there is no such blob,
    `registry-unreachable`, `registry-refused`, `registry-busy`, `registry-untrusted`, `cancelled`.
    """
    digest = hashlib.sha256()
    size = 0
    last = b""
    for piece in _resumed(sessions, descriptor):
        size += len(piece)
        if size > descriptor.size:
            raise _damaged(sessions, descriptor)
        digest.update(piece)
        if last:
            yield last
        last = piece
    if size != descriptor.size or f"sha256:{digest.hexdigest()}" != descriptor.digest:
        raise _damaged(sessions, descriptor)
    if last:
        yield last


def _resumed(sessions: Sequence[RepositorySession], descriptor: Descriptor) -> Iterator[bytes]:
    offset = 0
    pauses, pace = sessions[-1].pauses(), _Progress(sessions[-1].transport.limits.silence_seconds)
    while offset < descriptor.size:
        begin = offset
        try:
            response = _answer(sessions, descriptor, offset)
            for piece in _from_offset(response, offset):
                offset += len(piece)
                yield piece
            failed = RegistryUnreachable(
                l10n.t("The registry {registry} breaks off before the end of a layer.", registry=sessions[-1].registry)
            )
        except RegistryUnreachable as error:
            failed = error
        if offset > begin:
            pauses.reset()
        if offset < descriptor.size and not (pace.is_kept(offset) and pauses.wait()):
            raise failed


class _Progress:
    """Check that a blob comes at all: a registry that breaks off after a few bytes each time would take for ever."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since = time.monotonic()
        self._offset = 0

    def is_kept(self, offset: int) -> bool:
        if time.monotonic() - self._since <= self._seconds:
            return True
        is_kept = offset - self._offset >= LEAST_BYTES
        self._since, self._offset = time.monotonic(), offset
        return is_kept


def _answer(sessions: Sequence[RepositorySession], descriptor: Descriptor, offset: int) -> RegistryResponse:
    """The first success. Raises what the last session, the registry itself, gives."""
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    own, response = first_answer(sessions, f"blobs/{descriptor.digest}", headers)
    if response.status in (200, 206):
        return response
    if response.status >= 500:
        response.close()
        raise RegistryUnreachable(
            l10n.t("The registry {registry} fails with status {status}.", registry=own.registry, status=response.status)
        )
    raise failure("image-pull-failed", own.registry, response)


def _from_offset(response: RegistryResponse, offset: int) -> Iterator[bytes]:
    """A registry may answer a question for a range with everything (RFC 9110, 14.2)."""
    surplus = offset
    if response.status == 206:
        match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        begin = int(match[1]) if match else offset
        surplus = offset - begin
        if surplus < 0:  # what lies between is lacking
            response.close()
            return
    for piece in response.pieces():
        if surplus >= len(piece):
            surplus -= len(piece)
            continue
        yield piece[surplus:]
        surplus = 0


def _damaged(sessions: Sequence[RepositorySession], descriptor: Descriptor) -> ScoredockError:
    return ScoredockError(
        "registry-content-damaged",
        l10n.t(
            "What {registry} sent for {digest} has another digest.",
            registry=sessions[-1].registry,
            digest=descriptor.digest,
        ),
    )
