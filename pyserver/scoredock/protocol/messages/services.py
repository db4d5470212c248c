"""Services: deploy, change, call, measure, debug."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.deploy_options import Auth, DeployOptions, UpdateOptions
from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask
from scoredock.protocol.messages.docker import RegistryCredential
from scoredock.service import EngineName, RequestFailure, Service
from scoredock.visible import DATA, LINES


@dataclass(frozen=True)
class ServiceListParams(WorkspaceParams):
    all: bool = False
    """Those of every workspace on this machine."""
    refresh: bool = False
    """Waits longer for clusters that do not answer."""


@dataclass(frozen=True)
class ServiceList:
    services: list[Service]


@dataclass(frozen=True)
class ServiceRef(WorkspaceTask):
    name: str


@dataclass(frozen=True)
class ServiceStopParams(WorkspaceTask):
    name: str
    now: bool = False
    """Without waiting for requests under way; those that a stop under way waits for are cut off as well."""


@dataclass(frozen=True)
class ServiceDeleteParams(WorkspaceTask):
    name: str
    force: bool = False
    """Also when its engine does not answer, which gives up what it holds of it when it is used again."""


@dataclass(frozen=True)
class ModelToRegister:
    """Files that become the next version of a model, unless its newest version holds exactly these already."""

    name: str
    paths: list[str]
    """Absolute; a file, a folder, or several that become one version together."""
    version: int = 0
    """What it will be, as far as a proposal knows; nothing that can be asked for."""


@dataclass(frozen=True)
class ServiceProposeParams(WorkspaceParams):
    path: str
    """An entry script, an inference or deployment configuration, a model file, or a folder. Empty for a registered
    model that is served without code."""
    models: list[str] = field(default_factory=list)
    """Registered models that the person has chosen already."""
    model_file: str = ""
    """A model file or folder that the person has chosen already."""
    again: bool = False
    """Of a folder the script that was deployed last, instead of the nearest."""
    without_code: bool = False
    """The model itself: scripts and configurations that lie beside it are not meant."""


@dataclass(frozen=True)
class ComputeChoice:
    """A compute target that services run on."""

    place: str
    """Where it is, in a few words."""
    engine: EngineName


@dataclass(frozen=True)
class ServiceProposal:
    """One deployment that can be made as it is, from what lies in the folder and what was chosen the last time for this
    script; and what else each part of it can be."""

    name: str
    models: list[str]
    """Registered ones: what was chosen, what this script was deployed with, or what holds the files that it loads."""
    register_models: list[ModelToRegister]
    """What is registered on the way."""
    model_state: Literal["chosen", "deployed", "held", "file", "several", "missing", "none"]
    """Why these: `chosen` by the person, `deployed` with this script, `held`: a registered model holds what the script
    loads, `file`: so does a file of the project, `none`: the script loads no model. Not certain, and therefore asked
    for: `several` can be meant, what the script loads is `missing`."""
    loads: list[str]
    """What the script loads of its models, for people."""
    model_files: list[ModelToRegister]
    """Files of the project that can be registered."""
    changed_file: str
    """Name of a file of the project that is another one than in the model that this script was deployed with."""
    model_choices: list[str]
    """The newest version of each model as `name:version`, those that hold what the script loads first, then newest
    first; at most 200."""
    script: str
    """The entry script that is meant, whether a configuration names it or not; empty without one."""
    script_state: Literal["certain", "several", "missing", "no-code"]
    """`several`: the folder has some of the same right, and one is to be chosen. `no-code`: there is none, and the
    model is served without."""
    no_code: str
    """What the model without an entry script is; empty where there is a script, or none can be made for it."""
    entry_script: str
    """Empty where the inference configuration names it."""
    entry_scripts: list[str]
    source_directory: str
    """The folder that goes along: that of the last time, or the script's own where it imports or reads what lies
    there."""
    inference_config: str
    """The one that names the script."""
    inference_configs: list[str]
    configured_environment: str
    """File or name of the environment that the inference configuration names; empty where it names none."""
    deployment_config: str
    deployment_configs: list[str]
    environment_file: str
    environment_files: list[str]
    environment: str
    """Registered or curated environment that was named the last time; empty when a file or none was."""
    environments: list[str]
    """Registered ones as `name:version`, the newest of each name."""
    environment_variables: dict[str, str]
    """Those of the last time, as are description, tags and port."""
    description: str = field(metadata=LINES)
    tags: dict[str, str]
    port: int | None
    deployed_before: bool
    """Whether this script was, or this model without one."""
    engine: EngineName
    """That of the last time."""
    compute: str
    """The compute target of the last time, or that the configuration names, where it is attached; empty for this
    machine."""
    computes: dict[str, ComputeChoice]
    """Those that are attached, by name."""
    develop: bool
    """Whether the service of the last time takes changed files on its compute target."""
    auth: Auth
    """What callers had to send the last time, where that was said by hand."""
    existing_services: list[str]


@dataclass(frozen=True)
class ServiceDeployParams(DeployOptions):
    """Arguments of a deployment. Paths are absolute; an inference configuration gives what is left empty here."""

    name: str
    register_models: list[ModelToRegister] = field(default_factory=list)
    """Registered first, and deployed besides `models`; they stay registered when the deployment fails, and the error
    says so."""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    """For the registry of a base image that Docker has to get; without one for it Docker's own sign-ins count."""
    keep_refused: bool = False
    """A service that the checks refuse stays as Failed, with what they found in its log, unless there is one of that
    name that was deployed."""
    inference_source: str = ""
    """The person's file that stands behind an inference configuration that a program wrote; errors name that one."""
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServiceUpdateParams(UpdateOptions):
    """Changes to a service. A field that is null or empty stays as it was; the entry script and its folder are read
    again in any case."""

    name: str
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    """For the registry of a base image that Docker has to get; without one for it Docker's own sign-ins count."""
    inference_source: str = ""
    """The person's file that stands behind an inference configuration that a program wrote; errors name that one."""
    workspace_id: str = ""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServiceDescribeParams(WorkspaceParams):
    """Changes to description, tags and properties of a service, which goes on meanwhile."""

    name: str
    description: str | None = None
    set_tags: dict[str, str] = field(default_factory=dict)
    remove_tags: list[str] = field(default_factory=list)
    add_properties: dict[str, str] = field(default_factory=dict)
    """They are never changed."""


@dataclass(frozen=True)
class ServiceConfiguration:
    """Values of a deployment configuration and of the options of a deployment."""

    compute_type: str
    """local, aci, aks or aksendpoint; empty where no configuration was given."""
    values: dict[str, str | float | bool | None]
    """By path, such as `containerResourceRequirements.cpu`; never keys."""
    properties: dict[str, str]
    timeout: float
    """Seconds that an answer may take; 0 for any time."""


@dataclass(frozen=True)
class ServiceReloadParams(WorkspaceTask):
    name: str
    force: bool = False
    """Also when it serves these very files, or has refused them before."""


@dataclass(frozen=True)
class ServiceReload:
    outcome: Literal["reloaded", "unchanged"]
    service: Service
    notes: list[str]
    """What changed and needs an update to be served."""


@dataclass(frozen=True)
class ServicePlacesParams(WorkspaceParams):
    name: str
    files: list[str]
    """Paths as tracebacks of the service have them."""


@dataclass(frozen=True)
class ServicePlaces:
    files: list[str]
    """The same with the person's own file in place of its staged copy, where that is there."""


@dataclass(frozen=True)
class ServiceStopAllParams:
    all: bool = False
    """In every workspace, not only the active one."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServiceStartAllParams:
    all: bool = False
    """In every workspace, not only the active one."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServiceNames:
    names: list[str]


@dataclass(frozen=True)
class RequestPart:
    """One field of a form of several parts."""

    name: str
    text: str = ""
    path: str = ""
    """Of the file that is sent; empty for one whose bytes are in `content`."""
    content: str = ""
    """Base64."""
    is_file: bool = False
    file_name: str = ""
    """As it is sent; empty for none."""
    content_type: str = ""
    """Empty for none, and of a file for what its name says."""


@dataclass(frozen=True)
class ServiceCallParams(WorkspaceParams):
    name: str
    body: str
    """Text; of bytes that are none their Base64, where `encoding` says so; of a GET the query."""
    method: Literal["POST", "GET", "OPTIONS", "PUT", "PATCH", "DELETE", "HEAD", "QUERY", "TRACE"] = "POST"
    content_type: str = "application/json"
    timeout: float = 60.0
    """Seconds."""
    key: str | None = None
    """A key or token to show, empty for none; null shows the service's own."""
    encoding: Literal["text", "base64"] = "text"
    file_field: str = ""
    """That of the proposed request, where the body is a form with a file."""
    headers: dict[str, str] = field(default_factory=dict)
    """Further headers, which go before ours."""
    query: str = ""
    """Of a request with a body: what follows the question mark."""
    route: str = "/score"
    """The path of the address."""
    parts: list[RequestPart] = field(default_factory=list)
    """Of a form, in place of a body and its content type."""
    endpoint: str = ""
    """Sends it to this endpoint, of which the service is a version."""
    follows: bool = False
    """Goes where a redirect within the service leads."""


@dataclass(frozen=True)
class ServiceSendParams(ServiceCallParams):
    """Arguments of a call whose response is told in parts while it comes, and is bounded."""

    stream: str = ""
    """What the parts of the response are named by."""


@dataclass(frozen=True)
class ResponseReceived:
    """A response that takes its time: what has come since the last time."""

    stream: str
    status: int
    text: str
    """More of the text; empty beyond what can be shown, and where the response is not text."""
    size: int
    """Bytes that have come in all."""


@dataclass(frozen=True)
class ResponseTable:
    path: str
    """Where in the body the rows are, such as `$.result`."""
    columns: list[str]
    rows: list[list[str]]
    """The first of them, each cell as the body writes it."""
    row_count: int
    column_count: int


@dataclass(frozen=True)
class ServiceResponse:
    """Response of a service, ready to be shown; a long body lies in a file."""

    status: int
    milliseconds: float
    headers: dict[str, str]
    media: Literal["json", "text", "image", "binary", "empty"]
    text: str
    """The body, or its beginning; empty where it is no text."""
    base64: str
    """The body where it is no text, and no file has it."""
    image_type: str
    """Of an image: its media type."""
    size: int
    """Bytes of the whole body."""
    is_whole: bool
    """`text` or `base64` is the whole body."""
    is_cut: bool
    """The response was larger than what is received at most."""
    file: str
    """Where the whole body lies until newer ones come; empty where it is here."""
    file_name: str
    """Proposed where the body is saved."""
    table: ResponseTable | None
    problem: str
    """Error code when the service itself refused the caller; empty for whatever the script answered."""
    advice: str
    """What to do about it."""
    failure: RequestFailure | None
    log_lines: list[str]
    """Of this request, when it failed."""
    log_since: int
    """The last line of the log before it was sent."""
    wire_size: int
    """Bytes that came of the body; others than `size` where it came compressed."""
    encoding: str
    """How it came compressed; empty where the body is as it came."""
    redirects: list[str]
    """Status and address of each redirect on the way here."""


@dataclass(frozen=True)
class RequestLogParams(WorkspaceParams):
    """Arguments that name the request whose lines of the log are asked for."""

    name: str
    since: int
    status: int
    request_id: str
    """The header `x-ms-request-id` of its response."""
    route: str = "/score"


@dataclass(frozen=True)
class RequestLog:
    lines: list[str]


@dataclass(frozen=True)
class ServiceKeys:
    """Either opens the service."""

    primary_key: str = field(metadata=DATA)
    secondary_key: str = field(metadata=DATA)


@dataclass(frozen=True)
class ServiceRegenerateKeyParams(WorkspaceParams):
    name: str
    key: str
    """Primary or Secondary."""
    value: str = ""
    """The new key; one is made when it is empty."""


@dataclass(frozen=True)
class ServiceToken:
    """Token of a service, in the names of v1."""

    access_token: str = field(metadata=DATA)
    token_type: str
    refresh_after: float
    """Seconds since the epoch, as is `expiry_on`."""
    expiry_on: float


@dataclass(frozen=True)
class ServiceAnswer:
    status: int
    milliseconds: float
    headers: dict[str, str]
    body: str = field(metadata=DATA)
    """As text; bytes that are not UTF-8 are shown as escapes."""
    problem: str = ""
    """Error code when the service itself refused the caller; empty for whatever the script answered."""
    advice: str = ""
    """What to do about it."""
    base64: str = field(default="", metadata=DATA)
    """The body as it came, where it is not UTF-8; empty for all other bodies."""
    failure: RequestFailure | None = None
    """What was raised, of a status of 500 or above; null as well where the service did not tell."""
    log_lines: list[str] = field(default_factory=list, metadata=LINES)
    """Of this request, when it failed."""
    is_cut: bool = False
    """The response was larger than what is received at most; the rest is missing."""
    head: list[str] = field(default_factory=list)
    """The status line and the headers as they came; a name may be there more than once."""
    connect_milliseconds: float = 0.0
    """Until the connection stood, before anything was sent."""
    first_byte_milliseconds: float = 0.0
    """From sending to the beginning of the response; `milliseconds` is to its last byte."""
    size: int = 0
    """Bytes of the body."""
    wire_size: int = 0
    """Bytes that came of it; others than `size` where it came compressed."""
    encoding: str = ""
    """How it came compressed; empty where the body is as it came."""
    redirects: list[str] = field(default_factory=list)
    """Status and address of each redirect on the way here."""


@dataclass(frozen=True)
class RequestBody:
    """A request that fits a service."""

    body: str = field(metadata=DATA)
    """Text, or Base64 of bytes that are none; of a GET the query."""
    reason: str
    """Where it comes from, as a sentence."""
    source: Literal["answered", "file", "schema", "dataset", "model", "script", "guess"]
    method: Literal["POST", "GET"]
    content_type: str
    encoding: Literal["text", "base64"]
    file_field: str
    """Of a form with a file: the name of that field; else empty."""


@dataclass(frozen=True)
class ServiceSample(RequestBody):
    """The request to begin with, and the others that are known: the last one that was answered, a sample file beside
    the script, the schema's sample, the sample dataset of a model, the signature of a model, what the script reads."""

    others: list[RequestBody]


@dataclass(frozen=True)
class ServiceFileBodyParams:
    """Arguments that name the file that a request is to be made of."""

    path: str
    file_field: str = ""
    """Send it as this field of a form; empty sends its bytes."""


ClientLanguage = Literal["python", "csharp", "java", "go", "javascript", "curl"]


@dataclass(frozen=True)
class ServiceClientParams(WorkspaceParams):
    """A program that calls a service."""

    name: str
    language: ClientLanguage


@dataclass(frozen=True)
class ServiceClient:
    """The program. It reads the key or token from an environment variable."""

    language: ClientLanguage
    file_name: str
    """What the file is usually called."""
    text: str = field(metadata=DATA)


@dataclass(frozen=True)
class PathMapping:
    """Folder of this machine and the same folder in a service, in the words of debugpy."""

    local_root: str
    remote_root: str


@dataclass(frozen=True)
class ServiceDebugTarget:
    """Entry script and paths that an editor needs before it listens for the service."""

    entry_script: str
    path_mappings: list[PathMapping]


@dataclass(frozen=True)
class ServiceDebugParams(WorkspaceTask):
    name: str
    port: int
    """Where a debugger listens on 127.0.0.1 already."""
    skip_checks: bool = False


@dataclass(frozen=True)
class ServiceDebug:
    service: Service
    path_mappings: list[PathMapping]
