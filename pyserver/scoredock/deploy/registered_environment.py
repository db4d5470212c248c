"""An environment that a deployment names instead of writing it out: registered in the workspace, or curated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scoredock.environments.spec import EnvironmentSpec, from_conda, from_requirements
from scoredock.errors import ScoredockError
from scoredock.registry.assets import curated
from scoredock.registry.assets.assets import Assets
from scoredock.registry.assets.environments import resolve


@dataclass(frozen=True, slots=True)
class ChosenEnvironment:
    """What a service will run with."""

    spec: EnvironmentSpec
    variables: tuple[Mapping[str, str], ...] = ()
    """In rising precedence."""
    registered: str = ""
    """`name:version` when it is a record of the workspace."""
    notes: tuple[str, ...] = ()


def named_environment(assets: Assets, reference: str) -> ChosenEnvironment:
    """What `name:version` or `name` (the newest) means.

    Raises ScoredockError asset-not-found, model-damaged, environment-needs-docker, and what reading the packages raises.
    """
    found = resolve(assets, reference)
    definition = found.definition
    source = f"the environment {found.id}"
    if definition.conda is not None:
        spec = from_conda(definition.conda, source)
        own = dict(definition.conda.variables)
    elif definition.requirements is not None:
        spec, own = from_requirements(definition.requirements, source, found.id), {}
    else:
        raise ScoredockError(
            "environment-needs-docker",
            f"The environment {found.id} is the Docker image {definition.image}, in which no process of this machine can run."
            if definition.image
            else f"The environment {found.id} is a Dockerfile, of which no process of this machine can run.",
        )
    notes: list[str] = []
    if definition.image or definition.dockerfile:
        notes.append("The image of the environment is not used: the service runs as a process on this machine.")
    offered = None if found.registered else curated.find(found.id)
    if offered is not None:
        notes.append(f"{offered.name} is built from packages of today. Azure ML's own: {offered.original}")
    return ChosenEnvironment(
        replace(spec, display_name=found.id),
        (own, dict(definition.variables or {})),
        found.id if found.registered else "",
        tuple(notes),
    )
