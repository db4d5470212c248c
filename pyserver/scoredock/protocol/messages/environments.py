"""Environments as they are built: in which form, how far, of what, for whom; and the logs of builds."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask
from scoredock.protocol.messages.assets import Asset
from scoredock.protocol.messages.docker import RegistryCredential
from scoredock.visible import DATA, LINES

EnvironmentForm = Literal["process", "image"]
"""A folder with an interpreter on this machine, or a Docker image."""
EnvironmentOrigin = Literal["registered", "curated", "service"]
"""`service`: nobody registered it, a deployment asked for it."""
BuildState = Literal["NotBuilt", "Building", "Ready", "Failed", "Interrupted"]
"""`Interrupted`: the process that built was killed."""


@dataclass(frozen=True)
class EnvironmentBuild:
    """One form of an environment."""

    form: EnvironmentForm
    state: BuildState
    key: str = ""
    """Of what was built; equal keys are one and the same."""
    size: int | None = None
    """Bytes on disk."""
    python: str = ""
    """Version."""
    interpreter: str = ""
    """Path of its Python, of one that is ready as a process."""
    variables: dict[str, str] = field(default_factory=dict)
    """What a process in it is given, CONDA_PREFIX or JAVA_HOME for example."""
    packages: int | None = None
    created: float | None = None
    reference: str = ""
    """Of the Docker image."""
    step: str = ""
    """What a build under way is at."""
    message: str = ""
    """Why the last build failed."""
    fix: str = ""
    used_by: list[str] = field(default_factory=list)
    """Services that run, or ran last, with exactly this."""
    jobs: list[str] = field(default_factory=list)
    """Batch jobs that work with exactly this, or may go on with it."""
    text: str = ""
    """How far it is, in the words that every view and the command line have."""
    notes: list[str] = field(default_factory=list)
    """Of the answer to a build for scripts: what was added, and what stands for what."""


@dataclass(frozen=True)
class Environment:
    """An environment: registered, ready-made, or made for services; with what was built of it. Several builds for
    processes have the same packages and Python, each with another interpreter or runtime."""

    id: str
    """`name:version` of a registered one, else the name of a ready-made one, else the key of what was built."""
    name: str
    """For people."""
    origin: EnvironmentOrigin
    summary: str
    asset: Asset | None
    """The record of a registered one."""
    builds: list[EnvironmentBuild]
    text: str = ""
    """How far all of them are, as one text."""
    used_by: list[str] = field(default_factory=list)
    """Services that run, or ran last, with any of the builds, batch jobs that may go on with one, and whatever names
    the registered one; for people."""


@dataclass(frozen=True)
class EnvironmentListParams(WorkspaceParams):
    name: str = ""
    """Only registered ones of this name."""


@dataclass(frozen=True)
class Environments:
    """Registered ones by name and newest version first, then those that only services asked for."""

    environments: list[Environment]


@dataclass(frozen=True)
class EnvironmentRef(WorkspaceParams):
    id: str
    """`name:version`, `name` for the newest, a ready-made one such as AzureML-Minimal, or the key of what was built."""


@dataclass(frozen=True)
class EnvironmentPackage:
    name: str
    version: str
    source: Literal["pip", "conda"]
    channel: str = ""


@dataclass(frozen=True)
class EnvironmentDetails:
    """Everything about one environment."""

    environment: Environment
    text: str
    """As it is written: conda YAML, requirements, a Dockerfile. Empty for one that nobody registered."""
    language: str
    folder: str
    """Where the form for processes lies; empty while it is not built."""
    packages: list[EnvironmentPackage]
    """As installed; empty while nothing is built."""
    lock: str = field(metadata=DATA)
    """Exact versions with digests, in the form that uv and pip read."""
    conda_lock: str = field(metadata=DATA)
    """The same for conda packages."""
    variables: dict[str, str]
    """Environment variables that it brings."""
    notes: list[str]
    """What was left out or replaced, and why."""


@dataclass(frozen=True)
class EnvironmentProposeParams(WorkspaceParams):
    path: str
    """A file to register."""


@dataclass(frozen=True)
class EnvironmentProposal:
    """Proposed values for the steps that register an environment."""

    name: str
    description: str
    tags: dict[str, str]


@dataclass(frozen=True)
class EnvironmentDefinitionParams(WorkspaceParams):
    """Exactly one of `id` and `path` says which."""

    id: str = ""
    """`name:version`, `name` for the newest, or a ready-made one."""
    path: str = ""
    """conda YAML, pip requirements, an azureml_environment.json, or the folder that holds one."""
    python: str = ""
    """`3.11`, where a script of the SDK leaves the Python of the conda file at `path` open: its own one."""


@dataclass(frozen=True)
class EnvironmentDefinition:
    """Definition of an environment as JSON, for programs."""

    text: str
    """JSON in the form of azureml_environment.json, whatever it was written in."""
    nearest_python: str = ""
    """`3.8`: that for which all exact pins have wheels; empty where `python` has them, or where none has."""
    reason: str = ""
    """Why that one, as one sentence."""


@dataclass(frozen=True)
class EnvironmentBuildParams(WorkspaceTask):
    id: str
    """`name:version`, `name` for the newest, or a ready-made one."""
    form: EnvironmentForm = "process"
    rebuild: bool = False
    """Also when it is there already."""
    registry_credentials: list[RegistryCredential] = field(default_factory=list)
    """For base images that are not public."""
    scripts: list[str] = field(default_factory=list)
    """Paths of scripts that a script of the SDK v1 submits: what they import counts, and a Python in which the SDK
    runs."""
    script_folder: str = ""
    """The folder from which they import besides their own."""
    clone_of: str = ""
    """The ready-made one that these scripts made it from."""


@dataclass(frozen=True)
class EnvironmentLockParams(WorkspaceTask):
    id: str
    """`name:version`, `name` for the newest, or a ready-made one."""


@dataclass(frozen=True)
class EnvironmentLock:
    """The exact packages that an environment comes to."""

    id: str
    python: str
    text: str = field(metadata=DATA)
    conda_text: str = field(metadata=DATA)


@dataclass(frozen=True)
class EnvironmentRemoveParams(WorkspaceParams):
    """Remove one built form; what is registered stays and can be built again."""

    key: str
    form: EnvironmentForm = "process"


@dataclass(frozen=True)
class UnusedEnvironment:
    """A built form that no service needs."""

    key: str
    form: EnvironmentForm
    name: str
    size: int
    created: float
    registered: list[str] = field(default_factory=list)
    """`name:version` of what it was built of, where that is registered."""


@dataclass(frozen=True)
class KeptEnvironment:
    """A built form that cleaning up leaves."""

    key: str
    form: EnvironmentForm
    name: str
    size: int
    needed_by: list[str]
    """Services, containers that are not a service of this workspace, or what it is registered as."""


@dataclass(frozen=True)
class EnvironmentCleanParams(WorkspaceTask):
    keys: list[str] | None = None
    """Only these; all that no service needs when left out, except what is registered."""
    registered: bool = False
    """Also builds of registered environments."""
    dry_run: bool = False
    """Only tell what would go."""


@dataclass(frozen=True)
class EnvironmentsCleaned:
    removed: list[UnusedEnvironment]
    """What went, or would go."""
    bytes: int
    kept: list[KeptEnvironment] = field(default_factory=list)
    """What stays, with the reason."""


@dataclass(frozen=True)
class BuildLogParams(WorkspaceParams):
    """Arguments that ask for the log of the last build of an environment or an image."""

    kind: Literal["environment", "image"]
    id: str
    """`name:version`, or a ready-made environment."""
    form: EnvironmentForm = "process"
    """Of an environment."""
    offset: int = 0
    """`next` of the part before; 0 for the beginning."""


@dataclass(frozen=True)
class BuildLogLine:
    time: float
    step: bool
    """Whether it is a step, not a tool's own words."""
    text: str = field(metadata=LINES)


@dataclass(frozen=True)
class BuildLog:
    """A part of a log."""

    lines: list[BuildLogLine]
    next: int
    state: BuildState
    """Of the build; when it is not Building, and no line came, nothing will follow."""


# Versions that install here, instead of pins that do not; and parts of the server that are installed when needed


@dataclass(frozen=True)
class EnvironmentSuggestParams(WorkspaceTask):
    path: str
    """conda YAML, pip requirements, or an environment in JSON; unsaved text counts."""
    models: list[str] = field(default_factory=list)
    """`name:version` of the models that it must load; without any it loads none, and those of the workspace tell which
    releases wrote them."""
    model_files: list[str] = field(default_factory=list)
    """Paths of files and folders that become models when they are deployed."""
    source: str = ""
    """The file that the person wrote, where `path` is one that was made of it; empty for the same."""
    reuse: bool = False
    """Whether an earlier answer to the same question will do, while its packages can still be had."""
    engine: str = ""
    """Where it will run: with the Pythons of this machine, or with those of base images; empty for where something was
    deployed from the folder last."""


@dataclass(frozen=True)
class EnvironmentChange:
    """One pin that must give way."""

    name: str
    """`python`, or a package."""
    old: str
    new: str


@dataclass(frozen=True)
class EnvironmentSuggestion:
    """The nearest set of versions that installs on a Python of the engine."""

    path: str
    python: str
    requirements: list[str]
    changed: list[EnvironmentChange]
    """Empty where everything installs as it is."""
    impossible: list[str]
    """What cannot be had, one sentence each."""
    warning: str
    """What it means for the pickle at hand; empty when nothing."""
    text: str = field(metadata=DATA)
    """The file with the changes; equal to the present text where nothing changes."""
    by_hand: list[str]
    """Changes that the text does not hold, because their place was not found."""
    former: float = 0.0
    """When it was looked for, where an earlier answer is given; 0 for one of now."""
    kept_in: str = ""
    """The file of such an earlier answer."""


@dataclass(frozen=True)
class ServerExtraParams:
    extra: str
    """`conda`."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServerExtra:
    """A part of the server that was installed."""

    extra: str
    requirements: list[str]
