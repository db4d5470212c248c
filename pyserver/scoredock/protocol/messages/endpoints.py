"""Endpoints: several services as the versions of one, behind one port, and files of Azure ML v2 that make one."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.deploy_options import Auth
from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask
from scoredock.protocol.messages.docker import RegistryCredential
from scoredock.protocol.messages.services import ModelToRegister
from scoredock.service import EngineName, Service, State
from scoredock.status import Status


@dataclass(frozen=True)
class EndpointLimits:
    """Above which the router withdraws a version by itself; the default version never is."""

    errors: int
    """Percent of its responses; 0 for any."""
    milliseconds: int
    """That 95 percent of its responses may take at most; 0 for any time."""
    seconds: int
    """So far back is looked."""
    requests: int
    """Fewer responses decide nothing."""


@dataclass(frozen=True)
class EndpointVersionDetails:
    """A service in its part as a version."""

    name: str
    service: str
    share: int
    """Percent of the requests that it gets, with what is left to it as the default version."""
    is_default: bool
    type: Literal["", "Control", "Treatment"]
    """Empty while no version is the control."""
    state: Literal[State, "Missing"]
    """Of its service; `Missing` when that is gone."""
    status: Status
    """That in words, with who answers its share while it takes no requests."""
    engine: str
    takes_requests: bool
    """False while its service is Failed, Stopped or Missing: requests that name it get an error."""
    answered_by: str
    """Whoever answers the requests of its share: itself, or while it takes none another one, or several in
    proportion to their shares, separated by commas; empty where nobody does."""
    away_since: float | None
    """Since when it takes no requests, seconds since the epoch; null while it takes them, or where nobody knows."""
    answered: int
    """Requests that it was given, answered well or not, since the endpoint was made."""
    failed: int
    """Of these, those with a status of 500 or above."""
    lost: int
    """Of these, those that it did not answer, so that the client got an error."""
    mean_ms: float | None
    """Of its answers; null before the first one."""
    copied: int
    """Copies of requests for other versions that it answered."""
    different: int
    """Of these, those that it answered otherwise than the version that the request was for."""
    incomparable: int
    """Of these, those that could not be compared: an answer that is not HTTP, or values that are nested too deeply."""
    uncopied: int
    """Copies that it did not answer."""
    dropped: int
    """Copies that were left out, as too many waited or they were too large."""
    copy_mean_ms: float | None
    """Of its answers to copies; null before the first one."""
    compared_mean_ms: float | None
    """Of the answers that they are compared with."""
    limits: EndpointLimits | None
    """Null where it is withdrawn by a person only."""
    withdrawn: str
    """Why the router withdrew it; empty where it did not."""
    withdrawn_at: float | None


@dataclass(frozen=True)
class EndpointDetails:
    """An endpoint and how it is right now."""

    name: str
    workspace_id: str
    state: State
    """Of its router; Unhealthy as well while a version with a share takes no requests."""
    phase: Literal["", "degraded"]
    """`degraded` while its router answers and a version with a share takes no requests."""
    status: Status
    """State and phase in words."""
    port: int | None
    """On this machine."""
    scoring_uri: str
    compute: str
    """Name of the compute target on which its router and its versions run; empty for this machine."""
    reason: str
    """Why its router is not well, or what it waits for, in one sentence; empty where there is nothing to say."""
    versions: list[EndpointVersionDetails]
    sticky_header: str
    """Requests with the same value of this header go to the same version; empty for none."""
    mirror: str
    """The version that gets copies of requests; empty for none."""
    mirror_share: int
    """Percent of the requests that are copied."""
    takeover: bool
    """Whether others answer the share of the default version while that takes no requests; else it gets 503."""
    divided_by: Literal["router", "gateway"]
    """Who divides the requests of callers outside of the cluster among the versions. Those that a Gateway divides are
    in no count of these versions; their services have them."""
    notes: list[str]
    """What is to be said of how these callers reach the endpoint, a sentence or two each."""
    created: float
    updated: float
    unanswered: int
    """Requests that went to no version: malformed ones, or while none took any."""
    log_file: str
    stamp: str
    """Another one after each change of versions, shares or copies."""
    changes: list[str]
    """What the request changed, or would change for a preview."""


@dataclass(frozen=True)
class EndpointList:
    endpoints: list[EndpointDetails]


@dataclass(frozen=True)
class EndpointChanged:
    """All endpoints of one workspace as they are now."""

    sequence: int
    workspace_id: str
    endpoints: list[EndpointDetails]


@dataclass(frozen=True)
class EndpointRef(WorkspaceTask):
    name: str


@dataclass(frozen=True)
class EndpointListParams(WorkspaceParams):
    """All endpoints of a workspace."""


@dataclass(frozen=True)
class EndpointCreateParams(WorkspaceParams):
    name: str
    version: str
    """Name of its first version."""
    service: str
    """The service that is that version."""
    port: int = 0
    """0 takes a free one."""
    sticky_header: str = ""
    takeover: bool = True
    through_router: bool = False
    """On a compute target with a Gateway: whether that leads all requests to the router."""


@dataclass(frozen=True)
class EndpointVersionParams(WorkspaceParams):
    """A version more, or a change of one; what is not said stays."""

    name: str
    version: str
    service: str = ""
    share: int | None = None
    is_default: bool = False
    is_control: bool = False
    limits: EndpointLimits | None = None
    preview: bool = False
    """Changes nothing and tells what would change."""
    expected: str = ""
    """The stamp of the endpoint that the person looked at; another one refuses the change."""


@dataclass(frozen=True)
class EndpointVersionRef(WorkspaceParams):
    name: str
    version: str
    preview: bool = False
    """Changes nothing and tells what would change."""
    expected: str = ""
    """The stamp of the endpoint that the person looked at; another one refuses the change."""


@dataclass(frozen=True)
class EndpointTrafficParams(WorkspaceParams):
    name: str
    traffic: dict[str, int] = field(default_factory=dict)
    """Percent by version; those that are not named get nothing. Empty leaves the shares."""
    default: str = ""
    """The version that gets what is left; empty leaves it."""
    preview: bool = False
    """Changes nothing and tells what would change."""
    expected: str = ""
    """The stamp of the endpoint that the person looked at; another one refuses the change."""


@dataclass(frozen=True)
class EndpointLimitsParams(WorkspaceParams):
    """Above which versions are withdrawn by the router; those that are not named keep theirs."""

    name: str
    limits: dict[str, EndpointLimits]
    """By version; 0 for errors and for milliseconds ends it."""
    preview: bool = False
    """Changes nothing and tells what would change."""
    expected: str = ""
    """The stamp of the endpoint that the person looked at; another one refuses the change."""


@dataclass(frozen=True)
class EndpointMirrorParams(WorkspaceParams):
    name: str
    version: str = ""
    """Empty ends the copies."""
    share: int = 0
    """Percent of the requests, 0 to 50."""
    preview: bool = False
    """Changes nothing and tells what would change."""
    expected: str = ""
    """The stamp of the endpoint that the person looked at; another one refuses the change."""


@dataclass(frozen=True)
class EndpointDifference:
    """An answer to a copy that was not as that of the version that the request was for."""

    time: float
    version: str
    compared_with: str
    difference: str
    """Where the answers differ first, and how."""
    request: str
    """Its body, shortened."""
    answers: list[str]
    """Bodies, shortened: of the version that the request was for, and of the one with the copy."""
    milliseconds: list[float]
    """In the same order."""


@dataclass(frozen=True)
class EndpointDifferences:
    name: str
    differences: list[EndpointDifference]
    """The first hundred, oldest first."""


@dataclass(frozen=True)
class DeployFilesParams(WorkspaceTask):
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
    deployment: str = ""
    """Name of the one deployment; empty for what its file says."""


@dataclass(frozen=True)
class DeploymentFileRef(WorkspaceParams):
    """A file of a deployment or of an endpoint."""

    path: str


@dataclass(frozen=True)
class DeploymentFileSet:
    """The files of one endpoint that lie together."""

    files: list[str]
    """That are proposed to be deployed; the first is the one that was asked about."""
    others: list[str]


@dataclass(frozen=True)
class PlannedDeployment:
    """Deployment that a deployment file describes."""

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
    """Endpoint and deployments that deployment files describe, before anything is made."""

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
    """Services and endpoint that were made of deployment files."""

    plan: FilesPlan
    services: list[Service]
    endpoint: EndpointDetails
