"""Deployment files of Azure ML v2 that belong together: those of one endpoint that lie in one folder."""

from __future__ import annotations

import contextlib
from pathlib import Path

from scoredock.errors import ScoredockError
from scoredock.formats.v2.endpoint_file import EndpointFileFault, read_endpoint_file
from scoredock.formats.v2.kinds import v2_kind
from scoredock.formats.v2.online_deployment import OnlineFileFault, document_of, text_at
from scoredock.late_dataclass import dataclass
from scoredock.services.planning.reading import read_text

_FILE_BYTES = 4_000_000
_MOST_FILES = 200


@dataclass(frozen=True, slots=True)
class _Beside:
    """A file of an endpoint, or of a deployment of it."""

    path: Path
    endpoint: str
    deployment: str = ""
    """Empty for the file of the endpoint."""
    deployments: tuple[str, ...] = ()
    """Deployments that the file of the endpoint gives requests to."""


def files_beside(own: Path, versions: frozenset[str]) -> tuple[list[str], list[str]]:
    """Files that are deployed with a file, itself first, and the others of its endpoint. With the file of an endpoint
    go all its deployments; with a deployment the file of its endpoint, and the deployments that this gives requests to
    and that are not among `versions` yet."""
    mine = _read(own)
    if mine is None:
        return [str(own)], []
    files = [each for each in map(_read, _listed(own)) if each is not None and each.endpoint == mine.endpoint]
    endpoint = next((each for each in files if not each.deployment), None)
    needed = {name for name in (endpoint.deployments if endpoint else ()) if name not in versions}
    chosen: list[str] = [str(own)]
    others: list[str] = []
    for each in files:
        together = not mine.deployment or each is endpoint or each.deployment.lower() in needed
        (chosen if together else others).append(str(each.path))
    return chosen, others


def _listed(own: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        beside = (each for each in sorted(own.parent.iterdir()) if each.suffix.lower() in (".yml", ".yaml"))
        return [each for each in beside if each != own][:_MOST_FILES]
    return []


def _read(path: Path) -> _Beside | None:
    """None for any other file, and for one that cannot be read."""
    with contextlib.suppress(ScoredockError, OnlineFileFault, EndpointFileFault):
        text = read_text(path, _FILE_BYTES)
        kind, _ = v2_kind(str(path), text)
        if kind == "online-endpoint":
            file = read_endpoint_file(text)
            shares = {**(file.traffic or {}), **(file.mirror or {})}
            return _Beside(path, file.name.lower(), deployments=tuple(name.lower() for name in shares))
        if kind == "online-deployment":
            root = document_of(text)
            name = text_at(root, "name")
            return _Beside(path, text_at(root, "endpoint_name").lower(), name) if name else None
    return None
