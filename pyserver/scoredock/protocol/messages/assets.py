"""Datasets, environments and images: versioned records of a workspace beside its models."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams
from scoredock.visible import LINES

AssetKind = Literal["dataset", "environment", "image"]


@dataclass(frozen=True)
class Asset:
    """One version of a dataset, an environment or an image."""

    kind: AssetKind
    id: str
    """`name:version`."""
    name: str
    version: int
    description: str = field(metadata=LINES)
    tags: dict[str, str]
    created: float
    created_by: str
    summary: str
    """One line: `12 rows · 1.4 kB`, `conda · Python 3.11 · 6 packages`, the reference of an image."""
    used_by: list[str] = field(default_factory=list)
    """Services, or models that name it as their sample."""
    deleted: float | None = None


@dataclass(frozen=True)
class AssetListParams(WorkspaceParams):
    kind: AssetKind | None = None
    """All kinds when left out."""
    name: str = ""
    latest: bool = False
    deleted: bool = False


@dataclass(frozen=True)
class AssetList:
    assets: list[Asset]


@dataclass(frozen=True)
class AssetRef(WorkspaceParams):
    kind: AssetKind
    id: str
    """`name:version`, or `name` for the newest."""


@dataclass(frozen=True)
class AssetDetails:
    asset: Asset
    text: str
    """What it holds, for reading: request bodies, the conda file or requirements, the facts of an image."""
    language: str
    """Of `text`: `jsonl`, `yaml`, `pip-requirements`, `dockerfile`, `json`."""
    truncated: bool = False


@dataclass(frozen=True)
class AssetUpdateParams(WorkspaceParams):
    kind: AssetKind
    id: str
    description: str | None = None
    set_tags: dict[str, str] = field(default_factory=dict)
    remove_tags: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DatasetRegisterParams(WorkspaceParams):
    path: str
    """A text file with one request body a line (.jsonl, .txt), or a JSON file that holds a list of bodies."""
    name: str
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DatasetCollectParams(WorkspaceParams):
    """The collected inputs of a service as a new version of a dataset."""

    service: str
    name: str
    """Of the dataset; empty for `SERVICE-inputs`."""
    since: str = ""
    """A date, a date and time, or a period before now (`7d`); empty for no bound."""
    until: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DatasetCollected:
    asset: Asset
    rows: int
    left_out: int
    """Older rows, where there are more than a dataset may have."""
    skipped: int
    """Lines of the collected files that could not be read."""


@dataclass(frozen=True)
class DatasetRowsParams(WorkspaceParams):
    id: str
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True)
class DatasetRows:
    rows: list[str]
    total: int


@dataclass(frozen=True)
class EnvironmentRegisterParams(WorkspaceParams):
    """Exactly one of `path`, `image` and `clone` says where it comes from."""

    name: str
    path: str = ""
    """conda YAML, pip requirements, or an azureml_environment.json."""
    image: str = ""
    """Reference of a Docker image that holds the environment."""
    clone: str = ""
    """`name` or `name:version` of a registered environment, or a curated one such as AzureML-Minimal."""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CuratedEnvironment:
    name: str
    summary: str


@dataclass(frozen=True)
class CuratedEnvironments:
    environments: list[CuratedEnvironment]


@dataclass(frozen=True)
class ImageRegisterParams(WorkspaceParams):
    """Record an image that lies in a registry or on this machine."""

    name: str
    reference: str
    """`registry.example.com/team/image:tag` or with a digest."""
    models: list[str] = field(default_factory=list)
    """`name:version` of what it holds."""
    environment: str = ""
    """`name:version`."""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
