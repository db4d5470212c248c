"""Of what images consist, and what differs between two."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.protocol.messages.docker import RegistryCredential

LayerHolds = Literal["base", "packages", "runtime", "environment", "model", "code", ""]
"""`environment`: compiled modules, in images that services run in. Empty for layers that are not of ours."""
FileDifferenceKind = Literal["added", "removed", "changed"]
LayerFileKind = Literal["file", "folder", "link", "other"]


@dataclass(frozen=True)
class ImageLayer:
    """One layer of an image."""

    diff_id: str
    """Digest of its tar: the same in registries, in the workspace and in Docker."""
    digest: str
    """As it is stored and sent; empty where only Docker has it."""
    size: int | None
    """Bytes as it is stored and sent."""
    unpacked_size: int | None
    """Bytes of its tar, or of its files, where that is written down."""
    holds: LayerHolds
    instruction: str = ""
    """What made a layer of the base."""
    model: str = ""
    """`name:version` of the model that it is, as the image says it."""
    is_registered: bool = False
    """The workspace has this model."""
    shared_with: list[str] = field(default_factory=list)
    """Ids of the other images of the workspace that have this layer."""


@dataclass(frozen=True)
class ImageLayersParams:
    image: str
    """Name of a registered image, or a reference of a registry or of Docker."""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    """Docker's own sign-ins are used where none is given."""
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ImageLayers:
    """Of what an image consists."""

    reference: str
    digest: str
    """Of its manifest; empty where only Docker has it."""
    image_id: str
    """Digest of its configuration, by which Docker names it."""
    platform: str
    size: int
    """Bytes of its layers as they lie there: compressed in registries and the workspace, unpacked in Docker."""
    layers: list[ImageLayer]
    """The base's first."""


@dataclass(frozen=True)
class ImageCompareParams:
    first: str
    """Name of a registered image, or a reference of a registry or of Docker."""
    second: str
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ImageFileDifference:
    """A path at which two images differ."""

    path: str
    """From the root of the image."""
    change: FileDifferenceKind
    kind: LayerFileKind
    """Of the second image, of what is removed of the first. `folder` is all that layers of both have in a folder."""
    before_size: int | None
    """Bytes of a file."""
    after_size: int | None
    before_kind: LayerFileKind | None = None
    """Where it was something else."""
    is_comparable: bool = False
    """Its texts may be had: both are files of at most 64 kB."""


@dataclass(frozen=True)
class ImageComparison:
    """What two images have in common, and what not."""

    first: str
    """As it was named."""
    second: str
    same: list[ImageLayer]
    """Layers of both."""
    first_only: list[ImageLayer]
    second_only: list[ImageLayer]
    files: list[ImageFileDifference]
    """At most 2,000 of those that are counted; only of layers that not both have."""
    added: int
    removed: int
    changed: int
    variables: list[str]
    """Names of the environment variables that differ; values are never told."""


@dataclass(frozen=True)
class ImageTextsParams:
    """A file of two images."""

    first: str
    second: str
    path: str
    """From the root of the images."""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ImageTexts:
    """The text of a file in both images; empty in one that lacks it in its own layers."""

    before: str
    after: str
