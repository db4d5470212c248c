"""Images that hold models, code and environment: recorded ones, and those made here by an image configuration."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.protocol.messages.assets import Asset
from scoredock.protocol.messages.docker import RegistryCredential

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
class ImageListParams:
    name: str = ""
    workspace_id: str = ""


@dataclass(frozen=True)
class Images:
    """By name, newest version first."""

    images: list[Image]


@dataclass(frozen=True)
class ImageRef:
    id: str
    """`name:version`, or `name` for the newest."""
    workspace_id: str = ""


@dataclass(frozen=True)
class ImageDetails:
    image: Image
    configuration: dict[str, str]
    """The fields of the image configuration that were given, in its own words; empty for one made elsewhere."""
    properties: dict[str, str]
    files: list[str]
    """Script, dependencies and configuration files that it holds."""


@dataclass(frozen=True)
class ImageCreateParams:
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
    workspace_id: str = ""
    work_done_token: str | int | None = None
