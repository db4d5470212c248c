"""Deployment files of Azure ML v2: what they come to, and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from scoredock.deploy_options import Auth
from scoredock.protocol.messages.docker import RegistryCredential
from scoredock.protocol.messages.endpoints import EndpointDetails
from scoredock.protocol.messages.services import ModelToRegister
from scoredock.service import EngineName, Service


@dataclass(frozen=True)
class DeployFilesParams:
    """Deployment files of Azure ML v2, and that of their endpoint; of one endpoint."""

    files: list[str]
    name: str = ""
    """Of the endpoint; empty for what the files say."""
    engine: EngineName = ""
    compute: str = ""
    """Compute target, as in a deployment; empty for what the file of the endpoint says."""
    port: int = 0
    """Of a new endpoint; 0 takes a free one."""
    auth: Auth = ""
    """Goes before what the file of the endpoint says."""
    overwrite: bool = False
    """Replace deployments that are there already."""
    skip_checks: bool = False
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class DeploymentFileRef:
    """A file of a deployment or of an endpoint."""

    path: str
    workspace_id: str = ""


@dataclass(frozen=True)
class DeploymentFileSet:
    """The files of one endpoint that lie together."""

    files: list[str]
    """That are proposed to be deployed; the first is the one that was asked about."""
    others: list[str]


@dataclass(frozen=True)
class PlannedDeployment:
    """What a deployment file comes to."""

    file: str
    name: str
    """The version of the endpoint that it is."""
    service: str
    exists: bool
    """Whether there is a service of that name, which is replaced."""
    models: list[str]
    """Registered ones."""
    register_models: list[ModelToRegister]
    """That the deployment registers first."""
    entry_script: str
    """Empty for a model that needs none."""
    environment: str
    """A registered or curated one, or the name under which it is registered; empty for the default of the model."""
    environment_file: str
    environment_variables: list[str]
    """Their names."""
    settings: dict[str, str]
    """In the words of a deployment configuration of v1, by path."""
    notes: list[str]


@dataclass(frozen=True)
class FilesPlan:
    """What deployment files come to before anything is made."""

    endpoint: str
    exists: bool
    file: str
    """That describes it; empty for none."""
    auth: Auth
    engine: EngineName
    compute: str
    traffic: dict[str, int]
    """Percent by version, with what falls to the default one."""
    default: str
    mirror: str
    mirror_share: int
    deployments: list[PlannedDeployment]
    notes: list[str]


@dataclass(frozen=True)
class DeployedFiles:
    """What was made of deployment files."""

    plan: FilesPlan
    services: list[Service]
    endpoint: EndpointDetails
