"""The environment that a deployment of Azure ML v2 defines itself, as one that can be registered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.checks.configs.environment.conda import parse_conda
from scoredock.errors import Place, ScoredockError
from scoredock.formats.v2.online_deployment import EnvironmentPart
from scoredock.registry.assets.environment_definition import Definition, conda_text
from scoredock.registry.assets.environment_files import from_path
from scoredock.registry.assets.images import require_reference
from scoredock.registry.assets.portable_lines import Included, require_readable, standalone
from scoredock.registry.blobs.plain_files import read_text

_BYTES = 1_000_000


def definition_of(environment: EnvironmentPart, path: Path) -> Definition:
    """Of the deployment file `path`. Raises ScoredockError `environment-source-invalid`, `environment-not-portable`,
    `image-reference-invalid`, and what reading the files raises. The files that a Dockerfile copies are not in it."""
    folder = path.parent
    place = Place(str(path), environment.range.start.line, environment.range.start.character)
    if environment.context:
        text = read_text(folder / environment.context / environment.dockerfile, _BYTES)
        return Definition(dockerfile=text, user_managed=True, variables={})
    try:
        if environment.image:
            require_reference(environment.image)
        packages = _packages(environment, path)
    except ScoredockError as error:
        error.place = error.place or place
        raise
    if packages is None:
        return Definition(image=environment.image, user_managed=True, variables={})
    return replace(packages, image=environment.image, name=environment.name)


def _packages(environment: EnvironmentPart, path: Path) -> Definition | None:
    if environment.conda_file:
        return from_path(path.parent / environment.conda_file)
    if not environment.conda_text:
        return None
    conda, findings = parse_conda(environment.conda_text, Facts())
    require_readable(path, findings)
    if conda is None:
        raise ScoredockError(
            "environment-source-invalid", l10n.t("{key} holds no packages.", key="“environment.conda_file”")
        )
    conda = replace(conda, pip=standalone(conda.pip, Included(path.parent)))
    return Definition(conda=conda, text=conda_text(conda), variables={})
