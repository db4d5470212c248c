"""Images that hold models, code and environment: recorded ones, and those made here by an image configuration."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask
from scoredock.protocol.messages.assets import Asset
from scoredock.protocol.messages.docker import RegistryCredential
from scoredock.visible import DATA

LayerHolds = Literal["base", "packages", "runtime", "environment", "model", "code", ""]
"""`environment`: compiled modules, in images that services run in. Empty for layers that are not of ours."""
FileDifferenceKind = Literal["added", "removed", "changed"]
LayerFileKind = Literal["file", "folder", "link", "other"]
ImageState = Literal["Registered", "Creating", "Succeeded", "Failed"]
"""`Registered`: only recorded, made elsewhere."""
ImageRuntime = Literal["python", "spark-py"]


@dataclass(frozen=True)
class ImagePush:
    """A registry that was given an image."""

    reference: str
    """With its tag."""
    digest: str
    """Of the manifest there."""
    time: float


@dataclass(frozen=True)
class Image:
    """One version of an image."""

    asset: Asset
    state: ImageState
    location: str
    """Reference that Docker knows it by."""
    size: int | None = None
    """Bytes, of one that was made here; of layers as they are stored where that was without Docker."""
    models: list[str] = field(default_factory=list)
    """`name:version` of what it holds."""
    step: str = ""
    """What a creation under way is at."""
    message: str = ""
    """Why the creation failed."""
    fix: str = ""
    services: list[str] = field(default_factory=list)
    """Services that were deployed from it."""
    digest: str = ""
    """Of the manifest of one that was made without Docker."""
    pushes: list[ImagePush] = field(default_factory=list)
    """Where it was pushed, the newest first."""


@dataclass(frozen=True)
class ImageListParams(WorkspaceParams):
    name: str = ""


@dataclass(frozen=True)
class Images:
    """Images of a workspace by name, newest version first."""

    images: list[Image]


@dataclass(frozen=True)
class ImageRef(WorkspaceParams):
    id: str
    """`name:version`, or `name` for the newest."""


@dataclass(frozen=True)
class ImageDetails:
    image: Image
    configuration: dict[str, str]
    """The fields of the image configuration that were given, in its own words; empty for one made elsewhere."""
    properties: dict[str, str]
    files: list[str]
    """Script, dependencies and configuration files that it holds."""


@dataclass(frozen=True)
class ImageCreateParams(WorkspaceTask):
    """An image configuration: the fields of Azure ML's ContainerImage."""

    name: str
    execution_script: str
    """Path of the script with init() and run(data)."""
    models: list[str] = field(default_factory=list)
    """`name:version`, or `name` for the newest."""
    runtime: ImageRuntime = "python"
    conda_file: str = ""
    docker_file: str = ""
    """A file with further instructions, which run on the base image, before the packages are installed."""
    schema_file: str = ""
    """Refused: the Swagger comes from what the script declares."""
    dependencies: list[str] = field(default_factory=list)
    """Further files and folders that the script needs."""
    enable_gpu: bool = False
    base_image: str = ""
    base_image_registry: str = ""
    cuda_version: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    registry_credentials: list[RegistryCredential] = field(default_factory=list)


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
class ImageLayersParams(WorkspaceTask):
    image: str
    """Name of a registered image, or a reference of a registry or of Docker."""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    """Docker's own sign-ins are used where none is given."""


@dataclass(frozen=True)
class ImageLayers:
    """Layers and sizes of an image."""

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
class ImageCompareParams(WorkspaceTask):
    first: str
    """Name of a registered image, or a reference of a registry or of Docker."""
    second: str
    registry_credentials: list[RegistryCredential] = field(default_factory=list)


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
    """Layers, files and variables in which two images agree or differ."""

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
class ImageTextsParams(WorkspaceTask):
    """A file of two images."""

    first: str
    second: str
    path: str
    """From the root of the images."""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)


@dataclass(frozen=True)
class ImageTexts:
    """The text of a file in both images; empty in one that lacks it in its own layers."""

    before: str = field(metadata=DATA)
    after: str = field(metadata=DATA)
