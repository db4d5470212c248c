"""The environment that a deployment of Azure ML v2 defines itself, with the files that its Dockerfile copies."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.checks.configs.environment.conda import parse_conda
from scoredock.engine_table import engine_kind
from scoredock.errors import Place, ScoredockError
from scoredock.formats.v2.online_deployment import UNSUPPORTED, EnvironmentPart
from scoredock.late_dataclass import dataclass
from scoredock.registry.assets.environment_definition import ContextFile, Definition, conda_text
from scoredock.registry.assets.environment_files import WHEN_BUILT, Tell, from_path
from scoredock.registry.assets.images import require_reference
from scoredock.registry.assets.portable_lines import Included, require_readable, standalone
from scoredock.registry.blobs.plain_files import read_text

if TYPE_CHECKING:
    from scoredock.services.v2_files.read_files import DeploymentText

_MOST_BYTES = 64 << 20
_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class NewEnvironment:
    """An environment that a deployment defines, and that is registered for it."""

    name: str
    definition: Definition


def new_environment(name: str, part: EnvironmentPart, text: DeploymentText, engine: str) -> NewEnvironment:
    """Raises ScoredockError `environment-needs-docker`, and what `definition_of` raises."""
    definition = definition_of(part, text.path)
    if definition.user_managed and not engine_kind(engine).contained:
        raise ScoredockError(
            "environment-needs-docker",
            l10n.t(
                "The environment is a Docker image without a list of packages; no process of this machine has them."
            ),
            l10n.t("Deploy it with --engine docker, or name a conda file beside the image."),
            place=text.place_at(part.range),
        )
    return NewEnvironment(name, definition)


def definition_of(part: EnvironmentPart, path: Path, tell: Tell | None = None) -> Definition:
    """Definition in the file `path`, with the files that its Dockerfile copies; `tell` as in `from_path`. Raises
    ScoredockError `environment-source-invalid`, `environment-not-portable`, `image-reference-invalid`,
    `image-steps-invalid`, `deployment-file-unsupported`, and what reading the files raises."""
    definition = _definition_of(part, path, tell)
    return _with_copied_files(definition, part, path) if part.context else definition


def _with_copied_files(definition: Definition, environment: EnvironmentPart, path: Path) -> Definition:
    """By COPY and ADD, below the folder that `build.path` names; `.dockerignore` counts. `path` is the deployment file.

    Raises ScoredockError `image-steps-invalid`, `file-not-found`, and `deployment-file-unsupported` for too much."""
    from scoredock.images.steps import dockerfile_context

    folder = Path(os.path.normpath(path.parent / environment.context))
    source = folder / environment.dockerfile
    context = dockerfile_context(definition.dockerfile, str(source), folder)
    copied = [each for each in context.members if isinstance(each.content, Path)]
    size = sum(each.size for each in copied)
    if size > _MOST_BYTES:
        raise ScoredockError(
            UNSUPPORTED,
            l10n.t(
                "The Dockerfile copies {size} MB, and at most {most} MB are kept with an environment.",
                size=size >> 20,
                most=_MOST_BYTES >> 20,
            ),
            l10n.t("Build the image with `docker build`, and name it as “image” in place of “build”."),
            place=Place(str(source)),
        )
    files = {each.path: each for each in copied}
    kept = tuple(
        ContextFile(name, each.content, is_executable=bool(each.mode & 0o100))
        for name, each in sorted(files.items())
        if isinstance(each.content, Path)
    )
    return replace(definition, context=kept)


def _definition_of(environment: EnvironmentPart, path: Path, tell: Tell | None) -> Definition:
    """Definition of the environment in the deployment file `path`. Raises ScoredockError `environment-source-invalid`,
    `environment-not-portable`, `image-reference-invalid`, and what reading the files raises. The files that a
    Dockerfile copies are not in it."""
    folder = path.parent
    place = Place(str(path), environment.range.start.line, environment.range.start.character)
    if environment.context:
        text = read_text(folder / environment.context / environment.dockerfile, _BYTES)
        return Definition(dockerfile=text, user_managed=True, variables={})
    try:
        if environment.image:
            require_reference(environment.image)
        packages = _packages(environment, path, tell)
    except ScoredockError as error:
        error.place = error.place or place
        raise
    if packages is None:
        return Definition(image=environment.image, user_managed=True, variables={})
    return replace(packages, image=environment.image, name=environment.name)


def _packages(environment: EnvironmentPart, path: Path, tell: Tell | None) -> Definition | None:
    if environment.conda_file:
        return from_path(path.parent / environment.conda_file, tell=tell)
    if not environment.conda_text:
        return None
    conda, findings = parse_conda(environment.conda_text, Facts())
    require_readable(path, findings, WHEN_BUILT if tell else (), tell)
    if conda is None:
        raise ScoredockError(
            "environment-source-invalid", l10n.t("{key} holds no packages.", key="“environment.conda_file”")
        )
    conda = replace(conda, pip=standalone(conda.pip, Included(path.parent)))
    return Definition(conda=conda, text=conda_text(conda), variables={})
