"""Choices of a deployment: environment, front end, port and what its container may take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from scoredock import l10n
from scoredock.checks.configs.deployment.check import parse_deployment
from scoredock.clusters.target import ClusterTarget
from scoredock.engine_table import engine_kind
from scoredock.engines.base import ContainerOptions
from scoredock.environments.spark import require_java
from scoredock.environments.versions.model_needs import SKLEARN
from scoredock.errors import Place, ScoredockError
from scoredock.formats.deployment import DeploymentConfig
from scoredock.late_dataclass import dataclass
from scoredock.registry.assets import curated
from scoredock.registry.assets.compute_files import ComputeFiles
from scoredock.registry.assets.curated import Curated
from scoredock.services.planning.brought_packages import with_brought
from scoredock.services.planning.container_options import options_of
from scoredock.services.planning.deployment_settings import kept_values, with_settings
from scoredock.services.planning.environment import choose_environment
from scoredock.services.planning.files import Files
from scoredock.services.planning.findings import require_checked
from scoredock.services.planning.front_end import OF_OPTIONS, FrontEndRequest, front_end_of, front_end_without_file
from scoredock.services.planning.inputs import Inputs
from scoredock.services.planning.needed_by_models import needs_of_named
from scoredock.services.planning.reading import readable
from scoredock.services.planning.registered_environment import ChosenEnvironment
from scoredock.services.request import DeployRequest
from scoredock.services.revision import ConfigurationValue

_LOADS = re.compile(r"\btorch\.load\((?![^\n]*weights_only)")
_TORCH = re.compile(r"torch\b(?!-)")
_SAFE = Version("2.6")
"""From here on torch.load reads tensors alone by default."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Choices that were made for a deployment."""

    environment: ChosenEnvironment | None
    refusal: ScoredockError | None
    """Why there is no environment. The checks are asked first: a broken file is better reported as a finding at its
    line."""
    front_end: FrontEndRequest
    """What stands between callers and the script."""
    port: int | None
    """The one that the deployment configuration names."""
    options: ContainerOptions
    configuration: Mapping[str, ConfigurationValue] = field(default_factory=dict, hash=False)
    """What the deployment configuration says, without keys."""


def choose(inputs: Inputs, files: Files) -> Choice:
    """Raises ScoredockError for a deployment configuration that is missing, unreadable or wrong."""
    config, front_end = _deployment(inputs, files)
    port = config.port if config is not None and config.compute_type == "local" else None
    configuration = kept_values(config)
    try:
        environment = _environment(inputs, files)
    except ScoredockError as error:
        return Choice(None, error, front_end, port, ContainerOptions(), configuration)
    options, remarks = options_of(config, environment.spec.image, inputs.models)
    if files.contained:
        files.notes += remarks
    return Choice(environment, None, front_end, port, options, configuration)


def _environment(inputs: Inputs, files: Files) -> ChosenEnvironment:
    request, generated, script = inputs.request, inputs.generated, inputs.script
    if generated is not None and not request.environment and not request.environment_file:
        spec = with_brought(generated.environment, script.path, "", files.text)
        # What a script of ours imports is not news to the person.
        return ChosenEnvironment(replace(spec, notes=generated.environment.notes))
    has_directory = script.source_directory is not None and inputs.config and inputs.config.source_directory
    folder = script.source_directory if has_directory else inputs.base
    environment = choose_environment(request, inputs.config, folder, inputs.models, files, script.path)
    offered = None if environment.registered else curated.find(environment.spec.display_name)
    if offered is not None:
        environment = _with_release_of_models(environment, offered, inputs, files)
        environment = _with_loading_torch(environment, offered, files, script.path)
    require_java(environment.spec, contained=files.contained)
    return environment


def _with_release_of_models(
    environment: ChosenEnvironment, offered: Curated, inputs: Inputs, files: Files
) -> ChosenEnvironment:
    """A ready-made environment with the scikit-learn that pickled the models, if that of Azure ML is this release."""
    if not inputs.models:
        return environment
    release = needs_of_named(inputs.models, (), files.registry).made_with.get(SKLEARN, "")
    before = environment.spec.requirements
    open_ = set(offered.packages).intersection(each for each in before if each.startswith(SKLEARN))
    azure = (each.specifier for each in map(Requirement, offered.azure_packages) if each.name == SKLEARN)
    if not release or not open_ or not any(each.contains(release) for each in azure):
        return environment
    lines = tuple(f"{SKLEARN}=={release}" if line in open_ else line for line in before)
    files.note(
        l10n.t(
            "{package} {release} is installed: the models were saved with it, and {environment} of Azure ML has it.",
            package=SKLEARN,
            release=release,
            environment=offered.name,
        )
    )
    return replace(environment, spec=replace(environment.spec, requirements=lines, fallback=before))


def _with_loading_torch(
    environment: ChosenEnvironment, offered: Curated, files: Files, script: Path
) -> ChosenEnvironment:
    """A ready-made environment with a PyTorch that loads whole pickled models, if Azure ML's own is such a release."""
    if not _LOADS.search(files.text(script)):
        return environment
    lists = (offered.azure_packages, offered.packages)
    azure = [Requirement(each).specifier for lines in lists for each in lines if _TORCH.match(each)][:1]
    before = environment.spec.requirements
    if not any(Version(each.version) < _SAFE for release in azure for each in release):
        return environment
    lines = tuple(f"torch<{_SAFE}" if _TORCH.match(line) and line in offered.packages else line for line in before)
    files.note(
        l10n.t(
            "A torch before 2.6 is installed, as {environment} of Azure ML has it: later ones load no whole models"
            " unless the script says so.",
            environment=offered.name,
        )
    )
    return replace(environment, spec=replace(environment.spec, requirements=lines, fallback=before))


def _deployment(inputs: Inputs, files: Files) -> tuple[DeploymentConfig | None, FrontEndRequest]:
    """The deployment configuration, and the front end that it asks for."""
    request = inputs.request
    path = Path(request.deployment_config) if request.deployment_config else inputs.script.path.with_name(OF_OPTIONS)
    config = _configuration(request, path, files)
    if config is None:
        return None, front_end_without_file(request.auth)
    try:
        cluster = request.compute if engine_kind(request.engine).in_cluster else ""
        _require_namespace(config, cluster, path, files)
        # What lies there a script of the SDK has made of its arguments.
        shown = path.with_name(OF_OPTIONS) if path.is_relative_to(files.registry.folder) else path
        told = Path(request.deployment_source) if request.deployment_source else shown
        source = (request.deployment_source and readable(request.deployment_source)) or ""
        front_end = front_end_of(
            config, told, contained=files.contained, cluster=cluster, auth=request.auth, source=source
        )
    except ScoredockError:
        # A certificate that is missing is better reported as a finding at its line.
        require_checked(files.findings, request.skip_checks)
        raise
    files.notes += front_end.notes
    return config, front_end


def _require_namespace(config: DeploymentConfig, compute: str, path: Path, files: Files) -> None:
    """A compute target is one namespace. Raises ScoredockError `deploy-input-invalid` for another one."""
    namespace = config.fields.get("namespace")
    if not compute or not isinstance(namespace, str) or not namespace:
        return
    try:
        target = ComputeFiles(files.registry.folder).read(compute)
    except FileNotFoundError:
        return  # without it there is no deployment
    if not isinstance(target, ClusterTarget):
        return  # which has been refused by now
    place = target.place
    if namespace != place.namespace:
        raise ScoredockError(
            "deploy-input-invalid",
            l10n.t(
                "The deployment is for the namespace {wanted}, and the compute target {compute} is the namespace"
                " {namespace}.",
                wanted=namespace,
                compute=compute,
                namespace=place.namespace,
            ),
            l10n.t(
                "Attach that namespace under a name of its own: `{command}`.",
                command=f"scoredock compute attach NAME --context {place.context} --namespace {namespace}",
            ),
            place=Place(str(path)) if path.is_file() else None,
        )


def _configuration(request: DeployRequest, path: Path, files: Files) -> DeploymentConfig | None:
    """The file with the settings that were given beside it; None without either."""
    config: DeploymentConfig | None = None
    if request.deployment_config:
        config, findings = parse_deployment(files.text(path), files.facts(path))
        files.add(path, findings)
        if config is None:
            require_checked(files.findings, request.skip_checks)
            return None
    return with_settings(config, request.settings, files.facts(path)) if request.settings else config
