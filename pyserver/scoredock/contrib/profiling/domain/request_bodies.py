"""Bodies of a measurement's requests: the lines of a file, the rows of a registered dataset, or the sample of a
service.
"""

from __future__ import annotations

from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry import Registry
from scoredock.services.access.bodies import JSON, ScoringRequest
from scoredock.services.access.dataset_samples import DATASET, rows_of_dataset
from scoredock.services.deployments import Deployments
from scoredock.services.planning.reading import read_text

_ROWS_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class RequestBodies:
    """Request bodies, sent in turn."""

    bodies: list[bytes]
    source: str
    """Where they come from, for people."""
    content_type: str = JSON


def bodies_of(deployments: Deployments, name: str, rows: str) -> RequestBodies:
    """Request bodies of a file or a dataset, or if `rows` is empty the sample of the service. Raises ScoredockError
    `profile-input-invalid`, `file-not-found`, `file-unreadable`, `file-too-large`, `asset-not-found`, `model-damaged`.
    """
    if rows:
        return bodies_in(deployments.registry, rows)
    sample = next(
        (each for each in deployments.client.bodies(name) if each.method == "POST"), ScoringRequest("", "nothing")
    )
    return RequestBodies([sample.content], sample.reason, sample.content_type)


def bodies_in(registry: Registry, rows: str) -> RequestBodies:
    """Request bodies of a file, one a line, or of `dataset:name` or `dataset:name:version`. Raises as `bodies_of`."""
    if not rows.startswith(DATASET):
        return RequestBodies(read_rows(Path(rows)), rows)
    bodies = rows_of_dataset(registry, rows.removeprefix(DATASET))
    if not bodies:
        raise ScoredockError(
            "profile-input-invalid", l10n.t("The dataset {name} has no rows.", name=rows.removeprefix(DATASET))
        )
    return RequestBodies(bodies, rows)


def read_rows(path: Path) -> list[bytes]:
    """The request bodies of a text file, one a line; empty lines are not bodies."""
    rows = [line.encode() for line in read_text(path, _ROWS_BYTES).splitlines() if line.strip()]
    if not rows:
        raise ScoredockError(
            "profile-input-invalid",
            l10n.t("{path} contains no request bodies.", path=path),
            l10n.t("Write one request body per line."),
            Place(str(path)),
        )
    return rows
