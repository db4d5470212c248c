"""Models as images and artifacts: pushed, and registered again."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceTask
from scoredock.protocol.messages.docker import RegistryCredential

ModelForm = Literal["image", "artifact"]
"""An image with the files below `/models`, or an artifact with each file as a blob of its own."""


@dataclass(frozen=True)
class ModelPushParams(WorkspaceTask):
    """Write a version as an image or artifact, without Docker: to a registry, a file, or both."""

    id: str
    push: str = ""
    """`REGISTRY/NAME:TAG`, with or without `oci://`; empty for none."""
    to: list[str] = field(default_factory=list)
    """`oci:FOLDER` or `archive:FILE`, each; all are written, or none."""
    form: ModelForm = "image"
    base: str = ""
    """What the image is put on: `oci:FOLDER`, `archive:FILE` or a reference; empty for nothing."""
    platform: str = ""
    """Which image of the base, as linux/arm64; empty for linux/amd64."""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    """Instead of Docker's own sign-ins. Not kept."""


@dataclass(frozen=True)
class ModelPushed:
    """Result of pushing a model."""

    id: str
    """`name:version` of the model."""
    digest: str
    """Of the manifest; equal models have an equal one."""
    image: str = ""
    """`REGISTRY/NAME:TAG@DIGEST`; empty where nothing went to a registry."""
    path: str = ""
    """The layout or archive; the first of several."""
    paths: list[str] = field(default_factory=list)
    """All of them."""
    sent_bytes: int = 0
    present_bytes: int = 0
    """What the registry had already."""


@dataclass(frozen=True)
class ModelRegisterImageParams(WorkspaceTask):
    """Register the model in an image or artifact; what is empty here is taken from there."""

    image: str
    """`oci://REGISTRY/NAME:TAG`, `oci:FOLDER[:TAG]` or `archive:FILE`."""
    name: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    framework: str = ""
    framework_version: str = ""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    """Instead of Docker's own sign-ins. Not kept."""
