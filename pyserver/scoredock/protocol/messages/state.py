"""State that the views show, and the notifications pushed when it changes."""

from __future__ import annotations

from dataclasses import field

from scoredock.late_dataclass import dataclass
from scoredock.protocol.messages.endpoints import EndpointDetails
from scoredock.protocol.messages.workspaces import ConnectOffer, Workspace
from scoredock.service import Notice, Service


@dataclass(frozen=True)
class StateListParams:
    """Open folders decide which workspace is active."""

    folders: list[str]
    """Absolute paths of the open folders, first one first."""
    opening: bool = False
    """Whether the window was opened just now, which may start services of the folders."""


@dataclass(frozen=True)
class StateListResult:
    """Everything the views show but the models, which are asked for page by page."""

    sequence: int
    """Pushes with a lower or equal sequence are older than this."""
    workspaces: list[Workspace]
    offers: list[ConnectOffer]
    services: list[Service]
    """Of the active workspace."""
    endpoints: list[EndpointDetails]
    """Of the active workspace."""
    notices: list[Notice]
    """Sent once: the next call does not repeat them."""
    home: str
    """The data folder."""


@dataclass(frozen=True)
class WorkspaceChanged:
    """All workspaces as they are now."""

    sequence: int
    workspaces: list[Workspace]
    offers: list[ConnectOffer]


@dataclass(frozen=True)
class RegistryChanged:
    """Models, assets, runs, jobs, rules or events of the active workspace changed: what is shown of them is old."""

    sequence: int
    workspace_id: str
    models: bool
    """Models, their tags, aliases, favourites, or the services that use them."""
    assets: bool
    """Datasets, environments or images."""
    runs: bool
    """Runs that scripts logged to the workspace. Nobody tells of those in tracking stores of MLflow."""
    jobs: bool
    """Batch jobs, and how far they are."""
    rules: bool
    """Deployment rules, and how far each is."""
    events: bool
    """Subscriptions, and how far each receiver is."""
    audit: bool
    """The audit log has grown."""
    others: list[str] = field(default_factory=list)
    """Topics of contributions besides these that changed."""


@dataclass(frozen=True)
class ServiceChanged:
    """Services of one workspace that appeared or changed, and names that went."""

    sequence: int
    workspace_id: str
    changed: list[Service]
    removed: list[str]
