"""Every message between the extension and the server, declared once.

`tools/generate.py` turns this module into `extension/protocol.ts` and `docs/protocol.md`. Fields are snake_case here and
camelCase on the wire. Messages hold only str, int, float, bool, lists, string-keyed mappings, literals and one another.

Long because the whole protocol stands in one place, to be read from top to bottom.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

State = Literal["Transitioning", "Healthy", "Unhealthy", "Unschedulable", "Failed", "Stopped"]
EngineName = Literal["process"]


@dataclass(frozen=True)
class Empty:
    """Nothing to say."""


# ------------------------------------------------------------------------------------------------ records


@dataclass(frozen=True)
class Workspace:
    """A workspace of this machine."""

    id: str
    """Name of its folder; unique on this machine."""
    name: str
    is_default: bool
    is_active: bool
    """The one that the asking folder uses."""
    path: str
    subscription_id: str = ""
    resource_group: str = ""
    config_path: str = ""
    """The config.json it was connected by, when there was one."""
    read_only: str = ""
    """Why it can only be read; empty when it can be changed."""
    models: int = 0
    services: int = 0


@dataclass(frozen=True)
class ConnectOffer:
    """A config.json found in or above an open folder that is not connected yet."""

    config_path: str
    workspace_name: str
    subscription_id: str
    resource_group: str


@dataclass(frozen=True)
class ModelFile:
    """One file of a model version."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Model:
    """One version of a model."""

    id: str
    """`name:version`."""
    name: str
    version: int
    description: str
    tags: dict[str, str]
    properties: dict[str, str]
    framework: str
    framework_version: str
    created: float
    """Seconds since the epoch."""
    created_by: str
    size: int
    is_folder: bool
    files: list[ModelFile]
    used_by: list[str]
    """Names of the services whose active revision uses it."""


@dataclass(frozen=True)
class FailureFrame:
    """One frame of the traceback in the user's own files."""

    file: str
    line: int
    """One-based."""
    function: str
    text: str


@dataclass(frozen=True)
class ServiceFailure:
    """Why a service or its newest revision does not run."""

    code: str
    message: str
    fix: str
    frames: list[FailureFrame] = field(default_factory=list)
    """In the files the person edits, not their staged copies."""
    log_lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Service:
    """A service and how it is right now."""

    name: str
    workspace_id: str
    engine: EngineName
    state: State
    phase: str
    """Detail of the state: staging, environment, starting, probing, …"""
    models: list[str]
    revision: int
    """The one that serves."""
    revisions: list[int]
    created: float
    updated: float
    port: int | None = None
    scoring_uri: str = ""
    swagger_uri: str = ""
    entry_script: str = ""
    """Absolute path of the person's own file."""
    environment: str = ""
    """Name and key of the environment, for people."""
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    restarts: int = 0
    failure: ServiceFailure | None = None
    log_file: str = ""


@dataclass(frozen=True)
class Notice:
    """Something that happened while nobody looked."""

    service: str
    code: str
    message: str
    created: float


@dataclass(frozen=True)
class LogLine:
    """One line of a service's log."""

    sequence: int
    time: float
    stream: Literal["stdout", "stderr", "server"]
    level: Literal["debug", "info", "warning", "error"]
    text: str


# ------------------------------------------------------------------------------------------------ state


@dataclass(frozen=True)
class StateListParams:
    """Open folders decide which workspace is active."""

    folders: list[str]
    """Absolute paths of the open folders, first one first."""


@dataclass(frozen=True)
class StateListResult:
    """Everything the views show, at once."""

    sequence: int
    """Pushes with a lower or equal sequence are older than this."""
    workspaces: list[Workspace]
    offers: list[ConnectOffer]
    models: list[Model]
    """Of the active workspace."""
    services: list[Service]
    notices: list[Notice]
    """Told once: the next call does not repeat them."""
    home: str
    """The data folder."""


# ------------------------------------------------------------------------------------------------ workspaces


@dataclass(frozen=True)
class WorkspaceCreateParams:
    name: str
    folder: str = ""
    """Make it the active one of this folder when given."""


@dataclass(frozen=True)
class WorkspaceConnectParams:
    config_path: str
    """Any workspace configuration file, or a folder to search upwards from."""
    folder: str = ""


@dataclass(frozen=True)
class WorkspaceRef:
    id: str
    """Id or name."""


@dataclass(frozen=True)
class WorkspaceUseParams:
    id: str
    folder: str


@dataclass(frozen=True)
class WorkspaceList:
    workspaces: list[Workspace]
    offers: list[ConnectOffer]


@dataclass(frozen=True)
class WorkspaceForgotten:
    path: str
    """Where its folder still lies; forgetting removes nothing."""


# ------------------------------------------------------------------------------------------------ models


@dataclass(frozen=True)
class ModelListParams:
    workspace_id: str = ""
    """Empty for the active one."""
    name: str = ""
    tags: list[str] = field(default_factory=list)
    """`key` or `key=value`, all must hold."""
    latest: bool = False


@dataclass(frozen=True)
class ModelList:
    models: list[Model]


@dataclass(frozen=True)
class ModelRef:
    id: str
    """`name:version`, or `name` for the newest."""
    workspace_id: str = ""


@dataclass(frozen=True)
class ModelProposeParams:
    paths: list[str]
    workspace_id: str = ""


@dataclass(frozen=True)
class ModelProposal:
    """What the register steps are filled in with."""

    name: str
    reason: str
    """Why: from the file name, from what is inside."""
    framework: str
    framework_version: str
    next_version: int
    files: int
    size: int
    existing_names: list[str]


@dataclass(frozen=True)
class ModelRegisterParams:
    paths: list[str]
    name: str
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    framework: str = ""
    framework_version: str = ""
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ModelUpdateParams:
    id: str
    description: str | None = None
    set_tags: dict[str, str] = field(default_factory=dict)
    remove_tags: list[str] = field(default_factory=list)
    add_properties: dict[str, str] = field(default_factory=dict)
    workspace_id: str = ""


@dataclass(frozen=True)
class ModelDownloadParams:
    id: str
    target: str
    overwrite: bool = False
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ModelDownloaded:
    path: str


@dataclass(frozen=True)
class ModelCompareParams:
    first: str
    """`name:version`, or `name` for the newest."""
    second: str
    workspace_id: str = ""


@dataclass(frozen=True)
class ModelDifference:
    """One thing that is not the same in both."""

    what: str
    """`framework`, `tag area`, `property run`, `file outputs/model.pkl`, …"""
    before: str
    """Empty when only the second has it."""
    after: str
    """Empty when only the first has it."""


@dataclass(frozen=True)
class ModelComparison:
    """What differs in metadata and files; nothing when the two say and hold the same."""

    first: str
    """`name:version`."""
    second: str
    differences: list[ModelDifference]


# ------------------------------------------------------------------------------------------------ services


@dataclass(frozen=True)
class ServiceListParams:
    workspace_id: str = ""
    all: bool = False
    """Those of every workspace on this machine."""


@dataclass(frozen=True)
class ServiceList:
    services: list[Service]


@dataclass(frozen=True)
class ServiceRef:
    name: str
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServiceProposeParams:
    path: str
    """An entry script, an inference or deployment configuration, or a folder."""
    workspace_id: str = ""


@dataclass(frozen=True)
class ServiceProposal:
    """Answers to every step of Deploy, from what lies in the folder and what was chosen last time."""

    name: str
    models: list[str]
    model_choices: list[str]
    """`name:version`, newest first."""
    entry_script: str
    entry_scripts: list[str]
    inference_config: str
    inference_configs: list[str]
    deployment_config: str
    deployment_configs: list[str]
    environment_file: str
    environment_files: list[str]
    deployed_before: bool
    existing_services: list[str]


@dataclass(frozen=True)
class ServiceDeployParams:
    """What to deploy. Paths are absolute; an inference configuration gives what is left empty here."""

    name: str
    models: list[str] = field(default_factory=list)
    """`name:version`, or `name` for the newest."""
    entry_script: str = ""
    source_directory: str = ""
    inference_config: str = ""
    environment_file: str = ""
    """conda YAML or pip requirements."""
    deployment_config: str = ""
    port: int | None = None
    environment_variables: dict[str, str] = field(default_factory=dict)
    engine: EngineName = "process"
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    overwrite: bool = False
    """Replace a service of the same name instead of refusing."""
    skip_checks: bool = False
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServiceUpdateParams:
    """What is None or empty stays as it was; the entry script and its folder are read anew in any case."""

    name: str
    models: list[str] | None = None
    entry_script: str = ""
    inference_config: str = ""
    environment_file: str = ""
    environment_variables: dict[str, str] | None = None
    skip_checks: bool = False
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServiceStopAllParams:
    all: bool = False
    """In every workspace, not only the active one."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServiceNames:
    names: list[str]


@dataclass(frozen=True)
class ServiceCallParams:
    name: str
    body: str
    method: Literal["POST", "GET"] = "POST"
    content_type: str = "application/json"
    timeout: float = 60.0
    """Seconds."""
    workspace_id: str = ""


@dataclass(frozen=True)
class ServiceAnswer:
    status: int
    milliseconds: float
    headers: dict[str, str]
    body: str
    """As text; bytes that are not UTF-8 are shown as escapes."""


@dataclass(frozen=True)
class ServiceSample:
    """A request body that fits the schema."""

    body: str
    reason: str
    """Where it comes from: the swagger of the service, or a plain guess."""


@dataclass(frozen=True)
class ServiceProfileParams:
    name: str
    rows: str = ""
    """A text file with one request body a line; without it the service's own sample is sent."""
    requests: int = 200
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServiceProfile:
    """What was measured, by the names of a ModelProfile in v1; null where there is nothing true to say."""

    name: str
    """Of the service."""
    total_queries: int
    success_queries: int
    success_rate: float
    """Per cent."""
    average_latency_in_ms: float | None
    latency_percentile50_in_ms: float | None
    latency_percentile90_in_ms: float | None
    latency_percentile95_in_ms: float | None
    latency_percentile99_in_ms: float | None
    latency_percentile999_in_ms: float | None
    """99.9 %."""
    measured_queries_per_second: float
    max_utilized_cpu: float | None
    """Cores."""
    max_utilized_memory_in_g_b: float | None
    """10⁹ bytes. (The last letters stand apart to become `InGB` on the wire, as in v1.)"""
    recommended_cpu: float | None
    recommended_memory_in_g_b: float | None
    error: str
    """What went wrong with requests that failed; empty when none did."""
    input: str
    """Where the request bodies came from."""


@dataclass(frozen=True)
class ServicePackageParams:
    name: str
    output_path: str
    """A folder that does not exist yet or is empty."""
    base_image: str = ""
    """Empty for the official Python image of the environment's version."""
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServicePackage:
    """A finished Docker build context."""

    folder: str
    image: str
    base_image: str
    build: list[str]
    """The command that makes the image, in the folder."""
    run: list[str]
    notes: list[str]
    """What is different from the service here."""


@dataclass(frozen=True)
class PathMapping:
    """Where a folder lies in a service, in the words of debugpy."""

    local_root: str
    remote_root: str


@dataclass(frozen=True)
class ServiceDebugTarget:
    """What an editor must know before it listens for the service."""

    entry_script: str
    path_mappings: list[PathMapping]


@dataclass(frozen=True)
class ServiceDebugParams:
    name: str
    port: int
    """Where a debugger listens on 127.0.0.1 already."""
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServiceDebug:
    service: Service
    path_mappings: list[PathMapping]


# ------------------------------------------------------------------------------------------------ logs


@dataclass(frozen=True)
class LogSubscribeParams:
    service: str
    since: int = 0
    """Lines after this sequence number; 0 sends the last `tail`."""
    tail: int = 1000
    workspace_id: str = ""


@dataclass(frozen=True)
class LogSubscription:
    id: str
    file: str
    """The newest log file, for "Open Full Log"."""


@dataclass(frozen=True)
class LogRef:
    id: str


@dataclass(frozen=True)
class LogAcknowledgeParams:
    id: str
    sequence: int
    """Of the last line shown; the next batch is sent then."""


@dataclass(frozen=True)
class LogLines:
    """One batch; the next comes when this one is acknowledged."""

    id: str
    service: str
    lines: list[LogLine]
    dropped: int
    """Lines left out before these because the reader was slow; they are in the file."""


# ------------------------------------------------------------------------------------------------ documents


@dataclass(frozen=True)
class DocumentCheckParams:
    paths: list[str]
    """Files or folders."""


@dataclass(frozen=True)
class DocumentFinding:
    path: str
    code: str
    severity: Literal["error", "warning", "information", "hint"]
    message: str
    line: int
    """Zero-based, as the other three; columns count UTF-16 units."""
    character: int
    end_line: int
    end_character: int
    fixable: bool


@dataclass(frozen=True)
class DocumentFindings:
    checked: list[str]
    """Files that were recognised and read."""
    findings: list[DocumentFinding]


@dataclass(frozen=True)
class DocumentExplainParams:
    code: str


@dataclass(frozen=True)
class DocumentExplanation:
    code: str
    markdown: str


# ------------------------------------------------------------------------------------------------ pushes


@dataclass(frozen=True)
class WorkspaceChanged:
    """All workspaces as they are now."""

    sequence: int
    workspaces: list[Workspace]
    offers: list[ConnectOffer]


@dataclass(frozen=True)
class ModelChanged:
    """Models of one workspace that appeared or changed, and ids that went."""

    sequence: int
    workspace_id: str
    changed: list[Model]
    removed: list[str]


@dataclass(frozen=True)
class ServiceChanged:
    """Services of one workspace that appeared or changed, and names that went."""

    sequence: int
    workspace_id: str
    changed: list[Service]
    removed: list[str]


# ------------------------------------------------------------------------------------------------ methods


@dataclass(frozen=True)
class Request:
    """Client asks, server answers with `result` or an error {code, fix, place, remedies, details} in `data`."""

    method: str
    params: type
    result: type


@dataclass(frozen=True)
class Notification:
    """One way; `sender` says which."""

    method: str
    params: type
    sender: Literal["client", "server"]


REQUESTS: tuple[Request, ...] = (
    Request("scoredock/state/list", StateListParams, StateListResult),
    Request("scoredock/workspace/list", StateListParams, WorkspaceList),
    Request("scoredock/workspace/create", WorkspaceCreateParams, Workspace),
    Request("scoredock/workspace/connect", WorkspaceConnectParams, Workspace),
    Request("scoredock/workspace/use", WorkspaceUseParams, Workspace),
    Request("scoredock/workspace/show", WorkspaceRef, Workspace),
    Request("scoredock/workspace/forget", WorkspaceRef, WorkspaceForgotten),
    Request("scoredock/model/list", ModelListParams, ModelList),
    Request("scoredock/model/show", ModelRef, Model),
    Request("scoredock/model/propose", ModelProposeParams, ModelProposal),
    Request("scoredock/model/register", ModelRegisterParams, Model),
    Request("scoredock/model/update", ModelUpdateParams, Model),
    Request("scoredock/model/download", ModelDownloadParams, ModelDownloaded),
    Request("scoredock/model/compare", ModelCompareParams, ModelComparison),
    Request("scoredock/model/delete", ModelRef, Model),
    Request("scoredock/model/restore", ModelRef, Model),
    Request("scoredock/service/list", ServiceListParams, ServiceList),
    Request("scoredock/service/show", ServiceRef, Service),
    Request("scoredock/service/propose", ServiceProposeParams, ServiceProposal),
    Request("scoredock/service/deploy", ServiceDeployParams, Service),
    Request("scoredock/service/update", ServiceUpdateParams, Service),
    Request("scoredock/service/stop", ServiceRef, Service),
    Request("scoredock/service/start", ServiceRef, Service),
    Request("scoredock/service/restart", ServiceRef, Service),
    Request("scoredock/service/delete", ServiceRef, Empty),
    Request("scoredock/service/stopAll", ServiceStopAllParams, ServiceNames),
    Request("scoredock/service/sample", ServiceRef, ServiceSample),
    Request("scoredock/service/call", ServiceCallParams, ServiceAnswer),
    Request("scoredock/service/profile", ServiceProfileParams, ServiceProfile),
    Request("scoredock/service/package", ServicePackageParams, ServicePackage),
    Request("scoredock/service/debugTarget", ServiceRef, ServiceDebugTarget),
    Request("scoredock/service/debug", ServiceDebugParams, ServiceDebug),
    Request("scoredock/log/subscribe", LogSubscribeParams, LogSubscription),
    Request("scoredock/log/unsubscribe", LogRef, Empty),
    Request("scoredock/document/check", DocumentCheckParams, DocumentFindings),
    Request("scoredock/document/explain", DocumentExplainParams, DocumentExplanation),
)

NOTIFICATIONS: tuple[Notification, ...] = (
    Notification("scoredock/log/acknowledge", LogAcknowledgeParams, "client"),
    Notification("scoredock/log/lines", LogLines, "server"),
    Notification("scoredock/workspace/changed", WorkspaceChanged, "server"),
    Notification("scoredock/model/changed", ModelChanged, "server"),
    Notification("scoredock/service/changed", ServiceChanged, "server"),
)
