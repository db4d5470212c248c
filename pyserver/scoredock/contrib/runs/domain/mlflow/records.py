"""Records of a tracking store as plain data, and the grammar of what a client may ask for."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from typing import Literal, Protocol

from scoredock import l10n
from scoredock.errors import ArtifactMissing, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import file_name_problem, printable

StoreKind = Literal["folder", "sqlite", "server", "workspace"]

PARENT_TAG = "mlflow.parentRunId"
HISTORY_TAG = "mlflow.log-model.history"
"""JSON list in which MLflow before version 3 noted the models of a run."""
LONGEST_VALUE = 65_536
"""Characters of a parameter or tag that are read."""
MOST_LABELS = 1_000
"""Metrics, parameters or tags of one run that are read."""
MOST_CHILDREN = 5_000
MOST_ENTRIES = 20_000
"""Names in one artifact folder."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,254}")
_INFINITE = 1.797e308
"""MLflow's databases hold the largest double where infinity was logged."""


@dataclass(frozen=True, slots=True)
class ExperimentRecord:
    """A named group of runs."""

    id: str
    name: str
    runs: int | None = None
    """None where counting would be dear."""
    created: float = 0.0
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run with its last metrics."""

    id: str
    name: str
    experiment_id: str
    status: str
    """FINISHED, RUNNING, FAILED, KILLED, SCHEDULED."""
    started: float | None
    """Seconds since the epoch."""
    ended: float | None
    artifact_uri: str
    """As the store says; never opened without a look at where it leads."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """NaN and infinities are left out."""
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    """Why it failed, where the store says."""

    @property
    def parent(self) -> str:
        return self.tags.get(PARENT_TAG, "")


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """A model that MLflow 3 keeps beside the run that logged it."""

    id: str
    name: str
    artifact_uri: str
    experiment_id: str
    run_id: str
    created: float = 0.0


Holder = RunRecord | LoggedModel
"""What has artifacts of its own."""


@dataclass(frozen=True, slots=True)
class ArtifactEntry:
    """One name in an artifact folder."""

    name: str
    size: int | None
    """Bytes; None for folders and where the store does not say."""
    is_folder: bool


class ArtifactStream(Protocol):
    """An open artifact file."""

    size: int | None

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; nothing at the end. Raises ScoredockError run-store-unreadable or cancelled."""


class TrackingStore(Protocol):
    """A store that is read. Every refusal is a ScoredockError; nothing is ever written to the store.

    Pages: an empty token asks for the first page, and an empty answer token means that there is no further one.
    """

    uri: str
    kind: StoreKind

    def close(self) -> None:
        """Closes what is held open."""

    def check(self) -> None:
        """Raises when the store cannot be read."""

    def experiments(self, page: str) -> tuple[list[ExperimentRecord], str]:
        """Active ones, newest first."""

    def experiment(self, id: str) -> ExperimentRecord:
        """Raises run-not-found."""

    def runs(self, experiment_id: str, parent: str, page: str, limit: int) -> tuple[list[RunRecord], str]:
        """Active runs, newest first: children of `parent`, or those without a parent. A page may hold fewer than
        `limit`."""

    def parents(self, experiment_id: str, among: list[str]) -> set[str]:
        """Ids of those of these runs that have children."""

    def children(self, run: RunRecord) -> list[RunRecord]:
        """Active children of a run, earliest first. Raises run-store-unsupported beyond 5,000 of them."""

    def run(self, id: str) -> RunRecord:
        """Raises run-not-found."""

    def logged_models(self, experiment_id: str, run_ids: Sequence[str]) -> list[LoggedModel]:
        """Logged models of these runs, newest first; empty for stores of MLflow before version 3."""

    def entries(self, holder: Holder, path: tuple[str, ...]) -> list[ArtifactEntry]:
        """Entries of one level, by name. Raises run-artifact-missing, run-artifact-unsupported."""

    def open(self, holder: Holder, path: tuple[str, ...]) -> AbstractContextManager[ArtifactStream]:
        """Stream of one file. Raises as `entries`."""


def require_id(id: str, kind: Literal["run", "experiment"]) -> str:
    """Raises run-not-found for what cannot be the id of a run or experiment."""
    if not _ID.fullmatch(id):
        if kind == "run":
            raise ScoredockError("run-not-found", l10n.t("{id} is not the id of a run.", id=printable(id)))
        raise ScoredockError("run-not-found", l10n.t("{id} is not the id of an experiment.", id=printable(id)))
    return id


def is_id(id: object) -> bool:
    """True if it can be the id of a run, experiment or model."""
    return isinstance(id, str) and _ID.fullmatch(id) is not None


def artifact_parts(path: str) -> tuple[str, ...]:
    """The names of an artifact path that leads downwards and nowhere else; empty for the top.

    Raises run-artifact-unsupported.
    """
    if not path:
        return ()
    parts = tuple(path.rstrip("/").split("/"))
    for part in parts:
        if (
            part in ("", ".", "..")
            or "\\" in part
            or "\0" in part
            or (":" in part and os.name == "nt")
            or len(part) > 255
        ):
            raise ScoredockError(
                "run-artifact-unsupported",
                l10n.t("The artifact path {path} leads out of the artifacts of the run.", path=printable(path)),
            )
        if problem := file_name_problem(part):
            raise ScoredockError(
                "run-artifact-unsupported",
                l10n.t("The artifact path {path} is refused: {problem}.", path=printable(path), problem=problem),
            )
    if len(parts) > 64:
        raise ScoredockError(
            "run-artifact-unsupported", l10n.t("The artifact path {path} is too deep.", path=printable(path))
        )
    return parts


def finite(value: object) -> float | None:
    """A metric that can be compared and sent; None for NaN, infinities and what is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < _INFINITE else None


def seconds(value: object) -> float | None:
    """Seconds from MLflow's milliseconds, given as number or text; None if nothing is said."""
    number = finite(value)
    return number / 1000 if number is not None and number > 0 else None


def run_missing(id: str, uri: str) -> ScoredockError:
    return ScoredockError(
        "run-not-found", l10n.t("The tracking store {uri} has no run {id}.", uri=uri, id=printable(id))
    )


def experiment_missing(id: str, uri: str) -> ScoredockError:
    return ScoredockError(
        "run-not-found", l10n.t("The tracking store {uri} has no experiment {id}.", uri=uri, id=printable(id))
    )


def artifact_missing(holder: Holder, path: tuple[str, ...]) -> ScoredockError:
    where = printable("/".join(path))
    if isinstance(holder, RunRecord):
        none = l10n.t("The run {id} has no artifacts.", id=holder.id)
        return ArtifactMissing(
            l10n.t("The run {id} has no artifact {path}.", id=holder.id, path=where) if path else none
        )
    none = l10n.t("The logged model {id} has no artifacts.", id=holder.id)
    return ArtifactMissing(
        l10n.t("The logged model {id} has no artifact {path}.", id=holder.id, path=where) if path else none
    )


def require_few_children(run: RunRecord, children: Sequence[object]) -> None:
    """Raises ScoredockError `run-store-unsupported` where they are more than MOST_CHILDREN."""
    if len(children) > MOST_CHILDREN:
        raise ScoredockError(
            "run-store-unsupported",
            l10n.t("The run {id} has more than {limit:,} children.", id=run.id, limit=MOST_CHILDREN),
            l10n.t("Choose one of its children instead."),
        )


def parse_page(page: str) -> int:
    """The offset that a page token of ours stands for. Raises run-store-unknown for any other text."""
    if not page:
        return 0
    if not re.fullmatch(r"[1-9][0-9]{0,8}", page):
        raise ScoredockError(
            "run-not-found",
            l10n.t("{page} is not a page of this list.", page=printable(page)),
            l10n.t("Refresh the list."),
        )
    return int(page)
