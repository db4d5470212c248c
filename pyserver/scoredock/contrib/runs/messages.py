"""Runs of MLflow: tracking stores, experiments, runs, artifacts, a model from one of them; models that go to a registry
of MLflow and come from one, and what is different on both sides."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask
from scoredock.protocol.messages.models import Model, ResourceConfiguration, ScenarioDataset

RunStoreKind = Literal["folder", "sqlite", "server", "workspace"]
SyncDirection = Literal["", "push", "pull"]


@dataclass(frozen=True)
class RunStore:
    """A tracking store: a `mlruns` folder, a SQLite file, a server, or the runs that a workspace keeps."""

    uri: str
    """Absolute path or http address; also its id."""
    title: str
    kind: RunStoreKind
    problem: str = ""
    """Why it cannot be read, as a sentence; empty when it can."""


@dataclass(frozen=True)
class RunStoresParams:
    folders: list[str] = field(default_factory=list)
    """Open folders; stores are looked for in them, in the settings and in MLFLOW_TRACKING_URI."""
    workspace_id: str = ""
    """Its own runs come first, when there are any; empty for the active one."""


@dataclass(frozen=True)
class RunStores:
    stores: list[RunStore]


@dataclass(frozen=True)
class ExperimentsParams:
    store: str
    page: str = ""
    """Token of the page, from the page before."""


@dataclass(frozen=True)
class Experiment:
    id: str
    name: str
    runs: int | None = None
    """Null where counting would be dear."""


@dataclass(frozen=True)
class Experiments:
    experiments: list[Experiment]
    next_page: str = ""


@dataclass(frozen=True)
class RunsParams:
    store: str
    experiment_id: str
    parent: str = ""
    """Only children of this run; without it only runs that have no parent."""
    page: str = ""
    limit: int = 100


@dataclass(frozen=True)
class Run:
    id: str
    name: str
    status: str
    started: float | None
    """Seconds since the epoch."""
    ended: float | None
    metrics: dict[str, float]
    """Last values; at most 100."""
    params: dict[str, str]
    tags: dict[str, str]
    """Without those that MLflow keeps for itself."""
    parent: str = ""
    has_children: bool = False
    primary_metric: str = ""
    """Of an AutoML-style parent run."""
    best_child: str = ""
    """Its child with the best primary metric, where known."""
    models: list[str] = field(default_factory=list)
    """Artifact paths that hold a logged model."""
    error: str = ""
    """Why it failed, of a run of the workspace."""


@dataclass(frozen=True)
class Runs:
    runs: list[Run]
    """Newest first."""
    next_page: str = ""


@dataclass(frozen=True)
class RunRef:
    """One run of a tracking store."""

    store: str
    run_id: str


@dataclass(frozen=True)
class RunDetails:
    """Details of one run."""

    store: RunStore
    experiment: Experiment
    run: Run


@dataclass(frozen=True)
class NewestRun:
    """A run with where it is."""

    store: RunStore
    experiment: Experiment
    run: Run


@dataclass(frozen=True)
class NewestRuns:
    runs: list[NewestRun]
    """Newest first."""


@dataclass(frozen=True)
class LoggedMetric:
    """Metric from one call of `run.log…` of the SDK v1."""

    name: str
    kind: str
    """scalar, list, row, table, image, confusion_matrix, accuracy_table, residuals or predictions."""
    value: str
    """JSON: a number or text, a list, an object of columns, or the path of the file that holds it."""
    step: int | None = None
    time: float | None = None
    """Seconds since the epoch; null: now."""


@dataclass(frozen=True)
class RunBeginParams(WorkspaceParams):
    """`Experiment.start_logging` of v1, and children of a run."""

    experiment: str
    run_id: str = ""
    """Empty: a new one."""
    name: str = ""
    parent: str = ""
    type: str = ""
    """As the SDK calls it: `azureml.scriptrun` for a script, empty for what is logged by hand."""
    process_id: int = 0
    """The script; when it has ended without an end of the run, the run does not respond."""
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunLogParams:
    store: str
    run_id: str
    metrics: list[LoggedMetric]


@dataclass(frozen=True)
class RunChangeParams:
    store: str
    run_id: str
    tags: dict[str, str] = field(default_factory=dict)
    removed_tags: list[str] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    name: str = ""
    """Empty leaves it."""


@dataclass(frozen=True)
class RunUpload:
    name: str
    """Inside the run's artifacts."""
    path: str
    """Of the file on this machine."""


@dataclass(frozen=True)
class RunUploadParams:
    store: str
    run_id: str
    files: list[RunUpload]
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class RunEndParams:
    store: str
    run_id: str
    status: Literal["Completed", "Failed", "Canceled"]
    error: str = ""


@dataclass(frozen=True)
class LoggedRun:
    """A run that a workspace keeps, as the SDK v1 has it."""

    store: str
    experiment: str
    status: str
    """Running, Completed, Failed, Canceled or NotResponding."""
    type: str
    error: str
    properties: dict[str, str]
    tags: dict[str, str]
    metrics: list[LoggedMetric]
    run: Run


@dataclass(frozen=True)
class RunSearchParams(WorkspaceParams):
    """Runs that a workspace keeps, children as well."""

    experiments: list[str] = field(default_factory=list)
    """Only runs of these; empty for all."""
    run_ids: list[str] = field(default_factory=list)
    """Only these; empty for all."""
    page: str = ""


@dataclass(frozen=True)
class LoggedRuns:
    runs: list[LoggedRun]
    """Newest first. Their metrics are the numbers as MLflow names them, each with its last value only."""
    next_page: str = ""


@dataclass(frozen=True)
class RunHistoryParams:
    store: str
    run_id: str
    metric: str
    """As MLflow names it."""


@dataclass(frozen=True)
class RunHistory:
    values: list[LoggedMetric]
    """In the order in which they were logged."""


@dataclass(frozen=True)
class RunExportParams(WorkspaceTask):
    """Runs of a workspace as a `mlruns` folder of MLflow."""

    target: str
    experiment: str = ""
    """Only its runs."""
    run_id: str = ""
    """Only this one, and its children."""


@dataclass(frozen=True)
class RunExported:
    path: str
    runs: list[str]
    """Ids of those that were written."""
    skipped: list[str]
    """Ids of those that were in the folder already."""


@dataclass(frozen=True)
class RunArtifactsParams:
    store: str
    run_id: str
    path: str = ""


@dataclass(frozen=True)
class RunArtifact:
    path: str
    """Inside the run's artifacts."""
    size: int | None
    is_folder: bool
    is_model: bool
    """A folder with an MLmodel file."""


@dataclass(frozen=True)
class RunArtifacts:
    artifacts: list[RunArtifact]


@dataclass(frozen=True)
class RunDownloadParams:
    store: str
    run_id: str
    path: str
    """Of one file in the run's artifacts."""
    target: str
    """The file to write; one that is there is replaced."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class RunDownloaded:
    path: str


@dataclass(frozen=True)
class RunProposeParams(WorkspaceParams):
    store: str
    run_id: str
    path: str = ""
    """Artifact path; empty for the logged model of the run, or `outputs/model.pkl` and the like."""
    metric: str = ""
    """Of a parent run: the best child by this metric instead of the primary one."""
    iteration: int | None = None
    """Of a parent run: this child."""


@dataclass(frozen=True)
class RunProposal:
    """Proposal of what registering would do."""

    run_id: str
    """The child, for a parent run."""
    path: str
    name: str
    reason: str
    """Why this child, this path and this framework: one or two sentences."""
    framework: str
    framework_version: str
    experiment: str
    next_version: int
    existing_names: list[str]
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRegisterParams(WorkspaceTask):
    """`Run.register_model` and `AutoMLRun.register_model` of v1."""

    store: str
    run_id: str
    path: str = ""
    name: str = ""
    """Empty: from the run."""
    metric: str = ""
    iteration: int | None = None
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    framework: str = ""
    framework_version: str = ""
    resources: ResourceConfiguration | None = None
    sample_input_dataset: str = ""
    sample_output_dataset: str = ""
    datasets: list[ScenarioDataset] = field(default_factory=list)


@dataclass(frozen=True)
class ModelPublishParams(WorkspaceTask):
    id: str
    name: str = ""
    """Of the registered model there; empty for the same name."""
    store: str = ""
    """Address of the server; empty for the first one of the settings."""
    overwrite: bool = False
    """Aliases and tags that have other values there get those of here."""


@dataclass(frozen=True)
class SyncDifference:
    """An alias or a tag that is not the same here and there."""

    kind: Literal["alias", "tag"]
    name: str
    model: str
    """`name:version` here whose tag it is; empty for an alias."""
    here: str
    there: str
    """Values of a tag, versions of an alias; empty on the side that does not have it."""


@dataclass(frozen=True)
class ModelPublished:
    reference: str
    """`models:/NAME/VERSION`."""
    store: str
    is_new: bool
    """Whether the version was made now; else the same files were there."""
    sent_bytes: int
    present_bytes: int
    changed: list[SyncDifference]
    """Aliases and tags that were set there."""
    conflicts: list[SyncDifference]
    """What has another value there and stays."""
    left_out: list[str]
    """Tags that MLflow cannot have."""
    no_aliases: list[str] = field(default_factory=list)
    """Aliases that the server cannot have, as it is older than MLflow 2.3."""


@dataclass(frozen=True)
class ModelBringParams(WorkspaceTask):
    reference: str
    """`models:/NAME/VERSION` or `models:/NAME@ALIAS`."""
    name: str = ""
    """Here; empty for the same name."""
    store: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    framework: str = ""
    framework_version: str = ""


@dataclass(frozen=True)
class ModelBrought:
    model: Model
    reference: str
    """`models:/NAME/VERSION` that it came from."""
    is_new: bool


@dataclass(frozen=True)
class ModelSyncParams(WorkspaceTask):
    name: str
    registered_name: str = ""
    """There; empty for the same name."""
    store: str = ""
    direction: SyncDirection = ""
    """Empty to change nothing."""
    overwrite: bool = False
    """Conflicts too, in the direction."""


@dataclass(frozen=True)
class ModelSynced:
    store: str
    linked: int
    """Versions that are on both sides."""
    differences: list[SyncDifference]
    """That were there before."""
    changed: list[SyncDifference]
    conflicts: list[SyncDifference]
    """What stays different as both sides have a value."""
    no_aliases: list[str] = field(default_factory=list)
    """Aliases of here that the server cannot have, as it is older than MLflow 2.3."""
