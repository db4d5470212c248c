"""Values that are moved to v2: models, environments, services and batch scripts, wherever they were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.formats.environment_sections import NO_DOCKER, DockerSection
from scoredock.late_dataclass import dataclass

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file that is taken along as it is."""

    path: str
    """Below its asset, forward slashes."""
    place: str
    """Absolute path on this machine."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A version of a model."""

    name: str
    version: int = 1
    files: tuple[TakenFile, ...] = ()
    """As `get_model_path` sees them; empty for one that is registered elsewhere."""
    framework: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    properties: Mapping[str, str] = field(default_factory=dict, hash=False)
    where: str = ""
    """What names it, for the report."""
    newest: bool = False
    """Whether no version was named."""

    @property
    def root(self) -> str:
        """Name of the one file or folder that the version consists of; empty if there are several."""
        firsts = {file.path.split("/", 1)[0] for file in self.files}
        return firsts.pop() if len(firsts) == 1 else ""


@dataclass(frozen=True, slots=True)
class CarriedPackage:
    """A wheel or a source distribution that is taken along."""

    path: str
    """Below the build context, forward slashes."""
    place: str
    """Absolute path on this machine."""
    sha256: str


@dataclass(frozen=True, slots=True)
class EnvironmentSource:
    """An environment, written out or registered elsewhere."""

    name: str
    version: str = ""
    is_reference: bool = False
    """Nothing but name and version: it is registered in the workspace of Azure."""
    conda: CondaSpec | None = None
    packages: tuple[CarriedPackage, ...] = ()
    """Files of packages that no index has, as the packages of `conda` name them."""
    image: str = ""
    dockerfile: str = ""
    """Text of a Dockerfile to start from."""
    steps: str = ""
    """Text of `extraDockerfileSteps`."""
    user_managed: bool = False
    docker: DockerSection = NO_DOCKER
    has_spark: bool = False
    unused: tuple[str, ...] = ()
    """Keys that v1 alone knows, such as `databricks`."""
    unclear: tuple[str, ...] = ()
    """Places of a script that say more of it, which is not certain."""
    stack_version: str = ""
    gpu: bool = False
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Of services that run in it."""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    where: str = ""


@dataclass(frozen=True, slots=True)
class CodeSource:
    """An entry script and what goes with it."""

    script: str
    """Below the folder of the code."""
    text: str
    files: tuple[TakenFile, ...] = ()
    """The script is among them."""
    where: str = ""
    secrets: tuple[str, ...] = ()
    """Files beside them that are not taken along, as they may hold secrets."""


@dataclass(frozen=True, slots=True)
class V1Service:
    """A service, or what would be deployed as one."""

    name: str
    where: str
    """The file or command that asks for it."""
    compute_type: str = ""
    """aci, aks, aksendpoint or local; empty where nothing is said."""
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """Of the deployment configuration, by path such as `containerResourceRequirements.cpu`."""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    properties: Mapping[str, str] = field(default_factory=dict, hash=False)
    models: tuple[ModelSource, ...] = ()
    code: CodeSource | None = None
    environment: EnvironmentSource | None = None
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    compute: str = ""
    """The cluster that a command or a registry names."""
    missing_models: tuple[str, ...] = ()
    """What the script loads of models that nobody could find."""


@dataclass(frozen=True, slots=True)
class BatchSource:
    """A script of a parallel run."""

    name: str
    where: str
    code: CodeSource
    environment: EnvironmentSource | None = None
    models: tuple[ModelSource, ...] = ()
    settings: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """Keyword arguments of `ParallelRunConfig` whose values are certain."""
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    unclear: tuple[str, ...] = ()
    """Keyword arguments whose values are not certain."""
    step_arguments: bool = False
    """Whether the step gave the script arguments."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An asset that cannot be moved, with the reason; the others are."""

    where: str
    reason: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Assets that are moved at once."""

    services: tuple[V1Service, ...] = ()
    batches: tuple[BatchSource, ...] = ()
    models: tuple[ModelSource, ...] = ()
    environments: tuple[EnvironmentSource, ...] = ()
    broken: tuple[Broken, ...] = ()
