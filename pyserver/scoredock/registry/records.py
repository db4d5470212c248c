"""What the workspace store holds, as plain immutable data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model version."""

    path: str
    """Relative to the version's folder, forward slashes; a folder model starts with the folder's own name."""
    size: int
    sha256: str
    """Hex digest of the stored bytes, which is also the name of the blob."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One registered version; its bytes and properties never change."""

    name: str
    version: int
    description: str
    tags: Mapping[str, str]
    properties: Mapping[str, str]
    framework: str
    framework_version: str
    created: float
    """Seconds since the epoch."""
    created_by: str
    files: tuple[ModelFile, ...]
    is_folder: bool
    """Registered from a folder: `get_model_path` then gives the folder, else the file."""
    deleted: float | None = None
    """When it was moved to the trash."""

    @property
    def id(self) -> str:
        return f"{self.name}:{self.version}"

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """One service as the ledger knows it. Whether it is alive is asked of its engine."""

    name: str
    engine: str
    state: str
    """One of `engines.base.State`, as last observed."""
    phase: str
    port: int | None
    handle: Mapping[str, object] | None
    active_revision: int
    created: float
    updated: float
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    failure: Mapping[str, object] | None = None
    """`runtime contract.Failure` as JSON, or {cause, message} of a failure before the start."""


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    """One deployed state of a service: what was asked for, so that it can be deployed again."""

    service: str
    revision: int
    models: tuple[str, ...]
    """`name:version`, in the order given."""
    request: Mapping[str, object]
    """The choices of the deployment as JSON: entry script, source directory, configurations, environment, port."""
    environment_key: str
    python: str
    created: float


@dataclass(frozen=True, slots=True)
class Intent:
    """A change of a service that was begun; a row that outlives its writer is finished or rolled back at the next start."""

    service: str
    verb: str
    """deploy, update, stop, start, restart, delete."""
    revision: int
    phase: str
    writer_pid: int
    writer_started: float
    """Process start time of the writer, so that a reused process id is not mistaken for it."""
    begun: float
