"""Messages of pulls from a workspace in Azure: what it has, what is chosen, and the outcome of each item."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask

AzureKind = Literal["model", "environment", "service", "online-endpoint", "batch-endpoint", "run"]
AzureSignIn = Literal["default", "browser", "device-code"]
AzureResult = Literal["registered", "present", "written", "failed"]
"""`present`: the same is here already; `written`: files in the output folder."""


@dataclass(frozen=True)
class AzureAccount:
    """Workspace in Azure; what is empty is taken from the config.json of the workspace here."""

    subscription_id: str = ""
    resource_group: str = ""
    workspace_name: str = ""
    sign_in: AzureSignIn = "default"
    """`default` takes what the machine has, such as `az login`."""
    tenant: str = ""
    python: str = ""
    """Interpreter that has azure-ai-ml; empty for the first that has it."""


@dataclass(frozen=True)
class AzureCode:
    """Code that a person enters to sign in with another device."""

    address: str
    """Of the page where the code is entered."""
    code: str
    until: str
    """When it expires."""


@dataclass(frozen=True)
class AzureListParams(WorkspaceTask):
    account: AzureAccount = field(default_factory=AzureAccount)
    kinds: list[AzureKind] = field(default_factory=list)
    """Empty for all."""
    archived: bool = False
    """Archived versions and runs as well."""


@dataclass(frozen=True)
class AzureItem:
    """Item of the workspace in Azure."""

    key: str
    """`KIND:NAME`, with `:VERSION` for models and environments."""
    kind: AzureKind
    name: str
    version: str
    created: str
    archived: bool
    title: str
    type: str
    status: str
    experiment: str
    here: str
    """Name that it gets here; another one where the name is not valid here."""
    present: str
    """Version here that was fetched from it; empty for none."""


@dataclass(frozen=True)
class AzureShelf:
    """Items of a workspace in Azure."""

    workspace_name: str
    items: list[AzureItem]
    pending: int
    """How many of an earlier pull are still to come."""
    notes: list[str] = field(default_factory=list)
    """What could not be listed, and why."""


@dataclass(frozen=True)
class AzurePullParams(WorkspaceTask):
    choices: list[str] = field(default_factory=list)
    """Keys or patterns as `model:*`; empty to go on with an earlier pull."""
    account: AzureAccount = field(default_factory=AzureAccount)
    archived: bool = False
    renames: dict[str, str] = field(default_factory=dict)
    """Name in Azure → name here."""
    output: str = ""
    """Folder for endpoints and runs; empty for `azure-NAME` in the working directory."""


@dataclass(frozen=True)
class AzureReportParams(WorkspaceParams):
    account: AzureAccount = field(default_factory=AzureAccount)


@dataclass(frozen=True)
class AzureOutcome:
    """Outcome of one item."""

    key: str
    result: AzureResult
    here: str
    code: str
    """Of a failure: `gone`, `forbidden`, `path`, …"""
    message: str
    notes: list[str]
    commands: list[str]
    """Which deploy it here."""
    files: int
    bytes: int


@dataclass(frozen=True)
class AzurePull:
    """A pull, ended or cut off."""

    workspace_name: str
    outcomes: list[AzureOutcome]
    pending: list[str]
    """Keys of what is still to come."""
    summary: str
    output: str
    """Folder of what was written; empty where nothing was."""
    report: str
    """Path of the report."""
