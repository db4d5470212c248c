"""Packages: a service, or what would be one, as a Docker build context or as a ready image; what becomes of it then."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.deploy_options import PackageOptions
from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceTask
from scoredock.protocol.messages.docker import RegistryCredential

PackageForm = Literal["folder", "image", "content", "functions"]
PackageAttachment = Literal["sbom", "provenance"]


@dataclass(frozen=True)
class FunctionOptions:
    """Trigger of an app of Azure Functions, its input and its output."""

    trigger: Literal["http", "blob", "service_bus_queue"] = "http"
    auth_level: str = ""
    """Of HTTP: anonymous, function or admin; empty for function, and for anonymous where the service asks for keys."""
    input: str = ""
    """`container/{blobname}` of a blob, or the name of a queue; empty for `input`."""
    output: str = ""


@dataclass(frozen=True)
class PackageCreateParams(PackageOptions):
    """Arguments that say what to package: a service, or models and configurations as for a deployment."""

    service: str = ""
    """A deployed one; the fields of a deployment are left empty then."""
    form: PackageForm = "folder"
    output_path: str = ""
    """Of a folder: one that does not exist yet or is empty."""
    functions: FunctionOptions = field(default_factory=FunctionOptions)
    """Of an app of Azure Functions, which is a folder as well."""
    name: str = ""
    """Of the image, with the registry that it goes to; empty for `package`."""
    label: str = ""
    """Empty for the time, as `20190822181338`."""
    base_image: str = ""
    """Of a folder; empty for the official Python image of the environment's version."""
    to: list[str] = field(default_factory=list)
    """Of an image of content, which needs no Docker: `oci:FOLDER` or `archive:FILE`, each; all are written, or none."""
    push: str = ""
    """Of an image of content: its reference in a registry."""
    base: str = ""
    """Of an image of content: `oci:FOLDER`, `archive:FILE` or a reference; empty for the environment's base image."""
    platforms: list[str] = field(default_factory=list)
    """Of an image of content, each as `linux/arm64`; none for that of this machine, several for a list of images."""
    attach: list[PackageAttachment] = field(default_factory=list)
    """What lies beside an image of content, as artifacts that name it."""
    compression: Literal["gzip", "zstd"] = "gzip"
    """Of the layers of an image of content."""
    offline: bool = False
    """Of an image of content: nothing is asked of a registry for its base image."""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    """For the registry of a base image that Docker has to get; without one for it Docker's own sign-ins count."""
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class PackagePlatform:
    """An image of content for one platform."""

    platform: str
    """As `linux/arm64`."""
    digest: str
    """Of its manifest."""
    image_id: str


@dataclass(frozen=True)
class Package:
    """A finished package, by the names of v1's ModelPackage where it has one."""

    generate_dockerfile: bool
    """True for a folder."""
    state: Literal["Succeeded"]
    location: str
    """The folder, or the reference of the image."""
    image: str
    """What the image is called, or will be called when the folder is built."""
    image_id: str
    base_image: str
    size: int
    """Bytes."""
    context_digest: str
    """SHA-256 of what the image is made from; equal where the same is packaged."""
    lock_digest: str
    tree_digest: str
    """Of all files of a folder; empty for an image."""
    build: list[str]
    """The command that makes the image, in the folder; empty for a ready image."""
    run: list[str]
    record: str
    """`name:version` of the record of a ready image."""
    notes: list[str]
    """What is different from the service here."""
    digest: str = ""
    """Of the manifest of an image of content, or of the list of several."""
    images: list[PackagePlatform] = field(default_factory=list)
    """Those of content, one for each platform."""
    attached: int = 0
    """How many artifacts lie beside them."""
    path: str = ""
    """The layout or the archive with it; the first of several."""
    paths: list[str] = field(default_factory=list)
    """All of them."""
    pushed: str = ""
    """What it is called in a registry, with its digest; empty when it was not pushed."""
    sent_bytes: int = 0
    """That the registry lacked."""
    present_bytes: int = 0
    """That it had."""


@dataclass(frozen=True)
class PackageImageParams(WorkspaceTask):
    """A packaged image, to be pushed, pulled or asked for its registry."""

    image: str
    """Record of the workspace (`name:version`), or the reference that Docker knows it by."""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    """Without any, Docker's own logins count."""


@dataclass(frozen=True)
class PackagePushParams(PackageImageParams):
    """A packaged image, and where it goes."""

    to: str = ""
    """`registry.example.com/team/diabetes:3`; empty for the registry in its name."""


@dataclass(frozen=True)
class PackageMoved:
    """An image that was pushed or pulled."""

    image: str
    digest: str
    """In the registry when pushed, the image's id when pulled."""


@dataclass(frozen=True)
class PackagePushed(PackageMoved):
    """An image that a registry has now."""

    sent_bytes: int | None = None
    """What the registry lacked, without manifests; None where Docker did it."""
    present_bytes: int | None = None
    """What it had already."""


@dataclass(frozen=True)
class PackageSaveParams(WorkspaceTask):
    image: str
    output_path: str
    """A file that does not exist yet; of an image that was made without Docker also a folder, for an OCI layout."""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    """For an image that is read from its registry, as Docker does not have it."""


@dataclass(frozen=True)
class PackageSaved:
    path: str
    size: int
    load: list[str]
    """The command that puts the image into a Docker."""


@dataclass(frozen=True)
class PackageRegistry:
    """Registry that an image is pushed to; never a password."""

    address: str
    username: str
    """Empty when nobody has logged in there."""
    login: list[str]
    """The command that logs in, which reads the password from standard input."""
