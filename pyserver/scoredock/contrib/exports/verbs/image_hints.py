"""Tells which image of a service is exported, and what it asks for: cores, memory and what else its
configuration said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context
from scoredock.errors import Remedy, ScoredockError
from scoredock.features.images.image_moves import NamedImage

if TYPE_CHECKING:
    from scoredock.packaging.package import Hints
    from scoredock.registry.records import AssetRecord
    from scoredock.services.deployments import Deployments


def newest_image(deployments: Deployments, service: str) -> AssetRecord:
    """The record of the newest image that was made of a service. Raises ScoredockError `service-not-packaged`."""
    from scoredock.services.packaging.service_package import SERVICE_TAG

    records = deployments.registry.assets.records("image")
    made = [each for each in records if each.tags.get(SERVICE_TAG) == service]
    newest = max(made, key=lambda each: (each.created, each.version), default=None)
    if newest is None:
        raise ScoredockError(
            "service-not-packaged",
            l10n.t("There is no image of the service {name} yet, and this kind of export runs one.", name=service),
            l10n.t(
                "Make one with `scoredock service package {name} --push REGISTRY/NAME:TAG`, or name one with --image.",
                name=service,
            ),
            remedies=(Remedy(l10n.t("Package…"), "scoredock.packageService"),),
            details={"service": service},
        )
    return newest


def hints_of_image(image: NamedImage, context: Context) -> Hints:
    """Hints from the deployment configuration, as the record of the image has them, else its labels in Docker."""
    from scoredock.containers.connection import reachable
    from scoredock.containers.image_calls import look
    from scoredock.packaging.image import hints_of
    from scoredock.services.packaging.content_records import facts_of

    if image.record is not None and (facts := facts_of(image.record)) is not None:
        return facts.hints
    docker, _, _ = reachable(context.docker_settings())
    if docker is None:
        return hints_of(None)
    try:
        return hints_of(look(docker, image.reference))
    except ScoredockError:
        return hints_of(None)  # it went just now; what the labels say is a help, no more


def with_amounts(hints: Hints, cpu: float | None, memory_gb: float | None) -> Hints:
    """Resources as they were given, else as the image says. Raises ScoredockError `package-export-invalid`."""
    values = dict(hints.configuration)
    for what, name, value in (("cpu", "cpu", cpu), ("memory", "memoryInGB", memory_gb)):
        if value is None:
            continue
        if not 0 < value <= 1024:
            raise ScoredockError(
                "package-export-invalid", l10n.t("{amount:g} is not an amount of {what}.", amount=value, what=what)
            )
        path = f"containerResourceRequirements.{name}"
        values[path] = value
        limit = values.get(f"{path}Limit")
        if isinstance(limit, (int, float)) and limit < value:
            del values[f"{path}Limit"]
    given = {"cpu": cpu, "cpu_limit": cpu, "memory_gb": memory_gb, "memory_limit_gb": memory_gb}
    resources = replace(hints.resources, **{name: value for name, value in given.items() if value is not None})
    return replace(hints, resources=resources, configuration=values)
