"""An environment that a deployment names instead of writing it out: registered in the workspace, or curated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.project_settings import Way
from scoredock.environments.inline import Parts, with_parts
from scoredock.environments.spec import EnvironmentSpec, from_conda, from_requirements, kept_file
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.assets import curated
from scoredock.registry.assets.assets import Assets
from scoredock.registry.assets.environment_definition import Definition
from scoredock.registry.assets.environments import resolve


@dataclass(frozen=True, slots=True)
class ChosenEnvironment:
    """Environment and variables that a service will run with."""

    spec: EnvironmentSpec
    variables: tuple[Mapping[str, str], ...] = ()
    """In rising precedence."""
    registered: str = ""
    """`name:version` when it is a record of the workspace."""
    notes: tuple[str, ...] = ()


def named_environment(
    assets: Assets, reference: str, *, contained: bool = False, way: Way = "auto"
) -> ChosenEnvironment:
    """Environment that `name:version` or `name` (the newest) denotes, for a process or (`contained`) for an image.

    Raises ScoredockError asset-not-found, model-damaged, environment-needs-docker, and what reading the packages
    raises.
    """
    environment = resolve(assets, reference)
    definition = environment.definition
    if definition.conda is None and definition.requirements is None and not contained and not definition.user_managed:
        raise ScoredockError(
            "environment-needs-docker",
            (
                l10n.t(
                    "The environment {id} is the Docker image {image}, in which no process of this machine can run.",
                    id=environment.id,
                    image=definition.image,
                )
                if definition.image
                else l10n.t(
                    "The environment {id} is a Dockerfile, of which no process of this machine can run.",
                    id=environment.id,
                )
            ),
        )
    spec = from_definition(
        definition,
        source=l10n.t("the environment {environment}", environment=environment.id),
        contained=contained,
        way=way,
    )
    own = dict(definition.conda.variables) if definition.conda is not None else {}
    notes: list[str] = []
    offered = None if environment.registered else curated.find(environment.id)
    if offered is not None:
        notes.append(curated.difference(offered))
    return ChosenEnvironment(
        replace(spec, display_name=environment.id),
        (own, dict(definition.variables or {})),
        environment.id if environment.registered else "",
        tuple(notes),
    )


def from_definition(definition: Definition, *, source: str, contained: bool, way: Way = "auto") -> EnvironmentSpec:
    """Specification of a registered or curated environment. Raises what `from_conda` raises."""
    if definition.conda is not None:
        spec = from_conda(definition.conda, source, way=way)
    else:
        spec = from_requirements(definition.requirements or (), source, definition.name or "environment")
    docker = replace(definition.docker, base_image=definition.image, base_dockerfile=definition.dockerfile)
    parts = Parts(
        user_managed=definition.user_managed,
        interpreter=definition.interpreter,
        docker=docker,
        spark=definition.spark,
        stack_version=definition.stack_version,
        unused=definition.unused,
    )
    spec = with_parts(spec, parts, contained=contained)
    kept = tuple(kept_file(each.name, each.place, is_executable=each.is_executable) for each in definition.context)
    return replace(spec, image=replace(spec.image, context=kept)) if kept else spec
