"""Containers and volumes by name or id: looking, reading their files and output, removing; what is gone is not an
error."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.containers.archives import TarEntry, files, stream, unpack
from scoredock.containers.connection import LOOK_SECONDS, Docker
from scoredock.containers.failures import docker_errors
from scoredock.containers.waiting import steady
from scoredock.errors import DockerUnavailable, ScoredockError

READ_SECONDS = 60.0
"""In all, for files that are read for what they say: logs, a status, a history."""
COPY_SECONDS = 3 * 3600.0
"""In all, for files that are copied, however many."""


def inspect(docker: Docker, container: str) -> Mapping[str, Any] | None:
    """Everything the daemon knows of it, None when there is no such container. Raises ScoredockError."""
    from docker.errors import NotFound

    with docker_errors(l10n.t("inspect a container")):
        try:
            found: Mapping[str, Any] = docker.api.inspect_container(container)
        except NotFound:
            return None
    return found


def inspect_image(docker: Docker, image: str) -> Mapping[str, Any]:
    """Raises ScoredockError `image-missing` and those of `docker_errors`."""
    with docker_errors(l10n.t("use the image")):
        found: Mapping[str, Any] = docker.api.inspect_image(image)  # type: ignore[no-untyped-call]
    return found


def create(docker: Docker, name: str, config: Mapping[str, Any]) -> str:
    """Make a container and return its id; it does not run yet. Raises ScoredockError."""
    with docker_errors(l10n.t("create a container")):
        made = docker.patient.create_container_from_config(dict(config), name)  # type: ignore[no-untyped-call]
    return str(made["Id"])


def listed(docker: Docker, labels: Sequence[str], *, volume: str = "") -> list[Mapping[str, Any]]:
    """All containers with these labels (`name` or `name=value`), whatever their state. Raises ScoredockError."""
    filters: dict[str, Any] = {"label": list(labels)}
    if volume:
        filters["volume"] = volume
    with docker_errors(l10n.t("list containers")):
        return list(docker.api.containers(all=True, filters=filters))


def volumes(docker: Docker, label: str) -> dict[str, Mapping[str, str]]:
    """Labels of the volumes with a label (`name` or `name=value`), by name. Raises ScoredockError."""
    with docker_errors(l10n.t("list volumes")):
        found = docker.api.volumes(filters={"label": label}).get("Volumes") or []
    return {str(each["Name"]): each.get("Labels") or {} for each in found}


def put(
    docker: Docker, container: str, folder: str, entries: Iterable[TarEntry], sent: Callable[[int], None] | None = None
) -> None:
    """Unpack files into a folder of a container, which need not run.

    `sent` gets the number of bytes of each piece, and may raise to end it. Raises ScoredockError, OSError.
    """

    def pieces() -> Iterator[bytes]:
        for piece in stream(entries):
            if sent is not None:
                sent(len(piece))
            yield piece

    api: Any = docker.patient  # its type wants bytes, but a body may be sent piece by piece
    with docker_errors(l10n.t("send files to a container")):
        api.put_archive(container, folder, pieces())


def read(docker: Docker, container: str, path: str, largest: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of a file, or of the files below a folder, of a container that need not run.

    Nothing for what is not there. Of a file larger than `largest` bytes only the end is given. Raises ScoredockError.
    """
    from docker.errors import NotFound

    with docker_errors(l10n.t("read files in a container")):
        try:
            pieces, _ = docker.api.get_archive(container, path)
        except NotFound:
            return
        yield from files(steady(pieces, docker.silence.answers, LOOK_SECONDS, in_all=READ_SECONDS), largest)


def fetch(
    docker: Docker, container: str, path: str, target: Path, replacing: Callable[[Path, Path], None] | None = None
) -> bool:
    """Copy the files below a folder of a container, which need not run, into a folder here (`archives.unpack`).

    Nothing for what is not there. Whether all of them came. Raises ScoredockError, OSError.
    """
    from docker.errors import NotFound

    with docker_errors(l10n.t("copy files in a container")):
        try:
            pieces, _ = docker.patient.get_archive(container, path)
        except NotFound:
            return False
        target.mkdir(mode=0o700, exist_ok=True)
        come = steady(pieces, docker.silence.answers, LOOK_SECONDS, in_all=COPY_SECONDS)
        return unpack(come, target, replacing)


def output(docker: Docker, container: str, lines: int, *, stdout: bool = False) -> list[str]:
    """The last lines of its standard error, or of all its output. Empty for one that is gone. Raises ScoredockError."""
    from docker.errors import NotFound

    with docker_errors(l10n.t("read the output of a container")):
        try:
            text = docker.api.logs(container, stdout=stdout, stderr=True, tail=lines)
        except NotFound:
            return []
    return bytes(text).decode("utf-8", "replace").splitlines()


def remove_container(docker: Docker, container: str) -> None:
    """End it at once and remove it. Raises ScoredockError when that fails or somebody else's removal takes too long."""
    from docker.errors import APIError, NotFound

    with docker_errors(l10n.t("remove a container")), contextlib.suppress(NotFound):
        try:
            docker.api.remove_container(container, force=True, v=False)
        except APIError as error:
            if "already in progress" not in str(error):
                raise
            with contextlib.suppress(NotFound):
                docker.api.wait(container, timeout=5, condition="removed")


def remove_volume(docker: Docker, name: str) -> bool:
    """True if it is gone; one that is in use stays. Raises ScoredockError."""
    from docker.errors import APIError, NotFound

    with docker_errors(l10n.t("remove a volume")):
        try:
            docker.api.remove_volume(name)
        except NotFound:
            return True
        except APIError as error:
            if error.status_code != 409:
                raise
            return False
    return True


def wait_ended(docker: Docker, container: str, seconds: float) -> bool:
    """True if it has ended within so many seconds. Raises ScoredockError only when the daemon refuses."""
    from docker.errors import NotFound

    try:
        with docker_errors(l10n.t("wait for a container")):
            try:
                docker.api.wait(container, timeout=max(1, int(seconds + 0.5)))
            except NotFound:
                return True
    except ScoredockError as error:
        if not isinstance(error, DockerUnavailable):
            raise
        return False
    return True


def signal(docker: Docker, container: str, name: str) -> None:
    """Send its main process a signal; nothing for one that does not run. Raises ScoredockError."""
    from docker.errors import APIError, NotFound

    with docker_errors(l10n.t("send {signal} to a container", signal=name)), contextlib.suppress(NotFound):
        try:
            docker.api.kill(container, name)
        except APIError as error:
            if error.status_code != 409:
                raise
