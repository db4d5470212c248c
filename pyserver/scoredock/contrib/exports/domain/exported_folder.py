"""A service, or what would be deployed as one, as a folder that other tools start: packaged files, and what starts
them."""

from __future__ import annotations

from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock.contrib.exports.domain.functions import FunctionTrigger, function_app, functions_image, host_start
from scoredock.contrib.exports.domain.of_folder import add, add_start
from scoredock.contrib.exports.domain.subject import ExportFiles, ExportSubject
from scoredock.contrib.exports.domain.writing import new_folder
from scoredock.environments.spec import EnvironmentSpec
from scoredock.late_dataclass import dataclass
from scoredock.packaging.folder import Ingredients, settle, write_folder
from scoredock.packaging.package import Account, Packaged, PackageSource, package_name
from scoredock.packaging.texts import require_image
from scoredock.progress import CancelToken, Progress
from scoredock.services.packaging.packaged_environment import by_tag, image_of, package_environment
from scoredock.services.packaging.service_package import PackageRequest, packaged_source

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

FUNCTIONS = "functions"
_OF_FUNCTIONS, _USUAL = tuple(f"3.{minor}" for minor in range(9, 15)), "3.11"
"""Versions of Python that there are images of Azure Functions for; the one for the host where the environment has
another, which conda brought."""


@dataclass(frozen=True, slots=True)
class FolderExport:
    """Request for an exported folder."""

    request: PackageRequest
    account: Account
    kind: str
    """`functions`, `run.sh` or `systemd`."""
    subject: ExportSubject
    """Its image counts for nothing, and its origin is written here."""
    base_image: str = ""
    trigger: FunctionTrigger = field(default_factory=FunctionTrigger)


@dataclass(frozen=True, slots=True)
class ExportedFolder:
    """Exported folder: its files and the package in it."""

    files: ExportFiles
    packaged: Packaged


def export_folder(
    deployments: Deployments,
    export: FolderExport,
    target: Path,
    progress: Progress,
    cancel: CancelToken,
) -> ExportedFolder:
    """Into a folder that is new or empty, complete or not at all. Raises ScoredockError as `package_folder`,
    `package-export-invalid`, and `package-not-portable` for what only a container can run."""
    request = export.request
    name = package_name(request.name, request.label or "1")
    if export.base_image:
        require_image(export.base_image)
    is_app = export.kind == FUNCTIONS
    with packaged_source(deployments, request, export.account, progress, cancel, contained=True) as (source, spec):
        subject = replace(export.subject, origin=origin_of(source), hints=source.hints)
        app = function_app(subject, export.trigger, keys=source.asks_for_keys) if is_app else None
        ingredients = _ingredients(deployments, spec, source.service, export, progress, cancel)
        with new_folder(target) as folder:
            packaged = write_folder(source, ingredients, name, folder, deployments.registry, progress, cancel)
            if app is not None:
                add(app, folder, cancel)
            files = app or add_start(export.kind, folder, subject, cancel)
            settle(folder)
    return ExportedFolder(files, replace(packaged, folder=target))


def origin_of(source: PackageSource) -> str:
    """Origin of an export, as the export states it: service, revision and models."""
    models = f" with {', '.join(source.model_ids)}" if source.models else ""
    return f"the service {source.service}, revision {source.revision}{models}"


def _ingredients(
    deployments: Deployments,
    spec: EnvironmentSpec,
    service: str,
    export: FolderExport,
    progress: Progress,
    cancel: CancelToken,
) -> Ingredients:
    ran_on = image_of(deployments, export.request.service) if export.request.service else None
    ingredients = package_environment(deployments, spec, service, export.base_image, ran_on, progress, cancel)
    if export.kind != FUNCTIONS:
        without = by_tag(ingredients.base)  # no image is made of it
        return replace(ingredients, notes=tuple(each for each in ingredients.notes if each not in without))
    if not export.base_image:
        own = (
            ".".join(ingredients.conda.lock.python.split(".")[:2])
            if ingredients.conda is not None
            else ingredients.python
        )
        image = functions_image(own if own in _OF_FUNCTIONS or ingredients.conda is None else _USUAL)
        ingredients = package_environment(deployments, spec, service, image, None, progress, cancel)
    return replace(ingredients, start=host_start())
