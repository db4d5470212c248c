"""Workspaces of this machine."""

from __future__ import annotations

from dataclasses import field

from scoredock.late_dataclass import dataclass
from scoredock.service import EngineName


@dataclass(frozen=True)
class ProjectCreateParams:
    folder: str
    """Where the files are written; it is made where it is missing."""
    model: str = ""
    """A model file that the project takes: its entry script is written for it. Empty for one that trains its own."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ProjectExampleParams:
    """A copy of the example, or where one is."""

    folder: str
    write: bool = True
    """False only looks."""


@dataclass(frozen=True)
class ProjectExample:
    folder: str
    entry_script: str
    exists: bool
    """Whether a copy of the example was there before."""
    free: str
    """The folder, or one beside it with a number, in which nothing is yet."""


@dataclass(frozen=True)
class ProjectCreated:
    folder: str
    entry_script: str
    files: list[str]


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
    engine: str = ""
    """What stands for ACI and AKS; empty while nobody has chosen, which means processes."""
    exists: bool = True
    """False for one that a configuration names and that the first change creates, or brings back."""
    reason: str = ""
    """Why the asking folder uses it, or what is wrong with its configuration; empty where nothing is to be said."""
    left: str = ""
    """What of the asking folder is in the default workspace although its configuration names this one; empty for
    nothing."""
    notes: list[str] = field(default_factory=list)
    """Of one that was restored just now: what is paused, and what was damaged when its backup was made."""


@dataclass(frozen=True)
class WorkspaceEngineParams:
    """The choice of what services for ACI and AKS run with."""

    engine: EngineName
    id: str = ""
    """Id or name of the workspace; empty for the active one."""


@dataclass(frozen=True)
class ConnectOffer:
    """A config.json found in or above an open folder that is not connected yet."""

    config_path: str
    workspace_name: str
    subscription_id: str
    resource_group: str


@dataclass(frozen=True)
class WorkspaceCreateParams:
    name: str
    folder: str = ""
    """Make it the active one of this folder when given."""
    subscription_id: str = ""
    resource_group: str = ""
    """With the subscription: the workspace in Azure that it stands for."""


@dataclass(frozen=True)
class WorkspaceNamedParams:
    """Arguments that name a workspace as a script does, with as much of its identity as the script says."""

    name: str
    """Name or id."""
    folder: str
    """Where it works: a config.json there or above counts."""
    subscription_id: str = ""
    resource_group: str = ""


@dataclass(frozen=True)
class WorkspaceConnectParams:
    config_path: str
    """Any workspace configuration file, or a folder to search upwards from."""
    folder: str = ""


@dataclass(frozen=True)
class WorkspaceOpenParams:
    path: str
    """A workspace configuration file, or a folder to search upwards from."""
    file_name: str = ""
    """What the file is called in these folders; empty for config.json."""


@dataclass(frozen=True)
class WorkspaceWriteConfigParams:
    folder: str
    """Where the configuration is written, as `.azureml/config.json`."""
    workspace_id: str = ""
    """Id or name of the workspace that it names; empty for the one that the folder means."""


@dataclass(frozen=True)
class WorkspaceConfigWritten:
    path: str
    workspace: str
    """Name of the workspace that it names."""


@dataclass(frozen=True)
class WorkspaceMoveParams:
    """Services and models of a folder that lie in another workspace than its own."""

    folder: str
    source: str = ""
    """Id or name of the workspace that has them; empty for the default one."""
    target: str = ""
    """Id or name of the workspace that gets them; empty for the active one."""
    dry_run: bool = False
    """Only says what would be moved."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class WorkspaceMoved:
    source: str
    target: str
    services: list[str]
    models: list[str]
    left: list[str]
    """What stays where it is, with the reason."""


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


# Upkeep


@dataclass(frozen=True)
class WorkspaceVerifyParams:
    id: str = ""
    """Id or name; empty for the active one."""
    deep: bool = False
    """Read every byte instead of sizes only."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class WorkspaceProblem:
    subject: str
    """`name:version`, or the store itself."""
    message: str
    fix: str
    """What repairing would do, or what the person can do."""
    repairable: bool


@dataclass(frozen=True)
class WorkspaceVerified:
    problems: list[WorkspaceProblem]
    versions: int
    files: int
    bytes: int
    deep: bool


@dataclass(frozen=True)
class WorkspaceRepairParams:
    id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class WorkspaceRepaired:
    done: list[str]
    """What was repaired, one sentence each."""
    left: list[WorkspaceProblem]
    """What could not be repaired."""


@dataclass(frozen=True)
class WorkspaceCollectParams:
    id: str = ""
    grace_seconds: float = 86_400
    """Only what is older than this goes."""
    dry_run: bool = False
    """Remove nothing, and tell what would go."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class WorkspaceCollected:
    files: int
    bytes: int
    """Of files, and of images in Docker."""
    purged: list[str]
    """Versions that had lain in the trash for 30 days."""
    kept: str = ""
    """Why bytes that nothing needs were kept, as a sentence; empty when they were not."""
    docker: list[str] = field(default_factory=list)
    """Names of images, and of the network, that went from Docker, or would go."""
    docker_in_use: list[str] = field(default_factory=list)
    """Images that nothing here needs and that a container has, with the names of the containers."""
    paths: list[str] = field(default_factory=list)
    """Files and folders that would go, where nothing was to be removed."""


@dataclass(frozen=True)
class WorkspaceBackupParams:
    target: str
    """The file to write."""
    id: str = ""
    overwrite: bool = False
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class WorkspaceBackup:
    path: str
    size: int
    versions: int
    services: int
    left_out: list[str]
    """What could not be part of it, one sentence each: bytes that are damaged already, files without a proper name."""


@dataclass(frozen=True)
class WorkspaceRestoreParams:
    path: str
    """A file that backup wrote."""
    name: str = ""
    """Of the workspace to make; empty for the name in the backup."""
    folder: str = ""
    """Make it the active one of this folder when given."""
    work_done_token: str | int | None = None
