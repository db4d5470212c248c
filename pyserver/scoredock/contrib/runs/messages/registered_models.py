"""Models that go to a registry of MLflow and come from one, and what is different on both sides."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.protocol.messages.models import Model

SyncDirection = Literal["", "push", "pull"]


@dataclass(frozen=True)
class ModelPublishParams:
    id: str
    name: str = ""
    """Of the registered model there; empty for the same name."""
    store: str = ""
    """Address of the server; empty for the first one of the settings."""
    overwrite: bool = False
    """Aliases and tags that have other values there get those of here."""
    workspace_id: str = ""
    work_done_token: str | int | None = None


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
class ModelBringParams:
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
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ModelBrought:
    model: Model
    reference: str
    """`models:/NAME/VERSION` that it came from."""
    is_new: bool


@dataclass(frozen=True)
class ModelSyncParams:
    name: str
    registered_name: str = ""
    """There; empty for the same name."""
    store: str = ""
    direction: SyncDirection = ""
    """Empty to change nothing."""
    overwrite: bool = False
    """Conflicts too, in the direction."""
    workspace_id: str = ""
    work_done_token: str | int | None = None


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
