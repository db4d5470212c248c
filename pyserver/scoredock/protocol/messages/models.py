"""Models: rows of the view, details, and every verb."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask
from scoredock.visible import DATA, LINES

PickleState = Literal["none", "known", "unknown", "code", "bad", "unread"]
"""Of the names that the pickles of a version refer to, and of Python code that it brings along otherwise.

Never a statement that a file is harmless.
"""
ModelGrouping = Literal["name", "tag", "framework"]
ModelOrder = Literal["name", "newest", "largest"]


@dataclass(frozen=True)
class ModelFile:
    """One file of a model version."""

    path: str
    """Relative, forward slashes; a folder without files ends with one and has no digest."""
    size: int
    sha256: str


@dataclass(frozen=True)
class Model:
    """One version of a model, as much as a list shows."""

    id: str
    """`name:version`."""
    name: str
    version: int
    description: str = field(metadata=LINES)
    tags: dict[str, str]
    properties: dict[str, str]
    framework: str
    framework_version: str
    created: float
    """Seconds since the epoch."""
    created_by: str
    size: int
    file_count: int
    is_folder: bool
    digest: str
    """SHA-256 over the `sha256sum` lines of its files, sorted by path."""
    aliases: list[str]
    used_by: list[str]
    """Names of the services with a kept revision that uses it."""
    pickle: PickleState
    run_id: str = ""
    experiment: str = ""
    deleted: float | None = None
    """When it was moved to the trash."""


@dataclass(frozen=True)
class ModelTensor:
    """One input or output of a model, where its file says so."""

    name: str
    type: str
    shape: str
    """`[N, 4]`; empty when not known."""


@dataclass(frozen=True)
class PickleReport:
    """Findings from the opcodes of the pickles of a model; nothing is loaded for it."""

    state: PickleState
    unknown: list[str]
    """Names `module.attribute` that are on no list."""
    bad: list[str]
    """Names that no model needs and that run commands or reach files and network."""
    notes: list[str]
    """What could not be read to its end, and why."""
    code: list[str] = field(default_factory=list)
    """Python code outside of pickles that runs when the model is loaded: `file: what it is`."""
    consent: str = ""
    """Who allowed this version to be deployed for all its known-bad names and code, and when; empty when nobody did."""


@dataclass(frozen=True)
class ResourceConfiguration:
    """Resources that the model needs by default when it is deployed; null where nothing is said."""

    cpu: float | None = None
    memory_in_g_b: float | None = None
    gpu: int | None = None


@dataclass(frozen=True)
class SourceControl:
    """Commit and branch of the registered files in version control."""

    commit: str
    branch: str
    dirty: bool | None
    """Whether files below the registered paths differed from the commit; null when that is not known."""


@dataclass(frozen=True)
class AliasChange:
    """One move of an alias."""

    alias: str
    version: int | None
    """Null when it was taken away."""
    previous: int | None
    changed: float
    changed_by: str


@dataclass(frozen=True)
class ScenarioDataset:
    """A dataset that the model was made or tried with."""

    scenario: str
    """`training`, `validation`, …"""
    dataset: str
    """`name:version`."""


@dataclass(frozen=True)
class ModelDetails:
    """Everything about one version."""

    model: Model
    files: list[ModelFile]
    """The first 1,000 by path; `model/files` gives all."""
    pickle: PickleReport
    resources: ResourceConfiguration
    source: SourceControl | None
    run_store: str
    """Tracking store of the run it came from; empty when from none."""
    run_name: str
    sample_input_dataset: str
    """`name:version` of a dataset, or empty."""
    sample_output_dataset: str
    datasets: list[ScenarioDataset]
    recognised: str
    """Why framework and version were proposed: one sentence, or empty."""
    inputs: list[ModelTensor]
    outputs: list[ModelTensor]
    versions: list[Model]
    """The newest 200 versions of the same name."""
    alias_history: list[AliasChange]
    """Newest first."""
    images: list[str] = field(default_factory=list)
    """`name:version` of the images that hold it; it is not deleted while there are any."""


# Finding


@dataclass(frozen=True)
class ModelQuery:
    """Conditions, grouping and order of the view of models. Conditions must all hold."""

    search: str = ""
    """Words found in name, description, tags or aliases; `key=value`, `TagName : TagValue`, `tag:key`, `framework:…`,
    `alias:…`, `run:…`, `experiment:…`, `by:…`, `pickle:…` are conditions; quotes keep words together."""
    framework: str = ""
    tags: list[str] = field(default_factory=list)
    """`key` or `key=value`."""
    properties: list[str] = field(default_factory=list)
    run_id: str = ""
    favourites: bool = False
    latest: bool = False
    """Only the newest version of each name; the other conditions are asked of that one."""
    group_by: ModelGrouping = "name"
    group_tag: str = ""
    """Key of the tag when grouped by one."""
    order: ModelOrder = "name"


@dataclass(frozen=True)
class ModelGroupsParams(WorkspaceParams):
    query: ModelQuery = field(default_factory=ModelQuery)
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True)
class ModelGroup:
    """One row of the view's first level."""

    key: str
    """A name, the value of the tag, or a framework; empty for versions that have none."""
    versions: int
    """How many of them match."""
    newest: Model
    favourite: bool = False
    """Of a name only."""


@dataclass(frozen=True)
class ModelGroups:
    """Favourite names first, then in the order asked for."""

    groups: list[ModelGroup]
    total: int
    """Groups that match, on this page or not."""
    versions: int
    """Versions that match."""


@dataclass(frozen=True)
class ModelVersionsParams(WorkspaceParams):
    group: str
    """Key of the group."""
    query: ModelQuery = field(default_factory=ModelQuery)
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True)
class ModelListParams:
    workspace_id: str = ""
    """Empty for the active one."""
    name: str = ""
    query: ModelQuery = field(default_factory=ModelQuery)
    deleted: bool = False
    """Those in the trash instead, last deleted first."""
    offset: int = 0
    limit: int = 0
    """0 for all."""


@dataclass(frozen=True)
class ModelList:
    models: list[Model]
    total: int
    """Versions that match, on this page or not."""


@dataclass(frozen=True)
class ModelRef(WorkspaceParams):
    id: str
    """`name:version`, `name@alias`, or `name` for the newest."""


@dataclass(frozen=True)
class ModelFilesParams(WorkspaceParams):
    id: str
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True)
class ModelFiles:
    files: list[ModelFile]
    total: int


@dataclass(frozen=True)
class ModelTextParams(WorkspaceParams):
    id: str
    path: str
    """Of one of its files."""


@dataclass(frozen=True)
class ModelText:
    """Content of a file of a model, for the editor."""

    text: str = field(metadata=DATA)
    is_text: bool
    """False for bytes that are not UTF-8 or too many; `text` then says so."""


# Registering


@dataclass(frozen=True)
class ModelProposeParams(WorkspaceParams):
    paths: list[str]
    child_paths: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ModelProposal:
    """Proposed values for the steps that register a model."""

    name: str
    reason: str
    """Why: from the file name, from what is inside."""
    framework: str
    framework_version: str
    next_version: int
    files: int
    size: int
    existing_names: list[str]
    """At most 1,000."""
    archive: bool = False
    """A .zip or .tar.gz that can be unpacked."""
    exported: str = ""
    """`name:version` of the model that Scoredock exported into this archive; unpacking then brings its metadata
    along."""
    children: list[str] = field(default_factory=list)
    """Files and folders directly inside a folder, for a choice among them; at most 500."""
    pickle: PickleReport | None = None
    description: str = field(default="", metadata=LINES)
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelRegisterParams(WorkspaceTask):
    paths: list[str]
    name: str
    child_paths: list[str] = field(default_factory=list)
    """Files or folders inside the one folder in `paths`, relative to it; empty for all of it."""
    unpack: bool = False
    """Take what is inside an archive instead of the archive itself."""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    framework: str = ""
    framework_version: str = ""
    resources: ResourceConfiguration | None = None
    sample_input_dataset: str = ""
    sample_output_dataset: str = ""
    datasets: list[ScenarioDataset] = field(default_factory=list)


# Changing


@dataclass(frozen=True)
class ModelUpdateParams(WorkspaceParams):
    id: str
    description: str | None = None
    set_tags: dict[str, str] = field(default_factory=dict)
    remove_tags: list[str] = field(default_factory=list)
    add_properties: dict[str, str] = field(default_factory=dict)
    resources: ResourceConfiguration | None = None
    sample_input_dataset: str | None = None
    sample_output_dataset: str | None = None


@dataclass(frozen=True)
class ModelAliasParams(WorkspaceParams):
    id: str
    """`name:version`; with `remove` a name is enough."""
    alias: str
    remove: bool = False


@dataclass(frozen=True)
class ModelAliasReturnParams(WorkspaceParams):
    """Undo the last move of an alias: it points again where it did before."""

    name: str
    alias: str


@dataclass(frozen=True)
class ModelFavouriteParams(WorkspaceParams):
    name: str
    favourite: bool


@dataclass(frozen=True)
class ModelConsentParams(WorkspaceParams):
    """Allow a version with known-bad names or Python code to be deployed; recorded with what it was given for."""

    id: str
    withdraw: bool = False


@dataclass(frozen=True)
class ModelPurgeParams(WorkspaceParams):
    """Remove versions from the trash for ever; empty `ids` for all that lie there."""

    ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ModelIds:
    ids: list[str]


# Taking out


@dataclass(frozen=True)
class ModelDownloadParams(WorkspaceTask):
    id: str
    target: str
    overwrite: bool = False


@dataclass(frozen=True)
class ModelDownloaded:
    path: str


@dataclass(frozen=True)
class ModelExportParams(WorkspaceTask):
    """One file with the version and all that is known of it, which any Scoredock can register."""

    id: str
    target: str
    """The .zip to write, or a folder for it; one that ends with `/` is made."""
    overwrite: bool = False


@dataclass(frozen=True)
class ModelCompareParams(WorkspaceParams):
    first: str
    """`name:version`, `name@alias`, or `name` for the newest."""
    second: str


@dataclass(frozen=True)
class ModelDifference:
    """One thing that is not the same in both."""

    what: str
    """`framework`, `tag area`, `property run`, `file outputs/model.pkl`, …"""
    before: str
    """Empty when only the second has it."""
    after: str
    """Empty when only the first has it."""
    file: str = ""
    """Path of the file that differs, when it is one."""
    is_text: bool = False
    """Both are text that the editor can show side by side."""


@dataclass(frozen=True)
class ModelComparison:
    """Differences of two models in metadata and files; empty when the two say and hold the same."""

    first: str
    """`name:version`."""
    second: str
    differences: list[ModelDifference]


# Deployments without an entry script: the generated script as files


@dataclass(frozen=True)
class NoCodeWriteParams(WorkspaceTask):
    """Arguments that say where the script, the conda file and the inference configuration are written."""

    folder: str
    """Absolute path; it is made where it is missing. Files that are there already are never touched."""
    model: str = ""
    path: str = ""
