"""Records of the workspace store, as plain immutable data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from scoredock.late_dataclass import dataclass
from scoredock.pickles.report import PickleFindings


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model version."""

    path: str
    """Relative to the version's folder, forward slashes; a folder model starts with the folder's own name."""
    size: int
    sha256: str
    """Hex digest of the stored bytes, which is also the name of the blob."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output of a model, where its file says so."""

    name: str
    type: str
    shape: str
    """`[N, 4]`; empty when not known."""


@dataclass(frozen=True, slots=True)
class SourceControl:
    """Git state of the registered files."""

    commit: str
    branch: str
    dirty: bool | None
    """Whether something below the registered paths differed from the commit; None when that is not known."""


@dataclass(frozen=True, slots=True)
class RunSource:
    """The MLflow run that a version came from."""

    store: str
    """Tracking store: an absolute path or an http address without credentials."""
    experiment: str
    run_id: str
    run_name: str = ""


@dataclass(frozen=True, slots=True)
class Resources:
    """Resources that a model needs by default when it is deployed; None if not specified."""

    cpu: float | None = None
    memory_in_gb: float | None = None
    gpu: int | None = None


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """Metadata that only the details of one version show. Kept as one JSON column: nothing is searched by it."""

    resources: Resources = Resources()
    sample_input_dataset: str = ""
    """`name:version`, or empty."""
    sample_output_dataset: str = ""
    datasets: tuple[tuple[str, str], ...] = ()
    """(scenario, `name:version`)."""
    run: RunSource | None = None
    source: SourceControl | None = None
    recognised: str = ""
    """Why framework and version were proposed."""
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    pickle: PickleFindings = field(default_factory=PickleFindings)


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """One registered version as lists show it: everything that is in its row, without its files."""

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
    is_folder: bool
    """Registered from a folder: `get_model_path` then gives the folder, else the file."""
    size: int
    file_count: int
    digest: str
    """SHA-256 over the lines that `sha256sum` prints for the files, sorted by path; `-  path/` for an empty folder."""
    aliases: tuple[str, ...] = ()
    run_id: str = ""
    experiment: str = ""
    pickle: str = "none"
    """`none`, `known`, `unknown`, `bad`; `unread` for versions of earlier releases that were not looked into yet."""
    deleted: float | None = None
    """When it was moved to the trash."""

    @property
    def id(self) -> str:
        return f"{self.name}:{self.version}"


@dataclass(frozen=True, slots=True)
class ModelVersion(ModelSummary):
    """One registered version with everything; its bytes and properties never change."""

    files: tuple[ModelFile, ...] = ()
    """By path."""
    folders: tuple[str, ...] = ()
    """Folders that hold no file, by path."""
    metadata: ModelMetadata = ModelMetadata()
    consent: str = ""
    """JSON {by, time, names} once somebody allowed this version with known-bad names or code to be deployed."""


@dataclass(frozen=True, slots=True)
class AliasMove:
    """One entry of the history of an alias."""

    name: str
    alias: str
    version: int | None
    """None when it was taken away."""
    previous: int | None
    changed: float
    changed_by: str
    kind: str = "move"
    """`move`; `return` for one that undid an earlier move; `purge` when the version was removed for ever."""


@dataclass(frozen=True, slots=True)
class AssetRecord:
    """One version of a dataset, an environment or an image."""

    kind: str
    """`dataset`, `environment` or `image`."""
    name: str
    version: int
    description: str
    tags: Mapping[str, str]
    created: float
    created_by: str
    content: Mapping[str, object]
    """JSON that the kind defines."""
    files: tuple[ModelFile, ...] = ()
    deleted: float | None = None

    @property
    def id(self) -> str:
        return f"{self.name}:{self.version}"
