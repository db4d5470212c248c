"""Packages that an environment needs for models of the workspace, or for files that become models."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.environments.versions.model_needs import FRAMEWORKS, LoadedModel, PackageNeeds, needs_of
from scoredock.errors import ScoredockError
from scoredock.registry.formats.recognise import pickle_facts

if TYPE_CHECKING:
    from scoredock.environments.spec import EnvironmentSpec
    from scoredock.registry import ModelVersion, Registry

_PICKLES = (".pkl", ".pickle", ".joblib", ".sav")
_MOST_FILES = 20
"""Pickles of one model, and models of a workspace, that are looked at."""


def pickles_to_try(models: Sequence[ModelVersion], registry: Registry) -> tuple[list[Path], str]:
    """Pickles that may be run to see whether they load, and what is to be told where none may: a model that needs
    consent is not loaded without it.
    """
    from scoredock.services.planning.consent import require_consent

    try:
        require_consent(models)
    except ScoredockError as error:
        allowing = ", ".join(f"`scoredock model consent {model.id}`" for model in models)
        return [], l10n.t(
            "{problem} It was not loaded with these versions. To allow that, run {commands}.",
            problem=error.message,
            commands=allowing,
        )
    return [path for model in models for path in _pickles(model, registry)], ""


def needs_of_named(models: Sequence[ModelVersion], files: Sequence[str], registry: Registry) -> PackageNeeds:
    """Package needs of the named models, and of files that are registered by the same request."""
    registered = [_loaded(model, registry) for model in models]
    return needs_of([*registered, *map(_loaded_file, files)])


def needs_of_registered(spec: EnvironmentSpec, registry: Registry) -> PackageNeeds:
    """Package needs of the models of a workspace, for each package on whose version they agree. Their pickles are
    looked at only where the environment leaves such a package open."""
    summaries = registry.models()
    writers: dict[str, set[str]] = {}
    for framework, version in ((model.framework, model.framework_version) for model in summaries):
        package = FRAMEWORKS.get(framework.lower())
        if package is not None and version:
            writers.setdefault(package, set()).add(version)
    agreed = {package: next(iter(versions)) for package, versions in writers.items() if len(versions) == 1}
    if not agreed.keys() & set(_left_open(spec)):
        return PackageNeeds(agreed, {})
    written = [model for model in registry.models(latest=True) if FRAMEWORKS.get(model.framework.lower()) in agreed]
    newest = sorted(written, key=lambda model: model.created, reverse=True)[:_MOST_FILES]
    needs = needs_of([_loaded(registry.model(model.id), registry) for model in newest])
    return replace(needs, made_with=agreed)


def digests(models: Sequence[ModelVersion], files: Sequence[str]) -> tuple[str, ...]:
    """Digests of the models, and marks of the files: a script run again registers the same file once more."""
    marks = [model.digest for model in models]
    for path in (each for file in files for each in _files(file)):
        status = path.stat()
        marks.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return tuple(sorted(marks))


def _left_open(spec: EnvironmentSpec) -> Iterator[str]:
    for line in spec.requirements:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if not requirement.specifier and not requirement.url:
            yield str(canonicalize_name(requirement.name))


def _loaded(model: ModelVersion, registry: Registry) -> LoadedModel:
    facts = [each for path in _pickles(model, registry) if (each := pickle_facts(path)) is not None]
    return LoadedModel(model.id, model.framework, model.framework_version, tuple(facts))


def _loaded_file(file: str) -> LoadedModel:
    facts = [each for path in _files(file) if (each := pickle_facts(path)) is not None]
    return LoadedModel(Path(file).name, pickles=tuple(facts))


def _pickles(model: ModelVersion, registry: Registry) -> list[Path]:
    paths = [registry.blobs.path(file.sha256) for file in model.files if file.path.lower().endswith(_PICKLES)]
    return paths[:_MOST_FILES]


def _files(place: str) -> list[Path]:
    """Pickles of a file or a folder of the person's."""
    if not os.path.isdir(place):  # noqa: PTH112 (raises nothing)
        return [Path(place)] if os.path.isfile(place) and place.lower().endswith(_PICKLES) else []  # noqa: PTH113
    paths = (
        Path(folder) / name
        for folder, folders, names in os.walk(place)
        for name in (folders.sort(), sorted(names))[1]
        if name.lower().endswith(_PICKLES)
    )
    return [path for path, _ in zip(paths, range(_MOST_FILES), strict=False)]
