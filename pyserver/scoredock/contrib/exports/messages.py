"""Messages of exports: what a service or a package is exported as, and what was written."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask
from scoredock.protocol.messages.docker import RegistryCredential
from scoredock.protocol.messages.packages import FunctionOptions

ExportKindId = Literal[
    "kubernetes",
    "kustomize",
    "helm",
    "kserve",
    "compose",
    "systemd",
    "app-service",
    "container-apps",
    "container-instances",
    "iot-edge",
    "functions",
    "run.sh",
]


@dataclass(frozen=True)
class ExportOptions:
    """Options for the target that runs it. Each field counts for the kinds that have it."""

    location: str = ""
    """Region of Azure."""
    dns_label: str = ""
    """First part of the host name of a container group."""
    namespace: str = ""
    """Of Kubernetes; empty for the one that is chosen when the files are applied."""
    replicas: int = 0
    """0 for what the deployment configuration said."""
    pull_secret: str = ""
    """Secret of Kubernetes with the login to the registry."""
    host_port: int = 5001
    """Port of the machine or the device."""
    cpu: float | None = None
    """Cores; without it what the deployment configuration said."""
    memory_gb: float | None = None
    environment_variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PackageExportParams(WorkspaceTask):
    """Write what another place needs to run a packaged image, or a packaged folder."""

    image: str
    """Record of the workspace (`name:version`), a reference, or the absolute path of a packaged folder."""
    kind: ExportKindId
    output_path: str
    """A file that does not exist yet, or a folder that is new or empty."""
    name: str = ""
    """What it is called there; empty for the last part of the image's name."""
    options: ExportOptions = field(default_factory=ExportOptions)
    push: str = ""
    """Where the image is pushed first; empty when that was done."""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    """For that push; without any, Docker's own logins count."""


@dataclass(frozen=True)
class PackageExported:
    path: str
    """The file or the folder."""
    main: str
    """The file that a person reads first."""
    files: list[str]
    """Names below a folder; the one name of a file."""
    image: str
    """What the files name: of an image that was pushed its digest in the registry. Empty where they name none."""
    fill_in: list[str]
    """Names of what whoever deploys it gives: nothing secret is in the files."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ServiceExportParams(WorkspaceTask):
    """Write what another place needs to run a service."""

    name: str
    output_path: str
    """Absolute path of a file that does not exist yet, or of a folder that is new or empty."""
    kind: ExportKindId = "kubernetes"
    image: str = ""
    """Record or reference of the image; empty for that of the cluster, or the newest that was made of the service."""
    target_name: str = ""
    """What it is called there; empty for the name of the service."""
    base_image: str = ""
    """Of an app of Azure Functions; empty for the official image of the environment's Python."""
    functions: FunctionOptions = field(default_factory=FunctionOptions)
    options: ExportOptions = field(default_factory=ExportOptions)
    secret_path: str = ""
    """Of a service in a cluster, as objects: absolute path of a new file for the Secret with its values, which is for
    nobody's git; empty for none."""


@dataclass(frozen=True)
class ServiceExported:
    """Files that were written."""

    folder: str
    """The folder, or the one file."""
    main: str
    """The file that a person reads first."""
    files: list[str]
    """Names in the folder."""
    image: str = ""
    """What the files name; empty where they name none."""
    fill_in: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    secret: str = ""
    """Name of the Secret that has to be there before; empty for none."""
    secret_path: str = ""
    """The file that has it; empty where it was not written."""


@dataclass(frozen=True)
class ExportKindsParams(WorkspaceParams):
    """Subject whose kinds of export are asked for: a service, or an image."""

    of: Literal["service", "image"]
    service: str = ""


@dataclass(frozen=True)
class ExportChoice:
    """A kind of export, as a person chooses it."""

    kind: ExportKindId
    title: str
    detail: str
    is_folder: bool
    file: str
    """The name that is proposed."""


@dataclass(frozen=True)
class ExportKinds:
    kinds: list[ExportChoice]
