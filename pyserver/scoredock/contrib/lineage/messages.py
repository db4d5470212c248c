"""Messages of the lineage and the audit log."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceTask

LineageKind = Literal[
    "dataset", "data", "run", "model", "environment", "image", "revision", "service", "endpoint", "batch", "drift"
]
"""`data` is a file or folder that is not registered; `drift` a comparison."""


@dataclass(frozen=True)
class LineageShowParams(WorkspaceTask):
    thing: str = ""
    """Its name, `KIND:NAME`, or an absolute path; empty for the newest changes alone."""
    openlineage: str = ""
    """Absolute path of a file to write; empty for none."""
    limit: int = 20
    """Changes, 200 at most."""
    about: str = ""
    """Only changes whose subject has this in it; for the newest changes alone."""


@dataclass(frozen=True)
class LineageFile:
    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class LineageThing:
    """One of the things that a lineage is made of."""

    id: str
    """`model:diabetes:3`"""
    kind: LineageKind
    name: str
    created: float | None
    by: str
    commit: str
    branch: str
    dirty: bool | None
    """Whether files differed from the commit; null where git was not there to say."""
    state: str
    """`deleted`, `missing`, or its own word."""
    files: list[LineageFile] = field(default_factory=list)
    """Some of them where there are many."""
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LineageEdge:
    """`target` was made of `source`, or uses it."""

    source: str
    target: str


@dataclass(frozen=True)
class AuditEntry:
    """One record of the audit log."""

    seq: int
    time: float
    what: str
    """`model.registered`"""
    subject: str
    by: str
    door: str
    commit: str
    branch: str
    detail: str
    digest: str


@dataclass(frozen=True)
class LineageDetails:
    """Details of a thing with all that leads to it and from it."""

    thing: LineageThing | None
    """Null without one."""
    before: list[LineageThing]
    """The nearest first."""
    after: list[LineageThing]
    edges: list[LineageEdge]
    records: list[AuditEntry]
    """The newest first."""
    file: str
    """The file of OpenLineage, empty for none."""
    since: float
    """When the audit log begins, seconds since the epoch; 0 while nothing is in it."""


@dataclass(frozen=True)
class LineageVerifyParams(WorkspaceTask):
    digest: str = ""
    """That an earlier check gave."""


@dataclass(frozen=True)
class AuditBreak:
    """Place where the log is broken."""

    segment: str
    """Its file, `head` or `store`."""
    line: int
    """From 1; 0 where no line is meant."""
    seq: int
    reason: str


@dataclass(frozen=True)
class AuditVerified:
    """Result of checking the log."""

    records: int
    first: int
    last: int
    digest: str
    """Of the newest record. Whoever notes it elsewhere can have it checked later."""
    breaks: list[AuditBreak]
    folder: str
