"""Images of the daemon as tar files: saved from it, loaded into it."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator

from scoredock import l10n
from scoredock.containers.connection import LOOK_SECONDS, Docker
from scoredock.containers.failures import docker_errors, refused
from scoredock.containers.long_calls import events, failure_in
from scoredock.containers.waiting import steady, until_cancelled
from scoredock.errors import DiskFull, ScoredockError
from scoredock.progress import CancelToken, Progress


def saved(docker: Docker, reference: str, progress: Progress, cancel: CancelToken) -> Generator[bytes, None, None]:
    """The blocks of what `docker save` writes of an image. To be closed by who does not read it to its end.

    Raises ScoredockError `image-missing`, `docker-unavailable`, `cancelled`.
    """
    what = l10n.t("save {image}", image=reference)
    with docker_errors(what), until_cancelled(cancel, progress):
        come = docker.patient.get_image(reference)
    with contextlib.closing(steady(come, docker.silence.answers, LOOK_SECONDS)) as pieces:
        while True:
            with docker_errors(what), until_cancelled(cancel, progress):
                piece = next(pieces, b"")
            cancel.raise_if_cancelled()
            if not piece:
                return
            yield piece


def load(docker: Docker, archive: Iterator[bytes], progress: Progress, cancel: CancelToken) -> None:
    """Have the daemon take the images of an archive, all or none.

    Raises what the archive raises, ScoredockError `image-build-failed` with the daemon's words, `disk-full`,
    `docker-unavailable`, `cancelled`.
    """
    what = l10n.t("load an image")
    headers = {"Content-Type": "application/x-tar"}
    with until_cancelled(cancel, progress):
        for message in events(
            docker, what, "/images/load", cancel, params={"quiet": "1"}, headers=headers, body=archive
        ):
            if failure := failure_in(message):
                raised = refused(what, failure)
                if isinstance(raised, DiskFull):
                    raise raised
                raise ScoredockError("image-build-failed", raised.message)
