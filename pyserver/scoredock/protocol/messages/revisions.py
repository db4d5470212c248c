"""Revisions of a service: what is kept of them, what differs, and the way back."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask
from scoredock.visible import LINES


@dataclass(frozen=True)
class ServiceRevision:
    """A kept revision, or the one of another machine that serves in a cluster, of which nothing is kept here."""

    revision: int
    state: Literal["current", "kept", "failed"]
    """`current` serves or served last; `failed` never came up."""
    verb: str
    """Which change made it, in words, or that another machine did; empty where that was not noted."""
    rolled_back_to: int
    """Of a rollback: the revision whose files it has; else 0."""
    created: float
    """0 where another machine made it."""
    by: str
    """The account that asked for it; empty where that was not noted."""
    commit: str
    """The commit of git that its files lay in; empty outside of git."""
    branch: str
    dirty: bool | None
    """Whether the files differed from the commit; null where that is not known."""
    models: list[str]
    environment: str
    """Name and key, for people."""
    engine: str
    entry_script: str


@dataclass(frozen=True)
class ServiceRevisions:
    name: str
    revisions: list[ServiceRevision]
    """Newest first."""
    previous: int
    """Where Roll Back leads without a number; 0 where there is none."""


@dataclass(frozen=True)
class ServiceRollbackParams(WorkspaceTask):
    name: str
    revision: int = 0
    """0 means the one that served before."""


@dataclass(frozen=True)
class ServiceDiffParams(WorkspaceParams):
    name: str
    before: int
    after: int


@dataclass(frozen=True)
class RevisionDifference:
    kind: Literal["file", "package", "model", "setting"]
    name: str
    before: str
    """Of a file its size; empty when only the second has it."""
    after: str
    """Empty when only the first has it."""
    diff: str = field(metadata=LINES)
    """Of a text file the unified difference, shortened where it is long; else empty."""


@dataclass(frozen=True)
class RevisionComparison:
    name: str
    before: int
    after: int
    differences: list[RevisionDifference]
    """Files, packages, models, settings, in this order."""
